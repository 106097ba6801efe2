"""The plan: what to find out, what to mend now, what comes next for each track, and what is quickly won.

The order inside a part is lexical, never a weighted sum: each item says why it stands where it stands.

Principles: none
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from strongroom.assess.document import Assessment
from strongroom.assess.evaluation import ClauseResult, PrincipleResult, State, TrackResult
from strongroom.assess.probing import Outcome, Probe, Safety
from strongroom.principles.catalogue import Track
from strongroom.principles.guidance import Guidance, efforts, guidance


class Part(StrEnum):
    """The parts of a plan, in the order in which to do them."""

    FIND_OUT = "find out"
    FIX_NOW = "fix now"
    NEXT_LEVEL = "next level"
    QUICK_WIN = "quick win"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. It is done when every probe of `acceptance` is green, or what it names is shown otherwise."""

    part: Part
    principle: str
    level: int
    track: Track
    title: str
    gap: tuple[str, ...]
    why_here: str
    guidance: Guidance
    acceptance: tuple[str, ...]
    settle_by: str = ""
    owner: str = ""
    due: str = ""
    source: str = "assessment"

    @property
    def days(self) -> int:
        """How many days of one person it takes at most; finding out takes none worth counting."""
        return 0 if self.part is Part.FIND_OUT else self.guidance.effort.days


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that lifts one track to one level: its items, the days that they take together, and what must turn out well.

    `unknown` are principles that nobody knows about yet: the level is reached only if they are met.
    """

    track: Track
    level: int
    items: tuple[str, ...]
    unknown: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan whole. `reach` is what a budget of days reaches, in order, with the level that each bundle leads to."""

    items: tuple[Item, ...]
    budget_days: int | None = None
    reach: tuple[Bundle, ...] = ()


_SMALL: Final = ("XS", "S")


def make_plan(
    assessment: Assessment,
    probes: Iterable[Probe],
    *,
    regressed: Collection[str] = (),
    extra: Sequence[Item] = (),
    budget_days: int | None = None,
) -> Plan:
    """Return the plan for an assessment.

    `regressed` are clauses that were met before; `extra` are items from elsewhere, an exercise's report for example.
    """
    by_clause = {each.clause: each for each in probes}
    items = [*_items(assessment, by_clause, frozenset(regressed)), *extra]
    covered = _covered(assessment)
    parts = {part: number for number, part in enumerate(Part)}
    lowest = {t.track: t.confirmed if t.confirmed is not None else 9 for t in assessment.tracks}

    def place(item: Item) -> tuple[object, ...]:
        news = [a for a in item.guidance.attacks if a.id not in covered]
        first = (parts[item.part], lowest[item.track] if item.part is Part.NEXT_LEVEL else 0, item.level)
        depth = _depth(item.principle)
        worst = max((a.weight for a in item.guidance.attacks), default=0)
        return (*first, depth, -len(news), -worst, list(efforts()).index(item.guidance.effort.size), item.principle)

    ordered = tuple(sorted(items, key=place))
    if budget_days is None:
        return Plan(ordered)
    return Plan(ordered, budget_days, _reach(assessment, budget_days))


def _items(assessment: Assessment, probes: Mapping[str, Probe], regressed: frozenset[str]) -> Iterable[Item]:
    covered = _covered(assessment)
    for track in assessment.tracks:
        blocking = {each.principle.id for each in track.blockers}
        for found in track.principles:
            open_now = [c for c in found.clauses if c.clause.required and c.state in (State.UNMET, State.PARTLY)]
            unknown = [c for c in found.clauses if c.clause.required and c.state is State.UNKNOWN]
            if unknown:
                yield _find_out(assessment, track, found, unknown, probes)
            if open_now:
                yield _mend(track, found, open_now, probes, regressed, blocking, covered)


def _find_out(
    assessment: Assessment,
    track: TrackResult,
    found: PrincipleResult,
    unknown: list[ClauseResult],
    probes: Mapping[str, Probe],
) -> Item:
    ways = dict.fromkeys(_way(assessment, c, probes.get(c.clause.id)) for c in unknown)
    return _item(
        Part.FIND_OUT,
        track,
        found,
        unknown,
        f"nobody knows yet whether level {found.principle.level} stands",
        probes,
        settle_by="; ".join(ways),
    )


def _way(assessment: Assessment, found: ClauseResult, probe: Probe | None) -> str:
    seen = next((f for f in assessment.findings if f.clause == found.clause.id), None)
    if probe is None or seen is None:
        return "answer its question, with an address where it can be read"
    if seen.outcome is Outcome.NOT_RUN and "leave" in seen.saw:
        return "measure with --active" if probe.safety >= Safety.SANDBOX else "measure with --negative"
    if seen.outcome is Outcome.NOT_RUN:
        return f"answer its question, for {seen.saw}"
    return f"see why the probe {probe.id} could not tell: {seen.saw}"


def _mend(
    track: TrackResult,
    found: PrincipleResult,
    open_now: list[ClauseResult],
    probes: Mapping[str, Probe],
    regressed: frozenset[str],
    blocking: set[str],
    covered: frozenset[str],
) -> Item:
    ids = {c.clause.id for c in open_now}
    advice = guidance(found.principle.id)
    if ids & regressed:
        part, why = Part.FIX_NOW, "it was met before"
    elif any(c.conflict for c in open_now):
        part, why = Part.FIX_NOW, "it is claimed, and was seen not to be so"
    elif found.principle.id in blocking:
        part, why = Part.NEXT_LEVEL, f"it keeps {track.track} from level {(track.confirmed or 0) + 1}"
    elif advice.effort.size in _SMALL and any(a.id not in covered for a in advice.attacks):
        part, why = Part.QUICK_WIN, "it takes little, and stops a class of attack that nothing else here stops"
    else:
        part, why = Part.LATER, f"it belongs to level {found.principle.level}, and a lower level is not reached yet"
    return _item(part, track, found, open_now, why, probes)


def _item(
    part: Part,
    track: TrackResult,
    found: PrincipleResult,
    open_now: list[ClauseResult],
    why: str,
    probes: Mapping[str, Probe],
    settle_by: str = "",
) -> Item:
    accepted = tuple(
        f"{c.clause.id}: the probe {probes[c.clause.id].id} is green"
        if c.clause.id in probes
        else f"{c.clause.id}: evidence, {c.clause.floor.word} at least, that has not expired"
        for c in open_now
    )
    return Item(
        part=part,
        principle=found.principle.id,
        level=found.principle.level,
        track=track.track,
        title=found.principle.title,
        gap=tuple(f"{c.clause.id} is {c.state.value}: {c.clause.text}" for c in open_now),
        why_here=why,
        guidance=guidance(found.principle.id),
        acceptance=accepted,
        settle_by=settle_by,
    )


def _covered(assessment: Assessment) -> frozenset[str]:
    met = [p.principle.id for t in assessment.tracks for p in t.principles if p.state is State.MET]
    return frozenset(attack.id for id in met for attack in guidance(id).attacks)


def _depth(principle: str) -> int:
    """Return how many principles must come one after the other before this one."""
    return max((1 + _depth(need) for need in guidance(principle).needs), default=0)


def _reach(assessment: Assessment, budget_days: int) -> tuple[Bundle, ...]:
    """Return the bundles that the budget pays for, the lowest track first.

    A level that nothing is known to keep a track from, but that is not confirmed, costs no days and is no gain: there
    the track waits until somebody has found out.
    """
    heights = {t.track: t.confirmed for t in assessment.tracks if t.confirmed is not None}
    results = {t.track: t for t in assessment.tracks}
    left, bought, done = budget_days, list[Bundle](), set[str]()
    while heights:
        track = min(heights, key=lambda each: (heights[each], list(Track).index(each)))
        bundle = _bundle(results[track], heights[track] + 1, done)
        if bundle is None or bundle.days > left or not bundle.items:
            del heights[track]
            continue
        left -= bundle.days
        done |= {*bundle.items, *bundle.unknown}
        bought.append(bundle)
        heights[track] += 1
    return tuple(bought)


def _bundle(result: TrackResult, level: int, done: set[str]) -> Bundle | None:
    if level > 3 or not result.levels[level - 1].applicable:
        return None
    here = [p for p in result.principles if p.principle.level <= level and p.principle.id not in done]
    mend = tuple(p.principle.id for p in here if p.state in (State.UNMET, State.PARTLY))
    unknown = tuple(p.principle.id for p in here if p.state is State.UNKNOWN)
    return Bundle(result.track, level, mend, unknown, sum(guidance(id).effort.days for id in mend))
