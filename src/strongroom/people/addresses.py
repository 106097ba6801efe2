"""Addresses of an account: adding, verifying, removing, and which one is primary.

Principles: AUTHN-1.1, AUTHN-1.4
"""

from dataclasses import replace

from strongroom.authn.accounts import Address, parse_email
from strongroom.authn.assurance import Action
from strongroom.authn.notices import Link
from strongroom.authn.recovery import COOLING
from strongroom.authn.sessions import Errand
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Present, Visitor, acting, record, seen_from

MOST_ADDRESSES = 10


def add_address(desk: Desk, visitor: Visitor, raw: str) -> str:
    """Add an address and mail the link that verifies it; return the address. Every address is told."""
    address = parse_email(raw)
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.ADD_ADDRESS)
        reserve(books.tallies, Guess.MAIL, Guesser(visitor.visit, who.name.text), desk.clock())
        if len(_current(books, who)) >= MOST_ADDRESSES:
            raise Refused("too-many-addresses", f"An account has at most {MOST_ADDRESSES} addresses.")
        added = books.accounts.add_address(who.name, address, verified=None)
        detail = {"address_id": added.identifier, **seen_from(visitor)}
        record(desk, books, Event.EMAIL_ADDED, str(who.name), who.name, **detail)
        owner = books.accounts.account_by_address(address)
        if owner is not None:
            desk.mail_link(books, Link.ADDRESS_TAKEN, address, "", owner.name)
        else:
            link = desk.issue(books, Errand.VERIFY_ADDRESS, who.name, address=address)
            desk.mail_link(books, Link.VERIFY_ADDRESS, address, f"account/verify/{link.reveal()}", who.name)
    return address


def make_primary(desk: Desk, visitor: Visitor, raw: str) -> None:
    """Make a verified address the primary one; the account only reads for 72 hours, and the old address is told."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.MAKE_PRIMARY)
        chosen = _named(books, who, raw)
        if chosen.is_primary:
            return
        if not chosen.recovers:
            raise Refused(
                "email-not-verified",
                "An address becomes primary once it is verified and its domain is well.",
                principle="AUTHN-1.1",
            )
        former = next(each for each in _current(books, who) if each.is_primary)
        had_verified = former.verified is not None
        books.accounts.make_primary(who.name, chosen.identifier)
        if had_verified:
            account = replace(who.account, read_only_until=desk.clock() + COOLING)
            books.accounts.change_account(account)
        detail = {"address_id": former.identifier, "until": (desk.clock() + COOLING).isoformat(), **seen_from(visitor)}
        record(desk, books, Event.EMAIL_PRIMARY_CHANGED, str(who.name), who.name, **detail)


def remove_address(desk: Desk, visitor: Visitor, raw: str) -> None:
    """Remove an address that is not the primary one; it is told, and told of what follows for 30 days."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.REMOVE_ADDRESS)
        chosen = _named(books, who, raw)
        if chosen.is_primary:
            raise Refused("primary-address", "This is your primary address. Make another one primary first.")
        books.accounts.drop_address(chosen.identifier, desk.clock())
        detail = {"address_id": chosen.identifier, **seen_from(visitor)}
        record(desk, books, Event.EMAIL_REMOVED, str(who.name), who.name, **detail)


def _current(books: Books, who: Present) -> list[Address]:
    return [each for each in books.accounts.addresses(who.name) if each.removed is None]


def _named(books: Books, who: Present, raw: str) -> Address:
    wanted = raw.strip().lower()
    for each in _current(books, who):
        if each.address.lower() == wanted:
            return each
    raise Refused("no-such-address", "Your account has no such address.")
