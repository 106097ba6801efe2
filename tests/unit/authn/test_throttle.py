"""Guessing has an end: no window of a limit's length holds more guesses than the limit, whatever the times are.

Principles: AUTHN-1.5
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import LIMITS, SLICES, Guess, Guesser, Limit, Per, TooMany, give_back, reserve

pytestmark = pytest.mark.principle("AUTHN-1.5")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HERE = Visit("192.0.2.7")
ADA = Guesser(HERE, "ada")


class MemoryTallies:
    """A `TallyBook` that is a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[int, int]] = {}
        self.expires: dict[str, datetime] = {}

    def counts(self, keys: Iterable[str]) -> Mapping[str, Mapping[int, int]]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def keep(self, counts: Mapping[str, Mapping[int, int]], expires: Mapping[str, datetime]) -> None:
        for key, slices in counts.items():
            self.kept[key] = dict(slices)
            self.expires[key] = expires[key]

    def sweep(self, now: datetime) -> int:
        gone = [key for key, expires in self.expires.items() if expires <= now]
        for key in gone:
            del self.kept[key], self.expires[key]
        return len(gone)


def accepted(tallies: MemoryTallies, guess: Guess, guesser: Guesser, times: Iterable[datetime]) -> list[datetime]:
    """Return the times at which a guess was looked at."""
    looked_at = []
    for now in times:
        try:
            reserve(tallies, guess, guesser, now)
        except TooMany:
            continue
        looked_at.append(now)
    return looked_at


def most_in_any_window(times: list[datetime], window: timedelta) -> int:
    return max((sum(1 for each in times if start <= each < start + window) for start in times), default=0)


# Steps of all sizes, many of them within a window and at the borders of its slices.
STEPS = st.one_of(
    st.integers(0, 3_000_000).map(lambda each: timedelta(milliseconds=each)),
    st.sampled_from([0, 29, 30, 31, 299, 300, 301, 359, 360, 3600, 8640, 86_400]).map(
        lambda each: timedelta(seconds=each)
    ),
)


@given(guess=st.sampled_from(Guess), steps=st.lists(STEPS, max_size=120), sweeps=st.booleans())
def test_no_window_holds_more_guesses_than_its_limit_whenever_they_come(
    guess: Guess, steps: list[timedelta], sweeps: bool
) -> None:
    tallies, now, times = MemoryTallies(), NOW, []
    for step in steps:
        now += step
        if sweeps:
            tallies.sweep(now)
        times += accepted(tallies, guess, ADA, [now])
    for per, limits in LIMITS[guess].items():
        for limit in limits:
            if per is not Per.DEVICE:
                assert most_in_any_window(times, limit.window) <= limit.count


@given(guess=st.sampled_from(Guess), offset=st.integers(0, 90_000))
def test_whoever_waits_as_long_as_told_is_looked_at_again(guess: Guess, offset: int) -> None:
    tallies, now = MemoryTallies(), NOW + timedelta(seconds=offset)
    least = min(limit.count for limits in LIMITS[guess].values() for limit in limits)
    accepted(tallies, guess, ADA, [now] * least)
    with pytest.raises(TooMany) as refused:
        reserve(tallies, guess, ADA, now)
    reserve(tallies, guess, ADA, now + timedelta(seconds=refused.value.wait_seconds))


@given(steps=st.lists(STEPS, max_size=60))
def test_nobody_is_kept_out_who_guesses_less_often_than_the_limits_allow(steps: list[timedelta]) -> None:
    slowest = max(
        (limit.window + 2 * limit.window / SLICES) / limit.count
        for limits in LIMITS[Guess.PASSWORD].values()
        for limit in limits
    )
    now, tallies = NOW, MemoryTallies()
    for step in steps:
        now += slowest + step
        reserve(tallies, Guess.PASSWORD, ADA, now)


def test_what_is_refused_is_not_counted_so_that_waiting_ends() -> None:
    tallies = MemoryTallies()
    assert len(accepted(tallies, Guess.SECOND_FACTOR, ADA, [NOW] * 500)) == 5
    assert len(accepted(tallies, Guess.SECOND_FACTOR, ADA, [NOW + timedelta(minutes=6)] * 500)) == 5


def test_what_was_right_is_given_back_and_only_failures_count() -> None:
    tallies = MemoryTallies()
    for _ in range(100):
        give_back(tallies, reserve(tallies, Guess.PASSWORD, ADA, NOW), NOW)
    assert len(accepted(tallies, Guess.PASSWORD, ADA, [NOW] * 50)) == 10


def test_giving_back_twice_or_after_everything_was_swept_gives_no_guesses() -> None:
    tallies = MemoryTallies()
    reserved = reserve(tallies, Guess.PASSWORD, ADA, NOW)
    for _ in range(5):
        give_back(tallies, reserved, NOW)
    assert len(accepted(tallies, Guess.PASSWORD, ADA, [NOW] * 50)) == 10
    late = NOW + timedelta(days=3)
    tallies.sweep(late)
    give_back(tallies, reserved, late)
    assert len(accepted(tallies, Guess.PASSWORD, ADA, [late] * 50)) == 10


def test_one_account_is_counted_wherever_the_guesses_come_from() -> None:
    tallies = MemoryTallies()
    everywhere = [Guesser(Visit(f"198.51.{number}.9"), "ada") for number in range(100)]
    assert sum(len(accepted(tallies, Guess.PASSWORD, each, [NOW])) for each in everywhere) == 10


def test_one_source_is_counted_whatever_the_account_and_its_network_too() -> None:
    tallies = MemoryTallies()
    names = [Guesser(HERE, f"person{number}") for number in range(100)]
    assert sum(len(accepted(tallies, Guess.PASSWORD, each, [NOW])) for each in names) == 20
    neighbours = [Guesser(Visit(f"192.0.2.{number}"), f"other{number}") for number in range(8, 250)]
    assert sum(len(accepted(tallies, Guess.PASSWORD, each, [NOW])) for each in neighbours) == 80


def test_addresses_of_one_ipv6_network_are_one_network() -> None:
    tallies = MemoryTallies()
    many = [Guesser(Visit(f"2001:db8:7:{number:x}::1"), f"person{number}") for number in range(300)]
    assert sum(len(accepted(tallies, Guess.PASSWORD, each, [NOW])) for each in many) == 100


def test_all_sources_together_are_counted() -> None:
    tallies = MemoryTallies()
    many = [Guesser(Visit(f"10.{n // 200}.{n % 200}.1"), f"person{n}") for n in range(1200)]
    assert sum(len(accepted(tallies, Guess.PASSWORD, each, [NOW])) for each in many) == 1000


def test_nobody_is_locked_out_of_a_known_device_by_guesses_from_elsewhere() -> None:
    tallies = MemoryTallies()
    accepted(tallies, Guess.PASSWORD, ADA, [NOW] * 100)
    at_home = Guesser(Visit("203.0.113.4"), "ada", "d" * 64)
    counted = accepted(tallies, Guess.PASSWORD, at_home, [NOW] * 100)
    assert len(counted) == 10, "its guesses are counted by themselves"


def test_a_key_is_never_locked_by_its_account() -> None:
    assert set(LIMITS[Guess.KEY]) <= {Per.SOURCE, Per.NETWORK}
    tallies = MemoryTallies()
    accepted(tallies, Guess.KEY, ADA, [NOW] * 100)
    reserve(tallies, Guess.KEY, Guesser(Visit("203.0.113.4"), "ada"), NOW)


def test_every_way_of_guessing_has_a_limit_for_each_source() -> None:
    assert set(LIMITS) == set(Guess)
    for limits in LIMITS.values():
        assert limits[Per.SOURCE]
        for each in (limit for some in limits.values() for limit in some):
            assert each.count > 0
            assert each.window.total_seconds() % SLICES == 0


@pytest.mark.parametrize("guess", Guess)
def test_counts_are_kept_for_as_long_as_a_limit_looks_at_them(guess: Guess) -> None:
    tallies = MemoryTallies()
    reserved = reserve(tallies, guess, ADA, NOW)
    give_back(tallies, reserved, NOW)
    reserve(tallies, guess, ADA, NOW)
    for per, limits in LIMITS[guess].items():
        for limit in limits:
            key = ADA.key(guess, per, limit)
            if key is not None:
                assert tallies.expires[key] >= NOW + limit.window


def test_the_words_say_how_long_to_wait_and_of_the_way_that_no_guess_locks() -> None:
    assert "Wait 1 minute," in TooMany(5).says
    assert "Wait 5 minutes," in TooMany(301).says
    assert "passkey" in TooMany(5).says
    assert "never" not in TooMany(5).says, "its questions are counted, too"
    assert (TooMany(5).code, TooMany(5).principle, TooMany(5).wait_seconds) == ("too-many-attempts", "AUTHN-1.5", 5)


@pytest.mark.parametrize("guess", Guess)
def test_no_refusal_promises_a_way_that_whoever_is_refused_cannot_go(guess: Guess) -> None:
    """A program with a token has no passkey, and who registers has none yet."""
    tallies, refused = MemoryTallies(), None
    for _ in range(1000):
        try:
            reserve(tallies, guess, ADA, NOW)
        except TooMany as too_many:
            refused = too_many
            break
    assert refused is not None
    assert ("passkey" in refused.says) == (guess not in (Guess.TOKEN, Guess.MINT, Guess.REGISTRATION, Guess.BEGINNING))
    assert refused.says == refused.says.strip()


def test_who_is_nobody_in_particular_is_counted_by_source_alone() -> None:
    assert Guesser(HERE).key(Guess.PASSWORD, Per.ACCOUNT, Limit(1, timedelta(1))) is None
    assert Guesser(HERE).key(Guess.PASSWORD, Per.DEVICE, Limit(1, timedelta(1))) is None
