"""Projects, releases and files as the store tells them.

Principles: GEN-2.1
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName


class Status(StrEnum):
    """The state of a project, as PEP 792 names it."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DEPRECATED = "deprecated"

    @property
    def takes_files(self) -> bool:
        """PEP 792: "archived … does not expect to be updated"; a quarantined project takes nothing either."""
        return self in (Status.ACTIVE, Status.DEPRECATED)


class Demand(StrEnum):
    """What a project may demand of every upload. A policy is a set of these: it is raised by adding one."""

    TRUSTED_PUBLISHING = "trusted-publishing"
    ATTESTATIONS = "attestations"
    TWO_PEOPLE = "two-people"

    @property
    def words(self) -> str:
        """What is demanded, as a sentence names it."""
        return {"trusted-publishing": "trusted publishers only", "two-people": "two people"}.get(self, self.value)


Policy = frozenset[Demand]


def named(policy: Policy) -> str:
    """Return what a policy demands, as a sentence names it: `attestations and two people`."""
    return " and ".join(each.words for each in sorted(policy))


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project. `serial` is that of the newest event that touched it; it dates every page made of it.

    `organisation`: the name of the one that it belongs to, "" when it belongs to people. `policy` is its own.
    `provenance_forgotten`: attestations of files up to then are no reason to demand any.
    """

    name: ProjectName
    display_name: str
    status: Status
    status_reason: str
    serial: int
    created: datetime
    organisation: str = ""
    is_private: bool = False
    policy: Policy = frozenset()
    provenance_forgotten: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A release. `metadata` was read from its first file and never changes; `yanked` is None or why, maybe ""."""

    version: str
    metadata: Mapping[str, object]
    is_prerelease: bool
    created: datetime
    yanked: str | None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that is being served. `yanked` covers the file's own yank and that of its release.

    `has_provenance`: it was verified who built it, and that is served too.
    """

    filename: str
    version: str
    kind: str
    tag: str
    size_bytes: int
    digests: Digests
    metadata_sha256: Sha256
    requires_python: str | None
    uploaded: datetime
    uploader: str
    yanked: str | None
    has_provenance: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What the index pages of one project are made of, read at one serial; files oldest first."""

    project: ProjectRecord
    files: tuple[FileRecord, ...]


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """Everything that the pages of one project are made of, read at one serial; releases and files oldest first."""

    project: ProjectRecord
    releases: tuple[ReleaseRecord, ...]
    files: tuple[FileRecord, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """What the root index is made of, read at one serial: canonical name and serial of every project, by name."""

    serial: int
    projects: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FilenameUse:
    """What is known for ever of a file name that was used: by which bytes, and whether they were removed."""

    project: ProjectName
    version: str
    digest: Sha256
    removed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a place in the repository before something is put there.

    `project` None: there is no such project yet. `use` None: the slot is free. `is_closed`: the version was removed.
    `critical_from`: when the project's maintainers begin to need what cannot be phished, None when it is not critical.
    `policy`: what the project and its organisation demand together.
    """

    project: ProjectRecord | None
    size_bytes: int
    has_release: bool
    is_closed: bool
    use: FilenameUse | None
    critical_from: datetime | None = None
    policy: Policy = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a search result."""

    name: str
    summary: str
    version: str
    updated: datetime
