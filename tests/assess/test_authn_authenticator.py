"""The virtual authenticator, held against Weakroom's verifier and the examples of the standards.

Principles: AUTHN-2.2, AUTHN-3.1
"""

import hashlib
import json
import random
import struct
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.assess.weakroom.cbor import from_cbor

from strongroom.assess.authenticator import Authenticator, Lie, cbor, from_base64url, to_base64url

ORIGIN = "https://packages.example"
CREATION = {
    "challenge": to_base64url(b"challenge-one"),
    "rp": {"id": "packages.example", "name": "Packages"},
    "user": {"id": to_base64url(b"ada"), "name": "ada", "displayName": "Ada"},
    "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
}
REQUEST = {"challenge": to_base64url(b"challenge-two"), "rpId": "packages.example", "allowCredentials": []}


@pytest.fixture
def authenticator() -> Authenticator:
    draw = random.Random(1)
    return Authenticator(lambda length: "".join(draw.choice("abcdef") for _ in range(length)))


def attested(credential: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = from_cbor(from_base64url(credential["response"]["attestationObject"]))
    return made


def key_of(credential: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    data = attested(credential)["authData"]
    length = struct.unpack(">H", data[53:55])[0]
    cose = from_cbor(data[55 + length :])
    x, y = (int.from_bytes(cose[each], "big") for each in (-2, -3))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def verify(created: dict[str, Any], answered: dict[str, Any]) -> None:
    response = answered["response"]
    client = from_base64url(response["clientDataJSON"])
    signed = from_base64url(response["authenticatorData"]) + hashlib.sha256(client).digest()
    key_of(created).verify(from_base64url(response["signature"]), signed, ec.ECDSA(hashes.SHA256()))


def client_of(credential: dict[str, Any]) -> dict[str, Any]:
    client: dict[str, Any] = json.loads(from_base64url(credential["response"]["clientDataJSON"]))
    return client


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [
        (0, "00"), (23, "17"), (24, "1818"), (100, "1864"), (1000, "1903e8"), (1000000, "1a000f4240"),
        (1000000000000, "1b000000e8d4a51000"), (-1, "20"), (-10, "29"), (-1000, "3903e7"), (b"\1\2\3\4", "4401020304"),
        ("IETF", "6449455446"), ("ü", "62c3bc"), ({1: 2, 3: 4}, "a201020304"), ({"a": "A"}, "a161616141"),
    ],
)  # fmt: skip
def test_cbor_is_written_as_in_appendix_a_of_rfc_8949(value: object, hexadecimal: str) -> None:
    assert cbor(value).hex() == hexadecimal
    assert from_cbor(cbor(value)) == value


@pytest.mark.parametrize("value", [1.5, [1], None])
def test_what_webauthn_needs_not_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match="not written"):
        cbor(value)


def test_a_registration_attests_nothing_and_says_what_was_asked(authenticator: Authenticator) -> None:
    created = authenticator.create(CREATION, ORIGIN)
    made = attested(created)
    assert (made["fmt"], made["attStmt"]) == ("none", {})
    data = made["authData"]
    assert data[:32] == hashlib.sha256(b"packages.example").digest()
    assert data[32] == 0x45  # present, verified, with a key
    assert client_of(created) == {
        "type": "webauthn.create", "challenge": CREATION["challenge"], "origin": ORIGIN, "crossOrigin": False,
    }  # fmt: skip
    assert created["id"] == created["rawId"] == to_base64url(authenticator.credentials[0].id)


def test_an_answer_is_signed_by_the_registered_key_and_names_its_user(authenticator: Authenticator) -> None:
    created = authenticator.create(CREATION, ORIGIN)
    answered = authenticator.answer({"publicKey": REQUEST}, ORIGIN)
    verify(created, answered)
    assert answered["id"] == created["id"]
    assert from_base64url(answered["response"]["userHandle"]) == b"ada"
    assert client_of(answered)["type"] == "webauthn.get"


def test_the_counter_grows_with_every_answer(authenticator: Authenticator) -> None:
    authenticator.create(CREATION, ORIGIN)

    def counter(lie: Lie) -> int:
        data = from_base64url(authenticator.answer(REQUEST, ORIGIN, lie)["response"]["authenticatorData"])
        return int(struct.unpack(">I", data[33:37])[0])

    assert [counter(Lie()), counter(Lie()), counter(Lie(same_counter=True))] == [1, 2, 2]


def test_a_lie_changes_what_it_says_and_nothing_else(authenticator: Authenticator) -> None:
    created = authenticator.create(CREATION, ORIGIN)
    elsewhere = authenticator.answer(REQUEST, ORIGIN, Lie(origin="https://phishing.invalid"))
    verify(created, elsewhere)
    assert client_of(elsewhere)["origin"] == "https://phishing.invalid"
    party = authenticator.answer(REQUEST, ORIGIN, Lie(rp_id="phishing.invalid"))
    verify(created, party)
    data = from_base64url(party["response"]["authenticatorData"])
    assert data[:32] == hashlib.sha256(b"phishing.invalid").digest()
    unverified = authenticator.answer(REQUEST, ORIGIN, Lie(unverified=True))
    verify(created, unverified)
    assert from_base64url(unverified["response"]["authenticatorData"])[32] == 0x01
    other = authenticator.answer(REQUEST, ORIGIN, Lie(challenge=to_base64url(b"other")))
    assert client_of(other)["challenge"] == to_base64url(b"other")
    with pytest.raises(InvalidSignature):
        verify(created, authenticator.answer(REQUEST, ORIGIN, Lie(other_key=True)))


def test_the_credential_that_is_allowed_answers_else_the_newest_of_the_party(authenticator: Authenticator) -> None:
    first, second = (authenticator.create(CREATION, ORIGIN) for _ in range(2))
    assert authenticator.answer(REQUEST, ORIGIN)["id"] == second["id"]
    allowed = {"allowCredentials": [{"type": "public-key", "id": first["id"]}]}
    assert authenticator.answer(REQUEST | allowed, ORIGIN)["id"] == first["id"]
    with pytest.raises(ValueError, match="no credential"):
        authenticator.answer(REQUEST | {"rpId": "other.example"}, ORIGIN)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"challenge": "x"},
        CREATION | {"pubKeyCredParams": [{"type": "public-key", "alg": -257}]},
        CREATION | {"user": 1},
    ],
)
def test_what_are_no_options_is_refused(authenticator: Authenticator, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="options"):
        authenticator.create(options, ORIGIN)
    if "challenge" not in options:
        with pytest.raises(ValueError, match="options"):
            authenticator.answer(options, ORIGIN)


@pytest.mark.parametrize("listed", [[1], [{}], [{"id": 1}], 1])
def test_a_list_of_credentials_that_is_none_is_refused(authenticator: Authenticator, listed: object) -> None:
    authenticator.create(CREATION, ORIGIN)
    with pytest.raises(ValueError, match="options"):
        authenticator.answer(REQUEST | {"allowCredentials": listed}, ORIGIN)


def test_base64url_that_is_none_is_refused() -> None:
    assert from_base64url("-_8") == b"\xfb\xff"
    with pytest.raises(ValueError, match="base64url"):
        from_base64url("!!!")
