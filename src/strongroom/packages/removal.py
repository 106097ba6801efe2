"""What may be taken away, and what may never come back.

A file, a release or a whole project can be removed. What stays for ever: the slot of each file, bound to its digest;
the version, closed; the name, with its owner. So nobody can put other bytes where somebody's lock file points.

Principles: GEN-2.1
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from strongroom.formats import Format
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import FilenameUse, FileRecord
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import BlobKey, Blobs, Books, IndexPages, Vault
from strongroom.principles import upholds


@upholds("GEN-2.1")
def require_unused(use: FilenameUse | None, offered: Sha256) -> bool:
    """Report whether the slot is free; False when it holds these very bytes. Refuse anything else (GEN-2.1 a, b)."""
    if use is None:
        return True
    if use.removed:
        raise Refused(
            "filename-removed",
            f"This file was published before and removed ({use.version} of {use.project}). Raise the version number.",
            principle="GEN-2.1",
        )
    if use.digest != offered:
        # twine takes an answer for "it is there already" when it says so in these words.
        raise Refused(
            "file-exists",
            "File already exists, with other bytes. What is published never changes: raise the version number.",
            principle="GEN-2.1",
        )
    return False


@upholds("GEN-2.1")
def require_open_version(closed: bool, version: str) -> None:
    """Refuse a version that was removed, whoever asks (GEN-2.1 b)."""
    if closed:
        raise Refused(
            "version-removed",
            f"Version {version} was removed and is never used again. Raise the version number.",
            principle="GEN-2.1",
        )


@dataclass(frozen=True, slots=True)
class Cellar:
    """What removal and yanking need of the world."""

    vault: Vault
    blobs: Blobs
    pages: IndexPages
    clock: Callable[[], datetime]


#: Who acts: a name, or whoever asks for it in the transaction that acts, and refuses.
Actor = str | Callable[[Books], str]


def named(actor: Actor, books: Books) -> str:
    """Return who acts; Refused when they may not."""
    return actor if isinstance(actor, str) else actor(books)


def remove_file(cellar: Cellar, format: Format, actor: Actor, filename: str) -> ProjectName:
    """Take one file out of the repository; Refused when there is none. Its release goes with its last file."""
    with cellar.vault.writing() as books:
        found = books.shelf.file_named(filename)
        if found is None:
            raise Refused("no-such-file", f"There is no file named {filename}.")
        name, file = found
        books.shelf.remove_file(filename)
        by = named(actor, books)
        happened = [_removed(by, name, file)]
        facts = books.shelf.facts(name)
        if facts is not None and not any(other.version == file.version for other in facts.files):
            books.shelf.close_version(name, format.identity(file.version))
            happened.append(Happening(Event.RELEASE_REMOVED, by, str(name), file.version))
        books.events.record(happened, cellar.clock())
    _forget(cellar, name, [file])
    return name


def remove_release(cellar: Cellar, format: Format, actor: Actor, name: ProjectName, version: str) -> None:
    """Take a release and its files away, and close the version for ever; Refused when there is none."""
    with cellar.vault.writing() as books:
        by = named(actor, books)
        facts = books.shelf.facts(name)
        identity = format.identity(version)
        mine = [r for r in facts.releases if format.identity(r.version) == identity] if facts else []
        if facts is None or not mine:
            raise Refused("no-such-release", f"There is no version {version} of {name}.")
        files = [file for file in facts.files if file.version == mine[0].version]
        books.events.record(_close(books, format, by, name, mine[0].version, files), cellar.clock())
    _forget(cellar, name, files)


def remove_project(cellar: Cellar, format: Format, actor: Actor, name: ProjectName) -> None:
    """Take everything of a project away but its name, which stays with its owners; Refused when there is none."""
    with cellar.vault.writing() as books:
        by = named(actor, books)
        facts = books.shelf.facts(name)
        if facts is None:
            raise Refused("no-such-project", f"There is no project named {name}.")
        happened: list[Happening] = []
        for release in facts.releases:
            files = [file for file in facts.files if file.version == release.version]
            happened += _close(books, format, by, name, release.version, files)
        books.events.record([*happened, Happening(Event.PROJECT_REMOVED, by, str(name))], cellar.clock())
    _forget(cellar, name, facts.files)


def _close(
    books: Books, format: Format, actor: str, name: ProjectName, version: str, files: Sequence[FileRecord]
) -> list[Happening]:
    books.shelf.close_version(name, format.identity(version))
    happened = [_removed(actor, name, file) for file in files]
    return [*happened, Happening(Event.RELEASE_REMOVED, actor, str(name), version)]


def _removed(actor: str, name: ProjectName, file: FileRecord) -> Happening:
    return Happening(
        Event.FILE_REMOVED, actor, str(name), file.version, file.filename, {"sha256": file.digests.sha256.hex}
    )


def _forget(cellar: Cellar, name: ProjectName, files: Sequence[FileRecord]) -> None:
    # The page first: a client that still reads the old page gets a file or a 404, never a page that names nothing.
    cellar.pages.forget(name)
    for file in files:
        for leaf in (file.filename, f"{file.filename}.metadata"):
            cellar.blobs.remove(BlobKey(file.digests.sha256, leaf))
