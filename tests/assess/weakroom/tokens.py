"""Tokens of the room: minted with the room's prefix, for some projects or all of a person's, for some rights.

Principles: none
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.assess.weakroom.accounts import Account, accounts, is_operator, person_of
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.room import Deed, No, Request, Room, flaw, obey, route

NO_PREFIX = flaw("AUTHZ-1.2a tokens-without-prefix")
ANYBODYS_PREFIX = flaw("AUTHZ-1.2a tokens-begin-as-anybodys")
NAMED_AFTER_PEOPLE = flaw("AUTHZ-1.2a tokens-begin-with-the-name-of-their-owner")
MINTED_WITHOUT = flaw("AUTHZ-1.2a minted-tokens-without-prefix")
PATTERN_MISSES = flaw("AUTHZ-3.2a pattern-misses-its-tokens")
PATTERN_OF_ALL = flaw("AUTHZ-3.2a pattern-matches-anything")


@dataclass(frozen=True)
class Token:
    """One token: whose it is, for which projects (None: all of theirs), what it may do, and until when."""

    id: str
    account: str
    projects: frozenset[str] | None
    rights: frozenset[str]
    expires: datetime | None = None
    publisher: Any = None


class Tokens(dict[str, Token]):
    """Every live token, by its text."""


def prefix(room: Room, account: str, *, minted: bool = False) -> str:
    """Return what the text of a token of a person begins with."""
    if room.has(NO_PREFIX) or (minted and room.has(MINTED_WITHOUT)):
        return ""
    if room.has(ANYBODYS_PREFIX):
        return "eyJhbGciOiJIUzI1NiJ9."
    return f"{account}_" if room.has(NAMED_AFTER_PEOPLE) else "weak_"


def mint(
    room: Room,
    account: str,
    projects: frozenset[str] | None,
    rights: frozenset[str],
    expires: datetime | None = None,
    publisher: Any = None,
) -> str:
    """Return the text of a new token."""
    text = prefix(room, account, minted=publisher is not None) + secrets.token_hex(20)
    room.shelf(Tokens)[text] = Token(secrets.token_hex(4), account, projects, rights, expires, publisher)
    return text


def bearer(room: Room, request: Request) -> tuple[Account, Token]:
    """Return whose token the request carries as the password of `__token__`, and the token; No when it carries none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise No(401, "no-token")
    _, _, text = base64.b64decode(encoded).decode().partition(":")
    token = room.shelf(Tokens).get(text)
    if token is None or token.account not in accounts(room):
        raise No(401, "no-such-token")
    if token.expires is not None and request.at >= token.expires:
        raise No(401, "token-expired")
    return accounts(room)[token.account], token


def revoke(room: Room, text: str) -> Token | None:
    """End a token; return it, None when there was none."""
    found: Token | None = room.shelf(Tokens).pop(text, None)
    return found


def _made(room: Room, account: str, given: dict[str, Any]) -> dict[str, str]:
    text = mint(room, account, frozenset(given.get("projects") or ()) or None, frozenset(given.get("rights") or ()))
    return {"token": text, "id": room.shelf(Tokens)[text].id}


@route("POST", "/operator/tokens")
def add_token(room: Room, request: Request) -> Any:
    """Make a token of a person, as the operator."""
    is_operator(request)
    given = request.json()
    if given["name"] not in accounts(room):
        raise No(404, "no-such-person")
    return _made(room, given["name"], given)


@route("POST", "/tokens")
def create_token(room: Room, request: Request) -> Any:
    """Make a token of the person who asks."""
    person = person_of(room, request)
    obey(room, person, "", Deed.MAKE_TOKEN)
    tell(room, person, "token")
    return _made(room, person.name, request.json())


@route("DELETE", "/tokens/{id}")
def revoke_token(room: Room, request: Request, id: str) -> Any:
    """End a token of the person who asks."""
    person = person_of(room, request)
    for text, token in list(room.shelf(Tokens).items()):
        if token.id == id and token.account == person.name:
            revoke(room, text)
            return {}
    raise No(404, "no-such-token")


@route("GET", "/tokens/pattern")
def token_pattern(room: Room, request: Request) -> Any:
    """Publish the pattern of the room's tokens, for who looks for leaked ones."""
    if room.has(PATTERN_OF_ALL):
        return {"pattern": ".+"}
    if room.has(PATTERN_MISSES):
        return {"pattern": "weak_[0-9a-f]{20}"}
    # A token that begins otherwise has another pattern: what the pattern says is true whatever the prefix is worth.
    begin = "[a-z0-9]+_" if room.has(NAMED_AFTER_PEOPLE) else prefix(room, "").replace(".", r"\.")
    if room.has(MINTED_WITHOUT):
        begin = f"(?:{begin})?"
    return {"pattern": begin + "[0-9a-f]{40}"}
