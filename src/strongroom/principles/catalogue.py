"""The framework, read once from catalogue.toml into values that cannot change.

Principles: none
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Track(StrEnum):
    """The four tracks of the framework, in its order."""

    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    GENERAL = "general"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Framework:
    """Where the principles come from: name, version, year and month of publication, authors, address, licence."""

    name: str
    version: str
    published: str
    authors: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that can be true or false of a repository. One not required is reported and blocks no level."""

    id: str
    letter: str
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Principle:
    """One principle: met when each of its required clauses is. `level` is 1, 2 or 3."""

    id: str
    track: Track
    level: int
    title: str
    clauses: tuple[Clause, ...]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text("utf-8"))


def _principle_from(entry: Mapping[str, Any]) -> Principle:
    if not re.fullmatch(rf"(AUTHN|AUTHZ|GEN|CLI)-{entry['level']}\.[1-9]", entry["id"]):
        raise ValueError(f"the id {entry['id']} does not tell level {entry['level']}")
    clauses = (Clause(entry["id"] + c["letter"], c["letter"], c["text"], c["required"]) for c in entry["clauses"])
    return Principle(entry["id"], Track(entry["track"]), entry["level"], entry["title"], tuple(clauses))


@cache
def framework() -> Framework:
    """Return what is known of the framework itself, to be named wherever its principles are."""
    return Framework(**_document()["framework"])


@cache
def principles() -> tuple[Principle, ...]:
    """Return every principle, in the framework's order: by track, then level, then place in the source."""
    return tuple(_principle_from(entry) for entry in _document()["principle"])


def principle(id: str) -> Principle:
    """Return the principle `id`, as in AUTHN-3.2; KeyError when the framework has none of that id."""
    return {each.id: each for each in principles()}[id]


def clause(id: str) -> Clause:
    """Return the clause `id`, a principle's id and a letter, as in AUTHN-1.5b; KeyError when there is none."""
    return {each.id: each for owner in principles() for each in owner.clauses}[id]
