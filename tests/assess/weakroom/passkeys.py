"""WebAuthn in the room: keys as a second factor and as passkeys, every answer verified (WebAuthn 3, sections 7.1, 7.2).

Principles: none
"""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.assess.weakroom.accounts import Account, Pending, accounts, person_of
from tests.assess.weakroom.cbor import from_cbor
from tests.assess.weakroom.entry import admit
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.room import No, Request, Room, flaw, route
from tests.assess.weakroom.second_factors import challenged

from strongroom.assess.authenticator import from_base64url, to_base64url

ENROLS_FROM_ELSEWHERE = flaw("AUTHN-2.2a enrols-from-another-origin")
TAKES_ANY_ORIGIN = flaw("AUTHN-2.2a takes-another-origin")
TAKES_ANY_PARTY = flaw("AUTHN-2.2a takes-another-relying-party")
TAKES_ANY_SIGNATURE = flaw("AUTHN-2.2a takes-any-signature")
TAKES_OLD_ANSWERS = flaw("AUTHN-2.2a takes-an-answer-twice")
ASKS_FOR_A_NAME = flaw("AUTHN-3.1a asks-for-a-password-first")
ASKS_FOR_MORE = flaw("AUTHN-3.1a asks-for-a-code-after-the-passkey")
PASSKEY_UNVERIFIED = flaw("AUTHN-3.1a takes-an-unverified-user")
PASSKEY_FROM_ELSEWHERE = flaw("AUTHN-3.1a takes-another-origin")


@dataclass
class Passkey:
    """One credential: its public key, and how often the authenticator says it was used."""

    id: str
    key: ec.EllipticCurvePublicKey
    counter: int
    label: str = ""


@dataclass(frozen=True)
class Expected:
    """What an answer must be about, and which checks the room leaves out because of its flaws."""

    kind: str
    challenge: str
    verified: bool = False
    any_origin: bool = False
    any_party: bool = False
    any_signature: bool = False


class Asked(dict[str, str]):
    """The WebAuthn challenge that is open for a registration, a login or a passkey login."""


class Answered(dict[str, str]):
    """The person whom a WebAuthn challenge was answered for, for the flaw that takes it again."""


def _ask(room: Room, what: str) -> str:
    challenge = to_base64url(secrets.token_bytes(32))
    room.shelf(Asked)[what] = challenge
    return challenge


def _taken(room: Room, what: str) -> str:
    challenge: str = room.shelf(Asked).pop(what, "")
    if not challenge:
        raise No(409, "nothing-was-asked")
    return challenge


def _check_client(room: Room, response: dict[str, Any], expected: Expected) -> bytes:
    raw = from_base64url(response["clientDataJSON"])
    client = json.loads(raw)
    if client["type"] != expected.kind or client["challenge"] != expected.challenge:
        raise No(403, "answers-another-challenge")
    if client["origin"] != room.origin and not expected.any_origin:
        raise No(403, "another-origin")
    return raw


def _check_data(room: Room, data: bytes, expected: Expected) -> int:
    flags, counter = struct.unpack(">BI", data[32:37])
    if data[:32] != hashlib.sha256(room.host.encode()).digest() and not expected.any_party:
        raise No(403, "another-relying-party")
    if not flags & 0x01 or (expected.verified and not flags & 0x04):
        raise No(403, "user-not-verified")
    return int(counter)


@route("POST", "/webauthn/begin")
def begin(room: Room, request: Request) -> Any:
    """Return options for creating a credential."""
    account = person_of(room, request)
    return {
        "challenge": _ask(room, f"create {account.name}"),
        "rp": {"id": room.host, "name": "Weakroom"},
        "user": {"id": to_base64url(account.name.encode()), "name": account.name, "displayName": account.name},
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        "attestation": "none",
    }


@route("POST", "/webauthn/finish")
def finish(room: Room, request: Request) -> Any:
    """Take a new credential."""
    account, given = person_of(room, request), request.json()
    challenge, response = _taken(room, f"create {account.name}"), given["credential"]["response"]
    expected = Expected("webauthn.create", challenge, any_origin=room.has(ENROLS_FROM_ELSEWHERE))
    _check_client(room, response, expected)
    data = from_cbor(from_base64url(response["attestationObject"]))["authData"]
    counter = _check_data(room, data, expected)
    if not data[32] & 0x40:
        raise No(422, "no-key")
    length = struct.unpack(">H", data[53:55])[0]
    identity, cose = to_base64url(data[55 : 55 + length]), from_cbor(data[55 + length :])
    if any(identity in each.passkeys for each in accounts(room).values()) or (cose[1], cose[3]) != (2, -7):
        raise No(422, "credential-taken-or-unknown-kind")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(cose[-2], "big"), int.from_bytes(cose[-3], "big"), ec.SECP256R1()
    )
    account.passkeys[identity] = Passkey(identity, numbers.public_key(), counter, given.get("label", ""))
    return {"id": identity}


@route("DELETE", "/webauthn/{identity}")
def remove(room: Room, request: Request, identity: str) -> Any:
    """Take a credential away, given the password, and tell."""
    account = person_of(room, request)
    if request.json().get("password") != account.password:
        raise No(403, "wrong-password")
    if account.passkeys.pop(identity, None) is None:
        raise No(404, "no-such-passkey")
    tell(room, account, "passkey-removed")
    return {}


def _check_answer(room: Room, account: Account, credential: dict[str, Any], expected: Expected) -> None:
    held: Passkey | None = account.passkeys.get(credential["id"])
    if held is None:
        raise No(403, "unknown-passkey")
    response = credential["response"]
    client, data = _check_client(room, response, expected), from_base64url(response["authenticatorData"])
    counter = _check_data(room, data, expected)
    try:
        signed = data + hashlib.sha256(client).digest()
        held.key.verify(from_base64url(response["signature"]), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        if not expected.any_signature:
            raise No(403, "wrong-signature") from None
    # "If authData.signCount is … less than or equal to the stored signCount, this is a signal … may be cloned."
    if counter <= held.counter and not expected.any_signature:
        raise No(403, "counter-went-back")
    held.counter = counter


@route("POST", "/login/webauthn/begin")
def ask(room: Room, request: Request) -> Any:
    """Return options for the second step of a login."""
    challenge = request.json()["challenge"]
    account = challenged(room, challenge)
    if not account.passkeys:
        raise No(404, "no-passkey")
    allowed = [{"type": "public-key", "id": each} for each in account.passkeys]
    return {"challenge": _ask(room, challenge), "rpId": room.host, "allowCredentials": allowed}


@route("POST", "/login/webauthn")
def answer(room: Room, request: Request) -> Any:
    """Give a session for a verified answer; each challenge may be answered once."""
    given = request.json()
    credential = given["credential"]
    if room.has(TAKES_OLD_ANSWERS) and (name := room.shelf(Answered).get(json.dumps(credential))):
        return admit(room, request, accounts(room)[name])
    account = challenged(room, given["challenge"])
    expected = Expected(
        "webauthn.get",
        _taken(room, given["challenge"]),
        any_origin=room.has(TAKES_ANY_ORIGIN),
        any_party=room.has(TAKES_ANY_PARTY),
        any_signature=room.has(TAKES_ANY_SIGNATURE),
    )
    _check_answer(room, account, credential, expected)
    del room.shelf(Pending)[given["challenge"]]
    room.shelf(Answered)[json.dumps(credential)] = account.name
    return admit(room, request, account)


@route("POST", "/passkey/begin")
def begin_passkey(room: Room, request: Request) -> Any:
    """Return options for a login by passkey alone: no name, no list of credentials."""
    if room.has(ASKS_FOR_A_NAME):
        raise No(401, "log-in-with-your-password-first")
    ticket = secrets.token_hex(16)
    options = {
        "challenge": _ask(room, ticket),
        "rpId": room.host,
        "allowCredentials": [],
        "userVerification": "required",
    }
    return {"options": options, "challenge": ticket}


@route("POST", "/passkey/finish")
def finish_passkey(room: Room, request: Request) -> Any:
    """Give a session for the verified answer of a verified user."""
    given = request.json()
    credential = given["credential"]
    name = from_base64url(credential["response"]["userHandle"]).decode()
    account = accounts(room).get(name)
    if account is None:
        raise No(403, "unknown-passkey")
    expected = Expected(
        "webauthn.get",
        _taken(room, given["challenge"]),
        verified=not room.has(PASSKEY_UNVERIFIED),
        any_origin=room.has(PASSKEY_FROM_ELSEWHERE),
    )
    _check_answer(room, account, credential, expected)
    if room.has(ASKS_FOR_MORE):
        challenge = secrets.token_hex(16)
        room.shelf(Pending)[challenge] = account.name
        return {"challenge": challenge, "kinds": ["totp"]}
    return admit(room, request, account)
