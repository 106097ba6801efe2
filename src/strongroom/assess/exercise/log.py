"""The log of an exercise: a line of JSON for everything that is shown, decided, found wanting and promised.

Principles: none
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from strongroom.assess.exercise.scenario import Scenario
from strongroom.assess.plan import Item, Part
from strongroom.principles.catalogue import principle
from strongroom.principles.guidance import guidance

LIMIT_BYTES = 8 << 20


class What(StrEnum):
    """What a line of the log is about."""

    BEGUN = "begun"
    SHOWN = "shown"
    DECISION = "decision"
    GAP = "gap"
    ACTION = "action"
    NOTE = "note"
    OBJECTIVE = "objective"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, what, at which inject, by whom, and what was said. `owner` and `due` are an action's."""

    at: datetime
    what: What
    inject: str = ""
    actor: str = ""
    text: str = ""
    owner: str = ""
    due: str = ""
    principle: str = ""


def written(entry: Entry) -> str:
    """Return the line of an entry."""
    plain = asdict(entry) | {"at": entry.at.isoformat(), "what": entry.what.value}
    return json.dumps({key: value for key, value in plain.items() if value}, ensure_ascii=False) + "\n"


def append(path: Path, entry: Entry) -> None:
    """Add an entry to a log; what is written is never changed."""
    with path.open("a", encoding="utf-8") as out:
        out.write(written(entry))


def read(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a log; ValueError at the first line that is none."""
    if path.stat().st_size > LIMIT_BYTES:
        raise ValueError(f"{path} is longer than {LIMIT_BYTES} bytes")
    return tuple(_entries(path.read_text("utf-8").splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(lines, start=1):
        try:
            plain = json.loads(line)
            yield Entry(**{**plain, "at": datetime.fromisoformat(plain["at"]), "what": What(plain["what"])})
        except (ValueError, TypeError, KeyError) as wrong:
            raise ValueError(f"line {number} of the log is none: {wrong}") from None


def items(scenario: Scenario, entries: Iterable[Entry]) -> Iterator[Item]:
    """Yield what the exercise adds to the plan: an item for every action and for every gap that has none."""
    found = list(entries)
    acted = {each.inject for each in found if each.what is What.ACTION}
    for each in found:
        if each.what is What.ACTION or (each.what is What.GAP and each.inject not in acted):
            yield _item(scenario, each)


def _item(scenario: Scenario, entry: Entry) -> Item:
    inject = next((each for each in scenario.injects if each.id == entry.inject), None)
    id = entry.principle or (inject.principles[0] if inject and inject.principles else "GEN-3.1")
    owner = principle(id)
    return Item(
        part=Part.FIX_NOW,
        principle=id,
        level=owner.level,
        track=owner.track,
        title=entry.text,
        gap=(f"{id} was found wanting in an exercise: {entry.text}",),
        why_here=f"the exercise {scenario.title!r} of {entry.at:%Y-%m-%d} showed it",
        guidance=guidance(id),
        acceptance=(f"the next exercise of {scenario.id} does not find it again",),
        owner=entry.owner,
        due=entry.due,
        source=f"exercise {scenario.id}",
    )


def parse_day(text: str) -> str:
    """Return a day as YYYY-MM-DD; ValueError when it is none."""
    return date.fromisoformat(text).isoformat()
