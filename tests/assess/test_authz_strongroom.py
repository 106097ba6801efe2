"""The probes of tokens, roles, events and removed versions on a live Strongroom, by its own driver.

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-2.1, GEN-3.2
"""

from pathlib import Path

import pytest
from tests.live import live

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.surroundings import RealChance, RealClocks

SEEN = frozenset({"AUTHZ-1.1a", "AUTHZ-1.2a", "AUTHZ-2.1a", "AUTHZ-2.1b", "GEN-3.2a"})


@pytest.mark.principle("AUTHZ-1.1", "AUTHZ-1.2", "AUTHZ-2.1", "GEN-3.2")
def test_strongroom_holds_its_tokens_and_roles_and_tells_what_happens(tmp_path: Path) -> None:
    with live(tmp_path) as served, real_client() as client:
        wish = Wish(served.url, "t3st", Safety.IRREVERSIBLE, data=served.data, only=SEEN)
        assessment = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment
    found = {each.clause: (each.outcome, each.saw) for each in assessment.findings}
    assert {clause: outcome for clause, (outcome, _) in found.items()} == dict.fromkeys(SEEN, Outcome.MET), found
    assert assessment.circumstances.left == ()
    assert "publish, member, yank, remove" in found["GEN-3.2a"][1]
