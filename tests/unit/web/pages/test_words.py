"""Sizes, times and counts as people read them.

Principles: none
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from strongroom.web.pages.words import count, day, exact, minute, moment, size


@pytest.mark.parametrize(
    ("count_bytes", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (34_918, "34.1 KiB"),
        (1_258_291, "1.20 MiB"),
        (104_857_600, "100 MiB"),
        (10 * 1024**3, "10.0 GiB"),
        (5 * 1024**5, "5120 TiB"),
    ],
)
def test_a_size_has_about_three_digits(count_bytes: int, shown: str) -> None:
    assert size(count_bytes) == shown


def test_times_are_told_in_utc_wherever_they_come_from() -> None:
    when = datetime(2026, 11, 4, 1, 30, 59, 999, tzinfo=timezone(timedelta(hours=5)))
    assert day(when) == "2026-11-03"
    assert minute(when) == "2026-11-03 20:30 UTC"
    assert moment(when) == "2026-11-03T20:30:59Z"
    assert moment(when.astimezone(UTC)) == moment(when)


def test_counts_agree_with_their_nouns() -> None:
    assert [count(n, "file") for n in (0, 1, 2, 1204)] == ["0 files", "1 file", "2 files", "1,204 files"]
    assert exact(1_234_567) == "1,234,567"
