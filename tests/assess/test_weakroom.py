"""Weakroom itself: every flaw changes what the probe of its clause finds, and nothing else.

Principles: none
"""

from functools import cache

import pytest
from tests.assess.weakroom.room import Flaw, Room
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess.probing import Outcome
from strongroom.assess.run import every_probe, probe_target

CLAUSES = tuple(probe.clause for probe in every_probe())


@cache
def seen(clause: str, *flaws: str) -> tuple[Outcome, str]:
    finding = found(clause, *flaws)
    return finding.outcome, finding.saw


@pytest.mark.parametrize("clause", CLAUSES)
def test_without_a_flaw_every_clause_is_met(clause: str) -> None:
    outcome, saw = seen(clause)
    assert outcome is Outcome.MET, saw


@pytest.mark.parametrize("flaw", every_flaw())
def test_a_flaw_changes_its_clause_and_no_other(flaw: Flaw) -> None:
    changed = {clause: seen(clause, flaw) for clause in CLAUSES if seen(clause, flaw)[0] is not seen(clause)[0]}
    assert set(changed) == {flaw.clause}, changed
    assert changed[flaw.clause][0] in (Outcome.UNMET, Outcome.PARTLY), changed


def test_every_clause_with_a_probe_has_a_flaw() -> None:
    assert set(CLAUSES) == {flaw.clause for flaw in every_flaw()}


def test_one_room_takes_every_probe_in_one_run_and_is_clean_afterwards() -> None:
    room = Room()
    session = probe_target(setting(room), every_probe())
    assert not session.aborted
    assert not session.lost
    assert not session.left
    assert {each.clause: each.saw for each in session.findings if each.outcome is not Outcome.MET} == {}
