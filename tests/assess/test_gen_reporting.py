"""The probes of reporting a package, on rooms with and without the flaws that they look for.

Principles: GEN-2.2
"""

import pytest
from tests.assess.weakroom.visit import every_flaw, found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("GEN-2.2")

CHANNELS = {"GEN-2.2a": Op.REPORT_BY_PAGE, "GEN-2.2b": Op.REPORT_BY_COMMAND, "GEN-2.2c": Op.REPORT_BY_API}


@pytest.mark.parametrize("clause", CHANNELS)
def test_a_channel_that_takes_reports_is_seen(clause: str) -> None:
    assert found(clause).outcome is Outcome.MET


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause in CHANNELS])
def test_a_channel_that_is_missing_is_seen(flaw: str) -> None:
    assert found(flaw.partition(" ")[0], flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize(("clause", "op"), CHANNELS.items())
def test_a_channel_that_the_driver_does_not_know_is_not_tried(clause: str, op: Op) -> None:
    assert found(clause, without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize(
    ("clause", "op"),
    [*CHANNELS.items(), *((clause, Op.PUBLISH) for clause in CHANNELS), ("GEN-2.2a", Op.PROJECT_PAGE)],
)
def test_where_what_should_work_does_not_nothing_follows_of_reports(clause: str, op: Op) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")
