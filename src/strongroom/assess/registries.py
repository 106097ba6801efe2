"""Thirteen public registries as they are described: dated claims with sources, never mixed with what is seen.

Principles: none
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from strongroom.principles.catalogue import principle, principles

MARKS: Final[Mapping[str, str]] = {
    "met": "M",
    "partly": "P",
    "not met": "-",
    "not applicable": "n",
    "not verified": "?",
}

SOURCES: Final[Mapping[str, str]] = {
    "code": "read in the registry's own code",
    "docs": "its documentation says so",
    "blog": "its blog says so",
    "issue": "an issue of its project says so",
    "rfc": "a design document of its project says so",
    "csv2023": "a table of the working group, 2023",
    "survey2022": "its own answer to a survey, 2022",
    "3p": "somebody else says so",
    "neg": "looked for and not found",
    "mem": "recalled, and not checked",
}

CAUTION: Final = (
    "These are claims, each of its day and source, none of them seen by this program; much was not verified. "
    "A registry that reads its row otherwise is asked to say so."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of one registry and one principle, by what source, and of which day or month."""

    registry: str
    principle: str
    verdict: str
    delegated_to: str
    source: str
    dated: str
    says: str


@cache
def claims() -> tuple[Claim, ...]:
    """Return every claim, a registry's together, in the framework's order."""
    text = files("strongroom.assess").joinpath("registries.csv").read_text("utf-8")
    return tuple(Claim(**row) for row in csv.DictReader(text.splitlines()))


def registries() -> tuple[str, ...]:
    """Return the names of the registries, in their order."""
    return tuple(dict.fromkeys(claim.registry for claim in claims()))


def chosen(names: Collection[str], ids: Collection[str]) -> tuple[Claim, ...]:
    """Return the claims on these registries and principles, all where none is named; ValueError when one is unknown."""
    known = {name.lower(): name for name in registries()}
    if unknown := [name for name in names if name.lower() not in known]:
        raise ValueError(f"there is nothing on {', '.join(unknown)}; there is on {', '.join(known.values())}")
    if unknown := [id for id in ids if id not in {each.id for each in principles()}]:
        raise ValueError(f"there is no principle {', '.join(unknown)}")
    wanted = {known[name.lower()] for name in names} or set(known.values())
    return tuple(c for c in claims() if c.registry in wanted and (not ids or c.principle in ids))


def table(found: Sequence[Claim], seen: Mapping[str, str] | None = None) -> str:
    """Return the claims as a table for a terminal; `seen` is a column of its own, of what was measured here."""
    names = tuple(dict.fromkeys(claim.registry for claim in found))
    verdicts = {(c.registry, c.principle): c for c in found}
    head = "".join(f"{name[:8]:<9}" for name in names)
    lines = [f"{'':<40}{'seen':<9}{head}" if seen is not None else f"{'':<40}{head}"]
    for id in dict.fromkeys(claim.principle for claim in found):
        own = f"{seen.get(id, '?'):<9}" if seen is not None else ""
        cells = "".join(f"{_cell(verdicts.get((name, id))):<9}" for name in names)
        lines.append(f"{id:<10}{principle(id).title[:29]:<30}{own}{cells}".rstrip())
    lines += ["", "M met, P partly, - not met, n does not apply, ? not verified, + left to another identity provider."]
    return "\n".join([*lines, CAUTION, ""])


def _cell(claim: Claim | None) -> str:
    return "?" if claim is None else MARKS[claim.verdict] + ("+" if claim.delegated_to else "")


def in_full(found: Sequence[Claim]) -> str:
    """Return the claims with what each rests on."""
    lines = []
    for c in found:
        lines.append(f"{c.registry}, {c.principle} {principle(c.principle).title}: {c.verdict}")
        lines.append(f"  {c.dated}, {SOURCES[c.source]}: {c.says or 'nothing more is said'}")
    return "\n".join([*lines, "", CAUTION, ""])
