"""`strongroom admin project` and `strongroom admin organisation` lead back where nobody else can, and tell of it.

Principles: AUTHZ-2.1, AUTHZ-3.3
"""

from datetime import timedelta

import pytest
from tests.unit.commands.conftest import Desk
from tests.worlds import ADA, ANVIL, World, wheel

from strongroom.authz.organisations import Organisation
from strongroom.authz.provenance import Provenance
from strongroom.authz.roles import OrganisationRole
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused

BOTH = frozenset({Demand.TWO_PEOPLE, Demand.ATTESTATIONS})
CLAIMS = {"source_repository_uri": "https://forge.example/acme/anvil", "issuer": "https://forge.example"}


def happened(world: World, event: Event) -> list[Happening]:
    """Return what has happened of this kind."""
    with world.vault.reading() as books:
        return [each.what for each in books.events.after(0, 1000) if each.what.event is event]


def attested(world: World, version: str) -> None:
    """Publish a version that comes with provenance."""
    made = wheel(version=version)
    world.publish(world.token(ADA)[1], made)
    found = Provenance("{}", "acme/anvil", ("t",), CLAIMS, 7, world.clock(), "0" * 64)
    with world.vault.writing() as books:
        books.provenances.add_provenance(made.filename, found)


@pytest.mark.principle("AUTHZ-2.1")
def test_the_operator_lifts_one_demand_of_a_project_and_its_owners_are_told(desk: Desk, stocked: World) -> None:
    stocked.publish(stocked.token(ADA)[1], wheel())
    with stocked.vault.writing() as books:
        books.shelf.set_policy(ANVIL, BOTH)
    said = desk.admin("project", "lift", "Anvil", "--demand", "two-people")
    assert said == {"lifted": "two-people", "policy": ["attestations"]}
    (what,) = happened(stocked, Event.PROJECT_POLICY_CHANGED)
    assert (what.actor, what.project) == ("administrator on the machine", "anvil")
    with pytest.raises(Refused, match="no-such-demand"):
        desk.run("admin", "project", "lift", "anvil", "--demand", "two-people")
    with pytest.raises(Refused, match="no-such-project"):
        desk.run("admin", "project", "lift", "nothing", "--demand", "two-people")
    assert desk.run("admin", "project", "lift", "anvil", "--demand", "everything").code == 2


@pytest.mark.principle("AUTHZ-2.1")
def test_the_operator_lifts_one_demand_of_an_organisation(desk: Desk, stocked: World) -> None:
    with stocked.vault.writing() as books:
        books.organisations.add_organisation(Organisation("acme", "Acme", stocked.clock(), BOTH))
        books.organisations.set_member("acme", ADA, OrganisationRole.OWNER)
    said = desk.admin("organisation", "lift", "acme", "--demand", "two-people")
    assert said == {"lifted": "two-people", "policy": ["attestations"]}
    (what,) = happened(stocked, Event.ORGANISATION_POLICY_CHANGED)
    assert what.detail["organisation"] == "acme"
    for name, code in (("forge", "no-such-organisation"), ("Not A Name!", "bad-request")):
        with pytest.raises(Refused, match=code):
            desk.run("admin", "organisation", "lift", name, "--demand", "two-people")


@pytest.mark.principle("AUTHZ-3.3")
def test_earlier_attestations_are_forgotten_until_a_file_comes_with_some_again(desk: Desk, stocked: World) -> None:
    token = stocked.token(ADA)[1]
    attested(stocked, "1.0")
    with pytest.raises(Refused, match="provenance-lost"):
        stocked.publish(token, wheel(version="1.1"))
    assert desk.admin("project", "forget-provenance", "anvil") == {"project": "anvil", "forgotten": True}
    (what,) = happened(stocked, Event.PROVENANCE_FORGOTTEN)
    assert (what.actor, what.project) == ("administrator on the machine", "anvil")
    with pytest.raises(Refused, match="no-such-demand"):
        desk.run("admin", "project", "forget-provenance", "anvil")
    stocked.publish(token, wheel(version="1.1"))
    with stocked.vault.reading() as books:
        assert wheel(version="1.0").filename in books.provenances.provenances_of(ANVIL)
        record = books.shelf.project(ANVIL)
    assert record is not None
    assert record.provenance_forgotten is not None
    stocked.clock.now = record.provenance_forgotten + timedelta(minutes=1)
    attested(stocked, "1.2")
    with pytest.raises(Refused, match=r"provenance-lost: .*1[.]2"):
        stocked.publish(token, wheel(version="1.3"))
