"""Domains of e-mail addresses: whether one still belongs to whoever verified an address there.

An address whose domain has lapsed, or was registered anew by somebody else, is nobody's proof of who they are.

Principles: AUTHN-2.1
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, assert_never

from strongroom.principles import upholds

#: Nameservers of companies that hold domains nobody uses: mail there is read by whoever holds them.
PARKING: Final = (
    "above.com", "afternic.com", "bodis.com", "dan.com", "parkingcrew.net", "parklogic.com", "sedoparking.com",
    "undeveloped.com", "uniregistrymarket.link",
)  # fmt: skip
# RFC 8056, 2: the statuses of a domain that its holder has lost or is about to lose.
_LOSING: Final = frozenset({"redemptionperiod", "pendingdelete", "pendingrestore", "serverhold"})
# RFC 6761, 6762, 8375 and ICANN's resolution of 2024 on .internal: names that no registry gives out.
_RESERVED: Final = ("local", "internal", "test", "invalid", "example", "localhost", "home.arpa")


class Standing(StrEnum):
    """What is known of an address's domain. `UNKNOWN` keeps the address, and never recovers by it."""

    WELL = "well"
    LAPSED = "lapsed"
    REREGISTERED = "re-registered"
    UNKNOWN = "unknown"


class Names(Enum):
    """What the domain name system says of a domain."""

    RECEIVES = "it receives mail"
    NULL_MX = "it says that it receives no mail (RFC 7505)"
    NO_MAIL = "it exists and has nowhere to send mail to"
    NXDOMAIN = "it does not exist"
    NO_ANSWER = "nobody answers for it"


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """An answer of the domain name system.

    `is_confirmed`: NXDOMAIN was heard twice, from two resolvers or at two times. `nameservers`: those of the
    registrable domain, in small letters, where they were asked for.
    """

    names: Names
    is_confirmed: bool = False
    nameservers: tuple[str, ...] = ()


class Registry(Enum):
    """What a registry says of a domain by RDAP; `NONE` when its top-level domain offers no RDAP."""

    FOUND = "found"
    NOT_FOUND = "not found"
    NO_ANSWER = "no answer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Registration:
    """An answer of a registry (RFC 9083). `created` is the newest registration; None where the registry is silent."""

    registry: Registry
    created: datetime | None = None
    expires: datetime | None = None
    statuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a domain, and why, in a sentence for its owner and the log."""

    standing: Standing
    why: str


def is_local_name(domain: str) -> bool:
    """Report whether no registry gives out this domain: a bare host, or a reserved name (RFC 6761, 6762, 8375)."""
    name = domain.lower().rstrip(".")
    return "." not in name or name.endswith(tuple(f".{each}" for each in _RESERVED)) or name in _RESERVED


def trusted(domain: str, trusted_domains: Collection[str]) -> Finding | None:
    """Return the finding on a domain that the operator vouches for, or one below it; None for any other."""
    name = domain.lower().rstrip(".")
    for each in trusted_domains:
        if name == each.lower() or name.endswith(f".{each.lower()}"):
            return Finding(Standing.WELL, f"the operator vouches for {each}")
    return None


@upholds("AUTHN-2.1a")
def judge(names: NameAnswer, registration: Registration, verified: datetime, now: datetime) -> Finding:
    """Return the standing of a domain from what DNS and the registry say, for an address verified at `verified`.

    What the registry knows comes first: a domain that was lost and taken by another answers DNS as well as ever. Where
    there is no registry to ask, or it keeps the date of registration to itself, DNS alone decides, and `why` says so.
    """
    if (found := _by_registry(registration, verified, now)) is not None:
        return found
    if (found := _by_names(names, registration)) is not None:
        return found
    match registration.registry:
        case Registry.NO_ANSWER:
            return Finding(Standing.UNKNOWN, "the registry did not answer, so nobody knows who holds it now")
        case Registry.NOT_FOUND:
            return Finding(Standing.UNKNOWN, "the registry does not know it, but DNS does")
        case Registry.NONE:
            return Finding(Standing.WELL, "DNS is well; there is no registry to ask, so DNS alone says so")
        case Registry.FOUND if registration.created is None:
            return Finding(Standing.WELL, "DNS is well; the registry does not say since when it is registered")
        case Registry.FOUND:
            return Finding(Standing.WELL, "DNS is well, and it has been registered since before the verification")
        case _:
            assert_never(registration.registry)


def _by_registry(registration: Registration, verified: datetime, now: datetime) -> Finding | None:
    created, expires = registration.created, registration.expires
    if created is not None and created > verified:
        return Finding(Standing.REREGISTERED, f"registered on {created:%Y-%m-%d}, after the address was verified")
    losing = [each for each in sorted(registration.statuses) if _plain(each) in _LOSING]
    if losing:
        return Finding(Standing.LAPSED, f"the registry says: {losing[0]}")
    if expires is not None and expires <= now:
        return Finding(Standing.LAPSED, f"its registration expired on {expires:%Y-%m-%d}")
    return None


def _plain(status: str) -> str:
    # Some registries write EPP's serverHold where RFC 8056 has "server hold".
    return "".join(c for c in status.lower() if c.isalnum())


def _by_names(names: NameAnswer, registration: Registration) -> Finding | None:
    # A network of one's own denies every name outside of it: where a registry could be asked and is silent, a "no" of
    # DNS alone takes nobody's address away.
    if registration.registry is Registry.NO_ANSWER and names.names is not Names.RECEIVES:
        return Finding(Standing.UNKNOWN, "DNS says no, or nothing, and the registry did not answer")
    match names.names:
        case Names.NXDOMAIN if names.is_confirmed or registration.registry is Registry.NOT_FOUND:
            return Finding(Standing.LAPSED, "the domain does not exist")
        case Names.NXDOMAIN:
            return Finding(Standing.UNKNOWN, "one resolver says that it does not exist; that is to be confirmed")
        case Names.NO_ANSWER:
            return Finding(Standing.UNKNOWN, "DNS did not answer")
        case Names.NULL_MX | Names.NO_MAIL:
            return Finding(Standing.LAPSED, names.names.value)
        case Names.RECEIVES:
            parked = next((each for each in names.nameservers if _is_parking(each)), None)
            return Finding(Standing.LAPSED, f"parked at {parked}") if parked else None
        case _:
            assert_never(names.names)


def _is_parking(nameserver: str) -> bool:
    return nameserver.rstrip(".").endswith(tuple(f".{each}" for each in PARKING))
