"""A scenario: who sits at the table, what is to be learnt, and what happens when.

Principles: none
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from strongroom.assess.document import Assessment
from strongroom.assess.evaluation import State
from strongroom.assess.plain_yaml import parse_yaml
from strongroom.principles.catalogue import principle
from strongroom.principles.guidance import guidance

LIMIT_BYTES: Final = 1 << 20
DRAWN_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing to be learnt, and the principles that it is about."""

    id: str
    text: str
    principles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inject:
    """One thing that happens: minutes after the beginning, to whom, what is asked, and what good answers have."""

    id: str
    at: int
    text: str
    ask: str
    to: tuple[str, ...] = ()
    kind: str = "message"
    expect: tuple[str, ...] = ()
    minutes: int = 10
    principles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One exercise, its injects in the order of their time."""

    id: str
    title: str
    about: str
    minutes: int
    roles: tuple[str, ...]
    objectives: tuple[Objective, ...]
    injects: tuple[Inject, ...] = field(default=())


def parse_scenario(text: str) -> Scenario:
    """Return the scenario of a YAML text; ValueError says what is wrong with it."""
    if len(text) > LIMIT_BYTES:
        raise ValueError("the scenario is too long")
    try:
        scenario = _scenario(parse_yaml(text))
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"the scenario lacks {wrong}, or has what it should not") from None
    _require_whole(scenario)
    return scenario


def _scenario(document: Any) -> Scenario:
    injects = tuple(_inject(each) for each in document["injects"])
    return Scenario(
        id=str(document["id"]),
        title=_line(document["title"]),
        about=_line(document["about"]),
        minutes=int(document["minutes"]),
        roles=tuple(map(str, document["roles"])),
        objectives=tuple(
            Objective(str(o["id"]), _line(o["text"]), tuple(o.get("principles", ()))) for o in document["objectives"]
        ),
        injects=tuple(sorted(injects, key=lambda each: each.at)),
    )


def _inject(entry: Mapping[str, Any]) -> Inject:
    lists = {name: tuple(map(str, entry.get(name, ()))) for name in ("to", "expect", "principles")}
    return Inject(
        id=str(entry["id"]),
        at=int(entry["at"]),
        text=_line(entry["text"]),
        ask=_line(entry["ask"]),
        kind=str(entry.get("kind", "message")),
        minutes=int(entry.get("minutes", DRAWN_MINUTES)),
        **lists,
    )


def _line(text: object) -> str:
    return " ".join(str(text).split())


def _require_whole(scenario: Scenario) -> None:
    names = [each.id for each in scenario.injects]
    if not names or len(set(names)) != len(names):
        raise ValueError("a scenario has injects, each with an id of its own")
    spoken_of = [each.principles for each in scenario.injects] + [each.principles for each in scenario.objectives]
    for id in (id for ids in spoken_of for id in ids):
        try:
            principle(id)
        except KeyError:
            raise ValueError(f"there is no principle {id}") from None
    strangers = {role for each in scenario.injects for role in each.to} - set(scenario.roles)
    if strangers:
        raise ValueError(f"nobody at the table is {', '.join(sorted(strangers))}")


def shipped() -> dict[str, Scenario]:
    """Return the scenarios that come with Strongroom, by id."""
    folder = files("strongroom.assess.exercise") / "scenarios"
    found = [parse_scenario(each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".yaml")]
    return {each.id: each for each in sorted(found, key=lambda each: each.id)}


def load(name: str) -> Scenario:
    """Return a shipped scenario by its id, else the one of a file; ValueError when there is none."""
    known = shipped()
    if name in known:
        return known[name]
    path = Path(name)
    if not path.is_file():
        raise ValueError(f"there is no scenario {name}; there are {', '.join(known)}, or give a file")
    return parse_scenario(path.read_text("utf-8"))


def with_weaknesses(scenario: Scenario, assessment: Assessment, most: int = 3) -> Scenario:
    """Return the scenario with injects drawn from what is unmet: the worst class of attack first, each class once."""
    last = max((each.at + each.minutes for each in scenario.injects), default=0)
    drawn = _drawn(assessment, most)
    added = [replace(each, at=last + number * DRAWN_MINUTES) for number, each in enumerate(drawn)]
    longer = scenario.minutes + DRAWN_MINUTES * len(added)
    return replace(scenario, injects=(*scenario.injects, *added), minutes=longer)


def _drawn(assessment: Assessment, most: int) -> Sequence[Inject]:
    texts = tomllib.loads(files(__package__).joinpath("injects.toml").read_text("utf-8"))
    weak = [c for c in assessment.clauses if c.clause.required and c.state in (State.UNMET, State.PARTLY)]
    pairs = [(attack, each) for each in weak for attack in guidance(each.clause.id[:-1]).attacks]
    found: dict[str, Inject] = {}
    for attack, each in sorted(pairs, key=lambda pair: (-pair[0].weight, pair[1].clause.id)):
        if attack.id not in found and len(found) < most:
            stands = {"clause": f"{each.clause.id} ({each.clause.text})", "state": each.state.value}
            found[attack.id] = Inject(
                id=f"W{len(found) + 1}",
                at=0,
                text=texts[attack.id]["text"].format(**stands),
                ask=texts[attack.id]["ask"],
                kind="drawn from the assessment",
                expect=(guidance(each.clause.id[:-1]).stops,),
                principles=(each.clause.id[:-1],),
            )
    return tuple(found.values())
