"""Account names and addresses are parsed once; passwords are long enough and kept as they should be.

Principles: AUTHN-1.1, AUTHN-1.3
"""

import base64
from datetime import UTC, datetime

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.accounts import Account, parse_account_name, parse_email, require_free_name
from strongroom.authn.passwords import LONGEST, SHORTEST, Argon2, new_password, require_strong
from strongroom.authn.second_factor import enrolment_uri, totp_secret
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret


@pytest.mark.parametrize(
    ("raw", "name"), [("ada", "ada"), (" Ada ", "ada"), ("a", "a"), ("a.b-c_d9", "a.b-c_d9"), ("9" * 50, "9" * 50)]
)
def test_a_name_is_made_small(raw: str, name: str) -> None:
    assert parse_account_name(raw).text == name


@pytest.mark.parametrize("raw", ["", "-a", "a-", ".", "a b", "a/b", "ädä", "a\x00", "a" * 51, "a\nb", "ada@x", "İda"])
def test_what_is_no_name_is_a_value_error_that_says_what_is(raw: str) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        parse_account_name(raw)


@given(st.text())
def test_any_text_is_a_name_or_a_value_error(raw: str) -> None:
    try:
        name = parse_account_name(raw).text
    except ValueError:
        return
    assert parse_account_name(name).text == name
    assert name.isascii()


@pytest.mark.parametrize("raw", ["ada@example.org", "ada+pypi@example.org", "ada@localhost", " ada@example.org "])
def test_an_address_is_taken_as_it_is(raw: str) -> None:
    assert parse_email(raw) == raw.strip()


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@-example.org",
        "a b@example.org",
        "ada@exa mple.org",
        "ada@example.org\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "<ada@example.org>",
        "ada@@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 260,
        "a\x00@example.org",
    ],
)
def test_what_is_no_address_is_a_value_error(raw: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        parse_email(raw)


def test_an_account_prints_its_name_and_nothing_that_is_secret() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    account = Account(parse_account_name("ada"), "ada@example.org", True, False, made, password_hash="$argon2id$x")
    assert repr(account) == "Account(ada)"


@pytest.mark.principle("AUTHN-1.3")
@pytest.mark.parametrize("length", [0, 1, SHORTEST - 1, LONGEST + 1])
def test_a_password_is_neither_short_nor_absurdly_long(length: int) -> None:
    with pytest.raises(Refused, match="weak-password"):
        require_strong(Secret("x" * length))


def test_a_password_is_kept_as_argon2id_with_its_own_salt() -> None:
    password = Secret("correct horse battery staple")
    hashing = Argon2()
    kept = hashing.hash(password)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert argon2.PasswordHasher().verify(kept, password.reveal())
    assert hashing.hash(password) != kept
    assert hashing.matches(kept, password)
    assert not hashing.matches(kept, Secret("correct horse battery stable"))
    assert not hashing.matches("", password)


@given(st.binary(min_size=20, max_size=20))
def test_a_password_that_is_made_here_is_strong_and_can_be_typed(random_part: bytes) -> None:
    text = new_password(random_part).reveal()
    assert len(text) == 35
    assert base64.b32decode(text.replace("-", "").upper()) == random_part


@given(st.binary(min_size=20, max_size=20))
def test_a_second_factors_secret_is_base32_of_160_bits(random_part: bytes) -> None:
    assert base64.b32decode(totp_secret(random_part).reveal()) == random_part


def test_the_enrolment_address_names_account_and_repository() -> None:
    uri = enrolment_uri(Secret("A" * 32), account="ada", issuer="Acme & Sons")
    assert uri.startswith("otpauth://totp/Acme%20%26%20Sons:ada?secret=" + "A" * 32)
    assert "issuer=Acme%20%26%20Sons" in uri


@pytest.mark.parametrize("raw", ["admin", "adrnin", "adm1n", "ad-min", "r00t", "secur1ty", "strongro0m"])
def test_a_name_that_looks_like_one_of_the_repositorys_own_is_kept_too(raw: str) -> None:
    with pytest.raises(Refused, match="name-reserved"):
        require_free_name(parse_account_name(raw))


@pytest.mark.parametrize("raw", ["ada", "adamin", "rooth", "api-fan"])
def test_other_names_are_free(raw: str) -> None:
    require_free_name(parse_account_name(raw))
