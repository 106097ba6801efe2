"""What was once there is demanded after, and what changed is told: the rules over a project's releases.

Principles: AUTHZ-3.3
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authz.provenance import (
    Builder,
    Built,
    Provenance,
    State,
    builder_of,
    change_of,
    require_kept,
    standings,
)
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHZ-3.3")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ISSUER = "https://token.actions.githubusercontent.com"


def builder(repository: str = "acme/anvil", workflow: str = "release.yml", number: str = "1001") -> Builder:
    return Builder(ISSUER, f"https://github.com/{repository}", f".github/workflows/{workflow}", number)


def provenance(repository: str = "acme/anvil", workflow: str = "release.yml", number: str = "1001") -> Provenance:
    there = f"https://github.com/{repository}"
    claims = {
        "issuer": ISSUER,
        "source_repository_uri": there,
        "source_repository_ref": "refs/tags/v1",
        "source_repository_identifier": number,
        "build_config_uri": f"{there}/.github/workflows/{workflow}@refs/tags/v1",
    }
    return Provenance("{}", "GitHub", ("t",), claims, 7, NOW, "0" * 64)


def built(version: str, by: Builder | None, hours: int = 0) -> Built:
    return Built(version, by, NOW + timedelta(hours=hours))


def states(*files: Built) -> dict[str, State]:
    return {version: standing.state for version, standing in standings(files).items()}


def test_a_file_without_provenance_is_refused_once_there_was_some() -> None:
    with pytest.raises(Refused, match=r"provenance-lost.*since version 1\.0") as refused:
        require_kept([built("1.0", builder())], is_attested=False)
    assert refused.value.principle == "AUTHZ-3.3"


def test_nothing_is_demanded_where_nothing_was_and_what_comes_with_it_may_come() -> None:
    require_kept([], is_attested=False)
    require_kept([built("1.0", None)], is_attested=False)
    require_kept([built("1.0", builder())], is_attested=True)


def test_what_the_operator_has_forgotten_demands_nothing_until_a_file_comes_with_provenance_anew() -> None:
    old = built("1.0", builder())
    require_kept([old], is_attested=False, forgotten=NOW)
    with pytest.raises(Refused, match=r"since version 1[.]1"):
        require_kept([built("1.1", builder(), hours=1), old], is_attested=False, forgotten=NOW)


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        (
            provenance("mallory/anvil"),
            "repository was https://github.com/acme/anvil, is https://github.com/mallory/anvil",
        ),
        (provenance(workflow="x.yml"), "workflow was .github/workflows/release.yml, is .github/workflows/x.yml"),
        (provenance(number="2002"), "repository number was 1001, is 2002"),
    ],
)
def test_another_build_than_the_release_before_is_told_by_what_differs(offered: Provenance, words: str) -> None:
    change = change_of([built("1.0", builder())], "2.0", offered)
    assert change is not None
    assert change.since == "1.0"
    assert change.words == words


def test_a_change_is_told_with_the_first_file_of_a_release_and_not_with_each() -> None:
    history = [built("2.0", builder("mallory/anvil"), 1), built("1.0", builder())]
    assert change_of(history, "2.0", provenance("mallory/anvil")) is None
    assert change_of(history, "2.0", provenance("third/anvil")) is not None


def test_the_first_provenance_of_a_project_changes_nothing_nor_does_the_same_build_again() -> None:
    assert change_of([], "1.0", provenance()) is None
    assert change_of([built("1.0", builder())], "2.0", provenance()) is None
    assert change_of([built("1.0", builder("ACME/Anvil"))], "2.0", provenance()) is None
    two = [built("1.0", builder(workflow="wheels.yml")), built("1.0", builder())]
    assert change_of(two, "2.0", provenance()) is None


def test_a_builder_without_a_number_is_known_by_its_name() -> None:
    assert builder(number="").is_same(builder())
    assert not builder(number="1").is_same(builder(number="2"))
    assert not builder().is_same(Builder("https://gitlab.com", builder().repository, builder().workflow, "1001"))


def test_releases_stand_in_one_of_six_states() -> None:
    found = states(
        built("0.9", None, 0),
        built("1.0", builder(), 1),
        built("1.1", builder(), 2),
        built("1.1", None, 2),
        built("1.2", builder(), 3),
        built("1.2", builder(), 3),
        built("1.3", None, 4),
        built("1.4", builder("mallory/anvil"), 5),
        built("1.5", builder("mallory/anvil"), 6),
        built("1.6", builder("mallory/anvil"), 7),
        built("1.6", builder("mallory/anvil", number=""), 7),
    )
    assert found == {
        "0.9": State.NONE,
        "1.0": State.FULL,
        "1.1": State.PARTIAL,
        "1.2": State.FULL,
        "1.3": State.LOST,
        "1.4": State.CHANGED,
        "1.5": State.FULL,
        "1.6": State.FULL,
    }


def test_files_of_one_release_by_two_builds_are_inconsistent_and_a_new_one_among_them_is_a_change() -> None:
    first = [built("1.0", builder()), built("1.0", builder(workflow="wheels.yml"))]
    assert states(*first) == {"1.0": State.INCONSISTENT}
    assert states(*first, built("2.0", builder(), 1), built("2.0", builder("mallory/x"), 1))["2.0"] is State.CHANGED
    assert states(*first, built("2.0", builder(), 1), built("2.0", first[1].builder, 1))["2.0"] is State.INCONSISTENT


def test_a_change_is_shown_against_the_last_release_that_had_provenance() -> None:
    found = standings([built("1.0", builder()), built("1.1", None, 1), built("2.0", builder("b/c"), 2)])
    change = found["2.0"].change
    assert change is not None
    assert change.since == "1.0"


@given(
    st.lists(
        st.builds(
            built,
            st.sampled_from(["1", "2", "3", "4"]),
            st.sampled_from([None, builder(), builder("b/c"), builder("d/e", number="")]),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
def test_every_release_has_a_standing_and_full_means_that_nothing_is_to_be_told(files: list[Built]) -> None:
    found = standings(files)
    assert set(found) == {file.version for file in files}
    for version, standing in found.items():
        builders = [file.builder for file in files if file.version == version]
        assert (standing.change is not None) == (standing.state is State.CHANGED)
        assert (standing.state in (State.NONE, State.LOST)) == (set(builders) == {None})
        if standing.state is State.FULL:
            assert None not in builders


def test_the_workflow_of_a_certificate_is_told_without_what_it_ran_at() -> None:
    there = "https://github.com/acme/anvil"
    claims = {"source_repository_uri": there, "source_repository_ref": "refs/heads/a@b"}
    found = builder_of(claims | {"build_config_uri": f"{there}/.github/workflows/r.yml@refs/heads/a@b"})
    assert found.workflow == ".github/workflows/r.yml"


def test_a_builder_that_has_no_workflow_in_its_repository_is_told_by_its_name() -> None:
    run = {"build_config_uri": "https://ci.example/runs/7", "source_repository_uri": "example/x", "subject": "pipeline"}
    assert builder_of(run).workflow == "pipeline"
    assert builder_of({"issuer": "i", "subject": "b@c.example"}) == Builder("i", "", "b@c.example")
