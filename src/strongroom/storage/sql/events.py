"""The event log in SQL.

Principles: GEN-3.2
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from strongroom.kernel.events import Event, Happening, Recorded
from strongroom.packages.ports import Change
from strongroom.storage.sql import schema

_EVENT = schema.event.c
_CHANGE = schema.change.c

# The counter's row is held until commit, so serials are given in the order of commit, without a gap.
_TAKE = (
    update(schema.counter)
    .where(schema.counter.c.name == "serial")
    .values(value=schema.counter.c.value + bindparam("many"))
    .returning(schema.counter.c.value)
)
_APPEND = insert(schema.event)
_STAMP = update(schema.project).where(schema.project.c.name == bindparam("stamped")).values(serial=bindparam("at"))


#: Lines of projects that are private now are told to nobody; they come back when the project does.
_PUBLIC = _CHANGE.name.not_in(select(schema.project.c.name).where(schema.project.c.is_private.is_(True)))


class SqlEventLog:
    """The `EventLog` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def record(self, happenings: Sequence[Happening], now: datetime) -> int:
        """Append, in order, and stamp the projects they speak of; return the serial of the last."""
        last = int(self._db.execute(_TAKE, {"many": len(happenings)}).scalar_one())
        first = last - len(happenings) + 1
        self._db.execute(
            _APPEND,
            [
                {
                    "serial": first + place,
                    "time": now,
                    "event": what.event.value,
                    "actor": what.actor,
                    "project": what.project,
                    "version": what.version,
                    "filename": what.filename,
                    "detail": json.dumps(dict(what.detail), sort_keys=True),
                    "account": str(what.detail.get("account", "")),
                }
                for place, what in enumerate(happenings)
            ],
        )
        for name in {what.project for what in happenings if what.project}:
            self._db.execute(_STAMP, {"stamped": name, "at": last})
        return last

    def after(self, serial: int, limit: int) -> Sequence[Recorded]:
        """Return the events after `serial`, oldest first, at most `limit`."""
        query = select(schema.event).where(_EVENT.serial > serial).order_by(_EVENT.serial).limit(limit)
        return [_recorded(row) for row in self._db.execute(query)]

    def about(self, account: str, limit: int) -> Sequence[Recorded]:
        """Return events that concern an account, newest first."""
        query = select(schema.event).where(_EVENT.account == account, _EVENT.account != "")
        query = query.order_by(_EVENT.serial.desc()).limit(limit)
        return [_recorded(row) for row in self._db.execute(query)]

    def newest(self) -> int:
        """Return the serial of the newest event, 0 when there is none."""
        query = select(schema.counter.c.value).where(schema.counter.c.name == "serial")
        return int(self._db.execute(query).scalar_one())

    def cursor(self, projector: str) -> int:
        """Return the serial up to which the projector has worked, 0 at first."""
        query = select(schema.cursor.c.serial).where(schema.cursor.c.projector == projector)
        return int(self._db.execute(query).scalar_one_or_none() or 0)

    def advance(self, projector: str, serial: int) -> None:
        """Move the projector's cursor forward; moving it back has no effect."""
        row = {"projector": projector, "serial": serial}
        self._db.execute(_ignoring(self._db, schema.cursor).values(projector=projector, serial=0))
        self._db.execute(
            update(schema.cursor)
            .where(schema.cursor.c.projector == row["projector"], schema.cursor.c.serial < serial)
            .values(serial=serial)
        )

    def add_changes(self, changes: Iterable[Change]) -> None:
        """Keep lines of the public changelog; a line already kept stays as it is."""
        rows = [
            {"serial": c.serial, "time": c.time, "name": c.name, "version": c.version, "action": c.action}
            for c in changes
        ]
        if rows:
            self._db.execute(_ignoring(self._db, schema.change), rows)

    def changes_after(self, serial: int, limit: int) -> Sequence[Change]:
        """Return lines of the changelog after `serial`, oldest first."""
        query = select(schema.change).where(_CHANGE.serial > serial, _PUBLIC).order_by(_CHANGE.serial).limit(limit)
        return [Change(*row) for row in self._db.execute(query)]

    def newest_changes(self, limit: int, *, only_new_projects: bool = False) -> Sequence[Change]:
        """Return the newest releases, or the newest projects, newest first, for the feeds."""
        action = "create" if only_new_projects else "new release"
        query = select(schema.change).where(_CHANGE.action == action, _PUBLIC)
        query = query.order_by(_CHANGE.serial.desc()).limit(limit)
        return [Change(*row) for row in self._db.execute(query)]


def _ignoring(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _recorded(row: Any) -> Recorded:
    happening = Happening(Event(row.event), row.actor, row.project, row.version, row.filename, json.loads(row.detail))
    return Recorded(row.serial, row.time, happening)
