"""From evidence to levels: pure, so that a run can be evaluated again years later and give the same answer.

Unknown is never met. What was observed against a clause beats every claim for it. A level is an interval: what is
confirmed, and what is possible if all that is unknown turned out well.

Principles: none
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom.assess.evidence import Evidence, Polarity
from strongroom.principles.catalogue import Clause, Grade, Principle, Track, applies, principles

Taxonomy = Mapping[str, frozenset[str]]
"""What kind of repository it is: for each question of the catalogue the answers that hold; one not asked is unknown."""


class State(StrEnum):
    """Where a clause or a principle stands."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


class Why(StrEnum):
    """Why a clause is unknown."""

    NOTHING = "nobody has looked, and nothing is claimed"
    WEAK = "what is claimed is weaker than this clause demands"
    EXPIRED = "what was known has expired"
    FLAKY = "one probe saw both yes and no"


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """Where one clause stands, how strong the evidence is that decided, and all of the evidence, strongest first."""

    clause: Clause
    state: State
    grade: Grade | None = None
    why: Why | None = None
    conflict: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipleResult:
    """Where one principle stands; only its required clauses decide."""

    principle: Principle
    state: State
    clauses: tuple[ClauseResult, ...]


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many applicable principles a level of a track has, and how many of them are met or may be met."""

    level: int
    met: int
    may_be_met: int
    applicable: int


@dataclass(frozen=True, slots=True)
class TrackResult:
    """The level of one track as an interval; both ends are None when the track does not apply."""

    track: Track
    confirmed: int | None
    possible: int | None
    levels: tuple[LevelCount, ...]
    principles: tuple[PrincipleResult, ...]

    @property
    def blockers(self) -> tuple[PrincipleResult, ...]:
        """What keeps the track from its next level: the applicable principles of that level that are not met."""
        following = (self.confirmed or 0) + 1
        undecided = [p for p in self.principles if p.state not in (State.MET, State.NOT_APPLICABLE)]
        return tuple(p for p in undecided if p.principle.level <= following)


def evaluate(
    evidence: Iterable[Evidence], taxonomy: Taxonomy, now: datetime, floor: Grade = Grade.ATTESTED
) -> tuple[TrackResult, ...]:
    """Return where each track stands at `now`, counting no evidence that is weaker than `floor`."""
    by_clause: dict[str, list[Evidence]] = {}
    for each in evidence:
        by_clause.setdefault(each.clause, []).append(each)
    results: dict[Track, list[PrincipleResult]] = {track: [] for track in Track}
    for principle in principles():
        found = tuple(judge(c, by_clause.get(c.id, ()), taxonomy, now, floor) for c in principle.clauses)
        results[principle.track].append(PrincipleResult(principle, principle_state(found), found))
    return tuple(_track(track, tuple(found)) for track, found in results.items())


def judge(
    clause: Clause, evidence: Sequence[Evidence], taxonomy: Taxonomy, now: datetime, floor: Grade
) -> ClauseResult:
    """Return where one clause stands: what was observed first, then the strongest claim."""
    ranked = tuple(sorted(evidence, key=lambda e: (-e.grade, e.polarity, -e.collected.timestamp(), e.source)))
    if not applies(clause, taxonomy):
        return ClauseResult(clause, State.NOT_APPLICABLE, evidence=ranked)
    live = _newest([each for each in ranked if each.is_live(now)])
    support = max((e.grade for e in live if e.polarity is Polarity.SUPPORTS), default=None)
    against = _against(live, support)
    if against is not None:
        return _contradicted(clause, ranked, live, against, support)
    if support is not None and support >= max(clause.floor, floor):
        return ClauseResult(clause, State.MET, support, evidence=ranked)
    why = Why.WEAK if support is not None else Why.EXPIRED if _expired(ranked, now) else Why.NOTHING
    return ClauseResult(clause, State.UNKNOWN, why=why, evidence=ranked)


def _newest(live: list[Evidence]) -> list[Evidence]:
    """Return, of each source and grade, only what it said last; all of it when it said several things at once.

    What is newer but weaker replaces nothing.
    """
    latest: dict[tuple[str, Grade], datetime] = {}
    for each in live:
        key = (each.source, each.grade)
        latest[key] = max(each.collected, latest.get(key, each.collected))
    return [each for each in live if each.collected == latest[each.source, each.grade]]


def _against(live: list[Evidence], support: Grade | None) -> Grade | None:
    """Return the grade of what stands against the clause: what was observed, or a claim no weaker than those for it."""
    against = max((e.grade for e in live if e.polarity is not Polarity.SUPPORTS), default=None)
    if against is None or against is Grade.OBSERVED or support is None or against >= support:
        return against
    return None


def _contradicted(
    clause: Clause, ranked: tuple[Evidence, ...], live: list[Evidence], against: Grade, support: Grade | None
) -> ClauseResult:
    deciding = [e for e in live if e.grade is against and e.polarity is not Polarity.SUPPORTS]
    fickle = {e.source for e in live if e.grade is against and e.polarity is Polarity.SUPPORTS}
    if against is Grade.OBSERVED and all(e.source in fickle for e in deciding):
        return ClauseResult(clause, State.UNKNOWN, why=Why.FLAKY, evidence=ranked)
    outright = any(e.polarity is Polarity.CONTRADICTS for e in deciding)
    state = State.UNMET if outright else State.PARTLY
    return ClauseResult(clause, state, against, conflict=outright and support is not None, evidence=ranked)


def _expired(ranked: tuple[Evidence, ...], now: datetime) -> bool:
    return any(each.grade is not Grade.INFERRED and each.expires <= now for each in ranked)


def principle_state(clauses: Sequence[ClauseResult]) -> State:
    """Return where a principle stands: met when each required clause that applies is."""
    states = {each.state for each in clauses if each.clause.required} - {State.NOT_APPLICABLE}
    if not states:
        return State.NOT_APPLICABLE
    if states == {State.MET}:
        return State.MET
    if states & {State.UNMET, State.PARTLY}:
        return State.UNMET if states <= {State.UNMET, State.UNKNOWN} else State.PARTLY
    return State.UNKNOWN


def _track(track: Track, found: tuple[PrincipleResult, ...]) -> TrackResult:
    counts = tuple(_count(level, found) for level in (1, 2, 3))
    if not any(each.applicable for each in counts):
        return TrackResult(track, None, None, counts, found)
    confirmed = _height([each.met for each in counts], counts)
    return TrackResult(track, confirmed, _height([each.may_be_met for each in counts], counts), counts, found)


def _count(level: int, found: tuple[PrincipleResult, ...]) -> LevelCount:
    states = [p.state for p in found if p.principle.level == level and p.state is not State.NOT_APPLICABLE]
    may_be_met = sum(state in (State.MET, State.UNKNOWN) for state in states)
    return LevelCount(level, states.count(State.MET), may_be_met, len(states))


def _height(met: list[int], counts: tuple[LevelCount, ...]) -> int:
    # "A level with no applicable principle is never awarded": the height stops below it.
    height = 0
    for reached, count in zip(met, counts, strict=True):
        if not count.applicable or reached < count.applicable:
            break
        height = count.level
    return height
