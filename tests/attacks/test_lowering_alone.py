"""What two people protect takes two to lower: nobody with one owner's session lifts it, whatever they do first.

Principles: AUTHN-3.2, AUTHZ-2.1
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.attacks.test_audit_findings_2026 import bench, make_acme
from tests.attacks.test_stolen_rights import ANVIL, demand, joined, published
from tests.people_world import PeopleWorld, Person, people

from strongroom.authz.policies import Ask
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.events import Event
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.people import demands, members, organisations, projects

pytestmark = pytest.mark.principle("AUTHZ-2.1")

TWO = frozenset({Demand.TWO_PEOPLE})
BOTH = TWO | {Demand.ATTESTATIONS}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[PeopleWorld]:
    """A town with nobody in it yet."""
    with people(tmp_path / "town") as made:
        yield made


@pytest.fixture
def owners(town: PeopleWorld) -> tuple[Person, Person]:
    """ada and bob, who own anvil, which demands two people and attestations."""
    ada = town.maintainer("ada")
    town.project(ada)
    bob = joined(town, ada, "bob", Role.OWNER)
    demand(town, ada, *BOTH)
    return ada, bob


def policy(town: PeopleWorld, project: ProjectName = ANVIL) -> Policy:
    """Return what the project itself demands."""
    with town.vault.reading() as books:
        record = books.shelf.project(project)
    assert record is not None
    return record.policy


def asked(town: PeopleWorld, owner: Person, *wanted: Demand) -> Ask:
    """Ask that anvil demand no more than this."""
    town.prove(owner)
    ask = demands.set_policy(bench(town), owner.visitor, ANVIL, frozenset(wanted)).ask
    assert ask is not None
    return ask


def confirm(town: PeopleWorld, person: Person, ask: Ask) -> None:
    """Confirm what was asked, with a fresh proof."""
    town.prove(person)
    demands.confirm(bench(town), person.visitor, ask.identifier)


def told(town: PeopleWorld) -> list[Event]:
    """Return the events of policies, oldest first."""
    return [each.what.event for each in town.recorded() if "policy" in each.what.event]


Owners = tuple[Person, Person]


def test_one_owner_lifts_nothing_and_two_do(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    ask = asked(town, ada)
    assert policy(town) == ask.lifted == BOTH
    assert ask.expires - ask.asked == timedelta(days=14)
    confirm(town, bob, ask)
    assert policy(town) == frozenset()
    assert told(town)[-2:] == [Event.PROJECT_POLICY_ASKED, Event.PROJECT_POLICY_CHANGED]
    with pytest.raises(Refused, match="no-such-ask"):
        confirm(town, bob, ask)


def test_every_owner_hears_by_letter_of_what_is_asked(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    asked(town, ada)
    to = sorted(letter.to for letter in town.letters() if "asked to demand less" in letter.subject)
    assert to == [f"{each.name}@{each.name}.example.com" for each in (ada, bob)]


def test_no_session_of_the_same_account_is_the_second_person(town: PeopleWorld, owners: Owners) -> None:
    ada, _ = owners
    ask = asked(town, ada, Demand.TWO_PEOPLE)
    with pytest.raises(Refused, match="needs-second-person"):
        confirm(town, ada, ask)
    town.sign_in(ada)
    with pytest.raises(Refused, match="needs-second-person"):
        confirm(town, ada, ask)
    assert policy(town) == BOTH


@pytest.mark.parametrize("lower", [(), (Demand.TWO_PEOPLE,), (Demand.ATTESTATIONS,)])
def test_no_other_demand_goes_alone_while_two_people_are_demanded(
    town: PeopleWorld, owners: Owners, lower: tuple[Demand, ...]
) -> None:
    assert asked(town, owners[0], *lower).lifted == BOTH - set(lower)
    assert policy(town) == BOTH


def test_two_people_of_organisation_or_instance_protect_what_a_project_demands_itself(town: PeopleWorld) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    demand(town, ada, Demand.ATTESTATIONS)
    of_instance = replace(bench(town), road=replace(town.road, policy=TWO))
    town.prove(ada)
    assert demands.set_policy(of_instance, ada.visitor, ANVIL, frozenset()).ask is not None
    make_acme(town, ada)
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    demands.set_organisation_policy(bench(town), ada.visitor, "acme", TWO)
    asked(town, ada)
    assert policy(town) == frozenset({Demand.ATTESTATIONS})


def test_what_is_raised_holds_at_once_and_what_is_taken_in_the_same_breath_waits(
    town: PeopleWorld, owners: Owners
) -> None:
    ask = asked(town, owners[0], Demand.TRUSTED_PUBLISHING)
    assert ask.lifted == BOTH
    assert policy(town) == BOTH | {Demand.TRUSTED_PUBLISHING}


def test_where_two_people_are_not_demanded_one_owner_lowers(town: PeopleWorld) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    demand(town, ada, Demand.ATTESTATIONS)
    town.prove(ada)
    assert demands.set_policy(bench(town), ada.visitor, ANVIL, frozenset()).ask is None
    assert policy(town) == frozenset()


def test_what_was_raised_meanwhile_does_not_go_with_what_was_asked(town: PeopleWorld, owners: Owners) -> None:
    """Who confirms agrees to what they have read: whatever else is demanded by then stays."""
    ada, bob = owners
    ask = asked(town, ada, Demand.ATTESTATIONS)
    demand(town, ada, *BOTH, Demand.TRUSTED_PUBLISHING)
    confirm(town, bob, ask)
    assert policy(town) == frozenset({Demand.ATTESTATIONS, Demand.TRUSTED_PUBLISHING})


def test_nobody_confirms_another_thing_than_they_saw(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    harmless = asked(town, ada, Demand.TWO_PEOPLE)
    asked(town, ada)
    with pytest.raises(Refused, match="no-such-ask"):
        confirm(town, bob, harmless)
    assert policy(town) == BOTH


def _thrown_out(town: PeopleWorld, ada: Person, bob: Person) -> None:
    town.prove(bob)
    members.take_role(town.desk, town.index, bob.visitor, ANVIL, ada.name)


def _lesser(town: PeopleWorld, ada: Person, bob: Person) -> None:
    _thrown_out(town, ada, bob)
    with town.vault.writing() as books:
        books.roles.grant(ada.name, ANVIL, Role.PUBLISHER)


WAYS: dict[str, Callable[[PeopleWorld, Person, Person], None]] = {
    "thrown out": _thrown_out,
    "a lesser role": _lesser,
    "disabled": lambda town, ada, _: town.change(ada, is_disabled=True),
    "no factor": lambda town, ada, _: town.change(ada, totp_secret="", keys=0),
    "recovered": lambda town, ada, _: town.change(ada, read_only_until=town.clock() + timedelta(hours=72)),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_goes_that_was_asked_by_whom_could_not_ask_for_it_now(
    town: PeopleWorld, owners: Owners, way: str
) -> None:
    ada, bob = owners
    ask = asked(town, ada)
    WAYS[way](town, ada, bob)
    with pytest.raises(Refused, match=r"not-allowed|needs-second-factor"):
        confirm(town, bob, ask)
    assert policy(town) == BOTH
    demands.decline(bench(town), bob.visitor, ask.identifier)


@pytest.mark.principle("AUTHN-2.3")
def test_of_a_critical_project_nothing_goes_that_was_asked_by_whom_has_no_key(
    town: PeopleWorld, owners: Owners
) -> None:
    ada, bob = owners
    ask = asked(town, ada)
    town.enrol_key(bob)
    town.make_critical(ANVIL)
    with pytest.raises(Refused, match=r"not-allowed: .* no passkey"):
        confirm(town, bob, ask)
    assert policy(town) == BOTH
    town.enrol_key(ada)
    confirm(town, bob, ask)


@pytest.mark.parametrize("role", [None, Role.READER, Role.PUBLISHER, Role.PEOPLE_MANAGER, Role.SECURITY_CONTACT])
def test_who_may_not_set_the_policy_neither_confirms_nor_declines(
    town: PeopleWorld, owners: Owners, role: Role | None
) -> None:
    ada, _ = owners
    ask = asked(town, ada)
    eve = joined(town, ada, "eve", role) if role else town.maintainer("eve")
    for deed in (demands.confirm, demands.decline):
        town.prove(eve)
        with pytest.raises(Refused, match="not-allowed"):
            deed(bench(town), eve.visitor, ask.identifier)
    assert policy(town) == BOTH


@pytest.mark.principle("AUTHN-3.2")
def test_whoever_confirms_proves_again(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    ask = asked(town, ada)
    town.prove(bob)
    town.clock.wait(minutes=16)
    with pytest.raises(Refused, match="prove-again"):
        demands.confirm(bench(town), bob.visitor, ask.identifier)
    assert policy(town) == BOTH


def test_what_was_asked_too_long_ago_is_confirmed_by_nobody_and_forgotten(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    ask = asked(town, ada)
    town.clock.wait(days=14)
    town.sign_in(bob)
    with pytest.raises(Refused, match="no-such-ask"):
        confirm(town, bob, ask)
    assert (demands.forget_stale(town.desk, town.road), demands.forget_stale(town.desk, town.road)) == (1, 0)
    assert (policy(town), told(town)[-1]) == (BOTH, Event.PROJECT_POLICY_KEPT)


def test_of_two_who_confirm_at_once_one_does(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    carol = joined(town, ada, "carol", Role.OWNER)
    ask = asked(town, ada)
    outcomes: list[str] = []
    for each in (bob, carol):
        town.prove(each)

    def race(person: Person) -> None:
        try:
            demands.confirm(bench(town), person.visitor, ask.identifier)
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=race, args=(each,)) for each in (bob, carol)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "no-such-ask"]
    assert told(town).count(Event.PROJECT_POLICY_CHANGED) == 2


def test_whoever_throws_the_other_owner_out_first_has_nobody_to_confirm(town: PeopleWorld, owners: Owners) -> None:
    ada, bob = owners
    town.prove(ada)
    members.take_role(town.desk, town.index, ada.visitor, ANVIL, bob.name)
    ask = asked(town, ada)
    for person in owners:
        with pytest.raises(Refused):
            confirm(town, person, ask)
    assert policy(town) == BOTH


def test_what_an_organisation_demands_is_lowered_by_two_of_its_owners(town: PeopleWorld) -> None:
    ada, bob, carol = (town.maintainer(each) for each in ("ada", "bob", "carol"))
    make_acme(town, ada, (bob, OrganisationRole.OWNER), (carol, OrganisationRole.MANAGER))
    town.prove(ada)
    demands.set_organisation_policy(bench(town), ada.visitor, "acme", BOTH)
    ask = demands.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset()).ask
    assert ask is not None
    for person, code in ((ada, "needs-second-person"), (carol, "not-allowed")):
        with pytest.raises(Refused, match=code):
            confirm(town, person, ask)
    assert organisations.look_at(town.desk, bob.visitor, "acme").ask == ask
    confirm(town, bob, ask)
    assert organisations.look_at(town.desk, bob.visitor, "acme").organisation.policy == frozenset()
    assert told(town)[-2:] == [Event.ORGANISATION_POLICY_ASKED, Event.ORGANISATION_POLICY_CHANGED]


@pytest.mark.parametrize("where", ["", "mine"])
def test_handing_a_project_over_lowers_nothing(town: PeopleWorld, where: str) -> None:
    """Out of the organisation that demands two people, alone, and into one's own: what was demanded goes along."""
    ada, bob = town.maintainer("ada"), town.maintainer("bob")
    town.project(ada)
    demand(town, ada, Demand.ATTESTATIONS)
    make_acme(town, ada, (bob, OrganisationRole.OWNER))
    organisations.create(town.desk, ada.visitor, "mine", "Mine")
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    demands.set_organisation_policy(bench(town), ada.visitor, "acme", TWO)
    waits = asked(town, ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, where)
    assert policy(town) == BOTH
    assert asked(town, ada).lifted == BOTH
    with pytest.raises(Refused, match="no-such-ask"):
        confirm(town, bob, waits)


def test_the_operator_lifts_what_nobody_is_left_to_confirm(town: PeopleWorld) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    demand(town, ada, *BOTH)
    ask = asked(town, ada)
    before = len(town.letters())
    left = demands.lift(town.desk, town.road, "administrator on the machine", ANVIL, Demand.TWO_PEOPLE)
    assert left == policy(town) == frozenset({Demand.ATTESTATIONS})
    (letter,) = town.letters()[before:]
    assert (letter.to, "By:        administrator on the machine" in letter.text) == ("ada@ada.example.com", True)
    with pytest.raises(Refused, match="no-such-demand"):
        demands.lift(town.desk, town.road, "administrator on the machine", ANVIL, Demand.TWO_PEOPLE)
    with pytest.raises(Refused, match="no-such-ask"):
        confirm(town, ada, ask)


def test_where_there_are_not_two_it_is_said_before_and_after(town: PeopleWorld) -> None:
    ada = town.maintainer("ada")
    town.project(ada)
    town.prove(ada)
    alone = demands.set_policy(bench(town), ada.visitor, ANVIL, TWO).warning
    assert "Nobody but you could approve" in alone
    assert "Nobody but you could confirm" in alone
    seen = projects.look_at(bench(town), ada.visitor, ANVIL)
    assert (seen.approvers, seen.deciders) == ([ada.name], [ada.name])
    bob = joined(town, ada, "bob", Role.OWNER)
    town.prove(ada)
    assert demands.set_policy(bench(town), ada.visitor, ANVIL, TWO).warning == ""
    town.change(bob, totp_secret="", keys=0)
    assert projects.look_at(bench(town), ada.visitor, ANVIL).approvers == [ada.name]
    assert published(town)


@pytest.mark.parametrize("role", list(Role))
def test_a_stale_session_brings_nobody_in_who_would_be_the_second_person(
    town: PeopleWorld, owners: Owners, role: Role
) -> None:
    """With a session that was stolen in the night two accounts could be invited: one sends, the other approves."""
    ada, _ = owners
    mallory = town.maintainer("mallory")
    town.clock.wait(minutes=16)
    # Who manages people would bring in the next one.
    if role in (Role.OWNER, Role.PUBLISHER, Role.PEOPLE_MANAGER):
        with pytest.raises(Refused, match="prove-again"):
            members.give_role(town.desk, town.index, ada.visitor, ANVIL, mallory.name, role)
        town.prove(ada)
    assert not members.give_role(town.desk, town.index, ada.visitor, ANVIL, mallory.name, role)


@pytest.mark.parametrize("whose", ["project", "organisation", "instance"])
def test_a_stale_session_puts_nobody_into_a_team_that_publishes_where_two_people_are_demanded(
    town: PeopleWorld, whose: str
) -> None:
    ada, bob = town.maintainer("ada"), town.maintainer("bob")
    town.project(ada)
    make_acme(town, ada, (bob, OrganisationRole.MEMBER))
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    for team, role in (("smiths", Role.PUBLISHER), ("readers", Role.READER)):
        organisations.add_team(town.desk, ada.visitor, "acme", team)
        organisations.set_team_role(town.desk, ada.visitor, "acme", team, ANVIL, role, given=True)
    if whose == "project":
        demand(town, ada, Demand.TWO_PEOPLE)
    elif whose == "organisation":
        demands.set_organisation_policy(bench(town), ada.visitor, "acme", TWO)
    else:
        town.desk = replace(town.desk, house=replace(town.desk.house, policy=TWO))
    town.clock.wait(minutes=16)
    organisations.add_to_team(town.desk, ada.visitor, "acme", "readers", bob.name)
    with pytest.raises(Refused, match="prove-again"):
        organisations.set_member(town.desk, ada.visitor, "acme", bob.name, OrganisationRole.MANAGER)
    with pytest.raises(Refused, match="prove-again"):
        organisations.add_to_team(town.desk, ada.visitor, "acme", "smiths", bob.name)
    town.prove(ada)
    organisations.add_to_team(town.desk, ada.visitor, "acme", "smiths", bob.name)
