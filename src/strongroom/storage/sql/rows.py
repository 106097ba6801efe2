"""What the rows of projects, releases and files say, as the core knows it.

Principles: none
"""

from typing import Any

import orjson
from sqlalchemy import Row

from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, FileRecord, Policy, ProjectRecord, ReleaseRecord, Status


def project_of(name: ProjectName, row: Row[Any]) -> ProjectRecord:
    """Return the project of a row of its table."""
    return ProjectRecord(
        name,
        row.display_name,
        Status(row.status),
        row.status_reason,
        row.serial,
        row.created,
        row.organisation or "",
        bool(row.is_private),
        parse_policy(row.policy),
        row.provenance_forgotten,
    )


def parse_policy(text: str) -> Policy:
    """Return the policy that is kept as words."""
    return frozenset(Demand(word) for word in text.split())


def release_of(row: Row[Any]) -> ReleaseRecord:
    """Return the release of a row of its table."""
    return ReleaseRecord(row.version, orjson.loads(row.metadata), bool(row.is_prerelease), row.created, row.yanked)


def digests_of(row: Row[Any]) -> Digests:
    """Return the digests in a row of a file."""
    return Digests(Sha256(row.sha256), row.blake2b_256, row.md5)


def file_of(row: Row[Any]) -> FileRecord:
    """Return the file of a row, which has columns of its release too."""
    return FileRecord(
        filename=row.filename,
        version=row.version,
        kind=row.kind,
        tag=row.tag,
        size_bytes=row.size_bytes,
        digests=digests_of(row),
        metadata_sha256=Sha256(row.metadata_sha256),
        requires_python=row.requires_python,
        uploaded=row.uploaded,
        uploader=row.uploader,
        yanked=row.yanked if row.yanked is not None else row.release_yanked,
        has_provenance=row.provenance_of is not None,
    )
