"""The provenance of files, in SQL.

Principles: AUTHZ-3.3
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from strongroom.authz.provenance import Built, Provenance, builder_of
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql import schema
from strongroom.storage.sql.provenance_schema import provenance
from strongroom.storage.sql.tables import Time

_FILE: Final = schema.file.c
_RELEASE: Final = schema.release.c
_PROJECT: Final = schema.project.c
_PROVENANCE: Final = provenance.c
_LONGEST_HISTORY: Final = 200

_ADD: Final = insert(provenance).values(
    {column.name: bindparam(column.name) for column in _PROVENANCE if column.name not in ("file_id", "project_id")}
    | {
        "file_id": select(_FILE.id).where(_FILE.filename == bindparam("filename")).scalar_subquery(),
        "project_id": select(_RELEASE.project_id)
        .join(schema.file, _FILE.release_id == _RELEASE.id)
        .where(_FILE.filename == bindparam("filename"))
        .scalar_subquery(),
    }
)
_LIVE: Final = (
    select(provenance, _FILE.filename)
    .join(schema.file, _FILE.id == _PROVENANCE.file_id)
    .where(_FILE.removed.is_(False))
)
_OF_FILE: Final = _LIVE.where(_FILE.filename == bindparam("filename"))
_PROJECT_ID: Final = (
    select(_PROJECT.id)
    .where(_PROJECT.ecosystem == bindparam("ecosystem"), _PROJECT.name == bindparam("name"))
    .scalar_subquery()
)
_OF_PROJECT: Final = _LIVE.where(_PROVENANCE.project_id == _PROJECT_ID)
_HISTORY: Final = (
    # Files of one run claim the same: a release has a line for each run, however many files it has.
    select(_RELEASE.version, _PROVENANCE.claims, func.max(_FILE.uploaded, type_=Time).label("uploaded"))
    .join(schema.file, _FILE.id == _PROVENANCE.file_id)
    .join(schema.release, _RELEASE.id == _FILE.release_id)
    .where(_PROVENANCE.project_id == _PROJECT_ID)
    .group_by(_RELEASE.version, _PROVENANCE.claims)
    .order_by(func.max(_PROVENANCE.file_id).desc())
    .limit(_LONGEST_HISTORY)
)


class SqlProvenanceBook:
    """The `ProvenanceBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_provenance(self, filename: str, provenance: Provenance) -> None:
        """Keep the provenance of a file that was just entered; ValueError when there is no such file, or it has one."""
        row = {
            "filename": filename,
            "document": provenance.document,
            "publisher": provenance.publisher,
            "predicate_types": json.dumps(provenance.predicate_types),
            "claims": json.dumps(dict(provenance.claims)),
            "log_index": provenance.log_index,
            "verified": provenance.verified,
            "trust_root": provenance.trust_root,
        }
        try:
            self._db.execute(_ADD, row)
        except IntegrityError:
            raise ValueError(f"{filename} is not there, or has its provenance already") from None

    def provenance_of(self, filename: str) -> Provenance | None:
        """Return the provenance of a live file, or None."""
        row = self._db.execute(_OF_FILE, {"filename": filename}).one_or_none()
        return _provenance(row) if row else None

    def provenances_of(self, project: ProjectName) -> Mapping[str, Provenance]:
        """Return the provenance of every live file of the project that has one, by file name."""
        return {row.filename: _provenance(row) for row in self._db.execute(_OF_PROJECT, _key(project))}

    def history_of(self, project: ProjectName) -> Sequence[Built]:
        """Return by what the project's files with provenance were built, newest first, removed ones too."""
        rows = self._db.execute(_HISTORY, _key(project))
        return [Built(row.version, builder_of(json.loads(row.claims)), row.uploaded) for row in rows]

    def forget_provenance(self, project: ProjectName, now: datetime) -> None:
        """Let no provenance up to now be a reason to demand any: the project's record says so; all of it is kept."""
        query = update(schema.project).where(_PROJECT.ecosystem == project.ecosystem, _PROJECT.name == project.text)
        self._db.execute(query.values(provenance_forgotten=now))


def _key(project: ProjectName) -> dict[str, str]:
    return {"ecosystem": project.ecosystem, "name": project.text}


def _provenance(row: Row[Any]) -> Provenance:
    return Provenance(
        document=row.document,
        publisher=row.publisher,
        predicate_types=tuple(json.loads(row.predicate_types)),
        claims=json.loads(row.claims),
        log_index=row.log_index,
        verified=row.verified,
        trust_root=row.trust_root,
    )
