"""The probes of leaked tokens, on rooms with and without the flaws that they look for.

Principles: AUTHZ-3.2
"""

from dataclasses import replace

import pytest
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome
from strongroom.assess.run import ask, every_probe

pytestmark = pytest.mark.principle("AUTHZ-3.2")

CLAUSES = ["AUTHZ-3.2b", "AUTHZ-3.2c"]


@pytest.mark.parametrize("clause", CLAUSES)
def test_reports_that_are_handled_well_are_seen_to_be(clause: str) -> None:
    assert found(clause).outcome is Outcome.MET


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause in CLAUSES])
def test_a_report_that_is_handled_badly_is_seen(flaw: str) -> None:
    assert found(flaw.partition(" ")[0], flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("op", [Op.REPORT_LEAK, Op.TRUST_REPORTER])
@pytest.mark.parametrize("clause", CLAUSES)
def test_without_an_endpoint_nothing_is_reported(clause: str, op: Op) -> None:
    assert found(clause, without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("op", [Op.REPORT_LEAK, Op.TRUST_REPORTER, Op.PUBLISH])
@pytest.mark.parametrize("clause", CLAUSES)
def test_where_an_honest_report_is_refused_nothing_follows(clause: str, op: Op) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


def test_without_a_mailbox_nobody_says_that_the_owner_was_not_told() -> None:
    probe = next(each for each in every_probe() if each.clause == "AUTHZ-3.2c")
    finding = ask(replace(setting(Room()), mailbox=None), probe)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "mail" in finding.saw
