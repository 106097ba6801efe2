"""A driver's file, parsed once: what it recognises, which operations it knows, what its product lacks.

Principles: none
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from strongroom.assess.drivers.operations import Kind, Op


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an operation's table of answers: when all that it names holds, the answer is of this kind.

    `status` is a list of statuses (or exit codes), `body` a regular expression searched in the text, `value` the name
    of a value that must have been found.
    """

    kind: Kind
    status: tuple[int, ...] = ()
    body: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is done: by a request or by a command, and how its answers read.

    `words` are for lists of things that have a `kind`: for each word of the vocabulary, a pattern of the product's.
    `calls` are for what is given: for a parameter, what the product calls each of the vocabulary's words for it;
    "" in a list: it has no such thing.
    `first` are steps and operations that are done before with the same parameters, as a log-in is; what they bring can
    be named in this one. `each_version` repeats it for every version that the index lists. `paths` are for POLICY: an
    address for each subject. An empty method sends nothing: the answer is what the driver itself knows.
    """

    name: str
    method: str = "GET"
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    codec: str = ""
    content: str = ""
    auth: str = ""
    elsewhere: bool = False
    command: tuple[str, ...] = ()
    stdin: str = ""
    first: tuple[str, ...] = ()
    each_version: bool = False
    paths: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[Rule, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of the product: a request whose answer has this status and this text."""

    path: str
    status: int
    body: str = ""
    header: str = ""


@dataclass(frozen=True, slots=True)
class Specification:
    """One driver as its file has it. `steps` are requests that only operations of this driver ask for first."""

    id: str
    title: str
    ecosystem: str
    about: str
    read_only: bool
    clients: tuple[str, ...]
    taxonomy: Mapping[str, frozenset[str]]
    signs: tuple[Sign, ...]
    operations: Mapping[Op, Operation]
    steps: Mapping[str, Operation]
    lacks: Mapping[Op, str]


_KEYS = {"driver", "taxonomy", "recognise", "operation", "step", "lacks"}


def parse(text: str) -> Specification:
    """Return the driver that a TOML text describes; ValueError says what is wrong with it."""
    document = tomllib.loads(text)
    if unknown := set(document) - _KEYS:
        raise ValueError(f"a driver has no {', '.join(sorted(unknown))}")
    head = document["driver"]
    found = Specification(
        id=head["id"],
        title=head["title"],
        ecosystem=head["ecosystem"],
        about=head.get("about", ""),
        read_only=bool(head.get("read_only", False)),
        clients=tuple(head.get("clients", ())),
        taxonomy={key: frozenset(value) for key, value in document.get("taxonomy", {}).items()},
        signs=tuple(Sign(**each) for each in document.get("recognise", ())),
        operations={Op(name): _operation(name, each) for name, each in document.get("operation", {}).items()},
        steps={name: _operation(name, each) for name, each in document.get("step", {}).items()},
        lacks={Op(name): why for name, why in document.get("lacks", {}).items()},
    )
    _require_sound(found)
    return found


def _require_sound(found: Specification) -> None:
    every = (*found.operations.values(), *found.steps.values())
    if found.read_only and any(map(writes, every)):
        raise ValueError(f"the driver {found.id} is read-only, and one of its operations writes")
    known = {*found.steps, *found.operations}
    if nowhere := {name for each in every for name in each.first} - known:
        raise ValueError(f"there is no step and no operation {', '.join(sorted(nowhere))}")


def writes(operation: Operation) -> bool:
    """Report whether an operation may change anything on its target."""
    return bool(operation.command) or operation.method not in ("", "GET", "HEAD")


def _operation(name: str, entry: dict[str, Any]) -> Operation:
    answers = tuple(_rule(each) for each in entry.pop("answers", ()))
    command = tuple(entry.pop("command", ()))
    entry["first"] = tuple(entry.pop("first", ()))
    try:
        return Operation(name, answers=answers, command=command, **entry)
    except TypeError as wrong:
        raise ValueError(f"the operation {name} is not described well: {wrong}") from None


def _rule(entry: dict[str, Any]) -> Rule:
    status = entry.pop("status", ())
    statuses = (status,) if isinstance(status, int) else tuple(status)
    return Rule(kind=Kind(entry.pop("kind")), status=statuses, **entry)


def shipped() -> dict[str, Specification]:
    """Return the drivers that come with Strongroom, by id."""
    folder = files("strongroom.assess.drivers")
    texts = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml"))
    found = sorted((parse(text) for text in texts), key=lambda each: each.id)
    return {each.id: each for each in found}
