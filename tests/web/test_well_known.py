"""What machines find under /.well-known/, read back by the parsers of the assessor.

Principles: GEN-1.1
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError
from tests.web.asking import Place

from strongroom.assess.probing import Outcome
from strongroom.assess.security_txt import ADDRESS, parse_security_txt
from strongroom.assess.self_description import ADDRESS as DESCRIPTION
from strongroom.assess.self_description import parse_self_description
from strongroom.assess.session import Wish, World, assess_target
from strongroom.principles.catalogue import clause
from strongroom.repository import open_repository
from strongroom.settings import SecuritySettings, Settings
from strongroom.surroundings import RealChance, RealClocks
from strongroom.web.pages.policies import POLICIES

CONTACT = SecuritySettings(
    contact="mailto:security@acme.example",
    expires=date(2027, 6, 30),
    policy="https://acme.example/disclosure",
    safe_harbour=True,
)

Open = Callable[..., Place]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Open a repository with these settings."""
    places: list[Place] = []

    def open_with(**chosen: Any) -> Place:
        places.append(Place(open_repository(Settings(data=tmp_path / "data", **chosen))))
        return places[-1]

    yield open_with
    for place in places:
        place.repository.close()


@pytest.mark.principle("GEN-1.1")
def test_whom_to_tell_is_said_as_the_rfc_has_it(opened: Open) -> None:
    answer = opened(security=CONTACT, public_url="https://packages.acme.example/").ask(ADDRESS)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    found = parse_security_txt(answer.text)
    assert found.contacts == ("mailto:security@acme.example",)
    assert found.policies == ("https://acme.example/disclosure",)
    assert found.canonical == (f"https://packages.acme.example{ADDRESS}",)
    assert found.is_fresh(datetime(2027, 6, 30, 23, 59, tzinfo=UTC))
    assert not found.is_fresh(datetime(2027, 7, 1, tzinfo=UTC))


def test_without_an_operators_word_there_is_no_security_txt(opened: Open) -> None:
    place = opened()
    assert place.ask(ADDRESS).status == 404
    said = parse_self_description(place.ask(DESCRIPTION).body)
    assert "security_txt" not in said.endpoints
    assert not said.pages_on("GEN-1.1a")


def test_a_plain_http_address_is_never_called_canonical(opened: Open) -> None:
    assert not parse_security_txt(opened(security=CONTACT).ask(ADDRESS).text).canonical


def test_the_repository_describes_itself_and_each_of_its_pages_is_there(opened: Open) -> None:
    place = opened(security=CONTACT, title="Acme")
    answer = place.ask(DESCRIPTION)
    assert answer.headers["content-type"] == "application/json"
    said = parse_self_description(answer.body)
    assert said.title == "Acme"
    assert said.product.startswith("Strongroom ")
    assert said.pages_on("GEN-1.1b") == ("https://acme.example/disclosure",)
    for page in said.documents:
        if page.url.startswith("/"):
            assert place.ask(page.url).status == 200, page.url
    for name, url in said.endpoints.items():
        assert place.ask(url).status == (405 if name == "upload" else 200), url
    assert place.ask(answer.json["$schema"]).json["title"]


def test_every_policy_names_clauses_that_there_are() -> None:
    for policy in POLICIES.values():
        assert policy.clauses
        for id in policy.clauses:
            assert clause(id).id == id


def test_a_safe_harbour_is_only_named_when_the_operator_says_so(opened: Open) -> None:
    modest = CONTACT.model_copy(update={"safe_harbour": False})
    assert not parse_self_description(opened(security=modest).ask(DESCRIPTION).body).pages_on("GEN-1.1b")


def test_addresses_are_below_the_repositorys_own_root(opened: Open) -> None:
    said = parse_self_description(opened(public_url="https://acme.example/packages/").ask(DESCRIPTION).body)
    assert said.endpoints["index"] == "/packages/simple/"


def test_only_reading_is_answered(opened: Open) -> None:
    assert opened(security=CONTACT).ask(ADDRESS, "POST").status == 405


@pytest.mark.parametrize(
    "said",
    [
        {"contact": "security@acme.example", "expires": "2027-06-30"},
        {"contact": "http://acme.example/", "expires": "2027-06-30"},
        {"contact": "mailto:a@b.example"},
        {"contact": "mailto:a@b.example\nPolicy: https://evil.example/", "expires": "2027-06-30"},
        {"contact": "mailto:a@b.example", "expires": "2027-06-30", "policy": "http://acme.example/"},
        {"expires": "2027-06-30"},
        {"safe_harbour": True},
    ],
)
def test_a_contact_that_says_too_little_or_too_much_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SecuritySettings.model_validate(said)


@pytest.mark.principle("AUTHN-1.2")
@pytest.mark.principle("GEN-2.1")
def test_the_assessor_finds_the_policies_that_the_repository_names(opened: Open) -> None:
    place = opened(security=CONTACT)

    def answer(request: httpx2.Request) -> httpx2.Response:
        said = place.ask(request.url.raw_path.decode(), request.method)
        return httpx2.Response(said.status, headers=dict(said.headers), content=said.body)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        wish = Wish("http://127.0.0.1:8000/", "t3st", only=frozenset({"AUTHN-1.2a", "GEN-1.1a", "GEN-2.1c"}))
        findings = assess_target(wish, World(RealClocks(), RealChance(), client)).assessment.findings
    found = {finding.clause: finding for finding in findings}
    for id in ("AUTHN-1.2a", "GEN-2.1c"):
        assert found[id].outcome is Outcome.MET, found[id].saw
        assert "the repository's self-description names" in found[id].saw
    # The policy is on another host, which this machine does not know: so nothing is concluded.
    assert found["GEN-1.1a"].outcome is Outcome.INCONCLUSIVE
