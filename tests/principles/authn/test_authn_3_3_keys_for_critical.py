"""AUTHN-3.3: a critical project is published to and managed by passkey or security key, and keys can be had.

Principles: AUTHN-3.3
"""

import pytest
from tests.people_world import PeopleWorld

from strongroom.authz.roles import Role
from strongroom.kernel.refusals import Refused
from strongroom.people import members, security

pytestmark = pytest.mark.principle("AUTHN-3.3")


def test_who_has_only_one_time_codes_does_nothing_to_a_critical_project(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    anvil = town.project(ada)
    token = town.token(ada.visitor)
    town.make_critical(anvil)
    with pytest.raises(Refused, match="needs-phishing-resistant") as refused:
        town.publish(token)
    assert refused.value.principle == "AUTHN-3.3"
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)


def test_a_token_from_a_session_by_one_time_code_does_not_become_stronger_by_a_key_enrolled_later(
    town: PeopleWorld,
) -> None:
    ada = town.maintainer()
    anvil = town.project(ada)
    weak = town.token(ada.visitor)
    town.enrol_key(ada)
    strong = town.token(ada.visitor)
    town.make_critical(anvil)
    with pytest.raises(Refused, match="needs-stronger-proof"):
        town.publish(weak)
    assert town.publish(strong).is_new


def test_managing_its_people_takes_the_key_again_after_a_quarter_of_an_hour(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(key=True), town.maintainer("bob")
    anvil = town.project(ada)
    town.make_critical(anvil)
    town.clock.wait(minutes=16)
    with pytest.raises(Refused, match="prove-again"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)
    town.prove(ada)
    members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)


def test_a_maintainer_of_a_critical_project_can_claim_one_voucher_for_a_key(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    anvil = town.project(ada)
    with town.vault.writing() as books:
        books.factors.add_vouchers(["KEY-1", "KEY-2"])
    with pytest.raises(Refused, match="not-allowed"):
        security.claim_voucher(town.desk, ada.visitor)
    town.make_critical(anvil)
    first, again = security.claim_voucher(town.desk, ada.visitor), security.claim_voucher(town.desk, ada.visitor)
    assert first.code == again.code
    with pytest.raises(Refused, match="not-allowed"):
        security.claim_voucher(town.desk, bob.visitor)
