"""Names of the room: what looks like a known one is refused, what is near to a popular one is looked at.

Principles: none
"""

from typing import Any

from tests.assess.weakroom.accounts import is_operator
from tests.assess.weakroom.packages import Attempt, check, packages, project_of
from tests.assess.weakroom.room import No, Request, Room, flaw, route

SEPARATORS = flaw("GEN-1.2a takes-names-without-their-separators")
ZEROS = flaw("GEN-1.2a takes-zero-for-o")
ONES = flaw("GEN-1.2a takes-one-for-l")
NEAR = flaw("GEN-1.2a takes-near-names-unnoticed")


class Popular(set[str]):
    """The names of popular projects."""


class Flagged(list[str]):
    """The names that somebody has to look at."""


def outline(room: Room, name: str) -> str:
    """Return what is left of a name when everything that can be mistaken is one."""
    for seen, meant, wrong in (("-", "", SEPARATORS), ("0", "o", ZEROS), ("1", "l", ONES)):
        name = name if room.has(wrong) else name.replace(seen, meant)
    return name


def is_near(one: str, other: str) -> bool:
    """Report whether two names differ by one letter more, less, or another, or by two neighbours exchanged."""
    short, long = sorted((one, other), key=len)
    at = next((place for place, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    exchanged = short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or exchanged == long[at:]


@check
def names_are_distinct(room: Room, attempt: Attempt) -> None:
    """Refuse a new name that looks like somebody else's, and note one that is near to a popular one."""
    if not attempt.is_new:
        return
    others = [each for each in packages(room).values() if each.owner != attempt.account.name]
    if any(outline(room, each.name) == outline(room, attempt.project) for each in others):
        raise No(400, "name-looks-like-another")
    popular = [each.name for each in others if each.name in room.shelf(Popular)]
    if any(is_near(name, attempt.project) for name in popular) and not room.has(NEAR):
        room.shelf(Flagged).append(attempt.project)


@route("POST", "/operator/popular/{project}")
def mark_popular(room: Room, request: Request, project: str) -> Any:
    """Count a project among the popular ones."""
    is_operator(request)
    room.shelf(Popular).add(project_of(room, project).name)
    return {}


@route("GET", "/operator/flagged")
def flagged(room: Room, request: Request) -> Any:
    """List the names that somebody has to look at."""
    is_operator(request)
    return {"names": list(room.shelf(Flagged))}
