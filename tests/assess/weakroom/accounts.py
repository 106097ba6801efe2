"""People of the room, and who a request comes from.

Principles: none
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.assess.weakroom.room import JOBS, No, Request, Room, route


@dataclass
class Account:
    """One person. `verified_at` is the moment at which the address was last shown to be theirs, in seconds;
    `sources` are where they have logged in from, `home` is the first of them.
    """

    name: str
    email: str
    password: str
    verified: bool = False
    totp_secret: str = ""
    used_steps: set[int] = field(default_factory=set)
    passkeys: dict[str, Any] = field(default_factory=dict)
    recovery_codes: set[str] = field(default_factory=set)
    verified_at: float = 0.0
    sources: set[str] = field(default_factory=set)
    home: str = ""

    @property
    def has_second_factor(self) -> bool:
        """Whether anything but a password is enrolled."""
        return bool(self.totp_secret or self.passkeys)


class Accounts(dict[str, Account]):
    """Every person, by name."""


class Sessions(dict[str, str]):
    """The name of the person of every session."""


class Inspectors(dict[str, str]):
    """Where the next scheduled check asks about domains: `nameserver` and `rdap`; empty when nobody has said."""


class Pending(dict[str, str]):
    """A TOTP secret that is not confirmed yet, by name; a challenge's person, by the challenge."""


def secret_of(name: str) -> str:
    """Return a TOTP secret that is the same in every run: a wrong code must not be right by chance now and then."""
    return base64.b32encode(hashlib.sha1(name.encode(), usedforsecurity=False).digest()).decode()


def accounts(room: Room) -> Accounts:
    """Return the room's people."""
    found: Accounts = room.shelf(Accounts)
    return found


def open_session(room: Room, account: Account) -> str:
    """Return a new session of a person."""
    session = secrets.token_hex(16)
    room.shelf(Sessions)[session] = account.name
    return session


def session_of(request: Request) -> str:
    """Return the session that the request carries, empty when it carries none."""
    return request.headers.get("authorization", "").removeprefix("Session").strip()


def person_of(room: Room, request: Request) -> Account:
    """Return the person whose session the request carries; No when it carries none."""
    name = room.shelf(Sessions).get(session_of(request))
    if name is None or name not in accounts(room):
        raise No(401, "no-session")
    return accounts(room)[name]


def by_email(room: Room, email: str) -> Account | None:
    """Return the person with this address; None when nobody has it."""
    return next((each for each in accounts(room).values() if each.email == email), None)


def source_of(request: Request) -> str:
    """Return where a request comes from: there is no network here, so that the request says it itself."""
    return request.headers.get("x-source", "192.0.2.1")


def is_operator(request: Request) -> None:
    """Refuse whoever is not the operator."""
    if request.headers.get("x-operator") != "yes":
        raise No(403, "operator-only")


@route("GET", "/account")
def account_page(room: Room, request: Request) -> Any:
    """Show a person what is known of them."""
    account = person_of(room, request)
    return {"name": account.name, "email": account.email, "verified": account.verified}


@route("DELETE", "/account")
def remove_account(room: Room, request: Request) -> Any:
    """Remove the person who asks, given their password."""
    account = person_of(room, request)
    if request.json().get("password") != account.password:
        raise No(403, "wrong-password")
    del accounts(room)[account.name]
    return {}


@route("POST", "/operator/maintainers")
def add_maintainer(room: Room, request: Request) -> Any:
    """Add a person who satisfies every rule for publishing, with a token for all of their projects."""
    from tests.assess.weakroom.tokens import mint

    is_operator(request)
    given = request.json()
    if given["name"] in accounts(room):
        raise No(409, "name-taken")
    account = Account(given["name"], given["email"], secrets.token_urlsafe(18), True, secret_of(given["name"]))
    account.verified_at = room.clock.seconds()
    account.home = source_of(request)
    account.sources.add(account.home)
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


@route("POST", "/operator/jobs")
def run_jobs(room: Room, request: Request) -> Any:
    """Run what a schedule would; domains are asked about where the operator says, when they say so."""
    is_operator(request)
    room.shelf(Inspectors).update(request.json())
    for job in JOBS:
        job(room)
    return {}
