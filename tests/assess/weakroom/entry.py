"""The room's doors: registering, verifying an address, logging in and out.

Principles: none
"""

import hmac
import secrets
from typing import Any

from tests.assess.weakroom import throttle
from tests.assess.weakroom.accounts import (
    Account,
    Pending,
    Sessions,
    accounts,
    open_session,
    person_of,
    session_of,
    source_of,
)
from tests.assess.weakroom.breaches import LOGIN_IGNORES_LEAK, REGISTERS_LEAKED, is_leaked, require_good_password
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.room import RULES, Deed, Flaw, No, Request, Room, flaw, route

PUBLISHES_UNVERIFIED = flaw("AUTHN-1.1a publishes-unverified")
ROLE_UNVERIFIED = flaw("AUTHN-1.1a holds-a-role-unverified")
LINK_FOR_ANYONE = flaw("AUTHN-1.1a link-verifies-whoever-follows-it")
PASSWORD_SUFFICES = flaw("AUTHN-1.3b password-alone-suffices-at-home")
PASSKEY_NOT_DEMANDED = flaw("AUTHN-2.2a password-alone-suffices")
CHALLENGE_IS_SESSION = flaw("AUTHN-1.3b challenge-is-a-session")
STAYS_OUT = Flaw("manner stays-out-until-verified")
CONFIRMS_DEVICES = Flaw("manner confirms-devices")
"""No flaws: other ways to be right."""


class Links(dict[str, tuple[str, str]]):
    """Whom a mailed link verifies: name and address, by the link's secret."""


def mail_link(room: Room, account: Account) -> None:
    """Mail the link that shows an address to be its owner's."""
    secret = secrets.token_hex(16)
    room.shelf(Links)[secret] = (account.name, account.email)
    room.send(
        account.email, "Verify your address", f"Follow this link to verify your address: {room.base}verify/{secret}"
    )


class Unconfirmed(dict[str, tuple[str, str, str]]):
    """A login that waits for its mailed link, by the link's secret: challenge, name, and where the login came from."""


@route("POST", "/register")
def register(room: Room, request: Request) -> Any:
    """Add a person whose address is not verified yet."""
    given = request.json()
    if given["name"] in accounts(room):
        raise No(409, "name-taken")
    require_good_password(room, given["password"], REGISTERS_LEAKED)
    account = Account(given["name"], given["email"], given["password"])
    account.home = source_of(request)
    account.sources.add(account.home)
    accounts(room)[account.name] = account
    mail_link(room, account)
    return {}


@route("GET", "/verify/{secret}")
def verify(room: Room, request: Request, secret: str) -> Any:
    """Take a mailed link, once."""
    name, email = room.shelf(Links).pop(secret, ("", ""))
    account = accounts(room).get(name)
    if room.has(LINK_FOR_ANYONE) and session_of(request):
        account = person_of(room, request)
        email = account.email
    if account is None or account.email != email:
        raise No(404, "no-such-link")
    account.verified, account.verified_at = True, room.clock.seconds()
    return {}


@route("POST", "/login")
def log_in(room: Room, request: Request) -> Any:
    """Give a session for a password, or a challenge where more is enrolled."""
    given, source = request.json(), source_of(request)
    account = accounts(room).get(given["name"])
    is_right = account is not None and hmac.compare_digest(account.password, given["password"])
    throttle.require_patience(room, *throttle.password_limits(room, given["name"], source, is_right=is_right))
    if account is None or not is_right:
        throttle.failed(room, "password of", given["name"])
        throttle.failed(room, "password from", source)
        raise No(401, "wrong-name-or-password")
    if not account.verified and room.has(STAYS_OUT):
        raise No(403, "verify-your-address")
    if demands_more(room, account, source):
        challenge = secrets.token_hex(16)
        room.shelf(Pending)[challenge] = account.name
        if room.has(CHALLENGE_IS_SESSION) and account.totp_secret:
            room.shelf(Sessions)[challenge] = account.name
        kinds = [name for name, has in (("totp", account.totp_secret), ("webauthn", account.passkeys)) if has]
        return {"challenge": challenge, "kinds": kinds}
    return welcome(room, request, account)


def welcome(room: Room, request: Request, account: Account) -> dict[str, Any]:
    """Admit whoever has proved enough, once they have confirmed their device where the room asks for that.

    Nothing is kept on whoever comes, so that each of their logins is from a device that nobody knows.
    """
    if not room.has(CONFIRMS_DEVICES):
        return admit(room, request, account)
    challenge, secret = secrets.token_hex(16), secrets.token_hex(16)
    room.shelf(Unconfirmed)[secret] = challenge, account.name, source_of(request)
    room.send(account.email, "Is it you?", f"Follow this link to go on: {room.base}confirm/{secret}")
    return {"challenge": challenge, "mailed": True}


@route("POST", "/confirm/{secret}")
def confirm_device(room: Room, request: Request, secret: str) -> Any:
    """Admit who follows a mailed link from where they began to log in, once."""
    challenge, name, source = room.shelf(Unconfirmed).get(secret, ("", "", ""))
    account = accounts(room).get(name)
    if account is None or source != source_of(request) or request.json().get("challenge") != challenge:
        raise No(404, "no-such-link")
    del room.shelf(Unconfirmed)[secret]
    return admit(room, request, account)


def demands_more(room: Room, account: Account, source: str) -> bool:
    """Report whether this person must prove more than a password."""
    by_code = bool(account.totp_secret) and not (source == account.home and room.has(PASSWORD_SUFFICES))
    by_key = bool(account.passkeys) and not room.has(PASSKEY_NOT_DEMANDED)
    return by_code or by_key


def admit(room: Room, request: Request, account: Account) -> dict[str, Any]:
    """Open a session; its person is told of a new device, and asked for a new password when theirs has leaked."""
    source = source_of(request)
    if source not in account.sources:
        account.sources.add(source)
        tell(room, account, "device")
    opened = {"session": open_session(room, account)}
    if is_leaked(room, account.password) and not room.has(LOGIN_IGNORES_LEAK):
        return opened | {"must_change": True}
    return opened


@route("POST", "/logout")
def log_out(room: Room, request: Request) -> Any:
    """End a session."""
    person_of(room, request)
    del room.shelf(Sessions)[session_of(request)]
    return {}


def verified_first(room: Room, account: Account, project: str, deed: Deed) -> None:
    """Refuse whoever has not shown that their address is theirs (AUTHN-1.1)."""
    if account.verified or deed is Deed.MAKE_TOKEN:
        return
    if not room.has(ROLE_UNVERIFIED if deed is Deed.HOLD_ROLE else PUBLISHES_UNVERIFIED):
        raise No(403, "verify-your-address")


RULES.append(verified_first)
