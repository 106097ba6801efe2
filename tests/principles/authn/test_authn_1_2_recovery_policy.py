"""AUTHN-1.2: a public page with a version says exactly what recovery takes, and the code keeps to it.

Principles: AUTHN-1.2
"""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from strongroom.assess.probes.policies import RECOVERY
from strongroom.authn.accounts import FORMER_DAYS, AccountName
from strongroom.authn.recovery import (
    COOLING,
    RECOVERY_LIFE,
    SHORTEST_WAIT,
    ProofKind,
    Recovery,
    is_independent,
    require_ready,
    with_proof,
)
from strongroom.authn.sessions import TICKET_LIFE, Errand
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import House
from strongroom.web.pages import Pages
from strongroom.web.pages.policies import POLICIES

pytestmark = pytest.mark.principle("AUTHN-1.2")

ROOT = Path(__file__).parents[3]
POLICY = POLICIES["recovery"]
NOW = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)
LONG = timedelta(hours=72)


def page() -> str:
    return (Pages("Acme", "https://acme.example/").policy("recovery") or b"").decode()


def words() -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page())).split())


def recovery(*proofs: ProofKind) -> Recovery:
    return Recovery("r1", AccountName("ada"), NOW, None, frozenset(proofs), frozenset(), "203.0.113.7")


def test_the_page_is_public_and_says_what_the_assessor_looks_for() -> None:
    for pattern in (*RECOVERY.says, *RECOVERY.whole):
        assert pattern.search(words())
    assert "AUTHN-1.2a" in POLICY.clauses
    assert f"Version {POLICY.version}, in force since {POLICY.since}" in words()


def test_the_text_beside_the_code_is_the_one_that_is_served() -> None:
    text = (ROOT / "docs/policies/recovery.md").read_text()
    head, _, body = text.partition("\n## ")
    assert f"# {POLICY.title}\n" in head
    assert f"Version {POLICY.version}, in force since {POLICY.since}." in head
    assert POLICY.says.rstrip(".") in " ".join(head.split())
    for line in re.findall(r"^#+ (.+)$", body, re.MULTILINE):
        assert line in words()
    assert "user-content" not in page() and page().count("<h1") == 1


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    hours, days = timedelta(hours=1), timedelta(days=1)
    assert (House().recovery_wait, SHORTEST_WAIT, COOLING) == (72 * hours, 24 * hours, 72 * hours)
    assert (RECOVERY_LIFE, FORMER_DAYS * days) == (30 * days, 30 * days)
    assert (TICKET_LIFE[Errand.RESET_PASSWORD], House().quorum) == (1 * hours, 2)
    assert "With the second proof 72 hours begin" in words()
    assert "never one below 24 hours" in words()
    assert "For 72 hours more the account only reads" in words()
    assert "not finished within 30 days of its beginning ends by itself" in words()
    assert "removed from it in the last 30 days" in words()
    assert "good once, for one hour" in words()
    assert "two of them, unless the operator has chosen another number" in words()


@pytest.mark.parametrize("proof", ProofKind)
def test_one_proof_is_never_enough(proof: ProofKind) -> None:
    with pytest.raises(Refused, match="recovery-needs-proof"):
        require_ready(with_proof(recovery(), proof, NOW, LONG), NOW + timedelta(days=29))


def test_without_the_link_to_an_address_no_two_other_proofs_are_enough() -> None:
    others = set(ProofKind) - {ProofKind.ADDRESS}
    with pytest.raises(Refused, match="recovery-needs-proof"):
        require_ready(recovery(*others), NOW + timedelta(days=29))
    assert with_proof(recovery(), ProofKind.RECOVERY_CODE, NOW, LONG).ready is None


@pytest.mark.parametrize("second", sorted(set(ProofKind) - {ProofKind.ADDRESS}))
def test_every_second_proof_begins_the_waiting_time_and_none_shortens_it(second: ProofKind) -> None:
    begun = with_proof(recovery(ProofKind.ADDRESS), second, NOW, LONG)
    with pytest.raises(Refused, match="recovery-waits"):
        require_ready(begun, NOW + timedelta(hours=71, minutes=59))
    assert require_ready(begun, NOW + LONG) == begun
    again = with_proof(begun, ProofKind.ADMINISTRATORS, NOW + timedelta(hours=1), timedelta())
    assert again.ready == begun.ready


def test_an_operator_cannot_choose_a_waiting_time_below_a_day() -> None:
    hasty = with_proof(recovery(ProofKind.ADDRESS), ProofKind.RECOVERY_CODE, NOW, timedelta())
    assert hasty.ready == NOW + timedelta(hours=24)


def test_a_recovery_that_nobody_finishes_ends() -> None:
    begun = with_proof(recovery(ProofKind.ADDRESS), ProofKind.RECOVERY_CODE, NOW, LONG)
    with pytest.raises(Refused, match="recovery-ended"):
        require_ready(begun, NOW + timedelta(days=30, seconds=1))


def test_two_addresses_at_one_domain_are_one_proof() -> None:
    assert not is_independent("example.org", "EXAMPLE.org")
    assert is_independent("example.org", "example.net")


@pytest.mark.parametrize(
    "promise",
    [
        "Administrators cannot set a password for anybody",
        "Control of a source repository",
        "A letter from an employer",
        "Unknown never counts as yes",
        "was registered anew",
        "every token is revoked",
        "There may be no way back",
    ],
)
def test_the_page_says_what_is_never_enough_and_what_follows(promise: str) -> None:
    assert promise in words()
