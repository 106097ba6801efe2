"""Many publishers of one build, added by strangers: they neither shut its owner out nor hold anybody up.

Principles: AUTHZ-3.1
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.trusting import ANVIL, FIELDS, HERE, TrustWorld, trusting

from strongroom.authn.accounts import AccountName
from strongroom.authz.publishers import MOST_OF_A_BUILD, Publisher
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHZ-3.1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrustWorld]:
    """ada owns anvil."""
    with trusting(tmp_path / "town") as made:
        made.town.project(made.ada)
        yield made


def _crowd(world: TrustWorld, account: str, number: int) -> None:
    """Let an account have so many publishers with acme/anvil's build, each a little different."""
    with world.town.vault.writing() as books:
        for at in range(number):
            fields = {**FIELDS, "ref": f"refs/heads/m{at}*", "workflow": f"release{at % 7}.yml"}
            made = Publisher(
                f"{account}{at}", "github", world.github.url, fields, ProjectName("pypi", f"{account}-{at}"),
                AccountName(account), world.town.clock(),
            )  # fmt: skip
            books.publishers.add_publisher(made, "acme/anvil")


def test_strangers_who_claim_a_build_in_numbers_neither_shut_its_owner_out_nor_go_on_for_ever(
    world: TrustWorld,
) -> None:
    for number in range(3):
        _crowd(world, f"mallory{number}", MOST_OF_A_BUILD)
    world.town.clock.wait(minutes=1)
    world.add()
    assert world.minted().project == ANVIL
    assert world.exchange(world.github.github(HERE), ANVIL).project == ANVIL
    _crowd(world, "ada", MOST_OF_A_BUILD - 1)
    with pytest.raises(Refused, match="too-many-publishers"):
        world.add(ref="refs/heads/main")
    bob = world.town.maintainer("bob")
    world.town.grant(bob, ANVIL)
    world.add(by=bob, ref="refs/heads/main")
