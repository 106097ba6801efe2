"""Blobs in memory, for tests and trials.

Principles: GEN-2.1
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Part
from strongroom.storage.blobs.pending import Pending


class MemoryBlobs:
    """The `Blobs` in a dictionary; gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._concealed: set[str] = set()
        self._pending = Pending()

    def put(self, digest: Sha256, parts: Mapping[str, Part], *, concealed: bool = False) -> None:
        """Keep a file and what belongs to it, or find them there already. ValueError when other bytes lie there."""
        self._pending.begin(digest)
        for leaf, part in parts.items():
            path = BlobKey(digest, leaf).path
            if concealed and path not in self._kept:
                self._concealed.add(path)
            kept = self._kept.setdefault(path, part.content.read())
            if Sha256.of(kept) != part.sha256:
                raise ValueError(f"other bytes lie under {path}")

    def settle(self, digest: Sha256) -> None:
        """Say that the books now name the blobs of this file."""
        self._pending.end(digest, lambda: None)

    def withdraw(self, digest: Sha256, leaves: Iterable[str]) -> None:
        """Take back what was put, since the books do not name it; no effect while another upload of it is under way."""

        def take_back() -> None:
            for leaf in leaves:
                self.remove(BlobKey(digest, leaf))

        self._pending.end(digest, take_back)

    def open(self, key: BlobKey) -> BinaryIO:
        """Return the content, open for reading; KeyError when there is none."""
        return io.BytesIO(self._kept[key.path])

    def open_revealed(self, key: BlobKey) -> BinaryIO:
        """Return content that anybody may have, open for reading; KeyError when there is none."""
        if key.path in self._concealed:
            raise KeyError(key.path)
        return self.open(key)

    def conceal(self, key: BlobKey) -> None:
        """Let nobody have the content but through us; no effect when it is so, or when there is none."""
        if key.path in self._kept:
            self._concealed.add(key.path)

    def reveal(self, key: BlobKey) -> None:
        """Let anybody have the content; no effect when it is so, or when there is none."""
        self._concealed.discard(key.path)

    def concealed_keys(self) -> Iterator[str]:
        """Yield the path of every blob that is concealed."""
        yield from sorted(self._concealed)

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""
        self._kept.pop(key.path, None)
        self._concealed.discard(key.path)

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        yield from list(self._kept)
