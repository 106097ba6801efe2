"""Whoever reloads a page asks the books no more because there are many projects: counted in statements, not in seconds.

Principles: AUTHZ-2.1
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.attacks.browsers import Browser, Site
from tests.attacks.test_audit_findings_2026 import make_acme
from tests.people_world import PeopleWorld, Person
from tests.web.asking import Answer

from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.names import ProjectName
from strongroom.people import organisations

pytestmark = pytest.mark.principle("AUTHZ-2.1")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Write down every statement to any database for as long as the block lasts."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def grow(town: PeopleWorld, begin: int, end: int) -> None:
    """Give acme more projects, in which its team publishes; each third one is private."""
    with town.vault.writing() as books:
        for number in range(begin, end):
            project = ProjectName("pypi", f"part-{number:03}")
            books.shelf.add_project(project, project.text, town.clock())
            books.shelf.set_organisation(project, "acme")
            books.shelf.set_private(project, number % 3 == 0)
            books.organisations.give_team_role("acme", "smiths", project, Role.PUBLISHER)


def acme(town: PeopleWorld, *names: str) -> tuple[Person, list[Person]]:
    """Return the owner of acme, and the people of its one team."""
    ada, others = town.maintainer("ada"), [town.maintainer(name) for name in names]
    make_acme(town, ada, *((each, OrganisationRole.MEMBER) for each in others))
    with town.vault.writing() as books:
        books.organisations.add_team("acme", "smiths", town.clock())
        for each in others:
            books.organisations.add_to_team("acme", "smiths", each.name)
    return ada, others


def page(browser: Browser) -> Answer:
    return browser.get("/account/organisations/acme/")


def deed(browser: Browser) -> Answer:
    return browser.api("organisations/look", organisation="acme")


@pytest.mark.parametrize("look", [page, deed])
def test_the_page_of_an_organisation_asks_as_much_for_many_projects_as_for_few(
    site: Site, look: Callable[[Browser], Answer]
) -> None:
    ada, _ = acme(site.town, "bob", "carol", "dora")
    browser, asked = Browser.of(site, ada), []
    for begin, end in ((0, 3), (3, 60)):
        grow(site.town, begin, end)
        look(browser)
        with statements() as seen:
            answer = look(browser)
        assert answer.status == 200
        assert f"part-{end - 1:03}" in answer.text
        asked.append(len(seen))
    assert asked[0] == asked[1] < 60


def test_nobodys_account_is_read_twice_for_one_page(site: Site) -> None:
    """Where nobody can publish each of them is asked, and once."""
    ada, others = acme(site.town, "bob", "carol", "dora")
    grow(site.town, 0, 20)
    for each in (ada, *others):
        site.town.change(each, totp_secret="", keys=0)
    with statements() as seen:
        answer = page(Browser.of(site, ada))
    assert "fewer than two people could publish" in answer.text
    assert sum("FROM account" in each for each in seen) <= len(others) + 4


def test_only_where_fewer_than_two_could_publish_it_is_said(town: PeopleWorld) -> None:
    ada, (bob,) = acme(town, "bob")
    grow(town, 0, 2)
    with town.vault.writing() as books:
        books.organisations.take_team_role("acme", "smiths", ProjectName("pypi", "part-001"), Role.PUBLISHER)

    def lonely() -> list[str]:
        seen = organisations.look_at(town.desk, ada.visitor, "acme", is_counted=True)
        return [each.text for each in seen.lonely]

    assert lonely() == ["part-001"]
    town.change(bob, is_disabled=True)
    assert lonely() == ["part-000", "part-001"]
    assert organisations.look_at(town.desk, ada.visitor, "acme").lonely == ()
