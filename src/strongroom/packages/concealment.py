"""Which files nobody has but through us: those of private projects, and uploads that wait for a second person.

Principles: AUTHZ-2.1
"""

from collections.abc import Iterable

from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.packages.ports import BlobKey, Blobs, Books, Vault


def settle_project(vault: Vault, blobs: Blobs, name: ProjectName) -> None:
    """Conceal or reveal every file of a project, as the books say now; what waits stays concealed.

    Done again until the books say afterwards what they said before: of two who change it at once, the last is right.
    """
    is_private = None
    while True:
        with vault.reading() as books:
            facts = books.shelf.facts(name)
        if facts is None or facts.project.is_private == is_private:
            return
        is_private = facts.project.is_private
        for file in facts.files:
            settle_file(blobs, file.digests.sha256, file.filename, concealed=is_private)


def settle_file(blobs: Blobs, digest: Sha256, filename: str, *, concealed: bool) -> None:
    """Conceal or reveal one file, and what belongs to it."""
    for leaf in (filename, f"{filename}.metadata"):
        key = BlobKey(digest, leaf)
        if concealed:
            blobs.conceal(key)
        else:
            blobs.reveal(key)


def settle_all(vault: Vault, blobs: Blobs) -> int:
    """Make good what a crash left between the books and the files; return how many files were moved."""
    with vault.reading() as books:
        wanted = set(_concealed(books))
    there = set(blobs.concealed_keys())
    for path in wanted - there:
        blobs.conceal(BlobKey.parse(path))
    with vault.reading() as books:
        revealed = [path for path in there - wanted if _is_published(books, path)]
    for path in revealed:
        blobs.reveal(BlobKey.parse(path))
    return len(wanted - there) + len(revealed)


def _concealed(books: Books) -> Iterable[str]:
    for held in books.holds.all_held():
        yield from _paths(held.offered.digests.sha256, held.offered.filename)
    for name in books.shelf.private_projects():
        facts = books.shelf.facts(name)
        for file in facts.files if facts else ():
            yield from _paths(file.digests.sha256, file.filename)


def _paths(digest: Sha256, filename: str) -> Iterable[str]:
    for leaf in (filename, f"{filename}.metadata"):
        yield BlobKey(digest, leaf).path


def _is_published(books: Books, path: str) -> bool:
    # What no book names may be an upload under way: it is concealed until it is entered.
    key = BlobKey.parse(path)
    found = books.shelf.file_named(key.leaf.removesuffix(".metadata"))
    return found is not None and found[1].digests.sha256 == key.digest
