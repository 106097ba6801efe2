"""Is there a public feed of events, in which nothing is missing and nothing changes? (GEN-3.2)

Principles: GEN-3.2
"""

from dataclasses import dataclass
from typing import Any, Final

from strongroom.assess import merkle, scenes
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage

SHOWN_SECONDS: Final = 30.0
MOST_PAGES: Final = 100
_START: Final = "0"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Log:
    """A log at one moment: how many entries it has, and the root of its tree."""

    size: int
    root: bytes


@probe(
    "GEN-3.2a",
    Safety.SANDBOX,
    question="Does the public feed tell of every kind of event, and does it only ever grow?",
    yes="Publishing, yanking, removing and changes of people come into the feed, and nothing in it changes afterwards.",
    no="Something that happened is not in the feed, or what was in it changed.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.REMOVE_VERSION, Op.EVENTS),
    requests=300,
    seconds=240.0,
)
def events_are_in_a_feed_that_only_grows(stage: Stage) -> Verdict:
    """Remember the feed's beginning and end, do one of each thing, see each come, and read again what was there."""
    beginning, cursor = _feed(stage, _START)[0], _end(stage)
    owner = scenes.maintainer(stage)
    token = scenes.token_for(stage, owner)
    project = scenes.published(stage, token).project
    if not _comes(stage, cursor, project, "publish"):
        return unmet(f"{SHOWN_SECONDS:.0f} seconds after it a publication is not in the feed")
    early, log = _of(stage, cursor, project), _log(stage)
    told = ["publish"]
    for kind in _deeds(stage, owner, token, project):
        if not _comes(stage, cursor, project, kind):
            return unmet(f"{SHOWN_SECONDS:.0f} seconds after it an event of the kind {kind!r} is not in the feed")
        told.append(kind)
    late = _of(stage, cursor, project)
    if late[: len(early)] != early:
        return unmet("an event that was in the feed is not there any more, or is another")
    if _feed(stage, _START)[0][: len(beginning)] != beginning:
        return unmet("the beginning of the feed is not what it was")
    proved = _require_growth(stage, log)
    return proved or met(f"the feed told of {', '.join(told)}, and what was in it stayed{_how(log)}")


def _deeds(stage: Stage, owner: Person, token: str, project: str) -> list[str]:
    """Do one of each thing that the driver can, the removal last; return the kinds of their events."""
    done = []
    release = {"token": token, "project": project, "version": "1.0"}
    if stage.target.can(Op.ADD_MEMBER):
        session = owner.session or scenes.log_in(stage, owner)
        other = scenes.maintainer(stage, "m")
        added = scenes.given_role(stage, session, project, other, "publisher")
        control(added.kind.is_yes, f"the owner could not add anybody: {added.kind.value}")
        done.append("member")
    if stage.target.can(Op.YANK):
        stage.demand(Op.YANK, "the release could not be yanked", **release)
        done.append("yank")
    stage.demand(Op.REMOVE_VERSION, "the release could not be removed", **release)
    return [*done, "remove"]


def _feed(stage: Stage, since: str) -> tuple[list[Event], str]:
    answer = stage.demand(Op.EVENTS, "the feed of events could not be read", since=since)
    events = answer.values.get("events")
    control(isinstance(events, list), "the feed of events is no list")
    return [dict(each) for each in events or () if isinstance(each, dict)], answer.value("cursor")


def _end(stage: Stage) -> str:
    """Return the cursor of the feed's end; Inconclusive when the end is too far away."""
    cursor = _START
    for _ in range(MOST_PAGES):
        events, following = _feed(stage, cursor)
        if not events or following in ("", cursor):
            return cursor
        cursor = following
    raise Inconclusive(f"the feed does not end within {MOST_PAGES} pages")


def _since(stage: Stage, cursor: str) -> list[Event]:
    found: list[Event] = []
    for _ in range(MOST_PAGES):
        events, following = _feed(stage, cursor)
        found += events
        if not events or following in ("", cursor):
            break
        cursor = following
    return found


def _of(stage: Stage, cursor: str, project: str) -> list[Event]:
    return [each for each in _since(stage, cursor) if each.get("project") == project]


def _comes(stage: Stage, cursor: str, project: str, kind: str) -> bool:
    """Report whether the feed tells of an event of this kind of the project before long."""

    def is_there() -> bool:
        return any(each.get("kind") == kind for each in _of(stage, cursor, project))

    return stage.wait_until(is_there, SHOWN_SECONDS, every=2.0)


def _log(stage: Stage) -> _Log | None:
    if not stage.target.can(Op.LOG_PROOF):
        return None
    return _log_in(stage.demand(Op.LOG_PROOF, "the log's root could not be read", size_before=0))


def _log_in(answer: Answer) -> _Log:
    try:
        return _Log(int(answer.value("size")), bytes.fromhex(answer.value("root")))
    except ValueError:
        raise Inconclusive("the log's size is no number, or its root no hash") from None


def _require_growth(stage: Stage, before: _Log | None) -> Verdict | None:
    """Return what speaks against the log: that its tree does not hold the earlier one, or did not grow."""
    if before is None:
        return None
    answer = stage.demand(Op.LOG_PROOF, "the log's proof could not be read", size_before=before.size)
    steps = answer.values.get("proof")
    control(isinstance(steps, list), "the log's proof is no list")
    after = _log_in(answer)
    if after.size <= before.size:
        return unmet("things happened, and the log did not grow")
    if not merkle.is_consistent(before.size, before.root, after.size, after.root, _hashes(steps or [])):
        return unmet("the log cannot prove that what it is now holds what it was before")
    return None


def _hashes(steps: list[Any]) -> list[bytes]:
    try:
        return [bytes.fromhex(str(each)) for each in steps]
    except ValueError:
        raise Inconclusive("the log's proof holds what is no hash") from None


def _how(log: _Log | None) -> str:
    return "; a proof shows that the log only grew" if log else ""
