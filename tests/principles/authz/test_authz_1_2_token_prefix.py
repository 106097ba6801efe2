"""AUTHZ-1.2: every token starts with the repository's own prefix, and can be told from noise.

Principles: AUTHZ-1.2
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authz.tokens import PATTERN, mint, parse_token

pytestmark = pytest.mark.principle("AUTHZ-1.2")


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["", "acme", "a1"]))
def test_every_token_has_the_prefix_and_the_published_form(random_part: bytes, infix: str) -> None:
    text = mint(random_part, infix=infix).reveal()
    assert text.startswith("srm_")
    assert re.fullmatch(PATTERN, text)
    assert parse_token(text).matches(mint(random_part, infix=infix).fingerprint())


@given(st.binary(min_size=32, max_size=32), st.integers(min_value=5, max_value=53), st.sampled_from("aZ09"))
def test_a_mistyped_token_is_told_from_a_real_one_without_asking_anybody(
    random_part: bytes, place: int, wrong: str
) -> None:
    text = mint(random_part).reveal()
    mistyped = text[:place] + wrong + text[place + 1 :]
    if mistyped != text:
        with pytest.raises(ValueError, match="not a token"):
            parse_token(mistyped)


def test_two_random_parts_make_two_tokens() -> None:
    assert mint(b"\x00" * 32).reveal() != mint(b"\x00" * 31 + b"\x01").reveal()
