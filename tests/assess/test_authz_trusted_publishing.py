"""The probes of trusted publishing, on rooms with and without the flaws that they look for.

Principles: AUTHZ-3.1
"""

import httpx2
import pytest
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess.consent import Consent
from strongroom.assess.drivers.operations import Op
from strongroom.assess.issuer import DISCOVERY, on_loopback
from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, issuing
from strongroom.surroundings import RealClocks

pytestmark = pytest.mark.principle("AUTHZ-3.1")

CLAUSES = ["AUTHZ-3.1a", "AUTHZ-3.1b"]
FLAWS_OF_EXCHANGE = [each for each in every_flaw() if each.clause in CLAUSES]


@pytest.mark.parametrize("clause", CLAUSES)
def test_an_exchange_that_is_as_it_should_be_is_seen(clause: str) -> None:
    assert found(clause).outcome is Outcome.MET


@pytest.mark.parametrize("flaw", FLAWS_OF_EXCHANGE)
def test_what_an_exchange_should_not_believe_or_give_is_seen(flaw: str) -> None:
    assert found(flaw.partition(" ")[0], flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("op", [Op.MINT, Op.TRUST_PUBLISHER, Op.OIDC_AUDIENCE])
@pytest.mark.parametrize("clause", CLAUSES)
def test_without_an_exchange_none_is_tried(clause: str, op: Op) -> None:
    assert found(clause, without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("clause", CLAUSES)
def test_without_an_issuer_of_its_own_a_run_says_so(clause: str) -> None:
    finding = found(clause, issuer=None)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "issuer" in finding.saw


@pytest.mark.parametrize("op", [Op.MINT, Op.TRUST_PUBLISHER, Op.TRUST_ISSUER, Op.PUBLISH])
@pytest.mark.parametrize("clause", CLAUSES)
def test_where_the_honest_are_refused_too_nothing_follows(clause: str, op: Op) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


def test_a_run_without_patience_does_not_say_that_a_token_dies() -> None:
    finding = found("AUTHZ-3.1b", patience_seconds=60.0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "does not wait that long" in finding.saw


def test_the_issuer_is_served_to_live_targets() -> None:
    with on_loopback() as issuer, httpx2.Client(trust_env=False) as client:
        metadata = client.get(issuer.address + DISCOVERY).json()
        assert metadata["issuer"] == issuer.address
        (key,) = client.get(metadata["jwks_uri"]).json()["keys"]
        assert "d" not in key
        assert client.get(f"{issuer.address}/elsewhere").status_code == 404


@pytest.mark.parametrize(
    ("url", "safety", "served"),
    [
        ("http://127.0.0.1:1/", Safety.SANDBOX, True),
        ("http://127.0.0.1:1/", Safety.PASSIVE, False),
        ("http://repository.invalid/", Safety.SANDBOX, False),
    ],
)
def test_a_run_has_an_issuer_where_the_target_can_reach_it_and_may_be_tried(
    url: str, safety: Safety, served: bool
) -> None:
    now = RealClocks().now
    with issuing(Wish(url, "t3st"), setting(Room()).target, Consent(safety, ""), now) as tools:
        assert ("issuer" in tools) is served
        assert "attester" not in tools  # nobody could make the room believe it
    with issuing(Wish(url, "t3st"), setting(Room(), without=[Op.MINT]).target, Consent(safety, ""), now) as tools:
        assert tools == {}
