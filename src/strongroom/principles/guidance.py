"""What to do about each principle, read once from guidance.toml: attacks, effort, what comes first, remedies.

Principles: none
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Persona(StrEnum):
    """Who reads a remedy: who runs a product, or who builds one."""

    OPERATOR = "operator"
    DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Attack:
    """One class of attack; `weight` is 1 to 3, `seen` where it happened."""

    id: str
    weight: int
    says: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work: a size, at most so many days of one person, and words for it."""

    size: str
    days: int
    says: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to do about one principle. `needs` are the principles that come first."""

    principle: str
    attacks: tuple[Attack, ...]
    effort: Effort
    running_cost: str
    needs: tuple[str, ...]
    stops: str
    remedies: Mapping[Persona, str]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("guidance.toml").read_text("utf-8"))


@cache
def attacks() -> Mapping[str, Attack]:
    """Return every class of attack by its id."""
    return {id: Attack(id, **entry) for id, entry in _document()["attack"].items()}


@cache
def efforts() -> Mapping[str, Effort]:
    """Return every size of effort, the smallest first."""
    return {size: Effort(size, **entry) for size, entry in _document()["effort"].items()}


@cache
def guidance(principle: str) -> Guidance:
    """Return what to do about a principle; KeyError when the framework has none of that id."""
    entry = _document()["principle"][principle]
    return Guidance(
        principle=principle,
        attacks=tuple(attacks()[id] for id in entry["attacks"]),
        effort=efforts()[entry["effort"]],
        running_cost=entry["running_cost"],
        needs=tuple(entry.get("needs", ())),
        stops=entry["stops"],
        remedies={persona: entry[persona.value] for persona in Persona},
    )
