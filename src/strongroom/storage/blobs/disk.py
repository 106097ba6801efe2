"""Blobs in a folder: written beside, fsynced, linked into place once, never changed.

The path of a blob is the path of its address, so that a web server can serve the folder as it is. While an upload is
under way a mark lies in `incoming/`; after a crash whoever serves next takes away what was marked and never entered in
the books (`sweep`).

Principles: GEN-2.1
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Part
from strongroom.storage.blobs.pending import Pending

_CHUNK_BYTES: Final = 1024 * 1024


class DiskBlobs:
    """The `Blobs` under one folder; `incoming` must be on the same file system."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        self.folder: Final = folder
        self.incoming: Final = incoming
        self._pending: Final = Pending()
        for needed in (folder, incoming):
            needed.mkdir(parents=True, exist_ok=True)

    def put(self, digest: Sha256, parts: Mapping[str, Part]) -> None:
        """Keep a file and what belongs to it, or find them there already; all durable when this returns.

        ValueError when other bytes lie under one of the keys.
        """
        self._pending.begin(digest)
        folder = f"{self.folder}/{BlobKey(digest, '').path}"
        made = _make_folders(folder, str(self.folder))
        Path(self._mark(digest)).touch()
        placed = [self._place(folder + leaf, part) for leaf, part in parts.items()]
        # Everything is in its place; now it is made to last, folders too. The first sync does most of the work of all.
        for path in [*placed, folder, *made]:
            _sync(path)

    def settle(self, digest: Sha256) -> None:
        """Say that the books now name the blobs of this file, so that no clean-up after a crash may take them."""
        self._pending.end(digest, lambda: self._unmark(digest))

    def withdraw(self, digest: Sha256, leaves: Iterable[str]) -> None:
        """Take back what was put, since the books do not name it; no effect while another upload of it is under way."""

        def take_back() -> None:
            for leaf in leaves:
                self.remove(BlobKey(digest, leaf))
            self._unmark(digest)

        self._pending.end(digest, take_back)

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
        # Its own folder only: the folders above are shared, and somebody may be about to make another in them.
        with suppress(OSError):  # another file still lies there
            target.parent.rmdir()

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

    def _unmark(self, digest: Sha256) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._mark(digest))  # noqa: PTH108 (each microsecond here is paid by every upload)

    def _mark(self, digest: Sha256) -> str:
        return f"{self.incoming}/mark-{digest.hex}"

    def _place(self, target: str, part: Part) -> str:
        beside = f"{self.incoming}/blob-{os.getpid()}-{os.urandom(12).hex()}"
        with open(beside, "xb", opener=_readable_by_all) as out:
            try:
                shutil.copyfileobj(part.content, out, _CHUNK_BYTES)
                out.flush()  # whole before it has its name: another writer of the same bytes may read it at once
                os.link(beside, target)
            except FileExistsError:
                with open(target, "rb") as there:  # noqa: PTH123
                    if hashlib.file_digest(there, "sha256").hexdigest() != part.sha256.hex:
                        raise ValueError(f"other bytes lie under {target}") from None
            finally:
                os.unlink(beside)  # noqa: PTH108
        return target


def _readable_by_all(path: str, flags: int) -> int:
    return os.open(path, flags, 0o644)  # so that a web server may serve the folder


def _make_folders(folder: str, top: str) -> list[str]:
    """Make the folder and what is above it, below `top`; return the folders in which a name is new."""
    changed = []
    at = folder.rstrip("/")
    while at != top and not os.path.isdir(at):  # noqa: PTH112
        at = os.path.dirname(at)  # noqa: PTH120
        changed.append(at)
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return changed


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
