"""The probes that read policies, in rooms with and without the flaws that they look for. None ever says *unmet*.

Principles: AUTHN-1.2, GEN-1.1, GEN-2.1
"""

from typing import Any

import httpx2
import pytest
from tests.assess.weakroom.documents import page
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import found, setting

from strongroom.assess.documents import Library
from strongroom.assess.probing import Outcome, evidence_of
from strongroom.assess.run import ask, every_probe
from strongroom.principles.catalogue import Grade

pytestmark = pytest.mark.principle("GEN-1.1")

CLAUSES = ["GEN-1.1a", "GEN-1.1b", "GEN-1.1c", "AUTHN-1.2a", "GEN-2.1c"]
SELF = "/.well-known/package-repository-security.json"
SECURITY_TXT = "/.well-known/security.txt"


class Altered(Room):
    """A room some of whose addresses answer otherwise. `everything` is what an address that does not exist brings."""

    def __init__(self, others: dict[str, httpx2.Response] | None = None, everything: str = "") -> None:
        super().__init__()
        self.others, self.everything = others or {}, everything

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        made = self.others.get(request.url.path) or super().answer(request)
        return page(self.everything) if made.status_code == 404 and self.everything else made


GONE = httpx2.Response(404)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_policy_that_is_named_and_says_it_is_documented(clause: str) -> None:
    finding = found(clause)
    assert finding.outcome is Outcome.MET, finding.saw
    assert finding.grade is Grade.DOCUMENTED
    assert "“" in finding.saw
    assert finding.exchanges
    evidence = evidence_of(finding)
    assert evidence is not None
    assert len(evidence.sha256) == 64


@pytest.mark.parametrize(
    ("clause", "flaw", "outcome"),
    [
        ("GEN-1.1a", "GEN-1.1a stale-security-txt", Outcome.INCONCLUSIVE),
        ("GEN-1.1b", "GEN-1.1b no-safe-harbour", Outcome.INCONCLUSIVE),
        ("GEN-1.1c", "GEN-1.1c aims-unmeasured", Outcome.PARTLY),
        ("AUTHN-1.2a", "AUTHN-1.2a recovery-unversioned", Outcome.PARTLY),
        ("GEN-2.1c", "GEN-2.1c removal-unsaid", Outcome.INCONCLUSIVE),
    ],
)
def test_a_policy_that_does_not_say_it_does_not_count(clause: str, flaw: str, outcome: Outcome) -> None:
    assert found(clause, flaw).outcome is outcome


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_repository_without_documents_proves_nothing(clause: str) -> None:
    bare = Altered(dict.fromkeys([SELF, SECURITY_TXT, *(f"/policies/{p}" for p in POLICIES)], GONE))
    assert found(clause, room=bare).outcome is Outcome.INCONCLUSIVE


POLICIES = ("disclosure", "recovery", "unpublish")


@pytest.mark.parametrize("clause", CLAUSES)
def test_where_any_address_has_a_page_a_page_proves_nothing(clause: str) -> None:
    shop = "<p>Report a security vulnerability: safe harbor, 90 days, 97 %, recover your second factor, version 2.</p>"
    policies = {f"/policies/{each}": page(shop) for each in POLICIES}
    finding = found(clause, room=Altered(policies, everything=shop))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed"), finding.saw


@pytest.mark.parametrize("clause", ["GEN-1.1b", "AUTHN-1.2a", "GEN-2.1c"])
def test_a_page_that_nobody_names_is_proposed_and_does_not_count(clause: str) -> None:
    texts = {
        "/security/": "<p>Report a vulnerability to us; there is safe harbour.</p>",
        "/policies/recovery/": "<p>To recover an account, prove a second factor.</p><p>Version 3</p>",
        "/policies/removal/": "<p>We remove a package and never use its name again.</p>",
    }
    room = Altered({SELF: GONE, SECURITY_TXT: GONE, **{url: page(text) for url, text in texts.items()}})
    finding = found(clause, room=room)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "nobody has said so: “" in finding.saw


@pytest.mark.parametrize("clause", ["GEN-1.1b", "AUTHN-1.2a", "GEN-2.1c"])
def test_a_page_that_a_human_names_counts_when_it_says_it(clause: str) -> None:
    named = {"GEN-1.1b": "/policies/disclosure", "AUTHN-1.2a": "/policies/recovery", "GEN-2.1c": "/policies/unpublish"}
    library = Library(named={clause: (named[clause],)})
    finding = found(clause, room=Altered({SELF: GONE}), library=library)
    assert finding.outcome is Outcome.MET
    assert "whoever runs the assessment names" in finding.saw


def test_a_page_that_changed_since_it_was_read_is_said_to_have() -> None:
    library = Library(known={"/policies/unpublish": "0" * 64})
    assert "has changed since it was last read" in found("GEN-2.1c", library=library).saw


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Expires: 2030-01-01T00:00:00Z\n", "no Contact"),
        ("Contact: mailto:a@b.example\n", "no Expires"),
        ("<html>Welcome to our shop</html>", "neither a field nor a comment"),
    ],
)
def test_a_security_txt_that_is_none_is_told_so(text: str, why: str) -> None:
    finding = found("GEN-1.1a", room=Altered({SECURITY_TXT: httpx2.Response(200, text=text)}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert why in finding.saw


def test_a_security_txt_without_a_policy_is_no_policy() -> None:
    text = "Contact: mailto:a@b.example\nExpires: 2030-01-01T00:00:00Z\n"
    room = Altered({SECURITY_TXT: httpx2.Response(200, text=text), SELF: GONE})
    assert found("GEN-1.1a", room=room).outcome is Outcome.INCONCLUSIVE


def test_a_self_description_that_cannot_be_read_is_told_of() -> None:
    room = Altered({SELF: httpx2.Response(200, content=b"[" * 5000)})
    finding = found("GEN-2.1c", room=room)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "self-description could not be read" in finding.saw


def test_a_page_in_the_reader_s_own_network_is_never_read() -> None:
    described: dict[str, Any] = {
        "version": 1,
        "framework": {"name": "x", "version": "1"},
        "repository": {"title": "x"},
        "updated": "2026-01-01",
        "documents": [{"url": "http://127.0.0.1:9/latest/meta", "clauses": ["GEN-2.1c"]}],
    }
    finding = found("GEN-2.1c", room=Altered({SELF: httpx2.Response(200, json=described)}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "where no page can be read" in finding.saw


def test_a_redirection_into_the_reader_s_own_network_is_never_followed() -> None:
    away = httpx2.Response(302, headers={"location": "http://169.254.169.254/"})
    finding = found("GEN-2.1c", room=Altered({"/policies/unpublish": away}))
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_what_one_probe_has_read_the_next_does_not_ask_for_again() -> None:
    room = Room()
    made = setting(room, tools={"library": Library()})
    probes = [each for each in every_probe() if each.clause in CLAUSES]
    for each in probes:
        assert ask(made, each).outcome is Outcome.MET
    urls = [exchange.url for exchange in made.wire.transcript.exchanges if "/policies/" not in exchange.url]
    assert len(urls) == len(set(urls))
