"""Finding tokens in text, and reading reports of them.

Principles: AUTHZ-3.2
"""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worlds import chance

from strongroom.authz.leaks import (
    LONGEST_PLACE,
    LONGEST_TOKEN,
    MOST_TOKENS,
    TokenSearch,
    masked,
    parse_key_id,
    parse_report,
    parse_surrender,
    pattern_of,
    shown_place,
    tokens_in,
)
from strongroom.authz.tokens import Kind, mint, parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

DRAW = chance()


def token(infix: str = "", kind: Kind = Kind.USER) -> str:
    return mint(DRAW(32), kind=kind, infix=infix).reveal()


def test_a_report_names_tokens_of_ours_and_is_silent_on_all_else() -> None:
    mine = token()
    records: list[object] = [
        {"token": mine, "type": "t", "url": "https://code.example/a.py", "source": "content"},
        {"token": mine[:-1] + ("0" if mine[-1] != "0" else "1"), "type": "t", "url": "https://code.example/b.py"},
        {"token": "npm_0123456789", "type": "npm"},
        {"token": 7},
        {"type": "t"},
        "srm",
        None,
    ]
    found = parse_report(json.dumps(records).encode())
    assert [each.secret.reveal() for each in found] == [mine]
    assert found[0].place.words == "found at https://code.example/a.py (content)"


@pytest.mark.parametrize("body", [b"", b"{}", b'"srm"', b"[", b"\xff[]", b"[" * 100_000, b"1" * 6000, b"null"])
def test_what_is_no_list_is_no_report(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_report(body)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_list_of_anything_is_a_report_and_names_nothing(said: object) -> None:
    body = json.dumps([said]).encode()
    assert list(parse_report(body)) == []


def test_a_report_of_more_than_a_thousand_of_our_tokens_is_refused_and_of_others_is_not() -> None:
    ours = [{"token": token()} for _ in range(MOST_TOKENS + 1)]
    others = [{"token": "ghp_000000000000000000000000000000000000"}] * 3000
    assert len(parse_report(json.dumps([*ours[:-1], *others]).encode())) == MOST_TOKENS
    with pytest.raises(Refused, match="report-too-large"):
        parse_report(json.dumps(ours).encode())
    with pytest.raises(Refused, match="report-too-large"):
        parse_surrender(json.dumps([each["token"] for each in ours]).encode())


@pytest.mark.parametrize("wrap", [lambda t: {"token": t}, lambda t: [t], lambda t: ["no", t]])
def test_a_token_is_surrendered_in_any_of_these_forms(wrap: Callable[[str], object]) -> None:
    mine = token()
    assert [each.secret.reveal() for each in parse_surrender(json.dumps(wrap(mine)).encode())] == [mine]


@pytest.mark.parametrize("said", [{}, {"token": None}, [1], "srm", 3, [["srm"]]])
def test_what_shows_no_token_is_no_surrender(said: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_surrender(json.dumps(said).encode())


def test_the_place_of_a_token_is_one_short_line_that_does_not_hold_it() -> None:
    said = f"https://paste.example/?q={token()}\nBcc: x\u202egro" + "a" * 5000
    shown = shown_place(said)
    assert "srm_" not in shown
    assert "\n" not in shown
    assert "\u202e" not in shown
    assert len(shown) == LONGEST_PLACE
    assert shown_place(None) == shown_place(["x"]) == ""


@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from(["", "acme", "a1"]), st.sampled_from(list(Kind)))
def test_a_token_is_found_whatever_stands_around_it(before: bytes, after: bytes, infix: str, kind: Kind) -> None:
    mine = token(infix, kind)
    content = before + mine.encode() + after
    assert (len(before), mine) in [(at, secret.reveal()) for at, secret in tokens_in(content)]


@pytest.mark.parametrize("before", ["srm_", "srm_acme_", "%3D", "srm_u", "x" * 60, "srm_" + "a" * 49])
def test_what_looks_like_a_token_hides_none(before: str) -> None:
    mine = token()
    found = TokenSearch().fingerprints_in((before + mine).encode())
    assert list(found) == [Secret(mine).fingerprint()]


def test_what_only_looks_like_a_token_is_none() -> None:
    assert list(tokens_in(b"srm_" + b"u" + b"a" * 49)) == []


def test_no_token_is_longer_than_is_said() -> None:
    assert len(token("a" * 12)) == LONGEST_TOKEN


def test_a_masked_token_shows_no_more_than_its_kind_and_its_end() -> None:
    mine = token("acme")
    assert masked(parse_token(mine)) == f"srm_acme_u…{mine[-4:]}"
    assert masked(parse_token(token())).startswith("srm_u…")


def test_the_pattern_of_one_instance_matches_its_tokens_alone() -> None:
    import re

    assert re.fullmatch(pattern_of("acme"), token("acme"))
    assert not re.fullmatch(pattern_of("acme"), token())
    assert re.fullmatch(pattern_of(""), token())
    assert not re.fullmatch(pattern_of(""), token("acme"))
    assert re.fullmatch(pattern_of(), token("acme"))


@pytest.mark.parametrize("raw", ["", "../x", ".", "a/b", "-a", "a" * 101, "a\n", "é"])
def test_what_could_be_a_path_is_no_identifier_of_a_key(raw: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        parse_key_id(raw)
