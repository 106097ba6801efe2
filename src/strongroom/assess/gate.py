"""The gate: what must hold for a run to pass, and the exit code that says so.

Principles: none
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from strongroom.assess.comparison import Change, Difference
from strongroom.assess.document import Assessment
from strongroom.assess.evaluation import PrincipleResult, State, TrackResult, Why
from strongroom.principles.catalogue import Track


class Exit(IntEnum):
    """The exit codes of an assessment. A failed gate outweighs incompleteness, a safety abort outweighs both."""

    OK = 0
    GATE = 1
    USAGE = 2
    INCOMPLETE = 3
    UNSAFE = 4


class FailOn(StrEnum):
    """What else fails the gate, beside a track below its minimum."""

    REGRESSION = "regression"
    CONFLICT = "conflict"
    STALE = "stale"


TRACK_NAMES: Final[Mapping[str, Track]] = {
    "authn": Track.AUTHENTICATION,
    "authz": Track.AUTHORIZATION,
    "gen": Track.GENERAL,
    "cli": Track.CLI,
}
"""The tracks as the command line names them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says: the exit code, and a sentence for everything that failed or is missing."""

    exit: Exit
    failures: tuple[str, ...]
    notes: tuple[str, ...]


def parse_minimum(text: str) -> tuple[Track, int]:
    """Return the track and the level that `authn=2` names; ValueError when it names none."""
    name, _, level = text.partition("=")
    track = TRACK_NAMES.get(name) or next((t for t in Track if t.value == name), None)
    if track is None or level not in ("0", "1", "2", "3"):
        raise ValueError(f"{text!r} is no minimum: say {', '.join(TRACK_NAMES)}, an equals sign, and 0 to 3")
    return track, int(level)


def judge(
    assessment: Assessment,
    minimum: Mapping[Track, int],
    fail_on: Collection[FailOn] = (),
    *,
    changes: Iterable[Difference] = (),
    silenced: Collection[str] = (),
) -> Verdict:
    """Return what the gate says of an assessment.

    A clause that is `silenced` fails nothing, but the levels stay as they are: a track passes with it as if it were
    met. A track that does not apply passes.
    """
    failures = [*_below(assessment, minimum, silenced), *_other(assessment, fail_on, changes, silenced)]
    told = assessment.circumstances
    notes = [f"left behind: {each}" for each in told.left]
    if told.aborted or told.left:
        return Verdict(Exit.UNSAFE, tuple(failures), (*filter(None, [told.aborted]), *notes))
    if failures:
        return Verdict(Exit.GATE, tuple(failures), assessment.troubles)
    return Verdict(Exit.INCOMPLETE if assessment.troubles else Exit.OK, (), assessment.troubles)


def _below(assessment: Assessment, minimum: Mapping[Track, int], silenced: Collection[str]) -> Iterable[str]:
    for result in assessment.tracks:
        wanted = minimum.get(result.track, 0)
        if result.confirmed is not None and _reached(result, silenced) < wanted:
            missing = ", ".join(p.principle.id for p in result.blockers if not _passes(p, silenced))
            yield f"{result.track} is at level {result.confirmed}, not {wanted}; in the way: {missing}"


def _reached(result: TrackResult, silenced: Collection[str]) -> int:
    """Return the level that the track would have if what is silenced were met."""
    height = 0
    for count in result.levels:
        here = [p for p in result.principles if p.principle.level == count.level]
        if not count.applicable or not all(_passes(p, silenced) for p in here):
            break
        height = count.level
    return height


def _passes(found: PrincipleResult, silenced: Collection[str]) -> bool:
    return all(
        c.state in (State.MET, State.NOT_APPLICABLE) or c.clause.id in silenced
        for c in found.clauses
        if c.clause.required
    )


def _other(
    assessment: Assessment, fail_on: Collection[FailOn], changes: Iterable[Difference], silenced: Collection[str]
) -> Iterable[str]:
    if FailOn.REGRESSION in fail_on:
        for each in changes:
            if each.change is Change.REGRESSED and each.clause not in silenced:
                yield f"{each.clause} was {each.before.value} and is {each.after.value}: {each.says}"
    for found in assessment.clauses:
        if found.clause.id in silenced:
            continue
        if FailOn.CONFLICT in fail_on and found.conflict:
            yield f"{found.clause.id} is claimed, and was seen not to be so"
        if FailOn.STALE in fail_on and found.why is Why.EXPIRED:
            yield f"what was known of {found.clause.id} has expired"
