"""Trusted publishers by form and by JSON: added, listed with their warnings, removed; issuers by administrators.

Principles: AUTHZ-3.1
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.attacks.browsers import FORM, OWN, Browser, Site, opened
from tests.people_world import PeopleWorld, people
from tests.worlds import ANVIL

from strongroom.authz.roles import Role

pytestmark = pytest.mark.principle("AUTHZ-3.1")

BUILD = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}


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


def test_a_publisher_is_added_listed_and_removed_by_json(site: Site) -> None:
    ada = site.town.maintainer("ada")
    site.town.project(ada)
    browser = Browser.of(site, ada)
    added = browser.api("publishers/add", project="anvil", provider="github", build=BUILD)
    assert added.status == 200
    assert added.json["issuer"] == "https://token.actions.githubusercontent.com"
    assert "Every branch can publish" in added.json["warning"]
    (listed,) = browser.api("publishers/list", project="Anvil").json["publishers"]
    assert (listed["id"], listed["fields"], listed["pending_until"]) == (added.json["id"], BUILD, None)
    again = browser.api("publishers/add", project="anvil", provider="github", build=BUILD)
    assert (again.status, again.json["code"]) == (409, "publisher-exists")
    assert browser.api("publishers/remove", id=listed["id"]).status == 200
    assert browser.api("publishers/list", project="anvil").json["publishers"] == []
    assert browser.api("publishers/remove", id=listed["id"]).json["code"] == "no-such-publisher"


def test_a_publisher_is_added_and_removed_by_form(site: Site) -> None:
    ada = site.town.maintainer("ada")
    site.town.project(ada)
    browser = Browser.of(site, ada)
    form = [("project", "anvil"), ("provider", "gitlab")]
    form += [("values", each) for each in ("acme/tools", "anvil", ".gitlab-ci.yml", "release", "", "")]
    body = urlencode(form).encode()
    answer = browser._asked("/do/publishers/add", "POST", body, {"content_type": FORM, **OWN})
    assert (answer.status, answer.headers["location"]) == (303, "/account/publishers/anvil/")
    page = browser.get("/account/publishers/anvil/")
    assert "GitLab CI/CD: namespace acme/tools, project anvil, workflow .gitlab-ci.yml, environment" in page.text
    (listed,) = browser.api("publishers/list", project="anvil").json["publishers"]
    gone = browser.post("publishers/remove", id=listed["id"], project="anvil")
    assert gone.headers["location"] == "/account/publishers/anvil/"
    assert "No publisher yet" in browser.get("/account/publishers/anvil/").text


def test_what_is_typed_wrong_is_told_on_the_same_page(site: Site) -> None:
    ada = site.town.maintainer("ada")
    site.town.project(ada)
    answer = Browser.of(site, ada).post("publishers/add", project="anvil", provider="github", values="a b")
    assert answer.status == 400
    assert "owner is not written as it should be" in answer.text
    assert "Trusted publishers of anvil" in answer.text


def test_a_publisher_waits_for_a_project_that_is_not_there(site: Site) -> None:
    ada = site.town.maintainer("ada")
    browser = Browser.of(site, ada)
    assert browser.api("publishers/add", project="tongs", provider="github", build=BUILD).json["pending_until"]
    (waiting,) = browser.api("publishers/pending").json["publishers"]
    assert waiting["project"] == "tongs"
    assert "The name is not reserved" in browser.get("/account/publishers/tongs/").text
    bob = site.town.maintainer("bob")
    assert Browser.of(site, bob).api("publishers/list", project="tongs").json["code"] == "no-such-project"
    assert Browser.of(site, bob).api("publishers/remove", id=waiting["id"]).json["code"] == "no-such-publisher"
    assert browser.api("publishers/remove", id=waiting["id"]).status == 200


def test_a_strangers_answers_for_a_private_project_are_those_for_none(site: Site) -> None:
    ada, bob = site.town.maintainer("ada"), site.town.maintainer("bob")
    site.town.project(ada)
    Browser.of(site, ada).api("publishers/add", project="anvil", provider="github", build=BUILD)
    with site.town.vault.writing() as books:
        books.shelf.set_private(ANVIL, True)
    mine = Browser.of(site, bob)
    listed, none = (mine.api("publishers/list", project=name) for name in ("anvil", "hammer"))
    assert (listed.status, listed.json["code"]) == (none.status, none.json["code"]) == (404, "no-such-project")
    page, nothing = (mine.get(f"/account/publishers/{name}/") for name in ("anvil", "hammer"))
    assert page.status == nothing.status == 200
    for text in ("owner acme", "No publisher yet"):
        assert (text in page.text) is (text in nothing.text) is (text != "owner acme")
    added = mine.api("publishers/add", project="anvil", provider="github", build=BUILD)
    assert added.json["code"] == "no-such-project"


def test_owners_read_whose_publisher_outlives_their_place(site: Site) -> None:
    ada, bob = site.town.maintainer("ada"), site.town.maintainer("bob")
    site.town.project(ada)
    site.town.grant(bob, ANVIL)
    Browser.of(site, bob).api("publishers/add", project="anvil", provider="github", build=BUILD)
    mine = Browser.of(site, ada)

    def told() -> str:
        (listed,) = mine.api("publishers/list", project="anvil").json["publishers"]
        page = mine.get("/account/publishers/anvil/").text
        assert "Added by bob" in page and listed["added_by"] == "bob"
        assert (listed["added_by_now"] in page) and ("remove it and add it again" in page) is bool(
            listed["added_by_now"]
        )
        return str(listed["added_by_now"])

    assert told() == ""
    with site.town.vault.writing() as books:
        books.roles.revoke(bob.name, ANVIL)
        books.roles.grant(bob.name, ANVIL, Role.READER)
    assert told().startswith("Added by bob, who may not manage its publishers any more.")
    with site.town.vault.writing() as books:
        books.roles.revoke(bob.name, ANVIL)
    assert told().startswith("Added by bob, who has no role here any more.")
    site.town.grant(bob, ANVIL)
    site.town.change(bob, is_disabled=True)
    assert told().startswith("Added by bob, whose account is disabled or gone.")


def test_whoever_has_no_role_sees_no_page(site: Site) -> None:
    ada, bob = site.town.maintainer("ada"), site.town.maintainer("bob")
    site.town.project(ada)
    assert Browser.of(site, bob).get("/account/publishers/anvil/").status == 403


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"provider": "nobody"}, "no-such-provider"),
        ({"provider": "forgejo", "build": BUILD}, "no-such-issuer"),
        ({"provider": "github", "build": BUILD, "issuer": "https://evil.example"}, "no-such-issuer"),
        ({"provider": "github", "build": {"owner": "acme"}}, "bad-request"),
        ({"provider": "github", "build": BUILD, "pinned": {"sub": "x"}}, "bad-request"),
    ],
)
def test_a_publisher_that_cannot_be_is_refused(site: Site, fields: dict[str, object], code: str) -> None:
    ada = site.town.maintainer("ada")
    site.town.project(ada)
    assert Browser.of(site, ada).api("publishers/add", project="anvil", **fields).json["code"] == code


def test_an_administrator_trusts_an_issuer_and_nobody_else_does(site: Site) -> None:
    root, ada = site.town.administrator("grace"), site.town.maintainer("ada")
    site.town.prove(root)
    issuer = "https://forge.example/api/actions"
    mine = Browser.of(site, ada)
    assert mine.api("admin/trust-issuer", issuer=issuer, provider="forgejo").json["code"] == "not-found"
    assert mine.api("admin/distrust-issuer", issuer=issuer).json["code"] == "not-found"
    assert "issuer.trusted" not in site.town.events()
    theirs = Browser.of(site, root)
    assert theirs.api("admin/trust-issuer", issuer=issuer, provider="forgejo").status == 200
    assert theirs.api("admin/trust-issuer", issuer="ftp://x", provider="forgejo").json["code"] == "bad-request"
    site.town.project(ada)
    mine = Browser.of(site, ada)
    assert mine.api("publishers/add", project="anvil", provider="forgejo", build=BUILD).json["issuer"] == issuer
    assert theirs.api("admin/distrust-issuer", issuer=issuer).status == 200
    assert theirs.api("admin/distrust-issuer", issuer=issuer).json["code"] == "no-such-issuer"
    assert "issuer.trusted" in site.town.events()
