"""What was found of lowering later: an organisation's owner alone, an ask that is asked again, and whose right is gone.

Principles: AUTHZ-2.1
"""

import pytest
from tests.attacks.test_audit_findings_2026 import bench, make_acme
from tests.attacks.test_stolen_rights import ANVIL, demand
from tests.people_world import PeopleWorld, Person

from strongroom.authz.roles import OrganisationRole
from strongroom.kernel.records import Demand, Policy
from strongroom.people import demands, projects

pytestmark = pytest.mark.principle("AUTHZ-2.1")

BUILDS = frozenset({Demand.ATTESTATIONS, Demand.TRUSTED_PUBLISHING})


def of_acme(town: PeopleWorld) -> Policy:
    """Return what acme itself demands."""
    with town.vault.reading() as books:
        acme = books.organisations.organisation("acme")
    assert acme is not None
    return acme.policy


def acme_with_anvil(town: PeopleWorld, *others: tuple[Person, OrganisationRole]) -> Person:
    """Return ada, whose acme has anvil, and demands builds that are known."""
    ada = town.maintainer("ada")
    town.project(ada)
    make_acme(town, ada, *others)
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    demands.set_organisation_policy(bench(town), ada.visitor, "acme", BUILDS)
    return ada


def test_what_an_organisation_demands_of_a_project_of_two_people_is_lowered_by_two(town: PeopleWorld) -> None:
    bob = town.maintainer("bob")
    ada = acme_with_anvil(town, (bob, OrganisationRole.OWNER))
    demand(town, ada, Demand.TWO_PEOPLE)
    town.prove(ada)
    ask = demands.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset()).ask
    assert of_acme(town) == BUILDS
    assert ask is not None
    assert ask.lifted == BUILDS
    town.prove(bob)
    demands.confirm(bench(town), bob.visitor, ask.identifier)
    assert of_acme(town) == frozenset()


def test_an_organisation_whose_projects_demand_no_two_people_is_lowered_by_one(town: PeopleWorld) -> None:
    ada = acme_with_anvil(town)
    demand(town, ada, Demand.ATTESTATIONS)
    town.prove(ada)
    assert demands.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset()).ask is None
    assert of_acme(town) == frozenset()


def test_an_owner_alone_hears_that_a_project_of_two_people_leaves_nobody_to_confirm(town: PeopleWorld) -> None:
    ada = acme_with_anvil(town)
    demand(town, ada, Demand.TWO_PEOPLE)
    town.prove(ada)
    settled = demands.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset())
    assert settled.ask is not None
    assert "Nobody but you could confirm" in settled.warning
