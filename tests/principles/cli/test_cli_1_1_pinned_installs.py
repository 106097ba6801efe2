"""CLI-1.1: other bytes than the pinned hash are refused, even from an index that lies consistently.

Principles: CLI-1.1
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.desk import Desk, Ran
from tests.live import Live, live
from tests.worlds import Made, wheel

from strongroom.packages.ports import BlobKey, Part
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.pages import DiskPages

pytestmark = [pytest.mark.client, pytest.mark.principle("CLI-1.1")]

IRON = wheel(body="WEIGHT = 150\n")
TIN = wheel(body="WEIGHT = 3\n")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Live]:
    """A repository that published iron."""
    with live(tmp_path / "live") as running:
        running.publish(IRON)
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A developer's desk, with a lock that pins iron."""
    (tmp_path / "desk").mkdir()
    made = Desk(tmp_path / "desk")
    made.file("lock.txt", f"anvil==1.0 --hash=sha256:{digest_of(IRON)}\n")
    return made


def digest_of(made: Made) -> str:
    return made.offered().digests.sha256.hex


def lie(repository: Live) -> None:
    """Do what an intruder can who writes to the disk: give other bytes, and an index that agrees with them."""
    digest = TIN.offered().digests.sha256
    parts = {TIN.filename: Part(io.BytesIO(TIN.content), digest)}
    DiskBlobs(repository.data / "files", repository.data / "incoming").put(digest, parts)
    page = json.dumps(repository.listing("anvil"))
    before, after = BlobKey(IRON.offered().digests.sha256, IRON.filename), BlobKey(digest, TIN.filename)
    forged = json.loads(page.replace(before.path, after.path).replace(digest_of(IRON), digest_of(TIN)))
    for file in forged["files"]:
        # The metadata is the same; its own file is left out of the lie.
        file["core-metadata"] = file["data-dist-info-metadata"] = False
    store = DiskPages(repository.data / "pages")
    store.write("simple/anvil/index.json", json.dumps(forged).encode(), 999)
    store.forget("simple/anvil/index.html")


def install(desk: Desk, repository: Live, *words: str, fails: bool = False) -> Ran:
    to = ["--index-url", repository.simple, "--no-cache-dir", "--target", str(desk.folder / "into"), "--upgrade"]
    return desk.run(sys.executable, "-m", "pip", "install", *to, *words, fails=fails)


def weight(desk: Desk) -> str:
    return (desk.folder / "into/anvil.py").read_text().strip()


def test_a_pinned_install_gets_the_bytes_that_were_pinned(desk: Desk, repository: Live) -> None:
    install(desk, repository, "--require-hashes", "-r", "lock.txt")
    assert weight(desk) == "WEIGHT = 150"


def test_an_index_that_lies_consistently_deceives_who_does_not_pin_and_nobody_who_does(
    desk: Desk, repository: Live
) -> None:
    lie(repository)
    said = install(desk, repository, "--require-hashes", "-r", "lock.txt", fails=True).said
    assert "DO NOT MATCH THE HASHES" in said
    assert not (desk.folder / "into").exists()
    install(desk, repository, "anvil")
    assert weight(desk) == "WEIGHT = 3"


def test_the_lie_does_not_outlive_the_next_change(desk: Desk, repository: Live) -> None:
    lie(repository)
    repository.publish(wheel(version="2.0"))
    install(desk, repository, "--require-hashes", "-r", "lock.txt")
    assert weight(desk) == "WEIGHT = 150"
