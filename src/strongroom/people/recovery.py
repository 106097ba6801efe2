"""Recovering an account whose factors are lost: proofs, waiting, objections, and what follows.

`docs/policies/recovery.md` is the same in words; `authn/recovery.py` has the rules.

Principles: AUTHN-1.2, AUTHN-2.1
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from strongroom.authn import passkeys
from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Action
from strongroom.authn.notices import Link
from strongroom.authn.recovery import (
    COOLING,
    ProofKind,
    Recovery,
    RecoveryState,
    is_independent,
    require_ready,
    way_in,
    with_proof,
)
from strongroom.authn.sessions import Errand
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Visitor, acting, guessing, look_at, record, seen_from, spend
from strongroom.people.sign_in import check_key, failed_key, spend_recovery_code


@dataclass(frozen=True, slots=True)
class Standing:
    """How a recovery stands, for the person who began it: which proofs are there, and from when it can be finished."""

    account: AccountName
    proofs: tuple[ProofKind, ...]
    ready: datetime | None
    other_addresses: int
    has_codes: bool


def require_key_answer(desk: Desk, visitor: Visitor, name: AccountName, ticket: Secret, credential: object) -> None:
    """Refuse unless a key of this account has answered its question rightly."""
    try:
        if not isinstance(credential, Mapping):
            raise Refused("wrong-key-answer", "That is no answer of a key.", principle="AUTHN-2.2")
        account, found = check_key(desk, ticket, Errand.PROVE, credential)
        if account.name != name:
            raise Refused("wrong-key-answer", "This key is another account's.", principle="AUTHN-2.2")
        with desk.vault.writing() as books:
            spend(desk, books, ticket, Errand.PROVE)
            books.factors.use_key(found.identifier, found.counter, desk.clock())
    except Refused as refused:
        failed_key(desk, visitor, ticket, refused)
        raise


def key_question(desk: Desk, name: AccountName) -> tuple[Mapping[str, Any], Secret]:
    """Return what a key of the account is asked, by whoever holds a link that was mailed to it."""
    asked = desk.chance(passkeys.CHALLENGE_BYTES)
    with desk.vault.writing() as books:
        ticket = desk.issue(books, Errand.PROVE, name, asked=asked.hex())
        return passkeys.sign_in_options(desk.party, asked, books.factors.keys_of(name)), ticket


def begin_recovery(desk: Desk, visitor: Visitor, link: Secret) -> Secret:
    """Begin a recovery with a link that was mailed to a verified address: the first proof. Everybody is told.

    Return the secret by which the person comes back to it. A recovery that was under way ends.
    """
    with guessing(desk, Guess.LINK, Guesser(visitor.visit)), desk.vault.writing() as books:
        ticket = spend(desk, books, link, Errand.RESET_PASSWORD)
        account = books.accounts.account(ticket.account) if ticket.account else None
        if account is None or account.is_disabled:
            raise Refused("ticket-spent", "This account is not there any more.")
        addresses = books.accounts.addresses(account.name)
        mailed_to = next((each for each in addresses if each.identifier == ticket.detail.get("address_id")), None)
        if mailed_to is None or not mailed_to.recovers:
            raise Refused("ticket-spent", "This link is no way into an account any more.", principle="AUTHN-2.1")
        former = books.recoveries.open_recovery_of(account.name)
        if former is not None:
            books.recoveries.keep_recovery(replace(former, state=RecoveryState.CANCELLED))
        identifier, now = desk.chance(8).hex(), desk.clock()
        electors = [each for each in books.accounts.administrators() if each != account.name]
        recovery = Recovery(
            identifier,
            account.name,
            now,
            None,
            frozenset({ProofKind.ADDRESS}),
            frozenset(),
            visitor.visit.source,
            electors=frozenset(map(str, electors)),
            quorum=max(1, min(desk.house.quorum, len(electors))),
        )
        books.recoveries.keep_recovery(recovery)
        books.sessions.drop_tickets_of(account.name, Errand.RECOVERY)
        detail = {"recovery": identifier, **seen_from(visitor)}
        record(desk, books, Event.RECOVERY_REQUESTED, str(account.name), account.name, **detail)
        return desk.issue(
            books, Errand.RECOVERY, account.name, recovery=identifier, address_id=mailed_to.identifier
        )  # fmt: skip


def stands(desk: Desk, secret: Secret) -> Standing:
    """Return how a recovery stands."""
    with desk.vault.reading() as books:
        recovery, account, first = _under_way(desk, books, secret)
        others = _others(desk, books, account, first)
        codes = books.factors.codes_of(account.name)
        proofs = tuple(sorted(recovery.proofs))
        return Standing(account.name, proofs, recovery.ready, len(others), codes.are_ready and codes.left > 0)


def prove_by_recovery_code(desk: Desk, visitor: Visitor, secret: Secret, raw: str) -> None:
    """Add a recovery code as a proof."""
    with desk.vault.reading() as books:
        _, account, _ = _under_way(desk, books, secret)
    guesser = Guesser(visitor.visit, account.name.text)
    with guessing(desk, Guess.RECOVERY_CODE, guesser), desk.vault.writing() as books:
        recovery, account, _ = _under_way(desk, books, secret)
        spend_recovery_code(desk, books, account, raw)
        record(desk, books, Event.RECOVERY_CODE_USED, str(account.name), account.name, **seen_from(visitor))
        _add_proof(desk, books, recovery, ProofKind.RECOVERY_CODE)


def mail_second_address(desk: Desk, visitor: Visitor, secret: Secret) -> int:
    """Mail a link to every other verified address at another registrable domain; return to how many."""
    with desk.vault.writing() as books:
        recovery, account, first = _under_way(desk, books, secret)
        reserve(books.tallies, Guess.MAIL, Guesser(visitor.visit, account.name.text), desk.clock())
        others = _others(desk, books, account, first)
        for address in others:
            link = desk.issue(
                books, Errand.RECOVERY, account.name, recovery=recovery.identifier, second=address.identifier
            )  # fmt: skip
            path = f"recover/second/{link.reveal()}"
            desk.mail_link(books, Link.SECOND_ADDRESS, address.address, path, account.name, visitor.visit)
        return len(others)


def prove_by_second_address(desk: Desk, visitor: Visitor, link: Secret) -> None:
    """Add the link that was mailed to a second address as a proof."""
    with guessing(desk, Guess.LINK, Guesser(visitor.visit)), desk.vault.writing() as books:
        ticket = look_at(desk, books, link, Errand.RECOVERY)
        second = ticket.detail.get("second")
        recovery = books.recoveries.recovery(str(ticket.detail.get("recovery")))
        if second is None or recovery is None or recovery.state is not RecoveryState.OPEN or ticket.account is None:
            raise Refused("recovery-ended", "This recovery was cancelled, finished, or has ended.")
        address = next((a for a in books.accounts.addresses(ticket.account) if a.identifier == second), None)
        if address is None or not address.recovers:
            raise Refused("ticket-spent", "This address is no way into an account any more.", principle="AUTHN-2.1")
        spend(desk, books, link, Errand.RECOVERY)
        _add_proof(desk, books, replace(recovery, second=address.identifier), ProofKind.SECOND_ADDRESS)


def approve(desk: Desk, actor: AccountName, identifier: str) -> Recovery:
    """Vouch for the person of a recovery, as one administrator; with the quorum it counts as a proof.

    Nobody vouches for themselves, and nobody twice.
    """
    with desk.vault.writing() as books:
        recovery = books.recoveries.recovery(identifier)
        if recovery is None or recovery.state is not RecoveryState.OPEN:
            raise Refused("recovery-ended", "This recovery was cancelled, finished, or has ended.")
        administrators = {str(each) for each in books.accounts.administrators()}
        if str(actor) not in recovery.electors & administrators:
            raise Refused(
                "not-allowed",
                "Who vouches was an administrator when the recovery began, still is, and is not the one recovered.",
                principle="AUTHN-1.2",
            )
        approvals = recovery.approvals | {str(actor)}
        recovery = replace(recovery, approvals=approvals)
        if len(approvals & recovery.electors & administrators) >= recovery.quorum:
            return _add_proof(desk, books, recovery, ProofKind.ADMINISTRATORS, str(actor))
        books.recoveries.keep_recovery(recovery)
        detail = {"recovery": identifier, "way": ProofKind.ADMINISTRATORS.value, "by": str(actor)}
        record(desk, books, Event.RECOVERY_APPROVED, str(actor), recovery.account, **detail)
        return recovery


def cancel_in_session(desk: Desk, visitor: Visitor) -> None:
    """Object to a recovery of one's own account, from a session of it."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.CANCEL_RECOVERY)
        _cancel(desk, books, who.name, str(who.name))


def cancel_by_link(desk: Desk, link: Secret) -> AccountName:
    """Object to a recovery by the link that every address was mailed."""
    with desk.vault.writing() as books:
        ticket = look_at(desk, books, link, Errand.CANCEL_RECOVERY)
        under_way = books.recoveries.open_recovery_of(ticket.account) if ticket.account else None
        # A link objects to the recovery that it was mailed for, and to no later one.
        if ticket.account is None or under_way is None or ticket.detail.get("recovery") != under_way.identifier:
            raise Refused("recovery-ended", "The recovery that this link was mailed for is over.")
        _cancel(desk, books, ticket.account, str(ticket.account))
        return ticket.account


def finish_recovery(desk: Desk, visitor: Visitor, secret: Secret, password_hash: str) -> AccountName:
    """Give the account a new password and nothing else of what it had: factors, sessions, tokens, devices all end.

    It then only reads for 72 hours, and every address is told.
    """
    with desk.vault.writing() as books:
        recovery, account, _ = _under_way(desk, books, secret)
        recovery = require_ready(recovery, desk.clock())
        now = desk.clock()
        books.recoveries.keep_recovery(replace(recovery, state=RecoveryState.COMPLETED))
        books.factors.forget_factors_of(account.name)
        books.sessions.end_sessions_of(account.name)
        books.sessions.forget_devices_of(account.name)
        books.sessions.drop_tickets_of(account.name)
        books.tokens.revoke_tokens_of(account.name, now)
        changed = replace(
            account,
            password_hash=password_hash,
            must_change_password=False,
            totp_secret="",
            totp_counter=0,
            read_only_until=now + COOLING,
            vouched=0,
            vouched_until=None,
        )
        books.accounts.change_account(changed)
        until = (now + COOLING).isoformat()
        record(desk, books, Event.RECOVERY_COMPLETED, str(account.name), account.name, until=until)
    return account.name


def account_in(desk: Desk, secret: Secret) -> Account:
    """Return whose recovery it is."""
    with desk.vault.reading() as books:
        return _under_way(desk, books, secret)[1]


def _under_way(desk: Desk, books: Books, secret: Secret) -> tuple[Recovery, Account, int]:
    ticket = look_at(desk, books, secret, Errand.RECOVERY)
    recovery = books.recoveries.recovery(str(ticket.detail.get("recovery")))
    account = books.accounts.account(ticket.account) if ticket.account else None
    first = ticket.detail.get("address_id")
    is_over = recovery is None or recovery.state is not RecoveryState.OPEN
    if recovery is None or is_over or account is None or account.is_disabled or first is None:
        raise Refused("recovery-ended", "This recovery was cancelled, finished, or has ended.", principle="AUTHN-1.2")
    addresses = books.accounts.addresses(account.name)
    begun_at = next((each for each in addresses if each.identifier == first), None)
    if begun_at is None or way_in(addresses, begun_at.address) is None:
        raise Refused("recovery-ended", "The address that this began with is no way in.", principle="AUTHN-2.1")
    second = next((each for each in addresses if each.identifier == recovery.second), None)
    if recovery.second and (second is None or way_in(addresses, second.address) is None):
        raise Refused("recovery-ended", "The second address is no proof any more. Begin again.", principle="AUTHN-2.1")
    return recovery, account, int(first)


def _others(desk: Desk, books: Books, account: Account, first: int) -> list[Any]:
    addresses = books.accounts.addresses(account.name)
    begun_at = next(each for each in addresses if each.identifier == first)
    here = desk.domain_of(begun_at.domain)
    return [
        each
        for each in addresses
        if each.recovers and each.identifier != first and is_independent(desk.domain_of(each.domain), here)
    ]


def _add_proof(desk: Desk, books: Books, recovery: Recovery, proof: ProofKind, actor: str = "") -> Recovery:
    """Keep one proof more. Everybody is told of it, and with the last that is needed, until when they can object."""
    fresh = with_proof(recovery, proof, desk.clock(), desk.house.recovery_wait)
    books.recoveries.keep_recovery(fresh)
    until = {"until": fresh.ready.isoformat()} if fresh.ready else {}
    until["recovery"] = recovery.identifier
    by = {"by": actor} if actor else {}
    who = actor or str(recovery.account)
    record(desk, books, Event.RECOVERY_APPROVED, who, recovery.account, way=proof.value, **until, **by)
    return fresh


def _cancel(desk: Desk, books: Books, name: AccountName, actor: str) -> None:
    recovery = books.recoveries.open_recovery_of(name)
    if recovery is None:
        raise Refused("recovery-ended", "No recovery of this account is under way.")
    books.recoveries.keep_recovery(replace(recovery, state=RecoveryState.CANCELLED))
    books.sessions.drop_tickets_of(name, Errand.RECOVERY, Errand.RESET_PASSWORD)
    record(desk, books, Event.RECOVERY_CANCELLED, actor, name)
