"""Every book of roles, tokens' endings, critical projects and events keeps its promises, on every database.

Principles: AUTHN-2.3, AUTHZ-1.1, AUTHZ-2.1, GEN-3.2
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.test_vault import account, enter
from tests.worlds import ADA, ANVIL, BOB, wheel

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Strength
from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import Token
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.packages.criticality import Critical
from strongroom.packages.ports import Books
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHN-2.3", "AUTHZ-2.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HAMMER = ProjectName("pypi", "hammer")
TONGS = ProjectName("pypi", "tongs")


@pytest.fixture(autouse=True)
def stock(vault: SqlVault) -> None:
    """ada and bob; anvil in two versions, hammer that needs it, and tongs without files."""
    with vault.writing() as books:
        books.accounts.add_account(account(ADA))
        books.accounts.add_account(account(BOB))
        enter(books, wheel(version="1.0", more="Requires-Dist: bellows\n"))
        enter(books, wheel(version="2.0"))
        enter(books, wheel("hammer", more="Requires-Dist: anvil>=1\nRequires-Dist: tongs; extra == 'x'\n"))
        books.shelf.add_project(TONGS, "tongs", NOW)


def test_a_role_is_given_beside_others_and_taken_away(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.roles.roles_of(BOB, ANVIL) == frozenset()
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
        books.roles.grant(BOB, ANVIL, Role.OWNER)
        assert books.roles.roles_of(BOB, ANVIL) == {Role.OWNER, Role.PUBLISHER}
        books.roles.revoke(BOB, ANVIL, Role.PUBLISHER)
        assert books.roles.roles_of(BOB, ANVIL) == {Role.OWNER}
        assert books.roles.roles_of(BOB, HAMMER) == frozenset()
        books.roles.revoke(BOB, ANVIL)
        books.roles.revoke(BOB, ANVIL)
        assert books.roles.roles_of(BOB, ANVIL) == frozenset()
        assert books.roles.roles_of(ADA, ANVIL) == {Role.OWNER}


def test_people_and_projects_are_told_by_name(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
        assert books.roles.people_of(ANVIL) == [(ADA, Role.OWNER), (BOB, Role.PUBLISHER)]
        assert books.roles.projects_of(ADA) == [("anvil", Role.OWNER), ("hammer", Role.OWNER)]
        assert [*books.roles.people_of(TONGS), *books.roles.projects_of(AccountName("nobody"))] == []


def test_who_holds_files_alone_is_known_and_a_second_owner_changes_it(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.roles.grant(ADA, TONGS, Role.OWNER)
        assert books.accounts.held_alone(ADA) == ["anvil", "hammer"]
        books.roles.grant(BOB, ANVIL, Role.OWNER)
        books.roles.grant(BOB, HAMMER, Role.PUBLISHER)
        assert books.accounts.held_alone(ADA) == ["hammer"]
        assert books.accounts.held_alone(BOB) == []


def test_a_role_in_another_ecosystem_is_another_role(vault: SqlVault) -> None:
    with vault.writing() as books:
        other = ProjectName("toy", "anvil")
        books.shelf.add_project(other, "anvil", NOW)
        books.roles.grant(BOB, other, Role.OWNER)
        assert books.roles.roles_of(BOB, ANVIL) == frozenset()
        assert books.roles.roles_of(ADA, other) == frozenset()


def token(name: str, expires: datetime, revoked: datetime | None = None) -> Token:
    return Token(name, name * 4, ADA, frozenset({Right.PUBLISH}), None, NOW, expires, revoked)


def test_tokens_that_end_soon_are_told_once_and_only_while_they_live(vault: SqlVault) -> None:
    with vault.writing() as books:
        for each in (
            token("ended", NOW),
            token("soon", NOW + DAY),
            token("later", NOW + 9 * DAY),
            token("revoked", NOW + DAY, NOW),
        ):
            books.tokens.add_token(each)
        assert [each.identifier for each in books.tokens.ending_before(NOW + 2 * DAY, NOW)] == ["soon"]
        assert books.tokens.ending_before(NOW + 2 * DAY, NOW) == []
        assert [each.identifier for each in books.tokens.ending_before(NOW + 10 * DAY, NOW)] == ["later"]


def test_a_token_keeps_its_strength_and_label_and_is_found_by_its_owner_alone(vault: SqlVault) -> None:
    made = Token("t", "f", ADA, frozenset(), None, NOW, NOW + DAY, strength=Strength.TOTP, label="CI Ω")
    with vault.writing() as books:
        books.tokens.add_token(made)
        assert books.tokens.token(ADA, "t") == made
        assert books.tokens.token(BOB, "t") is None
        assert books.tokens.revoke_tokens_of(ADA, NOW) == 1
        assert books.tokens.revoke_tokens_of(ADA, NOW) == 0


def test_a_token_keeps_where_it_works_and_what_it_comes_from(vault: SqlVault) -> None:
    made = Token(
        "t", "f", ADA, frozenset({Right.READ, Right.PUBLISH}), frozenset({ANVIL, HAMMER}), NOW, NOW + DAY,
        prefixes=frozenset({"acme-", "forge-"}), networks=("192.0.2.0/24", "2001:db8::/32"), parent="p",
    )  # fmt: skip
    no_project = Token("n", "g", ADA, frozenset(), frozenset(), NOW, NOW + DAY, prefixes=frozenset({"acme-"}))
    with vault.writing() as books:
        for each in (made, no_project):
            books.tokens.add_token(each)
        assert books.tokens.token(ADA, "t") == made
        assert books.tokens.token(ADA, "n") == no_project


def test_the_token_of_a_publisher_stands_for_no_account(vault: SqlVault) -> None:
    made = Token("t", "f", None, frozenset({Right.PUBLISH}), frozenset({ANVIL}), NOW, NOW + DAY,
                 publisher="build", project_owner=BOB)  # fmt: skip
    with vault.writing() as books:
        books.tokens.add_token(made)
        bearer = books.tokens.bearer_of("f")
        assert bearer is not None
        assert (bearer.token, bearer.account, bearer.actor) == (made, None, "publisher:build")
        assert books.tokens.tokens_of(BOB) == ()
        assert books.tokens.owner_of("t") is None
        assert books.tokens.ending_before(NOW + 2 * DAY, NOW) == []


def family(books: Books) -> None:
    """Keep a token, what was derived from it in three generations, and one that has nothing to do with it."""
    parents = {"first": "", "child": "first", "sibling": "first", "grandchild": "child", "last": "grandchild"}
    for name, parent in {**parents, "other": ""}.items():
        books.tokens.add_token(replace(token(name, NOW + DAY), parent=parent))


def test_what_was_derived_ends_in_every_generation_and_nothing_else_does(vault: SqlVault) -> None:
    with vault.writing() as books:
        family(books)
        assert books.tokens.revoke_token("grandchild", NOW - DAY)
        # One in the middle that was revoked before hides none of those below it.
        assert books.tokens.revoke_derived("first", NOW) == 3
        assert books.tokens.revoke_derived("first", NOW) == 0
        ended = {each.identifier: each.revoked for each in books.tokens.tokens_of(ADA) if each.revoked}
        assert ended == {"child": NOW, "sibling": NOW, "grandchild": NOW - DAY, "last": NOW}


def test_what_was_derived_from_no_token_is_nothing(vault: SqlVault) -> None:
    with vault.writing() as books:
        family(books)
        assert books.tokens.revoke_derived("last", NOW) == 0
        assert books.tokens.revoke_derived("nothing", NOW) == 0
        assert not any(each.revoked for each in books.tokens.tokens_of(ADA))


def test_the_tokens_of_a_publisher_end_with_it_and_those_of_people_do_not(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.tokens.add_token(token("person", NOW + DAY))
        for name, publisher in (("one", "build"), ("two", "build"), ("three", "another")):
            books.tokens.add_token(replace(token(name, NOW + DAY), account=None, publisher=publisher))
        assert books.tokens.revoke_tokens_of_publisher("build", NOW) == 2
        assert books.tokens.revoke_tokens_of_publisher("build", NOW) == 0
        assert books.tokens.revoke_tokens_of_publisher("", NOW) == 0
        known = ("person", "one", "two", "three", "nothing")
        assert [name for name in known if books.tokens.is_revoked(name)] == ["one", "two", "nothing"]


def test_a_project_is_critical_from_the_day_on_which_its_rule_is_enforced(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.critical.designate(ANVIL, "named", NOW, NOW + DAY)
        assert not books.critical.is_critical(ANVIL, NOW)
        assert not books.critical.is_critical(ANVIL, NOW + DAY - timedelta(microseconds=1))
        assert books.critical.is_critical(ANVIL, NOW + DAY)
        assert not books.critical.is_critical(HAMMER, NOW + DAY)
        assert not books.critical.is_critical(ProjectName("toy", "anvil"), NOW + DAY)
        assert not books.critical.is_critical(ProjectName("pypi", "nothing"), NOW + DAY)


def test_a_critical_project_says_why_and_can_cease_to_be_one(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.critical.designate(HAMMER, "named", NOW, NOW + DAY)
        books.critical.designate(ANVIL, "named", NOW, NOW + DAY)
        books.critical.designate(ANVIL, "downloads", NOW, NOW)
        assert books.critical.critical() == [
            Critical("anvil", "downloads", NOW, NOW),
            Critical("hammer", "named", NOW, NOW + DAY),
        ]
        assert books.critical.undesignate(ANVIL)
        assert not books.critical.undesignate(ANVIL)
        assert not books.critical.is_critical(ANVIL, NOW + DAY)


def test_downloads_are_added_up_by_project_and_unknown_names_count_nowhere(vault: SqlVault) -> None:
    first, second = wheel(version="1.0").filename, wheel(version="2.0").filename
    many = {f"nothing-{number}.whl": 7 for number in range(1200)}
    with vault.writing() as books:
        books.critical.add_downloads("2026-11-20", {first: 1})
        books.critical.add_downloads("2026-11-21", {first: 2, second: 3, wheel("hammer").filename: 4, **many})
        books.critical.add_downloads("2026-11-21", {second: 10})
        books.critical.add_downloads("2026-11-22", {})
        assert books.critical.downloads_since("2026-11-20") == {"anvil": 16, "hammer": 4}
        assert books.critical.downloads_since("2026-11-21") == {"anvil": 15, "hammer": 4}
        books.critical.forget_downloads_before("2026-11-21")
        assert books.critical.downloads_since("2020-01-01") == {"anvil": 15, "hammer": 4}
        books.critical.add_downloads("2026-11-22", {first: 2**40})
        assert books.critical.downloads_since("2026-11-22") == {"anvil": 2**40}


def test_dependencies_are_those_of_the_newest_release_that_is_left(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert {name: list(needs) for name, needs in books.critical.dependencies()} == {
            "anvil": [],
            "hammer": ["anvil>=1", "tongs; extra == 'x'"],
        }
        books.shelf.close_version(ANVIL, "2")
        assert dict(books.critical.dependencies())["anvil"] == ["bellows"]


def test_events_about_an_account_are_found_newest_first_and_those_of_nobody_by_nobody(vault: SqlVault) -> None:
    with vault.writing() as books:
        before = books.events.newest()
        books.events.record(
            [
                Happening(Event.ACCOUNT_CREATED, "ada", detail={"account": "ada"}),
                Happening(Event.ACCOUNT_CREATED, "ada", detail={"account": "bob"}),
                Happening(Event.ROLE_GRANTED, "bob", "anvil", detail={"account": "ada", "role": "owner"}),
                Happening(Event.FILE_PUBLISHED, "ada", "anvil", "1.0", "x.whl"),
            ],
            NOW,
        )
        assert [each.serial for each in books.events.about("ada", 10)] == [before + 3, before + 1]
        assert [each.serial for each in books.events.about("ada", 1)] == [before + 3]
        assert books.events.about("ada", 1)[0].what.detail == {"account": "ada", "role": "owner"}
        assert books.events.about("", 10) == books.events.about("ad%", 10) == []
