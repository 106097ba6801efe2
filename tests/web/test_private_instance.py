"""A token that reads is seen to: its owner finds one that others use.

Principles: AUTHZ-1.1
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.web.asking import Place, placed
from tests.worlds import ADA, ANVIL, wheel

from strongroom.authz.roles import Right
from strongroom.packages.ports import BlobKey
from strongroom.people.registry import add_token
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-1.1")


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Place]:
    """A repository in which nobody reads anything without an account."""
    made = placed(tmp_path / "data", private=True)
    assert made.upload(wheel(), made.token()).status == 200
    yield made
    made.repository.close()


def reading(place: Place) -> str:
    secret, _ = add_token(place.repository.registry(), "test", ADA, frozenset({Right.READ}), frozenset({ANVIL}))
    return secret.reveal()


def last_used(vault: SqlVault) -> datetime | None:
    with vault.reading() as books:
        return next(each.last_used for each in books.tokens.tokens_of(ADA) if Right.READ in each.rights)


@pytest.mark.parametrize("path", ["/simple/", "/simple/anvil/", "file"])
def test_what_is_read_with_a_token_is_written_down_once_an_hour(private: Place, path: str) -> None:
    token = reading(private)
    bearer = f"Bearer {token}"
    if path == "file":
        with private.repository.vault.reading() as books:
            listing = books.shelf.listing(ANVIL)
        assert listing is not None
        (file,) = listing.files
        path = f"/packages/{BlobKey(file.digests.sha256, file.filename).path}"
    assert private.ask(path).status == 401
    assert last_used(private.repository.vault) is None
    assert private.ask(path, authorization=bearer).status == 200
    first = last_used(private.repository.vault)
    assert first is not None
    assert private.ask(path, authorization=bearer).status == 200
    assert last_used(private.repository.vault) == first


def test_the_page_says_how_one_who_has_a_token_installs(private: Place) -> None:
    page = private.ask("/project/anvil/", authorization=f"Bearer {reading(private)}").text
    assert "http://__token__@" in page
    assert "Private" in page and "whoever has an account here" in page


def test_a_wrong_credential_of_a_reader_is_told_of_no_upload(private: Place) -> None:
    refused = private.ask("/simple/anvil/", authorization="Basic eDp5")
    assert refused.status == 401
    assert "Use a token: the user name is __token__" in refused.text
    assert "Upload" not in refused.text


def test_who_is_refused_has_not_read(private: Place) -> None:
    secret, token = add_token(private.repository.registry(), "test", ADA, frozenset({Right.YANK}), None)
    assert private.ask("/simple/anvil/", authorization=f"Bearer {secret.reveal()}").status == 403
    with private.repository.vault.reading() as books:
        kept = books.tokens.token(ADA, token.identifier)
    assert kept is not None
    assert kept.last_used is None


@pytest.mark.principle("AUTHZ-2.1")
def test_a_private_repository_tells_strangers_nothing_of_what_it_keeps(private: Place) -> None:
    """The addresses are those of the handbook (docs/tokens-and-reading.md)."""
    closed = (
        "/",
        "/simple/",
        "/pypi/anvil/json",
        "/changes.json",
        "/rss/updates.xml",
        "/metrics",
        "/policies/critical/",
    )
    assert {path: private.ask(path).status for path in closed} == dict.fromkeys(closed, 401)
    open_ = ("/policies/", "/problems/", "/healthz", "/robots.txt", "/api/v1/openapi.json", "/sign-in/", "/register/")
    assert {path: private.ask(path).status for path in open_} == dict.fromkeys(open_, 200)
    assert private.ask("/metrics", authorization=f"Bearer {reading(private)}").status == 200
