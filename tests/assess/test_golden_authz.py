"""A default install, measured by the assessor: every clause of authorization is seen by a probe, and met.

That a minted token dies is seen by whoever waits for it: `./run golden` does (test_golden_patience.py). Here a run that
does not wait sees the rest, and must not say more.

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-2.1, AUTHZ-3.1, AUTHZ-3.2, AUTHZ-3.3, GEN-3.2
"""

from pathlib import Path

import pytest
from tests.live import live

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.principles.catalogue import Grade, Track, principles
from strongroom.surroundings import RealChance, RealClocks

pytestmark = [
    pytest.mark.client,
    pytest.mark.principle("AUTHZ-1.1", "AUTHZ-1.2", "AUTHZ-2.1", "AUTHZ-3.1", "AUTHZ-3.2", "AUTHZ-3.3", "GEN-3.2"),
]

#: What dies by itself is seen to be dead by those who wait until then.
WAITED_FOR = "AUTHZ-3.1b"


def test_authorization_is_at_level_3_but_for_what_dies_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    clauses = {
        f"{each.id}{clause.letter}" for each in principles() if each.id.startswith("AUTHZ") for clause in each.clauses
    }
    with live(tmp_path) as served, real_client() as client:
        asked = frozenset(clauses | {"GEN-3.2a"})
        wish = Wish(served.url, "t3st", Safety.IRREVERSIBLE, data=served.data, only=asked)
        assessment = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment
    found = {each.clause: (each.outcome, each.saw) for each in assessment.findings}
    assert set(found) == asked
    outcome, saw = found.pop(WAITED_FOR)
    assert {clause: seen for clause, seen in found.items() if seen[0] is not Outcome.MET} == {}
    assert (outcome, "published to its package only" in saw) == (Outcome.INCONCLUSIVE, True), saw
    assert "publish, member, yank, remove" in found["GEN-3.2a"][1]
    assert assessment.circumstances.left == ()
    track = next(each for each in assessment.tracks if each.track is Track.AUTHORIZATION)
    assert (track.confirmed, track.possible) == (2, 3)
    assert {each.grade for each in assessment.evidence if each.clause in found} == {Grade.OBSERVED}
