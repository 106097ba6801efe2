"""A stolen session of whoever runs an organisation: it gives and takes nothing there, and the owners hear of the rest.

Principles: AUTHN-1.4, AUTHN-3.2, AUTHN-3.3, AUTHZ-2.1
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.attacks.test_audit_findings_2026 import accept, bench, make_acme
from tests.people_world import PeopleWorld, Person

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused
from strongroom.people import members, organisations, projects
from strongroom.people.demands import set_organisation_policy
from strongroom.people.registry import remove_person
from strongroom.people.tokens import Wanted, create_token, derive_token

ANVIL = ProjectName("pypi", "anvil")
OWNER, MANAGER, MEMBER = OrganisationRole.OWNER, OrganisationRole.MANAGER, OrganisationRole.MEMBER
HOUR = timedelta(hours=1)


def acme(town: PeopleWorld) -> tuple[Person, Person, Person]:
    """Return ada and bob, who own acme with its anvil that the smiths publish, and mallory, a member in no team."""
    ada, bob, mallory = (town.maintainer(name, key=name != "mallory") for name in ("ada", "bob", "mallory"))
    town.project(ada)
    make_acme(town, ada, (bob, OWNER), (mallory, MEMBER))
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    organisations.add_team(town.desk, ada.visitor, "acme", "smiths")
    organisations.add_to_team(town.desk, ada.visitor, "acme", "smiths", bob.name)
    organisations.set_team_role(town.desk, ada.visitor, "acme", "smiths", ANVIL, Role.PUBLISHER, given=True)
    set_organisation_policy(bench(town), ada.visitor, "acme", frozenset({Demand.TWO_PEOPLE}))
    return ada, bob, mallory


Deed = Callable[[PeopleWorld, Person, Person], object]
SETS_OWNER: Deed = lambda town, thief, mallory: organisations.set_member(  # noqa: E731
    town.desk, thief.visitor, "acme", mallory.name, OWNER
)
TAKEOVERS: dict[str, Deed] = {
    "an owner": SETS_OWNER,
    "an owner no more": lambda town, thief, _: organisations.set_member(
        town.desk, thief.visitor, "acme", AccountName("bob"), MEMBER
    ),
    "removed": lambda town, thief, _: organisations.remove_member(town.desk, thief.visitor, "acme", AccountName("bob")),
    "out of a team": lambda town, thief, _: organisations.take_from_team(
        town.desk, thief.visitor, "acme", "smiths", AccountName("bob")
    ),
    "no team": lambda town, thief, _: organisations.remove_team(town.desk, thief.visitor, "acme", "smiths"),
    "no policy": lambda town, thief, _: set_organisation_policy(bench(town), thief.visitor, "acme", frozenset()),
    "a role for a team": lambda town, thief, _: organisations.set_team_role(
        town.desk, thief.visitor, "acme", "smiths", ANVIL, Role.OWNER, given=True
    ),
}
OF_CRITICAL: dict[str, Deed] = TAKEOVERS | {
    "a manager": lambda town, thief, mallory: organisations.set_member(
        town.desk, thief.visitor, "acme", mallory.name, MANAGER
    ),
    "into a publishing team": lambda town, thief, mallory: organisations.add_to_team(
        town.desk, thief.visitor, "acme", "smiths", mallory.name
    ),
}


@pytest.mark.principle("AUTHN-2.3", "AUTHN-3.2", "AUTHN-3.3")
@pytest.mark.parametrize("what", OF_CRITICAL)
def test_a_stale_session_changes_nobodys_place_where_a_project_is_critical(town: PeopleWorld, what: str) -> None:
    ada, _, mallory = acme(town)
    town.make_critical(ANVIL)
    town.clock.wait(hours=1)
    before = town.events()
    with pytest.raises(Refused, match="prove-again"):
        OF_CRITICAL[what](town, ada, mallory)
    assert town.events() == before
    town.prove(ada)
    OF_CRITICAL[what](town, ada, mallory)


@pytest.mark.principle("AUTHN-3.3")
@pytest.mark.parametrize("what", OF_CRITICAL)
def test_a_one_time_code_however_fresh_is_no_key(town: PeopleWorld, what: str) -> None:
    _, _, mallory = acme(town)
    carol = town.maintainer("carol")
    with town.vault.writing() as books:
        books.organisations.set_member("acme", carol.name, OWNER)
    town.make_critical(ANVIL)
    town.prove(carol)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        OF_CRITICAL[what](town, carol, mallory)


@pytest.mark.principle("AUTHN-3.2")
@pytest.mark.parametrize("what", TAKEOVERS)
def test_a_stale_session_governs_no_organisation_where_nothing_is_critical_either(town: PeopleWorld, what: str) -> None:
    ada, _, mallory = acme(town)
    town.clock.wait(hours=1)
    with pytest.raises(Refused, match="prove-again"):
        TAKEOVERS[what](town, ada, mallory)


@pytest.mark.principle("AUTHN-3.3")
def test_who_accepts_to_own_what_is_critical_comes_with_a_key(town: PeopleWorld) -> None:
    ada, _, _ = acme(town)
    carol = town.maintainer("carol")
    town.prove(ada)
    organisations.set_member(town.desk, ada.visitor, "acme", carol.name, OWNER)
    town.clock.wait(hours=1)
    with pytest.raises(Refused, match="prove-again"):
        accept(town, carol)
    town.make_critical(ANVIL)
    town.prove(carol)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        accept(town, carol)
    town.enrol_key(carol)
    town.prove(carol)
    accept(town, carol)


@pytest.mark.principle("AUTHN-1.4")
@pytest.mark.parametrize("what", sorted({"no policy", "into a publishing team", "removed", "an owner", "no team"}))
def test_the_owners_hear_by_mail_of_what_is_done_to_their_organisation(town: PeopleWorld, what: str) -> None:
    ada, bob, mallory = acme(town)
    town.letters()
    town.postbox.letters.clear()
    OF_CRITICAL[what](town, ada, mallory)
    told = [each for each in town.letters() if "acme" in each.text]
    # Who was removed is told too, though they are no owner any more.
    assert {ada.email, bob.email} <= {each.to for each in told}
    assert (mallory.email in {each.to for each in told}) == (what in ("an owner", "into a publishing team"))


@pytest.mark.principle("AUTHN-1.4")
def test_an_owner_whom_a_thief_demotes_by_their_own_session_is_told(town: PeopleWorld) -> None:
    ada, bob, _ = acme(town)
    organisations.remove_member(town.desk, ada.visitor, "acme", ada.name)
    told = {each.to for each in town.letters() if "no more" in each.subject}
    assert told == {ada.email, bob.email}


@pytest.mark.principle("AUTHZ-2.1")
def test_an_owner_whose_account_is_disabled_is_no_other_owner(town: PeopleWorld) -> None:
    ada, bob, _ = acme(town)
    with town.vault.writing() as books:
        books.roles.grant(ada.name, ANVIL, Role.OWNER)
    town.change(bob, is_disabled=True)
    for deed in (
        lambda: organisations.remove_member(town.desk, ada.visitor, "acme", ada.name),
        lambda: organisations.set_member(town.desk, ada.visitor, "acme", ada.name, MEMBER),
        lambda: remove_person(town.desk, "ada", ada.name),
    ):
        with pytest.raises(Refused, match="last-owner"):
            deed()
    carol, dave = town.maintainer("carol"), town.maintainer("dave")
    hammer = town.project(carol, "hammer")
    town.grant(dave, hammer)
    town.change(dave, is_disabled=True)
    with pytest.raises(Refused, match="last-owner"):
        members.take_role(town.desk, town.index, carol.visitor, hammer, carol.name, Role.OWNER)
    town.change(dave, is_disabled=False)
    members.take_role(town.desk, town.index, carol.visitor, hammer, carol.name, Role.OWNER)


@pytest.mark.principle("AUTHZ-2.1")
def test_a_member_without_a_role_sees_no_private_project_of_the_organisation(town: PeopleWorld) -> None:
    ada, bob, mallory = acme(town)
    with town.vault.writing() as books:
        books.shelf.set_private(ANVIL, True)
    hidden = organisations.look_at(town.desk, mallory.visitor, "acme")
    assert not hidden.projects and not any(team.roles for team in hidden.teams)
    for person in (ada, bob):
        shown = organisations.look_at(town.desk, person.visitor, "acme")
        assert [each.name for each in shown.projects] == [ANVIL] and any(team.roles for team in shown.teams)


@pytest.mark.principle("AUTHZ-1.1")
@pytest.mark.parametrize("rights", [frozenset(), frozenset({Right.MANAGE_PEOPLE})])
def test_no_token_is_derived_that_is_good_for_nothing_or_for_people(
    town: PeopleWorld, rights: frozenset[Right]
) -> None:
    ada, _, _ = acme(town)
    wide = create_token(town.desk, ada.visitor, Wanted("wide", frozenset({Right.PUBLISH}), (), 7 * HOUR))[0]
    with pytest.raises(Refused, match="bad-request"):
        derive_token(town.desk, ada.stranger, wide, Wanted("less", rights, (), HOUR))
