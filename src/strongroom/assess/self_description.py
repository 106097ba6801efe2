"""What a repository says of itself in /.well-known/package-repository-security.json: proposals, each to be checked.

Its schema is `strongroom/principles/package-repository-security.schema.json`. Nothing in it is evidence: it names the
page that speaks of a clause, and the page is then fetched and read.

Principles: none
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

ADDRESS: Final = "/.well-known/package-repository-security.json"
VERSION: Final = 1
LIMIT_BYTES: Final = 256 * 1024
MOST_DOCUMENTS: Final = 100
MOST_ENDPOINTS: Final = 50
MOST_CLAUSES: Final = 60
LONGEST_ADDRESS: Final = 2000

_CLAUSE: Final = re.compile(r"(AUTHN|AUTHZ|GEN|CLI)-[1-3]\.[1-9][a-z]")
_KEY: Final = re.compile(r"[a-z_]{1,40}")
_ADDRESS: Final = re.compile(r"https?://\S+|/\S*")


@dataclass(frozen=True, slots=True)
class Described:
    """One page that the repository names, and the clauses it is said to speak of."""

    url: str
    clauses: frozenset[str]
    title: str = ""


@dataclass(frozen=True, slots=True)
class SelfDescription:
    """A repository in its own words."""

    title: str
    product: str
    updated: date
    taxonomy: Mapping[str, frozenset[str]] = field(default_factory=dict)
    documents: tuple[Described, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)

    def pages_on(self, clause: str) -> tuple[str, ...]:
        """Return the addresses of the pages that are said to speak of a clause."""
        return tuple(each.url for each in self.documents if clause in each.clauses)


def parse_self_description(content: bytes) -> SelfDescription:
    """Return what a self-description says; ValueError when it is none that the schema allows."""
    if len(content) > LIMIT_BYTES:
        raise ValueError(f"it is longer than {LIMIT_BYTES} bytes")
    try:
        said = json.loads(content, object_pairs_hook=_without_doubles)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    whole = _object(said, "the document")
    if whole.get("version") != VERSION:
        raise ValueError(f"its version is not {VERSION}")
    framework, repository = _object(whole.get("framework"), "framework"), _object(whole.get("repository"), "repository")
    _text(framework.get("name"), "framework/name", 200)
    _text(framework.get("version"), "framework/version", 40)
    return SelfDescription(
        title=_text(repository.get("title"), "repository/title", 200),
        product=_text(repository.get("product", ""), "repository/product", 200),
        updated=date.fromisoformat(_text(whole.get("updated"), "updated", 10)),
        taxonomy=_mapping(whole, "taxonomy", 20, _answers),
        documents=tuple(_document(each) for each in _list(whole.get("documents", []), "documents", MOST_DOCUMENTS)),
        endpoints=_mapping(whole, "endpoints", MOST_ENDPOINTS, lambda each: _address(each, "endpoints")),
    )


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values of one key some readers take the first and some the last: such a file says two things.
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("it says something twice")
    return dict(pairs)


def _document(entry: Any) -> Described:
    known = _object(entry, "documents")
    clauses = [_text(each, "clauses", 20) for each in _list(known.get("clauses"), "clauses", MOST_CLAUSES)]
    if not clauses or not all(map(_CLAUSE.fullmatch, clauses)):
        raise ValueError("a document names no clauses, or what is no clause")
    return Described(
        _address(known.get("url"), "documents"), frozenset(clauses), _text(known.get("title", ""), "title", 200)
    )


def _answers(value: Any) -> frozenset[str]:
    return frozenset(_text(each, "taxonomy", 40) for each in _list(value, "taxonomy", 10))


def _mapping(whole: Mapping[str, Any], name: str, most: int, read: Callable[[Any], Any]) -> dict[str, Any]:
    entries = _object(whole.get(name, {}), name)
    if len(entries) > most or not all(map(_KEY.fullmatch, entries)):
        raise ValueError(f"{name} has too many entries, or one whose name is no name")
    return {key: read(value) for key, value in entries.items()}


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{name} is no list, or has more than {most} entries")
    return value


def _text(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{name} is no text, or longer than {longest} characters")
    return value


def _address(value: Any, name: str) -> str:
    text = _text(value, name, LONGEST_ADDRESS)
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text[:80]!r} under {name} is no address")
    return text
