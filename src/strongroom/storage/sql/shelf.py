"""Projects, releases and files in SQL.

Principles: GEN-2.1
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, Insert, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from strongroom.formats import FileName, Inspected, Offered
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import (
    FilenameUse,
    FileRecord,
    Found,
    Listing,
    Policy,
    ProjectFacts,
    ProjectRecord,
    Root,
    Standing,
    Status,
)
from strongroom.storage.sql import schema
from strongroom.storage.sql.provenance_schema import provenance
from strongroom.storage.sql.rows import digests_of, file_of, parse_policy, project_of, release_of

_PROJECT: Final = schema.project.c
_RELEASE: Final = schema.release.c
_FILE: Final = schema.file.c
_ROLE: Final = schema.role.c
_USED_RELEASE: Final = schema.release.alias("used_release")
_USED: Final = _USED_RELEASE.c

# Statements are made once: making one costs more than running it.
_IS_IT: Final = (_PROJECT.ecosystem == bindparam("of_ecosystem")) & (_PROJECT.name == bindparam("of_name"))
_LISTED: Final = (_PROJECT.files > 0) & (_PROJECT.status != "quarantined") & _PROJECT.is_private.is_(False)
_BY_NAME: Final = select(schema.project).where(_IS_IT)
_FIND_ID: Final = select(_PROJECT.id).where(_IS_IT)
_ID_OF: Final = _FIND_ID.scalar_subquery()
_STANDING: Final = (
    select(
        schema.project,
        _RELEASE.id.label("release_id"),
        _RELEASE.closed,
        _FILE.sha256,
        _FILE.removed,
        _USED.version.label("used_version"),
        schema.critical.c.enforced,
        schema.organisation.c.policy.label("organisation_policy"),
    )
    .join(schema.organisation, schema.organisation.c.name == _PROJECT.organisation, isouter=True)
    .join(
        schema.release,
        (_RELEASE.project_id == _PROJECT.id) & (_RELEASE.identity == bindparam("identity")),
        isouter=True,
    )
    .join(schema.file, _FILE.slot == bindparam("slot"), isouter=True)
    .join(_USED_RELEASE, _USED.id == _FILE.release_id, isouter=True)
    .join(schema.critical, schema.critical.c.project_id == _PROJECT.id, isouter=True)
    .where(_IS_IT)
)
_RELEASE_ID: Final = (
    select(_RELEASE.id)
    .where(_RELEASE.project_id == _ID_OF, _RELEASE.identity == bindparam("of_identity"))
    .scalar_subquery()
)
_ADD_RELEASE: Final = insert(schema.release).values(
    project_id=_ID_OF,
    version=bindparam("version"),
    identity=bindparam("identity"),
    metadata=bindparam("metadata"),
    is_prerelease=bindparam("is_prerelease"),
    created=bindparam("created"),
    yanked=None,
    closed=False,
)
_ADD_FILE: Final = insert(schema.file).values(
    release_id=_RELEASE_ID,
    **{column.name: bindparam(column.name) for column in _FILE if column.name not in ("id", "release_id", "yanked")},
    yanked=None,
)
_ADD_TO_PROJECT: Final = (
    update(schema.project)
    .where(_IS_IT)
    .values(
        files=_PROJECT.files + 1,
        size_bytes=_PROJECT.size_bytes + bindparam("more_bytes"),
        summary=bindparam("new_summary"),
        latest=bindparam("new_latest"),
        updated=bindparam("at"),
    )
)
_PROVENANCE_OF: Final = provenance.c.file_id.label("provenance_of")
_RELEASES: Final = (
    select(schema.release)
    .where(_RELEASE.project_id == bindparam("project_id"), _RELEASE.closed.is_(False))
    .order_by(_RELEASE.id)
)
_FILES: Final = (
    select(schema.file, _RELEASE.version, _RELEASE.yanked.label("release_yanked"), _PROVENANCE_OF)
    .join(schema.release, _RELEASE.id == _FILE.release_id)
    .join(provenance, provenance.c.file_id == _FILE.id, isouter=True)
    .where(_RELEASE.project_id == bindparam("project_id"), _FILE.removed.is_(False))
    .order_by(_FILE.id)
)
_OWNERS: Final = (
    select(_ROLE.account).where(_ROLE.project_id == bindparam("project_id")).distinct().order_by(_ROLE.account)
)


class SqlShelf:
    """The `Shelf` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def project(self, name: ProjectName) -> ProjectRecord | None:
        """Return the project, also when nothing of it is left but its name."""
        row = self._db.execute(_BY_NAME, _key(name)).one_or_none()
        return project_of(name, row) if row else None

    def standing(self, file: FileName) -> Standing:
        """Return what is known of the place that the file would take; it never forgets what was there."""
        place = {**_key(file.project), "identity": file.identity, "slot": file.slot}
        row = self._db.execute(_STANDING, place).one_or_none()
        if row is None:
            return Standing(None, 0, has_release=False, is_closed=False, use=None)
        use = None
        if row.sha256 is not None:
            use = FilenameUse(file.project, row.used_version, Sha256(row.sha256), bool(row.removed))
        return Standing(
            project_of(file.project, row),
            row.size_bytes,
            has_release=row.release_id is not None,
            is_closed=bool(row.closed),
            use=use,
            critical_from=row.enforced,
            policy=parse_policy(row.policy) | parse_policy(row.organisation_policy or ""),
        )

    def add_project(self, name: ProjectName, display_name: str, now: datetime) -> None:
        """Add a project without files."""
        self._db.execute(
            insert(schema.project).values(
                ecosystem=name.ecosystem,
                name=name.text,
                display_name=display_name,
                summary="",
                latest="",
                status=Status.ACTIVE.value,
                status_reason="",
                serial=0,
                files=0,
                size_bytes=0,
                created=now,
                updated=now,
                organisation=None,
                is_private=False,
                policy="",
            )
        )

    def add_release(self, file: FileName, inspected: Inspected, now: datetime) -> None:
        """Add the release that the file belongs to. ValueError when it exists, or was removed."""
        row: dict[str, object] = {
            **_key(file.project),
            "version": file.version,
            "identity": file.identity,
            "metadata": orjson.dumps(dict(inspected.metadata)).decode(),
            "is_prerelease": inspected.is_prerelease,
            "created": now,
        }
        self._insert(_ADD_RELEASE, row, f"{file.project} {file.version} is taken")

    def add_file(self, file: FileName, inspected: Inspected, offered: Offered, uploader: str, now: datetime) -> None:
        """Add a file to its release, and bind its slot to its bytes for ever. ValueError when the slot is taken."""
        row: dict[str, object] = {
            **_key(file.project),
            "of_identity": file.identity,
            "slot": file.slot,
            "filename": file.text,
            "kind": file.kind,
            "tag": inspected.tag,
            "size_bytes": offered.size_bytes,
            "sha256": offered.digests.sha256.hex,
            "blake2b_256": offered.digests.blake2b_256,
            "md5": offered.digests.md5,
            "metadata_sha256": Sha256.of(inspected.metadata_file).hex,
            "requires_python": inspected.requires_python,
            "uploaded": now,
            "uploader": uploader,
            "removed": False,
        }
        self._insert(_ADD_FILE, row, f"{file.slot} is taken")
        change = {
            **_key(file.project),
            "more_bytes": offered.size_bytes,
            "new_summary": str(inspected.metadata.get("summary") or ""),
            "new_latest": file.version,
            "at": now,
        }
        self._db.execute(_ADD_TO_PROJECT, change)

    def _insert(self, statement: Insert, row: dict[str, object], taken: str) -> None:
        try:
            self._db.execute(statement, row)
        except IntegrityError:
            raise ValueError(taken) from None

    def facts(self, name: ProjectName) -> ProjectFacts | None:
        """Return all that the project's pages are made of; None when no name of it was ever there."""
        row = self._db.execute(_BY_NAME, _key(name)).one_or_none()
        if row is None:
            return None
        key = {"project_id": row.id}
        return ProjectFacts(
            project_of(name, row),
            tuple(release_of(found) for found in self._db.execute(_RELEASES, key)),
            tuple(file_of(found) for found in self._db.execute(_FILES, key)),
            tuple(self._db.execute(_OWNERS, key).scalars()),
        )

    def listing(self, name: ProjectName) -> Listing | None:
        """Return what the project's index pages are made of; None when no name of it was ever there."""
        row = self._db.execute(_BY_NAME, _key(name)).one_or_none()
        if row is None:
            return None
        files = self._db.execute(_FILES, {"project_id": row.id})
        return Listing(project_of(name, row), tuple(file_of(found) for found in files))

    def file_named(self, filename: str) -> tuple[ProjectName, FileRecord] | None:
        """Return the live file of this name with its project, or None."""
        query = (
            select(
                schema.file,
                _RELEASE.version,
                _RELEASE.yanked.label("release_yanked"),
                _PROVENANCE_OF,
                _PROJECT.ecosystem,
                _PROJECT.name,
            )
            .join(schema.release, _RELEASE.id == _FILE.release_id)
            .join(schema.project, _PROJECT.id == _RELEASE.project_id)
            .join(provenance, provenance.c.file_id == _FILE.id, isouter=True)
            .where(_FILE.filename == filename, _FILE.removed.is_(False))
        )
        row = self._db.execute(query).one_or_none()
        return (ProjectName(row.ecosystem, row.name), file_of(row)) if row else None

    def set_status(self, name: ProjectName, status: Status, reason: str) -> None:
        """Change the state of the project (PEP 792)."""
        self._set(name, status=status.value, status_reason=reason)

    def set_policy(self, name: ProjectName, policy: Policy) -> None:
        """Set what the project itself demands of every upload."""
        self._set(name, policy=" ".join(sorted(policy)))

    def set_private(self, name: ProjectName, is_private: bool) -> None:
        """Make the project private, or public."""
        self._set(name, is_private=is_private)

    def set_organisation(self, name: ProjectName, organisation: str) -> None:
        """Put the project into an organisation, or, with "", into none."""
        self._set(name, organisation=organisation or None)

    def _set(self, name: ProjectName, **values: object) -> None:
        self._db.execute(update(schema.project).where(_PROJECT.id == self._id_of(name)).values(**values))

    def private_projects(self) -> Sequence[ProjectName]:
        """Return every private project, by name."""
        query = select(_PROJECT.ecosystem, _PROJECT.name).where(_PROJECT.is_private.is_(True)).order_by(_PROJECT.name)
        return [ProjectName(row.ecosystem, row.name) for row in self._db.execute(query)]

    def projects_in(self, organisation: str) -> Sequence[ProjectRecord]:
        """Return the projects of an organisation, by name."""
        query = select(schema.project).where(_PROJECT.organisation == organisation).order_by(_PROJECT.name)
        return [project_of(ProjectName(row.ecosystem, row.name), row) for row in self._db.execute(query)]

    def yank_release(self, name: ProjectName, identity: str, reason: str | None) -> bool:
        """Yank the release for `reason`, or with None take the yank back; report whether anything changed."""
        query = update(schema.release).where(
            _RELEASE.project_id == self._id_of(name),
            _RELEASE.identity == identity,
            _RELEASE.yanked.is_distinct_from(reason),
        )
        return bool(self._db.execute(query.values(yanked=reason)).rowcount)

    def yank_file(self, filename: str, reason: str | None) -> bool:
        """Yank the file for `reason`, or with None take the yank back; report whether anything changed."""
        query = update(schema.file).where(
            _FILE.filename == filename, _FILE.removed.is_(False), _FILE.yanked.is_distinct_from(reason)
        )
        return bool(self._db.execute(query.values(yanked=reason)).rowcount)

    def remove_file(self, filename: str) -> None:
        """Take a live file away. Its slot stays bound to its digest for ever."""
        found = self.file_named(filename)
        if found is not None:
            self._db.execute(update(schema.file).where(_FILE.filename == filename).values(removed=True))
            self._recount(found[0])

    def close_version(self, name: ProjectName, identity: str) -> None:
        """Take the release and its files away, and close its version for ever."""
        mine = (_RELEASE.project_id == self._id_of(name)) & (_RELEASE.identity == identity)
        release_id = select(_RELEASE.id).where(mine).scalar_subquery()
        self._db.execute(update(schema.file).where(_FILE.release_id == release_id).values(removed=True))
        self._db.execute(update(schema.release).where(mine).values(closed=True))
        self._recount(name)

    def root(self) -> Root:
        """Return what the root index is made of: every public project that has a file and is not in quarantine."""
        serial = self._db.execute(select(schema.counter.c.value).where(schema.counter.c.name == "serial")).scalar_one()
        query = select(_PROJECT.name, _PROJECT.serial).where(_LISTED)
        return Root(int(serial), [(name, at) for name, at in self._db.execute(query.order_by(_PROJECT.name))])

    def search(self, words: str, limit: int) -> Sequence[Found]:
        """Return projects whose name or summary holds every word; all of them, newest first, when there is no word."""
        query = select(_PROJECT.name, _PROJECT.summary, _PROJECT.latest, _PROJECT.updated).where(_LISTED)
        for word in words.lower().split()[:8]:
            query = query.where(
                or_(
                    _PROJECT.name.contains(word.replace("_", "-"), autoescape=True),
                    func.lower(_PROJECT.summary).contains(word, autoescape=True),
                )
            )
        exact = words.strip().lower().replace("_", "-").replace(".", "-")
        order = (_PROJECT.name != exact, func.length(_PROJECT.name)) if exact else (_PROJECT.updated.desc(),)
        return [Found(*row) for row in self._db.execute(query.order_by(*order).limit(limit))]

    def counts(self, *, only_listed: bool = False) -> tuple[int, int]:
        """Return how many projects have files, and how many files there are; of all, or of what everybody may see."""
        counted = _LISTED if only_listed else _PROJECT.files > 0
        query = select(func.count(), func.coalesce(func.sum(_PROJECT.files), 0)).where(counted)
        projects, files = self._db.execute(query).one()
        return int(projects), int(files)

    def all_files(self) -> Iterator[tuple[str, Digests, Sha256, int]]:
        """Yield file name, digests, digest of its metadata file and size in bytes of every live file."""
        query = select(schema.file).where(_FILE.removed.is_(False)).order_by(_FILE.id)
        for row in self._db.execution_options(yield_per=1000).execute(query):
            yield row.filename, digests_of(row), Sha256(row.metadata_sha256), row.size_bytes

    def _id_of(self, name: ProjectName) -> int:
        return int(self._db.execute(_FIND_ID, _key(name)).scalar_one())

    def _recount(self, name: ProjectName) -> None:
        id = self._id_of(name)
        live = (
            select(func.count(), func.coalesce(func.sum(_FILE.size_bytes), 0))
            .join(schema.release, _RELEASE.id == _FILE.release_id)
            .where(_RELEASE.project_id == id, _FILE.removed.is_(False))
        )
        files, size_bytes = self._db.execute(live).one()
        newest = (
            select(_RELEASE.version)
            .join(schema.file, _RELEASE.id == _FILE.release_id)
            .where(_RELEASE.project_id == id, _FILE.removed.is_(False))
            .order_by(_FILE.id.desc())
            .limit(1)
        )
        latest = self._db.execute(newest).scalar_one_or_none() or ""
        query = update(schema.project).where(_PROJECT.id == id)
        self._db.execute(query.values(files=files, size_bytes=size_bytes, latest=latest))


def _key(name: ProjectName) -> dict[str, str]:
    return {"of_ecosystem": name.ecosystem, "of_name": name.text}
