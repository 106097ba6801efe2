"""Whatever is done to a project and in whatever order, its pages say what the books say, and no rule wears out.

Principles: GEN-2.1, GEN-3.2
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.worlds import ANVIL, FORMAT, Made, wheel, workshop

from strongroom.kernel.digests import Sha256
from strongroom.kernel.records import Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.index import Index
from strongroom.packages.ports import Books
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import set_status, yank_file, yank_release
from strongroom.storage.fsck import fsck

pytestmark = pytest.mark.principle("GEN-2.1")

VERSIONS = st.sampled_from(["1.0", "1.0.0", "1.1", "2.0rc1"])
FILES = st.builds(
    wheel,
    version=VERSIONS,
    tag=st.sampled_from(["py3-none-any", "py2-none-any"]),
    body=st.sampled_from(["WEIGHT = 150\n", "WEIGHT = 151\n"]),
)
REASONS = st.sampled_from(["", "cracked", "crâcked <b>"])


def json_page(books: Books) -> bytes | None:
    listing = books.shelf.listing(ANVIL)
    return f"{listing.project.serial}".encode() if listing and listing.files else None


class Life(RuleBasedStateMachine):
    """A project, its owner, and everything that she or an operator can do."""

    def __init__(self) -> None:
        super().__init__()
        self._room = tempfile.TemporaryDirectory()
        self.world = workshop(Path(self._room.name))
        self.token = self.world.token()[1]
        self.slots: dict[str, Sha256] = {}
        self.removed: set[str] = set()
        self.closed: set[str] = set()

    def teardown(self) -> None:
        """Take the folder away."""
        self.world.vault.close()
        self._room.cleanup()

    @rule(made=FILES)
    def publish(self, made: Made) -> None:
        """Publish, or be refused for a reason that the model knows too."""
        file, digest = FORMAT.parse_filename(made.filename), made.offered().digests.sha256
        taken = self.slots.get(file.slot)
        expected = None
        if not self.takes_files():
            expected = "project-closed"
        elif file.slot in self.removed:
            expected = "filename-removed"
        elif taken not in (None, digest):
            expected = "file-exists"
        elif taken is None and file.identity in self.closed:
            expected = "version-removed"
        try:
            receipt = self.world.publish(self.token, made)
        except Refused as refused:
            assert refused.code == expected, made.filename
            return
        assert expected is None, made.filename
        assert receipt.is_new == (taken is None)
        self.slots[file.slot] = digest

    def takes_files(self) -> bool:
        with self.world.vault.reading() as books:
            project = books.shelf.project(ANVIL)
        return project is None or project.status.takes_files

    def live(self) -> list[str]:
        with self.world.vault.reading() as books:
            listing = books.shelf.listing(ANVIL)
        return [file.filename for file in listing.files] if listing else []

    def versions(self) -> list[str]:
        with self.world.vault.reading() as books:
            facts = books.shelf.facts(ANVIL)
        return [release.version for release in facts.releases] if facts else []

    def forget(self, filenames: list[str], versions: list[str]) -> None:
        self.removed |= {FORMAT.parse_filename(name).slot for name in filenames}
        self.closed |= {FORMAT.identity(version) for version in versions}

    @precondition(lambda self: self.live())
    @rule(pick=st.randoms())
    def remove_one_file(self, pick: Any) -> None:
        """Remove a file; with the last one of a version the version is closed."""
        name = pick.choice(self.live())
        before = self.versions()
        remove_file(self.world.cellar, FORMAT, "ada", name)
        self.forget([name], [version for version in before if version not in self.versions()])

    @precondition(lambda self: self.versions())
    @rule(pick=st.randoms())
    def remove_one_release(self, pick: Any) -> None:
        """Remove a release with its files."""
        version, before = pick.choice(self.versions()), self.live()
        remove_release(self.world.cellar, FORMAT, "ada", ANVIL, version)
        self.forget([name for name in before if name not in self.live()], [version])

    @precondition(lambda self: self.versions())
    @rule()
    def remove_everything(self) -> None:
        """Remove the project; its name stays."""
        self.forget(self.live(), self.versions())
        remove_project(self.world.cellar, FORMAT, "ada", ANVIL)
        assert self.live() == []

    @precondition(lambda self: self.versions())
    @rule(pick=st.randoms(), reason=st.none() | REASONS)
    def yank_one_release(self, pick: Any, reason: str | None) -> None:
        """Yank a release, or take it back."""
        yank_release(self.world.cellar, FORMAT, "ada", ANVIL, pick.choice(self.versions()), reason)

    @precondition(lambda self: self.live())
    @rule(pick=st.randoms(), reason=st.none() | REASONS)
    def yank_one_file(self, pick: Any, reason: str | None) -> None:
        """Yank a file, or take it back."""
        yank_file(self.world.cellar, "ada", pick.choice(self.live()), reason)

    @precondition(lambda self: self.slots)
    @rule(status=st.sampled_from(Status), reason=REASONS)
    def change_status(self, status: Status, reason: str) -> None:
        """Set the state of the project."""
        set_status(self.world.cellar, "ada", ANVIL, status, reason)

    @rule()
    def read_every_page(self) -> None:
        """Have the pages made that are made on demand."""
        self.world.index.make_listing(ANVIL)
        self.world.index.make_root()
        self.world.index.make(ANVIL, "pypi/anvil/index.json", json_page)

    @rule()
    def restart(self) -> None:
        """Begin anew, as another process would."""
        self.world.index = Index(self.world.vault, FORMAT, self.world.store)
        self.world.index.catch_up()

    @invariant()
    def pages_say_what_the_books_say(self) -> None:
        """Every page that is on disk is the one that the books make now; one that has nothing to show is not there."""
        with self.world.vault.reading() as books:
            listing, root = books.shelf.listing(ANVIL), books.shelf.root()
            expected: dict[str, bytes | None] = {"pypi/anvil/index.json": json_page(books)}
        pages = FORMAT.index_pages(listing) if listing else {}
        for path in ("simple/anvil/index.html", "simple/anvil/index.json"):
            expected[path] = pages.get(path)
        expected |= FORMAT.root_pages(root)
        for path, body in expected.items():
            found = self.world.store.current / path
            assert not found.exists() or found.read_bytes() == body, path

    @invariant()
    def a_slot_holds_what_it_was_given_for_ever(self) -> None:
        """The digests that are served are those that were published; what was removed is served no more."""
        with self.world.vault.reading() as books:
            listing = books.shelf.listing(ANVIL)
        for file in listing.files if listing else ():
            slot = FORMAT.parse_filename(file.filename).slot
            assert self.slots[slot] == file.digests.sha256
            assert slot not in self.removed

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        """No version that was removed is listed again."""
        assert not {FORMAT.identity(version) for version in self.versions()} & self.closed

    @invariant()
    def serials_have_no_gap_and_the_blobs_are_all_there(self) -> None:
        """Events are numbered one by one; what the books name is there, and nothing besides."""
        with self.world.vault.reading() as books:
            events = books.events.after(0, 10_000)
        assert [event.serial for event in events] == list(range(1, len(events) + 1))
        found = fsck(self.world.vault, self.world.blobs)
        assert found.is_clean
        assert found.unnamed == []


Life.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLifeOfAProject = Life.TestCase
