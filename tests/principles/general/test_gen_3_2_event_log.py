"""GEN-3.2: every public event is in an append-only feed, once, in one order.

Principles: GEN-3.2
"""

import pytest
from tests.worlds import ANVIL, FORMAT, World, wheel

from strongroom.packages.removal import remove_release
from strongroom.packages.yanking import yank_release
from strongroom.transparency.changelog import project_changes

pytestmark = pytest.mark.principle("GEN-3.2")


def actions(world: World) -> list[str]:
    project_changes(world.vault)
    with world.vault.reading() as books:
        return [change.action for change in books.events.changes_after(0, 1000)]


def test_everything_that_changes_the_index_is_in_the_changelog_in_order(world: World) -> None:
    _, token = world.token()
    made = wheel()
    world.publish(token, made)
    yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.0", "cracked")
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")
    assert actions(world) == [
        "create",
        "add owner ada",
        "new release",
        f"add file {made.filename}",
        "yank release",
        f"remove file {made.filename}",
        "remove release",
    ]


def test_running_the_projector_again_repeats_nothing(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel())
    assert actions(world) == actions(world)


def test_accounts_and_tokens_are_nobodys_business(world: World) -> None:
    world.token()
    assert actions(world) == []


def test_serials_have_no_gap(world: World) -> None:
    _, token = world.token()
    for version in ("1.0", "2.0", "3.0"):
        world.publish(token, wheel(version=version))
    with world.vault.reading() as books:
        serials = [recorded.serial for recorded in books.events.after(0, 1000)]
    assert serials == list(range(1, len(serials) + 1))


def test_no_event_holds_a_secret(world: World) -> None:
    secret, token = world.token()
    world.publish(token, wheel())
    with world.vault.reading() as books:
        everything = repr(books.events.after(0, 1000))
    assert secret.reveal() not in everything
    assert token.fingerprint not in everything
