"""The core and the stores know no ecosystem: one that was invented for this test passes the whole road.

Principles: GEN-2.1
"""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from tests.toy_format import ToyFormat, rune
from tests.worlds import ADA, World, disk, wheel, workshop

from strongroom.authz.tokens import Token
from strongroom.formats import Format
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.index import Index
from strongroom.packages.publishing import Presented, Receipt, publish
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import set_status, yank_file, yank_release
from strongroom.storage.fsck import fsck

pytestmark = pytest.mark.principle("GEN-2.1")

RUNES: Format = ToyFormat()
IRON = ProjectName("runes", "iron")


class Stones(World):
    """A repository of runes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.index = Index(self.vault, RUNES, self.store)
        self.road = replace(self.road, pages=self.index)
        self.cellar = replace(self.cellar, pages=self.index)

    def carve(self, token: Token, number: str, wisdom: str = "iron sinks") -> Receipt:
        made = rune("iron", number, wisdom)
        return publish(self.road, RUNES, Presented(token.fingerprint), made.offered(), io.BytesIO(made.content))

    def rune(self) -> str:
        """Return the page as a reader gets it: from disk, else made anew."""
        path = "scrolls/iron/page.txt"
        return self.page(path) or self.index.make_listing(IRON).get(path, b"").decode()

    def scroll(self) -> list[str]:
        return [line.split()[0] for line in self.rune().splitlines()]


@pytest.fixture
def stones(world: World) -> Stones:
    return Stones(world.vault, world.blobs, world.store)


@pytest.fixture
def token(stones: Stones) -> Token:
    return stones.token(ADA, IRON)[1]


def test_a_file_is_published_listed_and_found_under_its_own_ecosystem(stones: Stones, token: Token) -> None:
    assert stones.carve(token, "7").is_new
    assert not stones.carve(token, "7").is_new
    assert stones.scroll() == ["iron@7.rune"]
    with stones.vault.reading() as books:
        found = books.shelf.file_named("iron@7.rune")
    assert found is not None
    assert found[0] == IRON
    assert fsck(stones.vault, stones.blobs).is_clean


def test_numbers_that_are_equal_share_a_slot(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    with pytest.raises(Refused, match="file-exists"):
        stones.carve(token, "007", "tin floats")


def test_a_removed_rune_is_gone_from_its_page_and_never_comes_back(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    stones.carve(token, "8")
    assert remove_file(stones.cellar, RUNES, "ada", "iron@7.rune") == IRON
    assert stones.scroll() == ["iron@8.rune"]
    remove_release(stones.cellar, RUNES, "ada", IRON, "008")
    assert stones.page("scrolls/iron/page.txt") is None
    for number, wisdom in (("7", "iron sinks"), ("07", "other"), ("8", "iron sinks")):
        with pytest.raises(Refused, match=r"filename-removed|version-removed"):
            stones.carve(token, number, wisdom)


def test_a_removed_project_keeps_its_name(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    remove_project(stones.cellar, RUNES, "ada", IRON)
    assert stones.page("scrolls/iron/page.txt") is None
    assert stones.carve(token, "8").is_new


def test_yanking_and_status_change_the_page(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    yank_release(stones.cellar, RUNES, "ada", IRON, "007", "cracked")
    assert stones.rune().endswith(" cracked")
    yank_release(stones.cellar, RUNES, "ada", IRON, "7", None)
    yank_file(stones.cellar, "ada", "iron@7.rune", "worn")
    assert stones.rune().endswith(" worn")
    set_status(stones.cellar, "ada", IRON, Status.ARCHIVED, "")
    with pytest.raises(Refused, match="project-closed"):
        stones.carve(token, "8")


def test_the_root_page_is_that_of_the_format(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    stones.index.make_root()
    assert stones.page("scrolls/all.txt") == "iron"
    remove_project(stones.cellar, RUNES, "ada", IRON)
    assert stones.page("scrolls/all.txt") is None


def test_a_restart_takes_the_pages_away_of_what_was_left_undone(stones: Stones, token: Token) -> None:
    stones.carve(token, "7")
    stones.store.write("scrolls/iron/page.txt", b"copper@1.rune", 1)
    fresh = Index(stones.vault, RUNES, stones.store)
    assert fresh.catch_up() > 0
    assert stones.scroll() == ["iron@7.rune"]


def test_one_name_in_two_ecosystems_is_two_projects(tmp_path: Path) -> None:
    here = workshop(tmp_path, disk(tmp_path))
    stones = Stones(here.vault, here.blobs, here.store, here.clock, here.chance)
    here.publish(here.token()[1], wheel("iron", "7"))
    assert stones.carve(stones.token()[1], "7").is_new
    assert here.filenames(ProjectName("pypi", "iron")) == [wheel("iron", "7").filename]
    assert stones.filenames(IRON) == ["iron@7.rune"]
    remove_release(stones.cellar, RUNES, "ada", IRON, "7")
    assert here.filenames(ProjectName("pypi", "iron")) == [wheel("iron", "7").filename]
    here.vault.close()
