"""Every `Blobs` keeps the promises of `packages/ports.py`.

Principles: GEN-2.1
"""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Blobs, Part

pytestmark = pytest.mark.principle("GEN-2.1")

IRON = b"iron" * 1000
DIGEST = Sha256.of(IRON)
NAME = "anvil-1.0.tar.gz"
KEY = BlobKey(DIGEST, NAME)


def part(content: bytes) -> Part:
    return Part(io.BytesIO(content), Sha256.of(content))


def test_what_was_put_is_there_whole(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON), f"{NAME}.metadata": part(b"Name: anvil\n")})
    blobs.settle(DIGEST)
    with blobs.open(KEY) as content:
        assert content.read() == IRON
    with blobs.open(BlobKey(DIGEST, f"{NAME}.metadata")) as content:
        assert content.read() == b"Name: anvil\n"
    assert sorted(blobs.keys()) == [KEY.path, f"{KEY.path}.metadata"]


def test_putting_the_same_bytes_twice_is_harmless(blobs: Blobs) -> None:
    for _ in range(2):
        blobs.put(DIGEST, {NAME: part(IRON)})
    with blobs.open(KEY) as content:
        assert content.read() == IRON


def test_other_bytes_under_a_key_are_refused_and_change_nothing(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON)})
    with pytest.raises(ValueError, match="other bytes"):
        blobs.put(DIGEST, {NAME: part(b"tin")})
    with blobs.open(KEY) as content:
        assert content.read() == IRON


def test_what_is_not_there_is_a_key_error(blobs: Blobs) -> None:
    with pytest.raises(KeyError):
        blobs.open(KEY)


def test_a_removed_blob_is_gone_and_removing_it_again_is_harmless(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON), "other": part(b"x")})
    blobs.remove(KEY)
    blobs.remove(KEY)
    with pytest.raises(KeyError):
        blobs.open(KEY)
    assert list(blobs.keys()) == [BlobKey(DIGEST, "other").path]


def test_content_can_be_read_from_the_middle(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON)})
    with blobs.open(KEY) as content:
        assert content.seek(0, io.SEEK_END) == len(IRON)
        content.seek(4)
        assert content.read(4) == b"iron"
        content.seek(-2, io.SEEK_END)
        assert content.read() == b"on"


def test_what_is_withdrawn_is_gone_but_not_under_another_upload_of_the_same_bytes(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON)})
    blobs.put(DIGEST, {NAME: part(IRON)})
    blobs.withdraw(DIGEST, [NAME])
    assert list(blobs.keys()) == [KEY.path]
    blobs.withdraw(DIGEST, [NAME])
    assert list(blobs.keys()) == []


def test_many_writers_of_the_same_bytes_leave_them_once_and_whole(blobs: Blobs) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: blobs.put(DIGEST, {NAME: part(IRON)}), range(24)))
    assert list(blobs.keys()) == [KEY.path]
    with blobs.open(KEY) as content:
        assert content.read() == IRON
