"""The desk at which people are served: what every deed needs of the world, and the small steps that many share.

Principles: AUTHN-1.4, AUTHN-1.5
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Action, require_action
from strongroom.authn.breaches import BreachList
from strongroom.authn.notices import Facts, Link, compose_link
from strongroom.authn.passkeys import RelyingParty
from strongroom.authn.passwords import Hashing
from strongroom.authn.post import Queued
from strongroom.authn.sessions import (
    IDLE_LIFE,
    TICKET_LIFE,
    Errand,
    Session,
    Ticket,
    Visit,
    require_live_session,
    require_ticket,
)
from strongroom.authn.throttle import Guess, Guesser, give_back, reserve
from strongroom.authz.publishers import Trusted
from strongroom.authz.tokens import RANDOM_BYTES, Kind, mint, parse_token
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.records import Policy
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books, Clock, Vault


class Registration(StrEnum):
    """Who may register: nobody, who was invited, or anybody."""

    CLOSED = "closed"
    INVITED = "invited"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class House:
    """What the operator has chosen. `quorum` is how many administrators vouch for a person in a recovery.

    `organisation` is what the organisation is called whose members sign in through its provider, "" for none.
    `trusted` is whose builds may publish, and `audience` for whom their identity tokens must be made. `policy` is what
    is demanded of every upload to every project.
    """

    registration: Registration = Registration.INVITED
    recovery_wait: timedelta = timedelta(hours=72)
    quorum: int = 2
    organisation: str = ""
    trusted: Trusted = field(default_factory=Trusted)
    audience: str = ""
    policy: Policy = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """What deeds need of the world. `site_url` ends in a slash; `domain_of` is the registrable domain of an address."""

    vault: Vault
    clock: Clock
    chance: Callable[[int], bytes]
    infix: str
    hashing: Hashing
    breaches: BreachList
    party: RelyingParty
    site_url: str
    house: House = field(default_factory=House)
    domain_of: Callable[[str], str] = lambda domain: domain

    def secret(self, kind: Kind) -> Secret:
        """Return a new secret of our own form, so that a scanner knows it wherever it leaks to."""
        return mint(self.chance(RANDOM_BYTES), kind=kind, infix=self.infix)

    def issue(self, books: Books, errand: Errand, account: AccountName | None, **detail: Any) -> Secret:
        """Keep a ticket and return its secret."""
        secret = self.secret(Kind.TICKET)
        expires = self.clock() + TICKET_LIFE[errand]
        books.sessions.add_ticket(Ticket(secret.fingerprint(), errand, account, expires, detail))
        return secret

    def mail_link(
        self,
        books: Books,
        kind: Link,
        to: str,
        path: str,
        account: AccountName | None = None,
        visit: Visit | None = None,
        **facts: str,
    ) -> None:
        """Put a letter of no event into the queue, in the open transaction; `path` "" for one without a link."""
        said = Facts(
            self.party.title,
            self.site_url,
            account=str(account or ""),
            address=to,
            when=self.clock(),
            source=visit.source if visit else "",
            device=visit.agent if visit else "",
            link=f"{self.site_url}{path}" if path else "",
            expires=self.clock() + TICKET_LIFE[_ERRANDS[kind]] if kind in _ERRANDS else None,
            **facts,
        )
        words = compose_link(kind, said)
        key = f"link:{self.chance(12).hex()}"
        books.letters.add_letter(Queued(key, to, words.subject, words.text, words.html, self.clock()))


_ERRANDS: Final = {
    Link.VERIFY_ADDRESS: Errand.VERIFY_ADDRESS,
    Link.CONFIRM_DEVICE: Errand.DEVICE_LINK,
    Link.RECOVER: Errand.RESET_PASSWORD,
    Link.SECOND_ADDRESS: Errand.RECOVERY,
    Link.INVITATION: Errand.INVITATION,
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the desk: where from, with which session and which known device, as far as secrets show."""

    visit: Visit
    session: Secret | None = None
    device: Secret | None = None

    def device_fingerprint(self, books: Books, name: AccountName) -> str:
        """Return the fingerprint of the device when the account knows it, else ""."""
        if self.device is None:
            return ""
        known = books.sessions.device(name, self.device.fingerprint())
        return known.fingerprint if known else ""

    def known_device(self, books: Books) -> str:
        """Return the fingerprint of the device when any account knows it, else "": where nobody is named yet."""
        found = books.sessions.devices_with([self.device.fingerprint()]) if self.device else ()
        return found[0].fingerprint if found else ""


@dataclass(frozen=True, slots=True)
class Present:
    """A person who is signed in: the account and the session, read in one transaction."""

    account: Account
    session: Session

    @property
    def name(self) -> AccountName:
        """The account's name."""
        return self.account.name


def present(desk: Desk, books: Books, visitor: Visitor) -> Present:
    """Return who is signed in; Refused("no-session") when nobody is."""
    found = books.sessions.session(visitor.session.fingerprint()) if visitor.session else None
    session = require_live_session(found, desk.clock())
    account = books.accounts.account(session.account)
    if account is None or account.is_disabled:
        raise Refused("no-session", "You are not signed in, or your session has ended. Sign in again.")
    return Present(account, session)


def keep_alive(desk: Desk, visitor: Visitor) -> None:
    """Remember, now and then, that a session is used: one that is left alone for four hours ends."""
    if visitor.session is None:
        return
    now, fingerprint = desk.clock(), visitor.session.fingerprint()
    with desk.vault.reading() as books:
        session = books.sessions.session(fingerprint)
    if session is not None and timedelta(minutes=5) < now - session.seen <= IDLE_LIFE and now < session.expires:
        with desk.vault.writing() as books:
            books.sessions.touch_session(fingerprint, now)


def acting(desk: Desk, books: Books, visitor: Visitor, action: Action) -> Present:
    """Return who is signed in and may do this now; Refused otherwise."""
    who = present(desk, books, visitor)
    require_action(action, who.account, who.session, desk.clock())
    return who


@contextmanager
def guessing(desk: Desk, guess: Guess, guesser: Guesser) -> Iterator[None]:
    """Count a guess, in a transaction of its own, before what is inside is tried; give it back when that was right.

    What is inside is wrong when it raises; then the guess stays counted.
    """
    with desk.vault.writing() as books:
        reserved = reserve(books.tallies, guess, guesser, desk.clock())
    yield
    with desk.vault.writing() as books:
        give_back(books.tallies, reserved, desk.clock())


def parse_ticket(raw: str) -> Secret:
    """Return the secret of a ticket, given as it is or as the link that was mailed; Refused when it is neither."""
    text = raw.strip().partition("#")[0].partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    try:
        return parse_token(text)
    except ValueError:
        raise Refused("ticket-spent", "This link is not whole, was used already, or is too old. Begin again.") from None


def spend(desk: Desk, books: Books, secret: Secret, errand: Errand) -> Ticket:
    """Spend a ticket for an errand; Refused when it is not good for it."""
    return require_ticket(books.sessions.use_ticket(secret.fingerprint()), errand, desk.clock())


def look_at(desk: Desk, books: Books, secret: Secret, errand: Errand) -> Ticket:
    """Return a ticket that stays good; Refused when it is not good for the errand."""
    return require_ticket(books.sessions.ticket(secret.fingerprint()), errand, desk.clock())


def record(desk: Desk, books: Books, event: Event, actor: str, account: AccountName, **detail: object) -> None:
    """Write an event of an account, in the open transaction. `detail` holds no secret and no address."""
    books.events.record([Happening(event, actor, detail={"account": str(account), **detail})], desk.clock())


def seen_from(visitor: Visitor) -> dict[str, object]:
    """Return, for an event, where somebody came from."""
    return {"source": visitor.visit.source, "device": visitor.visit.agent}
