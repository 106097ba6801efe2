"""Rendered pages on disk, each beside its gzip and Zstandard twins, where a web server can serve them as they are.

A page is written beside and renamed into place. Its time of change says not when it was written but of which serial it
was made, counted from a number of its epoch: web servers make an entity tag of that time and of the size, and two pages
written in one second must not share a tag. Pages live under an *epoch*: a new one begins when the machine was started
anew (what a power cut left of files that were not synced is not trusted) or the program renders otherwise.

Principles: GEN-2.1
"""

import fcntl
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import zstandard

#: What is appended to a page's path, and the name of that coding in HTTP.
CODINGS: Final = {"gz": "gzip", "zst": "zstd"}
_LOCKS: Final = 256
#: Twice this many seconds are below 2**31, the last second that every file system can keep.
_MOST_SERIALS: Final = 1_000_000_000


class DiskPages:
    """The `PageStore` under `folder`, in the epoch that `current` points to."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._locks: Final = folder / "locks"
        self.current: Final = folder / "current"
        self._locks.mkdir(parents=True, exist_ok=True)
        (folder / "beside").mkdir(exist_ok=True)

    def begin_epoch(self, facts: tuple[str, ...]) -> None:
        """Use the epoch that these facts name: the machine's start, the renderer's version, the address of the site."""
        facts = (self._seed(), *facts)
        epoch = self._folder / f"epoch-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"
        if not self.current.is_symlink() or self.current.readlink().name != epoch.name:
            # What lies there is of an earlier time, and nobody has kept it true since.
            shutil.rmtree(epoch, ignore_errors=True)
            epoch.mkdir()
            beside = self._folder / f"beside/current-{os.getpid()}"
            beside.unlink(missing_ok=True)
            beside.symlink_to(epoch.name)
            beside.rename(self.current)

    def clear(self) -> None:
        """Take every page away, and be of another epoch from now on. Only while nobody serves."""
        self.current.unlink(missing_ok=True)
        (self._folder / "seed").unlink(missing_ok=True)
        for epoch in self._folder.glob("epoch-*"):
            shutil.rmtree(epoch)

    def sweep(self) -> None:
        """Take away what crashed writers left. Only for whoever serves from the folder, before it does."""
        for left in (self._folder / "beside").iterdir():
            left.unlink(missing_ok=True)

    def end_past_epochs(self) -> None:
        """Take away the pages of every epoch but the current one; there may be a million of them."""
        keep = self.current.readlink().name
        for epoch in self._folder.glob("epoch-*"):
            if epoch.name != keep:
                shutil.rmtree(epoch, ignore_errors=True)

    @contextmanager
    def turn(self, topic: str) -> Iterator[None]:
        """Wait for the turn to change the pages of one topic, among all processes and threads."""
        lock = self._locks / str(zlib.crc32(topic.encode()) % _LOCKS)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def write(self, path: str, body: bytes, serial: int) -> None:
        """Put the page made at `serial` in place at once, whole, for every reader; compress it."""
        try:
            epoch = self.current.readlink().name
        except FileNotFoundError:
            return  # nobody has served from here yet: whoever does will make the page
        target = f"{self._folder}/{epoch}/{path}"
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        seconds = _first_second(epoch) + serial % _MOST_SERIALS
        packer = zlib.compressobj(6, wbits=31)
        self._put(f"{target}.gz", packer.compress(body) + packer.flush(), seconds)
        self._put(f"{target}.zst", zstandard.compress(body, 3), seconds)
        self._put(target, body, seconds)

    def serial_at(self, seconds: int) -> int:
        """Return of which serial a page in use was made, by the time of change of its file."""
        return seconds - _first_second(self.current.readlink().name)

    def forget(self, path: str) -> None:
        """Take the page away, or every page under a path that ends in a slash."""
        target = f"{self.current}/{path}"
        if path.endswith("/"):
            if os.path.isdir(target):  # noqa: PTH112 (mostly nobody asked for these pages, and there is nothing)
                shutil.rmtree(target, ignore_errors=True)
            return
        for suffix in ("", *(f".{coding}" for coding in CODINGS)):
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(target + suffix)  # noqa: PTH108

    def has(self, path: str) -> bool:
        """Report whether the page is there."""
        return (self.current / path).exists()

    def _put(self, target: str, body: bytes, seconds: int) -> None:
        beside = f"{self._folder}/beside/{os.getpid()}-{os.urandom(8).hex()}"
        with open(beside, "xb") as out:  # noqa: PTH123
            out.write(body)
            out.flush()
            os.utime(out.fileno(), (seconds, seconds))
        # Taken away first: to rename over a file makes some file systems flush it to the disk. Whoever comes in between
        # finds nothing, and has the page made.
        with suppress(FileNotFoundError):
            os.unlink(target)  # noqa: PTH108
        with suppress(FileNotFoundError):  # who begins to serve now has swept it away: the same
            os.rename(beside, target)  # noqa: PTH104

    def _seed(self) -> str:
        """Return what tells these pages from those of any other folder: a serial may come again after a restore."""
        path = self._folder / "seed"
        with suppress(FileExistsError), path.open("x") as new:
            new.write(os.urandom(8).hex())
        return path.read_text()


def _first_second(epoch: str) -> int:
    """Return the number from which an epoch counts its serials."""
    return int(epoch.removeprefix("epoch-"), 16) % _MOST_SERIALS
