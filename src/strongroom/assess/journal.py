"""The write-ahead journal: what a run is about to make on its target, so that all of it can be taken away again.

Principles: none
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Thing(StrEnum):
    """What a run makes; of an issuer, a reporter and a Sigstore, that the target trusts them."""

    PERSON = "person"
    PROJECT = "project"
    ISSUER = "trusted issuer"
    REPORTER = "trusted reporter"
    SIGSTORE = "trusted Sigstore"


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that was about to be made. `key` is what can take it away, empty where the operator can."""

    thing: Thing
    name: str
    key: str = field(default="", repr=False)


class Journal:
    """The things of one run: each is written down, and on disk, before the target is asked to make it.

    The file can be read by its owner alone: what takes a thing away may be a token.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._made: list[Made] = []
        self._gone: set[tuple[Thing, str]] = set()
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        thing = Thing(entry["thing"])
        if entry.get("gone"):
            self._gone.add((thing, entry["name"]))
        else:
            self._made.append(Made(thing, entry["name"], entry.get("key", "")))

    def about_to_make(self, thing: Thing, name: str, key: str = "") -> None:
        """Write down that a thing is about to be made; a second time changes nothing but the key."""
        if any(made.thing is thing and made.name == name and made.key == key for made in self._made):
            return
        self._write({"thing": thing, "name": name, "key": key})
        self._gone.discard((thing, name))
        self._made.append(Made(thing, name, key))

    def took_away(self, thing: Thing, name: str) -> None:
        """Write down that a thing is gone."""
        self._write({"thing": thing, "name": name, "gone": True})
        self._gone.add((thing, name))

    def left(self) -> Iterator[Made]:
        """Yield what is still there, the newest first, each name once with its newest key."""
        seen: set[tuple[Thing, str]] = set(self._gone)
        for made in reversed(self._made):
            if (made.thing, made.name) not in seen:
                seen.add((made.thing, made.name))
                yield made

    def _write(self, entry: dict[str, Any]) -> None:
        if self._path is None:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (json.dumps(entry) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
