"""AUTHN-2.4: a password that the world knows is refused when it is chosen, and noticed when it is used.

Principles: AUTHN-2.4
"""

from dataclasses import replace

import pytest
from tests.people_world import LEAKED, OTHER_PASSWORD, PASSWORD, PeopleWorld

from strongroom.authn.breaches import Exposure, require_unleaked
from strongroom.authn.passwords import Hashing
from strongroom.kernel.refusals import Refused
from strongroom.outbound.breach_files import SORTED
from strongroom.people import factors, passwords
from strongroom.people.passwords import Beside
from strongroom.people.sign_in import SignedIn

pytestmark = pytest.mark.principle("AUTHN-2.4")


def test_nobody_registers_with_a_leaked_password(town: PeopleWorld) -> None:
    with pytest.raises(Refused, match="leaked-password"):
        town.register(password=LEAKED)
    assert town.events() == []


def test_nobody_changes_to_one_in_a_session_or_by_a_mailed_link(town: PeopleWorld) -> None:
    ada = town.register()
    with pytest.raises(Refused, match="leaked-password"):
        passwords.change_password(town.desk, ada.visitor, PASSWORD, LEAKED)
    passwords.ask_for_reset(town.desk, ada.stranger, ada.email)
    with pytest.raises(Refused, match="leaked-password"):
        passwords.finish_reset(town.desk, ada.stranger, town.link(ada.email, "recover"), LEAKED, Beside())
    assert isinstance(town.sign_in(ada), SignedIn)


def test_a_list_that_cannot_answer_refuses_a_new_password_and_lets_an_old_one_in_with_a_warning(
    town: PeopleWorld,
) -> None:
    ada = town.register()
    (town.folder / "breaches" / SORTED).unlink()
    with pytest.raises(Refused, match="breach-list-silent"):
        passwords.change_password(town.desk, ada.visitor, PASSWORD, OTHER_PASSWORD)
    with pytest.raises(Refused, match="breach-list-silent"):
        town.register("bob")
    came = town.sign_in(ada)
    assert isinstance(came, SignedIn) and "could not be looked up" in came.warning


def test_a_password_that_leaks_later_is_noticed_at_login_and_must_be_changed_before_all_else(
    town: PeopleWorld,
) -> None:
    ada = town.maintainer()
    token = town.token(ada.visitor)
    town.publish(token)
    town.leak(PASSWORD)
    came = town.sign_in(ada)
    assert isinstance(came, SignedIn) and came.must_change_password
    assert "account.password.leaked" in town.events()
    for forbidden in (lambda: town.token(ada.visitor), lambda: factors.begin_key(town.desk, ada.visitor)):
        with pytest.raises(Refused, match="change-password-first"):
            forbidden()
    with pytest.raises(Refused, match="change-password-first"):
        town.publish(token)
    ada.takes(passwords.change_password(town.desk, ada.visitor, PASSWORD, OTHER_PASSWORD))
    town.publish(token)


def test_a_change_takes_the_present_password_a_fresh_proof_and_ends_every_other_session(town: PeopleWorld) -> None:
    ada = town.maintainer()
    former = ada.visitor
    town.sign_in(ada)
    for wrong in (None, OTHER_PASSWORD):
        with pytest.raises(Refused, match="wrong-credentials"):
            passwords.change_password(town.desk, ada.visitor, wrong, OTHER_PASSWORD)
    renewed = passwords.change_password(town.desk, ada.visitor, PASSWORD, OTHER_PASSWORD)
    for ended in (former, ada.visitor):
        with pytest.raises(Refused, match="no-session"):
            town.token(ended)
    ada.takes(renewed)
    assert town.token(ada.visitor)
    with pytest.raises(Refused, match="wrong-credentials"):
        town.password(ada, password=PASSWORD)


@pytest.mark.parametrize(
    ("exposure", "code"), [(Exposure.LEAKED, "leaked-password"), (Exposure.UNKNOWN, "breach-list-silent")]
)
def test_what_the_list_knows_or_cannot_say_is_refused(exposure: Exposure, code: str) -> None:
    with pytest.raises(Refused, match=code) as refused:
        require_unleaked(exposure)
    assert refused.value.principle == "AUTHN-2.4"


def test_no_password_is_hashed_that_leaked(town: PeopleWorld) -> None:
    class Recording:
        def __init__(self, inner: Hashing) -> None:
            self.inner, self.hashed = inner, 0

        def hash(self, password: object) -> str:
            self.hashed += 1
            return self.inner.hash(PASSWORD)

        def matches(self, kept: str, password: object) -> bool:
            return False

        def is_dated(self, kept: str) -> bool:
            return False

    recording = Recording(town.hashing)
    town.desk = replace(town.desk, hashing=recording)
    with pytest.raises(Refused, match="leaked-password"):
        town.register(password=LEAKED)
    assert recording.hashed == 0
