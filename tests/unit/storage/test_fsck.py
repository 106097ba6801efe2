"""The check finds what is missing, damaged or named by no book, and says nothing of what came or went meanwhile.

Principles: GEN-2.1
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.worlds import FORMAT, Made, World, wheel

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Part
from strongroom.packages.removal import remove_file
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.fsck import fsck, prune

pytestmark = pytest.mark.principle("GEN-2.1")

MADE = wheel()
KEY = BlobKey(MADE.offered().digests.sha256, MADE.filename)
METADATA = BlobKey(KEY.digest, f"{MADE.filename}.metadata")


@pytest.fixture(autouse=True)
def published(world: World) -> None:
    world.publish(world.token()[1], MADE)


def place(world: World, key: BlobKey) -> Path:
    assert isinstance(world.blobs, DiskBlobs)
    return world.blobs.folder / key.path


def test_a_whole_repository_is_clean(world: World) -> None:
    found = fsck(world.vault, world.blobs)
    assert found.is_clean
    assert (found.files, found.missing, found.damaged, found.unnamed) == (1, [], [], [])


def test_a_missing_file_is_found(world: World) -> None:
    world.blobs.remove(KEY)
    found = fsck(world.vault, world.blobs)
    assert not found.is_clean
    assert found.missing == [KEY.path]


@pytest.mark.parametrize("key", [KEY, METADATA], ids=["file", "metadata"])
def test_one_bit_that_fell_over_is_found(world: World, key: BlobKey) -> None:
    content = bytearray(place(world, key).read_bytes())
    content[len(content) // 2] ^= 1
    place(world, key).write_bytes(content)
    found = fsck(world.vault, world.blobs)
    assert not found.is_clean
    assert found.damaged == [key.path]


def test_a_blob_that_no_book_names_is_found_and_pruned_and_nothing_else_is(world: World) -> None:
    stray = b"left by an upload that was cut off"
    digest = Sha256.of(stray)
    world.blobs.put(digest, {"stray-1.0.tar.gz": Part(io.BytesIO(stray), digest)})
    found = fsck(world.vault, world.blobs)
    assert found.is_clean
    assert found.unnamed == [BlobKey(digest, "stray-1.0.tar.gz").path]
    prune(world.blobs, found)
    assert sorted(world.blobs.keys()) == [KEY.path, METADATA.path]
    assert fsck(world.vault, world.blobs).unnamed == []


def test_a_file_that_somebody_else_put_there_is_told_and_left(world: World) -> None:
    assert isinstance(world.blobs, DiskBlobs)
    foreign = world.blobs.folder / "lost+found"
    foreign.write_bytes(b"")
    found = fsck(world.vault, world.blobs)
    assert found.unnamed == ["lost+found"]
    prune(world.blobs, found)
    assert foreign.exists()


class Meanwhile:
    """The `Blobs` of a world in which something happens while the first blob is being read."""

    def __init__(self, world: World, made: Made, *, removed: bool) -> None:
        self._world, self._made, self._removed = world, made, removed

    def open(self, key: BlobKey) -> BinaryIO:
        """Do it once, then open."""
        made, self._made = self._made, MADE
        if made is not MADE and self._removed:
            remove_file(self._world.cellar, FORMAT, "ada", made.filename)
        elif made is not MADE:
            self._world.publish(self._world.token()[1], made)
        return self._world.blobs.open(key)

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        return self._world.blobs.keys()

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.blobs, name)


def test_a_file_that_is_published_meanwhile_is_not_called_unnamed(world: World) -> None:
    found = fsck(world.vault, Meanwhile(world, wheel(version="2.0"), removed=False))  # type: ignore[arg-type]
    assert found.is_clean
    assert found.unnamed == []


def test_a_file_that_is_removed_meanwhile_is_not_called_missing(world: World) -> None:
    world.publish(world.token()[1], wheel(version="2.0"))
    found = fsck(world.vault, Meanwhile(world, wheel(version="2.0"), removed=True))  # type: ignore[arg-type]
    assert found.missing == []
    assert found.is_clean
