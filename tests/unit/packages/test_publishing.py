"""The decision is taken on what is true when the file is entered, and every limit holds to the byte.

Principles: AUTHZ-1.1, AUTHZ-2.1, GEN-2.1
"""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import BinaryIO

import pytest
from tests.worlds import ADA, ANVIL, BOB, FORMAT, World, wheel

from strongroom.authz.roles import Role
from strongroom.authz.tokens import Token
from strongroom.formats import Inspected, Limits, Offered
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.records import Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.publishing import Presented, Quota, publish
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import LONGEST_REASON, set_status, yank_file, yank_release
from strongroom.people.registry import revoke_token
from strongroom.storage.blobs.disk import DiskBlobs

MADE = wheel()


@pytest.fixture
def token(world: World) -> Token:
    return world.token()[1]


class Meanwhile(PyPIFormat):
    """The format, while whose inspection something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(Limits())
        self._happens = happens

    def inspect(self, offered: Offered, content: BinaryIO) -> Inspected:
        """Inspect, after it has happened."""
        self._happens()
        return super().inspect(offered, content)


def publish_while(world: World, token: Token, happens: Callable[[], object]) -> None:
    publish(world.road, Meanwhile(happens), Presented(token.fingerprint), MADE.offered(), io.BytesIO(MADE.content))


@pytest.mark.principle("AUTHZ-1.1")
def test_a_token_that_is_revoked_while_its_file_is_inspected_publishes_nothing(world: World, token: Token) -> None:
    with pytest.raises(Refused, match="token-revoked"):
        publish_while(world, token, lambda: revoke_token(world.registry, "ada", token.identifier))
    assert "file.published" not in world.events()
    assert isinstance(world.blobs, DiskBlobs)
    assert list(world.blobs.keys()) == []
    assert world.blobs.sweep(world.vault.names_digest) == 0


@pytest.mark.principle("AUTHZ-2.1")
def test_a_name_that_somebody_takes_meanwhile_is_theirs(world: World, token: Token) -> None:
    _, bobs = world.token(BOB)
    with pytest.raises(Refused, match="not-allowed"):
        publish_while(world, token, lambda: world.publish(bobs, wheel(version="2.0")))
    with world.vault.reading() as books:
        assert books.roles.roles_of(BOB, ANVIL) == {Role.OWNER}
        assert books.roles.roles_of(ADA, ANVIL) == frozenset()


@pytest.mark.principle("GEN-2.1")
def test_a_slot_that_is_taken_meanwhile_keeps_what_it_was_given_first(world: World, token: Token) -> None:
    with pytest.raises(Refused, match="file-exists"):
        publish_while(world, token, lambda: world.publish(token, wheel(body="tin")))
    assert [file.digests.sha256 for file in world.listing().files] == [wheel(body="tin").offered().digests.sha256]


@pytest.mark.principle("GEN-2.1")
def test_of_many_who_publish_one_slot_at_once_one_wins_and_the_others_are_told(world: World, token: Token) -> None:
    def attempt(number: int) -> str:
        try:
            return "new" if world.publish(token, wheel(body=f"WEIGHT = {number // 2}\n")).is_new else "there"
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))
    assert outcomes == ["file-exists"] * 6 + ["new", "there"]
    assert world.events().count("file.published") == 1


def test_a_project_may_be_as_large_as_its_quota_and_not_a_byte_larger(world: World, token: Token) -> None:
    first, second = wheel(version="1.0"), wheel(version="2.0")
    size = len(first.content) + len(second.content)
    world.road = replace(world.road, quota=Quota(size - 1))
    world.publish(token, first)
    with pytest.raises(Refused, match="project-too-large"):
        world.publish(token, second)
    world.road = replace(world.road, quota=Quota(size))
    assert world.publish(token, second).is_new


def test_what_is_removed_counts_no_longer(world: World, token: Token) -> None:
    world.road = replace(world.road, quota=Quota(len(MADE.content) + 10))
    world.publish(token, MADE)
    remove_file(world.cellar, FORMAT, "ada", MADE.filename)
    assert world.publish(token, wheel(version="2.0")).is_new


@pytest.mark.parametrize("status", Status)
def test_an_archived_or_quarantined_project_takes_nothing(world: World, token: Token, status: Status) -> None:
    world.publish(token, MADE)
    set_status(world.cellar, "ada", ANVIL, status, "")
    if status in (Status.ACTIVE, Status.DEPRECATED):
        assert world.publish(token, wheel(version="2.0")).is_new
        return
    with pytest.raises(Refused, match="project-closed"):
        world.publish(token, wheel(version="2.0"))


@pytest.mark.parametrize("name", ["anvil.exe", "../anvil-1.0-py3-none-any.whl", "anvil-1.0-py3-none-any.whl\n", ""])
def test_a_name_that_is_no_file_of_the_format_is_a_value_error(world: World, token: Token, name: str) -> None:
    offered = replace(MADE.offered(), filename=name)
    with pytest.raises(ValueError):
        publish(world.road, FORMAT, Presented(token.fingerprint), offered, io.BytesIO(MADE.content))


def test_the_use_of_a_token_is_noted_once_an_hour(world: World, token: Token) -> None:
    def last_used() -> object:
        with world.vault.reading() as books:
            return books.tokens.tokens_of(ADA)[0].last_used

    first = world.clock.now
    world.publish(token, wheel(version="1.0"))
    world.clock.wait(minutes=59)
    world.publish(token, wheel(version="1.1"))
    assert last_used() == first
    world.clock.wait(minutes=2)
    world.publish(token, wheel(version="1.2"))
    assert last_used() == world.clock.now


def test_yanking_again_changes_nothing_and_is_no_event(world: World, token: Token) -> None:
    world.publish(token, MADE)
    for _ in range(2):
        yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.0.0", "cracked")
        yank_file(world.cellar, "ada", MADE.filename, "")
    for _ in range(2):
        yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.0", None)
        yank_file(world.cellar, "ada", MADE.filename, None)
    yanks = [event for event in world.events() if "yank" in event]
    assert yanks == ["release.yanked", "file.yanked", "release.unyanked", "file.unyanked"]


@pytest.mark.parametrize("reason", ["x" * (LONGEST_REASON + 1), "two\nlines", "bell \x07"])
def test_a_reason_is_one_line_that_a_page_can_show(world: World, token: Token, reason: str) -> None:
    world.publish(token, MADE)
    before = world.events()
    attempts: list[Callable[[], object]] = [
        lambda: yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.0", reason),
        lambda: yank_file(world.cellar, "ada", MADE.filename, reason),
        lambda: set_status(world.cellar, "ada", ANVIL, Status.ARCHIVED, reason),
    ]
    for attempt in attempts:
        with pytest.raises(Refused, match="bad-reason"):
            attempt()
    assert world.events() == before


def test_what_is_not_there_can_be_neither_yanked_nor_removed(world: World, token: Token) -> None:
    world.publish(token, MADE)
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("no-such-release", lambda: yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.0", "")),
        ("no-such-file", lambda: yank_file(world.cellar, "ada", MADE.filename, "")),
        ("no-such-file", lambda: remove_file(world.cellar, FORMAT, "ada", MADE.filename)),
        ("no-such-release", lambda: remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")),
        ("no-such-release", lambda: remove_release(world.cellar, FORMAT, "ada", FORMAT.parse_name("tin"), "1")),
        ("no-such-project", lambda: remove_project(world.cellar, FORMAT, "ada", FORMAT.parse_name("tin"))),
        ("no-such-project", lambda: set_status(world.cellar, "ada", FORMAT.parse_name("tin"), Status.ACTIVE, "")),
    ]
    for code, attempt in attempts:
        with pytest.raises(Refused, match=code):
            attempt()
