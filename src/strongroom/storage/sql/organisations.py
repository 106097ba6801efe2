"""Organisations, teams and invitations in SQL.

Principles: AUTHZ-2.1
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from strongroom.authn.accounts import AccountName
from strongroom.authz.organisations import Invitation, Organisation
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Policy
from strongroom.storage.sql import schema
from strongroom.storage.sql.rows import parse_policy

_ORGANISATION = schema.organisation.c
_MEMBERSHIP = schema.membership.c
_TEAM = schema.team.c
_TEAM_MEMBER = schema.team_member.c
_TEAM_ROLE = schema.team_role.c
_INVITATION = schema.invitation.c
_PROJECT = schema.project.c


class SqlOrganisationBook:
    """The `OrganisationBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def organisation(self, name: str) -> Organisation | None:
        """Return the organisation, or None."""
        row = self._db.execute(select(schema.organisation).where(_ORGANISATION.name == name)).one_or_none()
        return _organisation(row) if row else None

    def add_organisation(self, organisation: Organisation) -> None:
        """Add an organisation without members; ValueError when the name is taken."""
        values = {
            "name": organisation.name,
            "title": organisation.title,
            "policy": " ".join(sorted(organisation.policy)),
            "created": organisation.created,
        }
        self._insert(schema.organisation, values, f"{organisation.name} is taken")

    def set_organisation_policy(self, name: str, policy: Policy) -> None:
        """Set what the organisation demands in each of its projects."""
        query = update(schema.organisation).where(_ORGANISATION.name == name)
        self._db.execute(query.values(policy=" ".join(sorted(policy))))

    def role_in(self, name: str, account: AccountName) -> OrganisationRole | None:
        """Return what the account is in the organisation, or None."""
        found = self._db.execute(select(_MEMBERSHIP.role).where(_member(name, account))).scalar_one_or_none()
        return OrganisationRole(found) if found else None

    def set_member(self, name: str, account: AccountName, role: OrganisationRole) -> None:
        """Make the account a member in this role, in place of any other."""
        query = update(schema.membership).where(_member(name, account))
        if not self._db.execute(query.values(role=role.value)).rowcount:
            values = {"organisation": name, "account": account.text, "role": role.value}
            self._db.execute(insert(schema.membership).values(values))

    def remove_member(self, name: str, account: AccountName) -> None:
        """Take the account out of the organisation and out of each of its teams."""
        of_teams = (_TEAM_MEMBER.organisation == name) & (_TEAM_MEMBER.account == account.text)
        self._db.execute(delete(schema.team_member).where(of_teams))
        self._db.execute(delete(schema.membership).where(_member(name, account)))

    def members_of(self, name: str) -> Sequence[tuple[AccountName, OrganisationRole]]:
        """Return the members, by name."""
        query = select(_MEMBERSHIP.account, _MEMBERSHIP.role).where(_MEMBERSHIP.organisation == name)
        rows = self._db.execute(query.order_by(_MEMBERSHIP.account))
        return [(AccountName(account), OrganisationRole(role)) for account, role in rows]

    def organisations_of(self, account: AccountName) -> Sequence[tuple[Organisation, OrganisationRole]]:
        """Return the organisations that the account is in, by name."""
        query = (
            select(schema.organisation, _MEMBERSHIP.role)
            .join(schema.membership, _MEMBERSHIP.organisation == _ORGANISATION.name)
            .where(_MEMBERSHIP.account == account.text)
            .order_by(_ORGANISATION.name)
        )
        return [(_organisation(row), OrganisationRole(row.role)) for row in self._db.execute(query)]

    def teams_of(self, name: str) -> Sequence[str]:
        """Return the teams of the organisation, by name."""
        query = select(_TEAM.name).where(_TEAM.organisation == name).order_by(_TEAM.name)
        return self._db.execute(query).scalars().all()

    def add_team(self, name: str, team: str, now: datetime) -> None:
        """Add a team without members; ValueError when there is one of that name."""
        values = {"organisation": name, "name": team, "created": now}
        self._insert(schema.team, values, f"{name} has a team {team}")

    def remove_team(self, name: str, team: str) -> None:
        """Take a team away, with its members' places and every role that it has."""
        for table in (schema.team_member, schema.team_role):
            mine = (table.c.organisation == name) & (table.c.team == team)
            self._db.execute(delete(table).where(mine))
        self._db.execute(delete(schema.team).where(_TEAM.organisation == name, _TEAM.name == team))

    def team_members(self, name: str, team: str) -> Sequence[AccountName]:
        """Return the members of the team, by name."""
        mine = (_TEAM_MEMBER.organisation == name) & (_TEAM_MEMBER.team == team)
        found = self._db.execute(select(_TEAM_MEMBER.account).where(mine).order_by(_TEAM_MEMBER.account)).scalars()
        return [AccountName(account) for account in found]

    def add_to_team(self, name: str, team: str, account: AccountName) -> None:
        """Put a member of the organisation into the team; no effect when they are in it."""
        if account not in self.team_members(name, team):
            values = {"organisation": name, "team": team, "account": account.text}
            self._db.execute(insert(schema.team_member).values(values))

    def take_from_team(self, name: str, team: str, account: AccountName) -> None:
        """Take somebody out of the team."""
        mine = and_(_TEAM_MEMBER.organisation == name, _TEAM_MEMBER.team == team, _TEAM_MEMBER.account == account.text)
        self._db.execute(delete(schema.team_member).where(mine))

    def team_roles(self, name: str, team: str) -> Sequence[tuple[ProjectName, Role]]:
        """Return which roles the team gives in which projects."""
        query = (
            select(_PROJECT.ecosystem, _PROJECT.name, _TEAM_ROLE.role)
            .join(schema.team_role, _TEAM_ROLE.project_id == _PROJECT.id)
            .where(_TEAM_ROLE.organisation == name, _TEAM_ROLE.team == team)
            .order_by(_PROJECT.name, _TEAM_ROLE.role)
        )
        return [(ProjectName(row.ecosystem, row.name), Role(row.role)) for row in self._db.execute(query)]

    def teams_on(self, project: ProjectName) -> Sequence[tuple[str, Role]]:
        """Return which teams of the project's organisation have which roles in it."""
        query = (
            select(_TEAM_ROLE.team, _TEAM_ROLE.role)
            .join(schema.project, _TEAM_ROLE.project_id == _PROJECT.id)
            .where(_is(project), _TEAM_ROLE.organisation == _PROJECT.organisation)
            .order_by(_TEAM_ROLE.team, _TEAM_ROLE.role)
        )
        return [(team, Role(role)) for team, role in self._db.execute(query)]

    def give_team_role(self, name: str, team: str, project: ProjectName, role: Role) -> None:
        """Give everybody in the team a role in the project; no effect when they have it by this team."""
        if (project, role) in self.team_roles(name, team):
            return
        project_id = self._db.execute(select(_PROJECT.id).where(_is(project))).scalar_one()
        values = {"organisation": name, "team": team, "project_id": project_id, "role": role.value}
        self._db.execute(insert(schema.team_role).values(values))

    def take_team_role(self, name: str, team: str, project: ProjectName, role: Role) -> bool:
        """Take the role that the team gives in the project away; report whether there was one."""
        mine = and_(
            _TEAM_ROLE.organisation == name,
            _TEAM_ROLE.team == team,
            _TEAM_ROLE.role == role.value,
            _TEAM_ROLE.project_id == select(_PROJECT.id).where(_is(project)).scalar_subquery(),
        )
        return bool(self._db.execute(delete(schema.team_role).where(mine)).rowcount)

    def add_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation, in place of any other for the same account, place and role."""
        values = {
            "account": invitation.account.text,
            "project": _written(invitation.project),
            "organisation": invitation.organisation,
            "role": invitation.role,
        }
        same = and_(*(_INVITATION[name] == value for name, value in values.items()))
        self._db.execute(delete(schema.invitation).where(same))
        more = {
            "identifier": invitation.identifier,
            "by": invitation.by.text,
            "created": invitation.created,
            "expires": invitation.expires,
        }
        self._db.execute(insert(schema.invitation).values({**values, **more}))

    def invitation(self, identifier: str) -> Invitation | None:
        """Return the invitation, also one that has expired, or None."""
        row = self._db.execute(select(schema.invitation).where(_INVITATION.identifier == identifier)).one_or_none()
        return _invitation(row) if row else None

    def remove_invitation(self, identifier: str) -> None:
        """Take the invitation away."""
        self._db.execute(delete(schema.invitation).where(_INVITATION.identifier == identifier))

    def invitations_for(self, account: AccountName, now: datetime) -> Sequence[Invitation]:
        """Return the invitations that the account can accept now, newest first."""
        query = select(schema.invitation).where(_INVITATION.account == account.text, _INVITATION.expires > now)
        return [_invitation(row) for row in self._db.execute(query.order_by(_INVITATION.created.desc()))]

    def invitations_to(self, project: ProjectName | None, organisation: str, now: datetime) -> Sequence[Invitation]:
        """Return the invitations to a project or organisation that can be accepted now, by name."""
        query = select(schema.invitation).where(
            _INVITATION.project == _written(project),
            _INVITATION.organisation == organisation,
            _INVITATION.expires > now,
        )
        return [_invitation(row) for row in self._db.execute(query.order_by(_INVITATION.account))]

    def _insert(self, table: Any, values: dict[str, object], taken: str) -> None:
        try:
            with self._db.begin_nested():
                self._db.execute(insert(table).values(values))
        except IntegrityError:
            raise ValueError(taken) from None


def _organisation(row: Any) -> Organisation:
    return Organisation(row.name, row.title, row.created, parse_policy(row.policy))


def _invitation(row: Any) -> Invitation:
    ecosystem, _, name = row.project.partition(":")
    return Invitation(
        row.identifier,
        AccountName(row.account),
        ProjectName(ecosystem, name) if name else None,
        row.organisation,
        row.role,
        AccountName(row.by),
        row.created,
        row.expires,
    )


def _member(name: str, account: AccountName) -> ColumnElement[bool]:
    return (_MEMBERSHIP.organisation == name) & (_MEMBERSHIP.account == account.text)


def _written(project: ProjectName | None) -> str:
    return f"{project.ecosystem}:{project.text}" if project else ""


def _is(name: ProjectName) -> ColumnElement[bool]:
    return (_PROJECT.ecosystem == name.ecosystem) & (_PROJECT.name == name.text)
