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


METADATA = BlobKey(DIGEST, f"{NAME}.metadata")


def concealed(blobs: Blobs) -> list[str]:
    return sorted(blobs.concealed_keys())


def put_concealed(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON), f"{NAME}.metadata": part(b"Name: anvil\n")}, concealed=True)
    blobs.settle(DIGEST)


@pytest.mark.principle("AUTHZ-2.1")
def test_what_was_put_concealed_is_had_through_us_alone(blobs: Blobs) -> None:
    put_concealed(blobs)
    assert concealed(blobs) == sorted(blobs.keys()) == [KEY.path, METADATA.path]
    for key in (KEY, METADATA):
        with pytest.raises(KeyError):
            blobs.open_revealed(key)
    with blobs.open(KEY) as content:
        assert content.read() == IRON


@pytest.mark.principle("AUTHZ-2.1")
def test_one_blob_is_concealed_and_revealed_and_twice_is_as_once(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON), f"{NAME}.metadata": part(b"Name: anvil\n")})
    blobs.settle(DIGEST)
    for _ in range(2):
        blobs.conceal(KEY)
        assert concealed(blobs) == [KEY.path]
    with pytest.raises(KeyError):
        blobs.open_revealed(KEY)
    with blobs.open_revealed(METADATA) as content:
        assert content.read() == b"Name: anvil\n"
    for _ in range(2):
        blobs.reveal(KEY)
        assert concealed(blobs) == []
    with blobs.open_revealed(KEY) as content:
        assert content.read() == IRON
    assert sorted(blobs.keys()) == [KEY.path, METADATA.path]


def test_concealing_what_is_not_there_makes_nothing(blobs: Blobs) -> None:
    blobs.conceal(KEY)
    blobs.reveal(KEY)
    assert [*blobs.keys(), *blobs.concealed_keys()] == []
    with pytest.raises(KeyError):
        blobs.open_revealed(KEY)


@pytest.mark.principle("AUTHZ-2.1")
def test_what_is_concealed_is_removed_like_anything_else(blobs: Blobs) -> None:
    put_concealed(blobs)
    blobs.remove(KEY)
    assert concealed(blobs) == sorted(blobs.keys()) == [METADATA.path]
    with pytest.raises(KeyError):
        blobs.open(KEY)


def test_what_was_put_concealed_and_is_withdrawn_is_gone(blobs: Blobs) -> None:
    blobs.put(DIGEST, {NAME: part(IRON)}, concealed=True)
    blobs.withdraw(DIGEST, [NAME])
    assert [*blobs.keys(), *blobs.concealed_keys()] == []


def test_putting_the_same_bytes_concealed_twice_is_harmless(blobs: Blobs) -> None:
    for _ in range(2):
        put_concealed(blobs)
    assert concealed(blobs) == sorted(blobs.keys()) == [KEY.path, METADATA.path]


def test_other_bytes_under_a_concealed_key_are_refused(blobs: Blobs) -> None:
    put_concealed(blobs)
    with pytest.raises(ValueError, match="other bytes"):
        blobs.put(DIGEST, {NAME: part(b"tin")}, concealed=True)
    with blobs.open(KEY) as content:
        assert content.read() == IRON
