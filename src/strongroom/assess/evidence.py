"""What is known of a repository: pieces of evidence, each with its strength, its source and the day it expires.

Principles: none
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from strongroom.principles.catalogue import Clause, Grade


class Polarity(StrEnum):
    """What a piece of evidence says of its clause. PARTIAL is no support: a clause met in part is not met."""

    SUPPORTS = "supports"
    PARTIAL = "partial"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for or against one clause.

    `source` names who says so, and is the key under which newer evidence replaces older: a probe's id, an address,
    a person. `version` is the probe's. `exchanges` are the numbers of the requests in the transcript that show it.
    """

    clause: str
    polarity: Polarity
    grade: Grade
    source: str
    says: str
    collected: datetime
    expires: datetime
    version: int = 1
    exchanges: tuple[int, ...] = ()
    sha256: str = ""
    actor: str = ""

    def is_live(self, now: datetime) -> bool:
        """Report whether the evidence may count at `now`: it is no mere inference, and has not expired."""
        return self.grade is not Grade.INFERRED and self.collected <= now < self.expires


def expiry(clause: Clause, grade: Grade, collected: datetime) -> datetime:
    """Return when evidence of this grade, collected then, stops counting for the clause."""
    return collected + timedelta(days=clause.expires_days[grade])


def to_json(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence as plain values, to be read again with `from_json`."""
    plain = asdict(evidence)
    return plain | {
        "grade": evidence.grade.word,
        "collected": evidence.collected.isoformat(),
        "expires": evidence.expires.isoformat(),
        "exchanges": list(evidence.exchanges),
    }


def from_json(plain: dict[str, Any]) -> Evidence:
    """Return the evidence that `to_json` wrote; ValueError when it is none."""
    try:
        return Evidence(
            clause=str(plain["clause"]),
            polarity=Polarity(plain["polarity"]),
            grade=Grade.of(plain["grade"]),
            source=str(plain["source"]),
            says=str(plain["says"]),
            collected=_moment(plain["collected"]),
            expires=_moment(plain["expires"]),
            version=int(plain.get("version", 1)),
            exchanges=tuple(int(each) for each in plain.get("exchanges", ())),
            sha256=str(plain.get("sha256", "")),
            actor=str(plain.get("actor", "")),
        )
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"this is no evidence: {wrong}") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} does not say its time zone")
    return moment


def to_ledger(evidence: Iterable[Evidence]) -> str:
    """Return a ledger: a line of JSON for each piece, in the order given."""
    return "".join(json.dumps(to_json(each), ensure_ascii=False) + "\n" for each in evidence)


def from_ledger(text: str) -> Iterator[Evidence]:
    """Yield what a ledger holds; ValueError at the first line that is no evidence."""
    for line in text.splitlines():
        if line.strip():
            yield from_json(json.loads(line))
