"""Reports of leaked tokens: who may report, and what becomes of what they report.

Principles: none
"""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.assess.weakroom.accounts import accounts, is_operator
from tests.assess.weakroom.room import No, Request, Room, flaw, route
from tests.assess.weakroom.tokens import Tokens, revoke

UNSIGNED = flaw("AUTHZ-3.2b takes-unsigned-reports")
CHANGED = flaw("AUTHZ-3.2b takes-changed-reports")
OTHER_KEYS = flaw("AUTHZ-3.2b takes-reports-of-other-keys")
STRANGERS = flaw("AUTHZ-3.2b takes-reports-of-strangers")
ACTS_FIRST = flaw("AUTHZ-3.2b acts-before-it-verifies")
LEAVES_IT = flaw("AUTHZ-3.2c leaves-the-token")
TELLS_NOBODY = flaw("AUTHZ-3.2c tells-nobody")


class Reporters(dict[str, str]):
    """The public key of everyone who may report, by the key's id."""


@route("POST", "/operator/reporters")
def trust_reporter(room: Room, request: Request) -> Any:
    """Let the holder of a key report leaked tokens."""
    is_operator(request)
    given = request.json()
    room.shelf(Reporters)[given["key_id"]] = given["public_key"]
    return {}


@route("DELETE", "/operator/reporters/{key_id}")
def distrust_reporter(room: Room, request: Request, key_id: str) -> Any:
    """Let the holder of a key report no longer."""
    is_operator(request)
    room.shelf(Reporters).pop(key_id, None)
    return {}


@route("POST", "/leaks")
def report(room: Room, request: Request) -> Any:
    """Take a signed report of leaked tokens: end each, and tell its owner."""
    if room.has(ACTS_FIRST):
        _act(room, request.body)
    _require_signed(room, request)
    _act(room, request.body)
    return {}


def _require_signed(room: Room, request: Request) -> None:
    signature = request.headers.get("x-signature", "")
    public = room.shelf(Reporters).get(request.headers.get("x-key-id", ""))
    if not signature:
        if room.has(UNSIGNED):
            return
        raise No(400, "not-signed")
    if public is None:
        if room.has(STRANGERS):
            return
        raise No(403, "no-such-reporter")
    # A room that takes changed reports verifies what it thinks was sent; one that takes other keys verifies nothing.
    bodies = [request.body, request.body + b" "] if room.has(CHANGED) else [request.body]
    if not room.has(OTHER_KEYS) and not any(_is_by(public, signature, body) for body in bodies):
        raise No(403, "not-signed-by-this-key")
    if room.has(OTHER_KEYS) and not room.has(CHANGED) and _is_by(public, signature, request.body + b" "):
        raise No(403, "not-signed-by-this-key")


def _is_by(public: str, signature: str, body: bytes) -> bool:
    key = serialization.load_pem_public_key(public.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(base64.b64decode(signature), body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _act(room: Room, body: bytes) -> None:
    for found in json.loads(body):
        token = room.shelf(Tokens).get(found["token"])
        if token is None:
            continue
        if not room.has(LEAVES_IT):
            revoke(room, found["token"])
        if not room.has(TELLS_NOBODY):
            owner = accounts(room)[token.account]
            room.send(
                owner.email, "One of your tokens was revoked", f"Your token {token.id} was found at {found['url']}."
            )
