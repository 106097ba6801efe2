"""Rendered pages on disk: whole, dated by their serial, in an epoch of their own, and changed by one at a time.

Principles: GEN-2.1
"""

import gzip
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from strongroom.storage.pages import DiskPages

PATH = "simple/anvil/index.html"


@pytest.fixture
def pages(tmp_path: Path) -> DiskPages:
    made = DiskPages(tmp_path / "pages")
    made.begin_epoch(("boot 1",))
    return made


def tag(pages: DiskPages, path: str = PATH) -> tuple[int, int]:
    """Return what nginx makes an entity tag of: time of change and size."""
    found = (pages.current / path).stat()
    return int(found.st_mtime), found.st_size


def test_a_page_and_its_compressed_twins_say_the_same(pages: DiskPages) -> None:
    pages.write(PATH, b"iron " * 100, 1)
    page = pages.current / PATH
    assert page.read_bytes() == b"iron " * 100
    assert gzip.decompress(page.with_name("index.html.gz").read_bytes()) == b"iron " * 100
    assert zstandard.decompress(page.with_name("index.html.zst").read_bytes()) == b"iron " * 100
    assert pages.has(PATH)


def test_two_pages_of_one_second_and_one_size_do_not_share_an_entity_tag(pages: DiskPages) -> None:
    seen = set()
    for serial in range(1, 50):
        pages.write(PATH, b"%08d" % serial, serial)
        seen.add(tag(pages))
    assert len(seen) == 49


def test_the_twins_are_told_apart_by_serial_too(pages: DiskPages) -> None:
    for coding in ("gz", "zst"):
        pages.write(PATH, b"iron", 1)
        before = tag(pages, f"{PATH}.{coding}")
        pages.write(PATH, b"lead", 2)
        assert tag(pages, f"{PATH}.{coding}") != before


def test_the_same_page_made_twice_keeps_its_entity_tag(pages: DiskPages) -> None:
    pages.write(PATH, b"iron", 7)
    before = tag(pages)
    pages.forget(PATH)
    pages.write(PATH, b"iron", 7)
    assert tag(pages) == before


def test_forgetting_takes_a_page_with_its_twins_or_a_whole_folder(pages: DiskPages) -> None:
    pages.write(PATH, b"iron", 1)
    pages.write("simple/anvil/index.json", b"{}", 1)
    pages.write("simple/index.html", b"all", 1)
    pages.forget(PATH)
    assert sorted(path.name for path in (pages.current / "simple/anvil").iterdir()) == [
        "index.json",
        "index.json.gz",
        "index.json.zst",
    ]
    pages.forget("simple/anvil/")
    assert not pages.has("simple/anvil/index.json")
    assert pages.has("simple/index.html")
    pages.forget("simple/anvil/")
    pages.forget(PATH)


def test_a_new_epoch_begins_empty_and_the_old_one_is_swept(pages: DiskPages, tmp_path: Path) -> None:
    pages.write(PATH, b"iron", 1)
    before = tag(pages)
    pages.begin_epoch(("boot 2",))
    assert not pages.has(PATH)
    pages.end_past_epochs()
    assert len(list((tmp_path / "pages").glob("epoch-*"))) == 1
    pages.write(PATH, b"iron", 1)
    assert tag(pages) != before


def test_the_same_epoch_begun_again_keeps_its_pages(pages: DiskPages, tmp_path: Path) -> None:
    pages.write(PATH, b"iron", 1)
    again = DiskPages(tmp_path / "pages")
    again.begin_epoch(("boot 1",))
    again.sweep()
    assert again.has(PATH)


def test_an_epoch_that_comes_back_brings_no_old_page_with_it(pages: DiskPages) -> None:
    pages.write(PATH, b"of serial 1", 1)
    pages.begin_epoch(("another address",))
    pages.begin_epoch(("boot 1",))
    assert not pages.has(PATH)


def test_two_folders_never_share_an_epoch_so_a_restored_repository_has_new_entity_tags(tmp_path: Path) -> None:
    tags = []
    for folder in ("before", "after"):
        pages = DiskPages(tmp_path / folder)
        pages.begin_epoch(("boot 1",))
        pages.write(PATH, b"sha256=" + folder.encode().ljust(6), 52)
        tags.append(tag(pages))
    assert tags[0] != tags[1]


def test_a_store_that_is_begun_anew_holds_nothing_and_is_of_another_epoch(pages: DiskPages) -> None:
    pages.write(PATH, b"iron", 1)
    before = tag(pages)
    pages.clear()
    pages.write(PATH, b"nobody serves from here", 1)
    pages.begin_epoch(("boot 1",))
    assert not pages.has(PATH)
    pages.write(PATH, b"iron", 1)
    assert tag(pages) != before


def test_before_the_first_epoch_nothing_is_kept_and_nothing_breaks(tmp_path: Path) -> None:
    pages = DiskPages(tmp_path / "pages")
    pages.write(PATH, b"iron", 1)
    pages.forget(PATH)
    pages.forget("simple/anvil/")
    assert not pages.has(PATH)


def test_a_sweep_in_the_middle_of_a_write_leaves_the_page_away_and_breaks_nobody(pages: DiskPages) -> None:
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            pages.sweep()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for serial in range(1, 300):
            pages.write(PATH, b"%d" % serial, serial)
            page = pages.current / PATH
            assert not page.exists() or page.read_bytes() == b"%d" % serial
    finally:
        stop.set()
        sweeper.join()


def test_turns_are_taken_one_at_a_time_by_threads(pages: DiskPages) -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with pages.turn("anvil"):
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert most == 1


def test_a_turn_is_kept_from_other_processes_until_its_holder_ends(pages: DiskPages, tmp_path: Path) -> None:
    holder = (
        "import sys; from pathlib import Path; from strongroom.storage.pages import DiskPages\n"
        "with DiskPages(Path(sys.argv[1])).turn('anvil'):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, str(tmp_path / "pages")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    taken = threading.Event()

    def take() -> None:
        with pages.turn("anvil"):
            taken.set()

    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    waiting = threading.Thread(target=take)
    waiting.start()
    assert not taken.wait(0.3)
    process.kill()
    assert taken.wait(10)
    waiting.join()
    process.communicate()


def test_a_page_is_never_seen_half_written(pages: DiskPages) -> None:
    whole = {b"a" * 200_000, b"b" * 200_000}
    seen = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add((pages.current / PATH).read_bytes())
            except FileNotFoundError:
                continue

    reader = threading.Thread(target=read)
    reader.start()
    for serial in range(60):
        pages.write(PATH, sorted(whole)[serial % 2], serial)
    stop.set()
    reader.join()
    assert seen <= whole
