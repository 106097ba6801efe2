"""Blobs on disk: whole for every reader from the moment they have a name, and swept after a crash.

Principles: GEN-2.1
"""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.worlds import disk

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Part
from strongroom.storage.blobs.disk import DiskBlobs

pytestmark = pytest.mark.principle("GEN-2.1")

WRITERS = 4
ROUNDS = 60


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return disk(tmp_path)


def part(content: bytes) -> Part:
    return Part(io.BytesIO(content), Sha256.of(content))


def put(blobs: DiskBlobs, content: bytes, leaf: str = "anvil-1.0.tar.gz") -> BlobKey:
    digest = Sha256.of(content)
    blobs.put(digest, {leaf: part(content), f"{leaf}.metadata": part(b"Name: anvil\n")})
    return BlobKey(digest, leaf)


def at_once(tasks: list[Callable[[], object]]) -> list[BaseException]:
    """Run the tasks in threads that start together; return what they raised."""
    gate, raised = threading.Barrier(len(tasks)), list[BaseException]()

    def run(task: Callable[[], object]) -> None:
        gate.wait()
        try:
            task()
        except (OSError, ValueError, KeyError) as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_blob_is_whole_from_the_moment_it_has_its_name(blobs: DiskBlobs) -> None:
    for number in range(ROUNDS):
        content = f"iron {number}".encode()
        assert at_once([lambda content=content: put(blobs, content)] * WRITERS) == []  # type: ignore[misc]


def test_removing_a_blob_leaves_the_folders_that_other_blobs_share(blobs: DiskBlobs) -> None:
    key = put(blobs, b"iron")
    for leaf in (key.leaf, f"{key.leaf}.metadata"):
        blobs.remove(BlobKey(key.digest, leaf))
    folder = (blobs.folder / key.path).parent
    assert not folder.exists()
    assert folder.parent.exists()


def test_the_sweep_takes_what_a_crash_left_before_the_books_named_it(blobs: DiskBlobs) -> None:
    put(blobs, b"iron")
    assert len(list(blobs.incoming.iterdir())) == 1
    assert disk(blobs.folder.parent).sweep(lambda digest: False) == 1
    assert list(blobs.keys()) == []
    assert list(blobs.incoming.iterdir()) == []


def test_the_sweep_leaves_what_the_books_name_though_its_mark_was_left(blobs: DiskBlobs) -> None:
    key = put(blobs, b"iron")
    lost = put(blobs, b"tin")
    assert blobs.sweep(lambda digest: digest == key.digest) == 2
    assert sorted(blobs.keys()) == [key.path, f"{key.path}.metadata"]
    assert list(blobs.incoming.iterdir()) == []
    with pytest.raises(KeyError):
        blobs.open(lost)


def test_the_sweep_touches_nothing_that_was_settled(blobs: DiskBlobs) -> None:
    key = put(blobs, b"iron")
    blobs.settle(key.digest)
    blobs.settle(key.digest)
    assert blobs.sweep(lambda digest: False) == 0
    with blobs.open(key) as content:
        assert content.read() == b"iron"


def test_the_sweep_takes_half_written_pieces_and_a_mark_without_a_blob(blobs: DiskBlobs) -> None:
    (blobs.incoming / "blob-1-abc").write_bytes(b"ir")
    (blobs.incoming / "tmpx1y2z3").write_bytes(b"half an upload")
    (blobs.incoming / f"mark-{Sha256.of(b'never came').hex}").touch()
    assert blobs.sweep(lambda digest: False) == 3
    assert list(blobs.incoming.iterdir()) == []


def test_a_blob_can_be_read_by_a_web_server_and_written_by_nobody_else(blobs: DiskBlobs) -> None:
    key = put(blobs, b"iron")
    assert (blobs.folder / key.path).stat().st_mode & 0o777 == 0o644 & ~umask()


def umask() -> int:
    old = os.umask(0)
    os.umask(old)
    return old
