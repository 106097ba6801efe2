"""Roles of the room: who may do what to a project, and who may say so.

Principles: none
"""

from enum import StrEnum
from typing import Any, Final

from tests.assess.weakroom.accounts import Account, accounts, person_of
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.packages import Project, project_of
from tests.assess.weakroom.room import Deed, Flaw, No, Request, Room, flaw, obey, route


class Right(StrEnum):
    """One thing that may be allowed."""

    PUBLISH = "publish"
    YANK = "yank"
    REMOVE = "remove"
    ADD = "add people"
    DROP = "remove people"


ROLES: Final = {
    "owner": frozenset(Right),
    "publisher": frozenset({Right.PUBLISH, Right.YANK}),
    "manager": frozenset({Right.ADD, Right.DROP}),
    "outsider": frozenset[Right](),
}

WRONG: Final[dict[tuple[str, Right], Flaw]] = {
    ("publisher", Right.ADD): flaw("AUTHZ-2.1a publishers-add-people"),
    ("publisher", Right.DROP): flaw("AUTHZ-2.1a publishers-remove-owners"),
    ("manager", Right.PUBLISH): flaw("AUTHZ-2.1a managers-publish"),
    ("outsider", Right.PUBLISH): flaw("AUTHZ-2.1b outsiders-publish"),
    ("outsider", Right.ADD): flaw("AUTHZ-2.1b outsiders-add-people"),
    ("outsider", Right.DROP): flaw("AUTHZ-2.1b outsiders-remove-people"),
}
"""The cells of the matrix that a flaw turns round."""


def role_in(project: Project, account: Account) -> str:
    """Return the role of a person in a project."""
    return "owner" if account.name == project.owner else project.members.get(account.name, "outsider")


def require(room: Room, account: Account, project: Project, right: Right) -> None:
    """Refuse who lacks a right in a project."""
    role = role_in(project, account)
    wrong = WRONG.get((role, right))
    if right not in ROLES[role] and not (wrong is not None and room.has(wrong)):
        raise No(403, "not-allowed")


@route("POST", "/projects/{project}/members")
def add_member(room: Room, request: Request, project: str) -> Any:
    """Give a person a role in a project."""
    person, found, given = person_of(room, request), project_of(room, project), request.json()
    require(room, person, found, Right.ADD)
    obey(room, person, found.name, Deed.MANAGE)
    newcomer = accounts(room).get(given["name"])
    if newcomer is None or given["role"] not in ROLES or given["role"] == "outsider":
        raise No(404, "no-such-person-or-role")
    obey(room, newcomer, found.name, Deed.HOLD_ROLE)
    found.members[newcomer.name] = given["role"]
    tell(room, newcomer, "role")
    room.record("member", found.name, added=newcomer.name, role=given["role"])
    return {}


@route("DELETE", "/projects/{project}/members/{name}")
def remove_member(room: Room, request: Request, project: str, name: str) -> Any:
    """Take a person's role in a project away; the last owner stays."""
    person, found = person_of(room, request), project_of(room, project)
    require(room, person, found, Right.DROP)
    obey(room, person, found.name, Deed.MANAGE)
    if found.members.pop(name, None) is None:
        if name != found.owner:
            raise No(404, "no-such-member")
        heir = next((member for member, role in found.members.items() if role == "owner"), "")
        if not heir and role_in(found, person) in ("owner", "manager"):
            raise No(409, "last-owner")
        found.owner = heir
    room.record("member", found.name, removed=name)
    return {}
