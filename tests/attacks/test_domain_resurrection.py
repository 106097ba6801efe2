"""Domain resurrection: whoever registers a lapsed domain reads its mail, and gets no account by it.

Principles: AUTHN-2.1
"""

from datetime import timedelta

import pytest
from tests.people_world import ELSEWHERE, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.authn.domains import NameAnswer, Names, Registration, Registry
from strongroom.kernel.refusals import Refused
from strongroom.people import addresses, passwords, recovery, registration
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.sign_in import SignedIn

pytestmark = pytest.mark.principle("AUTHN-2.1")

MALLORY = Visitor(ELSEWHERE)
OTHER = "ada@well.example.net"


def resurrected(town: PeopleWorld, domain: str) -> None:
    """Let a domain be registered anew by somebody else, who receives its mail from now on."""
    town.clock.wait(days=2)
    answer = NameAnswer(Names.RECEIVES), Registration(Registry.FOUND, created=town.clock.now - timedelta(days=1))
    town.domains.answers[domain] = answer
    town.check_domains()


def with_two_addresses(town: PeopleWorld) -> Person:
    ada = town.maintainer()
    addresses.add_address(town.desk, ada.visitor, OTHER)
    registration.verify_address(town.desk, ada.visitor, town.link(OTHER, "account/verify"))
    return ada


def test_no_reset_is_mailed_there_and_the_answer_is_as_ever(town: PeopleWorld) -> None:
    ada = town.maintainer()
    resurrected(town, "ada.example.com")
    before = len(town.letters(ada.email))
    passwords.ask_for_reset(town.desk, MALLORY, ada.email)
    passwords.ask_for_reset(town.desk, MALLORY, "nobody@nowhere.example")
    assert len(town.letters(ada.email)) == before


def test_no_recovery_begins_by_a_link_that_lay_in_the_mailbox(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, MALLORY, ada.email)
    link = town.link(ada.email, "recover")
    resurrected(town, "ada.example.com")
    with pytest.raises(Refused, match="ticket-spent"):
        recovery.begin_recovery(town.desk, MALLORY, link)
    with pytest.raises(Refused, match="ticket-spent"):
        passwords.finish_reset(town.desk, MALLORY, link, OTHER_PASSWORD, Beside())


def test_a_resurrected_address_is_no_second_proof(town: PeopleWorld) -> None:
    ada = with_two_addresses(town)
    resurrected(town, "ada.example.com")
    passwords.ask_for_reset(town.desk, MALLORY, OTHER)
    under_way = recovery.begin_recovery(town.desk, MALLORY, town.link(OTHER, "recover"))
    assert recovery.mail_second_address(town.desk, MALLORY, under_way) == 0
    assert town.account(ada).email == ada.email


def test_nor_is_one_that_is_lost_after_its_link_was_mailed(town: PeopleWorld) -> None:
    ada = with_two_addresses(town)
    passwords.ask_for_reset(town.desk, MALLORY, OTHER)
    under_way = recovery.begin_recovery(town.desk, MALLORY, town.link(OTHER, "recover"))
    assert recovery.mail_second_address(town.desk, MALLORY, under_way) == 1
    link = town.link(ada.email, "recover/second")
    resurrected(town, "ada.example.com")
    with pytest.raises(Refused, match="ticket-spent"):
        recovery.prove_by_second_address(town.desk, MALLORY, link)


def test_a_recovery_that_waits_ends_when_the_address_that_it_began_with_is_lost(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    passwords.ask_for_reset(town.desk, MALLORY, ada.email)
    under_way = recovery.begin_recovery(town.desk, MALLORY, town.link(ada.email, "recover"))
    recovery.prove_by_recovery_code(town.desk, MALLORY, under_way, codes[0].reveal())
    resurrected(town, "ada.example.com")
    town.clock.wait(days=4)
    with pytest.raises(Refused, match="recovery-ended"):
        recovery.finish_recovery(town.desk, MALLORY, under_way, "a hash")


def test_while_nobody_knows_the_standing_of_a_domain_nothing_is_recovered_by_it(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.domains.answers["ada.example.com"] = NameAnswer(Names.RECEIVES), Registration(Registry.NO_ANSWER)
    town.check_domains()
    before = len(town.letters(ada.email))
    passwords.ask_for_reset(town.desk, MALLORY, ada.email)
    assert len(town.letters(ada.email)) == before
    assert town.account(ada).email_verified


def test_the_owner_is_told_at_the_other_address_and_not_at_the_lost_one(town: PeopleWorld) -> None:
    ada = with_two_addresses(town)
    resurrected(town, "ada.example.com")
    assert "account.email.lapsed" in town.events()
    told = [each for each in town.letters() if "ada.example.com" in each.text and "domain" in each.text.lower()]
    assert told and {each.to for each in told} == {OTHER}
    assert not any(each.to == ada.email for each in told)


def test_the_attacker_verifies_nothing_again_without_the_owners_session(town: PeopleWorld) -> None:
    ada = town.maintainer()
    resurrected(town, "ada.example.com")
    mallory = town.register("mallory")
    registration.mail_verification_again(town.desk, mallory.visitor, ada.email)
    with pytest.raises(AssertionError, match="no link"):
        town.postbox.letters.clear()
        town.link(ada.email, "account/verify")
    assert not town.account(ada).email_verified


def test_the_lost_address_confirms_no_device_for_the_attacker(town: PeopleWorld) -> None:
    ada = town.maintainer()
    resurrected(town, "ada.example.com")
    before = len(town.letters(ada.email))
    town.clock.wait(seconds=60)
    with pytest.raises(Refused, match="email-not-verified"):
        town.sign_in(ada, MALLORY)
    assert len(town.letters(ada.email)) == before
    assert isinstance(town.sign_in(ada), SignedIn)  # in her own browser she still comes in
