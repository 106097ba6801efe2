"""Targets that answer nonsense: a probe says that it cannot tell, or no, and the run goes on.

Principles: none
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import setting

from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.probing import Finding, Outcome
from strongroom.assess.run import ask, every_probe


@dataclass(frozen=True)
class Liar(DrivenTarget):
    """A target that answers some operations with whatever it likes."""

    lies: Mapping[Op, Mapping[str, Any]] = field(default_factory=dict)

    def perform(self, op: Op, **given: Any) -> Answer:
        """Answer, truly or not."""
        if op in self.lies:
            return Answer(Kind.ACCEPTED, 200, self.lies[op])
        return DrivenTarget.perform(self, op, **given)


def found_by(clause: str, op: Op, **values: Any) -> Finding:
    """Return what a probe finds where one operation answers with these values."""
    honest = setting(Room())
    kept = {each.name: getattr(honest.target, each.name) for each in fields(DrivenTarget)}
    probe = next(each for each in every_probe() if each.clause == clause)
    return ask(replace(honest, target=Liar(**kept, lies={op: values})), probe)


@pytest.mark.parametrize(
    ("clause", "op", "values"),
    [
        ("GEN-1.2a", Op.FLAGGED_NAMES, {"names": 7}),
        ("GEN-3.2a", Op.EVENTS, {"events": {"0": 1}, "cursor": []}),
        ("GEN-3.2a", Op.EVENTS, {"events": [{}] * 3, "cursor": "1"}),
        ("GEN-3.2a", Op.LOG_PROOF, {"size": 1, "root": "00", "proof": 1}),
        ("GEN-3.2a", Op.LOG_PROOF, {"size": "many", "root": "00", "proof": []}),
        ("GEN-3.2a", Op.LOG_PROOF, {"size": 1, "root": "xy", "proof": []}),
        ("GEN-3.3a", Op.ADVISORIES, {"records": "none"}),
        ("GEN-3.3a", Op.ADVISORIES, {"records": [None, 1, {"id": []}]}),
        ("GEN-2.2a", Op.REPORT_BY_PAGE, {"url": "https://elsewhere.invalid/new"}),
        ("GEN-2.2a", Op.REPORT_BY_PAGE, {"url": "mailto:reports@weakroom.test"}),
        ("GEN-2.2c", Op.REPORT_BY_API, {}),
        ("GEN-2.2c", Op.REPORT_BY_API, {"ticket": "always"}),
        ("AUTHZ-1.2a", Op.ADD_TOKEN, {}),
        ("AUTHZ-1.2a", Op.ADD_TOKEN, {"token": "the-same-for-everybody"}),
        ("AUTHZ-3.2a", Op.TOKEN_PATTERN, {"pattern": "("}),
        ("AUTHZ-3.2a", Op.TOKEN_PATTERN, {}),
        ("AUTHZ-3.1a", Op.MINT, {}),
        ("AUTHZ-3.3a", Op.PROVENANCE, {"provenance": [1]}),
        ("AUTHZ-3.3a", Op.PROJECT_PAGE, {}),
    ],
)
def test_nonsense_is_never_met_and_never_ends_the_run(clause: str, op: Op, values: dict[str, Any]) -> None:
    finding = found_by(clause, op, **values)
    assert finding.outcome in (Outcome.INCONCLUSIVE, Outcome.UNMET, Outcome.PARTLY), finding.saw


@pytest.mark.parametrize("life", ["-1", "nan", "inf", "soon"])
def test_a_token_that_lives_for_no_time_says_nothing(life: str) -> None:
    honest = setting(Room())
    kept = {each.name: getattr(honest.target, each.name) for each in fields(DrivenTarget)}

    @dataclass(frozen=True)
    class Timeless(DrivenTarget):
        def perform(self, op: Op, **given: Any) -> Answer:
            answer = DrivenTarget.perform(self, op, **given)
            return replace(answer, values={**answer.values, "expires_seconds": life}) if op is Op.MINT else answer

    probe = next(each for each in every_probe() if each.clause == "AUTHZ-3.1b")
    finding = ask(replace(honest, target=Timeless(**kept)), probe)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "no time" in finding.saw
