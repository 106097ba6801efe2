"""The registrar of a run: what it says of names, over real sockets, and the probes that let domains lapse through it.

Principles: AUTHN-2.1
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import httpx2
import pytest
from tests.assess.weakroom.accounts import accounts
from tests.assess.weakroom.domains import Domains
from tests.assess.weakroom.room import ManualClock
from tests.assess.weakroom.serving import ServedRoom, served
from tests.assess.weakroom.visit import driver

from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Op
from strongroom.assess.drivers.specification import Operation, Specification
from strongroom.assess.health import Health
from strongroom.assess.mailbox import MailSink
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.registrar import HOST, Registrar, on_loopback
from strongroom.assess.registry import TOP_LEVEL, Registry
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.assess.wire import Budget, Redactor, Transcript, Wire
from strongroom.surroundings import RealChance, RealClocks

MAIL = "probe.example"
LONG_AGO = "2001-01-01T00:00:00Z"
BY_REGISTRAR = {
    Op.LAPSE_DOMAIN: Operation("lapse_domain", "POST", "{registrar}lapse/{domain}", elsewhere=True),
    Op.REREGISTER_DOMAIN: Operation("reregister_domain", "POST", "{registrar}return/{domain}", elsewhere=True),
    Op.RUN_JOBS: Operation(
        "run_jobs", "POST", "operator/jobs", {"X-Operator": "yes"}, {"nameserver": "{nameserver}", "rdap": "{rdap}"}
    ),
}


@pytest.fixture
def registry() -> Registry:
    clock = ManualClock()
    return Registry((MAIL, TOP_LEVEL), clock.now, clock.sleep)


@pytest.fixture(scope="module")
def registrar() -> Iterator[Registrar]:
    with on_loopback(MAIL, "s3cret", RealClocks().now, lambda seconds: None) as running:
        yield running


def asked(registrar: Registrar, name: str, kind: str = "MX", *, tcp: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    way = dns.query.tcp if tcp else dns.query.udp
    return way(query, HOST, timeout=5, port=int(registrar.nameserver.partition(":")[2]))


def registered(registrar: Registrar, name: str) -> tuple[int, Any]:
    services = httpx2.get(registrar.rdap).json()["services"]
    base = next(bases[0] for entries, bases in services if name.lower().rpartition(".")[2] in entries)
    reply = httpx2.get(f"{base}domain/{name}")
    assert reply.headers["content-type"] == "application/rdap+json"
    return reply.status_code, {each["eventAction"]: each["eventDate"] for each in reply.json().get("events", [])}


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("name", [MAIL, f"below.{MAIL}", "Well.Strongroom-Probe"])
def test_a_domain_of_the_runs_is_well_until_somebody_says_otherwise(registrar: Registrar, name: str, tcp: bool) -> None:
    for kind in ("SOA", "NS", "MX", "A"):
        reply = asked(registrar, name, kind, tcp=tcp)
        assert reply.rcode() is dns.rcode.NOERROR
        assert reply.flags & dns.flags.AA
        assert reply.answer[0].rdtype is dns.rdatatype.from_text(kind)
    nothing = asked(registrar, name, "TXT", tcp=tcp)
    assert (nothing.rcode(), nothing.answer) == (dns.rcode.NOERROR, [])
    assert nothing.authority[0].rdtype is dns.rdatatype.SOA
    status, events = registered(registrar, name)
    assert (status, events["registration"]) == (200, LONG_AGO)
    assert datetime.fromisoformat(events["expiration"]) > datetime.now(UTC)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_domain_that_has_lapsed_is_nobodys_and_neither_is_what_lies_below(registrar: Registrar, tcp: bool) -> None:
    name = registrar.domain("lapsed-by-tcp" if tcp else "lapsed")
    assert httpx2.post(f"{registrar.address}lapse/{name}").status_code == 200
    for each in (name, f"mail.{name}"):
        reply = asked(registrar, each, "A", tcp=tcp)
        assert (reply.rcode(), reply.answer) == (dns.rcode.NXDOMAIN, [])
        assert reply.authority[0].name.to_text() == f"{TOP_LEVEL}."
        assert registered(registrar, each)[0] == 404
    assert asked(registrar, registrar.domain("other"), tcp=tcp).rcode() is dns.rcode.NOERROR


def test_a_domain_registered_anew_is_well_and_younger_than_whatever_was_before(registry: Registry) -> None:
    before = registry.now()
    registry.lapse(f"gone.{TOP_LEVEL}")
    assert registry.register_anew(f"gone.{TOP_LEVEL}")
    found = registry.registration(f"gone.{TOP_LEVEL}")
    assert found is not None
    assert not found.has_lapsed
    assert before < found.created <= registry.now()
    assert found.created.microsecond == 0


def test_it_is_registered_anew_through_the_door_and_the_registry_says_since_when(registrar: Registrar) -> None:
    name, before = registrar.domain("returned"), datetime.now(UTC)
    assert httpx2.post(f"{registrar.address}return/{name}").status_code == 200
    status, events = registered(registrar, name)
    assert status == 200
    assert datetime.fromisoformat(events["registration"]) > before
    assert asked(registrar, name).rcode() is dns.rcode.NOERROR


@pytest.mark.parametrize("name", ["somebody.example", f"not{MAIL}", "example", "invalid", "."])
def test_of_anybody_elses_name_it_says_nothing(registrar: Registrar, name: str) -> None:
    assert asked(registrar, name).rcode() is dns.rcode.REFUSED
    assert httpx2.post(f"{registrar.address}lapse/{name}").status_code == 404
    assert asked(registrar, name).rcode() is dns.rcode.REFUSED


def test_the_registry_refuses_to_speak_of_a_stranger_and_does_not_say_that_there_is_none(registrar: Registrar) -> None:
    assert registered(registrar, "somebody.example")[0] == 403
    entries = {each for entries, _ in httpx2.get(registrar.rdap).json()["services"] for each in entries}
    assert entries == {MAIL, "example", TOP_LEVEL}


@pytest.mark.parametrize(
    "way",
    [("POST", "lapse/x.{0}"), ("POST", "guessed/lapse/x.{0}"), ("GET", "s3cret/lapse/x.{0}"), ("POST", "s3cret/")],
)
def test_the_door_is_the_runs_alone(registrar: Registrar, way: tuple[str, str]) -> None:
    base = registrar.rdap.removesuffix("bootstrap.json")
    assert httpx2.request(way[0], base + way[1].format(TOP_LEVEL)).status_code == 404
    assert asked(registrar, f"x.{TOP_LEVEL}").rcode() is dns.rcode.NOERROR


@pytest.mark.parametrize(
    "name", ["", "a" * 64 + f".{TOP_LEVEL}", "a." * 130 + TOP_LEVEL, f"a b.{TOP_LEVEL}", "ä.probe"]
)
def test_what_is_no_name_cannot_lapse(registry: Registry, name: str) -> None:
    assert not registry.lapse(name)


@pytest.mark.parametrize("query", [b"", b"x", b"\0" * 12, b"\xff" * 600, dns.message.Message(id=7).to_wire()])
def test_what_is_no_question_gets_no_answer(registry: Registry, query: bytes) -> None:
    assert registry.answer(query) is None


def test_a_connection_that_asks_nothing_is_closed(registrar: Registrar) -> None:
    with socket.create_connection((HOST, int(registrar.nameserver.partition(":")[2])), 5) as line:
        line.sendall(struct.pack("!H", 3) + b"abc")
        assert line.recv(10) == b""


def test_an_ordinary_resolver_can_use_it(registrar: Registrar) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    host, _, port = registrar.nameserver.partition(":")
    resolver.nameservers, resolver.port = [host], int(port)
    assert [each.to_text() for each in resolver.resolve(f"{MAIL}.", "MX")] == [f"10 {MAIL}."]


def by_registrar(specification: Specification) -> Specification:
    return replace(specification, operations={**specification.operations, **BY_REGISTRAR})


def target(**constants: str) -> DrivenTarget:
    wire = Wire(real_client(), "http://127.0.0.1:1/", Transcript(Redactor()), Health(), budget=Budget(0, 60))
    return DrivenTarget(by_registrar(driver()), wire, {"base": wire.base, **constants})


def test_without_a_registrar_the_driver_knows_no_operation_that_names_it(registrar: Registrar) -> None:
    assert not any(map(target().can, BY_REGISTRAR))
    assert all(map(target(**registrar.constants).can, BY_REGISTRAR))


def test_what_is_done_first_may_need_a_registrar_too() -> None:
    behind = replace(driver().operations[Op.RECOVER], first=("run_jobs",))
    known = by_registrar(driver())
    made = replace(target(), specification=replace(known, operations={**known.operations, Op.RECOVER: behind}))
    assert not made.can(Op.RECOVER)
    assert made.can(Op.REGISTER)


def test_what_is_told_to_the_registrar_counts_for_nothing_and_is_written_down(registrar: Registrar) -> None:
    driven = target(**registrar.constants)
    wire = driven.wire.beside(registrar.address)
    for each in (wire, wire.for_probe("p", Budget(0, 0)), wire.through(real_client())):
        answer = driven.on(each).perform(Op.LAPSE_DOMAIN, domain=registrar.domain("counted"))
        assert answer.kind.is_yes
    assert len(wire.transcript.exchanges) == 3


def test_nothing_else_of_this_machine_is_reached_that_way(registrar: Registrar) -> None:
    wire = target().wire.beside(registrar.address)
    with pytest.raises(ValueError, match="not on the host that is measured"):
        wire.send("POST", f"{registrar.address}lapse/{registrar.domain('x')}")
    public = Wire(real_client(), "https://1.1.1.1/", Transcript(Redactor()), Health()).beside(registrar.address)
    with pytest.raises(ValueError, match="not on the host that is measured"):
        public.send("GET", registrar.rdap, elsewhere=True)


def measured(*flaws: str) -> tuple[dict[str, Finding], ServedRoom]:
    told: list[Finding] = []
    with MailSink() as spare:
        port = spare.port
    with served(port, *flaws) as room, real_client() as client:
        wish = Wish(
            room.base, "r3g", Safety.IRREVERSIBLE, driver="weakroom", drivers=(by_registrar(driver()),),
            only=frozenset({"AUTHN-2.1"}), mail_port=port, tools={"notice_seconds": 2.0},
        )  # fmt: skip
        world = World(RealClocks(), RealChance(), client, told=lambda finding, done, of: told.append(finding))
        run = assess_target(wish, world)
    assert not run.assessment.circumstances.left
    return {each.clause: each for each in told}, room


@pytest.mark.client
def test_a_repository_that_asks_the_registrar_is_seen_to_watch_domains() -> None:
    found, room = measured()
    assert {clause: each.saw for clause, each in found.items() if each.outcome is not Outcome.MET} == {}
    assert set(found) == {"AUTHN-2.1a", "AUTHN-2.1b"}
    assert "registered anew" in found["AUTHN-2.1a"].saw
    assert {each.is_lapsed for each in room.shelf(Domains).values()} == {True, False}
    assert not accounts(room)


@pytest.mark.client
@pytest.mark.parametrize(
    ("unseen", "recovers", "says"),
    [
        ("lapse-is-not-noticed", "recovers-by-a-lapsed-domain", "lapsed"),
        ("new-registration-is-not-noticed", "recovers-by-a-domain-registered-anew", "registered anew"),
    ],
)
def test_a_repository_that_does_not_heed_the_registrar_is_seen(unseen: str, recovers: str, says: str) -> None:
    found, _ = measured(f"AUTHN-2.1a {unseen}", f"AUTHN-2.1b {recovers}")
    assert {clause: each.outcome for clause, each in found.items()} == dict.fromkeys(found, Outcome.UNMET)
    assert f"{says} still counts" in found["AUTHN-2.1a"].saw.replace("a lapsed domain", "a domain lapsed")
    assert f"whose domain was {says}" in found["AUTHN-2.1b"].saw
