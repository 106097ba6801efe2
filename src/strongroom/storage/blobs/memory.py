"""Blobs in memory, for tests and trials.

Principles: GEN-2.1
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey


class MemoryBlobs:
    """The `Blobs` in a dictionary; gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, key: BlobKey, content: BinaryIO, sha256: Sha256) -> None:
        """Keep the content, or find it there already. ValueError when other bytes lie under the key."""
        kept = self._kept.get(key.path)
        if kept is None:
            self._kept[key.path] = content.read()
        elif Sha256.of(kept) != sha256:
            raise ValueError(f"other bytes lie under {key.path}")

    def settle(self, digest: Sha256) -> None:
        """Do nothing: there is no crash that memory survives."""

    def open(self, key: BlobKey) -> BinaryIO:
        """Return the content, open for reading; KeyError when there is none."""
        return io.BytesIO(self._kept[key.path])

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""
        self._kept.pop(key.path, None)

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        yield from list(self._kept)
