"""A page on disk is never older than the last change that was answered, whoever makes it and whatever happens.

Principles: GEN-2.1
"""

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from tests.worlds import ANVIL, FORMAT, World, wheel

from strongroom.authz.tokens import Token
from strongroom.formats import Limits
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Listing, Root
from strongroom.packages.index import Index
from strongroom.packages.ports import Books
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import yank_release

pytestmark = pytest.mark.principle("GEN-2.1")

PAGE = "simple/anvil/index.json"
ROOT = "simple/index.json"


@pytest.fixture
def token(world: World) -> Token:
    return world.token()[1]


def serial_on(world: World, path: str) -> int | None:
    """Return the serial that a page on disk says it was made of; None when there is no page."""
    try:
        text = (world.store.current / path).read_text()
    except FileNotFoundError:
        return None
    return int(json.loads(text)["meta"]["_last-serial"])


def serial_of(world: World, name: ProjectName = ANVIL) -> int:
    with world.vault.reading() as books:
        project = books.shelf.project(name)
    return project.serial if project else 0


class Interrupted(PyPIFormat):
    """The format, in whose rendering something happens, once."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(Limits())
        self._happens: list[Callable[[], object]] = [happens]

    def _interrupt(self) -> None:
        while self._happens:
            self._happens.pop()()

    def index_pages(self, listing: Listing) -> Mapping[str, bytes]:
        """Render, after it has happened."""
        self._interrupt()
        return super().index_pages(listing)

    def root_pages(self, root: Root) -> Mapping[str, bytes]:
        """Render, after it has happened."""
        self._interrupt()
        return super().root_pages(root)


def test_a_change_takes_every_page_away_that_it_touches(world: World, token: Token) -> None:
    world.publish(token, wheel())
    world.index.make_listing(ANVIL)
    world.index.make(ANVIL, "pypi/anvil/index.json", lambda books: b"{}")
    world.index.make(ANVIL, "project/anvil/1.0/index.html", lambda books: b"page")
    world.index.make_root()
    world.publish(token, wheel(version="2.0"))
    assert world.page(PAGE) is None
    assert world.page("pypi/anvil/index.json") is None
    assert world.page("project/anvil/1.0/index.html") is None
    assert world.page(ROOT) is None


def test_pages_of_other_projects_stay(world: World, token: Token) -> None:
    world.publish(token, wheel())
    world.index.make(ANVIL, "pypi/anvil/index.json", lambda books: b"{}")
    world.publish(token, wheel("anvil-tools"))
    assert world.page("pypi/anvil/index.json") == "{}"


def test_a_project_without_files_has_no_page_and_one_that_never_was_has_none_either(world: World, token: Token) -> None:
    world.publish(token, wheel())
    remove_project(world.cellar, FORMAT, "ada", ANVIL)
    assert world.page(PAGE) is None
    assert world.index.make_listing(ANVIL) == {}
    world.index.forget(ProjectName("pypi", "never"))
    assert world.index.make_listing(ProjectName("pypi", "never")) == {}
    assert world.index.make(ProjectName("pypi", "never"), "pypi/never/index.json", lambda books: b"{}") is None


def test_a_page_that_is_true_no_longer_is_sent_and_not_kept(world: World, token: Token) -> None:
    world.publish(token, wheel())

    def render(books: Books) -> bytes:
        world.publish(token, wheel(version="2.0"))
        return b"of one version"

    assert world.index.make(ANVIL, "pypi/anvil/index.json", render) == b"of one version"
    assert world.page("pypi/anvil/index.json") is None


def test_a_listing_that_is_true_no_longer_does_not_cover_the_newer_one(world: World, token: Token) -> None:
    world.publish(token, wheel())
    late = Index(world.vault, Interrupted(lambda: world.publish(token, wheel(version="2.0"))), world.store)
    late.make_listing(ANVIL)
    assert world.page(PAGE) is None
    assert b'"2.0"' in world.index.make_listing(ANVIL)[PAGE]
    assert serial_on(world, PAGE) == serial_of(world)


def test_a_root_page_that_is_true_no_longer_is_not_kept(world: World, token: Token) -> None:
    world.publish(token, wheel())
    late = Index(world.vault, Interrupted(lambda: world.publish(token, wheel("hammer"))), world.store)
    assert b"hammer" not in late.make_root()["simple/index.html"]
    assert world.page(ROOT) is None
    assert b"hammer" in world.index.make_root()["simple/index.html"]


def test_the_page_of_a_removed_project_does_not_come_back_by_a_late_reader(world: World, token: Token) -> None:
    world.publish(token, wheel())
    late = Index(world.vault, Interrupted(lambda: remove_project(world.cellar, FORMAT, "ada", ANVIL)), world.store)
    assert late.make_listing(ANVIL)
    assert world.page(PAGE) is None


class Killed(Exception):
    """The process ended here."""


class Dead:
    """The `IndexPages` of a process that is killed before it takes a page away."""

    def forget(self, name: ProjectName) -> None:
        """Die."""
        raise Killed


def test_what_a_killed_process_left_undone_is_done_by_the_next(world: World, token: Token) -> None:
    world.publish(token, wheel())
    world.index.catch_up()
    world.index.make_listing(ANVIL)
    world.index.make_root()
    world.road = replace(world.road, pages=Dead())
    with pytest.raises(Killed):
        world.publish(token, wheel(version="2.0"))
    assert 0 < (serial_on(world, PAGE) or 0) < serial_of(world)
    next_process = Index(world.vault, FORMAT, world.store)
    assert next_process.catch_up() > 0
    assert world.page(PAGE) is None
    assert world.page(ROOT) is None
    assert next_process.catch_up() == 0


def test_the_projector_takes_a_page_away_that_another_process_left_there(world: World, token: Token) -> None:
    world.publish(token, wheel())
    world.index.catch_up()
    world.index.make_listing(ANVIL)
    with pytest.raises(Killed):
        yank_release(replace(world.cellar, pages=Dead()), FORMAT, "ada", ANVIL, "1.0", "cracked")
    assert "cracked" not in (world.page(PAGE) or "cracked")
    world.index.catch_up()
    assert world.page(PAGE) is None
    assert b"cracked" in world.index.make_listing(ANVIL)[PAGE]


def test_more_events_than_one_batch_are_caught_up_with(world: World, token: Token) -> None:
    world.publish(token, wheel())
    with world.vault.writing() as books:
        books.events.record([Happening(Event.TOKEN_CREATED, "test")] * 2500, world.clock())
    assert Index(world.vault, FORMAT, world.store).catch_up() == len(world.events())


def test_projector_and_publishers_in_one_process_do_not_disturb_each_other(world: World, token: Token) -> None:
    numbers = count()
    raised: list[BaseException] = []
    stop = threading.Event()
    world.index._forgotten_at |= {f"busy-{number}": 10**9 for number in range(5000)}

    def publish() -> None:
        while not stop.is_set():
            world.index.forget(ProjectName("pypi", f"n{next(numbers)}"))

    def project() -> None:
        try:
            for _ in range(60):
                with world.vault.writing() as books:
                    books.events.record([Happening(Event.TOKEN_CREATED, "test")], world.clock())
                world.index.catch_up()
        except RuntimeError as error:
            raised.append(error)
        stop.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for work in (publish, publish, project)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert raised == []


def changes(world: World, token: Token, chance: random.Random) -> Iterator[None]:
    """Do one thing after another to the project, at random."""
    for number in range(40):
        version = f"1.{number}"
        world.publish(token, wheel(version=version))
        yield
        match chance.randrange(4):
            case 0:
                yank_release(world.cellar, FORMAT, "ada", ANVIL, version, f"cracked {number}")
            case 1:
                remove_file(world.cellar, FORMAT, "ada", wheel(version=version).filename)
            case 2:
                remove_release(world.cellar, FORMAT, "ada", ANVIL, version)
            case _:
                continue
        yield


def test_no_reader_meets_a_page_older_than_the_last_answer_while_all_are_busy(world: World, token: Token) -> None:
    world.publish(token, wheel(version="0.1"))
    other = Index(world.vault, FORMAT, world.store)  # another process, as far as the disk is concerned
    stop, late = threading.Event(), list[str]()

    def read(index: Index) -> None:
        while not stop.is_set():
            index.make_listing(ANVIL)
            index.make(ANVIL, "pypi/anvil/index.json", _serial_page)
            index.make_root()
            world.store.forget(PAGE)

    def change() -> None:
        for _ in changes(world, token, random.Random(7)):
            answered = serial_of(world)
            for path in (PAGE, ROOT, "pypi/anvil/index.json"):
                found = serial_on(world, path)
                if found is not None and found < answered:
                    late.append(f"{path} is of {found}, after {answered} was answered")
        stop.set()

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(read, world.index), pool.submit(read, other), pool.submit(change)]
        try:
            done[-1].result(120)
        finally:
            stop.set()
        for each in done:
            each.result(60)
    assert late == []


def _serial_page(books: Books) -> bytes:
    project = books.shelf.project(ANVIL)
    assert project is not None
    return json.dumps({"meta": {"_last-serial": project.serial}}).encode()


def test_whatever_happens_to_a_project_is_news_for_its_pages_and_nothing_else_is() -> None:
    subjects = ("project", "release", "file", "role")
    assert {event for event in Event if event.changes_index} == {e for e in Event if e.value.split(".")[0] in subjects}
