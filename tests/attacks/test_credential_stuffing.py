"""Credential stuffing: many pairs from many sources, and no account gets more tries than its limit.

Principles: AUTHN-1.5
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.people_world import HOME, PASSWORD, PeopleWorld, Person

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import sign_in
from strongroom.people.desk import Visitor
from strongroom.people.sign_in import MoreAsked, SignedIn
from strongroom.storage.sql import people_schema

pytestmark = pytest.mark.principle("AUTHN-1.5")

PAIRS, SOURCES, NAMES, THREADS = 10_000, 500, 40, 4


def source(number: int) -> Visitor:
    """Return a visitor from a network of its own, as each of the sources is."""
    return Visitor(Visit(f"10.{number // 200}.{number % 200}.9", "curl"))


def stuff(town: PeopleWorld, pairs: range, names: list[str]) -> Counter[str]:
    """Try pairs of names and passwords, each from the next source; return how each was answered."""
    said: Counter[str] = Counter()
    for each in pairs:
        name = names[each % len(names)]
        # The right password of every account is among the pairs, after the tries that are looked at.
        password = PASSWORD if each // len(names) > 15 else Secret(f"stuffed pass phrase {each}")
        try:
            came = sign_in.sign_in(town.desk, source(each % SOURCES), name, password)
            said[type(came).__name__] += 1
        except Refused as refused:
            said[refused.code] += 1
    return said


def test_ten_thousand_pairs_from_five_hundred_sources_get_ten_tries_an_account(town: PeopleWorld) -> None:
    people = [town.register("victim", verified=False)]
    names = [person.name.text for person in people] + [f"nobody-{each}" for each in range(NAMES - 1)]
    town.hashing.looked_at.clear()
    parts = [range(each, PAIRS, THREADS) for each in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        said = sum(pool.map(lambda part: stuff(town, part, names), parts), Counter[str]())
    assert sum(said.values()) == PAIRS
    assert set(said) == {"wrong-credentials", "too-many-attempts"}
    kept = town.account(people[0]).password_hash
    assert town.hashing.looked_at.count(kept) == 10
    assert said["wrong-credentials"] == len(town.hashing.looked_at) <= 10 * NAMES


@pytest.fixture
def besieged(town: PeopleWorld) -> Person:
    """A victim whose password was guessed at from eighty sources a moment ago."""
    victim = town.maintainer(key=True)
    for each in range(80):
        with pytest.raises(Refused, match=r"wrong-credentials|too-many-attempts"):
            sign_in.sign_in(town.desk, source(each), "ada", Secret(f"stuffed pass phrase {each}"))
    return victim


def test_the_right_password_at_the_eleventh_try_does_not_get_in(town: PeopleWorld, besieged: Person) -> None:
    looked_at = len(town.hashing.looked_at)
    with pytest.raises(Refused, match="too-many-attempts"):
        town.password(besieged, source(90))
    assert len(town.hashing.looked_at) == looked_at


def test_in_the_middle_of_it_the_victim_signs_in_by_passkey_and_from_a_known_device(
    town: PeopleWorld, besieged: Person
) -> None:
    assert isinstance(town.passkey(besieged, Visitor(Visit("198.51.100.1"))), SignedIn)
    assert isinstance(town.password(besieged, Visitor(HOME, None, besieged.device)), MoreAsked)


def test_wrong_passwords_on_a_known_device_are_counted_by_themselves_and_end_too(
    town: PeopleWorld, besieged: Person
) -> None:
    known = Visitor(HOME, None, besieged.device)
    for _ in range(10):
        with pytest.raises(Refused, match="wrong-credentials"):
            town.password(besieged, known, Secret("not the right one at all"))
    with pytest.raises(Refused, match="too-many-attempts"):
        town.password(besieged, known)


def test_a_device_that_another_account_knows_gives_no_tries_more(town: PeopleWorld, besieged: Person) -> None:
    mallory = town.register("mallory")
    with pytest.raises(Refused, match="too-many-attempts"):
        town.password(besieged, Visitor(mallory.visit, None, mallory.device))


def test_counts_outlive_the_program(town: PeopleWorld, besieged: Person) -> None:
    again = town.restarted()
    with pytest.raises(Refused, match="too-many-attempts"):
        again.password(besieged, source(91))
    assert again.hashing.looked_at == []
    again.vault.close()


def test_where_nothing_can_be_counted_nobody_gets_in(town: PeopleWorld) -> None:
    ada = town.register()
    with town.vault.engine.begin() as connection:
        people_schema.tally.drop(connection)
    town.hashing.looked_at.clear()
    with pytest.raises(Exception, match="tally") as broken:
        town.password(ada)
    assert not isinstance(broken.value, Refused)
    assert town.hashing.looked_at == []


def test_the_whole_of_the_networks_is_limited_too_so_that_many_names_are_no_way_round(town: PeopleWorld) -> None:
    with town.vault.writing() as books:
        for each in range(1000):
            guesser = Guesser(source(each % SOURCES).visit, f"name-{each}")
            reserve(books.tallies, Guess.PASSWORD, guesser, town.clock())
    with pytest.raises(Refused, match="too-many-attempts"):
        sign_in.sign_in(town.desk, Visitor(HOME), "one-more", PASSWORD)
