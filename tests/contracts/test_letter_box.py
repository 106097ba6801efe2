"""Every `LetterBox` keeps the promises of `authn/post.py`, and every `RecoveryBook` those of `authn/recovery.py`.

Principles: AUTHN-1.2, AUTHN-1.4
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.contracts.test_vault import account
from tests.worlds import ADA, BOB

from strongroom.authn.post import MOST_ATTEMPTS, Queued, next_try
from strongroom.authn.recovery import ProofKind, Recovery, RecoveryState
from strongroom.storage.sql import schema
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHN-1.2", "AUTHN-1.4")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LEASE = NOW + timedelta(minutes=5)
SECRET = "https://packages.example.org/recover/srm_secret"


def letter(key: str = "7 ada@example.org", **changed: object) -> Queued:
    plain = Queued(key, "ada@example.org", "A new key", f"Hello, {SECRET}", f"<p>{SECRET}</p>", NOW)
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_a_letter_comes_out_as_it_was_put_in(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        (taken,) = books.letters.take_letters(NOW, LEASE, 10)
    assert taken == letter(identifier=taken.identifier, due=NOW)
    assert taken.identifier


def test_what_one_key_names_is_put_in_once(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        books.letters.add_letter(letter(text="again"))
        books.letters.add_letter(letter("8 ada@example.org"))
    with vault.writing() as books:
        books.letters.add_letter(letter(text="and again"))
        taken = books.letters.take_letters(NOW, LEASE, 10)
    assert [each.key for each in taken] == ["7 ada@example.org", "8 ada@example.org"]
    assert taken[0].text == letter().text


def test_letters_are_taken_when_they_are_due_oldest_first_and_no_more_than_asked_for(vault: SqlVault) -> None:
    with vault.writing() as books:
        for minutes in (3, 1, 2, -60):
            books.letters.add_letter(letter(f"{minutes}", created=NOW - timedelta(minutes=minutes)))
        assert books.letters.waiting(NOW) == 3
        assert [each.key for each in books.letters.take_letters(NOW, LEASE, 2)] == ["3", "2"]
        assert [each.key for each in books.letters.take_letters(NOW, LEASE, 9)] == ["1"]
        assert books.letters.take_letters(NOW, LEASE, 9) == []
        assert books.letters.queue() == (4, 0)


def test_a_letter_whose_taker_died_is_taken_again_after_its_time(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        books.letters.take_letters(NOW, LEASE, 9)
    with vault.writing() as books:
        assert books.letters.take_letters(LEASE - timedelta(seconds=1), LEASE, 9) == []
        assert len(books.letters.take_letters(LEASE, LEASE + timedelta(minutes=5), 9)) == 1


def test_no_letter_is_taken_by_two(vault: SqlVault) -> None:
    with vault.writing() as books:
        for number in range(60):
            books.letters.add_letter(letter(str(number)))
    together = threading.Barrier(4)

    def take(_: int) -> list[str]:
        together.wait()
        taken: list[str] = []
        for _ in range(5):
            with vault.writing() as books:
                taken += [each.key for each in books.letters.take_letters(NOW, LEASE, 4)]
        return taken

    with ThreadPoolExecutor(4) as pool:
        keys = [key for taken in pool.map(take, range(4)) for key in taken]
    assert sorted(keys) == sorted(map(str, range(60)))


def test_a_letter_that_was_sent_is_gone_and_takes_its_words_with_it(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        (taken,) = books.letters.take_letters(NOW, LEASE, 9)
        books.letters.drop_letter(taken.identifier)
        assert books.letters.queue() == (0, 0)
    assert SECRET not in everything(vault)


def test_a_letter_that_failed_is_tried_again_later_and_remembers_why(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        (taken,) = books.letters.take_letters(NOW, LEASE, 9)
        books.letters.postpone_letter(taken.identifier, LEASE, "451 later")
        (again,) = books.letters.take_letters(LEASE, LEASE, 9)
    assert again == replace(taken, attempts=1, problem="451 later", due=LEASE)


def test_a_letter_that_is_given_up_forgets_what_it_said_and_keeps_its_failure(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.letters.add_letter(letter())
        (taken,) = books.letters.take_letters(NOW, LEASE, 9)
        books.letters.postpone_letter(taken.identifier, None, "550 no such user")
        assert books.letters.queue() == (0, 1)
        books.letters.add_letter(letter())
        assert books.letters.take_letters(NOW + timedelta(days=3650), LEASE, 9) == []
        assert books.letters.waiting(NOW + timedelta(days=3650)) == 0
    assert SECRET not in everything(vault)
    assert "550 no such user" in everything(vault)


def everything(vault: SqlVault) -> str:
    with vault.engine.connect() as connection:
        return str(connection.execute(select(schema.letter)).all())


def test_a_letter_is_tried_for_about_a_day_at_growing_intervals() -> None:
    waits, now = [], NOW
    for attempts in range(1, MOST_ATTEMPTS + 1):
        due = next_try(attempts, now)
        if due is None:
            break
        waits.append(due - now)
        now = due
    assert waits == sorted(waits)
    assert timedelta(hours=12) < sum(waits, timedelta()) < timedelta(hours=36)
    assert next_try(MOST_ATTEMPTS, NOW) is None


RECOVERY = Recovery(
    "r1", ADA, NOW, LEASE, frozenset({ProofKind.ADDRESS, ProofKind.ADMINISTRATORS}), frozenset({"bob"}), "192.0.2.7"
)


def test_a_recovery_comes_back_as_it_was_kept_and_as_it_was_changed(vault: SqlVault) -> None:
    bare = replace(RECOVERY, ready=None, proofs=frozenset(), approvals=frozenset())
    with vault.writing() as books:
        books.accounts.add_account(account(ADA))
        books.recoveries.keep_recovery(bare)
        assert books.recoveries.recovery("r1") == bare
        books.recoveries.keep_recovery(RECOVERY)
        assert books.recoveries.recovery("r1") == RECOVERY
        assert books.recoveries.recovery("r2") is None


def test_only_what_is_under_way_is_open(vault: SqlVault) -> None:
    with vault.writing() as books:
        for name in (ADA, BOB):
            books.accounts.add_account(account(name))
        older = replace(RECOVERY, identifier="r0", account=BOB, requested=NOW - timedelta(days=1))
        for each in (RECOVERY, older):
            books.recoveries.keep_recovery(each)
        assert books.recoveries.open_recoveries() == [older, RECOVERY]
        assert books.recoveries.open_recovery_of(ADA) == RECOVERY
        books.recoveries.keep_recovery(replace(RECOVERY, state=RecoveryState.CANCELLED))
        books.recoveries.keep_recovery(replace(older, state=RecoveryState.COMPLETED))
        assert books.recoveries.open_recoveries() == []
        assert books.recoveries.open_recovery_of(ADA) is None
        found = books.recoveries.recovery("r1")
        assert found is not None
        assert found.state is RecoveryState.CANCELLED
