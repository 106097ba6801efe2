"""The probes of leaked tokens on a live Strongroom, by its own driver.

Principles: AUTHZ-3.2
"""

from pathlib import Path

import pytest
from tests.live import live

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.principles.catalogue import Grade
from strongroom.surroundings import RealChance, RealClocks

SEEN = frozenset({"AUTHZ-3.2a", "AUTHZ-3.2b", "AUTHZ-3.2c"})


@pytest.mark.client
@pytest.mark.principle("AUTHZ-3.2")
def test_a_default_install_publishes_its_pattern_and_ends_what_is_reported(tmp_path: Path) -> None:
    with live(tmp_path) as served, real_client() as client:
        wish = Wish(served.url, "t3st", Safety.IRREVERSIBLE, data=served.data, only=SEEN)
        assessment = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment
    found = {each.clause: (each.outcome, each.saw) for each in assessment.findings}
    assert {clause: outcome for clause, (outcome, _) in found.items()} == dict.fromkeys(SEEN, Outcome.MET), found
    assert assessment.circumstances.left == ()
    assert {each.grade for each in assessment.evidence if each.clause in SEEN} == {Grade.OBSERVED}
