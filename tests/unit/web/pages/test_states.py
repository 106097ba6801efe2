"""What a reader is told before installing.

Principles: GEN-2.1
"""

import pytest
from tests.browser.samples import facts, release

from strongroom.kernel.records import ProjectFacts, ReleaseRecord, Status
from strongroom.web.pages.states import newest_of, states


def titles(project: ProjectFacts, shown: ReleaseRecord, *, pinned: bool = True) -> list[str]:
    """Return the titles of all that is told."""
    return [state.title for state in states(project, shown, pinned=pinned)]


def test_nothing_is_said_against_the_newest_release_of_an_active_project() -> None:
    assert titles(facts(), facts().releases[-1]) == []


def test_a_pinned_old_release_names_the_newer_one() -> None:
    (state,) = states(facts(), facts().releases[0], pinned=True)
    assert (state.title, state.version) == ("There is a newer version", "2.1.0")


def test_an_unpinned_page_does_not() -> None:
    assert titles(facts(), facts().releases[0], pinned=False) == []


def test_a_yanked_release_says_why_and_what_to_take_instead() -> None:
    (state,) = states(facts(), facts().releases[1], pinned=True)
    assert state.reason.startswith("Writes world-readable files")
    assert state.version == "2.1.0"


def test_a_yank_without_a_reason_says_so() -> None:
    (state,) = states(facts(), release("2.0.0", 1, yanked=""), pinned=False)
    assert state.reason == "No reason was given."


def test_a_pre_release_is_marked_and_the_newer_version_named_once() -> None:
    told = states(facts(), facts().releases[3], pinned=True)
    assert [state.title for state in told] == ["There is a newer version", "This is a pre-release"]
    assert [state.version for state in told] == ["2.1.0", ""]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ACTIVE])
def test_every_status_but_active_is_told_with_its_reason_and_before_anything_milder(status: Status) -> None:
    told = states(facts(status, "Because."), facts().releases[3], pinned=True)
    assert status.value.removesuffix("d") in told[0].title
    assert told[0].reason == "Because."


def test_quarantine_comes_before_a_yank() -> None:
    told = titles(facts(Status.QUARANTINED), facts().releases[1])
    assert told == ["This project is in quarantine", "Version 2.0.0 is yanked"]


def test_the_newest_release_is_the_one_that_an_installer_would_choose() -> None:
    old, newer, yanked, early = (
        release("1.9", 9),
        release("1.10", 8),
        release("2.0", 7, yanked=""),
        release("3.0a1", 6, early=True),
    )
    assert newest_of([newer, old, yanked, early]) is newer
    assert newest_of([yanked, early]) is early
    assert newest_of([yanked]) is None
