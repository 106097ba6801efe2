"""Policies that wait to be lowered, in SQL.

Principles: AUTHZ-2.1
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from strongroom.authn.accounts import AccountName
from strongroom.authz.policies import Ask
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql import schema
from strongroom.storage.sql.rows import parse_policy

_ASK = schema.policy_ask.c


class SqlAskBook:
    """The `AskBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put_ask(self, ask: Ask) -> None:
        """Keep it, in place of what was asked before for the same project or organisation."""
        self.remove_ask_of(ask.project, ask.organisation)
        values = {
            "place": _place(ask.project, ask.organisation),
            "identifier": ask.identifier,
            "lifted": " ".join(sorted(ask.lifted)),
            "by": ask.by.text,
            "asked": ask.asked,
            "expires": ask.expires,
        }
        self._db.execute(insert(schema.policy_ask).values(values))

    def ask(self, identifier: str) -> Ask | None:
        """Return what was asked, also when its time is over, or None."""
        row = self._db.execute(select(schema.policy_ask).where(_ASK.identifier == identifier)).one_or_none()
        return _ask(row) if row else None

    def ask_of(self, project: ProjectName | None, organisation: str) -> Ask | None:
        """Return what is asked for a project, or with None for an organisation, also when its time is over, or None."""
        query = select(schema.policy_ask).where(_ASK.place == _place(project, organisation))
        row = self._db.execute(query).one_or_none()
        return _ask(row) if row else None

    def remove_ask_of(self, project: ProjectName | None, organisation: str) -> None:
        """Forget what is asked for a project, or with None for an organisation."""
        self._db.execute(delete(schema.policy_ask).where(_ASK.place == _place(project, organisation)))

    def asks_before(self, moment: datetime) -> Sequence[Ask]:
        """Return what has waited past its time."""
        query = select(schema.policy_ask).where(_ASK.expires <= moment).order_by(_ASK.expires)
        return [_ask(row) for row in self._db.execute(query)]


def _place(project: ProjectName | None, organisation: str) -> str:
    """Return the place as it is kept: no organisation's name has a colon."""
    return f"{project.ecosystem}:{project.text}" if project else organisation


def _ask(row: Any) -> Ask:
    ecosystem, colon, name = row.place.partition(":")
    return Ask(
        row.identifier,
        ProjectName(ecosystem, name) if colon else None,
        "" if colon else row.place,
        parse_policy(row.lifted),
        AccountName(row.by),
        row.asked,
        row.expires,
    )
