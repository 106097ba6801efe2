"""Organisations and their teams: who is in them, and what waits for somebody's yes.

Principles: AUTHZ-2.1
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Policy
from strongroom.kernel.refusals import Refused

INVITATION_LIFE: Final = timedelta(days=7)
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation: several people who own projects together. `policy` is what it demands in each of them."""

    name: str
    title: str
    created: datetime
    policy: Policy = frozenset()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A role that is offered to an account, in a project or in an organisation; it is nothing until it is accepted."""

    identifier: str
    account: AccountName
    project: ProjectName | None
    organisation: str
    role: str
    by: AccountName
    created: datetime
    expires: datetime

    @property
    def where(self) -> str:
        """The name of the project or organisation."""
        return str(self.project) if self.project else self.organisation


class OrganisationBook(Protocol):
    """Organisations, teams and invitations, inside one open transaction."""

    def organisation(self, name: str) -> Organisation | None:
        """Return the organisation, or None."""

    def add_organisation(self, organisation: Organisation) -> None:
        """Add an organisation without members; ValueError when the name is taken."""

    def set_organisation_policy(self, name: str, policy: Policy) -> None:
        """Set what the organisation demands in each of its projects."""

    def role_in(self, name: str, account: AccountName) -> OrganisationRole | None:
        """Return what the account is in the organisation, or None."""

    def set_member(self, name: str, account: AccountName, role: OrganisationRole) -> None:
        """Make the account a member in this role, in place of any other."""

    def remove_member(self, name: str, account: AccountName) -> None:
        """Take the account out of the organisation and out of each of its teams."""

    def members_of(self, name: str) -> Sequence[tuple[AccountName, OrganisationRole]]:
        """Return the members, by name."""

    def organisations_of(self, account: AccountName) -> Sequence[tuple[Organisation, OrganisationRole]]:
        """Return the organisations that the account is in, by name."""

    def teams_of(self, name: str) -> Sequence[str]:
        """Return the teams of the organisation, by name."""

    def add_team(self, name: str, team: str, now: datetime) -> None:
        """Add a team without members; ValueError when there is one of that name."""

    def remove_team(self, name: str, team: str) -> None:
        """Take a team away, with its members' places and every role that it has."""

    def team_members(self, name: str, team: str) -> Sequence[AccountName]:
        """Return the members of the team, by name."""

    def add_to_team(self, name: str, team: str, account: AccountName) -> None:
        """Put a member of the organisation into the team; no effect when they are in it."""

    def take_from_team(self, name: str, team: str, account: AccountName) -> None:
        """Take somebody out of the team."""

    def team_roles(self, name: str, team: str) -> Sequence[tuple[ProjectName, Role]]:
        """Return which roles the team gives in which projects."""

    def teams_on(self, project: ProjectName) -> Sequence[tuple[str, Role]]:
        """Return which teams of the project's organisation have which roles in it."""

    def give_team_role(self, name: str, team: str, project: ProjectName, role: Role) -> None:
        """Give everybody in the team a role in the project; no effect when they have it by this team."""

    def take_team_role(self, name: str, team: str, project: ProjectName, role: Role) -> bool:
        """Take the role that the team gives in the project away; report whether there was one."""

    def add_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation, in place of any other for the same account, place and role."""

    def invitation(self, identifier: str) -> Invitation | None:
        """Return the invitation, also one that has expired, or None."""

    def remove_invitation(self, identifier: str) -> None:
        """Take the invitation away."""

    def invitations_for(self, account: AccountName, now: datetime) -> Sequence[Invitation]:
        """Return the invitations that the account can accept now, newest first."""

    def invitations_to(self, project: ProjectName | None, organisation: str, now: datetime) -> Sequence[Invitation]:
        """Return the invitations to a project or organisation that can be accepted now, by name."""


def parse_organisation_name(raw: str) -> str:
    """Return the name of an organisation or team in its one spelling; ValueError when it can be none."""
    name = raw.strip().lower()
    if not _NAME.fullmatch(name):
        raise ValueError("A name has up to 40 of a to z, 0 to 9 and hyphens, with a letter or digit at both ends.")
    return name


def require_open(invitation: Invitation | None, account: AccountName, now: datetime) -> Invitation:
    """Return an invitation that this account can accept now; Refused for another's as if it were not there."""
    if invitation is None or invitation.account != account:
        raise Refused("no-such-invitation", "You have no such invitation.", principle="AUTHZ-2.1")
    if now >= invitation.expires:
        raise Refused(
            "invitation-expired",
            f"This invitation expired on {invitation.expires:%Y-%m-%d}. Ask {invitation.by} for another.",
            principle="AUTHZ-2.1",
        )
    return invitation
