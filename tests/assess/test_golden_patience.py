"""A default install, measured by somebody who waits: a minted token is seen to be dead after a quarter of an hour.

It takes 17 minutes, so `./run golden` asks for it, and the tests of every change do not. By command it is
`strongroom assess URL --active --data FOLDER --only authz --patience 960`.

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-2.1, AUTHZ-3.1, AUTHZ-3.2, AUTHZ-3.3
"""

from pathlib import Path

import pytest
from tests.live import live

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.principles.catalogue import Grade, Track
from strongroom.surroundings import RealChance, RealClocks

pytestmark = [pytest.mark.client, pytest.mark.principle("AUTHZ-3.1")]

#: A minted token lives for 900 seconds; what is asked before and after the wait has the rest.
PATIENCE_SECONDS = 960.0


def test_authorization_is_at_level_3_with_every_clause_observed(tmp_path: Path) -> None:
    with live(tmp_path) as served, real_client() as client:
        wish = Wish(
            served.url, "t3st", Safety.IRREVERSIBLE, data=served.data, only=frozenset({"authz"}),
            patience_seconds=PATIENCE_SECONDS,
        )  # fmt: skip
        assessment = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment
    found = {each.clause: (each.outcome, each.saw) for each in assessment.findings}
    assert {clause: seen for clause, seen in found.items() if seen[0] is not Outcome.MET} == {}
    assert "was dead after" in found["AUTHZ-3.1b"][1]
    assert assessment.circumstances.left == ()
    track = next(each for each in assessment.tracks if each.track is Track.AUTHORIZATION)
    assert (track.confirmed, track.possible) == (3, 3)
    assert {each.grade for each in assessment.evidence if each.clause in found} == {Grade.OBSERVED}
