"""Core metadata is read as its version says, and keeps the rules of the repository.

Principles: none
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.formats.pypi.metadata import description_of, parse_metadata
from strongroom.kernel.refusals import Refused


def _metadata(*lines: str, version: str = "2.4", body: str = "") -> bytes:
    head = [f"Metadata-Version: {version}", "Name: anvil", "Version: 1.0", *lines]
    return ("\n".join(head) + "\n\n" + body).encode()


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_every_version_of_the_metadata_is_read(version: str) -> None:
    assert parse_metadata(_metadata(version=version)).version == "1.0"


@pytest.mark.parametrize("version", ["0.9", "2.0", "2.6", "3.0", "", "2.4.0"])
def test_another_version_is_refused(version: str) -> None:
    with pytest.raises(Refused, match="metadata-version"):
        parse_metadata(_metadata(version=version))


REFUSED = {
    "summary-too-long": "Summary: " + "a" * 513,
    "e-mail-invalid": "Author-email: nobody",
    "classifier-unknown": "Classifier: Topic :: Anvils",
    "classifier-deprecated": "Classifier: Natural Language :: Ukranian",
    "direct-requirement": "Requires-Dist: coal @ https://example.org/coal.whl",
    "license-twice": "License: MIT\nLicense-Expression: MIT",
    "project-url-label": "Project-URL: " + "a" * 33 + ", https://example.org",
    "url-invalid": "Project-URL: Home, javascript:alert(1)",
    "metadata-invalid": "Requires-Dist: no (valid requirement",
    "metadata-malformed": "Summary: one\nSummary: two",
}


@pytest.mark.parametrize("code", REFUSED)
def test_metadata_that_breaks_a_rule_is_refused_for_it(code: str) -> None:
    with pytest.raises(Refused, match=code):
        parse_metadata(_metadata(REFUSED[code]))


@pytest.mark.parametrize(
    "line",
    [
        "Home-page: ftp://example.org",
        "Download-URL: https://",
        "Home-page: https://exa mple.org",
        "Project-URL: Home, //example.org",
        "Project-URL: Home, https://[::1",
    ],
)
def test_only_links_that_a_browser_can_follow_safely_are_taken(line: str) -> None:
    with pytest.raises(Refused, match="url-invalid"):
        parse_metadata(_metadata(line))


@pytest.mark.parametrize(
    "lines",
    [
        [f"X-{number}: a" for number in range(101)],
        ["Classifier: a"] * 5001,
        ["Content-Type: text/plain"],
        ["Content-Transfer-Encoding: base64"],
        ["Author: " + "a" * 20_000],
        ["Requires-Dist: a; " + "(" * 5000],
        ["License-Expression: " + "(" * 5000],
        ["Description-Content-Type: text/plain; x*"],
        ["Requires-Python: " + "9" * 5000],
    ],
)
def test_metadata_made_to_tire_its_reader_is_refused(lines: list[str]) -> None:
    with pytest.raises(Refused, match="metadata-"):
        parse_metadata(_metadata(*lines))


AMBIGUOUS = {
    "garbage ends the headers for some readers": b"garbage\nRequires-Dist: evil\n",
    "carriage returns hide a header": b"Summary: x\r\r\nRequires-Dist: evil\n",
    "a carriage return alone is a line's end for some": b"Summary: x\rRequires-Dist: evil\n",
    "the last line ends in a carriage return": b"Summary: x\r",
    "a space before the colon": b"Requires-Dist : evil\n",
    "a tab before the colon": b"Requires-Dist\t: evil\n",
    "the line that begins a mailbox": b"From x y\nRequires-Dist: evil\n",
    "the line that begins a mailbox, with a colon": b"From x: y\nRequires-Dist: evil\n",
    "a header without a name": b": empty\nRequires-Dist: evil\n",
    "a NUL in a value": b"Summary: x\0y\n",
    "a name that is not ASCII": "Requires-D\u0456st: evil\n".encode(),
    "a name with an underscore": b"Requires_Dist: evil\n",
    "a separator of information": b"Summary: x\x1cRequires-Dist: evil\n",
}


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("lines", AMBIGUOUS.values(), ids=AMBIGUOUS)
@pytest.mark.parametrize(
    "rest", [b"", b"\nText\n", b"\r\nText\n"], ids=["alone", "with a text", "with its text by CRLF"]
)
def test_metadata_that_readers_would_divide_into_lines_differently_is_refused(lines: bytes, rest: bytes) -> None:
    with pytest.raises(Refused, match=r"metadata-(ambiguous|malformed)"):
        parse_metadata(b"Metadata-Version: 2.4\nName: anvil\nVersion: 1.0\n" + lines + rest)


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("before", [b" ", b"\n", b"\xef\xbb\xbf", b"\r"])
def test_metadata_begins_with_a_header(before: bytes) -> None:
    with pytest.raises(Refused, match="metadata-ambiguous"):
        parse_metadata(before + _metadata())


def test_lines_may_end_as_on_windows_and_a_text_may_hold_anything_but_nul() -> None:
    crlf = _metadata("License: Falls\n\ton coyotes\n   \n  and others").replace(b"\n", b"\r\n")
    assert parse_metadata(crlf).fields["license"].split() == ["Falls", "on", "coyotes", "and", "others"]
    assert parse_metadata(_metadata(body="garbage\nFrom x\n: x\x0c\n")).description == "garbage\nFrom x\n: x\x0c\n"
    assert parse_metadata(b"Metadata-Version: 2.4\nName: anvil\nVersion: 1.0").version == "1.0"


def test_values_that_say_nothing_are_left_out() -> None:
    fields = parse_metadata(_metadata("Summary: UNKNOWN", "Home-page:", "Classifier: Private :: Ours")).fields
    assert "summary" not in fields
    assert "home_page" not in fields
    assert fields["classifiers"] == ["Private :: Ours"]


def test_a_licence_file_means_nothing_before_it_was_specified() -> None:
    assert "license_files" not in parse_metadata(_metadata("License-File: LICENSE", version="2.1")).fields


def test_the_description_is_read_from_the_body_or_from_a_folded_header() -> None:
    assert description_of(_metadata("Description-Content-Type: text/plain", body="Hi\n")) == ("Hi\n", "text/plain")
    folded = _metadata("Description: Title\n        =====\n        \n        Text", version="1.1")
    assert description_of(folded) == ("Title\n=====\n\nText", "")
    piped = _metadata("Description: Title\n       |=====", version="1.2")
    assert description_of(piped) == ("Title\n=====", "")


@given(st.binary(max_size=400))
def test_no_bytes_do_anything_but_parse_or_be_refused(raw: bytes) -> None:
    for content in (raw, _metadata() + raw, _metadata()[:-1] + raw):
        try:
            parse_metadata(content)
        except Refused:
            continue
