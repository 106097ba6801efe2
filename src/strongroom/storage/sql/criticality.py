"""What is critical, and what that is reckoned from, in SQL.

Principles: AUTHN-2.3
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from strongroom.kernel.names import ProjectName
from strongroom.packages.criticality import Critical
from strongroom.storage.sql import schema

_CRITICAL = schema.critical.c
_PROJECT = schema.project.c
_DOWNLOAD = schema.download.c
_RELEASE = schema.release.c
_FILE = schema.file.c

_IS_CRITICAL = (
    select(_CRITICAL.enforced)
    .join(schema.project, _PROJECT.id == _CRITICAL.project_id)
    .where(_PROJECT.ecosystem == bindparam("ecosystem"), _PROJECT.name == bindparam("name"))
)
_MOST_NAMES = 500


class SqlCriticalBook:
    """The `CriticalBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def critical(self) -> Sequence[Critical]:
        """Return every critical project, by name."""
        query = select(_PROJECT.name, schema.critical).join(schema.project, _PROJECT.id == _CRITICAL.project_id)
        rows = self._db.execute(query.order_by(_PROJECT.name))
        return [Critical(row.name, row.reason, row.designated, row.enforced) for row in rows]

    def is_critical(self, name: ProjectName, now: datetime) -> bool:
        """Report whether the project is critical and its rule in force."""
        place = {"ecosystem": name.ecosystem, "name": name.text}
        enforced = self._db.execute(_IS_CRITICAL, place).scalar_one_or_none()
        return enforced is not None and enforced <= now

    def designate(self, name: ProjectName, reason: str, designated: datetime, enforced: datetime) -> None:
        """Make a project critical, or change why and from when."""
        self.undesignate(name)
        values = {"reason": reason, "designated": designated, "enforced": enforced}
        self._db.execute(insert(schema.critical).values(project_id=_id_of(name), **values))

    def undesignate(self, name: ProjectName) -> bool:
        """Make a project critical no more; report whether it was."""
        return bool(self._db.execute(delete(schema.critical).where(_CRITICAL.project_id == _id_of(name))).rowcount)

    def add_downloads(self, day: str, counts: Mapping[str, int]) -> None:
        """Add downloads of one day (YYYY-MM-DD), by the names of files; a name that is no file counts nowhere."""
        names = sorted(counts)
        by_project: dict[int, int] = {}
        for start in range(0, len(names), _MOST_NAMES):
            query = (
                select(_FILE.filename, _RELEASE.project_id)
                .join(schema.release, _RELEASE.id == _FILE.release_id)
                .where(_FILE.filename.in_(names[start : start + _MOST_NAMES]))
            )
            for row in self._db.execute(query):
                by_project[row.project_id] = by_project.get(row.project_id, 0) + counts[row.filename]
        for project_id, count in by_project.items():
            there = (_DOWNLOAD.project_id == project_id) & (_DOWNLOAD.day == day)
            added = update(schema.download).where(there).values(count=_DOWNLOAD.count + count)
            if not self._db.execute(added).rowcount:
                self._db.execute(insert(schema.download).values(project_id=project_id, day=day, count=count))

    def downloads_since(self, day: str) -> Mapping[str, int]:
        """Return the downloads of every project since a day, by name."""
        query = (
            select(_PROJECT.name, func.sum(_DOWNLOAD.count).label("many"))
            .join(schema.project, _PROJECT.id == _DOWNLOAD.project_id)
            .where(_DOWNLOAD.day >= day, _PROJECT.files > 0)
            .group_by(_PROJECT.name)
        )
        return {row.name: int(row.many) for row in self._db.execute(query)}

    def forget_downloads_before(self, day: str) -> None:
        """Forget counts that no rule looks at any more."""
        self._db.execute(delete(schema.download).where(_DOWNLOAD.day < day))

    def dependencies(self) -> Iterable[tuple[str, Sequence[str]]]:
        """Yield every project with files, and the requirements that its newest release states."""
        query = (
            select(_PROJECT.name, _RELEASE.metadata)
            .join(schema.release, (_RELEASE.project_id == _PROJECT.id) & (_RELEASE.version == _PROJECT.latest))
            .where(_PROJECT.files > 0, _RELEASE.closed.is_(False))
        )
        return self._read(query)

    def _read(self, query: "object") -> Iterator[tuple[str, Sequence[str]]]:
        for row in self._db.execute(query):  # type: ignore[call-overload]
            stated = json.loads(row.metadata).get("requires_dist") or []
            yield row.name, [each for each in stated if isinstance(each, str)]


def _id_of(name: ProjectName) -> "object":
    query = select(_PROJECT.id).where(_PROJECT.ecosystem == name.ecosystem, _PROJECT.name == name.text)
    return query.scalar_subquery()
