"""The world is asked about a domain: resolvers whether it receives mail, its registry since when it is registered.

Principles: AUTHN-2.1
"""

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import idna
from dns.rdtypes.ANY.MX import MX
from publicsuffixlist import PublicSuffixList

from strongroom.authn.domains import NameAnswer, Names, Registration, Registry
from strongroom.outbound.rdap import Registries

_PORT: Final = 53
_NAME: Final = re.compile(r"[a-z0-9_.-]+")
_IMPOSSIBLE: Final = (NameAnswer(Names.NXDOMAIN, is_confirmed=True), Registration(Registry.NONE))


def in_a_labels(domain: str) -> str:
    """Return a domain in small letters and ASCII (RFC 5891), without a dot at its end; ValueError when it is none."""
    name = domain.lower().removesuffix(".")
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode()
        dns.name.from_text(ascii_name)
    except (UnicodeError, dns.exception.DNSException) as error:
        raise ValueError(f"{domain!r} is no domain") from error
    if not _NAME.fullmatch(ascii_name):
        raise ValueError(f"{domain!r} is no domain")
    return ascii_name


@cache
def _public_suffixes() -> PublicSuffixList:
    # Its private section is off: what is registered at a registry is asked for, not who rents a name below it.
    return PublicSuffixList(accept_unknown=True, only_icann=True)


def registrable_domain(domain: str) -> str:
    """Return the part of a domain that somebody registered, in A-labels; the domain itself where there is none.

    ValueError as `in_a_labels` does.
    """
    name = in_a_labels(domain)
    return _public_suffixes().privatesuffix(name) or name


class DomainInspector:
    """Looks at domains through DNS resolvers and registries, at a polite pace; for one thread at a time.

    `nameservers` are recursive resolvers, "192.0.2.1", "192.0.2.1:5353" or "[2001:db8::1]:53"; those of the system
    when there are none. `rdap_bootstrap` is the address of a `dns.json` (RFC 9224). `timeout_seconds` is for each
    question. A sole resolver that says NXDOMAIN is asked again after `again_seconds`. ValueError for what is no such
    address.
    """

    def __init__(
        self,
        nameservers: tuple[str, ...],
        rdap_bootstrap: str,
        *,
        clock: Callable[[], datetime],
        timeout_seconds: float = 5.0,
        pace_seconds: float = 1.0,
        again_seconds: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._resolvers = [_resolver(each, timeout_seconds) for each in nameservers] or _of_system(timeout_seconds)
        self._again_seconds, self._sleep = again_seconds, sleep
        self._registries = Registries(
            rdap_bootstrap, clock=clock, timeout_seconds=timeout_seconds, pace_seconds=pace_seconds, sleep=sleep
        )

    def inspect(self, address_domain: str) -> tuple[NameAnswer, Registration]:
        """Return what DNS says of an address's domain, and the registry of the domain that was registered for it.

        It raises nothing: what is no domain does not exist, and nobody's answer is `NO_ANSWER`.
        """
        try:
            name = in_a_labels(address_domain)
        except ValueError:
            return _IMPOSSIBLE
        registered = registrable_domain(name)
        names = self._names(name, registered)
        if "." not in registered:
            return names, Registration(Registry.NONE)
        return names, self._registries.registration(registered)

    def _names(self, name: str, registered: str) -> NameAnswer:
        denials = 0
        for resolver in self._resolvers:
            match found := _mail_of(resolver, name):
                case Names.NXDOMAIN:
                    denials += 1
                case Names.NO_ANSWER:
                    continue
                case Names.RECEIVES:
                    return NameAnswer(found, nameservers=_nameservers(resolver, registered))
                case _:
                    return NameAnswer(found)
        if not denials:
            return NameAnswer(Names.NO_ANSWER)
        if denials == 1:
            return self._once_more(name)
        return NameAnswer(Names.NXDOMAIN, is_confirmed=True)

    def _once_more(self, name: str) -> NameAnswer:
        self._sleep(self._again_seconds)
        again = [_mail_of(resolver, name) for resolver in self._resolvers]
        there = [each for each in again if each not in (Names.NXDOMAIN, Names.NO_ANSWER)]
        return NameAnswer(there[0]) if there else NameAnswer(Names.NXDOMAIN, is_confirmed=Names.NXDOMAIN in again)


def _resolver(nameserver: str, timeout_seconds: float) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    host, port = _host_and_port(nameserver)
    made.nameservers, made.port = [host], port
    made.timeout = made.lifetime = timeout_seconds
    return made


def _host_and_port(nameserver: str) -> tuple[str, int]:
    try:
        return str(ip_address(nameserver)), _PORT
    except ValueError:
        parts = urlsplit(f"//{nameserver}")
    return str(ip_address(parts.hostname or "")), parts.port or _PORT


def _of_system(timeout_seconds: float) -> list[dns.resolver.Resolver]:
    try:
        known = [each for each in dns.resolver.Resolver().nameservers if isinstance(each, str)]
    except dns.resolver.NoResolverConfiguration as error:
        raise ValueError("this system has no DNS resolver; name one in the settings") from error
    return [_resolver(each, timeout_seconds) for each in known]


def _records(resolver: dns.resolver.Resolver, name: str, kind: dns.rdatatype.RdataType) -> dns.resolver.Answer | None:
    """Return the records of a kind, None when there are none; what dnspython raises otherwise."""
    try:
        return resolver.resolve(dns.name.from_text(name), kind, search=False)
    except dns.resolver.NoAnswer:
        return None


def _mail_of(resolver: dns.resolver.Resolver, name: str) -> Names:
    try:
        if (answer := _records(resolver, name, dns.rdatatype.MX)) is not None:
            exchanges = [each.exchange for each in answer if isinstance(each, MX)]
            # RFC 7505, 3: "a single MX RR … consisting of preference number 0 and a zero-length label".
            return Names.NULL_MX if exchanges == [dns.name.root] else Names.RECEIVES
        # RFC 5321, 5.1: "If an empty list of MXs is returned, the address is treated as if it was associated with an
        # implicit MX RR".
        hosts: Sequence[dns.rdatatype.RdataType] = (dns.rdatatype.A, dns.rdatatype.AAAA)
        return Names.RECEIVES if any(_records(resolver, name, each) for each in hosts) else Names.NO_MAIL
    except dns.resolver.NXDOMAIN:
        return Names.NXDOMAIN
    except dns.exception.DNSException:
        return Names.NO_ANSWER


def _nameservers(resolver: dns.resolver.Resolver, registered: str) -> tuple[str, ...]:
    try:
        found = _records(resolver, registered, dns.rdatatype.NS)
    except dns.exception.DNSException:
        return ()
    return tuple(sorted(each.to_text().lower().rstrip(".") for each in found or ()))
