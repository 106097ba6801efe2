"""The probe of vulnerability warnings, on rooms with and without the flaws that it looks for.

Principles: GEN-2.4
"""

import pytest
from tests.assess.weakroom.advisories import Advisories
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("GEN-2.4")


def test_pages_that_warn_are_seen_and_the_advisory_is_withdrawn() -> None:
    room = Room()
    assert found("GEN-2.4a", room=room).outcome is Outcome.MET
    assert all("withdrawn" in each for each in room.shelf(Advisories).values())


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "GEN-2.4a"])
def test_a_page_that_does_not_warn_is_seen(flaw: str) -> None:
    assert found("GEN-2.4a", flaw).outcome is Outcome.UNMET


def test_a_warning_for_machines_alone_is_told() -> None:
    assert found("GEN-2.4a", "GEN-2.4a warns-in-json-only").saw.endswith("though its JSON does")


@pytest.mark.parametrize("op", [Op.PROJECT_PAGE, Op.ADD_ADVISORY])
def test_without_a_page_or_an_advisory_no_warning_is_looked_for(op: Op) -> None:
    assert found("GEN-2.4a", without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("op", [Op.PUBLISH, Op.PROJECT_PAGE, Op.ADD_ADVISORY])
def test_where_what_should_work_does_not_nothing_follows_of_warnings(op: Op) -> None:
    finding = found("GEN-2.4a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")
