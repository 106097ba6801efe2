"""What is told of a token: the same facts on the page, by JSON and by command, and what a derived one leaves out.

Principles: AUTHZ-1.1
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.browsers import Browser, Site, opened
from tests.people_world import PeopleWorld, people

pytestmark = pytest.mark.principle("AUTHZ-1.1")

FACTS = {
    "id", "label", "rights", "projects", "prefixes", "networks", "created", "expires", "last_used", "revoked", "parent",
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Iterator[PeopleWorld]:
    """A desk with nobody registered yet."""
    with people(tmp_path / "town") as made:
        yield made


@pytest.fixture
def site(town: PeopleWorld) -> Iterator[Site]:
    """The site of a town."""
    with opened(town) as made:
        yield made


@pytest.fixture
def browser(site: Site) -> Browser:
    """The browser of ada, who owns anvil."""
    ada = site.town.maintainer("ada")
    site.town.project(ada)
    return Browser.of(site, ada)


def made(browser: Browser, **fields: Any) -> dict[str, Any]:
    """Make a token, and return what is shown this once."""
    answer = browser.api("tokens/create", **{"projects": ["anvil"], **fields})
    assert answer.status == 200, answer.text
    return {name: value for name, value in answer.json.items() if name != "go"}


def derived(browser: Browser, parent: dict[str, Any], **fields: Any) -> Any:
    """Ask for a narrower token."""
    return browser.api("tokens/derive", token=parent["token"], **fields)


def test_ones_own_tokens_are_told_by_json_with_all_that_one_judges_them_by(browser: Browser) -> None:
    wide = made(
        browser, label="CI", rights=["read", "publish"], projects=["anvil", "acme-*"], networks=["127.0.0.0/8"]
    )  # fmt: skip
    child = derived(browser, wide, rights=["publish"], projects=["anvil"]).json
    told = {each["id"]: each for each in browser.api("account").json["tokens"]}
    assert all(set(each) == FACTS for each in told.values())
    assert wide == {"token": wide["token"], **told[wide["id"]]}
    assert (told[wide["id"]]["label"], told[wide["id"]]["rights"]) == ("CI", ["publish", "read"])
    assert (told[wide["id"]]["projects"], told[wide["id"]]["prefixes"]) == (["anvil"], ["acme-"])
    assert (told[wide["id"]]["networks"], told[wide["id"]]["parent"]) == (["127.0.0.0/8"], "")
    assert (told[child["id"]]["parent"], told[child["id"]]["last_used"]) == (wide["id"], None)


def test_a_token_for_all_is_told_as_such(browser: Browser) -> None:
    every = made(browser, projects=[], every_project=True)
    told = {each["id"]: each for each in browser.api("account").json["tokens"]}
    assert (told[every["id"]]["projects"], told[every["id"]]["prefixes"]) == (None, [])
    assert "all your projects" in browser.get("/account/security/").text


def test_what_a_derived_token_leaves_out_is_as_in_the_one_it_comes_from(browser: Browser) -> None:
    parent = made(
        browser, rights=["read", "yank"], projects=["anvil", "acme-*"], networks=["127.0.0.0/8"], days=200
    )  # fmt: skip
    answer = derived(browser, parent)
    assert answer.status == 200, answer.text
    for fact in ("rights", "projects", "prefixes", "networks", "expires"):
        assert answer.json[fact] == parent[fact]
    short = derived(browser, parent, days=1).json
    assert datetime.fromisoformat(short["expires"]) - datetime.fromisoformat(short["created"]) == timedelta(days=1)
    none = derived(browser, parent, rights=[])
    assert (none.status, none.json["code"]) == (400, "bad-request")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rights": ["read", "publish"]}, "the right to publish"),
        ({"projects": ["anvil", "hammer"]}, "the project hammer"),
        ({"projects": ["bolt-*"]}, "projects that begin with bolt-"),
        ({"networks": ["203.0.113.0/24"]}, "the network 203.0.113.0/24"),
    ],
)
def test_whoever_asks_for_more_than_there_is_hears_what(browser: Browser, more: dict[str, Any], said: str) -> None:
    parent = made(browser, rights=["read", "yank"], projects=["anvil", "acme-*"], networks=["127.0.0.0/8"])
    refused = derived(browser, parent, **more)
    assert (refused.status, refused.json["code"]) == (403, "token-not-narrower")
    assert f"does not have: {said}." in refused.json["detail"]


def test_a_token_is_not_for_every_project_and_for_some(browser: Browser) -> None:
    both = browser.api("tokens/create", projects=["anvil"], every_project=True)
    assert (both.status, both.json["code"]) == (400, "bad-request")
    assert "one or the other" in both.json["detail"]
    page = browser.post("tokens/create", projects="anvil", every_project="true", rights="publish")
    assert page.status == 400
    assert "one or the other" in page.text
