"""Who has which role in a project, in SQL: directly, by a team, or as an owner of its organisation.

Principles: AUTHZ-2.1
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Subquery,
    bindparam,
    delete,
    insert,
    literal,
    select,
    union_all,
)

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import OWNERS_ROLE, OrganisationRole, Role
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql import schema

_PROJECT = schema.project.c
_ROLE = schema.role.c
_MEMBERSHIP = schema.membership.c
_TEAM_MEMBER = schema.team_member.c
_TEAM_ROLE = schema.team_role.c

_IS_IT: Final = (_PROJECT.ecosystem == bindparam("ecosystem")) & (_PROJECT.name == bindparam("name"))
_OWNS_ORGANISATION: Final = (_MEMBERSHIP.organisation == _PROJECT.organisation) & (
    _MEMBERSHIP.role == OrganisationRole.OWNER.value
)
_IN_TEAM: Final = (_TEAM_MEMBER.organisation == _TEAM_ROLE.organisation) & (_TEAM_MEMBER.team == _TEAM_ROLE.team)
# A team gives roles in the projects of its own organisation alone, whatever rows there are.
_OWN_TEAM: Final = _TEAM_ROLE.organisation == _PROJECT.organisation


def _everybody(where: ColumnElement[bool], *columns: Column[Any]) -> Subquery:
    """Every role of everybody in these projects, by each of the three ways to have one; `columns` tell which one."""
    return union_all(
        select(_ROLE.account.label("account"), _ROLE.role.label("role"), *columns)
        .join_from(schema.role, schema.project, _PROJECT.id == _ROLE.project_id)
        .where(where),
        select(_TEAM_MEMBER.account, _TEAM_ROLE.role, *columns)
        .join_from(schema.team_member, schema.team_role, _IN_TEAM)
        .join(schema.project, (_PROJECT.id == _TEAM_ROLE.project_id) & _OWN_TEAM)
        .where(where),
        select(_MEMBERSHIP.account, literal(OWNERS_ROLE.value), *columns)
        .join_from(schema.membership, schema.project, _OWNS_ORGANISATION)
        .where(where),
    ).subquery()


_EVERYBODY: Final = _everybody(_IS_IT)
_HELD: Final = select(_EVERYBODY.c.role).where(_EVERYBODY.c.account == bindparam("account"))
_PEOPLE: Final = (
    select(_EVERYBODY.c.account, _EVERYBODY.c.role).distinct().order_by(_EVERYBODY.c.account, _EVERYBODY.c.role)
)
_OF_ALL: Final = _everybody(_PROJECT.organisation == bindparam("organisation"), _PROJECT.ecosystem, _PROJECT.name)
_PEOPLE_OF_ALL: Final = select(_OF_ALL).distinct().order_by(_OF_ALL.c.account, _OF_ALL.c.role)


class SqlRoleBook:
    """The `RoleBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def roles_of(self, account: AccountName, name: ProjectName) -> frozenset[Role]:
        """Return every role that the account has in the project: its own, by teams, as owner of its organisation."""
        found = self._db.execute(_HELD, {**_key(name), "account": account.text}).scalars()
        return frozenset(Role(role) for role in found)

    def own_roles_of(self, account: AccountName, name: ProjectName) -> frozenset[Role]:
        """Return the roles that were given to the account itself."""
        query = select(_ROLE.role).join(schema.project, _PROJECT.id == _ROLE.project_id)
        query = query.where(_ROLE.account == account.text, _is(name))
        return frozenset(Role(role) for role in self._db.execute(query).scalars())

    def grant(self, account: AccountName, name: ProjectName, role: Role) -> None:
        """Give the account this role in the project, beside those that it has; no effect when it has it."""
        if role not in self.own_roles_of(account, name):
            project_id = self._db.execute(select(_PROJECT.id).where(_is(name))).scalar_one()
            row = {"account": account.text, "project_id": project_id, "role": role.value}
            self._db.execute(insert(schema.role).values(row))

    def revoke(self, account: AccountName, name: ProjectName, role: Role | None = None) -> None:
        """Take this role in the project away from the account, or, with None, all that were given to it."""
        project_id = select(_PROJECT.id).where(_is(name)).scalar_subquery()
        held = (_ROLE.account == account.text) & (_ROLE.project_id == project_id)
        self._db.execute(delete(schema.role).where(held if role is None else held & (_ROLE.role == role.value)))

    def revoke_all(self, name: ProjectName) -> None:
        """Take every role in the project away: people's and teams', and every invitation to one."""
        project_id = select(_PROJECT.id).where(_is(name)).scalar_subquery()
        self._db.execute(delete(schema.role).where(_ROLE.project_id == project_id))
        self._db.execute(delete(schema.team_role).where(_TEAM_ROLE.project_id == project_id))
        self._db.execute(delete(schema.invitation).where(schema.invitation.c.project == _written(name)))

    def people_of(self, name: ProjectName) -> Sequence[tuple[AccountName, Role]]:
        """Return who was given a role in the project, and which, by name; one line for each role."""
        query = select(_ROLE.account, _ROLE.role).join(schema.project, _PROJECT.id == _ROLE.project_id)
        rows = self._db.execute(query.where(_is(name)).order_by(_ROLE.account, _ROLE.role))
        return [(AccountName(account), Role(role)) for account, role in rows]

    def everybody_of(self, name: ProjectName) -> Sequence[tuple[AccountName, Role]]:
        """Return whoever has a role in the project by any way, and which, by name; one line for each role."""
        rows = self._db.execute(_PEOPLE, _key(name))
        return [(AccountName(account), Role(role)) for account, role in rows]

    def everybody_in(self, organisation: str) -> Mapping[ProjectName, Sequence[tuple[AccountName, Role]]]:
        """Return the same of each project of an organisation in which anybody has a role, in one question."""
        rows = self._db.execute(_PEOPLE_OF_ALL, {"organisation": organisation})
        # The same few people in many projects: each line is made once, which is most of the time that this takes.
        lines: dict[tuple[str, str], tuple[AccountName, Role]] = {}
        found: dict[tuple[str, str], list[tuple[AccountName, Role]]] = defaultdict(list)
        for account, role, ecosystem, name in rows:
            line = lines.get((account, role)) or lines.setdefault((account, role), (AccountName(account), Role(role)))
            found[ecosystem, name].append(line)
        return {ProjectName(*key): people for key, people in found.items()}

    def projects_of(self, account: AccountName) -> Sequence[tuple[str, Role]]:
        """Return the projects in which the account was given a role, and which, by name; one line for each role."""
        query = select(_PROJECT.name, _ROLE.role).join(schema.role, _ROLE.project_id == _PROJECT.id)
        rows = self._db.execute(query.where(_ROLE.account == account.text).order_by(_PROJECT.name, _ROLE.role))
        return [(name, Role(role)) for name, role in rows]

    def all_projects_of(self, account: AccountName) -> Sequence[tuple[ProjectName, Role]]:
        """Return every project in which the account has a role by any way, and which, by name."""
        mine = account.text
        direct = select(_PROJECT.ecosystem, _PROJECT.name, _ROLE.role.label("role")).join(
            schema.role, (_ROLE.project_id == _PROJECT.id) & (_ROLE.account == mine)
        )
        by_team = (
            select(_PROJECT.ecosystem, _PROJECT.name, _TEAM_ROLE.role)
            .join(schema.team_role, (_PROJECT.id == _TEAM_ROLE.project_id) & _OWN_TEAM)
            .join(schema.team_member, _IN_TEAM & (_TEAM_MEMBER.account == mine))
        )
        by_organisation = select(_PROJECT.ecosystem, _PROJECT.name, literal(OWNERS_ROLE.value)).join(
            schema.membership, _OWNS_ORGANISATION & (_MEMBERSHIP.account == mine)
        )
        found = union_all(direct, by_team, by_organisation).subquery()
        query = select(found).distinct().order_by(found.c.name, found.c.role)
        return [(ProjectName(row.ecosystem, row.name), Role(row.role)) for row in self._db.execute(query)]


def _key(name: ProjectName) -> dict[str, str]:
    return {"ecosystem": name.ecosystem, "name": name.text}


def _written(name: ProjectName) -> str:
    return f"{name.ecosystem}:{name.text}"


def _is(name: ProjectName) -> ColumnElement[bool]:
    return (_PROJECT.ecosystem == name.ecosystem) & (_PROJECT.name == name.text)
