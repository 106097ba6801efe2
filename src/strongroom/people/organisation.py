"""Signing in through an organisation's provider: accounts made just in time, and ended with the membership.

Principles: AUTHN-3.2
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Protocol

from strongroom.authn.accounts import Account, AccountName, is_reserved, parse_account_name
from strongroom.authn.assurance import SUDO, Strength
from strongroom.authn.organisation import Identity, Provider, identity_of
from strongroom.authn.sessions import Errand
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Visitor, present, record, spend
from strongroom.people.factors import renew
from strongroom.people.registration import new_handle
from strongroom.people.sign_in import SignedIn, open_session

_NAMES: Final = 50
#: Whoever has not signed in through the provider for so long is asked to, before their tokens work again.
VOUCHED_FOR: Final = timedelta(days=30)


class Asked(Protocol):
    """The provider, as a relying party speaks with it."""

    def authorization_url(self, state: str, nonce: str, verifier: str, *, max_age_seconds: int | None = None) -> str:
        """Return where to send the browser."""

    def finish(self, code: str, nonce: str, verifier: str, *, iss: str | None = None) -> dict[str, Any]:
        """Return the verified claims of whoever signed in."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation's provider: what the operator has chosen of it, and the line to it."""

    provider: Provider
    asked: Asked


def begin(desk: Desk, organisation: Organisation, visitor: Visitor, next_page: str) -> tuple[str, Secret]:
    """Return where to send the browser, and the secret that it holds until it comes back.

    Somebody who is signed in already is asked to prove anew who they are, as sudo takes.
    """
    nonce, verifier = desk.chance(24).hex(), desk.chance(32).hex()
    with desk.vault.writing() as books:
        guesser, fresh = Guesser(visitor.visit, device=visitor.known_device(books)), None
        with suppress(Refused):
            who = present(desk, books, visitor)
            guesser, fresh = Guesser(visitor.visit, who.name.text, who.session.device), 0
        reserve(books.tallies, Guess.BEGINNING, guesser, desk.clock())
        secret = desk.issue(books, Errand.ORGANISATION, None, nonce=nonce, verifier=verifier, next=next_page)
    return organisation.asked.authorization_url(secret.fingerprint(), nonce, verifier, max_age_seconds=fresh), secret


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser came back with."""

    code: str
    state: str
    iss: str | None


def finish(
    desk: Desk, organisation: Organisation, visitor: Visitor, held: Secret, returned: Returned
) -> tuple[SignedIn, str]:  # fmt: skip
    """Begin a session for whoever the provider vouches for; return it and the page to go to.

    Refused when the answer belongs to another browser's question, and for whom the operator keeps outside: such a
    person's sessions and tokens end at that moment.
    """
    if not held.matches(returned.state):
        raise Refused("sign-in-refused", "This answer belongs to another browser's question. Begin again.")
    with desk.vault.writing() as books:
        ticket = spend(desk, books, held, Errand.ORGANISATION)
    claims = organisation.asked.finish(
        returned.code, ticket.detail["nonce"], ticket.detail["verifier"], iss=returned.iss
    )  # fmt: skip
    try:
        identity = identity_of(claims, organisation.provider)
    except Refused:
        if _is_outside(claims, organisation.provider):
            end_membership(desk, str(claims.get("iss")), str(claims.get("sub")))
        raise
    with desk.vault.writing() as books:
        account = _account_of(desk, books, identity, organisation.provider)
        signed_in = _admitted(desk, books, visitor, account, identity)
    return signed_in, str(ticket.detail["next"])


def _admitted(desk: Desk, books: Books, visitor: Visitor, account: Account, identity: Identity) -> SignedIn:
    """Begin a session, or renew the one that this person has, as freshly proved as the provider says.

    OpenID Connect Core, 2: "When a max_age request is made … then this Claim [auth_time] is REQUIRED." One who does not
    say, or says a time long past, has proved nothing anew.
    """
    now = desk.clock()
    proved = min(identity.auth_time, now) if identity.auth_time else now - SUDO - timedelta(seconds=1)
    try:
        who = present(desk, books, visitor)
    except Refused:
        return open_session(desk, books, visitor, account, identity.strength, proved=proved)
    if who.name != account.name:
        return open_session(desk, books, visitor, account, identity.strength, proved=proved)
    if now - proved > SUDO:
        raise Refused("sign-in-refused", "Your provider has not asked you anew who you are. Sign out there, and again.")
    renewed = renew(desk, books, who.session, max(identity.strength, who.session.strength))
    return SignedIn(account.name, renewed.session, None, renewed.strength)


def _account_of(desk: Desk, books: Books, identity: Identity, provider: Provider) -> Account:
    name = books.factors.identity(identity.issuer, identity.subject)
    account = books.accounts.account(name) if name is not None else None
    if account is None:
        account = _newcomer(desk, books, identity)
    now = desk.clock()
    is_administrator = identity.is_administrator if provider.administrators else account.is_administrator
    changed = replace(
        account,
        vouched=int(identity.strength),
        vouched_until=now + VOUCHED_FOR,
        had_factor=account.had_factor or identity.strength >= Strength.TOTP,
        is_administrator=is_administrator,
    )
    books.accounts.change_account(changed)
    books.factors.keep_identity(
        identity.issuer, identity.subject, account.name, " ".join(sorted(identity.groups))[:2000], now
    )  # fmt: skip
    if is_administrator is not account.is_administrator:
        detail = {"by": identity.issuer, "administrator": is_administrator}
        record(desk, books, Event.ADMINISTRATOR_CHANGED, "strongroom", account.name, **detail)
    return changed


def _newcomer(desk: Desk, books: Books, identity: Identity) -> Account:
    """Make an account for somebody who comes for the first time. An address that is another account's is never taken:
    whoever controls the provider's claims does not thereby get an account that somebody else made."""
    if not identity.email_verified:
        raise Refused("sign-in-refused", "Your provider has no verified e-mail address of you. Ask its administrator.")
    if books.accounts.account_by_address(identity.email) is not None:
        raise Refused(
            "sign-in-refused",
            "Your e-mail address belongs to an account here that was made without your organisation. Ask an "
            "administrator of this repository.",
        )
    for name in _names(identity):
        account = Account(
            name=name,
            email=identity.email,
            email_verified=True,
            is_administrator=False,
            created=desk.clock(),
            handle=new_handle(desk.chance),
        )
        try:
            books.accounts.add_account(account)
        except Refused:
            continue  # taken, or like one that is taken: the next one
        record(desk, books, Event.ACCOUNT_CREATED, "strongroom", name, way="organisation")
        return account
    raise Refused("sign-in-refused", "No account name could be made for you. Ask an administrator.")


def _names(identity: Identity) -> list[AccountName]:
    wanted = identity.name or identity.email.partition("@")[0]
    stem = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:40] or "member"
    stem = f"{stem}-member" if is_reserved(parse_account_name(stem)) else stem
    return [parse_account_name(stem if number == 1 else f"{stem}-{number}") for number in range(1, _NAMES)]


def _is_outside(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Report whether claims that can be read tell of somebody who is no member.

    What cannot be read, and a sign-in that was too weak, refuse this sign-in and end nothing.
    """
    anyone = replace(provider, members=frozenset(), email_domains=frozenset(), least=Strength.NONE)
    try:
        identity_of(claims, anyone)
    except Refused:
        return False
    try:
        identity_of(claims, replace(provider, least=Strength.NONE))
    except Refused:
        return True
    return False


def end_membership(desk: Desk, issuer: str, subject: str) -> bool:
    """End every session and token of a person whose membership is over; report whether we knew them."""
    with desk.vault.writing() as books:
        name = books.factors.identity(issuer, subject)
        account = books.accounts.account(name) if name is not None else None
        if account is None:
            return False
        books.sessions.end_sessions_of(account.name)
        books.sessions.forget_devices_of(account.name)
        books.tokens.revoke_tokens_of(account.name, desk.clock())
        changed = replace(account, vouched=int(Strength.NONE), vouched_until=None, is_administrator=False)
        books.accounts.change_account(changed)
        record(desk, books, Event.SESSION_ENDED, "strongroom", account.name, reason="no longer a member")
        return True
