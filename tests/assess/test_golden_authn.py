"""A default install, measured by the assessor: every clause of authentication is seen by a probe, and met.

The one step beside the defaults is the one that the documentation asks of a machine without the internet: the list of
frequent passwords is imported, since new ones are refused while nobody can tell whether they have leaked.

Principles: AUTHN-1.1, AUTHN-1.5, AUTHN-2.1, AUTHN-3.3
"""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.live import live

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.commands.main import cli
from strongroom.principles.catalogue import Grade, Track, principles
from strongroom.surroundings import RealChance, RealClocks

pytestmark = [pytest.mark.client, pytest.mark.principle("AUTHN-1.1", "AUTHN-1.5", "AUTHN-2.1", "AUTHN-3.3")]

#: A policy is a page: reading it is documentary evidence, and what the software does by it is seen in other clauses.
READ = {"AUTHN-1.2a"}
#: Who hands out keys is not seen from outside: it is advised, and told on the page of critical projects.
NOT_SEEN = {"AUTHN-3.3b"}


def test_authentication_is_at_level_3_with_every_clause_observed(tmp_path: Path) -> None:
    clauses = {
        f"{each.id}{clause.letter}" for each in principles() if each.id.startswith("AUTHN") for clause in each.clauses
    }
    with live(tmp_path) as served, real_client() as client:
        done = CliRunner().invoke(cli, ["admin", "breaches", "import", "--common", "--data", str(served.data)])
        assert done.exit_code == 0, done.output
        url = f"http://localhost:{served.port}/"  # a passkey is bound to a name
        wish = Wish(url, "t3st", Safety.IRREVERSIBLE, data=served.data, only=frozenset(clauses - NOT_SEEN))
        assessment = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment
    found = {each.clause: (each.outcome, each.saw) for each in assessment.findings}
    assert {clause: seen for clause, seen in found.items() if seen[0] is not Outcome.MET} == {}
    assert set(found) == clauses - NOT_SEEN
    assert assessment.circumstances.left == ()
    track = next(each for each in assessment.tracks if each.track is Track.AUTHENTICATION)
    assert (track.confirmed, track.possible) == (3, 3)
    assert {each.grade for each in assessment.evidence if each.clause in set(found) - READ} == {Grade.OBSERVED}
