"""Weakroom itself: every flaw changes what the probe of its clause finds, and nothing else.

A flaw can change what a probe finds only if the room asks for it while that probe is at work: until then, the room with
the flaw and the room without it do the same. So a probe is asked again with a flaw on only if it made the flawless room
ask for that flaw.

Principles: none
"""

import re
from functools import cache

import pytest
from tests.assess.weakroom.room import Flaw, Room
from tests.assess.weakroom.visit import HERE, every_flaw, found, setting

from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.run import every_probe, probe_target

PROBES = {probe.clause: probe for probe in every_probe() if not probe.clause.startswith("CLI")}
"""What is asked of a repository; the CLI track asks about clients, whatever repository they use."""


@cache
def flawless(clause: str) -> tuple[Finding, frozenset[Flaw]]:
    """Return what a probe finds where nothing is wrong, and the flaws that could have changed it."""
    room = Room()
    finding = found(clause, room=room)
    return finding, frozenset(room.asked)


@pytest.mark.parametrize("clause", PROBES)
def test_without_a_flaw_every_clause_is_met(clause: str) -> None:
    finding, _ = flawless(clause)
    assert finding.outcome is Outcome.MET, finding.saw


@pytest.mark.parametrize("flaw", every_flaw())
def test_a_flaw_changes_its_clause_and_no_other(flaw: Flaw) -> None:
    within_reach = [clause for clause in PROBES if flaw in flawless(clause)[1]]
    findings = {clause: found(clause, flaw) for clause in within_reach}
    changed = {clause: each for clause, each in findings.items() if each.outcome is not flawless(clause)[0].outcome}
    assert set(changed) == {flaw.clause}, {clause: (each.outcome, each.saw) for clause, each in changed.items()}
    wrong = {Outcome.UNMET, Outcome.PARTLY}
    if PROBES[flaw.clause].safety is Safety.PASSIVE:
        wrong.add(Outcome.INCONCLUSIVE)  # a document that is not found may be somewhere else
    assert changed[flaw.clause].outcome in wrong, changed[flaw.clause].saw


def test_every_clause_with_a_probe_has_a_flaw() -> None:
    assert {flaw.clause for flaw in every_flaw()} == set(PROBES)


def test_only_the_room_itself_reads_its_flaws() -> None:
    readers = {path.name for path in HERE.glob("*.py") if re.search(r"\bin room\.flaws\b", path.read_text("utf-8"))}
    assert not readers, "ask `room.has(FLAW)`, which remembers that it was asked"


def test_one_room_takes_every_probe_in_one_run_and_is_clean_afterwards() -> None:
    session = probe_target(setting(Room()), tuple(PROBES.values()))
    assert not session.aborted
    assert not session.lost
    assert not session.left
    assert {each.clause: each.saw for each in session.findings if each.outcome is not Outcome.MET} == {}
