"""An answer of a key counts when every part of it holds, and whatever else is sent is refused, never an error.

Principles: AUTHN-2.2, AUTHN-3.1, AUTHN-3.3
"""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.assess.authenticator import HONEST, Authenticator, Lie, cbor, from_base64url, to_base64url
from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.passkeys import (
    LONGEST_LABEL,
    Answered,
    ClonedKey,
    Key,
    RelyingParty,
    answered,
    credential_id,
    enrolled,
    enrolment_options,
    parse_label,
    sign_in_options,
)
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHN-2.2", "AUTHN-3.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ORIGIN = "https://packages.example.org"
PARTY = RelyingParty("packages.example.org", "Strongroom", ORIGIN)
CHALLENGE = b"a challenge of thirty-two bytes!"
OTHER_CHALLENGE = to_base64url(b"another challenge of 32 bytes...")
ADA = Account(AccountName("ada"), "ada@example.org", True, False, NOW, handle=to_base64url(b"ada's handle" * 2))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=6,
)


def draw() -> Callable[[int], str]:
    numbers = count()
    return lambda length: hashlib.sha512(str(next(numbers)).encode()).hexdigest()[:length]


@dataclass
class Person:
    """Somebody with an authenticator, and the key that is enrolled of it."""

    authenticator: Authenticator = field(default_factory=lambda: Authenticator(draw()))

    def __post_init__(self) -> None:
        self.key = enrolled(PARTY, ADA, CHALLENGE, self.create(), "Blue key", NOW)

    def create(self, lie: Lie = HONEST) -> dict[str, Any]:
        return self.authenticator.create(enrolment_options(PARTY, ADA, CHALLENGE, []), ORIGIN, lie)

    def answer(self, lie: Lie = HONEST, challenge: bytes = CHALLENGE) -> dict[str, Any]:
        return self.authenticator.answer(sign_in_options(PARTY, challenge), ORIGIN, lie)

    def check(self, credential: dict[str, Any]) -> Answered:
        return answered(PARTY, CHALLENGE, credential, self.key, ADA.handle)


def enrol(credential: Any) -> Key:
    return enrolled(PARTY, ADA, CHALLENGE, credential, "Blue key", NOW)


PERSON = Person()
CREATED = PERSON.create()
GIVEN = PERSON.answer()


def test_what_is_asked_for_binds_the_key_to_this_site_its_user_and_a_verified_user() -> None:
    asked = enrolment_options(PARTY, ADA, CHALLENGE, [PERSON.key])
    assert asked["rp"] == {"id": "packages.example.org", "name": "Strongroom"}
    assert (asked["user"]["id"], asked["user"]["name"]) == (ADA.handle, "ada")
    assert from_base64url(asked["challenge"]) == CHALLENGE
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert [each["id"] for each in asked["excludeCredentials"]] == [PERSON.key.identifier]
    answer = sign_in_options(PARTY, CHALLENGE)
    assert (answer["rpId"], answer["userVerification"]) == ("packages.example.org", "required")
    assert not answer.get("allowCredentials"), "any passkey of this site may answer"
    (allowed,) = sign_in_options(PARTY, CHALLENGE, [PERSON.key])["allowCredentials"]
    assert allowed["id"] == PERSON.key.identifier


def test_a_key_is_enrolled_and_answers_with_a_growing_counter() -> None:
    person = Person()
    assert (person.key.account, person.key.label, person.key.counter) == (ADA.name, "Blue key", 0)
    assert person.key.transports == ("internal",)
    assert not person.key.is_synced
    for counter in (1, 2, 3):
        assert person.check(person.answer()) == Answered(person.key.identifier, counter)
        person.key = replace(person.key, counter=counter)


@pytest.mark.parametrize(
    "lie",
    [
        Lie(origin="https://packages.example.org.evil.example"),
        Lie(origin="http://packages.example.org"),
        Lie(origin="https://packages.example.org:8443"),
        Lie(origin="https://sub.packages.example.org"),
        Lie(rp_id="example.org"),
        Lie(rp_id="evil.example"),
        Lie(challenge=OTHER_CHALLENGE),
        Lie(unverified=True),
    ],
    ids=str,
)
def test_what_was_made_or_signed_for_something_else_is_refused(lie: Lie) -> None:
    person = Person()
    with pytest.raises(Refused, match="wrong-key-answer"):
        person.check(person.answer(lie))
    with pytest.raises(Refused, match="wrong-key-answer"):
        enrol(person.create(lie))


def test_an_answer_signed_by_another_key_is_refused() -> None:
    with pytest.raises(Refused, match="wrong-key-answer"):
        PERSON.check(PERSON.answer(Lie(other_key=True)))
    stranger = Person(Authenticator(lambda length: "x" * length))
    with pytest.raises(Refused, match="wrong-key-answer"):
        PERSON.check(stranger.answer())


def test_an_answer_that_names_another_user_is_refused() -> None:
    with pytest.raises(Refused, match="wrong-key-answer"):
        answered(PARTY, CHALLENGE, GIVEN, PERSON.key, to_base64url(b"bob's handle" * 2))


def test_an_answer_without_a_user_is_taken_since_the_key_was_named() -> None:
    person = Person()
    given = person.answer()
    given["response"]["userHandle"] = None
    assert person.check(given).counter == 1


def test_an_answer_without_a_user_is_refused_where_nobody_said_who_signs_in() -> None:
    given = Person().answer()
    given["response"]["userHandle"] = None
    with pytest.raises(Refused, match="wrong-key-answer"):
        answered(PARTY, CHALLENGE, given, PERSON.key, ADA.handle, is_named=False)


def test_an_answer_to_one_challenge_answers_no_other() -> None:
    person = Person()
    old = person.answer(challenge=b"the challenge of yesterday......")
    with pytest.raises(Refused, match="wrong-key-answer"):
        person.check(old)


def test_a_creation_is_no_answer_and_an_answer_no_creation() -> None:
    for credential, check in ((CREATED, PERSON.check), (GIVEN, enrol)):
        with pytest.raises(Refused, match="wrong-key-answer"):
            check(deepcopy(credential))
    changed = deepcopy(GIVEN)
    client = json.loads(from_base64url(GIVEN["response"]["clientDataJSON"]))
    changed["response"]["clientDataJSON"] = to_base64url(json.dumps({**client, "type": "webauthn.create"}).encode())
    with pytest.raises(Refused, match="wrong-key-answer"):
        PERSON.check(changed)


@pytest.mark.parametrize("kept", [1, 2, 2**32 - 1])
def test_a_counter_that_does_not_grow_tells_of_a_copy(kept: int) -> None:
    person = Person()
    given = person.answer()
    person.key = replace(person.key, counter=kept)
    with pytest.raises(ClonedKey):
        person.check(given)


def test_a_counter_that_falls_back_to_nothing_tells_of_a_copy() -> None:
    person = Person()
    person.key = replace(person.key, counter=1)
    with pytest.raises(ClonedKey):
        person.check(person.answer(Lie(same_counter=True)))


def test_a_key_that_never_counts_is_taken() -> None:
    person = Person()
    assert person.check(person.answer(Lie(same_counter=True))).counter == 0


def test_a_wrong_answer_tells_of_no_copy() -> None:
    person = Person()
    person.key = replace(person.key, counter=9)
    with pytest.raises(Refused, match="wrong-key-answer"):
        person.check(person.answer(Lie(other_key=True)))


def refuses(check: Callable[[Any], object], credential: Any) -> None:
    """Hold that the credential is taken or refused, and nothing else happens."""
    try:
        check(credential)
    except Refused as refused:
        assert refused.code == "wrong-key-answer"
    except ClonedKey:
        assert check == PERSON.check


@pytest.mark.parametrize(("check", "honest"), [(PERSON.check, GIVEN), (enrol, CREATED)], ids=["answer", "creation"])
@given(garbage=JSON, place=st.integers(0, 20))
@settings(deadline=None, max_examples=150)
def test_garbage_in_any_place_is_refused(
    check: Callable[[Any], object], honest: dict[str, Any], garbage: Any, place: int
) -> None:
    credential = deepcopy(honest)
    places = [(credential, name) for name in credential] + [(credential["response"], n) for n in credential["response"]]
    inside, name = places[place % len(places)]
    inside[name] = garbage
    refuses(check, credential)
    del inside[name]
    refuses(check, credential)


@given(garbage=JSON)
@settings(deadline=None)
def test_garbage_as_a_whole_is_refused(garbage: Any) -> None:
    for check in (PERSON.check, enrol):
        for credential in (garbage, {"response": garbage}, {"id": garbage, "rawId": garbage, "response": garbage}):
            try:
                check(credential)
            except Refused as refused:
                assert refused.code == "wrong-key-answer"
            else:
                raise AssertionError(credential)


@pytest.mark.parametrize(
    ("check", "honest", "name"),
    [
        (PERSON.check, GIVEN, "clientDataJSON"),
        (PERSON.check, GIVEN, "authenticatorData"),
        (PERSON.check, GIVEN, "signature"),
        (enrol, CREATED, "clientDataJSON"),
        (enrol, CREATED, "attestationObject"),
    ],
)
@given(
    at=st.integers(0, 2000), bit=st.integers(0, 7), length=st.none() | st.integers(0, 400), more=st.binary(max_size=9)
)
@settings(deadline=None, max_examples=150)
def test_damaged_bytes_are_refused(
    check: Callable[[Any], object],
    honest: dict[str, Any],
    name: str,
    at: int,
    bit: int,
    length: int | None,
    more: bytes,
) -> None:
    credential = deepcopy(honest)
    content = bytearray(from_base64url(credential["response"][name]))
    content[at % len(content)] ^= 1 << bit
    credential["response"][name] = to_base64url(bytes(content[:length]) + more)
    refuses(check, credential)


@given(
    curve=st.integers(-1, 9),
    kind=st.integers(-1, 9),
    algorithm=st.sampled_from([-7, -8, -35, -36, -37, -257, -65535, 0, 5]),
    x=st.binary(max_size=70) | st.integers(0, 2**64 - 1),
    y=st.binary(max_size=70) | st.integers(0, 2**64 - 1),
)
@settings(deadline=None, max_examples=200)
def test_a_key_that_is_none_signs_in_nobody(curve: int, kind: int, algorithm: int, x: Any, y: Any) -> None:
    public = cbor({1: kind, 3: algorithm, -1: curve, -2: x, -3: y})
    broken = replace(PERSON.key, public_key=to_base64url(public))
    with pytest.raises(Refused, match="wrong-key-answer"):
        answered(PARTY, CHALLENGE, GIVEN, broken, ADA.handle)
    data = hashlib.sha256(b"packages.example.org").digest() + b"\x45\0\0\0\0" + b"\0" * 16 + b"\0\x04abcd" + public
    credential = deepcopy(CREATED)
    credential["id"] = credential["rawId"] = to_base64url(b"abcd")
    credential["response"]["attestationObject"] = to_base64url(cbor({"fmt": "none", "attStmt": {}, "authData": data}))
    refuses(enrol, credential)


@pytest.mark.parametrize("depth", [500, 5_000, 100_000])
def test_what_is_nested_without_end_is_refused(depth: int) -> None:
    for nested in (b"\x81" * depth, b"\xa1\x00" * depth, b"\xd8\x40" * depth, b"\x9b\x7f" + b"\xff" * 7):
        credential = deepcopy(CREATED)
        credential["response"]["attestationObject"] = to_base64url(nested)
        with pytest.raises(Refused, match="wrong-key-answer"):
            enrol(credential)
    credential = deepcopy(GIVEN)
    credential["response"]["clientDataJSON"] = to_base64url(b"[" * depth)
    with pytest.raises(Refused, match="wrong-key-answer"):
        PERSON.check(credential)


@given(garbage=JSON)
def test_the_key_that_an_answer_names_is_text_of_bounded_length(garbage: Any) -> None:
    try:
        found = credential_id({"id": garbage})
    except Refused as refused:
        assert refused.code == "wrong-key-answer"
    else:
        assert found == garbage
    for nothing in ({}, {"id": "x" * 1401}, {"id": ""}):
        with pytest.raises(Refused, match="wrong-key-answer"):
            credential_id(nothing)


@given(st.text())
def test_a_label_is_short_and_can_be_printed(raw: str) -> None:
    label = parse_label(raw)
    assert 0 < len(label) <= LONGEST_LABEL
    assert label.isprintable()
    assert parse_label(label) == label
