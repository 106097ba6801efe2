"""The probe of names that look alike, on rooms with and without the flaws that it looks for.

Principles: GEN-1.2
"""

import pytest
from tests.assess.weakroom.names import is_near
from tests.assess.weakroom.visit import every_flaw, found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("GEN-1.2")


def test_names_that_are_watched_are_seen_to_be() -> None:
    assert found("GEN-1.2a").outcome is Outcome.MET


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "GEN-1.2a"])
def test_a_name_that_could_be_taken_unnoticed_is_seen(flaw: str) -> None:
    assert found("GEN-1.2a", flaw).outcome is Outcome.UNMET


def test_where_nothing_can_be_marked_popular_near_names_stay_open() -> None:
    finding = found("GEN-1.2a", without=[Op.MARK_POPULAR])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("confusable names are noticed")


def test_where_nobody_sees_what_is_flagged_near_names_stay_open() -> None:
    assert found("GEN-1.2a", without=[Op.FLAGGED_NAMES]).outcome is Outcome.INCONCLUSIVE


def test_a_confusable_name_that_is_taken_counts_without_the_operators_help_too() -> None:
    finding = found("GEN-1.2a", "GEN-1.2a takes-zero-for-o", without=[Op.MARK_POPULAR, Op.FLAGGED_NAMES])
    assert finding.outcome is Outcome.UNMET
    assert finding.saw.endswith("with 0 for o, and nobody was told")


def test_without_a_way_to_publish_no_name_is_tried() -> None:
    assert found("GEN-1.2a", without=[Op.PUBLISH]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("op", [Op.PUBLISH, Op.MARK_POPULAR, Op.FLAGGED_NAMES])
def test_where_a_plain_name_is_refused_too_nothing_follows(op: Op) -> None:
    finding = found("GEN-1.2a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("tool", "tools", True),
        ("tool", "too", True),
        ("tool", "toll", True),
        ("tool", "otol", True),
        ("tool", "tool", True),
        ("tool", "took-it", False),
        ("tool", "loot", False),
    ],
)
def test_the_room_tells_near_names_from_far_ones(one: str, other: str, near: bool) -> None:
    assert is_near(one, other) is near
    assert is_near(other, one) is near
