"""What administrators do with accounts: every look and every act is an event.

Principles: AUTHN-1.2, AUTHN-1.4, AUTHN-3.2
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from strongroom.authn.accounts import Account, AccountName, Address
from strongroom.authn.assurance import Action, has_second_factor, strength_held
from strongroom.authn.passkeys import Key
from strongroom.authn.recovery import Recovery
from strongroom.authn.sessions import Session
from strongroom.authz.roles import Role
from strongroom.kernel.events import Event, Happening, Recorded
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.criticality import Critical
from strongroom.packages.ports import Books
from strongroom.people import recovery, registration
from strongroom.people.desk import Desk, Present, Visitor, acting, record

_MOST: Final = 200
_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """What an administrator sees of an account: nothing that would let them be its owner."""

    account: Account
    strength: str
    addresses: Sequence[Address]
    keys: Sequence[Key]
    sessions: Sequence[Session]
    projects: Sequence[tuple[str, Role]]
    events: Sequence[Recorded]
    recovery: Recovery | None


def administrator(desk: Desk, books: Books, visitor: Visitor) -> Present:
    """Return the administrator who is signed in and has proved so lately; for anybody else there is nothing here."""
    who = acting(desk, books, visitor, Action.LOOK)
    if not who.account.is_administrator:
        raise Refused("not-found", "There is nothing at this address.")
    return acting(desk, books, visitor, Action.ADMINISTER)


def find_accounts(desk: Desk, visitor: Visitor, words: str) -> Sequence[Account]:
    """Return accounts whose name or address holds `words`."""
    with desk.vault.reading() as books:
        administrator(desk, books, visitor)
        return books.accounts.accounts(words[:100], _MOST)


def look_at_account(desk: Desk, visitor: Visitor, name: AccountName) -> Seen:
    """Return what is known of an account; that it was looked at is an event, which its owner sees."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        account = _named(books, name)
        if who.name != name:
            record(desk, books, Event.ACCOUNT_VIEWED, str(who.name), name, by=str(who.name))
        return Seen(
            account=account,
            strength=strength_held(account, desk.clock()).words,
            addresses=books.accounts.addresses(name),
            keys=books.factors.keys_of(name),
            sessions=books.sessions.sessions_of(name),
            projects=books.roles.projects_of(name),
            events=books.events.about(name.text, _EVENTS),
            recovery=books.recoveries.open_recovery_of(name),
        )


def disable(desk: Desk, visitor: Visitor, name: AccountName, reason: str) -> None:
    """Disable an account, as an administrator who is signed in."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        if who.name == name:
            raise Refused("not-allowed", "Nobody disables their own account: it would lock you out.")
        set_disabled(desk, books, str(who.name), name, is_disabled=True, reason=reason)


def enable(desk: Desk, visitor: Visitor, name: AccountName) -> None:
    """Enable an account again."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        set_disabled(desk, books, str(who.name), name, is_disabled=False, reason="")


def set_disabled(
    desk: Desk, books: Books, actor: str, name: AccountName, *, is_disabled: bool, reason: str
) -> None:  # fmt: skip
    """Disable an account, whose sessions and tokens end for good, or enable it again."""
    account = _named(books, name)
    if account.is_disabled is is_disabled:
        return
    if is_disabled and list(books.accounts.administrators()) == [name]:
        raise Refused("last-administrator", f"{name} is the only administrator. Make another one first.")
    books.accounts.change_account(replace(account, is_disabled=is_disabled))
    if is_disabled:
        books.sessions.end_sessions_of(name)
        books.tokens.revoke_tokens_of(name, desk.clock())
    event = Event.ACCOUNT_DISABLED if is_disabled else Event.ACCOUNT_ENABLED
    record(desk, books, event, actor, name, by=actor, reason=" ".join(reason.split())[:300])


def make_administrator(desk: Desk, visitor: Visitor, name: AccountName, *, is_administrator: bool) -> None:
    """Give or take administration, as an administrator who is signed in."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        set_administrator(desk, books, str(who.name), name, is_administrator=is_administrator)


def set_administrator(desk: Desk, books: Books, actor: str, name: AccountName, *, is_administrator: bool) -> None:
    """Give or take administration; whoever gets it has a second factor, and the last one keeps it."""
    account = _named(books, name)
    if account.is_administrator is is_administrator:
        return
    if is_administrator and not (account.email_verified and has_second_factor(account, desk.clock())):
        raise Refused(
            "needs-second-factor",
            f"{name} has no verified address or no second factor yet, and can administer nothing before.",
            principle="AUTHN-3.2",
        )
    if not is_administrator and list(books.accounts.administrators()) == [name]:
        raise Refused("last-administrator", f"{name} is the only administrator. Make another one first.")
    books.accounts.change_account(replace(account, is_administrator=is_administrator))
    record(desk, books, Event.ADMINISTRATOR_CHANGED, actor, name, by=actor, administrator=is_administrator)


def end_sessions(desk: Desk, visitor: Visitor, name: AccountName) -> int:
    """End every session of an account."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        _named(books, name)
        many = books.sessions.end_sessions_of(name)
        books.sessions.forget_devices_of(name)
        record(desk, books, Event.SESSION_ENDED, str(who.name), name, by=str(who.name), others=many)
        return many


def invite(desk: Desk, visitor: Visitor, address: str) -> Secret:
    """Invite somebody, as an administrator who is signed in."""
    with desk.vault.reading() as books:
        who = administrator(desk, books, visitor)
    return registration.invite(desk, str(who.name), address)


def open_recoveries(desk: Desk, visitor: Visitor) -> Sequence[Recovery]:
    """Return every recovery that is under way."""
    with desk.vault.reading() as books:
        administrator(desk, books, visitor)
        return books.recoveries.open_recoveries()


def approve_recovery(desk: Desk, visitor: Visitor, identifier: str) -> Recovery:
    """Vouch for the person of a recovery, as an administrator who is signed in."""
    with desk.vault.reading() as books:
        who = administrator(desk, books, visitor)
    return recovery.approve(desk, who.name, identifier)


def critical_projects(desk: Desk) -> Sequence[Critical]:
    """Return every critical project: it is public."""
    with desk.vault.reading() as books:
        return books.critical.critical()


def tell_of_trust_root(desk: Desk, books: Books, actor: str, label: str, *, is_trusted: bool) -> None:
    """Write, in the open transaction, that attestations under a trust root are believed, or are no more."""
    event = Event.SIGSTORE_TRUSTED if is_trusted else Event.SIGSTORE_DISTRUSTED
    books.events.record([Happening(event, actor, detail={"label": label, "account": actor})], desk.clock())


def _named(books: Books, name: AccountName) -> Account:
    account = books.accounts.account(name)
    if account is None:
        raise Refused("no-such-account", f"There is no account named {name}.")
    return account
