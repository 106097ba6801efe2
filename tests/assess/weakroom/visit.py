"""Visiting Weakroom: the driver joined from its parts, and one probe asked of a room with some flaws.

Principles: none
"""

import importlib
import pkgutil
import random
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from tests.assess import weakroom
from tests.assess.weakroom.room import BASE, FLAWS, TOOLS, Flaw, Room, RoomMailbox

from strongroom.assess.consent import Consent
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.drivers.specification import Rule, Specification, parse
from strongroom.assess.health import Health
from strongroom.assess.journal import Journal
from strongroom.assess.probing import Finding, Safety
from strongroom.assess.run import Setting, ask, every_probe
from strongroom.assess.wire import Redactor, Transcript, Wire

HERE = Path(__file__).parent


@cache
def driver() -> Specification:
    """Return the room's driver: core.toml first, then what each module of the room adds."""
    for module in pkgutil.iter_modules(weakroom.__path__):
        importlib.import_module(f"{weakroom.__name__}.{module.name}")
    parts = sorted(HERE.glob("*.toml"), key=lambda path: (path.name != "core.toml", path.name))
    return parse("\n".join(part.read_text("utf-8") for part in parts))


def every_flaw() -> list[Flaw]:
    """Return every flaw of the room."""
    driver()
    return sorted(FLAWS)


class SeededChance:
    """Chance that is the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(7)

    def text(self, length: int) -> str:
        """Return so many random characters."""
        return "".join(self._random.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(length))


def deprived(specification: Specification, without: Iterable[Op], refuse: Iterable[Op]) -> Specification:
    """Return a driver that lacks some operations, and to which some others are always refused."""
    lacking, refused = frozenset(without), frozenset(refuse)
    operations = {
        op: replace(each, answers=(Rule(Kind.REFUSED),)) if op in refused else each
        for op, each in specification.operations.items()
        if op not in lacking
    }
    return replace(specification, operations=operations)


def setting(
    room: Room, *, without: Iterable[Op] = (), refuse: Iterable[Op] = (), tools: dict[str, Any] | None = None
) -> Setting:
    """Return a run's setting on a room, with every tool that its modules know but those given as None."""
    driver()  # every module of the room is read, and has added its tools
    made = {"used_codes": set(), **{name: make(room) for name, make in TOOLS.items()}, **(tools or {})}
    client = httpx2.Client(transport=room.transport(), base_url=BASE)
    wire = Wire(client, BASE, Transcript(Redactor()), Health(active=True, sleep=room.clock.sleep))
    return Setting(
        run="t3st",
        target=DrivenTarget(deprived(driver(), without, refuse), wire, {"base": BASE}),
        wire=wire,
        consent=Consent(Safety.IRREVERSIBLE, "a room of our own"),
        clocks=room.clock,
        chance=SeededChance(),
        journal=Journal(),
        mailbox=RoomMailbox(room),
        tools={name: tool for name, tool in made.items() if tool is not None},
    )


def found(
    clause: str,
    *flaws: str,
    without: Iterable[Op] = (),
    refuse: Iterable[Op] = (),
    room: Room | None = None,
    **tools: Any,
) -> Finding:
    """Return what the probe of a clause finds in a room with these flaws, by a driver deprived of some operations."""
    probe = next(each for each in every_probe() if each.clause == clause)
    return ask(setting(room or Room(frozenset(flaws)), without=without, refuse=refuse, tools=tools), probe)
