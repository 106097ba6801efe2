"""A password is refused when guessers would soon have it, and compared by the same work whoever it is for.

Principles: AUTHN-1.3, AUTHN-1.5
"""

import time
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.authn.passwords import LONGEST, SHORTEST, Argon2, require_length, require_strong
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

pytestmark = pytest.mark.principle("AUTHN-1.3")

STRONG = "correct horse battery staple"


@pytest.mark.parametrize(
    "text", [STRONG, "Kf9#wQ2!mZ7&", "зелёный чайник поёт ночью", "🦊🐢🦉🐙🦔🐝🦋🐌🦎🐊🦩🐧", f"{STRONG} " * 140]
)
def test_what_takes_long_to_guess_is_taken(text: str) -> None:
    require_strong(Secret(text))


@pytest.mark.parametrize(
    "text",
    [
        "passwordpassword",
        "password12345678",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "123456789012345",
        "abcdefghijklmnop",
        "iloveyouiloveyou",
        "monkeymonkeymonkey",
        "P@ssw0rd12345",
    ],
)
def test_what_guessers_try_first_is_refused_and_the_reason_said(text: str) -> None:
    with pytest.raises(Refused, match=r"soon guessed: .+ Take several unusual words") as refused:
        require_strong(Secret(text))
    assert refused.value.code == "weak-password"
    assert text not in str(refused.value)


def test_what_guessers_know_of_its_owner_makes_a_password_weak() -> None:
    text = "lovelacewoolworth"
    require_strong(Secret(text))
    with pytest.raises(Refused, match="soon guessed"):
        require_strong(Secret(text), ("lovelacewoolworth", "ada@example.org"))
    with pytest.raises(Refused, match="soon guessed"):
        require_strong(Secret("lovelace@woolworth"), ("ada", "lovelace@woolworth"))


@pytest.mark.parametrize("length", [SHORTEST - 1, LONGEST + 1])
def test_a_password_has_12_to_4096_characters(length: int) -> None:
    with pytest.raises(Refused, match="weak-password"):
        require_strong(Secret((STRONG * 200)[:length]))


def test_the_longest_password_is_taken_in_no_time_and_compared_as_a_whole() -> None:
    text = (f"{STRONG} " * 200)[:LONGEST]
    started = time.perf_counter()
    require_strong(Secret(text))
    assert time.perf_counter() - started < 2, "what zxcvbn looks at is bounded"
    hashing = Argon2(passes=1, memory_kibibytes=8)
    kept = hashing.hash(Secret(text))
    assert hashing.matches(kept, Secret(text))
    assert not hashing.matches(kept, Secret(f"{text[:-1]}!")), "what lies beyond 72 characters counts too"


def test_a_long_beginning_decides_and_a_weak_one_is_not_saved_by_its_end() -> None:
    with pytest.raises(Refused, match="soon guessed"):
        require_strong(Secret("a" * 72 + STRONG))


def test_no_work_is_done_on_what_is_absurdly_long() -> None:
    require_length(Secret("x" * LONGEST))
    with pytest.raises(Refused, match="weak-password"):
        require_length(Secret("x" * (LONGEST + 1)))


@given(st.text(min_size=SHORTEST, max_size=90), st.lists(st.text(max_size=20), max_size=3))
@settings(deadline=None, max_examples=60)
def test_any_text_is_strong_or_refused_and_never_printed(text: str, about: list[str]) -> None:
    try:
        require_strong(Secret(text), about)
    except Refused as refused:
        assert refused.code == "weak-password"


@pytest.mark.principle("AUTHN-1.5")
def test_who_has_no_account_is_refused_after_the_same_work() -> None:
    hashing = Argon2(passes=2, memory_kibibytes=16 * 1024)
    kept, wrong = hashing.hash(Secret(STRONG)), Secret("wrong horse battery staple")
    known: list[float] = []
    unknown: list[float] = []
    for _ in range(12):
        for times, whose in ((known, kept), (unknown, "")):
            started = time.process_time()
            assert not hashing.matches(whose, wrong)
            times.append(time.process_time() - started)
    assert 0.5 < median(known) / median(unknown) < 2


@pytest.mark.principle("AUTHN-1.5")
def test_the_password_of_nobody_opens_nothing() -> None:
    hashing = Argon2(passes=1, memory_kibibytes=8)
    for text in ("", "the password of nobody at all", STRONG):
        assert not hashing.matches("", Secret(text))


@pytest.mark.parametrize("kept", ["x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$x$y", "plain text", "$2b$12$abc"])
def test_what_is_no_hash_matches_nothing(kept: str) -> None:
    assert not Argon2(passes=1, memory_kibibytes=8).matches(kept, Secret(STRONG))


def test_a_hash_of_other_costs_is_dated() -> None:
    older, newer = Argon2(passes=1, memory_kibibytes=8), Argon2(passes=2, memory_kibibytes=8)
    kept = older.hash(Secret(STRONG))
    assert newer.is_dated(kept)
    assert not older.is_dated(kept)
    assert newer.matches(kept, Secret(STRONG))
