"""The shortcut of a connection says what the long road says, whatever is asked.

Principles: GEN-2.1
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.asking import Answer, Place, placed
from tests.worlds import ANVIL, FORMAT, wheel

from strongroom.packages.removal import remove_project
from strongroom.packages.yanking import yank_release

JSON = "application/vnd.pypi.simple.v1+json"
MADE = wheel()
DIGEST = MADE.offered().digests.sha256.hex
FILE = f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{MADE.filename}"
PATHS = ["/simple/anvil/", "/simple/", FILE, f"{FILE}.metadata", "/simple/tin/", "/simple/Anvil/", "/simple/anvil", "/"]
ACCEPTS = [JSON, f"{JSON}, text/html;q=0.1", "text/html", "*/*", "", "application/vnd.pypi.simple.v1+html"]
TAGS = st.sampled_from(["HELD", "W/HELD", '"x"', '"x", HELD', "HELD-gz", "*", "", "garbage"])
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.sampled_from(ACCEPTS) | st.text("ajlmt/*;q=0.1, +", max_size=30)),
        st.tuples(st.just("accept-encoding"), st.sampled_from(["gzip", "zstd", "gzip, zstd;q=0.5", "*;q=0", "br", ""])),
        st.tuples(st.just("if-none-match"), TAGS),
        st.tuples(st.just("if-modified-since"), st.just("Sat, 21 Nov 2026 09:30:00 GMT")),
        st.tuples(st.just("range"), st.sampled_from(["bytes=0-3", "bytes=999999-", "bytes=x"])),
        st.tuples(st.just("if-range"), st.sampled_from(["HELD", '"x"'])),
        st.tuples(st.just("user-agent"), st.just("pip/26")),
        st.tuples(st.just("connection"), st.just("keep-alive")),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = placed(tmp_path_factory.mktemp("roads") / "data")
    assert made.upload(MADE, made.token()).status == 200
    yield made
    made.repository.close()


def same(short: Answer, long: Answer, method: str) -> None:
    """Compare what reaches the client: a server sends no body to HEAD."""
    assert short.status == long.status
    assert dict(short.headers) == dict(long.headers)
    assert short.body == (b"" if method == "HEAD" else long.body)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), st.sampled_from(["GET", "HEAD"]), HEADERS)
def test_both_roads_answer_alike_whatever_the_headers(
    place: Place, path: str, method: str, headers: list[tuple[str, str]]
) -> None:
    fits = [(n.encode(), v.encode()) for n, v in headers if n in ("accept", "accept-encoding")]
    tag = place.send(path, "GET", fits).headers.get("etag", '"none"')
    asked = [(name.encode(), value.replace("HELD", tag).encode()) for name, value in headers]
    long = place.send(path, method, asked)
    short = place.short(path, method, asked)
    if short is not None:
        same(short, long, method)


@pytest.mark.parametrize("path", ["/simple/anvil/", "/simple/", FILE, f"{FILE}.metadata"])
def test_the_shortcut_knows_what_is_asked_most(place: Place, path: str) -> None:
    place.ask(path)
    for method in ("GET", "HEAD"):
        short = place.short(path, method)
        assert short is not None
        same(short, place.send(path, method), method)


def test_what_the_client_holds_is_answered_304_by_both(place: Place) -> None:
    for accept in (b"text/html", JSON.encode()):
        asked = [(b"accept", accept), (b"accept-encoding", b"gzip")]
        tag = place.send("/simple/anvil/", "GET", asked).headers["etag"]
        held = [*asked, (b"if-none-match", tag.encode())]
        short, long = place.short("/simple/anvil/", "GET", held), place.send("/simple/anvil/", "GET", held)
        assert short is not None
        assert short.status == 304
        same(short, long, "GET")
        assert "content-type" not in long.headers
        assert long.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"second")],
        [(b"content-length", b"0")],
        [(b"transfer-encoding", b"chunked")],
        [(b"expect", b"100-continue")],
        [(b"accept", b"x" * 1001)],
    ],
    ids=["two hosts", "length", "chunked", "expect", "long accept"],
)
def test_what_is_not_plain_takes_the_long_road(place: Place, headers: list[tuple[bytes, bytes]]) -> None:
    place.ask("/simple/anvil/")
    assert place.short("/simple/anvil/", "GET", headers) is None


@pytest.mark.principle("GEN-2.1")
def test_no_road_is_a_change_behind(tmp_path: Path) -> None:
    place = placed(tmp_path / "data")
    token = place.token()
    cellar = place.repository.cellar()
    asked = [(b"accept", JSON.encode())]

    def versions() -> list[str]:
        long = place.send("/simple/anvil/", "GET", asked)
        short = place.short("/simple/anvil/", "GET", asked)
        assert short is None or short.body == long.body
        found: list[str] = long.json["versions"] if long.status == 200 else []
        return found

    for number in range(3):
        place.upload(wheel(version=f"1.{number}"), token)
        assert versions() == [f"1.{each}" for each in range(number + 1)]
    yank_release(cellar, FORMAT, "ada", ANVIL, "1.0", "cracked")
    assert place.short("/simple/anvil/", "GET", asked) is None
    assert len(versions()) == 3  # whoever asks has it made
    short = place.short("/simple/anvil/", "GET", asked)
    assert short is not None
    assert [file["yanked"] for file in short.json["files"]] == ["cracked", False, False]
    remove_project(cellar, FORMAT, "ada", ANVIL)
    assert versions() == []
    assert place.short("/simple/anvil/", "GET", asked) is None
    place.repository.close()
