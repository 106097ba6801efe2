"""What a reviewer tried: pages that keep a reader busy, redirections that lead credentials away, counts that flatter.

Principles: none
"""

import time
from dataclasses import replace

import httpx2
import pytest
from tests.assess.worlds import assessment, finding, report

from strongroom.assess.documents import LIMIT_CHARACTERS
from strongroom.assess.health import Health
from strongroom.assess.probes.disclosure import MEASURED
from strongroom.assess.probes.tokens import patterns_in
from strongroom.assess.probing import Outcome
from strongroom.assess.reports.report import coverage
from strongroom.assess.wire import Redactor, Transcript, Wire
from strongroom.principles.catalogue import Grade


@pytest.mark.parametrize("piece", ["1", "1 ", "1 of ", "[", "[a", "[a]", "[a]+", "x", "[a " * 20])
def test_half_a_megabyte_of_anything_is_read_within_seconds(piece: str) -> None:
    text = (piece * LIMIT_CHARACTERS)[:LIMIT_CHARACTERS]
    began = time.monotonic()
    patterns_in(text)
    MEASURED.search(text)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["within 99.5 % of cases", "7 of the 12 reports", "in 100% of them", "a median of 3"])
def test_figures_are_found(text: str) -> None:
    assert MEASURED.search(text)


def test_what_looks_like_a_pattern_is_found_whole() -> None:
    assert patterns_in("Ours are `acme_[A-Za-z0-9]{40}` and [nothing] else.") == ["`acme_[A-Za-z0-9]{40}`"]


@pytest.mark.parametrize("there", ["https://files.test/x", "http://target.test/x"])
def test_no_credential_follows_a_redirection_to_another_host_or_into_the_open(there: str) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(302, headers={"Location": there}) if len(asked) == 1 else httpx2.Response(200)

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    wire = Wire(client, "https://target.test/", Transcript(Redactor()), Health())
    wire.send("GET", "f", headers={"Authorization": "Bearer t", "Accept": "a/b"}, elsewhere=True)
    assert [str(each.url) for each in asked] == ["https://target.test/f", there]
    assert [each.headers.get("authorization") for each in asked] == ["Bearer t", None]
    assert asked[1].headers["accept"] == "a/b"


def test_what_a_driver_says_of_its_product_is_not_counted_as_probed() -> None:
    seen = replace(finding("GEN-2.1a"), exchanges=(1,))
    said = replace(finding("GEN-2.3a", Outcome.UNMET), grade=Grade.DOCUMENTED, exchanges=())
    found = replace(assessment(), findings=(seen, said))
    told = coverage(report(found))
    assert told.startswith("1 of 47 required clauses were settled by a probe")
    assert "1 by what is documented of the product" in told
