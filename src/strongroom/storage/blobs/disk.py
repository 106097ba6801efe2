"""Blobs in a folder: written beside, fsynced, linked into place once, never changed.

The path of a blob is the path of its address, so that a web server can serve the folder as it is. While an upload is
under way a mark lies in `incoming/`; after a crash whoever serves next takes away what was marked and never entered in
the books (`sweep`).

Principles: GEN-2.1
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey

_CHUNK_BYTES: Final = 1024 * 1024


class DiskBlobs:
    """The `Blobs` under one folder; `incoming` must be on the same file system."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        self.folder: Final = folder
        self.incoming: Final = incoming
        for needed in (folder, incoming):
            needed.mkdir(parents=True, exist_ok=True)

    def put(self, key: BlobKey, content: BinaryIO, sha256: Sha256) -> None:
        """Keep the content durably, or find it there already. ValueError when other bytes lie under the key."""
        target = self.folder / key.path
        if target.exists():
            with target.open("rb") as there:
                if hashlib.file_digest(there, "sha256").hexdigest() != sha256.hex:
                    raise ValueError(f"other bytes lie under {key.path}")
            return
        self._mark(key.digest).touch()
        beside = self.incoming / f"blob-{os.getpid()}-{key.digest.hex[:16]}-{os.urandom(8).hex()}"
        try:
            with beside.open("xb") as out:
                shutil.copyfileobj(content, out, _CHUNK_BYTES)
                out.flush()
                os.fsync(out.fileno())
            beside.chmod(0o644)
            self._place(beside, target)
        finally:
            beside.unlink(missing_ok=True)

    def settle(self, digest: Sha256) -> None:
        """Say that the books now name the blobs of this file, so that no clean-up after a crash may take them."""
        self._mark(digest).unlink(missing_ok=True)

    def open(self, key: BlobKey) -> BinaryIO:
        """Return the content, open for reading; KeyError when there is none."""
        try:
            return (self.folder / key.path).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise KeyError(key.path) from None

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""
        target = self.folder / key.path
        target.unlink(missing_ok=True)
        for parent in list(target.parents)[:3]:
            with suppress(OSError):  # another file still lies there
                parent.rmdir()

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix()

    def sweep(self, is_named: Callable[[Sha256], bool]) -> int:
        """Take away what uploads left behind that a crash cut off; return how many things that were.

        `is_named` says whether the books name a file with this digest. Only for whoever holds the folder alone.
        """
        swept = 0
        for left in list(self.incoming.iterdir()):
            if left.name.startswith("mark-"):
                digest = Sha256.parse(left.name.removeprefix("mark-"))
                folder = (self.folder / BlobKey(digest, "x").path).parent
                if folder.exists() and not is_named(digest):
                    for orphan in list(folder.iterdir()):
                        self.remove(BlobKey(digest, orphan.name))
            left.unlink()
            swept += 1
        return swept

    def _mark(self, digest: Sha256) -> Path:
        return self.incoming / f"mark-{digest.hex}"

    def _place(self, beside: Path, target: Path) -> None:
        made = [target.parent, *(p for p in list(target.parents)[1:3] if not p.exists())]
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # somebody placed the same bytes at the same moment: the key is their digest
            os.link(beside, target)
        for folder in [*made, self.folder]:
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the files under them."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
