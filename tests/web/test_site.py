"""The rest of the site: search, people, feeds, the changelog, health, numbers.

Principles: GEN-3.2
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from tests.books import empty_database
from tests.web.asking import Place, placed
from tests.worlds import ADA, ANVIL, BOB, FORMAT, wheel

from strongroom import settings
from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import Role
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Status
from strongroom.kernel.secrets import Secret
from strongroom.packages.criticality import Rule
from strongroom.packages.ports import Books, Vault
from strongroom.packages.removal import remove_project
from strongroom.packages.yanking import set_status, yank_release
from strongroom.people.registry import Newcomer, add_person, new_totp_secret
from strongroom.repository import open_repository
from strongroom.web.pages import Pages
from strongroom.web.site import Site

QUERIES = ["anvil", "ANVIL", "heavy", "an vil", "%", "_", "'", '"', "\\", "<b>", "a" * 300, "é", "\ud7ff", " ", "a&b"]


def stock(place: Place) -> Place:
    token = place.token()
    for name in ("anvil", "anvil-tools", "hammer"):
        assert place.upload(wheel(name), token).status == 200
    return place


@pytest.fixture
def stocked(place: Place) -> Place:
    """A repository with three projects."""
    return stock(place)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The same, only to be looked at."""
    made = stock(placed(tmp_path_factory.mktemp("shop") / "data"))
    yield made
    made.repository.close()


def test_the_front_page_counts_and_shows_what_is_new(shop: Place) -> None:
    text = shop.ask("/").text
    assert "3 projects" in text
    assert "/project/anvil-tools/" in text


@pytest.mark.principle("AUTHZ-2.1")
def test_the_front_page_counts_what_everybody_may_see_and_the_operator_sees_all(stocked: Place) -> None:
    assert "3 projects, 3 files" in stocked.ask("/").text
    with stocked.repository.vault.writing() as books:
        books.shelf.set_private(ANVIL, True)
        books.shelf.set_status(ProjectName("pypi", "hammer"), Status.QUARANTINED, "malware")
    assert "1 project, 1 file." in stocked.ask("/").text
    assert "strongroom_projects 3.0" in stocked.ask("/metrics").text


def test_search_finds_and_says_when_it_finds_nothing(shop: Place) -> None:
    found = shop.ask("/?q=anvil").text
    assert "/project/anvil/" in found
    assert "/project/hammer/" not in found
    assert "/project/" not in shop.ask("/?q=tongs").text


@pytest.mark.parametrize("query", QUERIES)
def test_whatever_is_searched_for_is_answered_and_shown_as_text(shop: Place, query: str) -> None:
    answer = shop.ask(f"/?q={quote(query)}")
    assert answer.status == 200
    assert "<b>" not in answer.text.replace("<body", "")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_no_database_can_hold_is_found_nowhere_and_breaks_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with books_of(request, kind, tmp_path) as place:
        for query in ("%00", "%ff%fe", "%ed%a0%80", "anvil%00", "%0a", "%7f", "%e2%80%ae"):
            assert place.ask(f"/?q={query}").status == 200
            assert place.ask(f"/user/{query}/").status == 404
            assert place.ask(f"/simple/{query}/").status == 404


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_metadata_that_no_database_can_hold_is_refused_and_no_other(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with books_of(request, kind, tmp_path) as place:
        registry = place.repository.registry()
        secret = Secret("correct horse battery")
        add_person(registry, "test", Newcomer(ADA, "a@example.org", secret, new_totp_secret(registry)))
        token = place.token()
        for number, (more, status) in enumerate(
            [
                ("Keywords: a\0b\n", 400),
                ("\n\0 a description\n", 400),
                ("Author: \ufffd\n", 200),
                ("Author: \x1b[31m\n", 200),
            ]
        ):
            assert place.upload(wheel(version=f"1.{number}", more=more), token).status == status, more


@contextmanager
def books_of(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Place]:
    """Open an empty repository on a database of this kind."""
    with ExitStack() as stack:
        url = None
        if kind == "postgresql":
            url = stack.enter_context(empty_database(request.getfixturevalue("postgres")))
        made = Place(open_repository(settings.load(data=folder, database_url=url)))
        stack.callback(made.repository.close)
        yield made


def test_a_person_has_a_page_with_their_projects_and_nothing_private(stocked: Place) -> None:
    with stocked.repository.vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
    page = stocked.ask("/user/ada/").text
    assert "/project/hammer/" in page
    assert "ada@example.org" not in page
    assert "publisher" in stocked.ask("/user/bob/").text


def changes(place: Place, since: int = 0) -> tuple[int, list[dict[str, object]]]:
    document = place.ask(f"/changes.json?since={since}").json
    return document["last_serial"], document["changes"]


@pytest.mark.principle("GEN-3.2")
def test_the_changelog_can_be_followed_from_serial_to_serial(stocked: Place) -> None:
    last, lines = changes(stocked)
    assert [line["action"] for line in lines if line["name"] == "anvil"] == [
        "create",
        "add owner ada",
        "new release",
        f"add file {wheel().filename}",
    ]
    assert last == lines[-1]["serial"]
    assert changes(stocked, last) == (last, [])
    yank_release(stocked.repository.cellar(), FORMAT, "ada", ANVIL, "1.0", "cracked")
    newest, lines = changes(stocked, last)
    assert [(line["action"], line["serial"]) for line in lines] == [("yank release", newest)]


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "", "%C2%B2", "%D9%A3x", "1" * 19, "1e3", "0x1", "%00"])
def test_a_serial_is_a_whole_number(shop: Place, since: str) -> None:
    answer = shop.ask(f"/changes.json?since={since}")
    assert answer.status == 400
    assert answer.json["code"] == "bad-request"


@pytest.mark.principle("GEN-3.2")
def test_a_follower_who_asks_for_what_comes_after_the_last_serial_misses_nothing(stocked: Place) -> None:
    """The serial that is told is that up to which lines are told, not one that was given meanwhile."""
    repository = stocked.repository
    token = stocked.token()
    late = LateReader(repository.vault, lambda: stocked.upload(wheel("tongs"), token))
    site = Site(late, Pages("t", "http://x/"), "t", "http://x/", bytes, Rule())
    told = json.loads(site._changes(0))
    seen = [line["serial"] for line in told["changes"]]
    _, lines = changes(stocked, told["last_serial"])
    seen += [line["serial"] for line in lines]
    _, everything = changes(stocked)
    assert seen == [line["serial"] for line in everything]
    assert "tongs" in {line["name"] for line in everything}


class LateReader:
    """A vault in which something happens after the last write and before the reading that follows it."""

    def __init__(self, vault: Vault, happens: object) -> None:
        self._vault, self._happens = vault, happens

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """Write as ever."""
        with self._vault.writing() as books:
            yield books

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """Read, after it has happened, once the changelog is up to date."""
        with self._vault.reading() as books:
            up_to_date = not books.events.after(books.events.cursor("changelog"), 1)
        if up_to_date and callable(self._happens):
            happens, self._happens = self._happens, None
            with self._vault.reading() as books:
                yield books
            happens()
            return
        with self._vault.reading() as books:
            yield books


@pytest.mark.principle("GEN-3.2")
def test_a_long_changelog_is_told_in_pieces_without_a_gap(place: Place) -> None:
    lines = [Happening(Event.PROJECT_CREATED, "ada", f"p{number}") for number in range(5200)]
    with place.repository.vault.writing() as books:
        books.events.record(lines, settings.now())
    serial, seen = 0, list[object]()
    while True:
        serial, told = changes(place, serial)
        if not told:
            break
        seen += [line["name"] for line in told]
    assert seen == [f"p{number}" for number in range(5200)]


def test_feeds_are_well_formed_and_tell_the_newest_first(stocked: Place) -> None:
    stocked.upload(wheel(version="2.0"), stocked.token())
    updates = ElementTree.fromstring(stocked.ask("/rss/updates.xml").body)
    packages = ElementTree.fromstring(stocked.ask("/rss/packages.xml").body)
    assert [item.findtext("title") for item in updates.iter("item")][:2] == ["anvil 2.0", "hammer 1.0"]
    assert [item.findtext("title") for item in packages.iter("item")] == ["hammer ", "anvil-tools ", "anvil "]
    assert next(updates.iter("item")).findtext("link") == "http://localhost:8000/project/anvil/2.0/"


def test_feeds_of_an_empty_repository_are_feeds(place: Place) -> None:
    assert list(ElementTree.fromstring(place.ask("/rss/updates.xml").body).iter("item")) == []


def test_health_says_the_newest_serial(shop: Place) -> None:
    with shop.repository.vault.reading() as books:
        assert shop.ask("/healthz").text == f"ok {books.events.newest()}\n"


def test_numbers_count_answers_by_kind_and_status_and_are_of_bounded_kinds(stocked: Place) -> None:
    stocked.ask("/simple/anvil/")
    for path in ("/nothing", "/x/y/z", "/%F0%9F%92%A9"):
        stocked.ask(path)
    text = stocked.ask("/metrics").text
    assert 'strongroom_answers_total{kind="simple",status="200"}' in text
    assert 'strongroom_answers_total{kind="site",status="404"} 3.0' in text
    assert "strongroom_projects 3.0" in text
    assert "strongroom_files 3.0" in text


def test_robots_are_kept_out_of_the_machinery(place: Place) -> None:
    lines = place.ask("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /simple/", "Disallow: /packages/", "Disallow: /setup/"} <= set(lines)


def test_a_project_in_quarantine_offers_nothing_and_says_why(stocked: Place) -> None:
    set_status(stocked.repository.cellar(), "ada", ANVIL, Status.QUARANTINED, "under review")
    listing = stocked.ask("/simple/anvil/", accept="application/vnd.pypi.simple.v1+json").json
    assert listing["files"] == []
    assert listing["project-status"] == {"status": "quarantined", "reason": "under review"}
    assert "anvil<" not in stocked.ask("/simple/").text
    assert stocked.ask("/pypi/anvil/json").status == 404
    page = stocked.ask("/project/anvil/")
    assert page.status == 200
    assert "under review" in page.text
    assert "/project/anvil/" not in stocked.ask("/?q=anvil").text


def test_a_removed_project_has_no_page_left_anywhere(stocked: Place) -> None:
    for path in ("/pypi/anvil/json", "/project/anvil/", "/project/anvil/1.0/", "/simple/anvil/", "/simple/"):
        assert stocked.ask(path).status == 200
    remove_project(stocked.repository.cellar(), FORMAT, "ada", ANVIL)
    for path in ("/pypi/anvil/json", "/pypi/anvil/1.0/json", "/project/anvil/", "/project/anvil/1.0/"):
        assert stocked.ask(path).status == 404, path
    assert 'href="anvil/"' not in stocked.ask("/simple/").text


def test_a_repository_under_another_address_writes_that_address(tmp_path: Path) -> None:
    chosen = settings.load(data=tmp_path, public_url="https://packages.example/base", title="Acme & Sons")
    place = Place(open_repository(chosen))
    registry = place.repository.registry()
    newcomer = Newcomer(ADA, "a@example.org", Secret("correct horse battery"), new_totp_secret(registry))
    add_person(registry, "test", newcomer)
    assert place.upload(wheel(), place.token()).status == 200
    assert place.ask("/pypi/anvil/json").json["urls"][0]["url"].startswith("https://packages.example/base/packages/")
    assert "Acme &amp; Sons" in place.ask("/").text
    assert ElementTree.fromstring(place.ask("/rss/updates.xml").body).findtext("channel/title") == "Acme & Sons"
    place.repository.close()


def test_nobody_of_that_name_is_told_so(place: Place) -> None:
    for name in ("nobody", "a" * 60, "..", AccountName("ada").text + "%2F"):
        assert place.ask(f"/user/{name}/").status == 404


def test_an_empty_repository_has_pages(place: Place) -> None:
    for path in ("/", "/simple/", "/changes.json", "/metrics", "/healthz"):
        assert place.ask(path).status == 200
    assert place.ask("/simple/", accept="application/vnd.pypi.simple.v1+json").json["projects"] == []
    assert place.ask(f"/simple/{ProjectName('pypi', 'anvil')}/").status == 404
