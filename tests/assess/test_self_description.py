"""What a repository says of itself: parsed with limits, and no more is taken than the schema allows.

Principles: none
"""

import copy
import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.assess.self_description import LIMIT_BYTES, parse_self_description

WHOLE: dict[str, Any] = {
    "$schema": "urn:strongroom:package-repository-security:1",
    "version": 1,
    "framework": {"name": "Principles for Package Repository Security", "version": "0.1"},
    "repository": {"title": "Example", "product": "Strongroom 0.1", "ecosystem": "pypi"},
    "updated": "2026-11-22",
    "taxonomy": {"accounts": ["yes"], "accepts": ["built"]},
    "documents": [
        {"url": "/policies/removal/", "clauses": ["GEN-2.1c"], "title": "Removal"},
        {"url": "https://a.example/disclosure", "clauses": ["GEN-1.1a", "GEN-1.1b"]},
    ],
    "endpoints": {"index": "/simple/", "events": "/changes.json"},
    "more": {"that": "nobody knows"},
}


def encoded(**changed: Any) -> bytes:
    return json.dumps({**WHOLE, **changed}).encode()


def test_what_it_says_is_read() -> None:
    found = parse_self_description(encoded())
    assert found.title == "Example"
    assert found.pages_on("GEN-1.1b") == ("https://a.example/disclosure",)
    assert found.pages_on("GEN-2.1c") == ("/policies/removal/",)
    assert found.pages_on("AUTHN-1.2a") == ()
    assert found.taxonomy == {"accounts": {"yes"}, "accepts": {"built"}}
    assert found.endpoints["events"] == "/changes.json"


BROKEN = {
    "no JSON": b"{",
    "no object": b"[]",
    "nested": b"[" * 20_000,
    "long": b" " * (LIMIT_BYTES + 1),
    "twice": encoded().replace(b'"version": 1', b'"version": 1, "version": 1', 1),
    "another version": encoded(version=2),
    "a version that is true": encoded(version="1"),
    "no framework": encoded(framework=None),
    "no day": encoded(updated="yesterday"),
    "an address that is none": encoded(documents=[{"url": "javascript:alert(1)", "clauses": ["GEN-2.1c"]}]),
    "an address with a space": encoded(documents=[{"url": "/a b", "clauses": ["GEN-2.1c"]}]),
    "no clause": encoded(documents=[{"url": "/a", "clauses": []}]),
    "what is no clause": encoded(documents=[{"url": "/a", "clauses": ["everything"]}]),
    "too many documents": encoded(documents=[{"url": "/a", "clauses": ["GEN-2.1c"]}] * 101),
    "an endpoint that is none": encoded(endpoints={"index": "here"}),
    "too many endpoints": encoded(endpoints={"e" * n: "/" for n in range(1, 60)}),
    "documents that are no list": encoded(documents={}),
    "a title that is no text": encoded(repository={"title": 1}),
    "answers that are no list": encoded(taxonomy={"accounts": "yes"}),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_the_schema_does_not_allow_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_self_description(content)


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_self_description(content)


def schema() -> Any:
    text = files("strongroom.principles").joinpath("package-repository-security.schema.json").read_text("utf-8")
    return json.loads(text)


def without(*path: str) -> dict[str, Any]:
    changed = copy.deepcopy(WHOLE)
    at = changed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return changed


def test_reader_and_schema_allow_the_same() -> None:
    validator = jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)
    assert validator.is_valid(WHOLE)
    for content in BROKEN.values():
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            continue
        assert not validator.is_valid(said) or b'"version": 1, "version": 1' in content
    for path in (["version"], ["framework"], ["repository", "title"], ["updated"], ["framework", "version"]):
        assert not validator.is_valid(without(*path))
        with pytest.raises(ValueError):
            parse_self_description(json.dumps(without(*path)).encode())
    for name in ("taxonomy", "documents", "endpoints"):
        assert validator.is_valid(without(name))
        parse_self_description(json.dumps(without(name)).encode())
