"""The domains of people's addresses: which have lapsed, and which were registered anew by somebody else.

Principles: none
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dns.message
import dns.query
import dns.rcode
import httpx2
from tests.assess.weakroom.accounts import Account, Inspectors, accounts, is_operator
from tests.assess.weakroom.room import JOBS, Request, Room, flaw, route

LAPSE_UNSEEN = flaw("AUTHN-2.1a lapse-is-not-noticed")
RETURN_UNSEEN = flaw("AUTHN-2.1a new-registration-is-not-noticed")
RECOVERS_BY_LAPSED = flaw("AUTHN-2.1b recovers-by-a-lapsed-domain")
RECOVERS_BY_RETURNED = flaw("AUTHN-2.1b recovers-by-a-domain-registered-anew")


@dataclass
class Domain:
    """What the registry of domains says of one. `registered_at` is in seconds."""

    is_lapsed: bool = False
    registered_at: float = 0.0


class Domains(dict[str, Domain]):
    """Every domain of which anything is known, by name; the others are well."""


def has_lapsed(room: Room, account: Account) -> bool:
    """Report whether the domain of a person's address is nobody's now."""
    return bool(room.shelf(Domains).get(account.email.partition("@")[2], Domain()).is_lapsed)


def has_returned(room: Room, account: Account) -> bool:
    """Report whether the domain was registered anew after its person had shown the address to be theirs."""
    found: Domain = room.shelf(Domains).get(account.email.partition("@")[2], Domain())
    return found.registered_at > account.verified_at


def ask_about(domain: str, nameserver: str, rdap: str) -> Domain:
    """Return what a name server and a registry say of a domain; it is well where they say nothing."""
    host, _, port = nameserver.partition(":")
    reply = dns.query.udp(dns.message.make_query(domain, "MX"), host, timeout=2, port=int(port))
    if reply.rcode() == dns.rcode.NXDOMAIN:
        return Domain(is_lapsed=True)
    services = httpx2.get(rdap).json()["services"]
    base = next(bases[0] for entries, bases in services if domain.rpartition(".")[2] in entries)
    said = httpx2.get(f"{base}domain/{domain}")
    if said.status_code != 200:
        return Domain()
    dates = {each["eventAction"]: each["eventDate"] for each in said.json()["events"]}
    return Domain(False, datetime.fromisoformat(dates["registration"]).timestamp())


def look_at_domains(room: Room) -> None:
    """Take the verification from every address whose domain has lapsed or come into other hands."""
    if where := room.shelf(Inspectors):
        for domain in {account.email.partition("@")[2] for account in accounts(room).values()}:
            room.shelf(Domains)[domain] = ask_about(domain, where["nameserver"], where["rdap"])
    for account in accounts(room).values():
        lapsed = has_lapsed(room, account) and not room.has(LAPSE_UNSEEN)
        returned = has_returned(room, account) and not room.has(RETURN_UNSEEN)
        if lapsed or returned:
            account.verified = False


JOBS.append(look_at_domains)


def may_recover(room: Room, account: Account) -> bool:
    """Report whether mail to a person's address still reaches that person, by what is true at this moment."""
    lapsed = has_lapsed(room, account) and not room.has(RECOVERS_BY_LAPSED)
    returned = has_returned(room, account) and not room.has(RECOVERS_BY_RETURNED)
    return not lapsed and not returned


@route("POST", "/operator/domains/{domain}/lapse")
def lapse_domain(room: Room, request: Request, domain: str) -> Any:
    """Let a domain's registration lapse."""
    is_operator(request)
    room.shelf(Domains).setdefault(domain, Domain()).is_lapsed = True
    return {}


@route("POST", "/operator/domains/{domain}/register")
def reregister_domain(room: Room, request: Request, domain: str) -> Any:
    """Let somebody else register a domain anew."""
    is_operator(request)
    room.shelf(Domains)[domain] = Domain(False, room.clock.seconds())
    return {}
