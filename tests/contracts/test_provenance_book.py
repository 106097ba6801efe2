"""Every book of provenance keeps its promises, on every database.

Principles: AUTHZ-3.3
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.contracts.test_vault import enter
from tests.worlds import ANVIL, Made, wheel

from strongroom.authz.provenance import Built, Provenance
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-3.3")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ANVIL_URL = "https://github.com/acme/anvil"
CLAIMS = {
    "issuer": "https://token.actions.githubusercontent.com",
    "source_repository_uri": ANVIL_URL,
    "source_repository_ref": "refs/tags/v1",
    "build_config_uri": f"{ANVIL_URL}/.github/workflows/release.yml@refs/tags/v1",
}
HONEST = Provenance('{"version":1}', "GitHub, repository acme/anvil", ("a", "b"), CLAIMS, 2**40, NOW, "0" * 64)
OTHER = replace(HONEST, claims=CLAIMS | {"source_repository_uri": "https://github.com/mallory/anvil"})


def second(version: str = "1.0") -> Made:
    return wheel(version=version, tag="cp311-abi3-any")


def publish(vault: SqlVault, made: Made, provenance: Provenance | None = None) -> None:
    with vault.writing() as books:
        enter(books, made)
        if provenance is not None:
            books.provenances.add_provenance(made.filename, provenance)


def test_what_was_proved_of_a_file_comes_back_as_it_was(vault: SqlVault) -> None:
    publish(vault, wheel(), HONEST)
    publish(vault, second())
    with vault.reading() as books:
        assert books.provenances.provenance_of(wheel().filename) == HONEST
        assert books.provenances.provenance_of(second().filename) is None
        assert books.provenances.provenance_of("nothing.whl") is None
        assert books.provenances.provenances_of(ANVIL) == {wheel().filename: HONEST}


def test_a_file_has_one_provenance_and_it_must_be_there(vault: SqlVault) -> None:
    publish(vault, wheel(), HONEST)
    for filename in (wheel().filename, "nothing-1.0.tar.gz"):
        with pytest.raises(ValueError), vault.writing() as books:
            books.provenances.add_provenance(filename, OTHER)
    with vault.reading() as books:
        assert books.provenances.provenance_of(wheel().filename) == HONEST


def test_a_removed_file_is_shown_no_more_and_the_project_does_not_forget(vault: SqlVault) -> None:
    publish(vault, wheel(), HONEST)
    with vault.writing() as books:
        books.shelf.remove_file(wheel().filename)
    with vault.reading() as books:
        assert books.provenances.provenance_of(wheel().filename) is None
        assert books.provenances.provenances_of(ANVIL) == {}
        assert [each.version for each in books.provenances.history_of(ANVIL)] == ["1.0"]


def test_the_history_has_a_line_for_each_build_of_a_version_newest_first(vault: SqlVault) -> None:
    publish(vault, wheel(version="1.0"), HONEST)
    publish(vault, second("1.0"), HONEST)
    publish(vault, wheel(version="2.0"), OTHER)
    publish(vault, second("2.0"), HONEST)
    publish(vault, wheel(version="3.0"))
    with vault.reading() as books:
        history = books.provenances.history_of(ANVIL)
    assert [(each.version, each.builder) for each in history] == [
        ("2.0", HONEST.builder),
        ("2.0", OTHER.builder),
        ("1.0", HONEST.builder),
    ]
    assert all(isinstance(each, Built) and each.uploaded.tzinfo is not None for each in history)


def test_a_project_without_provenance_has_no_history(vault: SqlVault) -> None:
    publish(vault, wheel())
    publish(vault, wheel("hammer"), HONEST)
    with vault.reading() as books:
        assert books.provenances.history_of(ANVIL) == []
        assert books.provenances.history_of(ProjectName("pypi", "nothing")) == []


def test_what_is_undone_leaves_no_provenance(vault: SqlVault) -> None:
    with pytest.raises(RuntimeError), vault.writing() as books:
        enter(books, wheel())
        books.provenances.add_provenance(wheel().filename, HONEST)
        raise RuntimeError
    with vault.reading() as books:
        assert books.provenances.history_of(ANVIL) == []


def test_provenance_that_is_no_reason_any_more_is_served_still_and_part_of_the_history(vault: SqlVault) -> None:
    publish(vault, wheel(), HONEST)
    with vault.writing() as books:
        record = books.shelf.project(ANVIL)
        assert record is not None
        assert record.provenance_forgotten is None
        books.provenances.forget_provenance(ANVIL, NOW)
    with vault.reading() as books:
        record = books.shelf.project(ANVIL)
        assert record is not None
        assert record.provenance_forgotten == NOW
        assert books.provenances.provenances_of(ANVIL) == {wheel().filename: HONEST}
        assert [each.version for each in books.provenances.history_of(ANVIL)] == ["1.0"]
