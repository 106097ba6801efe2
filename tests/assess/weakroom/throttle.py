"""How often people may guess in the room: per account and per source, five minutes long.

Principles: none
"""

import httpx2
from tests.assess.weakroom.room import BASE, TOOLS, No, Room, flaw

PASSWORDS_UNLIMITED = flaw("AUTHN-1.5a passwords-are-not-limited")
NO_ACCOUNT_LIMIT = flaw("AUTHN-1.5a limits-the-source-only")
NO_SOURCE_LIMIT = flaw("AUTHN-1.5a limits-the-account-only")
RIGHT_PASSWORD_ENDS_IT = flaw("AUTHN-1.5a right-password-ends-the-limit")
CODES_UNLIMITED = flaw("AUTHN-1.5b codes-are-not-limited")
LIMIT_PER_CHALLENGE = flaw("AUTHN-1.5b limit-is-forgotten-with-each-challenge")
RIGHT_CODE_ENDS_IT = flaw("AUTHN-1.5b right-code-ends-the-limit")
RECOVERY_CODES_UNLIMITED = flaw("AUTHN-1.5b recovery-codes-are-not-limited")

WINDOW_SECONDS = 300.0
PER_ACCOUNT, PER_SOURCE, CODES = 10, 30, 5


class Failures(dict[tuple[str, str], list[float]]):
    """When each account, source or factor was guessed wrongly, in seconds."""


def _spent(room: Room, what: str, who: str, limit: int) -> float:
    """Return in how many seconds there may be another guess, 0 when there may be one now."""
    since = room.clock.seconds() - WINDOW_SECONDS
    recent = [at for at in room.shelf(Failures).get((what, who), []) if at > since]
    return recent[-limit] - since if len(recent) >= limit else 0.0


def require_patience(room: Room, *limits: tuple[str, str, int]) -> None:
    """Refuse a guess for which one of these has been guessed too often: what, who, how many."""
    wait = max((_spent(room, what, who, limit) for what, who, limit in limits), default=0.0)
    if wait:
        raise No(429, "too-many-guesses", retry_after=int(wait) + 1)


def failed(room: Room, what: str, who: str) -> None:
    """Count a wrong guess."""
    room.shelf(Failures).setdefault((what, who), []).append(room.clock.seconds())


def password_limits(room: Room, name: str, source: str, *, is_right: bool) -> list[tuple[str, str, int]]:
    """Return what limits a guess at a person's password from a source."""
    if room.has(PASSWORDS_UNLIMITED) or (is_right and room.has(RIGHT_PASSWORD_ENDS_IT)):
        return []
    account = [] if room.has(NO_ACCOUNT_LIMIT) else [("password of", name, PER_ACCOUNT)]
    return account + ([] if room.has(NO_SOURCE_LIMIT) else [("password from", source, PER_SOURCE)])


def code_limits(room: Room, name: str, challenge: str, *, is_right: bool) -> list[tuple[str, str, int]]:
    """Return what limits a guess at a person's one-time code."""
    if room.has(CODES_UNLIMITED) or (is_right and room.has(RIGHT_CODE_ENDS_IT)):
        return []
    return [("code of", challenge if room.has(LIMIT_PER_CHALLENGE) else name, CODES)]


def recovery_limits(room: Room, name: str) -> list[tuple[str, str, int]]:
    """Return what limits a guess at a person's recovery code."""
    return [] if room.has(RECOVERY_CODES_UNLIMITED) else [("recovery code of", name, CODES)]


def _from_elsewhere(room: Room) -> list[httpx2.Client]:
    """Return clients that come from other addresses than everybody else."""
    sources = [f"198.51.100.{number}" for number in range(1, 13)]
    return [httpx2.Client(transport=room.transport(), base_url=BASE, headers={"X-Source": each}) for each in sources]


TOOLS["other_sources"] = _from_elsewhere
