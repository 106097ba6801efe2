"""What changed between two assessments of the same target: regressions first.

Principles: none
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from strongroom.assess.document import Assessment
from strongroom.assess.evaluation import ClauseResult, State, Why
from strongroom.assess.evidence import Evidence


class Change(StrEnum):
    """What kind of change it is, in the order in which changes are told."""

    REGRESSED = "regressed"
    CONFLICT = "new conflict"
    EXPIRED = "expired"
    IMPROVED = "improved"
    STRONGER = "stronger evidence"
    WEAKER = "weaker evidence"
    KNOWN = "newly known"
    UNKNOWN = "no longer known"
    PROBE = "seen by another version of the probe"


_RANK = {
    State.MET: 3,
    State.PARTLY: 2,
    State.UNKNOWN: 1,
    State.UNMET: 0,
    State.NOT_APPLICABLE: 1,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One clause that is not as it was."""

    clause: str
    change: Change
    before: State
    after: State
    says: str


def differences(before: Assessment, after: Assessment) -> tuple[Difference, ...]:
    """Return every clause that changed, regressions first.

    A change that another version of the probe saw is told as that, and is no regression: the measure changed, and
    perhaps not the target. ValueError when the two are of different targets.
    """
    if before.circumstances.url != after.circumstances.url:
        raise ValueError(f"{before.circumstances.url} and {after.circumstances.url} are different targets")
    earlier = {each.clause.id: each for each in before.clauses}
    pairs = [(earlier[each.clause.id], each) for each in after.clauses if each.clause.id in earlier]
    found = [d for b, a in pairs if (d := _difference(b, a)) is not None]
    order = list(Change)
    return tuple(sorted(found, key=lambda each: (order.index(each.change), each.clause)))


def regressions(found: Iterable[Difference]) -> frozenset[str]:
    """Return the clauses that regressed."""
    return frozenset(each.clause for each in found if each.change is Change.REGRESSED)


def _difference(before: ClauseResult, after: ClauseResult) -> Difference | None:
    change = _change(before, after)
    if change is None:
        return None
    says = after.evidence[0].says if after.evidence else (after.why.value if after.why else "")
    return Difference(after.clause.id, change, before.state, after.state, says)


def _change(before: ClauseResult, after: ClauseResult) -> Change | None:
    if before.state is not after.state and _probe_changed(before.evidence, after.evidence):
        return Change.PROBE
    if after.conflict and not before.conflict:
        return Change.REGRESSED if before.state is State.MET else Change.CONFLICT
    if before.state is after.state:
        return _strength(before, after)
    if after.state is State.UNKNOWN:
        return Change.EXPIRED if after.why is Why.EXPIRED else Change.UNKNOWN
    if before.state is State.UNKNOWN:
        return Change.IMPROVED if after.state is State.MET else Change.KNOWN
    return Change.IMPROVED if _RANK[after.state] > _RANK[before.state] else Change.REGRESSED


def _strength(before: ClauseResult, after: ClauseResult) -> Change | None:
    if before.grade == after.grade or before.grade is None or after.grade is None:
        return None
    return Change.STRONGER if after.grade > before.grade else Change.WEAKER


def _probe_changed(before: Sequence[Evidence], after: Sequence[Evidence]) -> bool:
    """Report whether a probe that spoke of the clause both times spoke in different versions."""

    def versions(evidence: Sequence[Evidence]) -> dict[str, int]:
        return {each.source: each.version for each in evidence}

    earlier, later = versions(before), versions(after)
    return any(source in later and later[source] != version for source, version in earlier.items())
