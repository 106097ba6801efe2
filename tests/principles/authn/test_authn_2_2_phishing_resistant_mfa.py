"""AUTHN-2.2: a passkey or security key is a second factor, bound to this site, and no other answer passes for it.

Principles: AUTHN-2.2
"""

import pytest
from tests.people_world import ORIGIN, PeopleWorld

from strongroom.assess.authenticator import Lie
from strongroom.authn.assurance import Strength
from strongroom.kernel.refusals import Refused
from strongroom.people import factors, sign_in
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-2.2")


def test_a_key_is_enrolled_by_its_own_answer_and_asked_for_from_then_on(town: PeopleWorld) -> None:
    ada = town.register()
    key = town.enrol_key(ada, label="Blue")
    assert (key.label, town.account(ada).keys) == ("Blue", 1)
    assert ada.session is not None and town.strength(ada.session) is Strength.PHISHING_RESISTANT
    asked = town.password(ada)
    assert isinstance(asked, MoreAsked) and asked.factors == ("key",)
    options = sign_in.key_options(town.desk, asked.challenge)
    assert [each["id"] for each in options["allowCredentials"]] == [key.identifier]
    assert ada.authenticator is not None
    came = sign_in.answer_key(town.desk, ada.stranger, asked.challenge, ada.authenticator.answer(options, ORIGIN))
    assert isinstance(came, SignedIn) and came.strength is Strength.PHISHING_RESISTANT


@pytest.mark.parametrize(
    "lie", [Lie(origin="https://packages.example.evil.example"), Lie(rp_id="evil.example"), Lie(unverified=True)]
)
def test_a_key_that_answers_for_another_site_or_another_hand_is_not_enrolled(town: PeopleWorld, lie: Lie) -> None:
    ada = town.register()
    with pytest.raises(Refused, match="wrong-key-answer"):
        town.enrol_key(ada, lie)
    assert town.account(ada).keys == 0


@pytest.mark.parametrize("lie", [Lie(origin="https://evil.example"), Lie(unverified=True), Lie(other_key=True)])
def test_a_false_answer_opens_nothing(town: PeopleWorld, lie: Lie) -> None:
    ada = town.register()
    town.enrol_key(ada)
    asked = town.password(ada)
    assert isinstance(asked, MoreAsked) and ada.authenticator is not None
    options = sign_in.key_options(town.desk, asked.challenge)
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.answer_key(town.desk, ada.visitor, asked.challenge, ada.authenticator.answer(options, ORIGIN, lie))


def test_an_account_has_several_keys_and_any_of_them_answers(town: PeopleWorld) -> None:
    ada = town.register()
    first = town.enrol_key(ada, label="first")
    one, ada.authenticator = ada.authenticator, None
    second = town.enrol_key(ada, label="second")
    assert first.identifier != second.identifier
    for authenticator in (one, ada.authenticator):
        assert authenticator is not None
        options, ticket = factors.begin_proof(town.desk, ada.visitor)
        ada.takes(factors.prove_by_key(town.desk, ada.visitor, ticket, authenticator.answer(options, ORIGIN)))
    factors.remove_key(town.desk, ada.visitor, first.identifier)
    assert town.account(ada).keys == 1
