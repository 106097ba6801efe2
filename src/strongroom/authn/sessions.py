"""Sessions, known devices, and single-use tickets: what a browser holds between two requests.

Principles: AUTHN-1.1, AUTHN-1.4, AUTHN-3.2
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Protocol

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Strength
from strongroom.kernel.refusals import Refused

SESSION_LIFE: Final = timedelta(hours=12)
#: Who never came back within this time has to say again who they are.
IDLE_LIFE: Final = timedelta(hours=4)
DEVICE_LIFE: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from, as far as it can be known: shown to the account's owner, and never trusted."""

    source: str
    agent: str = ""

    @property
    def host(self) -> str:
        """Who counts as one source: an IPv4 address, or the /64 of an IPv6 one, which one host has to itself."""
        return host_of(self.source)

    @property
    def network(self) -> str:
        """The network that the source lies in: the /24 of an IPv4 address, the /48 of an IPv6 address."""
        return network_of(self.source)


@lru_cache(maxsize=1024)
def network_of(source: str) -> str:
    """Return the /24 of an IPv4 address or the /48 of an IPv6 one, as text; the source itself when it is neither."""
    return _within(source, 24, 48)


@lru_cache(maxsize=1024)
def host_of(source: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 one, as text; the source itself when it is neither."""
    return _within(source, 32, 64)


def _within(source: str, prefix_4: int, prefix_6: int) -> str:
    from ipaddress import IPv6Address, ip_address, ip_network

    try:
        address = ip_address(source)
    except ValueError:
        return source
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{prefix_4 if address.version == 4 else prefix_6}", strict=False))


@dataclass(frozen=True, slots=True)
class Session:
    """A session as storage keeps it. `proved`: when `strength` was proved last; `device`: a known one, or "".

    `replaces_until`: until then it may enrol what takes the place of a lost factor, since a recovery code opened it.
    """

    identifier: str
    fingerprint: str
    account: AccountName
    strength: Strength
    proved: datetime
    created: datetime
    expires: datetime
    seen: datetime
    source: str
    agent: str
    device: str = ""
    replaces_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or program in which somebody has signed in before, known by a secret of its own."""

    fingerprint: str
    account: AccountName
    created: datetime
    seen: datetime
    agent: str


class Errand(StrEnum):
    """What a ticket is good for, and nothing else."""

    VERIFY_ADDRESS = "verify-address"
    SECOND_FACTOR = "second-factor"
    CONFIRM_DEVICE = "confirm-device"
    DEVICE_LINK = "device-link"
    PASSKEY = "passkey"
    ENROL_KEY = "enrol-key"
    ENROL_TOTP = "enrol-totp"
    PROVE = "prove"
    RESET_PASSWORD = "reset-password"  # noqa: S105 (an errand's name)
    RECOVERY = "recovery"
    CANCEL_RECOVERY = "cancel-recovery"
    INVITATION = "invitation"
    ORGANISATION = "organisation"


TICKET_LIFE: Final[Mapping[Errand, timedelta]] = {
    Errand.VERIFY_ADDRESS: timedelta(hours=24),
    Errand.SECOND_FACTOR: timedelta(minutes=10),
    Errand.CONFIRM_DEVICE: timedelta(minutes=30),
    Errand.DEVICE_LINK: timedelta(minutes=30),
    Errand.PASSKEY: timedelta(minutes=5),
    Errand.ENROL_KEY: timedelta(minutes=10),
    Errand.ENROL_TOTP: timedelta(minutes=30),
    Errand.PROVE: timedelta(minutes=5),
    Errand.RESET_PASSWORD: timedelta(hours=1),
    Errand.RECOVERY: timedelta(days=30),
    Errand.CANCEL_RECOVERY: timedelta(days=30),
    Errand.INVITATION: timedelta(days=7),
    Errand.ORGANISATION: timedelta(minutes=10),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A secret that is good once, for one errand, and what it stands for; `account` None where nobody is known yet."""

    fingerprint: str
    errand: Errand
    account: AccountName | None
    expires: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


class SessionBook(Protocol):
    """Sessions, devices and tickets, inside one open transaction."""

    def session(self, fingerprint: str) -> Session | None:
        """Return the session with this fingerprint, ended or expired ones excepted only by `require_live_session`."""

    def sessions_of(self, name: AccountName) -> Sequence[Session]:
        """Return the account's sessions, newest first."""

    def add_session(self, session: Session) -> None:
        """Keep a new session."""

    def replace_session(self, fingerprint: str, session: Session) -> None:
        """Put a session, with another secret, in the place of an older one."""

    def touch_session(self, fingerprint: str, when: datetime) -> None:
        """Remember that the session was used."""

    def end_session(self, name: AccountName, identifier: str) -> bool:
        """End a session of the account; report whether there was one."""

    def end_sessions_of(self, name: AccountName, *, but: str = "") -> int:
        """End every session of the account but the one with this identifier; return how many."""

    def device(self, name: AccountName, fingerprint: str) -> Device | None:
        """Return the device when it is known to the account."""

    def keep_device(self, device: Device) -> None:
        """Keep a device, or that it was seen again."""

    def devices_with(self, fingerprints: Collection[str]) -> Sequence[Device]:
        """Return the devices with these fingerprints, whosever they are, in the order of both."""

    def forget_device(self, name: AccountName, fingerprint: str) -> bool:
        """Forget a device of the account; report whether it was known."""

    def forget_devices_of(self, name: AccountName) -> None:
        """Forget every device of the account."""

    def add_ticket(self, ticket: Ticket) -> None:
        """Keep a ticket."""

    def ticket(self, fingerprint: str) -> Ticket | None:
        """Return the ticket, which stays good; None when there is none."""

    def open_ticket(self, name: AccountName, errand: Errand) -> Ticket | None:
        """Return the account's newest ticket for an errand, or None."""

    def use_ticket(self, fingerprint: str) -> Ticket | None:
        """Return the ticket and take it away; None when there is none."""

    def change_ticket(self, ticket: Ticket) -> None:
        """Keep what a ticket stands for now."""

    def drop_tickets_of(self, name: AccountName, *errands: Errand) -> None:
        """Take away the account's tickets for these errands, all of them when none is named."""

    def sweep(self, now: datetime, device_before: datetime) -> int:
        """Take away what has expired; return how much."""


def require_live_session(session: Session | None, now: datetime) -> Session:
    """Return the session; Refused when it is none, has ended, or was left alone for too long."""
    if session is None or now >= session.expires or now - session.seen > IDLE_LIFE:
        raise Refused("no-session", "You are not signed in, or your session has ended. Sign in again.")
    return session


def require_ticket(ticket: Ticket | None, errand: Errand, now: datetime) -> Ticket:
    """Return the ticket; Refused when it is none, is spent, too old, or good for something else."""
    if ticket is None or ticket.errand is not errand or now >= ticket.expires:
        raise Refused("ticket-spent", "This link or form was used already, or is too old. Begin again.")
    return ticket
