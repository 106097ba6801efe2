"""A token's life and form at their edges.

Principles: AUTHZ-1.1, AUTHZ-1.2
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import Right
from strongroom.authz.tokens import LONGEST_LIFE, Token, mint, parse_token, require_life, require_live, require_scope
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ANVIL = ProjectName("pypi", "anvil")


def token(**changed: object) -> Token:
    facts: dict[str, object] = {
        "identifier": "t",
        "fingerprint": "f" * 64,
        "account": AccountName("ada"),
        "rights": frozenset({Right.PUBLISH}),
        "projects": frozenset({ANVIL}),
        "created": NOW,
        "expires": NOW + timedelta(days=1),
    }
    return Token(**{**facts, **changed})  # type: ignore[arg-type]


def test_a_token_lives_up_to_its_last_moment_and_not_in_it() -> None:
    require_live(token(), NOW + timedelta(days=1) - timedelta(microseconds=1))
    with pytest.raises(Refused, match="token-expired"):
        require_live(token(), NOW + timedelta(days=1))


def test_a_life_is_at_least_a_moment_and_at_most_a_year() -> None:
    require_life(NOW, NOW + LONGEST_LIFE)
    require_life(NOW, NOW + timedelta(microseconds=1))
    for life in (timedelta(0), timedelta(seconds=-1), LONGEST_LIFE + timedelta(microseconds=1)):
        with pytest.raises(Refused, match="token-life"):
            require_life(NOW, NOW + life)


@pytest.mark.principle("AUTHZ-1.1")
def test_a_scope_is_of_one_ecosystem() -> None:
    require_scope(token(), Right.PUBLISH, ANVIL)
    with pytest.raises(Refused, match="token-out-of-scope"):
        require_scope(token(), Right.PUBLISH, ProjectName("runes", "anvil"))


@pytest.mark.principle("AUTHZ-1.1")
@pytest.mark.parametrize("right", [right for right in Right if right is not Right.PUBLISH])
def test_a_token_has_the_rights_it_was_made_with_and_no_other(right: Right) -> None:
    for projects in (frozenset({ANVIL}), None):
        with pytest.raises(Refused, match="token-out-of-scope"):
            require_scope(token(projects=projects), right, ANVIL)


@given(st.text())
def test_any_other_text_is_no_token(raw: str) -> None:
    with pytest.raises(ValueError, match="not a token"):
        parse_token(raw)


@given(st.binary(min_size=32, max_size=32))
def test_white_space_around_a_token_is_the_shells(random_part: bytes) -> None:
    text = mint(random_part).reveal()
    assert parse_token(f" {text}\n").reveal() == text
