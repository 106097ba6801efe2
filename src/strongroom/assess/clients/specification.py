"""A client's file, parsed once: how it is found, and the command for each thing that it can do.

Principles: none
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files


class Verb(StrEnum):
    """What a client is asked to do. After each: what the command is given → what it must leave."""

    INSTALL = "install"  # requirement, index, target → the package in target
    INSTALL_HASHED = "install-hashed"  # requirements (a file with hashes), index, target → the package in target
    INSTALL_WATCHED = "install-watched"  # requirement, index, target, advisories → the same, and a warning
    LOCK = "lock"  # project (a folder with pyproject.toml), index → a lock in the folder
    AUDIT = "audit"  # project, index, advisories → names the advisory; exit code not 0
    SBOM_CYCLONEDX = "sbom-cyclonedx"  # project, index, out → a list of components in the file out
    SBOM_SPDX = "sbom-spdx"  # project, index, out → the same, as SPDX
    FIX = "fix"  # project, index, advisories → the lock moved to a fixed version
    REACH = "reach"  # project, index, advisories → names the advisory when its function is reached


@dataclass(frozen=True, slots=True)
class ClientSpecification:
    """One client as its file has it. `find` are commands, the first that answers `version` is the client.

    A verb is one command or several, one after the other. `lacks` says why the client has no such verb.
    """

    id: str
    title: str
    find: tuple[tuple[str, ...], ...]
    version: tuple[str, ...]
    verbs: Mapping[Verb, tuple[tuple[str, ...], ...]]
    lacks: Mapping[Verb, str]


def parse(text: str) -> ClientSpecification:
    """Return the client that a TOML text describes; ValueError and KeyError when it describes none."""
    document = tomllib.loads(text)
    head = document["client"]
    verbs = {
        Verb(name): tuple(tuple(command) for command in entry["commands"])
        for name, entry in document.get("verb", {}).items()
    }
    return ClientSpecification(
        id=head["id"],
        title=head["title"],
        find=tuple(tuple(command) for command in head["find"]),
        version=tuple(head["version"]),
        verbs=verbs,
        lacks={Verb(name): why for name, why in document.get("lacks", {}).items()},
    )


def shipped() -> dict[str, ClientSpecification]:
    """Return the clients that come with Strongroom, by id."""
    folder = files("strongroom.assess.clients")
    texts = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml"))
    return {each.id: each for each in sorted(map(parse, texts), key=lambda each: each.id)}
