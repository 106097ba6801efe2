"""AUTHN-3.2: who has no second factor publishes and manages nothing, by session or token, and the last one stays.

Principles: AUTHN-3.2
"""

import pytest
from tests.people_world import PeopleWorld

from strongroom.authn.assurance import NEEDS, Action, Strength
from strongroom.authz.roles import Role
from strongroom.kernel.refusals import Refused
from strongroom.people import factors, members

pytestmark = pytest.mark.principle("AUTHN-3.2")


def test_who_has_only_a_password_makes_no_token_and_gets_no_role(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.register("bob")
    anvil = town.project(ada)
    with pytest.raises(Refused, match="needs-second-factor"):
        town.token(bob.visitor)
    with pytest.raises(Refused, match="needs-second-factor"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)


def test_a_token_of_an_account_that_lost_its_factor_publishes_nothing(town: PeopleWorld) -> None:
    ada = town.maintainer()
    token = town.token(ada.visitor)
    town.publish(token)
    town.change(ada, totp_secret="")
    with pytest.raises(Refused, match="needs-second-factor"):
        town.publish(token)
    with pytest.raises(Refused, match="needs-second-factor"):
        town.token(ada.visitor)


def test_a_session_that_was_opened_with_less_manages_nothing(town: PeopleWorld) -> None:
    ada, bob = town.register(), town.maintainer("bob")
    weak = ada.visitor
    town.sign_in(ada)
    town.enrol_totp(ada)
    anvil = town.project(ada)
    with pytest.raises(Refused, match="needs-stronger-proof"):
        members.give_role(town.desk, town.index, weak, anvil, bob.name, Role.PUBLISHER)
    members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)


def test_the_last_second_factor_stays(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob", totp=False, key=True)
    with pytest.raises(Refused, match="last-factor"):
        factors.remove_totp(town.desk, ada.visitor)
    with pytest.raises(Refused, match="last-factor"):
        factors.remove_key(town.desk, bob.visitor, bob.keys[0].identifier)
    assert town.account(ada).totp_secret and town.account(bob).keys == 1
    town.enrol_key(ada)
    factors.remove_totp(town.desk, ada.visitor)


def test_what_concerns_a_project_asks_for_a_second_factor_in_the_table() -> None:
    for action in (Action.PUBLISH, Action.MANAGE, Action.HOLD_ROLE, Action.CREATE_TOKEN, Action.ADMINISTER):
        assert NEEDS[action].strength >= Strength.TOTP
        assert NEEDS[action].verified
