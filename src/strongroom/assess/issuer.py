"""An issuer of identity tokens of our own, honest and dishonest: what trusted publishing is tried with.

It speaks as the issuer of a forge's builds does (OpenID Connect Discovery 1.0, RFC 7517, RFC 7519), and can also make
the tokens that nobody should believe: unsigned, signed with the public key as a secret, by another key, or with claims
that are not the publisher's.

Principles: AUTHZ-3.1
"""

import base64
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import RSAKey

DISCOVERY: Final = "/.well-known/openid-configuration"
KEYS: Final = "/keys"
LIFE_SECONDS: Final = 300
_KEY_BITS: Final = 2048
_SOCKET_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who builds: a workflow of a repository of an owner. The numbers stay theirs; names can be taken over."""

    owner: str
    owner_id: str
    repository: str
    repository_id: str
    workflow: str = "release.yml"

    @property
    def subject(self) -> str:
        """The `sub` of the publisher's identity tokens."""
        return f"repo:{self.owner}/{self.repository}:ref:refs/heads/main"


@dataclass(frozen=True)
class Issuer:
    """One issuer. `key` signs what is honest; `stolen_name` is another key that claims the same key id."""

    address: str
    key: RSAKey = field(repr=False)
    stolen_name: RSAKey = field(repr=False)

    def discovery(self) -> dict[str, Any]:
        """Return the issuer's metadata (OpenID Connect Discovery 1.0, section 3)."""
        return {
            "issuer": self.address,
            "jwks_uri": self.address + KEYS,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, Any]:
        """Return the public keys (RFC 7517)."""
        return {"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    def page(self, path: str) -> bytes | None:
        """Return what lies at a path of the issuer's address, None when nothing does."""
        pages = {DISCOVERY: self.discovery, KEYS: self.keys}
        return json.dumps(pages[path]()).encode() if path in pages else None

    def claims(self, publisher: Publisher, audience: str, now: float, jti: str) -> dict[str, Any]:
        """Return the claims of a publisher's build, valid from `now` (seconds since 1970) for five minutes."""
        place = f"{publisher.owner}/{publisher.repository}"
        workflow = f"{place}/.github/workflows/{publisher.workflow}@refs/heads/main"
        return {
            "iss": self.address, "sub": publisher.subject, "aud": audience, "jti": jti,
            "iat": int(now), "nbf": int(now), "exp": int(now) + LIFE_SECONDS,
            "repository": place, "repository_id": publisher.repository_id,
            "repository_owner": publisher.owner, "repository_owner_id": publisher.owner_id,
            "workflow_ref": workflow, "job_workflow_ref": workflow, "ref": "refs/heads/main", "ref_type": "branch",
            "event_name": "push", "sha": "0" * 40, "run_id": "1", "run_attempt": "1",
        }  # fmt: skip

    def signed(self, claims: Mapping[str, Any]) -> str:
        """Return an identity token as the issuer makes it."""
        return jwt.encode(self._header(), dict(claims), self.key)

    def by_other_key(self, claims: Mapping[str, Any]) -> str:
        """Return a token that names the issuer's key and is signed by another."""
        return jwt.encode(self._header(), dict(claims), self.stolen_name)

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """Return a token that says of itself that it needs no signature (RFC 7519, section 6)."""
        return f"{_part({**self._header(), 'alg': 'none'})}.{_part(claims)}."

    def with_public_key_as_secret(self, claims: Mapping[str, Any]) -> str:
        """Return a token whose HMAC has the issuer's public key as its secret (RFC 8725, section 2.1)."""
        # joserfc refuses to take a public key for a secret, so the token is made by hand.
        spoken = f"{_part({**self._header(), 'alg': 'HS256'})}.{_part(claims)}"
        mac = hmac.digest(self.key.as_pem(private=False), spoken.encode(), "sha256")
        return f"{spoken}.{_unpadded(mac)}"

    def with_other_claims(self, claims: Mapping[str, Any], **others: Any) -> str:
        """Return an honest token's header and signature around claims that were changed afterwards."""
        header, _, signature = self.signed(claims).split(".")
        return f"{header}.{_part({**claims, **others})}.{signature}"

    def _header(self) -> dict[str, Any]:
        return {"alg": "RS256", "typ": "JWT", "kid": self.key.kid}


def _part(content: Mapping[str, Any]) -> str:
    return _unpadded(json.dumps(dict(content)).encode())


def _unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def new_issuer(address: str) -> Issuer:
    """Return an issuer with new keys, at an address without a slash at its end."""
    key = RSAKey.generate_key(_KEY_BITS, {"kid": "assessment"})
    return Issuer(address, key, RSAKey.generate_key(_KEY_BITS, {"kid": "assessment"}))


@contextmanager
def on_loopback() -> Iterator[Issuer]:
    """Serve an issuer on a free port of this machine, for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    issuer = replace(new_issuer("http://127.0.0.1"), address=f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Pages", (_Pages,), {"issuer": issuer})
    thread = threading.Thread(target=server.serve_forever, name="issuer", daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Pages(BaseHTTPRequestHandler):
    """Answers for the issuer: two pages, by GET."""

    issuer: Issuer
    timeout = _SOCKET_SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        body = self.issuer.page(self.path.partition("?")[0])
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the run."""
