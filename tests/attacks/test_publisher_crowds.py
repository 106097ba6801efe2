"""Many publishers of one build, added by strangers: they neither shut its owner out nor hold anybody up.

Principles: AUTHZ-3.1
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import cast

import pytest
from tests.outbound.workload_issuer import Build
from tests.trusting import ANVIL, FIELDS, HERE, TrustWorld, trusting

from strongroom.authn.accounts import AccountName
from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.authz.choosing import chosen
from strongroom.authz.comparing import wrong_claims
from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import MOST_OF_A_BUILD, Publisher, read_claims
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books, Vault

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


def _near(world: TrustWorld, account: str, number: int) -> None:
    """Let an account have so many publishers, each of which a branch of many a nearly fits."""
    with world.town.vault.writing() as books:
        for at in range(number):
            fields = {**FIELDS, "ref": f"refs/heads/*a*a{'a' * (at % 20)}b"}
            made = Publisher(
                f"{account}-near{at}", "github", world.github.url, fields, ProjectName("pypi", f"{account}-{at}"),
                AccountName(account), world.town.clock(),
            )  # fmt: skip
            books.publishers.add_publisher(made, "acme/anvil")


def _calls_of(deed: Callable[[], object]) -> int:
    """Return how many functions a deed calls, Python's own too."""
    calls = 0

    def count(_frame: object, kind: str, _what: object) -> None:
        nonlocal calls
        calls += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        deed()
    finally:
        sys.setprofile(before)
    return calls


class _Watched:
    """The vault of a town; what is done while others who write have to wait is counted."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.reading = vault.reading
        self.looked = 0

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with self._vault.writing() as books:
            before = sys.getprofile()

            def count(frame: FrameType, kind: str, _what: object) -> None:
                self.looked += kind == "call" and frame.f_code.co_name in ("wrong_claims", "candidates")

            sys.setprofile(count)
            try:
                yield books
            finally:
                sys.setprofile(before)


def _refused(world: TrustWorld, token: str) -> str:
    with pytest.raises(Refused) as refused:
        world.exchange(token)
    return refused.value.code


def test_a_build_that_nearly_fits_many_publishers_is_compared_while_nobody_who_writes_has_to_wait(
    world: TrustWorld,
) -> None:
    _near(world, "mallory", MOST_OF_A_BUILD)
    world.add(ref="refs/heads/main")
    watched = _Watched(world.town.vault)
    world.town.desk = replace(world.desk, vault=cast(Vault, watched))
    token = world.github.github(HERE, Build(ref="refs/heads/" + "a" * 240))
    assert _refused(world, token) == "invalid-publisher"
    assert world.minted().project == ANVIL
    assert watched.looked == 0


def test_a_publisher_is_compared_with_a_build_once(world: TrustWorld) -> None:
    claims = read_claims(Build(ref="refs/heads/" + "a" * 240).github())
    fields, now = {**FIELDS, "ref": "refs/heads/*a*ab"}, world.town.clock()
    found = [Publisher(str(at), "github", "x", fields, ANVIL, AccountName("mallory"), now) for at in range(40)]

    def choose() -> None:
        with pytest.raises(Refused, match="refs/heads/a"):
            chosen(found, PROVIDERS["github"], claims, None)

    def compare() -> None:
        for each in found:
            list(wrong_claims(PROVIDERS["github"], each.issuer, each.fields, claims))

    choose()
    assert _calls_of(choose) < 1.5 * _calls_of(compare)


def test_what_is_refused_of_a_build_is_counted_before_its_publishers_are_looked_at(world: TrustWorld) -> None:
    world.add(ref="refs/heads/main")
    wrong = world.github.github(HERE, Build(ref="refs/heads/other"))
    for _ in range(LIMITS[Guess.MINT][Per.SOURCE][0].count):
        assert _refused(world, wrong) == "invalid-publisher"
    assert _refused(world, wrong) == "too-many-attempts"
    assert _refused(world, world.github.github(HERE)) == "too-many-attempts"
    world.add(repository="hammer")
    other = Build(repository="hammer")
    for _ in range(LIMITS[Guess.MINT][Per.SOURCE][0].count + 1):
        assert world.minted(other).project == ANVIL, "what is right is given back, and nobody else is counted"
    world.town.clock.wait(minutes=6)
    assert world.minted().project == ANVIL


def test_a_publisher_that_is_removed_while_it_is_chosen_mints_nothing(world: TrustWorld) -> None:
    made = world.add()

    class Removing(_Watched):
        """A vault in which the publisher goes before anybody comes to write."""

        @contextmanager
        def writing(self) -> Iterator[Books]:
            with super().writing() as books:
                books.publishers.remove_publisher(made.identifier)
                yield books

    token = world.github.github(HERE)
    world.town.desk = replace(world.desk, vault=cast(Vault, Removing(world.town.vault)))
    assert _refused(world, token) == "invalid-publisher"
