"""Becoming somebody here: registering, verifying an address, being invited, leaving.

Principles: AUTHN-1.1, AUTHN-1.5, AUTHN-2.4
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from webauthn.helpers import bytes_to_base64url

from strongroom.authn.accounts import Account, AccountName, parse_account_name, parse_email, require_free_name
from strongroom.authn.assurance import Action, Strength
from strongroom.authn.breaches import require_unleaked
from strongroom.authn.notices import Link
from strongroom.authn.passwords import require_strong
from strongroom.authn.sessions import Errand
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Registration, Visitor, acting, guessing, look_at, record, spend
from strongroom.people.registry import remove_person
from strongroom.people.sign_in import SignedIn, open_session
from strongroom.principles import upholds

#: Who never finished registering is forgotten after this long.
UNFINISHED: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who registers. `password` None: they will sign in with a passkey alone. `invitation` None: with none."""

    name: AccountName
    email: str
    password: Secret | None
    invitation: Secret | None = None


def register(desk: Desk, visitor: Visitor, applicant: Applicant) -> SignedIn:
    """Make an account and begin its first session, which can do what leads to a factor, and nothing else.

    The answer is the same whether or not somebody has verified that address already: only the letter differs.
    """
    require_free_name(applicant.name)
    about = (applicant.name.text, applicant.email)
    if applicant.password is not None:
        # Before anything is counted: whoever is told to take a better password has not tried to register yet.
        require_strong(applicant.password, about)
    _require_welcome(desk, visitor, applicant)
    password_hash = hashed(desk, applicant.password, about) if applicant.password is not None else ""
    with desk.vault.writing() as books:
        if applicant.invitation is not None:
            spend(desk, books, applicant.invitation, Errand.INVITATION)
        now = desk.clock()
        account = Account(
            name=applicant.name,
            email=applicant.email,
            email_verified=False,
            is_administrator=False,
            created=now,
            handle=new_handle(desk.chance),
            password_hash=password_hash,
        )
        books.accounts.add_account(account)
        record(desk, books, Event.ACCOUNT_CREATED, str(account.name), account.name)
        _mail_verification(desk, books, account.name, applicant.email)
        strength = Strength.PASSWORD if password_hash else Strength.NONE
        return open_session(desk, books, visitor, account, strength, is_first=True)


def hashed(desk: Desk, password: Secret, about: tuple[str, ...]) -> str:
    """Return what is kept of a new password; Refused when it is weak, has leaked, or nobody can tell."""
    require_strong(password, about)
    require_unleaked(desk.breaches.exposure(password))
    return desk.hashing.hash(password)


def new_handle(chance: Callable[[int], bytes]) -> str:
    """Return a new WebAuthn user handle: random, so that it says nothing of its account (WebAuthn 3, 14.6.1)."""
    return bytes_to_base64url(chance(32))


def _require_welcome(desk: Desk, visitor: Visitor, applicant: Applicant) -> None:
    house = desk.house.registration
    if house is Registration.CLOSED:
        raise Refused("registration-closed", "Nobody registers here: the operator adds people.")
    with desk.vault.reading() as books:
        if applicant.invitation is not None:
            ticket = look_at(desk, books, applicant.invitation, Errand.INVITATION)
            if ticket.detail.get("email", "").lower() not in ("", applicant.email.lower()):
                raise Refused("wrong-invitation", "This invitation was sent to another address.")
            return
    if house is Registration.INVITED:
        raise Refused("registration-invited", "People register here by invitation: ask an administrator for one.")
    with desk.vault.writing() as books:
        reserve(books.tallies, Guess.REGISTRATION, Guesser(visitor.visit), desk.clock())


def _mail_verification(desk: Desk, books: Books, name: AccountName, address: str) -> None:
    """Mail the link that verifies, or tell whoever has the address that somebody tried to use it."""
    owner = books.accounts.account_by_address(address)
    if owner is not None and owner.name != name:
        desk.mail_link(books, Link.ADDRESS_TAKEN, address, "", owner.name)
        return
    link = desk.issue(books, Errand.VERIFY_ADDRESS, name, address=address)
    desk.mail_link(books, Link.VERIFY_ADDRESS, address, f"account/verify/{link.reveal()}", name)


@upholds("AUTHN-1.1")
def verify_address(desk: Desk, visitor: Visitor, link: Secret) -> str:
    """Verify an address by the link that was mailed to it, for the account that asked, and return the address.

    Whoever is signed in as somebody else, or not at all, verifies nothing: a link that leaked helps nobody, and nobody
    is talked into giving their address to another's account.
    """
    with guessing(desk, Guess.LINK, Guesser(visitor.visit)), desk.vault.writing() as books:
        ticket = look_at(desk, books, link, Errand.VERIFY_ADDRESS)
        who = acting(desk, books, visitor, Action.VERIFY_ADDRESS)
        if ticket.account != who.name:
            raise Refused(
                "other-account",
                "This link was made for another account. Sign in to the account that asked for it.",
                principle="AUTHN-1.1",
            )
        spend(desk, books, link, Errand.VERIFY_ADDRESS)
        address = str(ticket.detail["address"])
        owner = books.accounts.account_by_address(address)
        if owner is not None and owner.name != who.name:
            raise Refused("address-taken", "This address is another account's by now.", principle="AUTHN-1.1")
        mine = [each for each in books.accounts.addresses(who.name) if each.removed is None]
        found = next((each for each in mine if each.address == address), None)
        if found is None:
            raise Refused("ticket-spent", "This address is not among yours any more.")
        books.accounts.verify_address(found.identifier, desk.clock())
        record(desk, books, Event.EMAIL_VERIFIED, str(who.name), who.name, address_id=found.identifier)
        return address


def mail_verification_again(desk: Desk, visitor: Visitor, address: str) -> None:
    """Mail another link for an address that is not verified yet; how often is limited."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.VERIFY_ADDRESS)
        guesser = Guesser(visitor.visit, who.name.text)
        reserve(books.tallies, Guess.MAIL, guesser, desk.clock())
        for each in books.accounts.addresses(who.name):
            if each.removed is None and each.verified is None and each.address.lower() == address.strip().lower():
                books.sessions.drop_tickets_of(who.name, Errand.VERIFY_ADDRESS)
                _mail_verification(desk, books, who.name, each.address)


def invite(desk: Desk, actor: str, raw_address: str, *, by_mail: bool = True) -> Secret:
    """Invite somebody by mail, and return the invitation, so that it can be handed over in another way too."""
    address = parse_email(raw_address)
    with desk.vault.writing() as books:
        link = desk.issue(books, Errand.INVITATION, None, email=address, by=actor)
        if by_mail:
            desk.mail_link(books, Link.INVITATION, address, f"register/{link.reveal()}", by=actor)
    return link


def leave(desk: Desk, visitor: Visitor, typed_name: str) -> AccountName:
    """Remove one's own account; what others depend on stays. `typed_name` is its name, typed to be sure."""
    with desk.vault.reading() as books:
        who = acting(desk, books, visitor, Action.REMOVE_ACCOUNT)
    if parse_account_name(typed_name) != who.name:
        raise Refused("not-confirmed", "Type the name of your account to remove it.")
    remove_person(desk, str(who.name), who.name)
    return who.name


def forget_unfinished(desk: Desk) -> int:
    """Forget accounts that never verified an address, had a factor, a token or a role; return how many.

    Their names are free again: nobody burns a name by registering it and going away.
    """
    with desk.vault.writing() as books:
        names = books.accounts.unfinished_before(desk.clock() - UNFINISHED, 500)
        for name in names:
            books.accounts.erase_account(name)
            record(desk, books, Event.ACCOUNT_REMOVED, "strongroom", name, reason="never finished registering")
    return len(names)
