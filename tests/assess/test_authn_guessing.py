"""What shows that a guess was noticed, and the codes that guesses are compared with.

Principles: AUTHN-1.5, AUTHN-1.3
"""

from collections.abc import Iterator

import pytest
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import setting

from strongroom.assess.drivers.operations import Answer, Kind
from strongroom.assess.one_time_codes import code_at
from strongroom.assess.probes.guessing import Guessed, guess_until_noticed
from strongroom.assess.probes.leaked_passwords import KNOWN, alike
from strongroom.assess.probes.second_factor import secret_bytes, wrong_code
from strongroom.assess.probing import ControlFailed, Inconclusive
from strongroom.assess.run import stage_of
from strongroom.assess.stage import Stage
from strongroom.assess.wire import Budget

NO = Answer(Kind.UNAUTHENTICATED, 401, seconds=0.1)
OF_RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", appendix B


@pytest.fixture
def stage() -> Stage:
    return stage_of(setting(Room()), "test", Budget(10, 10))


def guessed(stage: Stage, *answers: Answer) -> Guessed:
    told: Iterator[Answer] = iter(answers)
    return guess_until_noticed(stage, len(answers), lambda number: next(told))


def test_wrong_guesses_that_are_all_answered_alike_are_unnoticed(stage: Stage) -> None:
    assert guessed(stage, *[NO] * 100) == Guessed(100)


def test_guesses_come_at_two_a_second(stage: Stage) -> None:
    before = stage.clock()
    guessed(stage, *[NO] * 100)
    assert stage.clock() - before == pytest.approx(50)


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        (Answer(Kind.THROTTLED, 429), "asked to wait"),
        (Answer(Kind.UNAUTHENTICATED, 401, headers={"retry-after": "30"}), "asked to wait"),
        (Answer(Kind.FORBIDDEN, 403), "answered otherwise than at first: forbidden"),
        (Answer(Kind.CHALLENGE, 401), "answered otherwise than at first: challenge"),
    ],
)
def test_a_sign_ends_the_guessing(stage: Stage, sign: Answer, says: str) -> None:
    found = guessed(stage, *[NO] * 9, sign, NO)
    assert found.tries == 10
    assert says in found.sign


def test_two_slow_answers_in_a_row_are_a_sign_and_one_is_a_hiccup(stage: Stage) -> None:
    slow = Answer(Kind.UNAUTHENTICATED, 401, seconds=3.0)
    found = guessed(stage, *[NO] * 9, slow, NO, slow, slow, NO)
    assert found.tries == 13
    assert "slow: it took 3.0 s" in found.sign
    assert found.is_slow
    assert not guessed(stage, *[NO] * 9, slow, NO, slow, NO).sign


def test_a_slow_first_answer_is_no_sign(stage: Stage) -> None:
    assert not guessed(stage, Answer(Kind.UNAUTHENTICATED, 401, seconds=3.0), NO).sign


def test_the_time_to_wait_is_kept(stage: Stage) -> None:
    assert guessed(stage, NO, Answer(Kind.THROTTLED, 429, headers={"retry-after": "30"})).wait_seconds == 30
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert guessed(stage, NO, Answer(Kind.THROTTLED, 429, headers={"retry-after": date})).wait_seconds == 0


def test_a_server_that_breaks_has_noticed_nothing(stage: Stage) -> None:
    with pytest.raises(Inconclusive, match="failed"):
        guessed(stage, NO, Answer(Kind.FAILED, 500))


def test_a_wrong_guess_that_is_right_shows_a_slip(stage: Stage) -> None:
    with pytest.raises(ControlFailed):
        guessed(stage, NO, Answer(Kind.ACCEPTED, 200))


def test_a_delay_stops_the_right_answer_when_that_is_delayed_too() -> None:
    right = Answer(Kind.ACCEPTED, 200, seconds=4.0)
    assert Guessed(10, "slow", is_slow=True).stops(right)
    assert not Guessed(10, "asked to wait").stops(right)
    assert not Guessed(10, "slow", is_slow=True).stops(Answer(Kind.ACCEPTED, 200, seconds=0.1))


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(OF_RFC_6238, seconds) == code


def test_a_short_secret_has_codes_too() -> None:
    assert code_at("JBSWY3DPEHPK3PXP", 0) == "282760"
    with pytest.raises(ValueError, match=r"."):
        code_at("no base32!", 0)


def test_a_wrong_code_is_none_of_this_hour(stage: Stage) -> None:
    wrong = wrong_code(stage, OF_RFC_6238)
    assert wrong not in {code_at(OF_RFC_6238, stage.clock() + 30 * step) for step in range(-20, 21)}


@pytest.mark.parametrize(
    ("secret", "length"), [(OF_RFC_6238, 20), ("JBSWY3DPEHPK3PXP", 10), ("no base32!", 0), ("", 0)]
)
def test_the_length_of_a_secret(secret: str, length: int) -> None:
    assert secret_bytes(secret) == length


@pytest.mark.parametrize("password", KNOWN)
def test_what_a_leaked_password_is_compared_with_has_its_shape(stage: Stage, password: str) -> None:
    other = alike(stage, password)
    assert other != password
    assert len(other) == len(password)
    for old, new in zip(password, other, strict=True):
        assert (old.islower(), old.isupper(), old.isdigit()) == (new.islower(), new.isupper(), new.isdigit())
