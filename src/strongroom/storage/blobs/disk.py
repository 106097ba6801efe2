"""Blobs in a folder: written beside, fsynced, linked into place once, never changed.

The path of a blob is the path of its address, so that a web server can serve the folder as it is. What is concealed
lies in another folder, that no web server is shown. While an upload is
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
    """The `Blobs` under one folder; `incoming` and `concealed` beside it must be on the same file system."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        self.folder: Final = folder
        self.incoming: Final = incoming
        self.hidden: Final = folder.parent / "concealed"
        self._pending: Final = Pending()
        for needed in (folder, incoming):
            needed.mkdir(parents=True, exist_ok=True)
        self.hidden.mkdir(exist_ok=True, mode=0o700)

    def put(self, digest: Sha256, parts: Mapping[str, Part], *, concealed: bool = False) -> None:
        """Keep a file and what belongs to it, or find them there already; all durable when this returns.

        ValueError when other bytes lie under one of the keys.
        """
        self._pending.begin(digest)
        top = str(self.hidden if concealed else self.folder)
        folder = f"{top}/{BlobKey(digest, '').path}"
        made = _make_folders(folder, top)
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
        # It may be on its way from one folder to the other: what is in neither is looked for once more.
        for top in (self.folder, self.hidden, self.folder):
            with suppress(FileNotFoundError, NotADirectoryError):
                return (top / key.path).open("rb")
        raise KeyError(key.path)

    def open_revealed(self, key: BlobKey) -> BinaryIO:
        """Return content that anybody may have, open for reading; KeyError when there is none."""
        try:
            return (self.folder / key.path).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise KeyError(key.path) from None

    def conceal(self, key: BlobKey) -> None:
        """Let nobody have the content but through us; no effect when it is so, or when there is none."""
        _move(key.path, self.folder, self.hidden)

    def reveal(self, key: BlobKey) -> None:
        """Let anybody have the content; no effect when it is so, or when there is none."""
        _move(key.path, self.hidden, self.folder)

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""
        for top in (self.folder, self.hidden):
            target = top / key.path
            target.unlink(missing_ok=True)
            # Its own folder only: the folders above are shared, and somebody may be about to make another in them.
            with suppress(OSError):  # another file still lies there
                target.parent.rmdir()

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        yield from _paths(self.folder)
        yield from self.concealed_keys()

    def concealed_keys(self) -> Iterator[str]:
        """Yield the path of every blob that is concealed."""
        return _paths(self.hidden)

    def sweep(self, is_named: Callable[[Sha256], bool]) -> int:
        """Take away what uploads left behind that a crash cut off; return how many things that were.

        `is_named` says whether the books name a file with this digest. Only for whoever holds the folder alone.
        """
        swept = 0
        for left in list(self.incoming.iterdir()):
            if left.name.startswith("mark-"):
                digest = Sha256.parse(left.name.removeprefix("mark-"))
                folders = [(top / BlobKey(digest, "x").path).parent for top in (self.folder, self.hidden)]
                there = [orphan.name for folder in folders if folder.exists() for orphan in folder.iterdir()]
                for leaf in there if not is_named(digest) else ():
                    self.remove(BlobKey(digest, leaf))
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


def _paths(top: Path) -> Iterator[str]:
    for path in top.rglob("*"):
        if path.is_file():
            yield path.relative_to(top).as_posix()


def _move(path: str, source: Path, target: Path) -> None:
    if not (source / path).exists():
        return
    made = _make_folders(str((target / path).parent), str(target))
    (source / path).replace(target / path)
    for changed in (str((target / path).parent), str((source / path).parent), *made):
        _sync(changed)
    with suppress(OSError):  # another file still lies there
        (source / path).parent.rmdir()


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
