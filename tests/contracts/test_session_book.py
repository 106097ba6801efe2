"""Every `SessionBook` keeps the promises of `authn/sessions.py`, on every database.

Principles: AUTHN-1.1, AUTHN-1.4, AUTHN-3.2
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.test_vault import account
from tests.worlds import ADA, BOB

from strongroom.authn.assurance import Strength
from strongroom.authn.sessions import Device, Errand, Session, Ticket
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHN-1.1", "AUTHN-3.2")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=12)
ONE = Session("one", "f1", ADA, Strength.TOTP, NOW, NOW, LATER, NOW, "192.0.2.7", "Firefox on Linux", "d1", LATER)
TICKET = Ticket("t1", Errand.RESET_PASSWORD, ADA, LATER, {"address": "Ω@example.org", "tries": 3, "done": None})


@pytest.fixture(autouse=True)
def people(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.accounts.add_account(account(ADA))
        books.accounts.add_account(account(BOB))


def test_a_session_comes_back_as_it_was_kept_and_remembers_its_use(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.sessions.add_session(ONE)
    with vault.writing() as books:
        assert books.sessions.session("f1") == ONE
        assert books.sessions.session("one") is None
        books.sessions.touch_session("f1", LATER)
        assert books.sessions.session("f1") == replace(ONE, seen=LATER)


def test_a_session_that_gets_another_secret_is_no_more_found_by_the_old_one(vault: SqlVault) -> None:
    renewed = replace(ONE, fingerprint="f2", strength=Strength.PHISHING_RESISTANT, proved=LATER)
    with vault.writing() as books:
        books.sessions.add_session(ONE)
        books.sessions.replace_session("f1", renewed)
        assert books.sessions.session("f1") is None
        assert books.sessions.session("f2") == renewed
        assert books.sessions.sessions_of(ADA) == [renewed]


def test_sessions_are_ended_by_their_own_account_one_or_all_but_one(vault: SqlVault) -> None:
    newer = replace(ONE, identifier="two", fingerprint="f2", created=LATER)
    third = replace(ONE, identifier="three", fingerprint="f3", created=LATER + timedelta(hours=1))
    bobs = replace(ONE, identifier="bobs", fingerprint="f4", account=BOB)
    with vault.writing() as books:
        for each in (ONE, newer, third, bobs):
            books.sessions.add_session(each)
        assert books.sessions.sessions_of(ADA) == [third, newer, ONE]
        assert not books.sessions.end_session(BOB, "one")
        assert books.sessions.end_session(ADA, "one")
        assert not books.sessions.end_session(ADA, "one")
        assert books.sessions.end_sessions_of(ADA, but="two") == 1
        assert books.sessions.sessions_of(ADA) == [newer]
        assert books.sessions.end_sessions_of(ADA) == 1
        assert books.sessions.sessions_of(BOB) == [bobs]


def test_a_device_is_known_to_the_account_that_used_it_alone(vault: SqlVault) -> None:
    device = Device("d1", ADA, NOW, NOW, "Firefox on Linux")
    with vault.writing() as books:
        books.sessions.keep_device(device)
        books.sessions.keep_device(replace(device, account=BOB))
        books.sessions.keep_device(replace(device, created=LATER, seen=LATER, agent="Other"))
        assert books.sessions.device(ADA, "d1") == replace(device, seen=LATER)
        books.sessions.forget_devices_of(ADA)
        assert books.sessions.device(ADA, "d1") is None
        assert books.sessions.device(BOB, "d1") is not None


def test_devices_are_found_and_forgotten_by_their_secrets_alone(vault: SqlVault) -> None:
    found = [Device("d1", ADA, NOW, NOW, "Firefox"), Device("d1", BOB, NOW, NOW, ""), Device("d2", BOB, NOW, NOW, "")]
    with vault.writing() as books:
        for each in found:
            books.sessions.keep_device(each)
        assert list(books.sessions.devices_with([])) == list(books.sessions.devices_with(["d3"])) == []
        assert list(books.sessions.devices_with(["d2", "d1", "d3"])) == found
        assert books.sessions.forget_device(ADA, "d1")
        assert not books.sessions.forget_device(ADA, "d1") and not books.sessions.forget_device(ADA, "d2")
        assert list(books.sessions.devices_with(["d1", "d2"])) == found[1:]


def test_a_ticket_comes_back_as_it_was_kept_and_stays_good_while_it_is_only_looked_at(vault: SqlVault) -> None:
    nobodys = Ticket("t2", Errand.PASSKEY, None, LATER, {})
    with vault.writing() as books:
        books.sessions.add_ticket(TICKET)
        books.sessions.add_ticket(nobodys)
    with vault.writing() as books:
        assert books.sessions.ticket("t1") == TICKET == books.sessions.ticket("t1")
        assert books.sessions.use_ticket("t2") == nobodys
        assert books.sessions.use_ticket("t2") is None
        assert books.sessions.use_ticket("t3") is None


def test_a_ticket_used_by_many_at_once_is_good_for_one(vault: SqlVault) -> None:
    with vault.writing() as books:
        for number in range(5):
            books.sessions.add_ticket(replace(TICKET, fingerprint=f"t{number}"))
    together = threading.Barrier(2)

    def use(fingerprint: str) -> bool:
        together.wait()
        with vault.writing() as books:
            return books.sessions.use_ticket(fingerprint) is not None

    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            assert sorted(pool.map(use, [f"t{number}"] * 2)) == [False, True]


def test_a_ticket_is_good_again_when_what_it_was_used_for_fails(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.sessions.add_ticket(TICKET)
    with pytest.raises(RuntimeError), vault.writing() as books:
        books.sessions.use_ticket("t1")
        raise RuntimeError
    with vault.reading() as books:
        assert books.sessions.ticket("t1") == TICKET


def test_the_open_ticket_is_the_newest_of_its_errand_and_account(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.sessions.open_ticket(ADA, Errand.RESET_PASSWORD) is None
        newest = replace(TICKET, fingerprint="t2", expires=LATER + timedelta(hours=1))
        for each in (newest, TICKET, replace(TICKET, fingerprint="t3", errand=Errand.RECOVERY)):
            books.sessions.add_ticket(each)
        books.sessions.add_ticket(replace(newest, fingerprint="t4", account=BOB, expires=LATER + timedelta(days=9)))
        assert books.sessions.open_ticket(ADA, Errand.RESET_PASSWORD) == newest


def test_a_ticket_keeps_what_it_stands_for_now(vault: SqlVault) -> None:
    changed = replace(TICKET, detail={"tries": 2}, expires=NOW)
    with vault.writing() as books:
        books.sessions.add_ticket(TICKET)
        books.sessions.change_ticket(changed)
        assert books.sessions.ticket("t1") == changed


def test_tickets_of_an_account_are_dropped_by_errand_or_all(vault: SqlVault) -> None:
    with vault.writing() as books:
        for number, errand in enumerate((Errand.RECOVERY, Errand.RESET_PASSWORD, Errand.INVITATION)):
            books.sessions.add_ticket(replace(TICKET, fingerprint=f"t{number}", errand=errand))
            books.sessions.add_ticket(replace(TICKET, fingerprint=f"b{number}", errand=errand, account=BOB))
        books.sessions.drop_tickets_of(ADA, Errand.RECOVERY, Errand.RESET_PASSWORD)
        assert [books.sessions.ticket(f"t{number}") is None for number in range(3)] == [True, True, False]
        books.sessions.drop_tickets_of(ADA)
        assert books.sessions.ticket("t2") is None
        assert all(books.sessions.ticket(f"b{number}") for number in range(3))


def test_a_sweep_takes_what_has_expired_and_nothing_else(vault: SqlVault) -> None:
    second = timedelta(seconds=1)
    with vault.writing() as books:
        books.sessions.add_session(replace(ONE, expires=NOW))
        books.sessions.add_session(replace(ONE, identifier="two", fingerprint="f2", expires=NOW + second))
        books.sessions.add_ticket(replace(TICKET, expires=NOW))
        books.sessions.add_ticket(replace(TICKET, fingerprint="t2", expires=NOW + second))
        books.sessions.keep_device(Device("d1", ADA, NOW, NOW - second, ""))
        books.sessions.keep_device(Device("d2", ADA, NOW, NOW, ""))
        assert books.sessions.sweep(NOW, NOW) == 3
        assert books.sessions.sweep(NOW, NOW) == 0
        assert books.sessions.session("f2") and books.sessions.ticket("t2") and books.sessions.device(ADA, "d2")
