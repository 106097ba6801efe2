"""Who must have a second factor in the room: everybody who maintains, and a key for what is critical.

Principles: none
"""

import base64
from dataclasses import replace
from typing import Any

from tests.assess.weakroom import packages, tokens
from tests.assess.weakroom.accounts import Account, accounts, is_operator
from tests.assess.weakroom.room import RULES, Deed, No, Request, Room, flaw, route

TOKEN_WITHOUT = flaw("AUTHN-3.2a publishes-by-token-without-a-factor")
PASSWORD_WITHOUT = flaw("AUTHN-3.2a publishes-by-password-without-a-factor")
MANAGES_WITHOUT = flaw("AUTHN-3.2a manages-by-session-without-a-factor")
MAKES_TOKEN_WITHOUT = flaw("AUTHN-3.2a makes-tokens-without-a-factor")
CRITICAL_WITHOUT = flaw("AUTHN-2.3a publishes-what-is-critical-without-a-factor")
MANAGES_CRITICAL_WITHOUT = flaw("AUTHN-2.3a manages-what-is-critical-without-a-factor")
CRITICAL_BY_CODE = flaw("AUTHN-3.3a publishes-what-is-critical-by-code-alone")
MANAGES_CRITICAL_BY_CODE = flaw("AUTHN-3.3a manages-what-is-critical-by-code-alone")

WITHOUT = {
    Deed.PUBLISH_BY_TOKEN: TOKEN_WITHOUT,
    Deed.PUBLISH_BY_PASSWORD: PASSWORD_WITHOUT,
    Deed.MANAGE: MANAGES_WITHOUT,
    Deed.MAKE_TOKEN: MAKES_TOKEN_WITHOUT,
}


class Critical(set[str]):
    """The names of critical projects."""


def is_critical(room: Room, project: str) -> bool:
    """Report whether a project is critical."""
    return project in room.shelf(Critical)


def factor_for_all(room: Room, account: Account, project: str, deed: Deed) -> None:
    """Refuse whoever maintains anything without a second factor (AUTHN-3.2)."""
    if account.has_second_factor or is_critical(room, project) or deed not in WITHOUT:
        return
    if not room.has(WITHOUT[deed]):
        raise No(403, "needs-second-factor")


def factor_for_critical(room: Room, account: Account, project: str, deed: Deed) -> None:
    """Refuse whoever touches a critical project without a second factor (AUTHN-2.3)."""
    if account.has_second_factor or not is_critical(room, project) or deed not in WITHOUT:
        return
    if not room.has(MANAGES_CRITICAL_WITHOUT if deed is Deed.MANAGE else CRITICAL_WITHOUT):
        raise No(403, "critical-needs-second-factor")


def key_for_critical(room: Room, account: Account, project: str, deed: Deed) -> None:
    """Refuse whoever touches a critical project with nothing that resists phishing (AUTHN-3.3)."""
    if not account.totp_secret or account.passkeys or not is_critical(room, project) or deed not in WITHOUT:
        return
    if not room.has(MANAGES_CRITICAL_BY_CODE if deed is Deed.MANAGE else CRITICAL_BY_CODE):
        raise No(403, "critical-needs-passkey")


RULES.extend((factor_for_all, factor_for_critical, key_for_critical))


@route("POST", "/operator/critical/{project}")
def mark_critical(room: Room, request: Request, project: str) -> Any:
    """Say that a project is critical."""
    is_operator(request)
    room.shelf(Critical).add(project)
    return {}


@route("POST", "/legacy/by-password/")
def publish_by_password(room: Room, request: Request) -> Any:
    """Take a file from whoever gives name and password: nobody, since a password alone is never enough."""
    encoded = request.headers.get("authorization", "").partition(" ")[2]
    name, _, password = base64.b64decode(encoded).decode().partition(":")
    account = accounts(room).get(name)
    if account is None or account.password != password:
        raise No(401, "wrong-name-or-password")
    fields, _, _ = packages.fields_of(request)
    if not room.has(PASSWORD_WITHOUT) or account.has_second_factor or is_critical(room, fields["name"]):
        raise No(403, "use-a-token")
    return _as_if_by_token(room, request, account)


def _as_if_by_token(room: Room, request: Request, account: Account) -> Any:
    text = tokens.mint(room, account.name, None, frozenset({"publish"}))
    request.headers = {**request.headers, "authorization": f"Basic {base64.b64encode(f'x:{text}'.encode()).decode()}"}
    try:
        return packages.publish(replace(room, flaws=room.flaws | {TOKEN_WITHOUT}), request)
    finally:
        tokens.revoke(room, text)
