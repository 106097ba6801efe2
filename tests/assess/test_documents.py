"""Reading pages: only what a reader sees counts, and only from where it is safe to read.

Principles: AUTHN-1.2, GEN-1.1, GEN-2.1
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.test_disclosure import Altered
from tests.assess.weakroom.documents import page
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import setting

from strongroom.assess.documents import LONGEST_QUOTE, Document, Library, is_public, reread, words_of
from strongroom.assess.evidence import Evidence, Polarity
from strongroom.assess.run import stage_of
from strongroom.assess.security_txt import parse_security_txt
from strongroom.assess.wire import Budget
from strongroom.commands.assess import parse_account, parse_documents
from strongroom.principles.catalogue import Grade

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>two</b> three</p>", "One two three"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>two<script>safe harbor</script>", "One\ntwo"),
        ("One <style>p { }</style> two", "One\ntwo"),
        ("<!-- safe harbor -->One", "One"),
        ("<div hidden>safe harbor<p>more</p></div>One", "One"),
        ('<div style="display: none">safe harbor</div>One', "One"),
        ("<template><p>safe</p></template>One", "One"),
        ("One &amp; two&nbsp;three", "One & two three"),
        ("One\n  two", "One two"),
        ("<script>never closed, safe harbor", ""),
        ("<img alt='safe harbor'>One", "One"),
    ],
)
def test_only_what_a_reader_sees_is_read(html: str, text: str) -> None:
    assert words_of(html) == text


@given(st.text(max_size=400))
def test_no_page_breaks_the_reader(html: str) -> None:
    words_of(html)


def test_a_quote_is_the_sentence_and_never_long() -> None:
    text = "First. We remove nothing ever. Last.\n" + "x" * 1000 + " needle " + "y" * 1000
    document = Document("https://a.example/", text, 1)
    assert document.quote(re.compile("remove")) == "We remove nothing ever."
    long = document.quote(re.compile("needle"))
    assert "needle" in long
    assert len(long) <= LONGEST_QUOTE
    assert document.quote(re.compile("absent")) == ""


def test_the_digest_is_of_the_words_and_not_of_their_layout() -> None:
    one, other = Document("https://a/", "One  two\n", 1), Document("https://a/", "One two", 2)
    assert one.sha256 == other.sha256 != Document("https://a/", "One three", 3).sha256


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https:///x",
    ],
)
def test_what_may_be_the_reader_s_own_network_is_not_public(url: str) -> None:
    assert not is_public(url)


def documented(url: str, sha256: str = "", grade: Grade = Grade.DOCUMENTED) -> Evidence:
    later = NOW + timedelta(days=180)
    return Evidence("GEN-2.1c", Polarity.SUPPORTS, grade, url, "It says so.", NOW, later, sha256=sha256)


def test_evidence_goes_with_its_page_and_says_when_the_page_changed() -> None:
    room = Altered({"/kept": page("<p>One two</p>"), "/changed": page("<p>Other</p>")})
    stage = stage_of(setting(room), "reread", Budget(20, 20))
    same = Document("x", "Weakroom One two", 1).sha256
    base = "http://weakroom.test"
    kept, gone = documented(f"{base}/kept", same), documented(f"{base}/gone", same)
    changed, said = documented(f"{base}/changed", same), documented("Ada Lovelace", grade=Grade.ATTESTED)
    again = reread(stage, [kept, gone, changed, said])
    assert again[0] == kept
    assert again[1] == replace(changed, says="It says so. (the page has changed since: read it again)")
    assert again[2:] == (said,)


def test_a_page_that_is_no_text_is_no_document() -> None:
    stage = stage_of(setting(Room()), "reread", Budget(20, 20))
    assert Library().document(stage, "/.well-known/package-repository-security.json") is None


FULL = """\
# Our contacts
Contact: mailto:security@a.example
contact:  https://a.example/report
Expires: 2027-01-01T00:00:00.000Z
Policy: https://a.example/policy
Hiring: https://a.example/jobs
Unknown-Field: whatever
"""


@pytest.mark.parametrize("text", [FULL, FULL.replace("\n", "\r\n"), "\ufeff" + FULL])
def test_a_security_txt_is_read_as_the_rfc_has_it(text: str) -> None:
    found = parse_security_txt(text)
    assert found.contacts == ("mailto:security@a.example", "https://a.example/report")
    assert found.policies == ("https://a.example/policy",)
    assert found.is_fresh(NOW)
    assert not found.is_fresh(NOW + timedelta(days=100))


def test_a_signed_security_txt_is_read_too() -> None:
    signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{FULL}-----BEGIN PGP SIGNATURE-----\nx\n"
    assert parse_security_txt(signed) == parse_security_txt(FULL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Contact: mailto:a@b.example",
        FULL.replace("mailto:security@a.example", "security@a.example"),
        FULL.replace("https://a.example/report", "http://a.example/report"),
        FULL + "Expires: 2028-01-01T00:00:00Z\n",
        FULL.replace("2027-01-01T00:00:00.000Z", "2027-01-01"),
        FULL.replace("2027-01-01T00:00:00.000Z", "soon"),
        FULL.replace("2027-01-01T00:00:00.000Z", "2027-01-01T00:00:00"),
        FULL + "no field\n",
        FULL + "# x\n" * 20_000,
    ],
)
def test_what_the_rfc_does_not_allow_is_no_security_txt(text: str) -> None:
    with pytest.raises(ValueError):
        parse_security_txt(text)


@given(st.text(max_size=300))
def test_a_security_txt_is_read_or_refused(text: str) -> None:
    try:
        parse_security_txt(text)
    except ValueError:
        return


def test_a_page_and_a_person_can_be_named_on_the_command_line() -> None:
    named = parse_documents(
        ["GEN-2.1c=/policies/removal/", "GEN-2.1c=https://a.example/", "GEN-1.1b=http://a.example/"]
    )
    assert named == {
        "GEN-2.1c": ("/policies/removal/", "https://a.example/"),
        "GEN-1.1b": ("http://a.example/",),
    }
    assert parse_account("ada:a:b") == ("ada", "a:b")


@pytest.mark.parametrize("text", ["GEN-9.9z=/a", "GEN-2.1c", "GEN-2.1c=ftp://a/", "=", "GEN-2.1c=javascript:x"])
def test_what_names_no_page_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_documents([text])


@pytest.mark.parametrize("text", ["ada", ":secret", "ada:", ""])
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_account(text)
