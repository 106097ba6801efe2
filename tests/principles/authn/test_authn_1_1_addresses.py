"""AUTHN-1.1: an address is verified by its owner, for the account that asked, before it counts for anything.

Principles: AUTHN-1.1
"""

import pytest
from tests.people_world import ELSEWHERE, PeopleWorld

from strongroom.authn.sessions import Errand
from strongroom.authz.roles import Role
from strongroom.kernel.refusals import Refused
from strongroom.people import addresses, members, registration
from strongroom.people.desk import Visitor

pytestmark = pytest.mark.principle("AUTHN-1.1")


def test_whoever_has_not_verified_an_address_makes_no_token_and_holds_no_role(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.register("bob", verified=False)
    town.enrol_totp(bob)
    with pytest.raises(Refused, match="email-not-verified"):
        town.token(bob.visitor)
    anvil = town.project(ada)
    with pytest.raises(Refused, match="email-not-verified"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, _publisher())


def test_after_following_the_link_both_are_possible(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.register("bob")
    assert town.account(bob).email_verified
    town.enrol_totp(bob)
    anvil = town.project(ada)
    members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, _publisher())
    assert town.accept(bob) == [_publisher()]
    assert town.publish(town.token(bob.visitor)).is_new


def test_a_link_verifies_nothing_for_another_account_and_stays_good_for_its_own(town: PeopleWorld) -> None:
    ada, mallory = town.register(verified=False), town.register("mallory")
    link = town.link(ada.email, "account/verify")
    with pytest.raises(Refused, match="other-account"):
        registration.verify_address(town.desk, mallory.visitor, link)
    with pytest.raises(Refused, match="no-session"):
        registration.verify_address(town.desk, Visitor(ELSEWHERE), link)
    assert registration.verify_address(town.desk, ada.visitor, link) == ada.email
    assert town.account(ada).email_verified


def test_a_link_is_good_once_and_for_a_day(town: PeopleWorld) -> None:
    ada, bob = town.register(verified=False), town.register("bob", verified=False)
    link = town.link(ada.email, "account/verify")
    registration.verify_address(town.desk, ada.visitor, link)
    with pytest.raises(Refused, match="ticket-spent"):
        registration.verify_address(town.desk, ada.visitor, link)
    late = town.link(bob.email, "account/verify")
    town.clock.wait(hours=24)
    with pytest.raises(Refused, match=r"ticket-spent|no-session"):
        registration.verify_address(town.desk, bob.visitor, late)
    assert not town.account(bob).email_verified


def test_a_link_for_one_thing_verifies_no_address(town: PeopleWorld) -> None:
    ada = town.register(verified=False)
    with town.vault.writing() as books:
        other = town.desk.issue(books, Errand.RESET_PASSWORD, ada.name, address=ada.email)
    with pytest.raises(Refused, match="ticket-spent"):
        registration.verify_address(town.desk, ada.visitor, other)
    assert not town.account(ada).email_verified


def test_an_address_that_somebody_verified_meanwhile_is_theirs(town: PeopleWorld) -> None:
    first = town.register(email="shared@shared.example.com", verified=False)
    link = town.link(first.email, "account/verify")
    town.register("bob", email="shared@shared.example.com")
    with pytest.raises(Refused, match="address-taken"):
        registration.verify_address(town.desk, first.visitor, link)


def test_an_address_becomes_primary_only_once_it_is_verified(town: PeopleWorld) -> None:
    ada = town.maintainer()
    addresses.add_address(town.desk, ada.visitor, "ada@other.example.net")
    with pytest.raises(Refused, match="email-not-verified"):
        addresses.make_primary(town.desk, ada.visitor, "ada@other.example.net")
    assert town.account(ada).email == ada.email


def _publisher() -> Role:
    return Role.PUBLISHER
