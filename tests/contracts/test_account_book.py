"""Every `AccountBook` keeps the promises of `authn/accounts.py`, on every database.

Principles: AUTHN-1.1, AUTHN-2.1
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.contracts.test_vault import account
from tests.worlds import ADA, ANVIL, BOB

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.passkeys import Key
from strongroom.authn.recovery import ProofKind, Recovery
from strongroom.authn.sessions import Device, Errand, Session, Ticket
from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import Token
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.storage.sql import schema
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHN-1.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def add(vault: SqlVault, name: str, **changed: object) -> Account:
    made = account(AccountName(name), **changed)
    with vault.writing() as books:
        books.accounts.add_account(made)
    return made


def found(books: Books, name: AccountName = ADA) -> Account:
    account = books.accounts.account(name)
    assert account is not None
    return account


def test_an_account_comes_back_as_it_was_kept(vault: SqlVault) -> None:
    made = add(vault, "ada")
    changed = replace(
        made,
        password_hash="other",
        must_change_password=True,
        totp_secret="DEF",
        totp_counter=59_000_000,
        is_administrator=True,
        is_disabled=True,
        had_factor=True,
        read_only_until=NOW,
        vouched=3,
        vouched_until=NOW + DAY,
    )
    with vault.writing() as books:
        books.accounts.change_account(changed)
    with vault.reading() as books:
        assert books.accounts.account(ADA) == changed
        assert books.accounts.account_by_handle(made.handle) == changed
        assert books.accounts.account_by_handle("") is None
        assert books.accounts.account(BOB) is None


def test_a_change_touches_neither_name_nor_address_nor_keys_nor_anybody_else(vault: SqlVault) -> None:
    made, bob = add(vault, "ada"), add(vault, "bob")
    with vault.writing() as books:
        books.accounts.change_account(replace(made, email="x@example.org", email_verified=False, keys=7, handle="x"))
        assert books.accounts.account(ADA) == made
        assert books.accounts.account(BOB) == bob


@pytest.mark.parametrize(
    ("first", "alike"),
    [
        ("modern", "rnodern"),
        ("william", "wi11iam"),
        ("ada", "a.d-a"),
        ("paul", "pau1"),
        ("oslo", "0s10"),
        ("vvilma", "wilma"),
        ("clara", "dara"),
    ],
)
def test_a_name_that_looks_like_one_that_is_taken_is_refused(vault: SqlVault, first: str, alike: str) -> None:
    add(vault, first)
    with pytest.raises(Refused, match=rf"account-exists: .* looks like one that is taken: {first}\."):
        add(vault, alike, email="other@example.org")


def test_a_verified_address_is_one_accounts_in_any_letters_case(vault: SqlVault) -> None:
    add(vault, "ada", email="Ada@Example.org")
    with vault.reading() as books:
        owner = books.accounts.account_by_address("aDA@eXAMPLE.org")
        assert owner is not None
        assert owner.name == ADA
    with pytest.raises(Refused, match="account-exists"):
        add(vault, "eve", email="ada@example.ORG")


def test_an_address_that_nobody_has_verified_keeps_nobody_from_it(vault: SqlVault) -> None:
    add(vault, "squatter", email="bob@example.org", email_verified=False)
    with vault.reading() as books:
        assert books.accounts.account_by_address("bob@example.org") is None
    add(vault, "bob", email="bob@example.org")
    with vault.reading() as books:
        owner = books.accounts.account_by_address("bob@example.org")
        assert owner is not None
        assert owner.name == BOB


def test_accounts_are_found_by_name_or_address_and_words_are_no_patterns(vault: SqlVault) -> None:
    for name in ("carol", "ada", "bob"):
        add(vault, name)
    with vault.writing() as books:
        books.accounts.remove_account(AccountName("carol"), NOW)
        assert [str(each.name) for each in books.accounts.accounts("EXAMPLE", 9)] == ["ada", "bob"]
        assert [str(each.name) for each in books.accounts.accounts("", 1)] == ["ada"]
        for nothing in ("%", "_", "carol", "removed:", "\\"):
            assert books.accounts.accounts(nothing, 9) == []


def test_the_primary_address_shows_in_the_account_and_so_does_what_becomes_of_it(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        second = books.accounts.add_address(ADA, "Ada@Anvils.example", verified=None)
        assert (second.is_primary, second.verified, second.recovers) == (False, None, False)
        assert found(books).email == "ada@example.org"
        books.accounts.make_primary(ADA, second.identifier)
        assert (found(books).email, found(books).email_verified) == ("Ada@Anvils.example", False)
        books.accounts.verify_address(second.identifier, NOW)
        assert found(books).email_verified
        assert [(each.address, each.is_primary) for each in books.accounts.addresses(ADA)] == [
            ("Ada@Anvils.example", True),
            ("ada@example.org", False),
        ]
        books.accounts.set_standing(second.identifier, "lapsed", NOW, is_lost=True)
        assert not found(books).email_verified
        assert books.accounts.account_by_address("ada@anvils.example") is None


def test_nobody_makes_an_address_of_somebody_else_their_primary_one(vault: SqlVault) -> None:
    add(vault, "ada")
    add(vault, "bob")
    with vault.reading() as books:
        bobs = books.accounts.addresses(BOB)[0]
    with pytest.raises(Exception, match="No row"), vault.writing() as books:
        books.accounts.make_primary(ADA, bobs.identifier)
    with vault.reading() as books:
        assert books.accounts.addresses(BOB) == [bobs]
        assert books.accounts.addresses(ADA)[0].is_primary


def test_an_account_has_an_address_once_and_may_take_it_again(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        second = books.accounts.add_address(ADA, "two@example.org", verified=NOW)
        with pytest.raises(Refused, match="address-taken"):
            books.accounts.add_address(ADA, "TWO@example.org", verified=None)
        books.accounts.drop_address(second.identifier, NOW)
        assert books.accounts.account_by_address("two@example.org") is None
        (_, gone) = books.accounts.addresses(ADA)
        assert (gone.removed, gone.recovers) == (NOW, False)
        again = books.accounts.add_address(ADA, "Two@example.org", verified=None)
        assert [each.address for each in books.accounts.addresses(ADA)] == ["ada@example.org", "Two@example.org"]
        assert (again.removed, again.verified) == (None, None)


def test_a_removed_address_is_told_last_and_is_free_for_others(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        second = books.accounts.add_address(ADA, "two@example.org", verified=NOW)
        books.accounts.add_address(ADA, "three@example.org", verified=NOW)
        books.accounts.drop_address(second.identifier, NOW)
        told = [each.address for each in books.accounts.addresses(ADA)]
    assert told == ["ada@example.org", "three@example.org", "two@example.org"]
    add(vault, "bob", email="two@example.org")


def test_what_was_found_of_a_domain_decides_whether_an_address_recovers(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        (address,) = books.accounts.addresses(ADA)
        assert address.recovers, "its domain was never judged, but it was reached to verify the address"
        for standing, recovers in (("well", True), ("unknown", False), ("lapsed", False)):
            books.accounts.set_standing(address.identifier, standing, NOW, is_lost=False)
            (address,) = books.accounts.addresses(ADA)
            assert (address.standing, address.checked, address.recovers) == (standing, NOW, recovers)
        books.accounts.verify_address(address.identifier, NOW + DAY)
        (address,) = books.accounts.addresses(ADA)
        assert (address.standing, address.checked, address.verified) == ("", None, NOW + DAY)


def test_addresses_are_looked_at_in_turn_those_longest_ago_first(vault: SqlVault) -> None:
    for number, name in enumerate(("ada", "bob", "carol", "dave")):
        add(vault, name)
        with vault.writing() as books:
            (address,) = books.accounts.addresses(AccountName(name))
            if number:
                books.accounts.set_standing(address.identifier, "well", NOW - number * DAY, is_lost=False)
    with vault.writing() as books:
        gone = books.accounts.add_address(ADA, "gone@example.org", verified=NOW)
        books.accounts.drop_address(gone.identifier, NOW)
        books.accounts.add_address(ADA, "unverified@example.org", verified=None)
        to_check = books.accounts.addresses_to_check(NOW - DAY, 10)
        assert [str(each.account) for each in to_check] == ["ada", "dave", "carol"]
        assert [str(each.account) for each in books.accounts.addresses_to_check(NOW + DAY, 2)] == ["ada", "dave"]


def test_administrators_are_those_who_are_not_disabled(vault: SqlVault) -> None:
    ada = add(vault, "ada", is_administrator=True)
    add(vault, "bob", is_administrator=True)
    add(vault, "carol")
    with vault.writing() as books:
        assert books.accounts.administrators() == [ADA, BOB]
        books.accounts.change_account(replace(ada, is_disabled=True))
        assert books.accounts.administrators() == [BOB]
        books.accounts.remove_account(BOB, NOW)
        assert books.accounts.administrators() == []
        assert not books.accounts.any_administrator()


def test_unfinished_are_those_who_never_verified_an_address_and_hold_nothing(vault: SqlVault) -> None:
    long_ago = {"created": NOW - DAY, "email_verified": False, "totp_secret": ""}
    for name in ("unfinished", "has-role", "has-token", "had-factor", "once-verified", "removed"):
        add(vault, name, **long_ago)
    add(vault, "verified", **{**long_ago, "email_verified": True})
    add(vault, "newcomer", **{**long_ago, "created": NOW})
    with vault.writing() as books:
        books.shelf.add_project(ANVIL, "anvil", NOW)
        books.roles.grant(AccountName("has-role"), ANVIL, Role.OWNER)
        books.tokens.add_token(Token("t", "f", AccountName("has-token"), frozenset(), None, NOW, NOW))
        books.accounts.change_account(replace(found(books, AccountName("had-factor")), had_factor=True))
        books.accounts.add_address(AccountName("once-verified"), "two@example.org", verified=NOW)
        books.accounts.remove_account(AccountName("removed"), NOW)
        assert books.accounts.unfinished_before(NOW, 10) == [AccountName("unfinished")]
        assert books.accounts.unfinished_before(NOW, 0) == []
        assert books.accounts.unfinished_before(NOW - DAY, 10) == []


def live_fully(books: Books) -> None:
    """Let ada have everything that a person can have."""
    books.accounts.add_address(ADA, "two@example.org", verified=NOW)
    books.factors.add_key(Key("key", ADA, "Blue key", "public", 7, ("usb",), False, NOW))
    books.factors.set_codes(ADA, ["c" * 64], NOW)
    books.factors.keep_identity("https://id.example.org", "4711", ADA, "staff", NOW)
    books.sessions.add_session(Session("s", "f", ADA, Strength.TOTP, NOW, NOW, NOW, NOW, "192.0.2.7", "Firefox"))
    books.sessions.keep_device(Device("d", ADA, NOW, NOW, "Firefox"))
    books.sessions.add_ticket(Ticket("t", Errand.RESET_PASSWORD, ADA, NOW))
    books.recoveries.keep_recovery(
        Recovery("r", ADA, NOW, None, frozenset({ProofKind.ADDRESS}), frozenset(), "192.0.2.7")
    )
    books.tokens.add_token(Token("t", "f", ADA, frozenset({Right.PUBLISH}), None, NOW, NOW))


def test_who_leaves_is_forgotten_but_for_the_name(vault: SqlVault) -> None:
    made = add(vault, "ada", is_administrator=True, must_change_password=True, vouched=3, vouched_until=NOW + DAY)
    with vault.writing() as books:
        live_fully(books)
        books.accounts.remove_account(ADA, NOW)
    with vault.writing() as books:
        assert books.accounts.account(ADA) is None
        assert books.accounts.account_by_handle(made.handle) is None
        assert books.accounts.account_by_address(made.email) is None
        assert books.accounts.addresses_to_check(NOW, 10) == []
        assert [each.removed for each in books.accounts.addresses(ADA)] == [NOW, NOW], "they are told that it is gone"
        assert books.accounts.forget_former(NOW) == 0
        assert books.accounts.forget_former(NOW + DAY) == 2
        left = [*books.accounts.addresses(ADA), *books.factors.keys_of(ADA), *books.sessions.sessions_of(ADA)]
        assert left == []
        assert books.factors.identity("https://id.example.org", "4711") is None
        assert books.recoveries.recovery("r") is None
        assert books.sessions.ticket("t") is None
        assert books.sessions.device(ADA, "d") is None
    with vault.engine.connect() as connection:
        kept = {table.name: str(connection.execute(select(table)).all()) for table in schema.metadata.sorted_tables}
    assert [name for name, rows in kept.items() if "example.org" in rows or "argon2" in rows] == []
    for again in ("ada", "a-da"):
        with pytest.raises(Refused, match="account-exists"):
            add(vault, again, email="ada@example.org")


def test_nothing_that_is_found_of_an_address_later_brings_back_who_has_left(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        (address,) = books.accounts.addresses(ADA)
        books.accounts.remove_account(ADA, NOW)
        books.accounts.set_standing(address.identifier, "well", NOW, is_lost=False)
        books.accounts.verify_address(address.identifier, NOW)
        books.accounts.drop_address(address.identifier, NOW)
        books.accounts.make_primary(ADA, address.identifier)
        assert books.accounts.account(ADA) is None
        assert books.accounts.accounts("ada", 10) == []


def test_an_address_that_was_forgotten_meanwhile_is_no_trouble(vault: SqlVault) -> None:
    add(vault, "ada")
    with vault.writing() as books:
        second = books.accounts.add_address(ADA, "two@example.org", verified=NOW)
        books.accounts.drop_address(second.identifier, NOW)
        books.accounts.forget_former(NOW + DAY)
        books.accounts.set_standing(second.identifier, "lapsed", NOW, is_lost=True)
        assert found(books).email_verified


def test_former_addresses_are_forgotten_and_no_other(vault: SqlVault) -> None:
    add(vault, "ada")
    add(vault, "bob")
    with vault.writing() as books:
        second = books.accounts.add_address(ADA, "two@example.org", verified=NOW)
        books.accounts.drop_address(second.identifier, NOW)
        assert books.accounts.forget_former(NOW + DAY) == 1
        assert [each.address for each in books.accounts.addresses(ADA)] == ["ada@example.org"]
        assert [each.address for each in books.accounts.addresses(BOB)] == ["bob@example.org"]
