"""AUTHN-3.1: a passkey, and nothing else, signs in.

Principles: AUTHN-3.1
"""

from typing import Any

import pytest
from tests.people_world import HOME, ORIGIN, PeopleWorld, Person

from strongroom.assess.authenticator import Lie
from strongroom.authn.assurance import Strength
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import factors, sign_in
from strongroom.people.desk import Visitor

pytestmark = pytest.mark.principle("AUTHN-3.1")


def begun(town: PeopleWorld, person: Person, lie: Lie | None = None) -> tuple[dict[str, Any], Secret]:
    assert person.authenticator is not None
    options, challenge = sign_in.begin_passkey(town.desk, Visitor(HOME))
    return person.authenticator.answer(options, ORIGIN, lie or Lie()), challenge


def test_an_account_without_a_password_registers_enrols_a_passkey_and_signs_in_with_it(town: PeopleWorld) -> None:
    ada = town.register(password=None)
    assert town.account(ada).password_hash == ""
    town.enrol_key(ada)
    came = town.passkey(ada, ada.stranger)
    assert (came.account, came.strength) == (ada.name, Strength.PHISHING_RESISTANT)
    assert len(town.letters(ada.email)) > 0


def test_the_site_asks_for_any_passkey_and_a_verified_user_and_names_nobody(town: PeopleWorld) -> None:
    town.enrol_key(town.register())
    options, _ = sign_in.begin_passkey(town.desk, Visitor(HOME))
    assert not options.get("allowCredentials")
    assert options["userVerification"] == "required"


def test_a_passkey_is_made_discoverable(town: PeopleWorld) -> None:
    ada = town.register()
    asked = factors.begin_key(town.desk, ada.visitor)
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"


@pytest.mark.parametrize(
    "lie", [Lie(origin="https://evil.example"), Lie(unverified=True), Lie(other_key=True), Lie(challenge="AAAA")]
)
def test_a_false_answer_signs_nobody_in_and_spends_the_question(town: PeopleWorld, lie: Lie) -> None:
    ada = town.register()
    town.enrol_key(ada)
    answer, challenge = begun(town, ada, lie)
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, begun(town, ada)[0])


def test_an_answer_is_good_once_and_for_five_minutes(town: PeopleWorld) -> None:
    ada = town.register()
    town.enrol_key(ada)
    answer, challenge = begun(town, ada)
    sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)
    answer, challenge = begun(town, ada)
    town.clock.wait(minutes=5)
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)


def test_a_passkey_that_was_removed_or_never_enrolled_signs_nobody_in(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    factors.remove_key(town.desk, ada.visitor, ada.keys[0].identifier)
    answer, challenge = begun(town, ada)
    with pytest.raises(Refused, match="unknown-key"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)


def test_an_answer_that_does_not_say_whose_it_is_signs_nobody_in(town: PeopleWorld) -> None:
    # WebAuthn 3, 7.2, step 6: where nobody was identified before, "verify that response.userHandle is present".
    ada = town.register()
    town.enrol_key(ada)
    answer, challenge = begun(town, ada)
    del answer["response"]["userHandle"]
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.finish_passkey(town.desk, ada.stranger, challenge, answer)
