"""Every book of organisations keeps its promises: places, teams, what teams give, invitations, on every database.

Principles: AUTHZ-2.1
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.test_vault import account
from tests.worlds import ADA, ANVIL, BOB

from strongroom.authn.accounts import AccountName
from strongroom.authz.organisations import Invitation, Organisation
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-2.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
CAROL = AccountName("carol")
HAMMER = ProjectName("pypi", "hammer")
ACME = Organisation("acme", "Acme Ω", NOW, frozenset({Demand.TWO_PEOPLE}))
FORGE = Organisation("forge", "The Forge", NOW + DAY)


@pytest.fixture(autouse=True)
def town(vault: SqlVault) -> None:
    """ada owns acme, where bob is a member; its team, the smiths, is empty; anvil belongs to it, hammer to nobody."""
    with vault.writing() as books:
        for name in (ADA, BOB, CAROL):
            books.accounts.add_account(account(name))
        for each in (ACME, FORGE):
            books.organisations.add_organisation(each)
        books.organisations.set_member("acme", ADA, OrganisationRole.OWNER)
        books.organisations.set_member("acme", BOB, OrganisationRole.MEMBER)
        books.organisations.add_team("acme", "smiths", NOW)
        for project in (ANVIL, HAMMER):
            books.shelf.add_project(project, project.text, NOW)
        books.shelf.set_organisation(ANVIL, "acme")


def test_an_organisation_comes_back_as_it_was_and_its_name_is_taken_once(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.organisations.organisation("acme") == ACME
        assert books.organisations.organisation("nothing") is None
        with pytest.raises(ValueError):
            books.organisations.add_organisation(replace(FORGE, name="acme"))
        assert books.organisations.organisation("acme") == ACME
        books.organisations.set_organisation_policy("acme", frozenset({Demand.ATTESTATIONS, Demand.TRUSTED_PUBLISHING}))
        books.organisations.set_organisation_policy("forge", frozenset())
    with vault.reading() as books:
        kept = books.organisations.organisation("acme")
        assert kept is not None and kept.policy == {Demand.ATTESTATIONS, Demand.TRUSTED_PUBLISHING}
        assert books.organisations.organisation("forge") == FORGE


def test_a_member_has_one_place_in_each_organisation(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.set_member("forge", BOB, OrganisationRole.OWNER)
        books.organisations.set_member("acme", BOB, OrganisationRole.MANAGER)
        assert books.organisations.role_in("acme", BOB) is OrganisationRole.MANAGER
        assert books.organisations.role_in("acme", CAROL) is None
        assert books.organisations.role_in("nothing", ADA) is None
        assert books.organisations.members_of("acme") == [
            (ADA, OrganisationRole.OWNER),
            (BOB, OrganisationRole.MANAGER),
        ]
        assert books.organisations.organisations_of(BOB) == [
            (ACME, OrganisationRole.MANAGER),
            (FORGE, OrganisationRole.OWNER),
        ]
        assert books.organisations.organisations_of(CAROL) == []


def test_who_leaves_is_in_none_of_its_teams_and_stays_in_those_of_others(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.set_member("forge", BOB, OrganisationRole.MEMBER)
        books.organisations.add_team("forge", "smiths", NOW)
        for name in ("acme", "forge"):
            books.organisations.add_to_team(name, "smiths", BOB)
        books.organisations.remove_member("acme", BOB)
        assert books.organisations.role_in("acme", BOB) is None
        assert books.organisations.team_members("acme", "smiths") == []
        assert books.organisations.team_members("forge", "smiths") == [BOB]
        books.organisations.remove_member("acme", BOB)


def test_nobody_is_in_a_team_who_is_not_in_its_organisation(vault: SqlVault) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", CAROL)
    with vault.reading() as books:
        assert books.organisations.team_members("acme", "smiths") == []


def test_a_team_is_made_once_joined_once_and_left(vault: SqlVault) -> None:
    with vault.writing() as books:
        with pytest.raises(ValueError):
            books.organisations.add_team("acme", "smiths", NOW)
        books.organisations.add_team("forge", "smiths", NOW)
        books.organisations.add_team("acme", "apprentices", NOW)
        assert books.organisations.teams_of("acme") == ["apprentices", "smiths"]
        for _ in range(2):
            books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.add_to_team("acme", "smiths", ADA)
        assert books.organisations.team_members("acme", "smiths") == [ADA, BOB]
        for _ in range(2):
            books.organisations.take_from_team("acme", "smiths", ADA)
        assert books.organisations.team_members("acme", "smiths") == [BOB]


def test_a_role_is_given_to_a_team_once_and_taken_back(vault: SqlVault) -> None:
    with vault.writing() as books:
        for _ in range(2):
            books.organisations.give_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.READER)
        assert books.organisations.team_roles("acme", "smiths") == [(ANVIL, Role.PUBLISHER), (ANVIL, Role.READER)]
        assert books.organisations.teams_on(ANVIL) == [("smiths", Role.PUBLISHER), ("smiths", Role.READER)]
        assert books.organisations.take_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        assert not books.organisations.take_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        assert books.organisations.teams_on(ANVIL) == [("smiths", Role.READER)]
        assert books.organisations.teams_on(HAMMER) == []


def test_a_team_that_is_taken_away_leaves_nothing_behind(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.OWNER)
        books.organisations.remove_team("acme", "smiths")
        assert books.organisations.teams_of("acme") == []
        books.organisations.add_team("acme", "smiths", NOW)
        assert books.organisations.team_members("acme", "smiths") == []
        assert books.organisations.team_roles("acme", "smiths") == []
        assert books.roles.roles_of(BOB, ANVIL) == frozenset()


def test_everybody_in_a_team_has_its_roles_and_nobody_else_has(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        assert books.roles.roles_of(BOB, ANVIL) == {Role.PUBLISHER}
        assert books.roles.own_roles_of(BOB, ANVIL) == frozenset()
        assert books.roles.all_projects_of(BOB) == [(ANVIL, Role.PUBLISHER)]
        assert books.roles.projects_of(BOB) == []
        assert books.roles.roles_of(CAROL, ANVIL) == books.roles.roles_of(BOB, HAMMER) == frozenset()
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
        assert books.roles.all_projects_of(BOB) == [(ANVIL, Role.PUBLISHER)]
        assert books.roles.everybody_of(ANVIL) == [(ADA, Role.OWNER), (BOB, Role.PUBLISHER)]


def test_everybody_of_all_projects_of_an_organisation_is_whoever_each_of_them_has(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        for role in (Role.READER, Role.PUBLISHER):
            for project in (ANVIL, HAMMER):
                books.roles.grant(BOB, project, role)
        books.roles.grant(CAROL, HAMMER, Role.OWNER)
        # A team's role in a project of another organisation counts for nothing, here as there.
        books.organisations.give_team_role("acme", "smiths", HAMMER, Role.OWNER)
        for left in ("", "forge", "acme"):
            books.shelf.set_organisation(HAMMER, left)
            inside = [each.name for each in books.shelf.projects_in("acme")]
            assert books.roles.everybody_in("acme") == {each: books.roles.everybody_of(each) for each in inside}
        assert set(inside) == {ANVIL, HAMMER}
        assert books.roles.everybody_in("nobody") == {}


def test_an_owner_of_the_organisation_owns_its_projects_and_a_manager_has_nothing_in_them(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.set_member("acme", BOB, OrganisationRole.MANAGER)
        assert books.roles.roles_of(ADA, ANVIL) == {Role.OWNER}
        assert books.roles.all_projects_of(ADA) == [(ANVIL, Role.OWNER)]
        assert books.roles.roles_of(BOB, ANVIL) == frozenset()
        assert books.roles.roles_of(ADA, HAMMER) == frozenset()


def test_a_teams_role_in_a_project_that_left_the_organisation_counts_for_nothing(vault: SqlVault) -> None:
    """TOB-13 of 2026: whatever row is left behind, it gives nothing."""
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.OWNER)
        for left in ("", "forge"):
            books.shelf.set_organisation(ANVIL, left)
            assert books.roles.roles_of(BOB, ANVIL) == books.roles.roles_of(ADA, ANVIL) == frozenset()
            assert [*books.roles.everybody_of(ANVIL), *books.roles.all_projects_of(BOB)] == []
            assert books.organisations.teams_on(ANVIL) == []


def test_all_that_was_given_in_a_project_can_be_taken_away_at_once(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        for project in (ANVIL, HAMMER):
            books.roles.grant(CAROL, project, Role.PUBLISHER)
            books.organisations.add_invitation(invitation(f"to-{project}", project=project))
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.PUBLISHER)
        books.organisations.add_invitation(invitation("to-acme", organisation="acme"))
        books.roles.revoke_all(ANVIL)
        assert books.roles.everybody_of(ANVIL) == [(ADA, Role.OWNER)]
        assert books.organisations.team_roles("acme", "smiths") == []
        assert books.roles.roles_of(CAROL, HAMMER) == {Role.PUBLISHER}
        left = {each.identifier for each in books.organisations.invitations_for(BOB, NOW)}
        assert left == {"to-hammer", "to-acme"}


def invitation(
    identifier: str,
    *,
    project: ProjectName | None = None,
    organisation: str = "",
    role: str = "publisher",
    created: datetime = NOW,
    to: AccountName = BOB,
) -> Invitation:
    return Invitation(identifier, to, project, organisation, role, ADA, created, created + 7 * DAY)


def test_an_invitation_comes_back_as_it_was_until_it_is_taken_away(vault: SqlVault) -> None:
    to_project, to_acme = invitation("1", project=ANVIL), invitation("2", organisation="acme", created=NOW + DAY)
    with vault.writing() as books:
        books.organisations.add_invitation(to_project)
        books.organisations.add_invitation(to_acme)
        assert books.organisations.invitation("1") == to_project
        assert books.organisations.invitations_for(BOB, NOW) == [to_acme, to_project]
        assert books.organisations.invitations_for(CAROL, NOW) == []
        assert books.organisations.invitations_to(ANVIL, "", NOW) == [to_project]
        assert books.organisations.invitations_to(None, "acme", NOW) == [to_acme]
        assert books.organisations.invitations_to(HAMMER, "", NOW) == []
        books.organisations.remove_invitation("1")
        assert books.organisations.invitation("1") is None
        assert books.organisations.invitations_for(BOB, NOW) == [to_acme]


def test_an_invitation_that_is_over_is_listed_nowhere_and_known_still(vault: SqlVault) -> None:
    made = invitation("1", project=ANVIL)
    with vault.writing() as books:
        books.organisations.add_invitation(made)
        just_before = made.expires - timedelta(microseconds=1)
        assert books.organisations.invitations_for(BOB, just_before) == [made]
        assert books.organisations.invitations_for(BOB, made.expires) == []
        assert books.organisations.invitations_to(ANVIL, "", made.expires) == []
        assert books.organisations.invitation("1") == made


def test_a_second_invitation_takes_the_place_of_one_to_the_same_role(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_invitation(invitation("1", project=ANVIL))
        books.organisations.add_invitation(invitation("2", project=ANVIL, role="owner"))
        books.organisations.add_invitation(invitation("3", project=HAMMER))
        books.organisations.add_invitation(invitation("4", project=ANVIL, to=CAROL))
        books.organisations.add_invitation(invitation("5", project=ANVIL, created=NOW + DAY))
        assert books.organisations.invitation("1") is None
        assert {each.identifier for each in books.organisations.invitations_for(BOB, NOW)} == {"2", "3", "5"}
        assert [each.identifier for each in books.organisations.invitations_to(ANVIL, "", NOW)][-1] == "4"


def test_who_is_removed_has_no_place_no_team_no_role_and_no_invitation(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.organisations.add_invitation(invitation("1", project=HAMMER))
        books.roles.grant(BOB, ANVIL, Role.OWNER)
        books.roles.grant(BOB, HAMMER, Role.PUBLISHER)
        books.accounts.remove_account(BOB, NOW)
        assert books.organisations.role_in("acme", BOB) is None
        assert books.organisations.team_members("acme", "smiths") == []
        assert books.organisations.invitation("1") is None
        assert books.roles.roles_of(BOB, ANVIL) == books.roles.roles_of(BOB, HAMMER) == frozenset()


def test_a_name_that_nobody_else_owns_stays_with_who_is_removed(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.roles.grant(BOB, HAMMER, Role.OWNER)
        books.roles.grant(BOB, HAMMER, Role.PUBLISHER)
        books.roles.grant(CAROL, HAMMER, Role.PUBLISHER)
        books.accounts.remove_account(BOB, NOW)
        assert books.roles.own_roles_of(BOB, HAMMER) == {Role.OWNER}
        assert books.roles.own_roles_of(CAROL, HAMMER) == {Role.PUBLISHER}


def test_files_of_an_organisation_with_one_owner_are_held_by_that_one_alone(vault: SqlVault) -> None:
    from sqlalchemy import update

    from strongroom.storage.sql import schema

    with vault.engine.begin() as connection:
        connection.execute(update(schema.project).values(files=1))
    with vault.writing() as books:
        assert books.accounts.held_alone(ADA) == ["anvil"]
        assert books.accounts.held_alone(BOB) == []
        books.organisations.set_member("acme", BOB, OrganisationRole.OWNER)
        assert books.accounts.held_alone(ADA) == []
        books.organisations.set_member("acme", BOB, OrganisationRole.MANAGER)
        books.roles.grant(BOB, ANVIL, Role.OWNER)
        assert books.accounts.held_alone(ADA) == []
        assert books.accounts.held_alone(BOB) == []
