"""A probe: one question about one clause, whose yes and whose no each need proof.

A probe that could prove neither is inconclusive, never a yes. Before it asks, it shows that what should work does work
(its positive control): without it, a driver's slip looks like a refusal, and a refusal like a principle met.

Principles: none
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from strongroom.assess.evidence import Evidence, Polarity, expiry
from strongroom.principles.catalogue import Grade, clause

if TYPE_CHECKING:
    from strongroom.assess.stage import Stage


class Safety(IntEnum):
    """What a probe does to its target. PASSIVE and REFUSED change nothing; the last two need proof of control."""

    PASSIVE = 0
    REFUSED = 1
    ACCOUNT = 2
    SANDBOX = 3
    IRREVERSIBLE = 4


class Outcome(StrEnum):
    """What came of asking. Only the first three are conclusive."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe concludes: its outcome, one of the first three, and what it saw.

    A probe that read a document instead of trying something concludes `DOCUMENTED`, with the SHA-256 of its text.
    """

    outcome: Outcome
    saw: str
    grade: Grade = Grade.OBSERVED
    sha256: str = ""


class Inconclusive(Exception):
    """The probe could prove neither yes nor no; the text says what stood in the way."""


class ControlFailed(Inconclusive):
    """What should have worked did not, so nothing follows from what was refused."""


def met(saw: str) -> Verdict:
    """Conclude that the clause is met."""
    return Verdict(Outcome.MET, saw)


def partly(saw: str) -> Verdict:
    """Conclude that the clause is met in part."""
    return Verdict(Outcome.PARTLY, saw)


def unmet(saw: str) -> Verdict:
    """Conclude that the clause is not met."""
    return Verdict(Outcome.UNMET, saw)


def control(holds: object, saw: str) -> None:
    """Raise ControlFailed with `saw` unless what should work did."""
    if not holds:
        raise ControlFailed(saw)


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: which clause it asks about, how, what it does to the target, and what it needs of a driver.

    `yes` and `no` say what each answer means. `needs` names operations (`Op`), or several of which one is enough
    (`either`); where the driver lacks one, the probe is not run. `requests` and `seconds` are the most that it may use.
    One whose `last` is not 0 is asked after all others, the lower first, since it makes the target wary of who asks.
    """

    id: str
    clause: str
    version: int
    safety: Safety
    question: str
    yes: str
    no: str
    needs: frozenset[str]
    requests: int
    seconds: float
    last: int
    ask: Callable[["Stage"], Verdict]


def either(*operations: str) -> str:
    """Return the need of a probe that can use any one of these operations."""
    return "|".join(operations)


PROBES: Final[dict[str, Probe]] = {}
"""Every probe by its id, in the order in which their modules were read."""


def probe(
    clause_id: str,
    safety: Safety,
    *,
    question: str,
    yes: str,
    no: str,
    needs: tuple[str, ...] = (),
    version: int = 1,
    requests: int = 60,
    seconds: float = 60.0,
    last: int = 0,
) -> Callable[[Callable[["Stage"], Verdict]], Callable[["Stage"], Verdict]]:
    """Enter a function as the probe of a clause; its name, with dashes, is the probe's id. One clause, one probe."""
    clause(clause_id)

    def enter(ask: Callable[["Stage"], Verdict]) -> Callable[["Stage"], Verdict]:
        id = ask.__name__.replace("_", "-")
        taken = [other.id for other in PROBES.values() if other.clause == clause_id]
        if id in PROBES or taken:
            raise ValueError(f"{clause_id} has its probe already: {taken or id}")
        PROBES[id] = Probe(
            id, clause_id, version, safety, question, yes, no, frozenset(needs), requests, seconds, last, ask
        )  # fmt: skip
        return ask

    return enter


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found on one target: outcome, what it saw, which exchanges show it, and when."""

    probe: str
    clause: str
    version: int
    outcome: Outcome
    saw: str
    exchanges: tuple[int, ...]
    started: datetime
    ended: datetime
    grade: Grade = Grade.OBSERVED
    sha256: str = ""


_POLARITY: Final[Mapping[Outcome, Polarity]] = {
    Outcome.MET: Polarity.SUPPORTS,
    Outcome.PARTLY: Polarity.PARTIAL,
    Outcome.UNMET: Polarity.CONTRADICTS,
}


def evidence_of(finding: Finding) -> Evidence | None:
    """Return what a finding proves; None when it proves nothing."""
    polarity = _POLARITY.get(finding.outcome)
    if polarity is None:
        return None
    return Evidence(
        clause=finding.clause,
        polarity=polarity,
        grade=finding.grade,
        source=f"probe {finding.probe}",
        says=finding.saw,
        collected=finding.ended,
        expires=expiry(clause(finding.clause), finding.grade, finding.ended),
        version=finding.version,
        exchanges=finding.exchanges,
        sha256=finding.sha256,
    )
