"""A reporter of leaked tokens: signs its reports as the scanning programmes of code forges do.

Principles: AUTHZ-3.2
"""

import base64
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Reporter:
    """One who may report; `key_id` names the key by which the repository knows them."""

    key_id: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def public_key(self) -> str:
        """The public key, as PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def signature(self, payload: str) -> str:
        """Return the signature of a body: ECDSA over P-256 and SHA-256, DER in base64."""
        return base64.b64encode(self.key.sign(payload.encode(), ec.ECDSA(hashes.SHA256()))).decode()


def new_reporter(key_id: str) -> Reporter:
    """Return a reporter with a new key."""
    return Reporter(key_id, ec.generate_private_key(ec.SECP256R1()))


def report_of(token: str, url: str) -> str:
    """Return the body of a report that one token was found at an address."""
    return json.dumps([{"token": token, "type": "token", "url": url, "source": "content"}])
