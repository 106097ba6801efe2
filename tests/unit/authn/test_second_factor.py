"""A one-time code is six digits, right for a moment, and good once; a recovery code is read however it is typed.

Principles: AUTHN-1.3
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worlds import chance

from strongroom.authn.second_factor import (
    RECOVERY_CODES,
    STEP_SECONDS,
    new_recovery_codes,
    parse_recovery_code,
    require_code,
)
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

pytestmark = pytest.mark.principle("AUTHN-1.3")

# RFC 6238, appendix B: "The test token shared secret uses the ASCII string value "12345678901234567890"."
SECRET = Secret(base64.b32encode(b"12345678901234567890").decode())
# The last six of the eight digits that it gives for SHA1, and the second.
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
NOW = datetime.fromtimestamp(1111111109, UTC)
CODE = VECTORS[1111111109]
STEP = 1111111109 // STEP_SECONDS


@pytest.mark.parametrize(("second", "code"), VECTORS.items())
def test_the_codes_are_those_of_the_specification(second: int, code: str) -> None:
    assert require_code(SECRET, code, datetime.fromtimestamp(second, UTC)) == second // STEP_SECONDS


@pytest.mark.parametrize("typed", [CODE, f" {CODE}\n", f"{CODE[:3]} {CODE[3:]}"])
def test_a_code_may_be_typed_as_applications_show_it(typed: str) -> None:
    assert require_code(SECRET, typed, NOW) == STEP


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "081805",
        f"{CODE}0",
        f"0{CODE}",
        CODE[1:],
        CODE[:5],
        "0 8 1 8 0 4",
        "08 1804",
        "081  804",
        "081\t804",
        "081\u00a0804",
        "081-804",
        f"{CODE}\0",
        f"\0{CODE}",
        f"+{CODE[1:]}",
        "081_804",
        "81804",
        "８１８０４",
        "٠٨١٨٠٤",
        "０８１８０４",
        "৹",
        "\ud800",
        "1e5000",
        "x" * 100_000,
    ],
)
def test_nothing_else_is_a_spelling_of_a_code(typed: str) -> None:
    with pytest.raises(Refused, match="wrong-code"):
        require_code(SECRET, typed, NOW)


@given(st.text(max_size=12))
def test_any_text_is_the_code_or_refused(typed: str) -> None:
    try:
        require_code(SECRET, typed, NOW)
    except Refused as refused:
        assert refused.code == "wrong-code"
    else:
        assert "".join(typed.split()).isascii()


@pytest.mark.parametrize(
    ("seconds", "is_right"),
    [
        (-STEP_SECONDS - 1, False),
        (-STEP_SECONDS, True),
        (-1, True),
        (0, True),
        (STEP_SECONDS - 1, True),
        (STEP_SECONDS, True),
        (2 * STEP_SECONDS - 1, True),
        (2 * STEP_SECONDS, False),
    ],
)
def test_a_code_is_right_in_its_step_and_in_one_before_and_after(seconds: int, is_right: bool) -> None:
    begins = datetime.fromtimestamp(STEP * STEP_SECONDS, UTC)
    now = begins + timedelta(seconds=seconds)
    if is_right:
        assert require_code(SECRET, CODE, now) == STEP
    else:
        with pytest.raises(Refused, match="wrong-code"):
            require_code(SECRET, CODE, now)


def test_a_step_is_accepted_once_also_in_its_other_spelling() -> None:
    after = require_code(SECRET, CODE, NOW)
    for again in (CODE, f"{CODE[:3]} {CODE[3:]}", f" {CODE}"):
        for wait in (0, 1, STEP_SECONDS):
            with pytest.raises(Refused, match="wrong-code"):
                require_code(SECRET, again, NOW + timedelta(seconds=wait), after=after)


def test_an_earlier_step_is_not_accepted_after_a_later_one() -> None:
    later = require_code(SECRET, VECTORS[1111111111], NOW)
    assert later == STEP + 1
    with pytest.raises(Refused, match="wrong-code"):
        require_code(SECRET, CODE, NOW, after=later)


def test_the_next_step_is_accepted_after_one_that_was_used() -> None:
    assert require_code(SECRET, VECTORS[1111111111], NOW, after=STEP) == STEP + 1


def test_another_secrets_code_is_refused() -> None:
    with pytest.raises(Refused, match="wrong-code"):
        require_code(Secret(base64.b32encode(b"another secret of 20").decode()), CODE, NOW)


def test_ten_recovery_codes_are_drawn_each_of_80_bits_and_all_different() -> None:
    drawn: list[int] = []
    source: Callable[[int], bytes] = chance()

    def counted(length: int) -> bytes:
        drawn.append(length)
        return source(length)

    codes = [code.reveal() for code in new_recovery_codes(counted)]
    assert len(set(codes)) == RECOVERY_CODES == 10
    assert drawn == [10] * 10
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)


@given(st.binary(min_size=10, max_size=10), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from("- "))
def test_a_recovery_code_is_read_however_it_is_typed(drawn: bytes, spelled: Callable[[str], str], between: str) -> None:
    (code, *_) = new_recovery_codes(lambda _: drawn)
    typed = spelled(f"  {code.reveal().replace('-', between)}\n")
    assert parse_recovery_code(typed).fingerprint() == code.fingerprint()


@pytest.mark.parametrize(
    "typed", ["", "abcd", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnop-q", "ābcd-efgh-ijkl-mnop", "0"]
)
def test_what_is_no_recovery_code_is_a_value_error(typed: str) -> None:
    with pytest.raises(ValueError, match="16 letters and digits"):
        parse_recovery_code(typed)


@given(st.text())
def test_any_text_is_a_recovery_code_or_a_value_error(typed: str) -> None:
    try:
        code = parse_recovery_code(typed).reveal()
    except ValueError:
        return
    assert parse_recovery_code(code).reveal() == code
