"""What a recovery rests on is as it was when it began, and must hold until it ends; objections and departures.

Principles: AUTHN-1.1, AUTHN-1.2, AUTHN-1.5, AUTHN-2.1
"""

import threading
from datetime import timedelta

import pytest
from tests.attacks.test_recovery import SECOND, THIEF, begun, finish, open_one, with_address
from tests.people_world import PeopleWorld

from strongroom.authn.domains import NameAnswer, Names, Registration, Registry
from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import LIMITS, Guess, Guesser, Per
from strongroom.kernel.refusals import Refused
from strongroom.people import administration, recovery, registration
from strongroom.people.desk import keep_alive, present
from strongroom.people.domains import Watch, check_domains

pytestmark = pytest.mark.principle("AUTHN-1.2")


def test_an_administrator_cannot_make_the_quorum_smaller_by_taking_others_their_rights(town: PeopleWorld) -> None:
    ada = town.maintainer()
    first, others = town.administrator("rita"), [town.administrator(name) for name in ("otto", "nina")]
    under_way = begun(town, ada)
    identifier = open_one(town, ada)
    for other in others:
        town.prove(first)
        administration.make_administrator(town.desk, first.visitor, other.name, is_administrator=False)
    recovery.approve(town.desk, first.name, identifier)
    assert recovery.stands(town.desk, under_way).ready is None


def test_nor_make_it_larger_by_a_friend_who_becomes_one_meanwhile(town: PeopleWorld) -> None:
    ada, friend = town.maintainer(), town.maintainer("emil")
    first = town.administrator("rita")
    town.administrator("otto")
    begun(town, ada)
    administration.make_administrator(town.desk, first.visitor, friend.name, is_administrator=True)
    with pytest.raises(Refused, match="not-allowed"):
        recovery.approve(town.desk, friend.name, open_one(town, ada))


@pytest.mark.principle("AUTHN-2.1")
@pytest.mark.parametrize("how", ["lapsed", "removed"])
def test_a_second_address_that_is_lost_meanwhile_is_no_proof_any_more(town: PeopleWorld, how: str) -> None:
    ada = town.maintainer()
    with_address(town, ada, SECOND)
    under_way = begun(town, ada)
    recovery.mail_second_address(town.desk, THIEF, under_way)
    recovery.prove_by_second_address(town.desk, THIEF, town.link(SECOND, "recover/second"))
    with town.vault.writing() as books:
        second = next(each for each in books.accounts.addresses(ada.name) if each.address == SECOND)
        if how == "removed":
            books.accounts.drop_address(second.identifier, town.clock())
        else:
            books.accounts.set_standing(second.identifier, "re-registered", town.clock(), is_lost=True)
    town.clock.wait(days=4)
    with pytest.raises(Refused, match="recovery-ended"):
        finish(town, under_way)


def test_a_link_objects_to_the_recovery_that_it_was_mailed_for_and_to_no_later_one(town: PeopleWorld) -> None:
    ada = town.maintainer()
    begun(town, ada)
    old = town.link(ada.email, "recover/cancel")
    recovery.cancel_by_link(town.desk, old)
    later = begun(town, ada)
    with pytest.raises(Refused, match="recovery-ended"):
        recovery.cancel_by_link(town.desk, old)
    assert recovery.stands(town.desk, later).account == ada.name


def test_what_an_organisation_vouched_for_ends_with_the_recovery(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    town.change(ada, vouched=3, vouched_until=town.clock() + timedelta(days=20))
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    town.clock.wait(hours=72)
    finish(town, under_way)
    assert (town.account(ada).vouched, town.account(ada).vouched_until) == (0, None)


def test_a_disabled_account_is_not_recovered(town: PeopleWorld) -> None:
    ada = town.maintainer()
    under_way = begun(town, ada)
    town.change(ada, is_disabled=True)
    with pytest.raises(Refused, match="recovery-ended"):
        recovery.stands(town.desk, under_way)


def test_the_last_two_administrators_cannot_leave_at_the_same_moment(town: PeopleWorld) -> None:
    both = [town.administrator(name) for name in ("rita", "otto")]
    for each in both:
        town.prove(each)
    came: list[str] = []
    start = threading.Barrier(2)

    def leaves(index: int) -> None:
        start.wait()
        try:
            registration.leave(town.desk, both[index].visitor, str(both[index].name))
            came.append("left")
        except Refused as refused:
            came.append(refused.code)

    threads = [threading.Thread(target=leaves, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["last-administrator", "left"]


@pytest.mark.principle("AUTHN-2.1")
def test_a_network_that_denies_every_name_takes_nobody_s_address_away(town: PeopleWorld) -> None:
    ada = town.maintainer()
    denied = (NameAnswer(Names.NXDOMAIN, is_confirmed=True), Registration(Registry.NO_ANSWER))
    town.domains.answers[ada.email.rpartition("@")[2]] = denied
    check_domains(town.desk, Watch(town.domains, (), timedelta(days=7)), all_now=True)
    assert town.account(ada).email_verified
    # It vouches for nobody's way back either while nobody can tell.
    with pytest.raises(AssertionError, match="no link"):
        begun(town, ada)


def test_a_session_that_is_used_lasts_twelve_hours_and_one_that_is_left_alone_four(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    for _ in range(11):
        town.clock.wait(minutes=63)
        keep_alive(town.desk, ada.visitor)
    with town.vault.reading() as books:
        assert present(town.desk, books, ada.visitor).name == ada.name
        with pytest.raises(Refused, match="no-session"):
            present(town.desk, books, bob.visitor)
    town.clock.wait(minutes=63)
    keep_alive(town.desk, ada.visitor)
    with town.vault.reading() as books, pytest.raises(Refused, match="no-session"):
        present(town.desk, books, ada.visitor)


@pytest.mark.principle("AUTHN-1.1")
def test_a_name_that_was_registered_and_left_is_free_again_after_a_week(town: PeopleWorld) -> None:
    stranger = town.register("flask-team", verified=False)
    town.clock.wait(days=8)
    assert registration.forget_unfinished(town.desk) == 1
    town.register("flaskteam")
    with town.vault.reading() as books:
        assert books.accounts.account(stranger.name) is None


@pytest.mark.principle("AUTHN-1.5")
def test_a_storm_of_links_from_elsewhere_keeps_nobody_from_following_theirs() -> None:
    assert Per.ALL not in LIMITS[Guess.LINK]


@pytest.mark.principle("AUTHN-1.5")
def test_a_host_with_many_addresses_of_one_network_of_its_own_is_one_source() -> None:
    limit = LIMITS[Guess.PASSWORD][Per.SOURCE][0]
    keys = {Guesser(Visit(f"2001:db8:7:1::{n:x}")).key(Guess.PASSWORD, Per.SOURCE, limit) for n in range(9)}
    assert len(keys) == 1
    assert Guesser(Visit("2001:db8:7:2::1")).key(Guess.PASSWORD, Per.SOURCE, limit) not in keys


@pytest.mark.principle("AUTHN-1.5")
def test_whoever_is_told_to_take_a_better_password_has_not_used_up_a_try(town: PeopleWorld) -> None:
    from strongroom.kernel.secrets import Secret

    for _ in range(8):
        with pytest.raises(Refused, match="weak-password"):
            town.register("newcomer", password=Secret("password1234"))
    town.register("newcomer")
