"""What letters say of leaked secrets, and of who acted.

Principles: AUTHN-1.4
"""

import re
from dataclasses import replace

import pytest
from tests.unit.authn.test_notices import BROWSER_LEAKED, SITE, happened

from strongroom.authn.notices import compose
from strongroom.kernel.events import Event

pytestmark = pytest.mark.principle("AUTHN-1.4")


def test_the_letter_about_a_browser_speaks_of_no_token() -> None:
    words = compose(happened(Event.TOKEN_LEAKED, **BROWSER_LEAKED), SITE)
    assert "token" not in (words.subject + words.text).lower()
    assert "the next sign-in there is confirmed by mail" in " ".join(words.text.split())


def test_where_a_secret_lay_is_read_as_an_address_and_followed_by_nobody() -> None:
    words = compose(happened(Event.TOKEN_LEAKED), SITE).text
    assert "hxxps://code[.]example/ada/anvil/blob/main/.env" in words
    other = compose(happened(Event.TOKEN_LEAKED, account="ada", reason="found at FTP://evil.example/a"), SITE).text
    assert "FTP[:]//evil[.]example/a" in other


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("holder:unnamed", "whoever held it"),
        ("reporter:strongroom:key-1", "a signed report (strongroom)"),
        ("publisher:da1fe93fd4e25afa", "a trusted build (da1fe93f)"),
        ("bob", "bob"),
    ],
)
def test_who_acted_is_told_in_words(actor: str, said: str) -> None:
    event = happened(Event.TOKEN_LEAKED)
    words = compose(replace(event, what=replace(event.what, actor=actor)), SITE).text
    assert re.search(rf"By: +{re.escape(said)}\n", words), words


def test_a_build_is_told_by_its_name() -> None:
    event = happened(Event.RELEASE_CREATED)
    by = replace(event, what=replace(event.what, actor="publisher:da1fe93fd4e25afa"))
    words = compose(by, replace(SITE, by="GitHub Actions: owner acme, repository anvil")).text
    assert "By:        GitHub Actions: owner acme, repository anvil" in words
    assert "publisher:" not in words
