"""Reading every blob, to see whether what the books name is there and whole.

Principles: GEN-2.1
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Blobs, Vault

_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(slots=True)
class Findings:
    """What a check found. `unnamed` blobs are named by no book: harmless, left by an upload that was cut off."""

    files: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every blob that the books name is there and whole."""
        return not self.missing and not self.damaged


def fsck(vault: Vault, blobs: Blobs) -> Findings:
    """Read every blob that the books name and compare its digest; list the blobs that no book names."""
    found = Findings()
    named: set[str] = set()
    for key, sha256 in _named(vault):
        named.add(key.path)
        found.files += key.leaf == key.leaf.removesuffix(".metadata")
        try:
            with blobs.open(key) as content:
                whole = digest_of(content) == sha256
        except KeyError:
            found.missing.append(key.path)
            continue
        if not whole:
            found.damaged.append(key.path)
    stray = [path for path in blobs.keys() if path not in named]  # noqa: SIM118 (not a dictionary)
    if stray or not found.is_clean:
        # What was published since the list was made is named by now, and what was removed since is named no longer.
        now = {key.path for key, _ in _named(vault)}
        found.missing = [path for path in found.missing if path in now]
        found.damaged = [path for path in found.damaged if path in now]
        found.unnamed = [path for path in stray if path not in now]
    return found


def prune(blobs: Blobs, findings: Findings) -> None:
    """Take the unnamed blobs away. Only while nothing is being published: an upload's blobs come before its rows."""
    for path in findings.unnamed:
        with suppress(ValueError):  # somebody else's file, lost+found say: not ours to take
            blobs.remove(BlobKey.parse(path))


def digest_of(content: BinaryIO) -> Sha256:
    """Return the digest of what is left to read of `content`, read in pieces."""
    seen = hashlib.sha256()
    while piece := content.read(_CHUNK_BYTES):
        seen.update(piece)
    return Sha256(seen.hexdigest())


def _named(vault: Vault) -> Iterator[tuple[BlobKey, Sha256]]:
    with vault.reading() as books:
        files = list(books.shelf.all_files())
        waiting = books.holds.all_held()
    for held in waiting:
        yield BlobKey(held.offered.digests.sha256, held.offered.filename), held.offered.digests.sha256
        yield BlobKey(held.offered.digests.sha256, f"{held.offered.filename}.metadata"), held.metadata_sha256
    for filename, digests, metadata, _ in files:
        yield BlobKey(digests.sha256, filename), digests.sha256
        yield BlobKey(digests.sha256, f"{filename}.metadata"), metadata
