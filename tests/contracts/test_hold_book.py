"""Every book of uploads that wait keeps its promises, on every database.

Principles: AUTHZ-2.1
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.worlds import ANVIL, wheel

from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.packages.holding import HOLD_LIFE, Held
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-2.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HAMMER = ProjectName("pypi", "hammer")


def held(version: str = "1.0", *, project: ProjectName = ANVIL, uploaded: datetime = NOW) -> Held:
    """Return an upload of ada's, which waits."""
    offered = wheel(project.text, version).offered()
    offered = replace(offered, claims={**offered.claims, "summary": ["It is heavy, Ω"], "classifiers": ["a", "b"]})
    metadata = Sha256.of(b"Name: anvil")
    return Held(project, version, offered, "ada", "token-1", uploaded, uploaded + HOLD_LIFE, metadata)


@pytest.mark.parametrize("started_by", ["", "octo-ada"])
def test_what_waits_comes_back_as_it_was_until_it_is_forgotten(vault: SqlVault, started_by: str) -> None:
    made = replace(held(), started_by=started_by)
    with vault.writing() as books:
        books.holds.add_held(made)
    with vault.reading() as books:
        assert books.holds.held(made.offered.filename) == made
        assert books.holds.held("nothing-1.0.tar.gz") is None
    with vault.writing() as books:
        for _ in range(2):
            books.holds.remove_held(made.offered.filename)
        assert books.holds.held(made.offered.filename) is None
        assert books.holds.all_held() == []


def test_one_upload_waits_under_a_name(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.holds.add_held(held())
    with pytest.raises(Exception, match=r"(?i)unique"), vault.writing() as books:
        books.holds.add_held(replace(held(), uploader="mallory"))
    with vault.reading() as books:
        assert [each.uploader for each in books.holds.all_held()] == ["ada"]


def test_what_waits_is_told_by_project_oldest_first(vault: SqlVault) -> None:
    second = held("2.0", uploaded=NOW - timedelta(days=1))
    with vault.writing() as books:
        for each in (held(), second, held(project=HAMMER), held("3.0", project=ProjectName("toy", "anvil"))):
            books.holds.add_held(each)
        assert [each.version for each in books.holds.held_of(ANVIL)] == ["2.0", "1.0"]
        assert [each.project for each in books.holds.held_of(HAMMER)] == [HAMMER]
        assert books.holds.held_of(ProjectName("pypi", "nothing")) == []
        assert len(books.holds.all_held()) == 4


def test_what_has_waited_past_its_time_is_known_to_the_moment(vault: SqlVault) -> None:
    made = held()
    with vault.writing() as books:
        books.holds.add_held(made)
        assert books.holds.held_before(made.expires - timedelta(microseconds=1)) == []
        assert books.holds.held_before(made.expires) == [made]
        assert books.holds.held(made.offered.filename) == made


def test_the_bytes_of_what_waits_are_named_so_that_no_clean_up_takes_them(vault: SqlVault) -> None:
    made = held()
    digest = made.offered.digests.sha256
    with vault.writing() as books:
        books.holds.add_held(made)
    assert vault.names_digest(digest)
    with vault.writing() as books:
        books.holds.remove_held(made.offered.filename)
    assert not vault.names_digest(digest)


def test_what_is_undone_leaves_nothing_waiting(vault: SqlVault) -> None:
    with pytest.raises(RuntimeError), vault.writing() as books:
        books.holds.add_held(held())
        raise RuntimeError
    with vault.reading() as books:
        assert books.holds.all_held() == []
