"""Identity tokens are verified: signature, issuer, audience, times, nonce (OpenID Connect Core 1.0, 3.1.3.7).

Principles: AUTHN-3.2
"""

import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

LEEWAY_SECONDS: Final = 60
LIMIT_TOKEN_CHARACTERS: Final = 64 * 1024
LIMIT_KEYS: Final = 100
_LEAST_RSA_BITS: Final = 2048
# Signatures with a key pair, and no other: "none" signs nothing, and HS256 takes a public key for a secret (RFC 8725).
ALGORITHMS: Final = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip

# RFC 7515, 4: header parameters "that are not understood … MUST be ignored"; a certificate among them takes room.
_REGISTRY: Final = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
_REGISTRY.max_header_length = 8192

PublicKey = RSAKey | ECKey | OKPKey


class Untrusted(Exception):
    """A token that proves nothing, and why: for the log; whoever brought it is told only that it was refused."""


class UnknownKey(Untrusted):
    """A token whose key is not among those known: perhaps the issuer has a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. `nonce` is the one that this sign-in was begun with."""

    issuer: str
    client_id: str
    nonce: str


def read_keys(body: bytes) -> Sequence[PublicKey]:
    """Return the keys for signatures in a key set (RFC 7517, 5); ValueError when it is none.

    Keys of kinds that are not understood, for encryption, symmetric or too short are passed over.
    """
    try:
        raw = json.loads(body)["keys"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("that is no set of keys") from error
    if not isinstance(raw, list):
        raise ValueError("that is no set of keys")
    return [key for each in raw[:LIMIT_KEYS] if (key := _read_key(each)) is not None]


def _read_key(raw: Any) -> PublicKey | None:
    if not isinstance(raw, dict) or raw.get("kty") not in ALGORITHMS.values() or raw.get("use", "sig") != "sig":
        return None
    try:
        # What is private of a key has no business here, and is not kept.
        key = import_key({name: raw[name] for name in raw.keys() & {"kty", "kid", "alg", "n", "e", "crv", "x", "y"}})
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None


def verified_claims(token: str, keys: Sequence[PublicKey], expected: Expected, now: datetime) -> dict[str, Any]:
    """Return the claims of an identity token that one of the issuer's keys has signed for this sign-in.

    UnknownKey when no key fits the token's header, Untrusted for everything else that is not as it must be.
    """
    claims = signed_claims(token, keys, ALGORITHMS)
    try:
        _require_claims(claims, expected, now)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted(f"{type(error).__name__}: {error}") from error
    return claims


def signed_claims(token: str, keys: Sequence[PublicKey], algorithms: Collection[str]) -> dict[str, Any]:
    """Return the claims that one of the keys has signed, by one of these algorithms, whatever they say.

    UnknownKey when no key fits the token's header, Untrusted for everything else that is not as it must be.
    """
    header, _ = read_unverified(token)
    if header.get("alg") not in algorithms:
        raise Untrusted(f"signed by {str(header.get('alg'))[:20]!r}, which is not taken of this issuer")
    try:
        key = _key_for(header, keys)
        return jwt.decode(token, key, algorithms=[header["alg"]], registry=_REGISTRY).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted(f"{type(error).__name__}: {error}") from error


def read_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token that nobody has verified: for asking whose keys would. Untrusted if none."""
    if len(token) > LIMIT_TOKEN_CHARACTERS or not token.isascii() or token.count(".") != 2:
        raise Untrusted("that is no signed token")
    try:
        parts = jws.extract_compact(token.encode(), registry=_REGISTRY)
        claims = json.loads(parts.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted(f"{type(error).__name__}: {error}") from error
    if not isinstance(claims, dict):
        raise Untrusted("its claims are no object")
    return parts.headers(), claims


def _key_for(header: dict[str, Any], keys: Sequence[PublicKey]) -> PublicKey:
    kind = ALGORITHMS.get(str(header.get("alg")))
    if kind is None:
        raise Untrusted(f"signed by {header.get('alg')!r}, which proves nothing")
    kid = header.get("kid")
    fitting = [key for key in keys if key.key_type == kind and key.alg in (None, header["alg"])]
    if kid is not None:
        fitting = [key for key in fitting if key.kid == kid]
    # OpenID Connect Core, 10.1: "If there are multiple keys in the referenced JWK Set document, a kid value MUST be
    # provided".
    if len(fitting) != 1:
        raise UnknownKey(f"{len(fitting)} keys of the issuer are named {kid!r}")
    return fitting[0]


def _require_claims(claims: dict[str, Any], expected: Expected, now: datetime) -> None:
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    ).validate(claims)
    nonce, audience = claims["nonce"], claims["aud"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise Untrusted("it was made for another sign-in: the nonce differs")
    # 3.1.3.7, 4 and 5: an authorized party, where there is one or where there are several audiences, is us.
    several = isinstance(audience, list) and len(audience) > 1
    if (several or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise Untrusted("it was made for another client")
