"""Resolvers and registries are asked politely, within limits, and believed only when they answer the question.

Principles: AUTHN-2.1
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.rcode
import pytest
from tests.outbound.loopback import Asked, Place, Reply, serving, silent
from tests.outbound.nameserver import Zones, resolving

from strongroom.authn.domains import NameAnswer, Names, Registration, Registry, Standing, judge
from strongroom.outbound.domains import DomainInspector, in_a_labels, registrable_domain
from strongroom.outbound.rdap import LIMIT_ANSWER_BYTES, Registries

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CREATED = datetime(2020, 1, 1, tzinfo=UTC)
MAIL = {"MX": ["10 mail.example.org."], "NS": ["ns1.example.org."]}


@dataclass
class Clock:
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def domain_object(name: str, **others: Any) -> dict[str, Any]:
    events = [
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-01-01T00:00:00Z"},
        {"eventAction": "last update of RDAP database", "eventDate": "nonsense"},
    ]
    return {"objectClassName": "domain", "ldhName": name, "events": events, "status": ["active"]} | others


@contextmanager
def registry(
    answer: Callable[[Asked], Reply] | None = None, zones: tuple[str, ...] = ("org",), clock: Clock | None = None
) -> Iterator[tuple[Registries, Place]]:
    """Serve a registry with its bootstrap file, and give who asks it."""

    def page(asked: Asked) -> Reply:
        if asked.path == "/dns.json":
            services = [[["museum"], ["https://rdap.example/"]], [list(zones), [place.url + "/rdap"]]]
            return Reply(body=json.dumps({"version": "1.0", "services": services}).encode())
        if answer is not None:
            return answer(asked)
        return Reply(body=json.dumps(domain_object(asked.path.rpartition("/")[2].upper() + ".")).encode())

    held = clock or Clock()
    with serving(page) as place:
        yield Registries(place.url + "/dns.json", clock=held, timeout_seconds=1.0, sleep=held.sleep), place


def inspector(zones: Zones, bootstrap: str = "https://127.0.0.1:1/dns.json", **others: Any) -> DomainInspector:
    clock = Clock()
    settings: dict[str, Any] = {"clock": clock, "sleep": clock.sleep, "timeout_seconds": 0.5} | others
    return DomainInspector((zones.address,), bootstrap, **settings)


def test_a_registry_says_since_when_until_when_and_how() -> None:
    with registry() as (registries, place):
        found = registries.registration("example.org")
    assert found == Registration(Registry.FOUND, CREATED, datetime(2027, 1, 1, tzinfo=UTC), frozenset({"active"}))
    bootstrap, asked = place.asked
    assert bootstrap.path == "/dns.json"
    assert asked.path == "/rdap/domain/example.org"
    assert asked.headers["accept"] == "application/rdap+json"


def test_the_newest_registration_counts() -> None:
    events = [
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
        {"eventAction": "reregistration", "eventDate": "2026-05-01"},
    ]
    body = json.dumps(domain_object("example.org", events=events)).encode()
    with registry(lambda _: Reply(body=body)) as (registries, _):
        assert registries.registration("example.org").created == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_domain_that_the_registry_does_not_have_is_not_found() -> None:
    with registry(lambda _: Reply(404, b'{"errorCode":404}')) as (registries, _):
        assert registries.registration("example.org") == Registration(Registry.NOT_FOUND)


def test_a_zone_without_rdap_has_no_registry_to_ask() -> None:
    with registry() as (registries, place):
        assert registries.registration("example.xx") == Registration(Registry.NONE)
    assert len(place.asked) == 1


def test_the_longest_zone_wins() -> None:
    with registry(zones=("uk", "co.uk")) as (registries, place):
        registries.registration("example.co.uk")
    assert place.asked[-1].path == "/rdap/domain/example.co.uk"


@pytest.mark.principle("AUTHN-2.1")
@pytest.mark.parametrize(
    "reply",
    [
        Reply(500), Reply(429), Reply(403), Reply(204), Reply(200, b""), Reply(200, b"[]"), Reply(200, b"{}"),
        Reply(200, b"<html>"), Reply(200, b"[" * 100_000), Reply(200, b"x" * (LIMIT_ANSWER_BYTES + 1)),
        Reply(200, json.dumps(domain_object("other.org")).encode()),
        Reply(200, json.dumps(domain_object("example.org", objectClassName="entity")).encode()),
        Reply(200, json.dumps(domain_object("example.org", events=[{"eventAction": "registration"}])).encode()),
        Reply(200, json.dumps(domain_object("example.org", events=[{"eventAction": "registration",
                                                                    "eventDate": "soon"}])).encode()),
        Reply(200, json.dumps(domain_object("example.org", events=7)).encode()),
        Reply(200, json.dumps(domain_object("example.org")).encode(), drip_seconds=0.05),
        Reply(302, b"", {"Location": "http://rdap.example/domain/example.org"}),
        Reply(302, b"", {"Location": "file:///etc/passwd"}),
        Reply(302, b"", {"Location": "/rdap/domain/example.org"}),
        Reply(302),
    ],
    ids=lambda reply: f"{reply.status}-{reply.body[:70]!r}-{reply.headers}-{reply.drip_seconds}",
)  # fmt: skip
def test_what_is_no_answer_about_the_domain_is_no_answer(reply: Reply) -> None:
    with registry(lambda _: reply) as (registries, place):
        assert registries.registration("example.org") == Registration(Registry.NO_ANSWER)
    assert len(place.asked) <= 1 + 1 + 3


def test_a_redirection_is_followed() -> None:
    def moved(asked: Asked) -> Reply:
        if asked.path.startswith("/rdap/"):
            return Reply(301, b"", {"Location": "/new/domain/example.org"})
        return Reply(body=json.dumps(domain_object("example.org")).encode())

    with registry(moved) as (registries, _):
        assert registries.registration("example.org").created == CREATED


def test_one_server_is_asked_once_a_second() -> None:
    clock = Clock()
    with registry(clock=clock) as (registries, _):
        for name in ("a.org", "b.org", "c.org"):
            assert registries.registration(name).registry is Registry.FOUND
    assert clock.slept == [1.0, 1.0]


def test_a_server_that_has_enough_is_left_alone_for_a_while() -> None:
    clock = Clock()
    replies = iter([Reply(429), Reply(body=json.dumps(domain_object("example.org")).encode())])
    with registry(lambda _: next(replies), clock=clock) as (registries, place):
        for _ in range(3):
            assert registries.registration("example.org").registry is Registry.NO_ANSWER
        assert len(place.asked) == 2
        clock.now += timedelta(minutes=5)
        assert registries.registration("example.org").registry is Registry.FOUND


def test_the_bootstrap_file_is_kept_for_a_day_and_longer_when_there_is_no_newer() -> None:
    clock, is_up = Clock(), True

    def page(asked: Asked) -> Reply:
        if asked.path != "/dns.json":
            return Reply(body=json.dumps(domain_object("example.org")).encode())
        body = json.dumps({"services": [[["org"], [place.url]]]}).encode()
        return Reply(body=body) if is_up else Reply(503)

    with serving(page) as place:
        registries = Registries(place.url + "/dns.json", clock=clock, sleep=clock.sleep)
        for moment, files in ((0, 1), (23, 1), (25, 2)):
            clock.now = NOW + timedelta(hours=moment)
            assert registries.registration("example.org").registry is Registry.FOUND
            assert sum(asked.path == "/dns.json" for asked in place.asked) == files
        is_up = False
        clock.now = NOW + timedelta(days=4)
        for _ in range(3):
            assert registries.registration("example.org").registry is Registry.FOUND
        assert sum(asked.path == "/dns.json" for asked in place.asked) == 3


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"services": 3}', b'{"services": [[1]]}', b'{"services":[[1,2]]}']
)
def test_without_a_bootstrap_file_no_registry_answers_except_where_there_is_none(body: bytes) -> None:
    with serving(lambda _: Reply(body=body)) as place:
        registries = Registries(place.url, clock=Clock())
        assert registries.registration("example.org") == Registration(Registry.NO_ANSWER)
        assert registries.registration("corp.internal") == Registration(Registry.NONE)
    with silent() as url:
        assert Registries(url, clock=Clock()).registration("example.org") == Registration(Registry.NO_ANSWER)


def test_a_registry_on_the_network_does_not_lead_to_this_machine() -> None:
    with registry() as (registries, place):
        registries._bootstrap_url = "https://bootstrap.example/dns.json"
        registries._services = {"org": place.url + "/"}
        registries._services_until = NOW + timedelta(days=1)
        assert registries.registration("example.org") == Registration(Registry.NO_ANSWER)
    assert not place.asked


@pytest.mark.parametrize(
    ("records", "names"),
    [
        ({"MX": ["10 mail.example.org.", "20 backup.example.org."]}, Names.RECEIVES),
        ({"A": ["192.0.2.1"]}, Names.RECEIVES),
        ({"AAAA": ["2001:db8::1"]}, Names.RECEIVES),
        ({"MX": ["0 ."], "A": ["192.0.2.1"]}, Names.NULL_MX),
        ({"TXT": ["hello"]}, Names.NO_MAIL),
    ],
)
def test_a_domain_receives_mail_where_its_records_say_so(records: dict[str, list[str]], names: Names) -> None:
    with resolving(Zones(names={"example.xx": records})) as zones:
        assert inspector(zones).inspect("example.xx")[0].names is names


def test_an_answer_too_long_for_a_packet_is_fetched_by_tcp() -> None:
    with resolving(Zones(names={"example.xx": MAIL}, long={"example.xx"})) as zones:
        assert inspector(zones).inspect("example.xx")[0].names is Names.RECEIVES
    assert zones.over_tcp


def test_a_sole_resolver_is_asked_twice_before_a_domain_is_said_not_to_exist() -> None:
    clock = Clock()
    with resolving() as zones:
        found, _ = inspector(zones, clock=clock, sleep=clock.sleep).inspect("gone.xx")
    assert found == NameAnswer(Names.NXDOMAIN, is_confirmed=True)
    assert zones.asked == [("gone.xx", "MX")] * 2
    assert clock.slept == [2.0]


def test_a_domain_that_comes_back_was_never_away() -> None:
    with resolving() as zones:

        def sleep(_: float) -> None:
            zones.names["late.xx"] = MAIL

        assert inspector(zones, sleep=sleep).inspect("late.xx")[0].names is Names.RECEIVES


def test_one_resolver_that_knows_the_domain_outweighs_one_that_does_not() -> None:
    with resolving() as ignorant, resolving(Zones(names={"example.xx": MAIL})) as knowing:
        both = DomainInspector((ignorant.address, knowing.address), "https://127.0.0.1:1/", clock=Clock())
        assert both.inspect("example.xx")[0] == NameAnswer(Names.RECEIVES, False, ("ns1.example.org",))
        assert both.inspect("gone.xx")[0] == NameAnswer(Names.NXDOMAIN, is_confirmed=True)


@pytest.mark.principle("AUTHN-2.1")
@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, None])
def test_a_resolver_that_fails_has_not_answered(code: dns.rcode.Rcode | None) -> None:
    made = Zones(silent={"x.xx"}) if code is None else Zones(codes={"x.xx": code})
    with resolving(made) as zones:
        assert inspector(zones).inspect("x.xx")[0] == NameAnswer(Names.NO_ANSWER)


def test_the_nameservers_of_what_was_registered_are_told() -> None:
    names = {"mail.shop.xx": {"A": ["192.0.2.1"]}, "shop.xx": {"NS": ["NS2.Sedoparking.com.", "ns1.sedoparking.com."]}}
    with resolving(Zones(names=names)) as zones:
        found, registration = inspector(zones).inspect("mail.shop.xx")
    assert found.nameservers == ("ns1.sedoparking.com", "ns2.sedoparking.com")
    assert judge(found, registration, NOW, NOW).standing is Standing.LAPSED


@pytest.mark.principle("AUTHN-2.1")
def test_a_domain_that_was_lost_and_bought_by_another_is_found_out() -> None:
    verified = datetime(2025, 1, 1, tzinfo=UTC)
    created = "2019-01-01T00:00:00Z"
    up = Zones(names={"ada.example.co.uk": MAIL, "example.co.uk": MAIL})

    def told(asked: Asked) -> Reply:
        events = [{"eventAction": "registration", "eventDate": created}]
        is_there = "ada.example.co.uk" in up.names
        body = json.dumps(domain_object("example.co.uk", events=events)).encode()
        return Reply(body=body) if is_there else Reply(404)

    def standing() -> Standing:
        names, registration = looking.inspect("Ada.Example.co.uk")
        return judge(names, registration, verified, NOW).standing

    clock = Clock()
    with resolving(up) as zones, registry(told, zones=("uk",)) as (_, place):
        looking = inspector(zones, place.url + "/dns.json", clock=clock, sleep=clock.sleep)
        assert standing() is Standing.WELL
        up.names.clear()
        assert standing() is Standing.LAPSED
        up.names["ada.example.co.uk"] = MAIL
        created = "2026-10-01T00:00:00Z"
        assert standing() is Standing.REREGISTERED
        up.silent.add("ada.example.co.uk")
        created = "2019-01-01T00:00:00Z"
        assert standing() is Standing.UNKNOWN
    assert place.asked[1].path == "/rdap/domain/example.co.uk"


def test_a_name_of_another_script_is_asked_for_in_ascii() -> None:
    with resolving(Zones(names={"xn--bcher-kva.xx": MAIL})) as zones:
        assert inspector(zones).inspect("Bücher.xx")[0].names is Names.RECEIVES


@pytest.mark.parametrize("name", ["", ".", "a..b", "a" * 64 + ".org", "-ü-.org", "a/b.org", "a b.org", "x?y.org"])
def test_what_is_no_domain_does_not_exist(name: str) -> None:
    with resolving() as zones:
        assert inspector(zones).inspect(name) == (
            NameAnswer(Names.NXDOMAIN, is_confirmed=True),
            Registration(Registry.NONE),
        )
        assert not zones.asked
    with pytest.raises(ValueError, match="no domain"):
        in_a_labels(name)


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("mail.example.org", "example.org"),
        ("a.b.example.co.uk.", "example.co.uk"),
        ("someone.github.io", "github.io"),
        ("bücher.example.org", "example.org"),
        ("mail.faß.de", "xn--fa-hia.de"),
        ("x.corp.internal", "corp.internal"),
        ("buildhost", "buildhost"),
        ("co.uk", "co.uk"),
    ],
)
def test_what_was_registered_is_told_from_what_is_below_it(domain: str, registered: str) -> None:
    assert registrable_domain(domain) == registered


@pytest.mark.parametrize("nameserver", ["dns.example", "", "192.0.2.1:x", "https://192.0.2.1"])
def test_a_resolver_is_named_by_its_number(nameserver: str) -> None:
    with pytest.raises(ValueError, match=r"address|port|Port|cast"):
        DomainInspector((nameserver,), "https://127.0.0.1:1/", clock=Clock())


def test_the_resolvers_of_the_system_are_taken_when_none_is_named() -> None:
    assert DomainInspector((), "https://127.0.0.1:1/", clock=Clock())
