"""Somebody leaves: their tokens die, their name is kept, and no project that has files is left without an owner.

Principles: AUTHZ-2.1
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.test_vault import account
from tests.worlds import ADA, ANVIL, BOB, chance

from strongroom.authn.accounts import AccountName
from strongroom.authz.organisations import Organisation
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.registry import Registry, add_token, remove_person
from strongroom.storage.sql.vault import SqlVault

NOW = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = pytest.mark.principle("AUTHZ-2.1")


@pytest.fixture
def registry(vault: SqlVault) -> Registry:
    """A registry with ada and bob, and a project of ada's without files."""
    with vault.writing() as books:
        books.accounts.add_account(account(ADA))
        books.accounts.add_account(account(BOB, email="bob@example.org"))
        books.shelf.add_project(ANVIL, "anvil", NOW)
        books.roles.grant(ADA, ANVIL, Role.OWNER)
    return Registry(vault, lambda: NOW, chance(), "")


def files(vault: SqlVault, number: int) -> None:
    """Say that the project has so many files."""
    from sqlalchemy import update

    from strongroom.storage.sql import schema

    with vault.engine.begin() as connection:
        connection.execute(update(schema.project).values(files=number))


def test_who_leaves_is_nobody_and_their_tokens_are_dead(registry: Registry) -> None:
    secret, _ = add_token(registry, "test", ADA, frozenset({Right.PUBLISH}), None, timedelta(days=1))
    remove_person(registry, "test", ADA)
    with registry.vault.reading() as books:
        assert books.accounts.account(ADA) is None
        bearer = books.tokens.bearer_of(secret.fingerprint())
        assert bearer is not None
        assert bearer.token.revoked == NOW
        assert bearer.account is not None
        assert not bearer.account.email_verified
        assert bearer.account.password_hash == bearer.account.totp_secret == ""
        assert [each.what.event for each in books.events.after(0, 10)][-1] is Event.ACCOUNT_REMOVED


def test_a_name_that_was_somebody_is_given_to_nobody_else(registry: Registry) -> None:
    remove_person(registry, "test", ADA)
    with pytest.raises(Refused, match="account-exists"), registry.vault.writing() as books:
        books.accounts.add_account(account(ADA, email="another@example.org"))


def test_two_may_leave_and_an_address_may_come_back(registry: Registry) -> None:
    remove_person(registry, "test", ADA)
    remove_person(registry, "test", BOB)
    with registry.vault.writing() as books:
        books.accounts.add_account(account(AccountName("carol"), email="bob@example.org"))


def test_the_last_owner_of_files_cannot_leave(registry: Registry, vault: SqlVault) -> None:
    files(vault, 1)
    with pytest.raises(Refused, match="last-owner"):
        remove_person(registry, "test", ADA)
    with vault.writing() as books:
        assert books.accounts.account(ADA) is not None
        books.roles.grant(BOB, ANVIL, Role.OWNER)
    remove_person(registry, "test", ADA)


def test_an_owner_who_has_left_is_no_other_owner(registry: Registry, vault: SqlVault) -> None:
    remove_person(registry, "test", ADA)  # the name of a project without files stays with ada, who is nobody now
    with vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.OWNER)
    files(vault, 1)
    with pytest.raises(Refused, match="last-owner"):
        remove_person(registry, "test", BOB)


def test_owners_by_a_team_are_owners_and_those_who_are_disabled_are_none(registry: Registry, vault: SqlVault) -> None:
    with vault.writing() as books:
        books.organisations.add_organisation(Organisation("acme", "Acme", NOW))
        books.organisations.set_member("acme", ADA, OrganisationRole.OWNER)
        books.organisations.set_member("acme", BOB, OrganisationRole.MEMBER)
        books.organisations.add_team("acme", "smiths", NOW)
        books.organisations.add_to_team("acme", "smiths", BOB)
        books.shelf.set_organisation(ANVIL, "acme")
        books.organisations.give_team_role("acme", "smiths", ANVIL, Role.OWNER)
    files(vault, 1)
    with vault.writing() as books:
        assert books.accounts.held_alone(ADA) == books.accounts.held_alone(BOB) == []
        _disable(books, BOB)
        assert books.accounts.held_alone(ADA) == ["anvil"]
        _disable(books, ADA)
        assert books.accounts.held_alone(BOB) == ["anvil"]


@pytest.mark.parametrize("is_disabled", [False, True])
def test_the_last_owner_of_an_organisation_leaves_nobody_behind_in_it(
    registry: Registry, vault: SqlVault, is_disabled: bool
) -> None:
    with vault.writing() as books:
        books.organisations.add_organisation(Organisation("acme", "Acme", NOW))
        books.organisations.set_member("acme", ADA, OrganisationRole.OWNER)
        books.organisations.set_member("acme", BOB, OrganisationRole.OWNER if is_disabled else OrganisationRole.MEMBER)
        if is_disabled:
            _disable(books, BOB)
    with pytest.raises(Refused, match="last-owner"):
        remove_person(registry, "test", ADA)
    with vault.writing() as books:
        books.organisations.remove_member("acme", BOB)
    remove_person(registry, "test", ADA)


def _disable(books: Books, name: AccountName) -> None:
    found = books.accounts.account(name)
    assert found is not None
    books.accounts.change_account(replace(found, is_disabled=True))


def test_a_name_without_files_stays_with_who_has_left(registry: Registry) -> None:
    remove_person(registry, "test", ADA)
    with registry.vault.reading() as books:
        assert books.roles.roles_of(ADA, ANVIL) == {Role.OWNER}


def test_nobody_leaves_twice(registry: Registry) -> None:
    remove_person(registry, "test", ADA)
    with pytest.raises(Refused, match="no-such-account"):
        remove_person(registry, "test", ADA)
