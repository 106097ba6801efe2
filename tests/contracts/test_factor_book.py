"""Every `FactorBook` keeps the promises of `authn/factors.py`, on every database.

Principles: AUTHN-1.3, AUTHN-2.2, AUTHN-3.3
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.test_vault import account
from tests.worlds import ADA, BOB

from strongroom.authn.accounts import AccountName
from strongroom.authn.factors import Codes, Voucher
from strongroom.authn.passkeys import Key
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHN-1.3", "AUTHN-2.2")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
BLUE = Key("blue", ADA, "Blue key", "public", 7, ("nfc", "usb"), False, NOW)


@pytest.fixture(autouse=True)
def people(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.accounts.add_account(account(ADA))
        books.accounts.add_account(account(BOB))


def keys(books: Books, name: AccountName = ADA) -> int:
    found = books.accounts.account(name)
    assert found is not None
    return found.keys


def test_a_key_comes_back_as_it_was_kept_and_is_counted_in_its_account(vault: SqlVault) -> None:
    phone = Key("phone", ADA, "Telefon Ω", "public too", 2**32 - 1, (), True, LATER)
    with vault.writing() as books:
        books.factors.add_key(phone)
        books.factors.add_key(BLUE)
    with vault.reading() as books:
        assert books.factors.keys_of(ADA) == [BLUE, phone]
        assert books.factors.key("phone") == phone
        assert books.factors.key("other") is None
        assert (keys(books), keys(books, BOB)) == (2, 0)


@pytest.mark.parametrize("name", [ADA, BOB])
def test_a_key_is_enrolled_once_whosever_it_is(vault: SqlVault, name: AccountName) -> None:
    with vault.writing() as books:
        books.factors.add_key(BLUE)
    with pytest.raises(Refused, match="key-exists"), vault.writing() as books:
        books.factors.add_key(replace(BLUE, account=name, label="Mine"))
    with vault.reading() as books:
        assert books.factors.key("blue") == BLUE


def test_the_counter_and_the_last_use_of_a_key_are_kept(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.add_key(BLUE)
        books.factors.use_key("blue", 8, LATER)
        assert books.factors.key("blue") == replace(BLUE, counter=8, last_used=LATER)


def test_a_key_is_taken_away_by_its_account_alone(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.add_key(BLUE)
        assert books.factors.remove_key(BOB, "blue") is None
        assert keys(books) == 1
        assert books.factors.remove_key(ADA, "blue") == BLUE
        assert books.factors.remove_key(ADA, "blue") is None
        assert keys(books) == 0


def test_a_recovery_code_is_spent_once_and_by_its_own_account(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.factors.codes_of(ADA) == Codes(None, 0, False)
        books.factors.set_codes(ADA, ["a" * 64, "b" * 64], NOW)
        assert not books.factors.use_code(BOB, "a" * 64, NOW)
        assert books.factors.use_code(ADA, "a" * 64, NOW)
        assert not books.factors.use_code(ADA, "a" * 64, LATER)
        assert books.factors.codes_of(ADA) == Codes(NOW, 1, False)


def test_a_recovery_code_tried_twice_at_once_is_good_once(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.set_codes(ADA, ["a" * 64], NOW)
    together = threading.Barrier(4)

    def spend(_: int) -> bool:
        together.wait()
        with vault.writing() as books:
            return books.factors.use_code(ADA, "a" * 64, NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(spend, range(4))) == [False, False, False, True]


def test_new_codes_end_the_old_ones_and_do_not_count_until_one_was_tried(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.set_codes(ADA, ["a" * 64], NOW)
        books.factors.codes_ready(ADA)
        assert books.factors.codes_of(ADA) == Codes(NOW, 1, True)
        books.factors.set_codes(ADA, ["b" * 64, "c" * 64], LATER)
        assert books.factors.codes_of(ADA) == Codes(LATER, 2, False)
        assert not books.factors.use_code(ADA, "a" * 64, LATER)


def test_all_factors_of_one_account_are_forgotten_at_once_and_nobody_elses(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.add_key(BLUE)
        books.factors.add_key(replace(BLUE, identifier="bobs", account=BOB))
        books.factors.set_codes(ADA, ["a" * 64], NOW)
        books.factors.codes_ready(ADA)
        books.factors.keep_identity("https://id.example.org", "4711", ADA, "staff", NOW)
        books.factors.forget_factors_of(ADA)
        assert [*books.factors.keys_of(ADA), *books.factors.identities_of(ADA)] == []
        assert books.factors.codes_of(ADA) == Codes(None, 0, False)
        assert (keys(books), keys(books, BOB)) == (0, 1)


def test_an_identity_is_an_issuer_and_a_subject_together(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.factors.keep_identity("https://id.example.org", "4711", ADA, "staff", NOW)
        books.factors.keep_identity("https://other.example.org", "4711", BOB, "", NOW)
        books.factors.keep_identity("https://id.example.org", "4711", ADA, "staff admins", LATER)
        assert books.factors.identity("https://id.example.org", "4711") == ADA
        assert books.factors.identity("https://other.example.org", "4711") == BOB
        assert books.factors.identity("https://id.example.org", "4712") is None
        assert books.factors.identities_of(ADA) == [("https://id.example.org", "4711", LATER)]


def test_a_voucher_is_given_to_one_account(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.factors.give_voucher(ADA, NOW) is None
        assert books.factors.add_vouchers(["KEY-1", "KEY-2", "KEY-1"]) == 2
        assert books.factors.add_vouchers(["KEY-2", "KEY-3"]) == 1
        assert books.factors.add_vouchers([]) == 0
        assert books.factors.give_voucher(ADA, NOW) == Voucher("KEY-1", ADA, NOW) == books.factors.voucher_of(ADA)
        assert books.factors.give_voucher(BOB, NOW) == Voucher("KEY-2", BOB, NOW)
        assert books.factors.vouchers()[2] == Voucher("KEY-3", None, None)
