"""A passive run on a repository that is not ours: what Warehouse shows of itself, read and never tried.

Principles: none
"""

from datetime import timedelta

import httpx2
import pytest
from tests.assess.weakroom.documents import page
from tests.assess.weakroom.room import ManualClock
from tests.assess.weakroom.visit import SeededChance

from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import PACE_SECONDS, Run, Wish, World, assess_target

BASE = "https://packages.weakroom.test/"
LONGEST_SECONDS = 30
FRONT = '<link rel="stylesheet" href="/static/css/warehouse-ltr.css"><link rel="search" href="/opensearch.xml">'
PAGES = {
    "/": FRONT,
    "/security/": "<p>Report a security issue to security@packages.weakroom.test; we answer within two days.</p>",
    "/help/": """<p>If you lost your second factor, prove your identity and an administrator recovers the account.</p>
        <p>A file name cannot be used again, even when its version was removed.</p>""",
}


class Public:
    """What a public repository shows, and every request that it got."""

    def __init__(self) -> None:
        self.asked: list[httpx2.Request] = []
        self.clock = ManualClock()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        path = request.url.path
        if path == "/.well-known/security.txt":
            expires = (self.clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
            lines = f"Contact: mailto:security@a.example\nExpires: {expires}\nPolicy: {BASE}security/\n"
            return httpx2.Response(200, text=lines)
        return page(PAGES[path]) if path in PAGES else httpx2.Response(404, html="<h1>We looked everywhere</h1>")


def measured(public: Public, safety: Safety = Safety.PASSIVE) -> Run:
    with httpx2.Client(transport=httpx2.MockTransport(public)) as client:
        # The CLI track measures installers, not the repository.
        wish = Wish(BASE, "t3st", safety, only=frozenset({"authn", "authz", "gen"}))
        return assess_target(wish, World(public.clock, SeededChance(), client))


@pytest.fixture(scope="module")
def public() -> Public:
    return Public()


@pytest.fixture(scope="module")
def run(public: Public) -> Run:
    return measured(public)


def test_nothing_but_reading_is_sent(run: Run, public: Public) -> None:
    assert run.assessment.circumstances.driver == "warehouse"
    assert {request.method for request in public.asked} <= {"GET", "HEAD"}
    assert all(request.url.host == "packages.weakroom.test" for request in public.asked)


def test_a_passive_run_at_its_pace_takes_less_than_half_a_minute(run: Run, public: Public) -> None:
    assert len(public.asked) * PACE_SECONDS < LONGEST_SECONDS


def test_no_address_is_asked_twice(run: Run, public: Public) -> None:
    urls = [str(request.url) for request in public.asked]
    assert len(urls) == len(set(urls))


def test_what_it_says_of_itself_is_documented_and_what_nobody_names_is_proposed(run: Run) -> None:
    found = {finding.clause: finding for finding in run.assessment.findings}
    assert found["GEN-1.1a"].outcome is Outcome.MET, found["GEN-1.1a"].saw
    for clause in ("AUTHN-1.2a", "GEN-2.1c"):
        assert found[clause].outcome is Outcome.INCONCLUSIVE
        assert f"{BASE}help/ may speak of it, and nobody has said so" in found[clause].saw
    assert found["GEN-1.1b"].outcome is Outcome.INCONCLUSIVE


def test_looking_proves_nothing_against_anybody(run: Run) -> None:
    looked = [finding for finding in run.assessment.findings if finding.exchanges]
    assert looked
    assert not [finding for finding in looked if finding.outcome is Outcome.UNMET]


def test_an_active_run_through_a_driver_that_only_reads_still_only_reads() -> None:
    public = Public()
    public_with_consent = f"t3st sandbox until={public.clock.now():%Y-%m-%d}"
    plain = public.__call__

    def answers(request: httpx2.Request) -> httpx2.Response:
        made = plain(request)
        if request.url.path == "/.well-known/strongroom-assess.txt":
            return httpx2.Response(200, text=public_with_consent)
        return made

    with httpx2.Client(transport=httpx2.MockTransport(answers)) as client:
        wish = Wish(BASE, "t3st", Safety.SANDBOX, only=frozenset({"authn", "authz", "gen"}))
        assess_target(wish, World(public.clock, SeededChance(), client))
    assert {request.method for request in public.asked} <= {"GET", "HEAD"}
