"""The weak client as a client under test, with the flaws of a room switched on.

Principles: none
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from strongroom.assess.clients.bench import Client, bare_environment, find
from strongroom.assess.clients.specification import ClientSpecification, Verb
from strongroom.assess.clients.trial import OneClient

FLAWS = (
    "CLI-1.1a ignores-hashes",
    "CLI-1.1b ignores-pins",
    "CLI-2.1a says-nothing",
    "CLI-3.1a forgets-components",
    "CLI-3.2a jumps-to-newest",
    "CLI-3.3a names-what-is-not-reached",
)

_PROGRAM = Path(__file__).with_name("weak_client.py")
_GIVEN = {
    Verb.INSTALL: ("requirement", "index", "target"),
    Verb.INSTALL_HASHED: ("requirements", "index", "target"),
    Verb.INSTALL_WATCHED: ("requirement", "index", "target", "advisories"),
    Verb.LOCK: ("project", "index"),
    Verb.AUDIT: ("project", "index", "advisories"),
    Verb.SBOM_CYCLONEDX: ("project", "index", "out"),
    Verb.SBOM_SPDX: ("project", "index", "out"),
    Verb.FIX: ("project", "index", "advisories"),
    Verb.REACH: ("project", "index", "advisories"),
}


def specification(flaws: Iterable[str] = (), *, without: Iterable[Verb] = ()) -> ClientSpecification:
    """Return the weak client's description, deprived of some verbs."""
    switched = ",".join(each.partition(" ")[2] for each in flaws if each.startswith("CLI-"))
    verbs = {
        verb: (("{client}", switched, verb.value, *(part for n in names for part in (f"--{n}", f"{{{n}}}"))),)
        for verb, names in _GIVEN.items()
        if verb not in frozenset(without)
    }
    return ClientSpecification(
        "weak", "weak", (("{python}", "-I", str(_PROGRAM)),), ("--version",), verbs, dict.fromkeys(without, "It cannot")
    )


def weak_client(flaws: Iterable[str] = (), *, without: Iterable[Verb] = ()) -> OneClient:
    """Return the weak client with these flaws."""
    client = find(specification(flaws, without=without), bare_environment(os.environ))
    assert client is not None
    return OneClient(client)


CRASHES = {
    "by a signal": ("{python}", "-c", "import os; os.abort()"),
    "by an unknown option": ("{python}", "-c", "raise SystemExit(2)"),
    "with a traceback": ("{python}", "-c", "raise RuntimeError"),
    "since it is not there": ("/nonexistent/client",),
}
"""Commands of a client that breaks, by how it does so."""


def breaking(verb: Verb, command: tuple[str, ...] = ("false",), flaws: Iterable[str] = ()) -> OneClient:
    """Return the weak client with these flaws, one of whose verbs never works."""
    client = weak_client(flaws).client
    verbs = {**client.specification.verbs, verb: (command,)}
    return OneClient(Client(replace(client.specification, verbs=verbs), client.command, "1.0", client.environment))
