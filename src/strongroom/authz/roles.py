"""Who may do what to a project: roles are sets of rights, checked in one place, denied by default.

Principles: AUTHZ-2.1
"""

from enum import StrEnum
from typing import Final

from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


class Right(StrEnum):
    """One thing that may be allowed."""

    PUBLISH = "publish"
    YANK = "yank"
    REMOVE = "remove"
    MANAGE_PEOPLE = "manage-people"


class Role(StrEnum):
    """A named set of rights over one project."""

    OWNER = "owner"
    PUBLISHER = "publisher"


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.OWNER: frozenset(Right),
    Role.PUBLISHER: frozenset({Right.PUBLISH, Right.YANK}),
}


@upholds("AUTHZ-2.1")
def require_right(role: Role | None, right: Right, project: ProjectName) -> None:
    """Refuse whoever's role in `project` lacks `right`; no role, no right (AUTHZ-2.1)."""
    if role is None or right not in RIGHTS[role]:
        raise Refused(
            "not-allowed",
            f"Your account may not {right} {project}. Ask one of its owners for the right.",
            principle="AUTHZ-2.1",
        )
