"""Sizes, times and counts as people read them.

Principles: none
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

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


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "size": size,
    "exact": exact,
    "day": day,
    "minute": minute,
    "moment": moment,
    "count": count,
}
