"""Tokens of the room.

Principles: none
"""

import base64
import secrets
from dataclasses import dataclass

from tests.assess.weakroom.accounts import Account, accounts
from tests.assess.weakroom.room import No, Request, Room


@dataclass(frozen=True)
class Token:
    """One token: whose it is, for which projects (None: all of theirs), and what it may do."""

    id: str
    account: str
    projects: frozenset[str] | None
    rights: frozenset[str]


class Tokens(dict[str, Token]):
    """Every live token, by its text."""


def mint(room: Room, account: str, projects: frozenset[str] | None, rights: frozenset[str]) -> str:
    """Return the text of a new token."""
    text = f"weak_{secrets.token_hex(20)}"
    room.shelf(Tokens)[text] = Token(secrets.token_hex(4), account, projects, rights)
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
    return accounts(room)[token.account], token
