"""Every `TallyBook` counts as `authn/throttle.py` needs: durably, and no more at once than one after the other.

Principles: AUTHN-1.5
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.worlds import ADA

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import LIMITS, Guess, Guesser, Per, TooMany, give_back, reserve
from strongroom.storage.sql.vault import SqlVault, open_engine

pytestmark = pytest.mark.principle("AUTHN-1.5")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SOMEBODY = Guesser.at(Visit("192.0.2.7", "Firefox"), ADA)
THREADS = 8


def guess(vault: SqlVault, guesser: Guesser = SOMEBODY, now: datetime = NOW, what: Guess = Guess.PASSWORD) -> bool:
    """Report whether a guess, in a transaction of its own, is looked at."""
    try:
        with vault.writing() as books:
            reserve(books.tallies, what, guesser, now)
    except TooMany:
        return False
    return True


def test_counts_come_back_as_they_were_kept_and_others_stay(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.tallies.keep({"a": {1: 2, -3: 4}, "b": {5: 6}}, {"a": NOW, "b": NOW})
        books.tallies.keep({"a": {7: 8}}, {"a": NOW})
        books.tallies.keep({}, {})
    with vault.reading() as books:
        assert books.tallies.counts(["a", "b", "c"]) == {"a": {7: 8}, "b": {5: 6}}
        assert books.tallies.counts([]) == {}


def test_a_sweep_takes_what_no_limit_looks_at_any_more(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.tallies.keep({"a": {1: 1}, "b": {1: 1}}, {"a": NOW, "b": NOW + timedelta(seconds=1)})
        assert books.tallies.sweep(NOW) == 1
        assert books.tallies.counts(["a", "b"]) == {"b": {1: 1}}


def test_counts_outlive_the_program(vault: SqlVault) -> None:
    assert [guess(vault) for _ in range(11)] == [True] * 10 + [False]
    address = vault.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    again = SqlVault(open_engine(address))
    assert not guess(again)
    again.close()


def test_many_at_once_are_no_more_than_one_after_the_other(vault: SqlVault) -> None:
    together = threading.Barrier(THREADS)

    def burst(_: int) -> int:
        together.wait()
        return sum(guess(vault) for _ in range(5))

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(burst, range(THREADS))) == 10


def test_two_programs_at_once_have_one_limit(vault: SqlVault) -> None:
    address = vault.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    other = SqlVault(open_engine(address))
    with ThreadPoolExecutor(2) as pool:
        counts = pool.map(lambda which: sum(guess(which) for _ in range(10)), (vault, other))
    assert sum(counts) == 10
    other.close()


def test_what_was_right_is_given_back_also_in_another_transaction(vault: SqlVault) -> None:
    for _ in range(15):
        with vault.writing() as books:
            reserved = reserve(books.tallies, Guess.PASSWORD, SOMEBODY, NOW)
        with vault.writing() as books:
            give_back(books.tallies, reserved, NOW)
    assert [guess(vault) for _ in range(11)] == [True] * 10 + [False]


def test_a_guess_that_is_refused_leaves_nothing_behind(vault: SqlVault) -> None:
    for _ in range(12):
        guess(vault)
    keys = [key for per in Per if (key := SOMEBODY.key(Guess.PASSWORD, per, LIMITS[Guess.PASSWORD][per][0]))]
    with vault.reading() as books:
        assert {key: sum(slices.values()) for key, slices in books.tallies.counts(keys).items()} == dict.fromkeys(
            keys, 10
        )


def test_names_that_nobody_has_are_counted_like_any_other(vault: SqlVault) -> None:
    stranger = Guesser(Visit("192.0.2.9"), "nobody|at Ω 'all'")
    assert [guess(vault, stranger) for _ in range(11)] == [True] * 10 + [False]


@given(seconds=st.lists(st.integers(0, 400), max_size=25))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_window_holds_more_than_its_limit_whenever_they_come(vault: SqlVault, seconds: list[int]) -> None:
    with vault.writing() as books:
        books.tallies.sweep(NOW + timedelta(days=9))
    now, times = NOW, []
    for step in seconds:
        now += timedelta(seconds=step)
        if guess(vault, now=now, what=Guess.SECOND_FACTOR):
            times.append(now)
    for limit in LIMITS[Guess.SECOND_FACTOR][Per.ACCOUNT]:
        for start in times:
            assert sum(start <= each < start + limit.window for each in times) <= limit.count
