"""What the pages of people say and where they lead: policies in words, forms that stay open, addresses without a name.

Principles: AUTHZ-2.1
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.browsers import Browser, Site, opened
from tests.people_world import PeopleWorld, people
from tests.worlds import ANVIL

from strongroom.authz.leaks import SHOWN, Found, Place
from strongroom.authz.roles import Role
from strongroom.authz.tokens import parse_token
from strongroom.kernel.events import Event, Happening
from strongroom.people.leaks import HOLDER, take_report

pytestmark = pytest.mark.principle("AUTHZ-2.1")


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


def test_whoever_demands_trusted_publishers_where_there_is_none_is_warned(browser: Browser) -> None:
    said = "there is none: nobody can publish"
    answer = browser.api("projects/policy", project="anvil", demands=["trusted-publishing"])
    assert said in answer.json["warning"]
    assert said in browser.api("projects/look", project="anvil").json["warning"]
    assert said in browser.get("/account/projects/anvil/").text
    build = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    assert browser.api("publishers/add", project="anvil", provider="github", build=build).status == 200
    assert browser.api("projects/look", project="anvil").json["warning"] == ""
    assert said not in browser.get("/account/projects/anvil/").text


@pytest.mark.parametrize(
    ("address", "where"),
    [("/account/", "/account/security/"), ("/account/publishers/", "/account/projects/")],
)
def test_an_address_that_names_nothing_leads_to_the_page_before(browser: Browser, address: str, where: str) -> None:
    answer = browser.get(address)
    assert (answer.status, answer.headers["location"]) == (303, where)


def test_a_refused_form_of_an_organisation_is_open_with_what_was_typed(browser: Browser) -> None:
    answer = browser.post("organisations/create", organisation="No Such Name!", title="")
    assert answer.status == 400
    form = answer.text[answer.text.index("Make an organisation") - 60 :]
    assert form.lstrip().startswith("<details") or "open>" in form[:60]
    assert 'value="No Such Name!"' in answer.text


def test_who_has_two_roles_lays_down_one_by_its_name(site: Site, browser: Browser) -> None:
    site.town.maintainer("bob")
    with site.town.vault.writing() as books:
        (name,) = {name for name, _ in books.roles.people_of(ANVIL)}
        books.roles.grant(name, ANVIL, Role.PUBLISHER)
    assert "Lay down publisher" in browser.get("/account/projects/anvil/").text


def test_a_letter_of_what_a_build_did_names_the_build(site: Site, browser: Browser) -> None:
    build = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    added = browser.api("publishers/add", project="anvil", provider="github", build=build).json
    yanked = Happening(Event.RELEASE_YANKED, f"publisher:{added['id']}", "anvil", "1.0")
    with site.town.vault.writing() as books:
        books.events.record([yanked], site.town.clock())
    letter = site.town.letters()[-1]
    assert "1.0" in letter.subject
    assert "GitHub Actions: owner acme, repository anvil, workflow release.yml" in " ".join(letter.text.split())
    assert "publisher:" not in letter.text


def test_a_token_that_its_holder_showed_was_found_at_no_place(site: Site, browser: Browser) -> None:
    made = browser.api("tokens/create", projects=["anvil"]).json
    shown = [Found(parse_token(made["token"]), Place(source=SHOWN))]
    take_report(site.town.vault, site.town.clock, HOLDER, shown)
    letter = site.town.letters()[-1].text
    assert "“shown by whoever held it”" in letter
    assert "found at" not in letter
    assert "whoever held it" in browser.get("/account/security/").text
    assert "holder:" not in browser.get("/account/security/").text


def test_where_several_issuers_are_allowed_one_is_chosen(browser: Browser) -> None:
    page = browser.get("/account/publishers/anvil/").text
    assert '<input id="google-issuer"' not in page
    assert 'name="issuer" type="text"' not in page
