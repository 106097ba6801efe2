"""Handing a project over ends everybody else's part in it: each of them hears of it, and the log names each.

Principles: AUTHN-1.4, AUTHZ-2.1
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.browsers import Browser, Site, opened
from tests.people_world import PeopleWorld, Person, people
from tests.worlds import ANVIL

from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.events import Event
from strongroom.people import organisations, projects
from strongroom.people.members import give_role

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


def told_of_transfer(town: PeopleWorld, before: int) -> set[str]:
    return {each.to for each in town.letters()[before:] if "handed over" in each.subject}


def lost(town: PeopleWorld) -> set[tuple[str, str]]:
    revoked = [each.what for each in town.recorded() if each.what.event is Event.ROLE_REVOKED]
    return {(str(each.detail["account"]), str(each.detail["role"])) for each in revoked}


def organisation(town: PeopleWorld, owner: Person, name: str = "acme") -> None:
    organisations.create(town.desk, owner.visitor, name, name.title())


@pytest.mark.principle("AUTHN-1.4")
def test_co_owners_hear_that_their_part_ended_and_it_is_among_their_events(town: PeopleWorld) -> None:
    una, vic, rea = town.maintainer("una"), town.maintainer("vic"), town.maintainer("rea")
    town.project(una)
    town.grant(vic, ANVIL)
    town.grant(rea, ANVIL, Role.READER)
    organisation(town, una)
    town.prove(una)
    before = len(town.letters())
    projects.transfer(town.desk, town.index, una.visitor, ANVIL, "acme")
    # One letter each, not one for the transfer and one for the role.
    assert len(town.letters()[before:]) == 3
    assert told_of_transfer(town, before) == {f"{name}@{name}.example.com" for name in ("una", "vic", "rea")}
    assert lost(town) == {("vic", "owner"), ("rea", "reader")}


@pytest.mark.principle("AUTHN-1.4")
def test_owners_and_teams_of_the_former_organisation_hear_of_it_too(town: PeopleWorld) -> None:
    una, vic, pat = town.maintainer("una"), town.maintainer("vic"), town.maintainer("pat")
    town.project(una)
    organisation(town, una)
    with town.vault.writing() as books:
        books.organisations.set_member("acme", vic.name, OrganisationRole.OWNER)
        books.organisations.set_member("acme", pat.name, OrganisationRole.MEMBER)
    town.prove(una)
    projects.transfer(town.desk, town.index, una.visitor, ANVIL, "acme")
    organisations.add_team(town.desk, una.visitor, "acme", "smiths")
    organisations.add_to_team(town.desk, una.visitor, "acme", "smiths", pat.name)
    organisations.set_team_role(town.desk, una.visitor, "acme", "smiths", ANVIL, Role.PUBLISHER, given=True)
    town.prove(una)
    before = len(town.letters())
    projects.transfer(town.desk, town.index, una.visitor, ANVIL, "")
    assert told_of_transfer(town, before) == {f"{name}@{name}.example.com" for name in ("una", "vic", "pat")}
    assert lost(town) == {("vic", "owner"), ("pat", "publisher")}


@pytest.mark.principle("AUTHN-1.4")
def test_who_joins_a_team_hears_of_it_as_its_organisation_does(town: PeopleWorld) -> None:
    una, pat = town.maintainer("una"), town.maintainer("pat")
    organisation(town, una)
    with town.vault.writing() as books:
        books.organisations.set_member("acme", pat.name, OrganisationRole.MEMBER)
    organisations.add_team(town.desk, una.visitor, "acme", "smiths")
    for deed in (organisations.add_to_team, organisations.take_from_team):
        before = len(town.letters())
        deed(town.desk, una.visitor, "acme", "smiths", pat.name)
        assert {each.to for each in town.letters()[before:]} == {"una@una.example.com", "pat@pat.example.com"}


@pytest.mark.parametrize(
    ("deed", "fields", "left_out"),
    [
        ("projects/visibility", {"project": "anvil"}, "private"),
        ("projects/policy", {"project": "anvil"}, "demands"),
        ("projects/transfer", {"project": "anvil"}, "organisation"),
        ("members/add", {"project": "anvil", "name": "vic"}, "role"),
        ("organisations/policy", {"organisation": "acme"}, "demands"),
        ("organisations/members/set", {"organisation": "acme", "name": "vic"}, "role"),
        ("organisations/teams/give", {"organisation": "acme", "team": "smiths", "project": "anvil"}, "role"),
    ],
)
def test_what_a_program_leaves_out_opens_and_lowers_nothing(
    site: Site, deed: str, fields: dict[str, str], left_out: str
) -> None:
    una, _ = site.town.maintainer("una"), site.town.maintainer("vic")
    site.town.project(una)
    organisation(site.town, una)
    browser = Browser.of(site, una)
    before = site.fingerprint()
    answer = browser.api(deed, **fields)
    assert (answer.status, answer.json["code"]) == (400, "bad-request"), answer.text
    assert left_out in answer.json["detail"]
    assert site.fingerprint() == before


def test_a_form_leaves_out_what_is_not_ticked(site: Site) -> None:
    una = site.town.maintainer("una")
    site.town.project(una)
    browser = Browser.of(site, una)
    assert browser.api("projects/visibility", project="anvil", private=True).status == 200
    assert browser.api("projects/policy", project="anvil", demands=["attestations"]).json["policy"] == ["attestations"]
    assert browser.post("projects/policy", project="anvil").status == 303
    assert browser.post("projects/visibility", project="anvil").status == 303
    seen = browser.api("projects/look", project="anvil").json
    assert (seen["policy"], seen["private"]) == ([], False)


def test_who_accepts_is_told_apart_from_who_offered(town: PeopleWorld) -> None:
    una, vic = town.maintainer("una"), town.maintainer("vic")
    town.project(una)
    town.prove(una)
    give_role(town.desk, town.index, una.visitor, ANVIL, vic.name, Role.PUBLISHER)
    town.prove(vic)
    assert town.accept(vic) == [Role.PUBLISHER]
    (granted,) = [each.what for each in town.recorded() if each.what.event is Event.ROLE_GRANTED][-1:]
    assert (granted.actor, granted.detail["offered_by"], "by" in granted.detail) == ("vic", "una", False)
    letter = town.letters()[-1]
    assert "una offered it, and it was accepted" in " ".join(letter.text.split())
