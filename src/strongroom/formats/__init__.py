"""One codec an ecosystem: bytes to facts, facts to bytes; no HTTP, no policy, no storage.

Principles: none
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from strongroom.kernel.digests import Digests
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Listing, Root

#: What an uploader *says* of a file, field by field, as it arrived. Claims are compared with the file, never kept.
Claims = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive may cost its reader."""

    unpacked_bytes: int = 1024 * 1024 * 1024
    ratio: int = 200
    members: int = 100_000
    metadata_bytes: int = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileName:
    """A file name that has been taken apart. Only a format's `parse_filename` makes one.

    `identity` is the same for versions that an installer holds equal (1.0 and 1.0.0), `tag` for files that it cannot
    tell apart ("source" for every source distribution): project, identity and tag together are used once, for ever.
    """

    text: str
    project: ProjectName
    version: str
    identity: str
    kind: str
    tag: str

    @property
    def slot(self) -> str:
        """The one place in the repository that a file of this name takes."""
        return f"{self.project.ecosystem}/{self.project}/{self.identity}/{self.tag}"


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as it was received: its name as sent, its claims, its size and its digests, already computed."""

    filename: str
    claims: Claims
    size_bytes: int
    digests: Digests

    @property
    def attestations(self) -> str:
        """What is sent with the file of who built it: the form field of that name (PEP 740); "" when there is none."""
        return "\n".join(said for said in self.claims.get("attestations", ()) if said.strip())


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file says of itself, read out of the file. `metadata` is JSON-able and leaves the description out."""

    project: ProjectName
    display_name: str
    version: str
    filename: str
    kind: str
    tag: str
    requires_python: str | None
    metadata: Mapping[str, object]
    metadata_file: bytes
    is_prerelease: bool


class Format(Protocol):
    """What the core asks of an ecosystem."""

    ecosystem: str
    #: Where the pages that list every project are kept.
    root_paths: Sequence[str]

    def parse_name(self, raw: str) -> ProjectName:
        """Return the canonical name; ValueError when `raw` is no name of this ecosystem."""

    def parse_version(self, raw: str) -> str:
        """Return the canonical version; ValueError when `raw` is no version of this ecosystem."""

    def parse_filename(self, raw: str) -> FileName:
        """Return the file name, taken apart; ValueError when `raw` is no file name of this ecosystem."""

    def identity(self, version: str) -> str:
        """Return what is equal for versions that an installer holds equal; ValueError when it is no version."""

    def version_key(self, version: str) -> object:
        """Return a key by which canonical versions sort, oldest first."""

    def folders(self, name: ProjectName) -> Sequence[str]:
        """Return every folder under which pages of this project are kept, each ending in a slash."""

    def index_pages(self, listing: Listing) -> Mapping[str, bytes]:
        """Return the index pages of one project, by path; none when it has nothing to show."""

    def root_pages(self, root: Root) -> Mapping[str, bytes]:
        """Return the pages that list every project, by path."""

    def inspect(self, offered: Offered, content: BinaryIO) -> Inspected:
        """Return what the file says of itself. Refused when it is unsafe, or when its claims differ from it."""
