"""Passwords that the whole world knows.

Principles: none
"""

from typing import Any

from tests.assess.weakroom.accounts import is_operator
from tests.assess.weakroom.room import Flaw, No, Request, Room, flaw, route

REGISTERS_LEAKED = flaw("AUTHN-2.4a registers-with-a-leaked-password")
CHANGES_TO_LEAKED = flaw("AUTHN-2.4a changes-to-a-leaked-password")
RECOVERS_TO_LEAKED = flaw("AUTHN-2.4a recovers-to-a-leaked-password")
LOGIN_IGNORES_LEAK = flaw("AUTHN-2.4b leak-is-not-noticed-at-login")

KNOWN = frozenset({"Password123!", "correcthorsebatterystaple", "iloveyou123456", "1qaz2wsx3edc4rfv"})
SHORTEST = 10


class Leaked(set[str]):
    """What has leaked since."""


def is_leaked(room: Room, password: str) -> bool:
    """Report whether a password is known to have leaked."""
    return password in KNOWN or password in room.shelf(Leaked)


def require_good_password(room: Room, password: str, unless: Flaw) -> None:
    """Refuse a password that is short or has leaked, unless the room has this flaw."""
    if len(password) < SHORTEST:
        raise No(422, "password-too-short")
    if is_leaked(room, password) and not room.has(unless):
        raise No(422, "leaked-password")


@route("POST", "/operator/leaks/passwords")
def leak_password(room: Room, request: Request) -> Any:
    """Put a password on the breach list."""
    is_operator(request)
    room.shelf(Leaked).add(request.json()["password"])
    return {}
