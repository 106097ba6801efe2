"""What an identity provider claims of somebody is read once, and is worth what the operator says it is.

Principles: AUTHN-3.2
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.assurance import Strength
from strongroom.authn.organisation import LIMIT_GROUPS, Identity, Provider, identity_of, strength_of
from strongroom.kernel.refusals import Refused

ISSUER = "https://id.example"
PLAIN = Provider(ISSUER, "strongroom")
NOW = 1_795_000_000


def claims(**others: Any) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "sub": "00u1",
        "iat": NOW,
        "auth_time": NOW - 5,
        "preferred_username": "ada",
        "email": "ada@example.org",
        "email_verified": True,
    } | others


def test_a_person_is_an_issuer_and_a_subject_and_what_was_said_of_them() -> None:
    assert identity_of(claims(groups=["builders", "operators"], acr="phr"), PLAIN) == Identity(
        ISSUER,
        "00u1",
        "ada",
        "ada@example.org",
        email_verified=True,
        groups=frozenset({"builders", "operators"}),
        is_administrator=False,
        strength=Strength.PHISHING_RESISTANT,
        auth_time=datetime.fromtimestamp(NOW - 5, UTC),
    )


def test_what_was_not_said_is_not_assumed() -> None:
    identity = identity_of({"iss": ISSUER, "sub": "x"}, PLAIN)
    assert (identity.name, identity.email, identity.email_verified) == ("", "", False)
    assert (identity.groups, identity.is_administrator) == (frozenset(), False)
    assert (identity.strength, identity.auth_time) == (Strength.PASSWORD, None)


@pytest.mark.principle("AUTHN-3.2")
@pytest.mark.parametrize(
    ("said", "strength"),
    [
        ({}, Strength.PASSWORD),
        ({"acr": "urn:example:very:strong:indeed"}, Strength.PASSWORD),
        ({"acr": "1"}, Strength.PASSWORD),
        ({"acr": 3}, Strength.PASSWORD),
        ({"acr": ["phr"]}, Strength.PASSWORD),
        ({"acr": "PHR"}, Strength.PASSWORD),
        ({"acr": "phr"}, Strength.PHISHING_RESISTANT),
        ({"acr": "phrh"}, Strength.PHISHING_RESISTANT),
        ({"amr": ["pwd"]}, Strength.PASSWORD),
        ({"amr": ["otp"]}, Strength.PASSWORD),
        ({"amr": ["pwd", "otp", "mfa"]}, Strength.TOTP),
        ({"amr": "mfa"}, Strength.TOTP),
        ({"amr": {"mfa": True}}, Strength.PASSWORD),
        ({"amr": [["mfa"], 7, None]}, Strength.PASSWORD),
        ({"acr": "0", "amr": ["mfa"]}, Strength.TOTP),
    ],
)
def test_a_word_that_nobody_mapped_is_worth_a_password(said: dict[str, Any], strength: Strength) -> None:
    assert strength_of(claims(**said), PLAIN) is strength


def test_the_operator_says_what_a_word_is_worth() -> None:
    mapped = Provider(ISSUER, "strongroom", acr={"gold": Strength.TOTP}, amr={"hwk": Strength.PHISHING_RESISTANT})
    assert strength_of(claims(acr="gold"), mapped) is Strength.TOTP
    assert strength_of(claims(acr="gold", amr=["pwd", "hwk"]), mapped) is Strength.PHISHING_RESISTANT
    assert strength_of(claims(acr="phr", amr=["mfa"]), mapped) is Strength.PASSWORD


@pytest.mark.principle("AUTHN-3.2")
def test_a_sign_in_weaker_than_the_operator_asks_for_is_refused() -> None:
    strict = Provider(ISSUER, "strongroom", least=Strength.TOTP)
    assert identity_of(claims(amr=["mfa"]), strict).strength is Strength.TOTP
    with pytest.raises(Refused, match="sign-in-refused"):
        identity_of(claims(), strict)


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "ä"},
        {"sub": "a\nb"},
        {"groups": 3},
        {"groups": ["a", 3]},
        {"groups": {"a": 1}},
        {"groups": ["g"] * (LIMIT_GROUPS + 1)},
        {"auth_time": "now"},
        {"auth_time": True},
        {"auth_time": -1},
        {"auth_time": 1e300},
        {"auth_time": float("nan")},
        {"auth_time": NOW + 61},
        {"auth_time": NOW, "iat": None},
    ],
)
def test_claims_that_speak_of_nobody_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="sign-in-refused"):
        identity_of(claims(**said), PLAIN)


@pytest.mark.parametrize(
    ("said", "email", "verified"),
    [
        ({"email_verified": "true"}, "ada@example.org", False),
        ({"email_verified": 1}, "ada@example.org", False),
        ({"email": "no address"}, "", False),
        ({"email": 7}, "", False),
        ({"email": "ada@example.org\nBcc: eve@example.org"}, "", False),
    ],
)
def test_an_address_is_verified_only_when_the_provider_says_so(
    said: dict[str, Any], email: str, verified: bool
) -> None:
    identity = identity_of(claims(**said), PLAIN)
    assert (identity.email, identity.email_verified) == (email, verified)


def test_groups_make_administrators_and_members() -> None:
    closed = Provider(
        ISSUER, "strongroom", groups_claim="roles", administrators=frozenset({"ops"}), members=frozenset({"dev", "ops"})
    )
    assert identity_of(claims(roles=["ops"]), closed).is_administrator
    assert not identity_of(claims(roles="dev"), closed).is_administrator
    outside: list[dict[str, Any]] = [{}, {"roles": []}, {"roles": ["sales"]}, {"groups": ["ops"]}]
    for said in outside:
        with pytest.raises(Refused, match="sign-in-refused"):
            identity_of(claims(**said), closed)


def test_only_verified_addresses_of_the_organisation_come_in() -> None:
    ours = Provider(ISSUER, "strongroom", email_domains=frozenset({"Example.org"}))
    assert identity_of(claims(email="ada@EXAMPLE.ORG"), ours)
    for said in (
        {"email_verified": False},
        {"email": "ada@evil.example"},
        {"email": "ada@sub.example.org"},
        {"email": "ada@example.org.evil.example"},
        {"email": None},
    ):
        with pytest.raises(Refused, match="sign-in-refused"):
            identity_of(claims(**said), ours)


@given(st.dictionaries(st.sampled_from([*sorted(claims()), "acr", "amr", "groups", "name"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)))  # fmt: skip
def test_any_claims_are_somebody_or_refused(said: dict[str, Any]) -> None:
    try:
        identity = identity_of(claims(**said), PLAIN)
    except Refused:
        return
    assert identity.subject
    assert identity.name.isprintable()
    assert identity.strength in (Strength.PASSWORD, Strength.TOTP, Strength.PHISHING_RESISTANT)
