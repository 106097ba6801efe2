"""A backup is one moment of the repository, whole or refused, and becomes a repository again on any stores.

Principles: GEN-2.1, GEN-3.2
"""

import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from tests.postgres import database
from tests.s3 import S3
from tests.worlds import ADA, ANVIL, FORMAT, World, disk, wheel, workshop

from strongroom.packages.ports import BlobKey, Blobs
from strongroom.packages.removal import remove_file
from strongroom.packages.yanking import yank_release
from strongroom.storage.backup import backup, restore
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.blobs.s3 import S3Blobs
from strongroom.storage.fsck import fsck
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import HEAD
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

pytestmark = pytest.mark.principle("GEN-2.1")

Rows = dict[str, list[tuple[object, ...]]]
Edit = Callable[[list[tuple[tarfile.TarInfo, bytes]]], object]


@dataclass
class Places:
    """Makes empty repositories on the stores that are asked for."""

    request: pytest.FixtureRequest
    folder: Path
    stack: ExitStack

    def empty(self, kind: str, store: str = "disk") -> World:
        """Return a repository that nobody has used: `kind` of database, `store` of blobs."""
        folder = self.folder / uuid4().hex
        folder.mkdir()
        if kind == "sqlite":
            url = sqlite_url(folder / "books.db")
        else:
            server = self.request.getfixturevalue("postgres")
            url = self.stack.enter_context(database(server, f"backup_{uuid4().hex}"))
        vault = SqlVault(open_engine(url))
        self.stack.callback(vault.close)
        blobs: Blobs = disk(folder)
        if store == "s3":
            s3: S3 = self.request.getfixturevalue("s3")
            blobs = S3Blobs(s3.open(s3.bucket()))
        pages = DiskPages(folder / "pages")
        pages.begin_epoch(("test",))
        return World(vault, blobs, pages)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of a repository in which things happened."""
    world = lived(workshop(tmp_path_factory.mktemp("lived"), MemoryBlobs()))
    copy = copied(world).getvalue()
    world.vault.close()
    return copy


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    with ExitStack() as stack:
        yield Places(request, tmp_path, stack)


def lived(world: World) -> World:
    """Let things happen in a world."""
    _, token = world.token()
    for version in ("1.0", "1.1", "2.0"):
        world.publish(token, wheel(version=version))
    remove_file(world.cellar, FORMAT, "ada", wheel(version="1.0").filename)
    yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.1", "crâcked")
    return world


def rows(engine: Engine) -> Rows:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }


def copied(world: World) -> io.BytesIO:
    out = io.BytesIO()
    backup(world.vault.engine, world.blobs, out)
    out.seek(0)
    return out


def bring_back(world: World, source: io.BytesIO) -> dict[str, int]:
    return restore(world.vault.engine, world.blobs, source)


def is_untouched(world: World) -> bool:
    """Report whether nothing at all was kept."""
    kept = rows(world.vault.engine)
    return not any(kept[name] for name in kept if name != "counter") and not list(world.blobs.keys())


@pytest.mark.parametrize(("kind", "store"), [("sqlite", "disk"), ("postgresql", "disk"), ("sqlite", "s3")])
def test_a_repository_comes_back_on_other_stores_as_it_was_and_goes_on(
    world: World, places: Places, kind: str, store: str
) -> None:
    before = lived(world)
    after = places.empty(kind, store)
    counts = bring_back(after, copied(before))
    assert counts["file"] == 3
    assert counts["blobs"] == 4
    assert rows(after.vault.engine) == rows(before.vault.engine)
    assert sorted(after.blobs.keys()) == sorted(before.blobs.keys())
    assert fsck(after.vault, after.blobs).is_clean
    go_on(after)


def test_a_repository_on_postgresql_comes_back_on_sqlite(world: World, places: Places) -> None:
    middle, after = places.empty("postgresql"), places.empty("sqlite")
    bring_back(middle, copied(lived(world)))
    go_on(middle)
    bring_back(after, copied(middle))
    assert rows(after.vault.engine) == rows(middle.vault.engine)
    assert fsck(after.vault, after.blobs).is_clean


def go_on(world: World) -> None:
    """Publish into a restored repository: numbers of rows and serials go on where they were."""
    with world.vault.reading() as books:
        token, newest = books.tokens.tokens_of(ADA)[0], books.events.newest()
    assert world.publish(token, wheel(version="3.0")).is_new
    assert world.publish(token, wheel("hammer")).is_new
    with world.vault.reading() as books:
        assert [event.serial for event in books.events.after(0, 1000)] == list(range(1, books.events.newest() + 1))
        assert books.events.newest() > newest
    page = json.loads(world.read("simple/anvil/index.json") or "{}")
    assert page["versions"] == ["1.1", "2.0", "3.0"]
    assert "hammer" in world.index.make_root()["simple/index.html"].decode()


def test_marks_are_settled_so_that_no_sweep_takes_what_was_restored(world: World, places: Places) -> None:
    after = places.empty("sqlite")
    bring_back(after, copied(lived(world)))
    incoming = after.blobs.incoming  # type: ignore[attr-defined]
    assert list(incoming.iterdir()) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_while_people_publish_is_a_moment_that_was(world: World, places: Places, kind: str) -> None:
    there = places.empty(kind)
    bring_back(there, copied(lived(world)))
    busy = World(there.vault, there.blobs, there.store, world.clock, world.chance)
    _, token = busy.token()
    stop, published = threading.Event(), busy.filenames()

    def publish() -> None:
        number = 0
        while not stop.is_set():
            made = wheel(version=f"3.{number}")
            busy.publish(token, made)
            published.append(made.filename)
            number += 1

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        while len(published) < 4:
            stop.wait(0.01)
        copies = [copied(busy) for _ in range(3)]
    finally:
        stop.set()
        publisher.join()
    for copy in copies:
        after = places.empty("sqlite")
        bring_back(after, copy)
        with after.vault.reading() as books:
            events = books.events.after(0, 10_000)
            newest = books.events.newest()
        assert [event.serial for event in events] == list(range(1, newest + 1))
        names = after.filenames()
        assert names == published[: len(names)]
        assert fsck(after.vault, after.blobs).is_clean
        assert fsck(after.vault, after.blobs).unnamed == []


def test_a_repository_that_holds_anything_is_not_restored_into(world: World, places: Places) -> None:
    copy = copied(lived(world))
    there = places.empty("sqlite")
    bring_back(there, io.BytesIO(copy.getvalue()))
    before = rows(there.vault.engine)
    with pytest.raises(ValueError, match="not empty"):
        bring_back(there, copy)
    assert rows(there.vault.engine) == before
    assert fsck(there.vault, there.blobs).is_clean


def test_a_backup_cut_short_anywhere_is_refused_and_leaves_nothing(whole: bytes, places: Places) -> None:
    there = places.empty("sqlite")
    end = len(whole.rstrip(b"\0"))
    for length in [0, 1, 511, 512, 513, *range(1024, end, end // 25), end - 600]:
        with pytest.raises(ValueError, match="backup"):
            bring_back(there, io.BytesIO(whole[:length]))
        assert is_untouched(there), length
    bring_back(there, io.BytesIO(whole))
    assert fsck(there.vault, there.blobs).is_clean


def forged(copy: bytes, edit: Edit) -> io.BytesIO:
    """Return the backup with its members changed by `edit`."""
    members = []
    with tarfile.open(fileobj=io.BytesIO(copy)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            members.append((member, content.read()))
    edit(members)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, body in members:
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    out.seek(0)
    return out


def place(members: list[tuple[tarfile.TarInfo, bytes]], name: str) -> int:
    return next(number for number, (member, _) in enumerate(members) if member.name.startswith(name))


def replace(name: str, old: bytes, new: bytes) -> Edit:
    def edit(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        at = place(members, name)
        assert old in members[at][1]
        members[at] = (members[at][0], members[at][1].replace(old, new, 1))

    return edit


def renamed(name: str, to: str) -> Edit:
    def edit(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[place(members, name)][0].name = to

    return edit


def linked(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    member = members[place(members, "files/")][0]
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"


def added(name: str) -> Edit:
    return lambda members: members.append((tarfile.TarInfo(name), b"x"))


def without(name: str) -> Edit:
    return lambda members: members.pop(place(members, name))


FORGERIES: dict[str, Edit] = {
    "other schema": replace("about.json", HEAD.encode(), b"0000"),
    "about is no object": replace("about.json", b'{"format"', b'["format"'),
    "no about": without("about.json"),
    "a table left out": without("books/role"),
    "a table twice": lambda members: members.append(members[place(members, "books/file.")]),
    "a table that is none": added("books/passwords.jsonl"),
    "counts left out": without("counts.json"),
    "a row more": replace("books/change", b"", b'[99, "2026-11-21T09:30:00+00:00", "a", "", "create"]\n'),
    "a row that is no list": replace("books/event", b"[1,", b'{"serial": 1}\n[1,'),
    "a row with a column more": replace("books/project", b"[1,", b"[1, 2,"),
    "a row with a list in it": replace("books/project", b"[1,", b"[[1],"),
    "a number for yes or no": replace("books/file.", b"false", b"7"),
    "a time that is none": replace("books/account", b"2026-11-21T", b"yesterday"),
    "a role of nobody": replace("books/role", b'"ada"', b'"eve"'),
    "a file left out": without("files/"),
    "a file damaged": replace("files/", b"anvil", b"envil"),
    "metadata damaged": lambda members: replace(metadata_of(members), b"anvil", b"envil")(members),
    "a file more": added(f"files/ab/cd/{'0' * 60}/x-1.0.tar.gz"),
    "a path that climbs out": added("files/../../evil"),
    "an absolute path": added("/tmp/evil"),
    "a leaf that climbs out": added(f"files/ab/cd/{'0' * 60}/../../../../evil"),
    "a link": linked,
    "a digest that is none": replace(
        "books/file.", wheel(version="2.0").offered().digests.sha256.hex.encode(), b"../x"
    ),
    "files named otherwise": renamed("files/", "files/x"),
    "something else beside": added("README"),
}


def metadata_of(members: list[tuple[tarfile.TarInfo, bytes]]) -> str:
    return next(member.name for member, _ in members if member.name.endswith(".metadata"))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_backup_is_refused_and_leaves_nothing(whole: bytes, places: Places, forgery: str) -> None:
    there = places.empty("sqlite")
    with pytest.raises(ValueError, match=r"."):
        bring_back(there, forged(whole, FORGERIES[forgery]))
    assert is_untouched(there)
    assert sorted(path.name for path in places.folder.rglob("evil")) == []


def test_a_row_that_only_postgresql_would_not_take_is_refused_in_the_same_way(whole: bytes, places: Places) -> None:
    there = places.empty("postgresql")
    with pytest.raises(ValueError, match="forged or damaged"):
        bring_back(there, forged(whole, replace("books/project", b'"anvil"', b'"an\\u0000vil"')))
    assert is_untouched(there)


def test_what_lay_there_before_a_refused_restore_is_left(world: World, places: Places) -> None:
    before = lived(world)
    there = places.empty("sqlite")
    there = World(there.vault, before.blobs, there.store)
    kept = sorted(before.blobs.keys())
    with pytest.raises(ValueError, match="no part"):
        bring_back(there, forged(copied(before).getvalue(), added("README")))
    assert sorted(before.blobs.keys()) == kept
    assert list(before.blobs.incoming.iterdir()) == []  # type: ignore[attr-defined]


def test_a_damaged_or_missing_file_is_not_backed_up_as_if_it_were_whole(tmp_path: Path) -> None:
    world = lived(workshop(tmp_path, MemoryBlobs()))
    made = wheel(version="2.0")
    key = BlobKey(made.offered().digests.sha256, made.filename)
    world.blobs._kept[key.path] = b"tin"  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="damaged"):
        copied(world)
    world.blobs.remove(key)
    with pytest.raises(RuntimeError, match="missing"):
        copied(world)
    world.vault.close()
