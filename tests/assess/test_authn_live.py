"""The probes of authentication over real connections: a room on a port, many addresses, a mail relay, the real clock.

Principles: AUTHN-1.1, AUTHN-1.4, AUTHN-1.5, AUTHN-2.2, AUTHN-2.4, AUTHN-3.1
"""

import time
from collections.abc import Iterator

import httpx2
import pytest
from tests.assess.weakroom.serving import served
from tests.assess.weakroom.visit import driver

from strongroom.assess.machine import SOURCES, other_sources, reaches
from strongroom.assess.mailbox import MailSink
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.surroundings import RealChance, RealClocks

pytestmark = pytest.mark.client

SWIFT = ["AUTHN-1.1a", "AUTHN-1.3b", "AUTHN-1.4a", "AUTHN-1.5a", "AUTHN-2.2a", "AUTHN-2.4b", "AUTHN-3.1a"]


@pytest.fixture
def port() -> int:
    with MailSink() as sink:
        return sink.port


def measured(port: int, only: list[str], *flaws: str) -> dict[str, Finding]:
    told: list[Finding] = []
    with served(port, *flaws) as room, real_client() as client:
        wish = Wish(
            room.base, "l1ve", Safety.IRREVERSIBLE, driver="weakroom", drivers=(driver(),), only=frozenset(only),
            mail_port=port, tools={"guess_pace_seconds": 0.01},
        )  # fmt: skip
        world = World(RealClocks(), RealChance(), client, told=lambda finding, done, of: told.append(finding))
        run = assess_target(wish, world)
    assert not run.assessment.circumstances.left
    assert not run.assessment.circumstances.aborted
    return {each.clause: each for each in told}


def test_over_real_connections_the_probes_find_what_they_find_in_the_process(port: int) -> None:
    began = time.monotonic()
    found = measured(port, SWIFT)
    assert {clause: each.saw for clause, each in found.items() if each.outcome is not Outcome.MET} == {}
    assert set(found) == set(SWIFT)
    assert f"from {len(SOURCES)} addresses" in found["AUTHN-1.5a"].saw
    assert time.monotonic() - began < 30


def test_a_hundred_guesses_that_nobody_stops_are_soon_made(port: int) -> None:
    began = time.monotonic()
    found = measured(port, ["AUTHN-1.5a"], "AUTHN-1.5a passwords-are-not-limited")
    assert found["AUTHN-1.5a"].outcome is Outcome.UNMET
    assert time.monotonic() - began < 30


@pytest.fixture
def address(port: int) -> Iterator[str]:
    with served(port) as room:
        yield room.base


def test_this_machine_has_other_addresses_to_come_from(address: str) -> None:
    with other_sources(address, 5) as clients:
        assert len(clients) == len(SOURCES)
        assert {client.get(f"{address}nowhere").status_code for client in clients} == {404}


def test_where_nobody_listens_there_are_none(address: str) -> None:
    assert reaches(address, SOURCES[0])
    assert not reaches("http://127.0.0.1:1/", SOURCES[0])
    with other_sources("http://127.0.0.1:1/", 5) as clients:
        assert clients == []


def test_a_client_from_elsewhere_follows_nothing_and_keeps_nothing(address: str) -> None:
    with other_sources(address, 5) as clients:
        assert not any(client.follow_redirects for client in clients)
        assert isinstance(clients[0], httpx2.Client)
