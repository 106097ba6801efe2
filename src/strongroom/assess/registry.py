"""A registry of the run's own domains, in which one can lapse or come into other hands: names, and registrations.

A repository that is measured on this machine asks it instead of the world's name servers and registries. It answers for
the domain of the run's mail and for a top-level domain that nobody has, below which every name can be registered; of
any other name it says nothing, so that a check in the meantime learns nothing of anybody else's address.

Principles: AUTHN-2.1
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TOP_LEVEL: Final = "strongroom-probe"
"""A top-level domain that is not delegated and not reserved: a name below it is a domain that can be registered."""

_LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)
_TERM: Final = timedelta(days=365)
_TTL_SECONDS: Final = 0
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_LONGEST_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry has of a domain: since when it is somebody's, or that it is nobody's now."""

    created: datetime = _LONG_AGO
    has_lapsed: bool = False


@dataclass(frozen=True)
class Registry:
    """The registrations of one run's domains. `zones` are the domains it answers for, with every name below them."""

    zones: tuple[str, ...]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    _changed: dict[str, Registration] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def registration(self, name: str) -> Registration | None:
        """Return what is known of a name: its own registration, or that of the nearest domain above; None elsewhere."""
        labels = name.rstrip(".").lower().split(".")
        above = [".".join(labels[start:]) for start in range(len(labels))]
        if not set(above) & set(self.zones):
            return None
        with self._lock:
            return next((self._changed[each] for each in above if each in self._changed), Registration())

    def lapse(self, name: str) -> bool:
        """Let a domain be nobody's from now on; False for one that this registry does not answer for."""
        return self._change(name, Registration(has_lapsed=True))

    def register_anew(self, name: str) -> bool:
        """Give a domain to somebody else, now; False for one that this registry does not answer for.

        What registries say has whole seconds: the registration is the next one, and the call ends when that has come,
        so that it is later than whatever was before the call, however it is rounded.
        """
        now = self.now()
        created = now.replace(microsecond=0) + timedelta(seconds=1)
        self.sleep((created - now).total_seconds())
        return self._change(name, Registration(created))

    def _change(self, name: str, registration: Registration) -> bool:
        name = name.lower()
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) or self.registration(name) is None:
            return False
        with self._lock:
            self._changed[name] = registration
        return True

    def answer(self, query: bytes) -> bytes | None:
        """Return the answer to a question (RFC 1035), None to what is none."""
        try:
            asked = dns.message.from_wire(query)
            if asked.opcode() != dns.opcode.QUERY or len(asked.question) != 1:
                return None
            return self._answered(asked).to_wire()
        except (dns.exception.DNSException, ValueError, UnicodeError):
            return None

    def _answered(self, asked: dns.message.Message) -> dns.message.Message:
        question, reply = asked.question[0], dns.message.make_response(asked)
        name = question.name.to_text(omit_final_dot=True)
        found = self.registration(name)
        if found is None:
            reply.set_rcode(dns.rcode.REFUSED)
            return reply
        reply.flags |= dns.flags.AA
        text = _RECORDS.get(question.rdtype) if not found.has_lapsed else None
        if text is not None:
            filled = text.format(name=question.name.to_text())
            reply.answer.append(dns.rrset.from_text(question.name, _TTL_SECONDS, "IN", question.rdtype, filled))
        else:
            # "NXDOMAIN … the SOA record … must be included" (RFC 2308, section 3), and so for what has no such record.
            zone = dns.name.from_text(max((each for each in self.zones if _is_below(name, each)), key=len))
            soa = _RECORDS[dns.rdatatype.SOA].format(name=zone.to_text())
            reply.authority.append(dns.rrset.from_text(zone, _TTL_SECONDS, "IN", dns.rdatatype.SOA, soa))
        if found.has_lapsed:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def rdap(self, name: str) -> tuple[int, Mapping[str, Any]]:
        """Return a status and what the registry says of a domain (RFC 9083): 404 when it is nobody's.

        Of a name elsewhere it says that it may not answer, which is no word on whether there is such a domain.
        """
        found = self.registration(name)
        if found is None or found.has_lapsed:
            status = 403 if found is None else 404
            return status, {"rdapConformance": ["rdap_level_0"], "errorCode": status, "title": "No such domain here"}
        ends = self.now() + _TERM
        return 200, {
            "rdapConformance": ["rdap_level_0"],
            "objectClassName": "domain",
            "handle": name.upper(),
            "ldhName": name,
            "status": ["active"],
            "events": [
                {"eventAction": "registration", "eventDate": _moment(found.created)},
                {"eventAction": "expiration", "eventDate": _moment(ends)},
            ],
        }

    def bootstrap(self, rdap_base: str) -> Mapping[str, Any]:
        """Return which registry knows what, in the shape of IANA's `dns.json` (RFC 9224)."""
        entries = sorted({*self.zones, *(zone.rpartition(".")[2] for zone in self.zones)})
        return {"version": "1.0", "publication": _moment(_LONG_AGO), "services": [[entries, [rdap_base]]]}


_RECORDS: Final[Mapping[dns.rdatatype.RdataType, str]] = {
    dns.rdatatype.SOA: "{name} hostmaster.{name} 1 3600 600 86400 0",
    dns.rdatatype.NS: "{name}",
    dns.rdatatype.MX: "10 {name}",
    dns.rdatatype.A: "127.0.0.1",
}


def _is_below(name: str, zone: str) -> bool:
    return name.lower() == zone or name.lower().endswith(f".{zone}")


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(registry: Registry, method: str, path: str, *, base: str, secret: str) -> tuple[int, bytes]:
    """Return a status and a page of the registry: its bootstrap, what it has of a domain, and a door to change that.

    The door is known to the run alone: POST `/SECRET/lapse/DOMAIN`, and `return` instead of `lapse`.
    """
    acts: Mapping[str, Callable[[str], bool]] = {"lapse": registry.lapse, "return": registry.register_anew}
    match method, path.strip("/").split("/"):
        case "GET", ["bootstrap.json"]:
            return 200, json.dumps(registry.bootstrap(f"{base}rdap/")).encode()
        case "GET", ["rdap", "domain", name]:
            status, said = registry.rdap(name)
            return status, json.dumps(said).encode()
        case "POST", [door, act, name] if door == secret and act in acts:
            return (200, b"{}") if acts[act](name) else (404, b"{}")
    return 404, b"{}"
