"""What this package needs of storage. `tests/contracts/` holds every adapter to it.

Principles: GEN-2.1, GEN-3.2
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, Self

from strongroom.authn.accounts import AccountBook, AccountName
from strongroom.authn.factors import FactorBook
from strongroom.authn.post import LetterBox
from strongroom.authn.recovery import RecoveryBook
from strongroom.authn.sessions import SessionBook
from strongroom.authn.throttle import TallyBook
from strongroom.authz.organisations import OrganisationBook
from strongroom.authz.policies import AskBook
from strongroom.authz.provenance import ProvenanceBook
from strongroom.authz.publishers import PublisherBook
from strongroom.authz.roles import Role
from strongroom.authz.tokens import TokenBook
from strongroom.formats import FileName, Inspected, Offered
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.events import Happening, Recorded
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import (
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
from strongroom.packages.criticality import CriticalBook
from strongroom.packages.holding import HoldBook


class Shelf(Protocol):
    """Projects, releases and files, inside one open transaction.

    What a removed name was used for is kept for ever: `standing` never forgets (GEN-2.1).
    """

    def project(self, name: ProjectName) -> ProjectRecord | None:
        """Return the project, also when nothing of it is left but its name."""

    def standing(self, file: FileName) -> Standing:
        """Return what is known of the place that the file would take; it never forgets what was there."""

    def add_project(self, name: ProjectName, display_name: str, now: datetime) -> None:
        """Add a project without files."""

    def add_release(self, file: FileName, inspected: Inspected, now: datetime) -> None:
        """Add the release that the file belongs to. ValueError when it exists, or was removed."""

    def add_file(self, file: FileName, inspected: Inspected, offered: Offered, uploader: str, now: datetime) -> None:
        """Add a file to its release, and bind its slot to its bytes for ever. ValueError when the slot is taken."""

    def facts(self, name: ProjectName) -> ProjectFacts | None:
        """Return all that the project's pages are made of; None when no file or name of it was ever there."""

    def listing(self, name: ProjectName) -> Listing | None:
        """Return what the project's index pages are made of; None when no name of it was ever there."""

    def file_named(self, filename: str) -> tuple[ProjectName, FileRecord] | None:
        """Return the live file of this name with its project, or None."""

    def set_status(self, name: ProjectName, status: Status, reason: str) -> None:
        """Change the state of the project (PEP 792)."""

    def set_policy(self, name: ProjectName, policy: Policy) -> None:
        """Set what the project itself demands of every upload."""

    def set_private(self, name: ProjectName, is_private: bool) -> None:
        """Make the project private, or public."""

    def set_organisation(self, name: ProjectName, organisation: str) -> None:
        """Put the project into an organisation, or, with "", into none."""

    def private_projects(self) -> Sequence[ProjectName]:
        """Return every private project, by name."""

    def projects_in(self, organisation: str) -> Sequence[ProjectRecord]:
        """Return the projects of an organisation, by name."""

    def yank_release(self, name: ProjectName, identity: str, reason: str | None) -> bool:
        """Yank the release for `reason`, or with None take the yank back; report whether anything changed."""

    def yank_file(self, filename: str, reason: str | None) -> bool:
        """Yank the file for `reason`, or with None take the yank back; report whether anything changed."""

    def remove_file(self, filename: str) -> None:
        """Take a live file away. Its name stays bound to its digest for ever."""

    def close_version(self, name: ProjectName, identity: str) -> None:
        """Take the release and its files away, and close its version for ever."""

    def root(self) -> Root:
        """Return what the root index is made of: every project that has a file and is not in quarantine."""

    def search(self, words: str, limit: int) -> Sequence[Found]:
        """Return projects whose name or summary holds every word; all of them, newest first, when there is no word."""

    def counts(self, *, only_listed: bool = False) -> tuple[int, int]:
        """Return how many projects have files, and how many files there are.

        `only_listed`: of those that everybody may see, which are neither private nor in quarantine.
        """

    def all_files(self) -> Iterator[tuple[str, Digests, Sha256, int]]:
        """Yield file name, digests, digest of its metadata file and size in bytes of every live file."""


class RoleBook(Protocol):
    """Who has which role in a project, inside one open transaction."""

    def roles_of(self, account: AccountName, name: ProjectName) -> frozenset[Role]:
        """Return every role that the account has in the project: its own, by teams, as owner of its organisation."""

    def own_roles_of(self, account: AccountName, name: ProjectName) -> frozenset[Role]:
        """Return the roles that were given to the account itself."""

    def grant(self, account: AccountName, name: ProjectName, role: Role) -> None:
        """Give the account this role in the project, beside those that it has; no effect when it has it."""

    def revoke(self, account: AccountName, name: ProjectName, role: Role | None = None) -> None:
        """Take this role in the project away from the account, or, with None, all that were given to it."""

    def revoke_all(self, name: ProjectName) -> None:
        """Take every role in the project away: people's and teams', and every invitation to one."""

    def people_of(self, name: ProjectName) -> Sequence[tuple[AccountName, Role]]:
        """Return who was given a role in the project, and which, by name; one line for each role."""

    def everybody_of(self, name: ProjectName) -> Sequence[tuple[AccountName, Role]]:
        """Return whoever has a role in the project by any way, and which, by name; one line for each role."""

    def everybody_in(self, organisation: str) -> Mapping[ProjectName, Sequence[tuple[AccountName, Role]]]:
        """Return the same of each project of an organisation in which anybody has a role, in one question."""

    def projects_of(self, account: AccountName) -> Sequence[tuple[str, Role]]:
        """Return the projects in which the account was given a role, and which, by name; one line for each role."""

    def all_projects_of(self, account: AccountName) -> Sequence[tuple[ProjectName, Role]]:
        """Return every project in which the account has a role by any way, and which, by name."""


class EventLog(Protocol):
    """The append-only log of events, inside one open transaction.

    Serials rise by one in the order of commit; what is recorded is never changed nor removed.
    """

    def record(self, happenings: Sequence[Happening], now: datetime) -> int:
        """Append, in order, and stamp the projects they speak of; return the serial of the last."""

    def after(self, serial: int, limit: int) -> Sequence[Recorded]:
        """Return the events after `serial`, oldest first, at most `limit`."""

    def about(self, account: str, limit: int) -> Sequence[Recorded]:
        """Return events that concern an account, newest first."""

    def newest(self) -> int:
        """Return the serial of the newest event, 0 when there is none."""

    def cursor(self, projector: str) -> int:
        """Return the serial up to which the projector has worked, 0 at first."""

    def advance(self, projector: str, serial: int) -> None:
        """Move the projector's cursor forward; moving it back has no effect."""

    def add_changes(self, changes: Iterable["Change"]) -> None:
        """Keep lines of the public changelog; a line already kept stays as it is."""

    def changes_after(self, serial: int, limit: int) -> Sequence["Change"]:
        """Return lines of the changelog after `serial`, oldest first."""

    def newest_changes(self, limit: int, *, only_new_projects: bool = False) -> Sequence["Change"]:
        """Return the newest releases, or the newest projects, newest first, for the feeds."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the public changelog, in the words that mirrors of Python indexes know."""

    serial: int
    time: datetime
    name: str
    version: str
    action: str


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that one transaction may read and write: all of it commits, or none of it does."""

    accounts: AccountBook
    factors: FactorBook
    sessions: SessionBook
    tallies: TallyBook
    letters: LetterBox
    recoveries: RecoveryBook
    tokens: TokenBook
    critical: CriticalBook
    shelf: Shelf
    roles: RoleBook
    organisations: OrganisationBook
    holds: HoldBook
    asks: AskBook
    publishers: PublisherBook
    provenances: ProvenanceBook
    events: EventLog


class Vault(Protocol):
    """Opens transactions. Leaving a `writing` block commits; leaving it by an exception undoes everything."""

    def reading(self) -> AbstractContextManager[Books]:
        """Open a transaction that sees one moment and changes nothing."""

    def writing(self) -> AbstractContextManager[Books]:
        """Open a transaction that sees what was committed last; no other writes beside it to what it reads."""


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Where a blob lies: under the digest of the file it belongs to, by the name that clients ask for."""

    digest: Sha256
    leaf: str

    @property
    def path(self) -> str:
        """The path of the blob in every store, and in the address of the file."""
        return f"{self.digest.hex[:2]}/{self.digest.hex[2:4]}/{self.digest.hex[4:]}/{self.leaf}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Return the key whose path this is; ValueError when it is no path of a blob."""
        found = re.fullmatch(r"([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/([^/\0]+)", path)
        if found is None or found[4] in (".", ".."):
            raise ValueError(f"{path} is no path of a blob")
        return cls(Sha256("".join(found.groups()[:3])), found[4])


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes to be kept, at their beginning, and their digest."""

    content: BinaryIO
    sha256: Sha256


class Blobs(Protocol):
    """Bytes, written once, never changed. Not trusted: whoever reads compares the digest.

    A blob is revealed, and a web server may hand it to anybody, or concealed: then only who asks us gets it.
    """

    def put(self, digest: Sha256, parts: Mapping[str, "Part"], *, concealed: bool = False) -> None:
        """Keep a file and what belongs to it, by leaf, all durable when this returns, or find them there already.

        ValueError when other bytes lie under one of the keys.
        """

    def conceal(self, key: BlobKey) -> None:
        """Let nobody have the content but through us; no effect when it is so, or when there is none."""

    def reveal(self, key: BlobKey) -> None:
        """Let anybody have the content; no effect when it is so, or when there is none."""

    def open_revealed(self, key: BlobKey) -> BinaryIO:
        """Return content that anybody may have, open for reading; KeyError when there is none."""

    def concealed_keys(self) -> Iterator[str]:
        """Yield the path of every blob that is concealed."""

    def withdraw(self, digest: Sha256, leaves: Iterable[str]) -> None:
        """Take back what was put, since the books do not name it; no effect while another upload of it is under way."""

    def settle(self, digest: Sha256) -> None:
        """Say that the books now name the blobs of this file, so that no clean-up after a crash may take them."""

    def open(self, key: BlobKey) -> BinaryIO:
        """Return the content, revealed or concealed, open for reading; KeyError when there is none."""

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""


class PageStore(Protocol):
    """Rendered pages, each kept under its path with its compressed twins. What is missing is made anew."""

    def turn(self, topic: str) -> AbstractContextManager[None]:
        """Wait for the turn to change the pages of one topic, among all processes that share the store."""

    def write(self, path: str, body: bytes, serial: int) -> None:
        """Put the page made at `serial` in place at once, whole, for every reader; compress it."""

    def forget(self, path: str) -> None:
        """Take the page away, or every page under a path that ends in a slash."""

    def has(self, path: str) -> bool:
        """Report whether the page is there."""


class IndexPages(Protocol):
    """The pages that clients read, made of facts."""

    def forget(self, name: ProjectName) -> None:
        """Take the project's pages away; when this returns, no reader is served what was true before the call."""


Clock = Callable[[], datetime]
