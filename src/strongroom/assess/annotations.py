"""Annotations: what an operator says of a clause beside the measurement. They touch the gate, never a state or a level.

Principles: none
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from strongroom.assess.plain_yaml import parse_day, parse_yaml
from strongroom.principles.catalogue import clause

LIMIT_BYTES = 1 << 20
LONGEST = timedelta(days=366)


class Reason(StrEnum):
    """Why a clause is annotated."""

    ACCEPTED_RISK = "accepted-risk"
    COMPENSATING_CONTROL = "compensating-control"
    DISPUTED = "disputed"
    NOT_APPLICABLE = "not-applicable"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What somebody says of one clause until a day; `owner` answers for it."""

    clause: str
    kind: Reason
    reason: str
    owner: str
    expires: date
    url: str = ""

    def is_live(self, today: date) -> bool:
        """Report whether the annotation still holds."""
        return today <= self.expires


def parse_annotations(text: str, today: date) -> tuple[Annotation, ...]:
    """Return the annotations of a YAML file: a list, each with clause, kind, reason, owner and expires.

    ValueError when one is incomplete, names an unknown clause, or would hold for more than a year. One that has
    expired is returned too, to be named in the reports.
    """
    if len(text) > LIMIT_BYTES:
        raise ValueError("the file of annotations is too long")
    try:
        entries = parse_yaml(text) or []
    except ValueError as wrong:
        raise ValueError(f"the file of annotations cannot be read: {wrong}") from None
    if not isinstance(entries, list):
        raise ValueError("the file of annotations is a list")
    found = tuple(_annotation(each, today) for each in entries)
    for each in found:
        if sum(other.clause == each.clause for other in found) > 1:
            raise ValueError(f"{each.clause} is annotated twice")
    return found


def _annotation(entry: Any, today: date) -> Annotation:
    if not isinstance(entry, Mapping) or set(entry) - {"clause", "kind", "reason", "owner", "expires", "url"}:
        raise ValueError(f"this is no annotation: {entry!r}")
    try:
        made = Annotation(
            clause=clause(re.sub(r"\.([a-z])$", r"\1", str(entry["clause"]))).id,
            kind=Reason(entry["kind"]),
            reason=str(entry["reason"]).strip(),
            owner=str(entry["owner"]).strip(),
            expires=parse_day(entry["expires"]),
            url=str(entry.get("url", "")),
        )
    except KeyError as missing:
        raise ValueError(f"an annotation lacks {missing}, or names a clause that is none: {entry!r}") from None
    if not made.reason or not made.owner:
        raise ValueError(f"the annotation of {made.clause} needs a reason and an owner")
    if made.expires > today + LONGEST:
        raise ValueError(f"the annotation of {made.clause} would hold for more than a year")
    return made


def silenced(annotations: Iterable[Annotation], today: date) -> frozenset[str]:
    """Return the clauses that the gate passes over: those with an annotation that still holds."""
    return frozenset(each.clause for each in annotations if each.is_live(today))
