"""What was found of lowering later: an organisation's owner alone, an ask that is asked again, and whose right is gone.

Principles: AUTHZ-2.1
"""

from collections.abc import Callable

import pytest
from tests.attacks.test_audit_findings_2026 import bench, make_acme
from tests.attacks.test_lowering_alone import BOTH
from tests.attacks.test_stolen_rights import ANVIL, demand, joined
from tests.people_world import PeopleWorld, Person
from tests.worlds import wheel

from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.people import demands, members, organisations, projects
from strongroom.web.people.project_deeds import said_of, settled_as

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


# -- who lost the right is named: whoever answers has not lost theirs


def _thrown_out(town: PeopleWorld, ada: Person, bob: Person) -> None:
    town.prove(bob)
    members.take_role(town.desk, town.index, bob.visitor, ANVIL, ada.name)


def _weakened(town: PeopleWorld, ada: Person, _: Person) -> None:
    town.change(ada, totp_secret="", keys=0)


GONE = [
    pytest.param(_thrown_out, "not-allowed: ada, who {did}, may {may} no more. Decline it.", id="right"),
    pytest.param(_weakened, "not-allowed: ada, who {did}, could not do so now: ", id="factor"),
]


def told(town: PeopleWorld, person: Person, deed: Callable[[], object]) -> str:
    """Return in which words somebody is refused."""
    town.prove(person)
    with pytest.raises(Refused) as refused:
        deed()
    return str(refused.value)


@pytest.mark.parametrize(("how", "words"), GONE)
def test_who_confirms_what_nobody_may_ask_any_more_hears_whose_right_is_gone(
    town: PeopleWorld, how: Callable[[PeopleWorld, Person, Person], None], words: str
) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    bob = joined(town, ada, "bob", Role.OWNER)
    demand(town, ada, *BOTH)
    town.prove(ada)
    ask = demands.set_policy(bench(town), ada.visitor, ANVIL, frozenset()).ask
    assert ask is not None
    how(town, ada, bob)
    said = told(town, bob, lambda: demands.confirm(bench(town), bob.visitor, ask.identifier))
    assert said.startswith(words.format(did="asked", may="set the policy of anvil"))


@pytest.mark.parametrize("left", [True, False])
def test_who_confirms_for_an_organisation_hears_whose_place_is_gone(town: PeopleWorld, left: bool) -> None:
    bob = town.maintainer("bob")
    ada = acme_with_anvil(town, (bob, OrganisationRole.OWNER))
    demand(town, ada, Demand.TWO_PEOPLE)
    town.prove(ada)
    ask = demands.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset()).ask
    assert ask is not None
    town.prove(bob)
    if left:
        organisations.remove_member(town.desk, bob.visitor, "acme", ada.name)
    else:
        organisations.set_member(town.desk, bob.visitor, "acme", ada.name, OrganisationRole.MANAGER)
    said = told(town, bob, lambda: demands.confirm(bench(town), bob.visitor, ask.identifier))
    assert said == "not-allowed: ada, who asked, may set the policy of acme no more. Decline it."


@pytest.mark.parametrize(("how", "words"), GONE)
def test_who_approves_of_what_nobody_may_send_any_more_hears_whose_right_is_gone(
    town: PeopleWorld, how: Callable[[PeopleWorld, Person, Person], None], words: str
) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    bob = joined(town, ada, "bob", Role.OWNER)
    demand(town, ada, Demand.TWO_PEOPLE)
    made = wheel(version="9.0")
    assert town.publish(town.token(ada.visitor), made).is_held
    how(town, ada, bob)
    said = told(town, bob, lambda: projects.approve(bench(town), bob.visitor, made.filename))
    assert said.startswith(words.format(did="sent it", may="publish to anvil"))


# -- who asks again


def tidings(town: PeopleWorld) -> list[str]:
    """Return the letters about what is asked of policies so far, by subject; each goes to every owner."""
    heads = [letter.subject for letter in town.letters("ada@ada.example.com")]
    return [each for each in heads if "asked to demand less" in each or "demands what it did" in each]


def owned_by_two(town: PeopleWorld) -> tuple[Person, Person]:
    """Return ada and bob, who own anvil, which demands two people and attestations."""
    ada = town.maintainer("ada")
    town.project(ada)
    bob = joined(town, ada, "bob", Role.OWNER)
    demand(town, ada, *BOTH)
    return ada, bob


def wish(town: PeopleWorld, person: Person, *wanted: Demand) -> demands.Settled:
    """Wish that anvil demand no more than this."""
    town.prove(person)
    return demands.set_policy(bench(town), person.visitor, ANVIL, frozenset(wanted))


def test_who_asks_for_the_same_again_bothers_nobody(town: PeopleWorld) -> None:
    ada, _ = owned_by_two(town)
    first = wish(town, ada)
    town.clock.wait(hours=1)
    town.prove(ada)
    before = len(town.recorded())
    for _ in range(3):
        town.clock.wait(minutes=1)
        assert demands.set_policy(bench(town), ada.visitor, ANVIL, frozenset()) == first
    assert len(town.recorded()) == before
    assert len(tidings(town)) == 1


def test_who_asks_for_what_another_asks_is_told_to_confirm_it_and_takes_nothing_over(town: PeopleWorld) -> None:
    ada, bob = owned_by_two(town)
    first = wish(town, ada).ask
    second = wish(town, bob)
    assert first is not None
    assert (second.ask, second.is_anothers, len(tidings(town))) == (first, True, 1)
    assert said_of(second, "anvil") == "ada asks for that already: confirm it."
    assert settled_as(second)["by"] == "ada"
    demands.confirm(bench(town), bob.visitor, first.identifier)


def test_what_replaces_what_another_asked_says_that_it_is_over(town: PeopleWorld) -> None:
    ada, bob = owned_by_two(town)
    wish(town, ada, Demand.TWO_PEOPLE)
    replaced = wish(town, bob)
    assert replaced.ask is not None
    assert (replaced.ask.by, replaced.is_anothers) == (bob.name, False)
    heads = tidings(town)
    assert ["what it did" in each for each in heads] == [False, True, False]
    wish(town, bob, Demand.ATTESTATIONS)
    assert ["what it did" in each for each in tidings(town)[3:]] == [False], "who asked it knows"


def test_what_nobody_could_confirm_any_more_keeps_no_other_owner_from_asking(town: PeopleWorld) -> None:
    ada, bob = owned_by_two(town)
    wish(town, ada)
    town.change(ada, totp_secret="", keys=0)
    mine = wish(town, bob)
    assert mine.ask is not None
    assert (mine.ask.by, mine.is_anothers) == (bob.name, False)
