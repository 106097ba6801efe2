"""What a person of the room can change: password, address; and how they get back in by mail.

Principles: none
"""

import secrets
from typing import Any

from tests.assess.weakroom.accounts import accounts, by_email, person_of
from tests.assess.weakroom.breaches import CHANGES_TO_LEAKED, RECOVERS_TO_LEAKED, require_good_password
from tests.assess.weakroom.domains import may_recover
from tests.assess.weakroom.entry import mail_link
from tests.assess.weakroom.notices import tell
from tests.assess.weakroom.room import No, Request, Room, route


class WaysBack(dict[str, str]):
    """Whose account a mailed link gives back, by the link's secret."""


@route("POST", "/password")
def change_password(room: Room, request: Request) -> Any:
    """Change a password, given the old one."""
    account, given = person_of(room, request), request.json()
    if given["password"] != account.password:
        raise No(403, "wrong-password")
    require_good_password(room, given["new_password"], CHANGES_TO_LEAKED)
    account.password = given["new_password"]
    tell(room, account, "password")
    return {}


@route("POST", "/email")
def change_email(room: Room, request: Request) -> Any:
    """Change an address: it must be verified anew, and the old one is told."""
    account, given = person_of(room, request), request.json()
    if given["password"] != account.password:
        raise No(403, "wrong-password")
    before, account.email, account.verified = account.email, given["email"], False
    mail_link(room, account)
    tell(room, account, "email", to=before)
    return {}


@route("POST", "/recover")
def recover(room: Room, request: Request) -> Any:
    """Mail a way back in; the answer is the same for everybody."""
    account = by_email(room, request.json()["email"])
    if account is not None and may_recover(room, account):
        secret = secrets.token_hex(16)
        room.shelf(WaysBack)[secret] = account.name
        room.send(account.email, "A new password", f"Set a new password here: {room.base}recover/{secret}")
    return {}


@route("POST", "/recover/{secret}")
def finish_recovery(room: Room, request: Request, secret: str) -> Any:
    """Set a new password by a mailed link, once; a second factor is still asked for at the next login."""
    account = accounts(room).get(room.shelf(WaysBack).get(secret, ""))
    if account is None:
        raise No(404, "no-such-link")
    require_good_password(room, request.json()["new_password"], RECOVERS_TO_LEAKED)
    del room.shelf(WaysBack)[secret]
    account.password = request.json()["new_password"]
    tell(room, account, "recovered")
    return {}
