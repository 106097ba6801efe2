"""Every book of trusted publishers keeps its promises, on every database.

Principles: AUTHZ-3.1
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from tests.worlds import ADA, ANVIL, BOB

from strongroom.authz.publishers import Publisher
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-3.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ISSUER, OTHER = "https://gitlab.example", "https://gitlab.example.org"
FIRST = Publisher("one", "gitlab", ISSUER, {"namespace": "ä/b", "project": "c"}, ANVIL, ADA, NOW)
PENDING = replace(FIRST, identifier="two", created=NOW + SECOND, expires=NOW + timedelta(days=30))


def test_a_publisher_is_kept_as_it_was_added_and_found_by_issuer_and_subject(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.publishers.add_publisher(FIRST, "ä/b/c")
        books.publishers.add_publisher(PENDING, "ä/b/c")
        assert books.publishers.publisher("one") == FIRST
        assert books.publishers.publisher("none") is None
        assert list(books.publishers.candidates(ISSUER, "ä/b/c")) == [FIRST, PENDING]
        assert list(books.publishers.publishers_of(ANVIL)) == [FIRST, PENDING]
        assert list(books.publishers.publishers_of(ProjectName("toy", "anvil"))) == []
        assert list(books.publishers.pending_of(ADA)) == [PENDING]
        assert list(books.publishers.pending_of(BOB)) == []


def test_the_same_path_at_another_issuer_is_another_publisher(vault: SqlVault) -> None:
    there = replace(FIRST, identifier="other", issuer=OTHER)
    with vault.writing() as books:
        books.publishers.add_publisher(FIRST, "a/b")
        assert not books.publishers.is_used(OTHER)
        books.publishers.add_publisher(there, "a/b")
        assert list(books.publishers.candidates(ISSUER, "a/b")) == [FIRST]
        assert list(books.publishers.candidates(OTHER, "a/b")) == [there]
        assert books.publishers.is_used(OTHER)


def test_candidates_are_those_of_one_project_where_it_is_named_and_are_counted_by_account(vault: SqlVault) -> None:
    hammer = replace(FIRST, identifier="two", project=ProjectName("pypi", "hammer"), account=BOB)
    toy = replace(FIRST, identifier="three", project=ProjectName("toy", "anvil"), created=NOW + SECOND)
    with vault.writing() as books:
        for each in (FIRST, hammer, toy):
            books.publishers.add_publisher(each, "a/b")
        books.publishers.add_publisher(replace(FIRST, identifier="four"), "a/c")
        assert list(books.publishers.candidates(ISSUER, "a/b", ANVIL)) == [FIRST]
        assert list(books.publishers.candidates(ISSUER, "a/b", hammer.project)) == [hammer]
        assert list(books.publishers.candidates(ISSUER, "a/b", ProjectName("pypi", "tongs"))) == []
        assert list(books.publishers.candidates(ISSUER, "a/b")) == [FIRST, hammer, toy]
        assert books.publishers.number_of(ISSUER, "a/b", ADA) == 2
        assert books.publishers.number_of(ISSUER, "a/b", BOB) == books.publishers.number_of(ISSUER, "a/c", ADA) == 1
        assert books.publishers.number_of(OTHER, "a/b", ADA) == 0


def test_what_was_pinned_is_kept_and_a_removed_publisher_is_gone(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.publishers.add_publisher(FIRST, "a/b")
        books.publishers.pin("one", {"project_id": "7"}, NOW + SECOND)
        found = books.publishers.publisher("one")
        assert found == replace(FIRST, pinned={"project_id": "7"}, last_used=NOW + SECOND)
        assert books.publishers.remove_publisher("one")
        assert not books.publishers.remove_publisher("one")
        assert list(books.publishers.candidates(ISSUER, "a/b")) == []


def test_when_a_project_is_made_its_owners_publishers_last_and_others_die(vault: SqlVault) -> None:
    theirs = replace(PENDING, identifier="three", account=BOB)
    elsewhere = replace(theirs, identifier="four", project=ProjectName("pypi", "tongs"))
    with vault.writing() as books:
        for each in (PENDING, theirs, elsewhere):
            books.publishers.add_publisher(each, "a/b")
        assert list(books.publishers.settle(ANVIL, ADA)) == [theirs]
        assert list(books.publishers.publishers_of(ANVIL)) == [replace(PENDING, expires=None)]
        assert list(books.publishers.pending_of(BOB)) == [elsewhere]
        assert list(books.publishers.settle(ANVIL, BOB)) == []


def test_pending_publishers_expire_at_their_moment_and_lasting_ones_never(vault: SqlVault) -> None:
    assert PENDING.expires is not None
    with vault.writing() as books:
        books.publishers.add_publisher(FIRST, "a/b")
        books.publishers.add_publisher(PENDING, "a/b")
        assert list(books.publishers.expired(PENDING.expires - SECOND)) == []
        assert list(books.publishers.expired(PENDING.expires)) == [PENDING]


def test_what_was_spent_is_spent_until_it_is_swept(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.publishers.spend("a", NOW)
        assert not books.publishers.spend("a", NOW + SECOND)
        assert books.publishers.spend("b", NOW + SECOND)
        assert books.publishers.sweep(NOW - SECOND) == 0
        assert books.publishers.sweep(NOW) == 1
        assert books.publishers.spend("a", NOW)
        assert not books.publishers.spend("b", NOW)


def test_what_a_transaction_that_failed_has_spent_is_not_spent(vault: SqlVault) -> None:
    with pytest.raises(RuntimeError), vault.writing() as books:
        assert books.publishers.spend("a", NOW)
        raise RuntimeError
    with vault.writing() as books:
        assert books.publishers.spend("a", NOW)


def test_of_many_that_spend_the_same_at_once_one_does(vault: SqlVault) -> None:
    together = Barrier(6)

    def spends(_: int) -> bool:
        together.wait()
        with vault.writing() as books:
            return books.publishers.spend("a", NOW)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(spends, range(6))) == [False] * 5 + [True]


def test_issuers_are_trusted_until_they_are_not(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.publishers.trust_issuer(ISSUER, "gitlab")
        books.publishers.trust_issuer(ISSUER, "forgejo")
        books.publishers.trust_issuer(OTHER, "gitlab")
        assert books.publishers.issuers() == {ISSUER: "forgejo", OTHER: "gitlab"}
        assert books.publishers.distrust_issuer(ISSUER)
        assert not books.publishers.distrust_issuer(ISSUER)
        assert books.publishers.issuers() == {OTHER: "gitlab"}
