"""The probe of build provenance, on rooms with and without the flaws that it looks for.

Principles: AUTHZ-3.3
"""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.assess.weakroom.provenance import attester_of_tests
from tests.assess.weakroom.visit import every_flaw, found

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.attesting import Lie, digests_in
from strongroom.assess.drivers.operations import Op
from strongroom.assess.issuer import Publisher
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("AUTHZ-3.3")


def test_attestations_that_are_verified_served_and_shown_are_seen() -> None:
    finding = found("AUTHZ-3.3a")
    assert finding.outcome is Outcome.MET
    assert all(lie.value in finding.saw for lie in Lie)


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "AUTHZ-3.3a"])
def test_an_attestation_that_is_not_verified_served_or_shown_is_seen(flaw: str) -> None:
    assert found("AUTHZ-3.3a", flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("op", [Op.PROVENANCE, Op.MINT, Op.PROJECT_PAGE])
def test_where_provenance_cannot_be_read_it_is_not_looked_for(op: Op) -> None:
    assert found("AUTHZ-3.3a", without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("tool", ["attester", "issuer"])
def test_a_run_that_cannot_attest_says_so(tool: str) -> None:
    missing: dict[str, Any] = {tool: None}
    finding = found("AUTHZ-3.3a", **missing)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert tool in finding.saw


@pytest.mark.parametrize("op", [Op.PUBLISH, Op.MINT, Op.PROJECT_PAGE])
def test_where_the_honest_is_refused_too_nothing_follows_of_provenance(op: Op) -> None:
    finding = found("AUTHZ-3.3a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


class Truthful:
    """An attester that cannot lie."""

    trust_root = ""

    def attest(self, file: Artefact, publisher: Publisher, lie: Lie | None = None) -> Mapping[str, Any] | None:
        """Return an attestation, and no lie."""
        return None if lie else attester_of_tests().attest(file, publisher)


def test_an_attester_that_cannot_lie_shows_nothing() -> None:
    assert found("AUTHZ-3.3a", attester=Truthful()).outcome is Outcome.INCONCLUSIVE


def test_what_is_no_provenance_has_no_subjects() -> None:
    others: list[Any] = [1, {"attestations": [None, {"envelope": {"statement": "?"}}]}]
    wrongs: list[Any] = [None, [], {"attestation_bundles": others}]
    for wrong in wrongs:
        assert list(digests_in(wrong)) == []
    honest = attester_of_tests().attest(wheel("anvil", "1.0"), Publisher("o", "1", "r", "2"))
    assert list(digests_in({"attestation_bundles": [{"attestations": [honest]}]})) == [wheel("anvil", "1.0").sha256]
