"""People of the room, and who a request comes from.

Principles: none
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pyotp
from tests.assess.weakroom.room import No, Request, Room, route


@dataclass
class Account:
    """One person."""

    name: str
    email: str
    password: str
    verified: bool = False
    totp_secret: str = ""
    used_steps: set[int] = field(default_factory=set)
    passkeys: dict[str, Any] = field(default_factory=dict)

    @property
    def has_second_factor(self) -> bool:
        """Whether anything but a password is enrolled."""
        return bool(self.totp_secret or self.passkeys)


class Accounts(dict[str, Account]):
    """Every person, by name."""


class Sessions(dict[str, str]):
    """The name of the person of every session."""


def accounts(room: Room) -> Accounts:
    """Return the room's people."""
    found: Accounts = room.shelf(Accounts)
    return found


def open_session(room: Room, account: Account) -> str:
    """Return a new session of a person."""
    session = secrets.token_hex(16)
    room.shelf(Sessions)[session] = account.name
    return session


def person_of(room: Room, request: Request) -> Account:
    """Return the person whose session the request carries; No when it carries none."""
    session = request.headers.get("authorization", "").removeprefix("Session ")
    name = room.shelf(Sessions).get(session)
    if name is None or name not in accounts(room):
        raise No(401, "no-session")
    return accounts(room)[name]


def is_operator(request: Request) -> None:
    """Refuse whoever is not the operator."""
    if request.headers.get("x-operator") != "yes":
        raise No(403, "operator-only")


@route("POST", "/operator/maintainers")
def add_maintainer(room: Room, request: Request) -> Any:
    """Add a person who satisfies every rule for publishing, with a token for all of their projects."""
    from tests.assess.weakroom.tokens import mint

    is_operator(request)
    given = request.json()
    if given["name"] in accounts(room):
        raise No(409, "name-taken")
    account = Account(given["name"], given["email"], secrets.token_urlsafe(18), True, pyotp.random_base32())
    accounts(room)[account.name] = account
    token = mint(room, account.name, None, frozenset({"publish", "yank", "remove"}))
    return {"password": account.password, "totp_secret": account.totp_secret, "token": token}


@route("DELETE", "/operator/people/{name}")
def drop_person(room: Room, request: Request, name: str) -> Any:
    """Remove a person."""
    is_operator(request)
    if accounts(room).pop(name, None) is None:
        raise No(404, "no-such-person")
    return {}
