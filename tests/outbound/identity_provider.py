"""An identity provider on this machine: the authorization code flow with PKCE, keys that rotate, and ways to cheat.

Principles: none
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from tests.outbound.loopback import Asked, Place, Reply, serving

Key = RSAKey | ECKey | OKPKey


def unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@cache
def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


@dataclass
class IdentityProvider:
    """One provider with one client. `person` is who sits at the browser; `spoil` changes a token before it goes out."""

    client_id: str = "strongroom"
    client_secret: str = "a secret with : and ü"
    place: Place = field(default_factory=lambda: Place(""))
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "ada-1", "preferred_username": "ada"})
    more: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[dict[str, Any]], str] | None = None
    algorithm: str = "RS256"
    key: Key = field(default_factory=lambda: rsa_key("first"))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, Reply] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.place.url

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.more

    def rotate(self, kid: str = "second") -> None:
        """Sign with a new key from now on, and publish no other."""
        self.key = rsa_key(kid)

    def claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        times = {"iat": now, "exp": now + 300, "auth_time": now}
        return {"iss": self.issuer, "aud": self.client_id, "nonce": nonce, **times, **self.person}

    def signed(self, claims: dict[str, Any], *, key: Key | None = None, header: dict[str, Any] | None = None) -> str:
        head = {"alg": self.algorithm, "kid": self.key.kid} if header is None else header
        registry = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        registry.max_header_length = 8192
        return jwt.encode(head, claims, key or self.key, registry=registry)

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{unpadded(json.dumps({'alg': 'none', 'kid': self.key.kid}).encode())}.{self.body(claims)}."

    def with_public_key_as_secret(self, claims: dict[str, Any]) -> str:
        spoken = f"{unpadded(json.dumps({'alg': 'HS256', 'kid': self.key.kid}).encode())}.{self.body(claims)}"
        return f"{spoken}.{unpadded(hmac.digest(self.key.as_pem(private=False), spoken.encode(), 'sha256'))}"

    @staticmethod
    def body(claims: dict[str, Any]) -> str:
        return unpadded(json.dumps(claims).encode())

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if path in self.answers:
            return self.answers[path]
        match path:
            case "/.well-known/openid-configuration":
                return Reply(body=json.dumps(self.discovery()).encode())
            case "/keys":
                published = {**self.key.as_dict(private=False), "use": "sig"}
                return Reply(body=json.dumps({"keys": [{"kty": "OKP", "crv": "X9"}, published]}).encode())
            case "/authorize":
                return self.authorize(dict(parse_qsl(urlsplit(asked.path).query)))
            case "/token":
                return self.token(asked)
        return Reply(404)

    def authorize(self, request: dict[str, str]) -> Reply:
        if request.get("client_id") != self.client_id or request.get("response_type") != "code":
            return Reply(400, b"not a client of this provider")
        code = secrets.token_urlsafe(8)
        self.codes[code] = request
        there = urlencode({"code": code, "state": request["state"], "iss": self.issuer})
        return Reply(302, b"", {"Location": f"{request['redirect_uri']}?{there}"})

    def token(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        request = self.codes.pop(form.get("code", ""), None)
        if not self.knows(asked, form):
            return Reply(401, b'{"error":"invalid_client"}')
        challenge = unpadded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            request is None
            or form.get("redirect_uri") != request["redirect_uri"]
            or challenge != request["code_challenge"]
        ):
            return Reply(400, b'{"error":"invalid_grant"}')
        claims = self.claims(request["nonce"])
        token = self.spoil(claims) if self.spoil is not None else self.signed(claims)
        return Reply(body=json.dumps({"access_token": "x", "token_type": "Bearer", "id_token": token}).encode())

    def knows(self, asked: Asked, form: dict[str, str]) -> bool:
        kind, _, pair = asked.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.client_secret)
        return (form.get("client_id"), form.get("client_secret", "")) == (self.client_id, self.client_secret)


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Serve a provider on a free port of this machine for as long as the block lasts."""
    made = IdentityProvider()
    with serving(made.answer) as place:
        made.place = place
        yield made
