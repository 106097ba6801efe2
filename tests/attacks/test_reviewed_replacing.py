"""Whoever has lost a factor replaces it after a recovery code, within 15 minutes, and does nothing else by it.

Principles: AUTHN-1.2, AUTHN-1.3, AUTHN-2.2, AUTHN-3.2
"""

from collections.abc import Callable

import pytest
from tests.people_world import HOME, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.authn.assurance import Strength
from strongroom.kernel.refusals import Refused
from strongroom.people import addresses, factors, passwords, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-1.2")


def let_in_by_code(town: PeopleWorld, person: Person, here: Visitor) -> Visitor:
    """Sign in with the password and a recovery code, confirming a new device by mail where that is asked."""
    asked = town.password(person, here)
    assert isinstance(asked, MoreAsked)
    came = sign_in.answer_recovery_code(town.desk, here, asked.challenge, person.codes.pop().reveal())
    if isinstance(came, MoreAsked):
        came = town.confirmed(person, came, here)
    assert isinstance(came, SignedIn) and came.strength is Strength.TOTP
    return Visitor(here.visit, came.session, came.device or here.device)


def bereft(town: PeopleWorld, *, key: bool = True) -> Person:
    """Return somebody who has lost every factor, and holds recovery codes."""
    ada = town.maintainer(key=key)
    town.enrol_codes(ada)
    town.clock.wait(hours=13)
    return ada


@pytest.mark.parametrize("is_new_device", [False, True])
def test_who_lost_their_key_enrols_another_and_removes_the_lost_one(town: PeopleWorld, is_new_device: bool) -> None:
    ada = bereft(town)
    inside = let_in_by_code(town, ada, Visitor(HOME, None, None if is_new_device else ada.device))
    lost, ada.authenticator = ada.keys.pop(), None
    ada.session, ada.device = inside.session, inside.device
    town.clock.wait(minutes=14)
    fresh = town.enrol_key(ada)
    factors.remove_key(town.desk, ada.visitor, lost.identifier)
    factors.make_recovery_codes(town.desk, ada.visitor)
    assert town.passkey(ada).strength is Strength.PHISHING_RESISTANT
    assert ada.keys == [fresh]
    subjects = [each.subject for each in town.letters(ada.email)]
    for told in ("A recovery code of", "A passkey or security key was added", "A passkey or security key of ada was"):
        assert any(told in each for each in subjects), told


def test_who_lost_their_telephone_puts_another_in_its_place_in_one_moment(town: PeopleWorld) -> None:
    ada = bereft(town, key=False)
    former = town.account(ada).totp_secret
    ada.session = let_in_by_code(town, ada, Visitor(HOME, None, ada.device)).session
    town.enrol_totp(ada)
    assert town.account(ada).totp_secret not in ("", former)
    assert town.events()[-2:] == ["account.totp.removed", "account.totp.added"]
    assert isinstance(town.sign_in(ada), SignedIn)


def test_after_a_quarter_of_an_hour_it_is_a_session_like_any_other(town: PeopleWorld) -> None:
    ada = bereft(town)
    ada.session = let_in_by_code(town, ada, Visitor(HOME, None, ada.device)).session
    town.clock.wait(minutes=15)
    for deed in (factors.begin_key, factors.begin_totp, factors.make_recovery_codes):
        with pytest.raises(Refused, match="prove-again"):
            deed(town.desk, ada.visitor)


FORBIDDEN: dict[str, Callable[[PeopleWorld, Person], object]] = {
    "a token": lambda town, ada: town.token(ada.visitor),
    "an address": lambda town, ada: addresses.add_address(town.desk, ada.visitor, "new@new.example.com"),
    "a primary address": lambda town, ada: addresses.make_primary(town.desk, ada.visitor, ada.email),
    "a password": lambda town, ada: passwords.change_password(
        town.desk, ada.visitor, ada.password, OTHER_PASSWORD
    ),
    "less": lambda town, ada: factors.remove_totp(town.desk, ada.visitor),
}  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_by_a_recovery_code_nothing_is_had_but_a_replacement(town: PeopleWorld, what: str) -> None:
    ada = bereft(town)
    ada.session = let_in_by_code(town, ada, Visitor(HOME, None, ada.device)).session
    with pytest.raises(Refused, match="prove-again"):
        FORBIDDEN[what](town, ada)


def test_a_session_by_one_time_code_replaces_no_key(town: PeopleWorld) -> None:
    ada = bereft(town)
    assert isinstance(town.sign_in(ada), SignedIn)
    for deed in (factors.begin_key, factors.begin_totp, factors.make_recovery_codes):
        with pytest.raises(Refused, match="prove-again"):
            deed(town.desk, ada.visitor)
