"""Signed reports of leaked tokens, as scanning programmes send them, honest and not.

Principles: none
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from tests.web.asking import Answer, Place

from strongroom.assess.reporter import Reporter, new_reporter
from strongroom.authz.leaks import HEADERS, Origin
from strongroom.household import REPORTERS
from strongroom.outbound.signatures import trust

DISCLOSE = "/_/secrets/disclose-token"
REVOKE = "/_/secrets/revoke"
URL = "https://code.example/ada/anvil/blob/main/.env"


@dataclass(frozen=True)
class EdReporter:
    """A reporter who signs by Ed25519."""

    key_id: str
    key: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate, repr=False)

    @property
    def public_key(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def signature(self, payload: str) -> str:
        return base64.b64encode(self.key.sign(payload.encode())).decode()


def known_reporter(place: Place, key_id: str = "acme-scanner") -> Reporter:
    """Return a reporter whom the operator trusts."""
    reporter = new_reporter(key_id)
    trust(place.repository.settings.data / REPORTERS, key_id, reporter.public_key)
    return reporter


def naming(*tokens: str, url: str = URL) -> str:
    """Return the body of a report on tokens."""
    return json.dumps([{"token": each, "type": "strongroom", "url": url, "source": "content"} for each in tokens])


def report(
    place: Place,
    reporter: Reporter | EdReporter,
    body: str,
    *,
    origin: Origin = Origin.STRONGROOM,
    path: str = DISCLOSE,
    **changed: str,
) -> Answer:
    """Send a report; `changed` may replace `key_id`, `signature`, or what is `sent` instead of what was signed."""
    identifier, signature = HEADERS[origin]
    headers = [
        (identifier.encode(), changed.get("key_id", reporter.key_id).encode()),
        (signature.encode(), changed.get("signature", reporter.signature(body)).encode()),
    ]
    return place.send(path, "POST", headers, [changed.get("sent", body).encode()])


def surrendering(place: Place, said: object) -> Answer:
    """Show tokens, or something else, in order to end them."""
    return place.send(REVOKE, "POST", [(b"content-type", b"application/json")], [json.dumps(said).encode()])


def events(place: Place, name: str = "token.leaked") -> Sequence[dict[str, object]]:
    """Return the details of the events of one kind, oldest first."""
    with place.repository.vault.reading() as books:
        found = books.events.after(0, 100_000)
    return [dict(each.what.detail) | {"actor": each.what.actor} for each in found if each.what.event.value == name]
