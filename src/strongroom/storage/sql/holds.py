"""Uploads that wait for a second person, in SQL.

Principles: AUTHZ-2.1
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from strongroom.formats import Offered
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.packages.holding import Held
from strongroom.storage.sql import schema
from strongroom.storage.sql.rows import digests_of

_HELD = schema.held.c


class SqlHoldBook:
    """The `HoldBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_held(self, held: Held) -> None:
        """Keep an upload that waits."""
        offered = held.offered
        values = {
            "filename": offered.filename,
            "project": f"{held.project.ecosystem}:{held.project.text}",
            "version": held.version,
            "claims": orjson.dumps({name: list(said) for name, said in offered.claims.items()}).decode(),
            "size_bytes": offered.size_bytes,
            "sha256": offered.digests.sha256.hex,
            "blake2b_256": offered.digests.blake2b_256,
            "md5": offered.digests.md5,
            "metadata_sha256": held.metadata_sha256.hex,
            "uploader": held.uploader,
            "token": held.token,
            "uploaded": held.uploaded,
            "expires": held.expires,
            "started_by": held.started_by or None,
        }
        self._db.execute(insert(schema.held).values(values))

    def held(self, filename: str) -> Held | None:
        """Return the upload of this file that waits, also one whose time is over, or None."""
        row = self._db.execute(select(schema.held).where(_HELD.filename == filename)).one_or_none()
        return _held(row) if row else None

    def held_of(self, name: ProjectName) -> Sequence[Held]:
        """Return what waits in the project, oldest first."""
        query = select(schema.held).where(_HELD.project == f"{name.ecosystem}:{name.text}")
        return [_held(row) for row in self._db.execute(query.order_by(_HELD.uploaded))]

    def held_before(self, moment: datetime) -> Sequence[Held]:
        """Return what has waited past its time."""
        return [_held(row) for row in self._db.execute(select(schema.held).where(_HELD.expires <= moment))]

    def remove_held(self, filename: str) -> None:
        """Forget an upload that waits."""
        self._db.execute(delete(schema.held).where(_HELD.filename == filename))

    def all_held(self) -> Sequence[Held]:
        """Return everything that waits."""
        return [_held(row) for row in self._db.execute(select(schema.held).order_by(_HELD.uploaded))]


def _held(row: Any) -> Held:
    ecosystem, _, name = row.project.partition(":")
    return Held(
        ProjectName(ecosystem, name),
        row.version,
        Offered(row.filename, orjson.loads(row.claims), row.size_bytes, digests_of(row)),
        row.uploader,
        row.token,
        row.uploaded,
        row.expires,
        Sha256(row.metadata_sha256),
        row.started_by or "",
    )
