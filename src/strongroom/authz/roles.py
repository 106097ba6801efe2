"""Who may do what to a project: roles are sets of rights, checked in one place, denied by default.

`docs/roles.md` is generated from `RIGHTS` and `ORGANISATION_RIGHTS`.

Principles: AUTHZ-2.1
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


class Right(StrEnum):
    """One thing that may be allowed, in one project."""

    READ = "read"
    PUBLISH = "publish"
    YANK = "yank"
    REMOVE = "remove"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_PUBLISHERS = "manage-publishers"
    SET_POLICY = "set-policy"
    REPORT = "report"

    @property
    def words(self) -> str:
        """The right as it stands in a sentence: "may not … hammer"."""
        return _WORDS[self]


_WORDS: Final = {
    Right.READ: "read",
    Right.PUBLISH: "publish to",
    Right.YANK: "yank releases of",
    Right.REMOVE: "remove from",
    Right.MANAGE_PEOPLE: "manage the people of",
    Right.MANAGE_PUBLISHERS: "manage the trusted publishers and tokens of",
    Right.SET_POLICY: "set the policy of",
    Right.REPORT: "see what was reported about",
}


class Role(StrEnum):
    """A named set of rights over one project. Somebody may have several."""

    OWNER = "owner"
    PUBLISHER = "publisher"
    PEOPLE_MANAGER = "people-manager"
    SECURITY_CONTACT = "security-contact"
    READER = "reader"

    @property
    def words(self) -> str:
        """The role as people read it."""
        return self.value.replace("-", " ")


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.OWNER: frozenset(Right),
    Role.PUBLISHER: frozenset({Right.READ, Right.PUBLISH, Right.YANK}),
    Role.PEOPLE_MANAGER: frozenset({Right.READ, Right.MANAGE_PEOPLE}),
    Role.SECURITY_CONTACT: frozenset({Right.READ, Right.YANK, Right.REPORT}),
    Role.READER: frozenset({Right.READ}),
}


class OrganisationRole(StrEnum):
    """What somebody is in an organisation: one of these."""

    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"


class OrganisationRight(StrEnum):
    """One thing that may be allowed in an organisation."""

    SEE = "see"
    MANAGE_TEAMS = "manage-teams"
    MANAGE_MEMBERS = "manage-members"
    MANAGE_PROJECTS = "manage-projects"
    SET_POLICY = "set-policy"


ORGANISATION_RIGHTS: Final[dict[OrganisationRole, frozenset[OrganisationRight]]] = {
    OrganisationRole.OWNER: frozenset(OrganisationRight),
    OrganisationRole.MANAGER: frozenset({OrganisationRight.SEE, OrganisationRight.MANAGE_TEAMS}),
    OrganisationRole.MEMBER: frozenset({OrganisationRight.SEE}),
}

#: What an owner of an organisation is in each of its projects; managers and members are nothing there but by teams.
OWNERS_ROLE: Final = Role.OWNER


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Return everything that these roles allow together; no role, no right."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


@upholds("AUTHZ-2.1")
def require_right(roles: Iterable[Role], right: Right, project: ProjectName) -> None:
    """Refuse whoever's roles in `project` lack `right`; no role, no right (AUTHZ-2.1)."""
    if right not in rights_of(roles):
        raise Refused(
            "not-allowed",
            f"Your account may not {right.words} {project}. Ask one of its owners for a role that may.",
            principle="AUTHZ-2.1",
        )


@upholds("AUTHZ-2.1")
def require_organisation_right(role: OrganisationRole | None, right: OrganisationRight, organisation: str) -> None:
    """Refuse whoever's place in the organisation lacks `right`; who is not in it hears that there is none such."""
    if role is None:
        raise Refused("no-such-organisation", f"You are in no organisation named {organisation[:40]}.")
    if right not in ORGANISATION_RIGHTS[role]:
        raise Refused(
            "not-allowed",
            f"A {role} of {organisation} may not {right.value.replace('-', ' ')}. Ask one of its owners.",
            principle="AUTHZ-2.1",
        )


@upholds("AUTHZ-2.1")
def require_may_give(giver: Iterable[Role], role: Role, *, to_self: bool) -> None:
    """Refuse who would give or take more than they may: only owners make owners, nobody gives anything to themselves.

    Else who manages people could make themselves a publisher, and the two would not be separate (AUTHZ-2.1 a).
    """
    is_owner = Role.OWNER in giver
    if role is Role.OWNER and not is_owner:
        raise Refused("not-allowed", "Only an owner makes somebody an owner, or ends it.", principle="AUTHZ-2.1")
    if to_self and not is_owner:
        raise Refused("not-allowed", "Nobody gives a role to themselves. Ask an owner.", principle="AUTHZ-2.1")
