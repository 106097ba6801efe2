"""The framework, read once from catalogue.toml into values that cannot change.

Principles: none
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class Track(StrEnum):
    """The four tracks of the framework, in its order."""

    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    GENERAL = "general"
    CLI = "cli"


class Grade(IntEnum):
    """How strong a piece of evidence is, weak to strong. What is inferred never counts."""

    INFERRED = 0
    ATTESTED = 1
    DOCUMENTED = 2
    OBSERVED = 3

    @property
    def word(self) -> str:
        """The grade as it is written."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Grade":
        """Return the grade that is written so; ValueError when there is none."""
        if word not in (each.word for each in cls):
            raise ValueError(f"{word!r} is no grade of evidence")
        return cls[word.upper()]


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
class Question:
    """One question about what kind of repository it is, and the answers it can have."""

    id: str
    ask: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that can be true or false of a repository. One not required is reported and blocks no level.

    `floor` is the weakest evidence that can show it met, `expires_days` how long evidence of each grade counts.
    """

    id: str
    letter: str
    text: str
    required: bool
    track: Track
    floor: Grade
    expires_days: Mapping[Grade, int]


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


def _clause_from(owner: str, track: Track, entry: Mapping[str, Any]) -> Clause:
    days = entry.get("expires_days", _document()["expires_days"])
    return Clause(
        id=owner + entry["letter"],
        letter=entry["letter"],
        text=entry["text"],
        required=entry["required"],
        track=track,
        floor=Grade.of(entry.get("floor", "documented")),
        expires_days=MappingProxyType({grade: days[grade.word] for grade in Grade}),
    )


def _principle_from(entry: Mapping[str, Any]) -> Principle:
    if not re.fullmatch(rf"(AUTHN|AUTHZ|GEN|CLI)-{entry['level']}\.[1-9]", entry["id"]):
        raise ValueError(f"the id {entry['id']} does not tell level {entry['level']}")
    clauses = (_clause_from(entry["id"], Track(entry["track"]), c) for c in entry["clauses"])
    return Principle(entry["id"], Track(entry["track"]), entry["level"], entry["title"], tuple(clauses))


@cache
def framework() -> Framework:
    """Return what is known of the framework itself, to be named wherever its principles are."""
    return Framework(**_document()["framework"])


@cache
def taxonomy() -> tuple[Question, ...]:
    """Return the questions about what kind of repository it is."""
    return tuple(Question(q["id"], q["ask"], tuple(q["answers"])) for q in _document()["taxonomy"])


def applies(clause: Clause, answers: Mapping[str, frozenset[str]]) -> bool:
    """Report whether a clause applies to a repository of this kind; a question not answered excludes nothing."""
    demanded = _document()["applies"][clause.track.value]
    return all(answer in answers.get(question, {answer}) for question, answer in demanded.items())


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
