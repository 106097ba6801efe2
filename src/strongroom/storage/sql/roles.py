"""Who has which role in a project, in SQL.

Principles: AUTHZ-2.1
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import Role
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql import schema

_PROJECT = schema.project.c
_ROLE = schema.role.c


class SqlRoleBook:
    """The `RoleBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def role_of(self, account: AccountName, name: ProjectName) -> Role | None:
        """Return the account's role in the project, or None."""
        query = select(_ROLE.role).join(schema.project, _PROJECT.id == _ROLE.project_id)
        query = query.where(_ROLE.account == account.text, _is(name))
        found = self._db.execute(query).scalar_one_or_none()
        return Role(found) if found else None

    def grant(self, account: AccountName, name: ProjectName, role: Role) -> None:
        """Give the account this role in the project, in place of any other."""
        project_id = self._db.execute(select(_PROJECT.id).where(_is(name))).scalar_one()
        held = (_ROLE.account == account.text) & (_ROLE.project_id == project_id)
        # One writer at a time: nobody grants between these two statements.
        if not self._db.execute(update(schema.role).where(held).values(role=role.value)).rowcount:
            self._db.execute(
                insert(schema.role).values(account=account.text, project_id=project_id, role=role.value)
            )  # fmt: skip

    def revoke(self, account: AccountName, name: ProjectName) -> None:
        """Take the account's role in the project away."""
        project_id = select(_PROJECT.id).where(_is(name)).scalar_subquery()
        held = (_ROLE.account == account.text) & (_ROLE.project_id == project_id)
        self._db.execute(delete(schema.role).where(held))

    def people_of(self, name: ProjectName) -> Sequence[tuple[AccountName, Role]]:
        """Return who has a role in the project, and which, by name."""
        query = select(_ROLE.account, _ROLE.role).join(schema.project, _PROJECT.id == _ROLE.project_id)
        rows = self._db.execute(query.where(_is(name)).order_by(_ROLE.account))
        return [(AccountName(account), Role(role)) for account, role in rows]

    def projects_of(self, account: AccountName) -> Sequence[tuple[str, Role]]:
        """Return the account's projects and its role in each, by name."""
        query = select(_PROJECT.name, _ROLE.role).join(schema.role, _ROLE.project_id == _PROJECT.id)
        rows = self._db.execute(query.where(_ROLE.account == account.text).order_by(_PROJECT.name))
        return [(name, Role(role)) for name, role in rows]


def _is(name: ProjectName) -> ColumnElement[bool]:
    return (_PROJECT.ecosystem == name.ecosystem) & (_PROJECT.name == name.text)
