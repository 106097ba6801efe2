"""One-time codes of the room: by the clock (RFC 6238), and the recovery codes for a lost telephone.

Principles: none
"""

import base64
import hmac
import secrets
from typing import Any

import pyotp
from tests.assess.weakroom import throttle
from tests.assess.weakroom.accounts import Account, Pending, accounts, person_of, secret_of
from tests.assess.weakroom.entry import welcome
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.room import No, Request, Room, flaw, route

ANY_CODE_CONFIRMS = flaw("AUTHN-1.3a any-code-confirms")
SHORT_SECRET = flaw("AUTHN-1.3a secret-is-short")
SAME_SECRET = flaw("AUTHN-1.3a secret-is-the-same-for-all")
CODE_WORKS_TWICE = flaw("AUTHN-1.3b code-works-twice")
OLD_CODES = flaw("AUTHN-1.3b codes-of-two-days-log-in")
STEP_SECONDS = 30


TWO_DAYS = 2 * 86_400 // STEP_SECONDS


def step_of(room: Room, secret: str, code: str, back: int = 1) -> int | None:
    """Return the time step that a code belongs to, this one or so many before; None when it belongs to none of them."""
    now = int(room.clock.seconds()) // STEP_SECONDS
    # pyotp takes no short secret, which a flaw may have handed out; padded by hand it gives the same codes (RFC 2104).
    key = base64.b32encode(base64.b32decode(secret).ljust(20, b"\0")).decode()
    for step in range(now, now - back - 1, -1):
        if hmac.compare_digest(pyotp.TOTP(key).at(step * STEP_SECONDS), code):
            return step
    return None


@route("POST", "/totp")
def enrol(room: Room, request: Request) -> Any:
    """Hand out a secret, to be confirmed with a code."""
    account = person_of(room, request)
    if account.totp_secret:
        raise No(409, "totp-enrolled")
    secret = secret_of(account.name)
    if room.has(SHORT_SECRET):
        secret = secret[:16]
    if room.has(SAME_SECRET):
        secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    room.shelf(Pending)[f"totp {account.name}"] = secret
    return {"secret": secret}


@route("POST", "/totp/confirm")
def confirm(room: Room, request: Request) -> Any:
    """Enrol the secret for whoever shows a code of it."""
    account = person_of(room, request)
    secret = room.shelf(Pending).get(f"totp {account.name}")
    if secret is None:
        raise No(404, "nothing-to-confirm")
    step = step_of(room, secret, request.json()["code"])
    if step is None and not room.has(ANY_CODE_CONFIRMS):
        raise No(422, "wrong-code")
    del room.shelf(Pending)[f"totp {account.name}"]
    account.totp_secret = secret
    account.used_steps = {step} if step is not None else set()
    return {}


@route("DELETE", "/totp")
def remove(room: Room, request: Request) -> Any:
    """Take the factor away, given password and code, and tell."""
    account, given = person_of(room, request), request.json()
    if not account.totp_secret:
        raise No(404, "no-totp")
    step = step_of(room, account.totp_secret, given["code"])
    if given["password"] != account.password or step is None or step in account.used_steps:
        raise No(403, "wrong-password-or-code")
    account.totp_secret = ""
    tell(room, account, "totp-removed")
    return {}


def challenged(room: Room, challenge: str) -> Account:
    """Return whose login waits for more proof; No when it is nobody's."""
    account = accounts(room).get(room.shelf(Pending).get(challenge, ""))
    if account is None:
        raise No(404, "no-such-challenge")
    return account


@route("POST", "/login/totp")
def answer(room: Room, request: Request) -> Any:
    """Give a session for a code that belongs to now and was not used before."""
    given = request.json()
    account = challenged(room, given["challenge"])
    if not account.totp_secret:
        raise No(404, "no-totp")
    step = step_of(room, account.totp_secret, given["code"])
    if step is None and room.has(OLD_CODES):
        step = step_of(room, account.totp_secret, given["code"], TWO_DAYS)
    is_fresh = step is not None and (room.has(CODE_WORKS_TWICE) or step not in account.used_steps)
    limits = throttle.code_limits(room, account.name, given["challenge"], is_right=is_fresh)
    throttle.require_patience(room, *limits)
    if not is_fresh:
        for who in (account.name, given["challenge"]):
            throttle.failed(room, "code of", who)
        raise No(401, "wrong-code")
    account.used_steps.add(step or 0)
    del room.shelf(Pending)[given["challenge"]]
    return welcome(room, request, account)


@route("POST", "/recovery-codes")
def make_recovery_codes(room: Room, request: Request) -> Any:
    """Make ten codes that log in once each, in place of those before, and tell."""
    account = person_of(room, request)
    account.recovery_codes = {secrets.token_hex(8) for _ in range(10)}
    tell(room, account, "codes")
    return {"codes": sorted(account.recovery_codes)}


@route("POST", "/login/recovery-code")
def answer_recovery_code(room: Room, request: Request) -> Any:
    """Give a session for a recovery code that was not used before."""
    given = request.json()
    account = challenged(room, given["challenge"])
    throttle.require_patience(room, *throttle.recovery_limits(room, account.name))
    if given["code"] not in account.recovery_codes:
        throttle.failed(room, "recovery code of", account.name)
        raise No(401, "wrong-code")
    account.recovery_codes.remove(given["code"])
    del room.shelf(Pending)[given["challenge"]]
    return welcome(room, request, account)
