"""A virtual WebAuthn authenticator: what a person's security key or phone does, without the person.

It makes ES256 keys (COSE algorithm -7) that can be discovered, attests nothing (format "none"), and lies on demand, so
that a probe can see what a repository takes: another origin or relying party, an unverified user, a wrong signature.

Principles: AUTHN-2.2, AUTHN-3.1, AUTHN-3.3
"""

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ES256: Final = -7
_USER_PRESENT, _USER_VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def to_base64url(content: bytes) -> str:
    """Return bytes as base64url without padding, as WebAuthn's JSON has them (WebAuthn 3, section 5.1)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url, padded or not; ValueError when it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("this is no base64url") from None


def cbor(value: object) -> bytes:
    """Return integers, bytes, text and maps of them in CBOR (RFC 8949), lengths definite, keys in the order given."""
    match value:
        case int() if value >= 0:
            return _head(0, value)
        case int():
            return _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case Mapping():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
    raise ValueError(f"{type(value).__name__} is not written in CBOR here")


def _head(major: int, count: int) -> bytes:
    # "The initial byte … the high-order 3 bits (the major type) and additional information (the low-order 5 bits)."
    if count < 24:
        return bytes([major << 5 | count])
    for extra, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if count < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | extra]) + struct.pack(form, count)
    raise ValueError("too large for CBOR")


@dataclass
class Credential:
    """One key pair for one relying party, as the authenticator keeps it; `counter` grows with every use."""

    id: bytes
    rp_id: str
    user_handle: bytes
    key: "EllipticCurvePrivateKey" = field(repr=False)
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Lie:
    """How an answer differs from an honest one; the plain one does not. Empty fields stay honest."""

    origin: str = ""
    rp_id: str = ""
    challenge: str = ""
    unverified: bool = False
    other_key: bool = False
    same_counter: bool = False


HONEST: Final = Lie()


class Authenticator:
    """One authenticator. `draw` returns so many random characters; keys and ids come from it alone."""

    def __init__(self, draw: Callable[[int], str]) -> None:
        self._draw = draw
        self.credentials: list[Credential] = []

    def create(self, options: Mapping[str, Any], origin: str, lie: Lie = HONEST) -> dict[str, Any]:
        """Make a credential and return the registration response (RegistrationResponseJSON) for creation options.

        Raises ValueError when the options are none, or do not allow ES256.
        """
        options = _public_key(options)
        try:
            challenge, user = options["challenge"] + "", from_base64url(options["user"]["id"])
            party_id = lie.rp_id or options["rp"].get("id") or urlsplit(origin).hostname or ""
            allowed = [each["alg"] for each in options["pubKeyCredParams"]]
        except (KeyError, TypeError, AttributeError):
            raise ValueError("these are no options for creating a credential") from None
        # "If empty, the client uses ES256 and RS256."
        if allowed and ES256 not in allowed:
            raise ValueError("the options do not allow ES256")
        made = Credential(self._bytes("id"), party_id, user, self._key())
        self.credentials.append(made)
        attested = self._data(made, lie, _ATTESTED) + b"\0" * 16 + struct.pack(">H", len(made.id)) + made.id
        attested += cbor(_cose(made.key))
        client = _client_data("webauthn.create", lie.challenge or challenge, lie.origin or origin)
        return _response(made, {
            "clientDataJSON": to_base64url(client),
            "attestationObject": to_base64url(cbor({"fmt": "none", "attStmt": {}, "authData": attested})),
            "transports": ["internal"],
        })  # fmt: skip

    def answer(self, options: Mapping[str, Any], origin: str, lie: Lie = HONEST) -> dict[str, Any]:
        """Return the authentication response (AuthenticationResponseJSON) for request options.

        Raises ValueError when the options are none, or name no credential that is held here.
        """
        options = _public_key(options)
        if not isinstance(options.get("challenge"), str):
            raise ValueError("these are no options for using a credential")
        held = self._held(options, origin)
        held.counter += not lie.same_counter
        data = self._data(held, lie, 0)
        client = _client_data("webauthn.get", lie.challenge or options["challenge"], lie.origin or origin)
        signature = self._sign(self._key() if lie.other_key else held.key, data + hashlib.sha256(client).digest())
        return _response(held, {
            "clientDataJSON": to_base64url(client),
            "authenticatorData": to_base64url(data),
            "signature": to_base64url(signature),
            "userHandle": to_base64url(held.user_handle),
        })  # fmt: skip

    def _held(self, options: Mapping[str, Any], origin: str) -> Credential:
        party_id = options.get("rpId") or urlsplit(origin).hostname
        try:
            allowed = {from_base64url(each["id"]) for each in options.get("allowCredentials") or ()}
        except (KeyError, TypeError):
            raise ValueError("these are no options for using a credential") from None
        for each in reversed(self.credentials):
            if each.rp_id == party_id and (not allowed or each.id in allowed):
                return each
        raise ValueError(f"the authenticator holds no credential that {party_id} asks for")

    @staticmethod
    def _data(held: Credential, lie: Lie, flags: int) -> bytes:
        # "rpIdHash 32, flags 1, signCount 4" (WebAuthn 3, section 6.1).
        flags |= _USER_PRESENT | (0 if lie.unverified else _USER_VERIFIED)
        digest = hashlib.sha256((lie.rp_id or held.rp_id).encode()).digest()
        return digest + struct.pack(">BI", flags, held.counter)

    def _bytes(self, label: str) -> bytes:
        return hashlib.sha256(f"{label} {self._draw(60)}".encode()).digest()

    def _key(self) -> "EllipticCurvePrivateKey":
        from cryptography.hazmat.primitives.asymmetric import ec

        number = int.from_bytes(self._bytes("key") + self._bytes("key"), "big") % (_ORDER - 1) + 1
        return ec.derive_private_key(number, ec.SECP256R1())

    @staticmethod
    def _sign(key: "EllipticCurvePrivateKey", content: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return key.sign(content, ec.ECDSA(hashes.SHA256()))


def _public_key(options: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = options.get("publicKey")
    return inner if isinstance(inner, Mapping) else options


def _cose(key: "EllipticCurvePrivateKey") -> dict[int, int | bytes]:
    # "1 (kty): 2 (EC2), 3 (alg): -7, -1 (crv): 1 (P-256), -2: x-coordinate, -3: y-coordinate" (RFC 9053, section 7.1).
    numbers = key.public_key().public_numbers()
    return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    collected = {"type": kind, "challenge": challenge.rstrip("="), "origin": origin, "crossOrigin": False}
    return json.dumps(collected, separators=(",", ":")).encode()


def _response(credential: Credential, response: dict[str, Any]) -> dict[str, Any]:
    identity = to_base64url(credential.id)
    return {
        "id": identity,
        "rawId": identity,
        "type": "public-key",
        "response": response,
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
    }
