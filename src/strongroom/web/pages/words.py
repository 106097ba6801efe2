"""Sizes, times, counts and browsers as people read them, and what else the templates filter by.

Principles: none
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from strongroom.authn.accounts import Account
from strongroom.authn.assurance import strength_held
from strongroom.authn.letters.facts import actor_in_words
from strongroom.authz.tokens import facts_of
from strongroom.principles.catalogue import principle
from strongroom.web.pages.fields import concerned
from strongroom.web.pages.happenings import happened, seen

_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")


def size(count_bytes: int) -> str:
    """Return a size with three digits or so: `912 B`, `34.1 KiB`, `1.20 MiB`."""
    if count_bytes < 1024:
        return f"{count_bytes} B"
    power = min((count_bytes.bit_length() - 1) // 10, len(_UNITS))
    amount = count_bytes / 1024**power
    return f"{amount:.{2 if amount < 10 else 1 if amount < 100 else 0}f} {_UNITS[power - 1]}"


def exact(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}"


def day(when: datetime) -> str:
    """Return the day in UTC: `2026-11-03`."""
    return f"{when.astimezone(UTC):%Y-%m-%d}"


def minute(when: datetime) -> str:
    """Return day and minute in UTC: `2026-11-03 14:22 UTC`."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def moment(when: datetime) -> str:
    """Return the time for machines (RFC 3339)."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: `1 file`, `1,204 files`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def left(until: timedelta) -> str:
    """Return how long something lasts: `3 days`, `5 hours`, `12 minutes`; never less than a minute."""
    minutes = max(int(until.total_seconds() // 60), 1)
    if minutes >= 48 * 60:
        return count(minutes // (24 * 60), "day")
    return count(minutes // 60, "hour") if minutes >= 120 else count(minutes, "minute")


# The order counts: most browsers claim to be others too, which stand further down.
_BROWSERS: Final = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser(agent: str) -> str:
    """Return what a client says it is, in few words: `Firefox on Linux`; what is no browser, as it says it."""
    name = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not name:
        return agent[:60] or "a client that does not say what it is"
    return f"{name} on {system}" if system else name


def protection(account: Account, now: datetime) -> str:
    """Return what stands before an account, at its strongest: `a passkey or security key`, `nothing`."""
    return strength_held(account, now).words


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "size": size,
    "exact": exact,
    "day": day,
    "minute": minute,
    "moment": moment,
    "count": count,
    "left": left,
    "browser": browser,
    "protection": protection,
    "principle": principle,
    "concerned": concerned,
    "happened": happened,
    "seen": seen,
    "token_facts": facts_of,
    "actor": actor_in_words,
}
