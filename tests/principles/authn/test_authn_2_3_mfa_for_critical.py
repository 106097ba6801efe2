"""AUTHN-2.3: what many depend on is found to be critical, and nobody publishes to it or manages it without MFA.

Principles: AUTHN-2.3
"""

import pytest
from tests.people_world import PeopleWorld
from tests.worlds import FORMAT, wheel

from strongroom.authz.roles import Role
from strongroom.kernel.refusals import Refused
from strongroom.packages.criticality import Rule, reckoned
from strongroom.people import members
from strongroom.people.criticality import reckon

pytestmark = pytest.mark.principle("AUTHN-2.3")


def test_the_most_downloaded_hundredth_is_critical() -> None:
    downloads = {f"p{each}": each for each in range(200)}
    assert set(reckoned(Rule(0.01, 1.0, 10**9), 200, downloads, {})) == {"p199", "p198"}


def test_what_a_share_of_the_others_depends_on_is_critical_too() -> None:
    dependents = {"anvil": 20, "feather": 9}
    assert set(reckoned(Rule(0.0, 0.1, 10), 100, {}, dependents)) == {"anvil"}


def test_nobody_downloads_nothing_into_the_critical_set() -> None:
    assert reckoned(Rule(0.5, 1.0, 10**9), 4, {"anvil": 0}, {"anvil": 1}) == {}


def test_a_project_that_became_critical_takes_no_file_by_a_token_of_an_account_that_lost_its_factor(
    town: PeopleWorld,
) -> None:
    ada = town.maintainer(totp=False, key=True)
    anvil = town.project(ada)
    token = town.token(ada.visitor)
    town.make_critical(anvil)
    town.publish(token)
    with town.vault.writing() as books:
        books.factors.forget_factors_of(ada.name)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        town.publish(token)


def test_nor_are_its_people_managed_without_a_factor(town: PeopleWorld) -> None:
    ada, bob, weak = town.maintainer(key=True), town.maintainer("bob"), town.register("weak")
    anvil = town.project(ada)
    town.grant(weak, anvil)
    town.make_critical(anvil)
    for who in (weak, bob):
        town.grant(who, anvil)
        with pytest.raises(Refused, match="needs-"):
            members.give_role(town.desk, town.index, who.visitor, anvil, bob.name, Role.PUBLISHER)
        with pytest.raises(Refused, match="needs-"):
            members.take_role(town.desk, town.index, who.visitor, anvil, ada.name)
    members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)


def test_the_rule_is_reckoned_from_what_is_kept_and_its_owners_are_told_30_days_ahead(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    for each in range(3):
        town.publish(town.token(ada.visitor), wheel(f"user{each}", more="Requires-Dist: anvil"))
    fresh, _ = reckon(town.desk, FORMAT, Rule(0.0, 0.5, 2))
    assert fresh == ["anvil"]
    token = town.token(ada.visitor)
    town.publish(token)
    assert any("anvil" in each.subject and "critical" in each.subject for each in town.letters(ada.email))
    town.clock.wait(days=29, hours=23)
    with town.vault.reading() as books:
        assert [each.project for each in books.critical.critical()] == ["anvil"]
    town.clock.wait(hours=2)
    with pytest.raises(Refused, match=r"needs-phishing-resistant|token-expired"):
        town.publish(token)
