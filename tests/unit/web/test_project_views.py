"""What the pages of projects say of roles and policies is what the tables of rights say.

Principles: AUTHZ-2.1, AUTHZ-3.1
"""

from dataclasses import replace

import pytest
from tests.browser.project_samples import OWNED

from strongroom.authz.roles import OrganisationRole, Right, Role, rights_of
from strongroom.kernel.records import Demand
from strongroom.web.people.project_views import PLACES, choice, demands, roles_to_give


@pytest.mark.parametrize(
    ("role", "means"),
    [
        (Role.OWNER, "may do everything"),
        (Role.PUBLISHER, "may read, publish and yank releases"),
        (Role.PEOPLE_MANAGER, "may read and manage the people"),
        (Role.SECURITY_CONTACT, "may read, yank releases and see what was reported"),
        (Role.READER, "may read"),
    ],
)
def test_a_role_is_explained_by_its_rights(role: Role, means: str) -> None:
    assert choice(role).means == means


def test_every_place_in_an_organisation_is_explained() -> None:
    assert set(PLACES) == set(OrganisationRole)


def test_a_demand_names_who_makes_it_and_whether_it_can_be_lowered_here() -> None:
    own = frozenset({Demand.TWO_PEOPLE, Demand.ATTESTATIONS})
    inherited = frozenset({Demand.ATTESTATIONS, Demand.TRUSTED_PUBLISHING})
    shown = {each.demand: each for each in demands(own, inherited, frozenset({Demand.TRUSTED_PUBLISHING}), "acme")}
    assert (shown[Demand.TWO_PEOPLE].by, shown[Demand.TWO_PEOPLE].is_own) == ("", True)
    assert (shown[Demand.ATTESTATIONS].by, shown[Demand.ATTESTATIONS].is_own) == ("acme", True)
    assert (shown[Demand.TRUSTED_PUBLISHING].by, shown[Demand.TRUSTED_PUBLISHING].is_own) == ("this repository", False)


@pytest.mark.principle("AUTHZ-2.1")
def test_only_owners_are_offered_to_make_owners_and_who_manages_nobody_is_offered_nothing() -> None:
    def offered(role: Role) -> set[str]:
        return {each.value for each in roles_to_give(replace(OWNED, roles=frozenset({role}), rights=rights_of([role])))}

    assert offered(Role.OWNER) == set(Role)
    assert offered(Role.PEOPLE_MANAGER) == set(Role) - {Role.OWNER}
    for role in Role:
        if Right.MANAGE_PEOPLE not in rights_of([role]):
            assert offered(role) == set()
