"""Pages of strangers are taken apart in one pass: as a reader sees them, and as quickly however they are made.

Principles: none
"""

import time

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.assess.documents import words_of
from strongroom.assess.drivers.listings import simple_files
from strongroom.assess.health import Health
from strongroom.assess.markup import Tag, pieces
from strongroom.assess.wire import Redactor, Transcript, Wire

HOSTILE = [
    "<", "<!", "<!--", "<?", "</", "<a ", "<a b=", '<a b="', "<script>", "<div hidden>", "<![CDATA[", "&", "&#", "<a\n",
    "<div hidden></x>", "<b><", "-->", "<style></styl", "<a " + "b " * 50, "<p>" + "x" * 40,
]  # fmt: skip
LENGTH = 500_000


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_no_page_takes_long(unit: str) -> None:
    page = (unit * LENGTH)[:LENGTH]
    began = time.process_time()
    words_of(page)
    simple_files(f"<html>{page}", None)
    assert time.process_time() - began < 5


def test_hidden_things_that_are_never_closed_take_no_longer() -> None:
    began = time.process_time()
    words_of("<p hidden>" * 20_000 + "</x>" * 60_000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("a < b", ["a ", "<", " b"]),
        ("<!DOCTYPE html>x", ["x"]),
        ("<!-- <p> -->x", ["x"]),
        ("x<!-- never closed", ["x"]),
        ("x<a href='never closed", ["x"]),
        ("<script>if (a < b) { '<p>' }</script>x", [Tag("script", False, {}), Tag("script", True, {}), "x"]),
        ("<A HREF='x>y' Data-Yanked>", [Tag("a", False, {"href": "x>y", "data-yanked": ""})]),
        ('<a href=x&amp;y title="\'">', [Tag("a", False, {"href": "x&y", "title": "'"})]),
        ("<a href=1 href=2/>", [Tag("a", False, {"href": "1"})]),
        ("</p >&lt;", [Tag("p", True, {}), "<"]),
        ("<br/>", [Tag("br", False, {})]),
    ],
)
def test_a_page_is_taken_apart(html: str, found: list[Tag | str]) -> None:
    assert [piece for piece in pieces(html) if piece != ""] == found


@given(st.text(alphabet="<>/!-a \"'=&;", max_size=60))
def test_nothing_breaks_it(html: str) -> None:
    assert all(isinstance(piece, str | Tag) for piece in pieces(html))


def test_a_simple_index_is_read_by_its_anchors() -> None:
    page = """<!DOCTYPE html><html><body><a href="../../f/ada-1.0.tar.gz#sha256=ab" data-yanked>ada-1.0.tar.gz</a>
        <!-- <a href="no.whl">no</a> --><a name="x">x</a><a href="ada%2B-2.whl">ada+-2.whl</a></body></html>"""
    found = simple_files(page, None)
    assert found is not None
    assert [(each["filename"], each["sha256"], each["yanked"]) for each in found] == [
        ("ada-1.0.tar.gz", "ab", True),
        ("ada+-2.whl", "", False),
    ]


@pytest.mark.parametrize(
    ("base", "url", "allowed"),
    [
        ("http://127.0.0.1:8/", "http://127.0.0.1:9/", True),
        ("https://8.8.8.8/", "https://1.1.1.1/", True),
        ("https://8.8.8.8/", "http://127.0.0.1/", False),
        ("https://8.8.8.8/", "https://10.0.0.7/", False),
        ("https://8.8.8.8/", "http://169.254.169.254/latest/", False),
        ("https://8.8.8.8/", "ftp://1.1.1.1/", False),
    ],
)
def test_a_public_repository_leads_nobody_into_their_own_network(base: str, url: str, allowed: bool) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(302, headers={"location": url}) if str(request.url).startswith(base) else OK

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        wire = Wire(client, base, Transcript(Redactor()), Health())
        for path in ("away", url):
            if allowed:
                assert wire.send("GET", path, elsewhere=True).status == 200
            else:
                with pytest.raises(ValueError):
                    wire.send("GET", path, elsewhere=True)
    assert (url in asked) is allowed


OK = httpx2.Response(200)
