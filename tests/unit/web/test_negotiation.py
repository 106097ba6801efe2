"""What a client gets is what it would like best (RFC 9110, 12; PEP 691), and nobody is sent away.

Principles: none
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.web.http import coding, header, is_unchanged, quality
from strongroom.web.rendered import HTML, HTML_INDEX, JSON_INDEX, index_kind, index_view
from strongroom.web.shortcut import view_of

V1_JSON, LATEST_JSON = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json"
V1_HTML, LATEST_HTML = "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html"

PIP = f"{V1_JSON}, {V1_HTML}; q=0.1, text/html; q=0.01"
UV = f"{V1_JSON}, {V1_HTML};q=0.2, text/html;q=0.01"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

WANTED: dict[str, bytes] = {
    "": HTML,
    "*/*": HTML,
    "text/html": HTML,
    "TEXT/HTML": HTML,
    "text/*": HTML,
    PIP: JSON_INDEX,
    UV: JSON_INDEX,
    CHROME: HTML,
    V1_JSON: JSON_INDEX,
    V1_JSON.upper(): JSON_INDEX,
    LATEST_JSON: JSON_INDEX,
    V1_HTML: HTML_INDEX,
    LATEST_HTML: HTML_INDEX,
    "application/*": JSON_INDEX,
    # PEP 691: "… preferring … by quality value"
    f"{V1_JSON};q=0.1, text/html": HTML,
    f"{V1_JSON};q=0.1, {V1_HTML}": HTML_INDEX,
    f"{V1_JSON};q=0, */*": HTML,
    f"{V1_JSON};q=0": HTML,
    f"{V1_JSON} ; q=0.5, {V1_HTML} ; q=0.4": JSON_INDEX,
    f"{V1_JSON};profile=x;q=0.5, text/html;q=0.6": HTML,
    f"{V1_JSON},text/html;q=0.5": JSON_INDEX,
    # "If a … server … does not support … any of the content types … it … may return … its default": nobody gets a 406.
    "image/png": HTML,
    "application/json": HTML,
    "application/vnd.pypi.simple.v2+json": HTML,
    f"application/vnd.pypi.simple.v2+json, {V1_JSON};q=0.1": JSON_INDEX,
    f"{V1_JSON}x": HTML,
    "text/html;q=nonsense": HTML,
    ",,,": HTML,
    ";q=1": HTML,
    "\xff\xfe": HTML,
}


@pytest.mark.parametrize("accept", WANTED)
def test_an_index_page_is_sent_as_what_the_client_likes_best(accept: str) -> None:
    raw = accept.encode("latin-1")
    assert index_kind(raw) == WANTED[accept]
    view = index_view("simple/anvil", [(b"accept", raw)])
    assert view == view_of(b"/simple/anvil/", raw)
    assert view.path == ("simple/anvil/index.json" if view.kind == JSON_INDEX else "simple/anvil/index.html")


@pytest.mark.parametrize(
    ("accepted", "suffix"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gz"),
        ("gzip, deflate", "gz"),
        ("gzip, deflate, br, zstd", "zst"),
        ("zstd", "zst"),
        ("ZSTD", "zst"),
        ("zstd;q=0.5, gzip", "gz"),
        ("zstd;q=0, gzip;q=0", ""),
        ("gzip;q=0", ""),
        ("br", ""),
        ("*", "zst"),
        ("*;q=0", ""),
        ("gzip;q=0, *", "zst"),
        ("zstd;q=0, *;q=0.1", "gz"),
        ("gzip;q=2", "gz"),
        ("gzip;q=-1", ""),
        ("gzip;q=x", ""),
        ("gzip;q=nan", ""),
    ],
)
def test_a_page_is_compressed_as_the_client_can_read_it(accepted: str, suffix: str) -> None:
    assert coding(accepted.encode()) == suffix


@given(st.binary(max_size=200))
def test_any_header_has_an_answer(raw: bytes) -> None:
    assert index_kind(raw) in (HTML, HTML_INDEX, JSON_INDEX)
    assert coding(raw) in ("", "gz", "zst")
    assert all(0 <= each <= 1 for each in quality(raw, "text/html", "gzip"))
    assert is_unchanged(raw, b'"a"') in (True, False)


@pytest.mark.parametrize(
    ("held", "unchanged"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", "a"', True),
        (b'"b","a"', True),
        (b'"b" , W/"a"', True),
        (b"*", True),
        (b'"b"', False),
        (b"a", False),
        (b'"a-gz"', False),
        (b"", False),
        (b'w/"a"', False),
    ],
)
def test_what_the_client_holds_is_compared_weakly(held: bytes, unchanged: bool) -> None:
    assert is_unchanged(held, b'"a"') is unchanged


def test_several_headers_of_one_name_are_one_list() -> None:
    headers = [(b"accept", b"a"), (b"host", b"x"), (b"accept", b"b")]
    assert header(headers, b"accept") == b"a, b"
    assert header(headers, b"host") == b"x"
    assert header(headers, b"range") == b""


@pytest.mark.parametrize(
    "address",
    [
        "/simple/Anvil/",
        "/simple/anvil",
        "/simple/an--vil/",
        "/simple/-anvil/",
        "/simple/anvil_x/",
        "/simple/anvil.x/",
        "/simple/anvil/?x",
        "/simple/anvil/index.html",
        "/simple//",
        "/simple",
        "//simple/anvil/",
        "/simple/%61nvil/",
        "/simple/../simple/anvil/",
        "/project/anvil/",
        "/simple/anvil/\n",
    ],
)
def test_only_a_canonical_address_takes_the_shortcut(address: str) -> None:
    assert view_of(address.encode(), b"") is None
