"""Setting and changing passwords, and recovering an account whose password or factors are lost.

Principles: AUTHN-1.2, AUTHN-1.4, AUTHN-2.1, AUTHN-2.4
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strongroom.authn.accounts import Account, AccountName, Address
from strongroom.authn.assurance import Action
from strongroom.authn.breaches import require_unleaked
from strongroom.authn.notices import Facts, Link, compose_link
from strongroom.authn.passwords import require_strong
from strongroom.authn.recovery import resets_by_mail, way_in
from strongroom.authn.second_factor import require_code
from strongroom.authn.sessions import Errand, Ticket
from strongroom.authn.throttle import Guess, Guesser, TooMany, reserve
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Visitor, acting, guessing, look_at, record, seen_from, spend
from strongroom.people.factors import Renewed, renew
from strongroom.people.recovery import require_key_answer
from strongroom.people.sign_in import spend_recovery_code
from strongroom.principles import upholds


@upholds("AUTHN-2.4a")
def change_password(desk: Desk, visitor: Visitor, old: Secret | None, new: Secret) -> Renewed:
    """Change or set a password; every other session ends, and its owner is told.

    `old` is asked for while there is one: whoever finds a browser open does not take the account with it.
    """
    with desk.vault.reading() as books:
        who = acting(desk, books, visitor, Action.CHANGE_PASSWORD)
    if who.account.password_hash:
        guesser = Guesser(visitor.visit, who.name.text, who.session.device)
        with guessing(desk, Guess.PASSWORD, guesser):
            if old is None or not desk.hashing.matches(who.account.password_hash, old):
                raise Refused("wrong-credentials", "Your present password is wrong.", principle="AUTHN-1.5")
        if desk.hashing.matches(who.account.password_hash, new):
            raise Refused("weak-password", "That is your present password. Choose another.")
    password_hash = fresh_hash(desk, who.account, new)
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.CHANGE_PASSWORD)
        set_password(desk, books, who.account, password_hash, str(who.name), **seen_from(visitor))
        books.sessions.end_sessions_of(who.name, but=who.session.identifier)
        return renew(desk, books, who.session, who.session.strength)


def fresh_hash(desk: Desk, account: Account, new: Secret) -> str:
    """Return what is kept of a new password; Refused when it is weak, leaked, or nobody can tell.

    It is not compared with the present one: whoever holds a mailed link would be told, as often as they ask, whether a
    guess is right (AUTHN-1.5).
    """
    require_strong(new, (account.name.text, account.email))
    require_unleaked(desk.breaches.exposure(new))
    return desk.hashing.hash(new)


def set_password(desk: Desk, books: Books, account: Account, password_hash: str, actor: str, **detail: object) -> None:
    """Keep a new password, and take away every link that could set another."""
    books.accounts.change_account(replace(account, password_hash=password_hash, must_change_password=False))
    books.sessions.drop_tickets_of(account.name, Errand.RESET_PASSWORD, Errand.SECOND_FACTOR, Errand.CONFIRM_DEVICE)
    record(desk, books, Event.PASSWORD_CHANGED, actor, account.name, **detail)


@dataclass(frozen=True, slots=True)
class Asked:
    """What finishing a reset takes beside the link: nothing, or one of `factors`."""

    account: AccountName
    factors: tuple[str, ...]


@upholds("AUTHN-2.1b")
def ask_for_reset(desk: Desk, visitor: Visitor, said: str) -> None:
    """Mail a link that sets a new password, where an account can be reached so; the answer is always the same.

    Through an address whose domain has lapsed, was registered anew or cannot be judged, nothing is mailed.
    """
    text = said.strip()[:254]
    with desk.vault.writing() as books:
        may_mail = _counted(desk, books, visitor, text)
    with desk.vault.writing() as books:
        account, address = _reached(books, text)
        if account is None or address is None or account.is_disabled or not may_mail:
            # As much work as where somebody is mailed, so that time tells nobody who is here.
            desk.issue(books, Errand.RESET_PASSWORD, None)
            compose_link(Link.ADDRESS_TAKEN, Facts(desk.party.title, desk.site_url, address=text, when=desk.clock()))
            return
        # Earlier links stay good: a stranger who asks, too, spoils nobody's way back.
        link = desk.issue(books, Errand.RESET_PASSWORD, account.name, address_id=address.identifier)
        path = f"recover/{link.reveal()}"
        desk.mail_link(books, Link.RECOVER, address.address, path, account.name, visitor.visit)


def _counted(desk: Desk, books: Books, visitor: Visitor, text: str) -> bool:
    """Count that somebody asked; report whether another letter may go to the address.

    Refused when too many came from one source. An address that was asked for too often, by whomever, is no reason to
    refuse its owner: they have been mailed, and those links are good.
    """
    # A name is no address: counting it would use up the letters of whoever is called so.
    asked_for = text.lower() if "@" in text else ""
    try:
        reserve(books.tallies, Guess.MAIL, Guesser(visitor.visit, asked_for), desk.clock())
    except TooMany:
        reserve(books.tallies, Guess.MAIL, Guesser(visitor.visit), desk.clock())
        return False
    return True


def _reached(books: Books, text: str) -> tuple[Account | None, Address | None]:
    if "@" not in text:
        return None, None
    account = books.accounts.account_by_address(text)
    if account is None:
        return None, None
    return account, way_in(books.accounts.addresses(account.name), text)


def what_reset_takes(desk: Desk, link: Secret) -> Asked:
    """Return whose password a link sets, and what is asked for beside it."""
    with desk.vault.reading() as books:
        account, _ = reset_ticket(desk, books, link)
        return Asked(account.name, _asked_of(books, account))


def reset_ticket(desk: Desk, books: Books, link: Secret) -> tuple[Account, Ticket]:
    """Return whose link it is, if the address that it was mailed to is still a way in; Refused otherwise."""
    ticket = look_at(desk, books, link, Errand.RESET_PASSWORD)
    account = books.accounts.account(ticket.account) if ticket.account else None
    mailed_to = ticket.detail.get("address_id")
    found = account and next((a for a in books.accounts.addresses(account.name) if a.identifier == mailed_to), None)
    if account is None or not found or not found.recovers:
        raise Refused("ticket-spent", "This link is no way into an account any more.", principle="AUTHN-2.1")
    return account, ticket


def _asked_of(books: Books, account: Account) -> tuple[str, ...]:
    if resets_by_mail(account, bool(books.roles.projects_of(account.name))):
        return ()
    found: list[str] = []
    if account.keys:
        found.append("key")
    elif account.totp_secret:
        # The strongest factor held: what is mailed and what is typed are both what a false page asks for.
        found.append("totp")
    codes = books.factors.codes_of(account.name)
    if codes.are_ready and codes.left:
        found.append("recovery-code")
    return tuple(found) or ("recovery",)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is given beside the link: a one-time code, a recovery code, or the answer of a key with its ticket."""

    code: str = ""
    recovery_code: str = ""
    ticket: Secret | None = None
    credential: object = None


def finish_reset(desk: Desk, visitor: Visitor, link: Secret, new: Secret, beside: Beside) -> AccountName:
    """Set a new password by a mailed link and the factor: two proofs. Every session ends."""
    with desk.vault.reading() as books:
        account, _ = reset_ticket(desk, books, link)
        takes = _asked_of(books, account)
    if takes == ("recovery",):
        raise Refused(
            "recovery-needed",
            "The link is one proof, and your account asks for two. Begin a recovery.",
            principle="AUTHN-1.2",
        )
    password_hash = fresh_hash(desk, account, new)
    if takes:
        _require_second_proof(desk, visitor, account, beside, takes)
    with desk.vault.writing() as books:
        spend(desk, books, link, Errand.RESET_PASSWORD)
        fresh = books.accounts.account(account.name)
        if fresh is None:
            raise Refused("ticket-spent", "This account is not there any more.")
        set_password(desk, books, fresh, password_hash, str(fresh.name), way="link", **seen_from(visitor))
        books.sessions.end_sessions_of(fresh.name)
    return account.name


def _require_second_proof(
    desk: Desk, visitor: Visitor, account: Account, beside: Beside, takes: Sequence[str]
) -> None:  # fmt: skip
    guesser = Guesser(visitor.visit, account.name.text)
    if "key" in takes and beside.ticket is not None:
        require_key_answer(desk, visitor, account.name, beside.ticket, beside.credential)
    elif "totp" in takes and beside.code:
        with guessing(desk, Guess.SECOND_FACTOR, guesser), desk.vault.writing() as books:
            # Read inside the transaction: the same code may have been accepted a moment ago.
            fresh = books.accounts.account(account.name) or account
            step = require_code(Secret(fresh.totp_secret), beside.code, desk.clock(), after=fresh.totp_counter)
            books.accounts.change_account(replace(fresh, totp_counter=step))
    elif "recovery-code" in takes and beside.recovery_code:
        with guessing(desk, Guess.RECOVERY_CODE, guesser), desk.vault.writing() as books:
            spend_recovery_code(desk, books, account, beside.recovery_code)
            record(desk, books, Event.RECOVERY_CODE_USED, str(account.name), account.name, **seen_from(visitor))
    else:
        raise Refused(
            "needs-second-proof",
            f"The link is one proof; a second one is needed: {' or '.join(takes)}.",
            principle="AUTHN-1.2",
        )
