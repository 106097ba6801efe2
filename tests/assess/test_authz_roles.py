"""The probes of roles, on rooms with and without the flaws that they look for.

Principles: AUTHZ-2.1
"""

import pytest
from tests.assess.weakroom.visit import found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("AUTHZ-2.1")


@pytest.mark.parametrize("clause", ["AUTHZ-2.1a", "AUTHZ-2.1b"])
def test_roles_that_hold_are_seen_to_hold(clause: str) -> None:
    assert found(clause).outcome is Outcome.MET


@pytest.mark.parametrize(
    "flaw",
    [
        "AUTHZ-2.1a publishers-add-people",
        "AUTHZ-2.1a publishers-remove-owners",
        "AUTHZ-2.1a managers-publish",
        "AUTHZ-2.1b outsiders-publish",
        "AUTHZ-2.1b outsiders-add-people",
        "AUTHZ-2.1b outsiders-remove-people",
    ],
)
def test_a_right_that_nobody_gave_is_seen(flaw: str) -> None:
    assert found(flaw.partition(" ")[0], flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("op", [Op.ADD_MEMBER, Op.REMOVE_MEMBER, Op.PUBLISH])
def test_without_a_way_to_manage_people_roles_are_not_looked_at(op: Op) -> None:
    assert found("AUTHZ-2.1a", without=[op]).outcome is Outcome.NOT_RUN


def test_where_people_cannot_be_managed_only_half_of_what_outsiders_may_do_is_seen() -> None:
    finding = found("AUTHZ-2.1b", without=[Op.ADD_MEMBER])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "cannot manage people" in finding.saw


@pytest.mark.parametrize("op", [Op.PUBLISH, Op.ADD_MEMBER, Op.ANSWER_TOTP])
@pytest.mark.parametrize("clause", ["AUTHZ-2.1a", "AUTHZ-2.1b"])
def test_where_what_should_work_does_not_nothing_follows_of_roles(clause: str, op: Op) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")
