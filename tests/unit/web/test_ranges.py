"""One range of a file (RFC 9110, 14.2), to the byte.

Principles: CLI-1.1
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.web.files import parse_range


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-9", (0, 9)),
        ("bytes=0-", (0, 9)),
        ("bytes=3-5", (3, 5)),
        ("bytes=9-", (9, 9)),
        ("bytes=5-100", (5, 9)),
        ("bytes=-1", (9, 9)),
        ("bytes=-10", (0, 9)),
        ("bytes=-11", (0, 9)),
        (" bytes=0-1 ", (0, 1)),
    ],
)
def test_a_range_is_what_it_says(value: str, part: tuple[int, int]) -> None:
    assert parse_range(value, 10) == part


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-3",
        "bytes=0-1,3-4",
        "items=0-1",
        "bytes=0x1-2",
        "bytes=+1-2",
        "0-1",
    ],
)
def test_what_is_no_single_range_means_the_whole(value: str) -> None:
    assert parse_range(value, 10) is None


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-20", "bytes=999999999999999999-", "bytes=-0", "bytes=-000"])
def test_a_range_past_the_end_is_told_so(value: str) -> None:
    with pytest.raises(ValueError, match="past the end"):
        parse_range(value, 10)


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=0-0", "bytes=-5"])
def test_an_empty_file_has_no_range(value: str) -> None:
    with pytest.raises(ValueError, match="past the end"):
        parse_range(value, 0)


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,19}-\d{0,19}", fullmatch=True), st.integers(0, 2**40))
def test_whatever_is_asked_the_part_lies_in_the_file(value: str, size_bytes: int) -> None:
    try:
        part = parse_range(value, size_bytes)
    except ValueError:
        return
    if part is not None:
        assert 0 <= part[0] <= part[1] < size_bytes
