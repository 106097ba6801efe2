"""Enrolling and removing second factors, and proving again who one is.

Principles: AUTHN-1.3, AUTHN-1.5, AUTHN-2.2, AUTHN-3.1, AUTHN-3.2
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strongroom.authn import passkeys
from strongroom.authn.assurance import Action, Strength, require_action, strength_held
from strongroom.authn.passkeys import MOST_KEYS, Key
from strongroom.authn.second_factor import (
    enrolment_uri,
    new_recovery_codes,
    parse_recovery_code,
    require_code,
    totp_secret,
)
from strongroom.authn.sessions import Errand, Session, require_ticket
from strongroom.authn.throttle import Guess, Guesser
from strongroom.authz.tokens import Kind
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Present, Visitor, guessing, present, record, seen_from, spend
from strongroom.people.sign_in import check_key, failed_key
from strongroom.principles import upholds


@dataclass(frozen=True, slots=True)
class Seed:
    """A secret to be put into an authenticator, and the address of it that a QR code holds."""

    secret: Secret
    uri: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The session has another secret from now on, since it may do more than before."""

    session: Secret
    strength: Strength


def acting_on_factors(desk: Desk, books: Books, visitor: Visitor, action: Action) -> Present:
    """Return who is signed in and may do this now, to replace a lost factor perhaps; Refused otherwise."""
    who = present(desk, books, visitor)
    require_action(action, who.account, who.session, desk.clock(), replaces_until=who.session.replaces_until)
    return who


def begin_totp(desk: Desk, visitor: Visitor) -> Seed:
    """Return a new secret for an authenticator; nothing is enrolled, nor replaced, until a code of it was shown."""
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_TOTP)
        books.sessions.drop_tickets_of(who.name, Errand.ENROL_TOTP)
        secret = totp_secret(desk.chance(20))
        desk.issue(books, Errand.ENROL_TOTP, who.name, secret=secret.reveal())
    return Seed(secret, enrolment_uri(secret, account=str(who.name), issuer=desk.party.title))


def pending_totp(desk: Desk, visitor: Visitor) -> Seed:
    """Return the secret whose code is waited for; a new one when there is none."""
    with desk.vault.reading() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_TOTP)
        kept = books.sessions.open_ticket(who.name, Errand.ENROL_TOTP)
    if kept is None or kept.expires <= desk.clock():
        return begin_totp(desk, visitor)
    secret = Secret(kept.detail["secret"])
    return Seed(secret, enrolment_uri(secret, account=str(who.name), issuer=desk.party.title))


@upholds("AUTHN-1.3a")
def confirm_totp(desk: Desk, visitor: Visitor, code: str) -> Renewed:
    """Enrol the secret that was handed out last, which a right code proves to have arrived.

    It takes the place of an older one in the same moment: there is none in between without.
    """
    with desk.vault.reading() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_TOTP)
    with guessing(desk, Guess.SECOND_FACTOR, _guesser(who, visitor)), desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_TOTP)
        kept = require_ticket(
            books.sessions.open_ticket(who.name, Errand.ENROL_TOTP), Errand.ENROL_TOTP, desk.clock()
        )  # fmt: skip
        step = require_code(Secret(kept.detail["secret"]), code, desk.clock())
        books.sessions.use_ticket(kept.fingerprint)
        account = replace(who.account, had_factor=True, totp_secret=kept.detail["secret"], totp_counter=step)
        books.accounts.change_account(account)
        if who.account.totp_secret:
            record(desk, books, Event.TOTP_REMOVED, str(who.name), who.name, **seen_from(visitor))
        record(desk, books, Event.TOTP_ADDED, str(who.name), who.name, **seen_from(visitor))
        return renew(desk, books, who.session, max(who.session.strength, Strength.TOTP))


def remove_totp(desk: Desk, visitor: Visitor) -> None:
    """Remove one-time codes; never the last second factor."""
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.REMOVE_TOTP)
        if not who.account.totp_secret:
            raise Refused("no-such-factor", "No one-time codes are enrolled.")
        changed = replace(who.account, totp_secret="", totp_counter=0)
        _require_factor_left(strength_held(changed, desk.clock()))
        books.accounts.change_account(changed)
        record(desk, books, Event.TOTP_REMOVED, str(who.name), who.name, **seen_from(visitor))


def begin_key(desk: Desk, visitor: Visitor) -> Mapping[str, Any]:
    """Return what a new passkey or security key is asked; only its answer to the last question counts."""
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_KEY)
        keys = books.factors.keys_of(who.name)
        if len(keys) >= MOST_KEYS:
            raise Refused("too-many-keys", f"An account has at most {MOST_KEYS} keys. Remove one that you do not use.")
        asked = desk.chance(passkeys.CHALLENGE_BYTES)
        books.sessions.drop_tickets_of(who.name, Errand.ENROL_KEY)
        desk.issue(books, Errand.ENROL_KEY, who.name, asked=asked.hex())
    return passkeys.enrolment_options(desk.party, who.account, asked, keys)


def finish_key(desk: Desk, visitor: Visitor, credential: Mapping[str, Any], label: str) -> tuple[Key, Renewed]:
    """Enrol the key that has answered the last question; a question is good for one answer, right or wrong."""
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_KEY)
        kept = require_ticket(
            books.sessions.open_ticket(who.name, Errand.ENROL_KEY), Errand.ENROL_KEY, desk.clock()
        )  # fmt: skip
        books.sessions.use_ticket(kept.fingerprint)
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.ADD_KEY)
        asked = bytes.fromhex(kept.detail["asked"])
        key = passkeys.enrolled(desk.party, who.account, asked, credential, label, desk.clock())
        books.factors.add_key(key)
        books.accounts.change_account(replace(who.account, had_factor=True))
        detail = {"label": key.label, **seen_from(visitor)}
        record(desk, books, Event.KEY_ADDED, str(who.name), who.name, **detail)
        return key, renew(desk, books, who.session, Strength.PHISHING_RESISTANT)


def remove_key(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """Remove a key; never the last second factor."""
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.REMOVE_KEY)
        key = books.factors.remove_key(who.name, identifier)
        if key is None:
            raise Refused("no-such-factor", "Your account has no such key.")
        _require_factor_left(strength_held(replace(who.account, keys=who.account.keys - 1), desk.clock()))
        detail = {"label": key.label, **seen_from(visitor)}
        record(desk, books, Event.KEY_REMOVED, str(who.name), who.name, **detail)


@upholds("AUTHN-3.2")
def _require_factor_left(held: Strength) -> None:
    if held < Strength.TOTP:
        raise Refused(
            "last-factor",
            "This is your last second factor. Enrol another one first: nobody here is without.",
            principle="AUTHN-3.2",
        )


def make_recovery_codes(desk: Desk, visitor: Visitor) -> Sequence[Secret]:
    """Return new recovery codes, shown this once; older ones end. None counts until one of them has been tried."""
    codes = new_recovery_codes(desk.chance)
    with desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.MAKE_RECOVERY_CODES)
        books.factors.set_codes(who.name, [code.fingerprint() for code in codes], desk.clock())
        record(desk, books, Event.RECOVERY_CODES_MADE, str(who.name), who.name, **seen_from(visitor))
    return codes


def try_recovery_code(desk: Desk, visitor: Visitor, raw: str) -> int:
    """Spend one of the new codes, which shows that they were kept: from now on they count. Return how many are left."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
    with guessing(desk, Guess.RECOVERY_CODE, _guesser(who, visitor)), desk.vault.writing() as books:
        who = acting_on_factors(desk, books, visitor, Action.MAKE_RECOVERY_CODES)
        try:
            code = parse_recovery_code(raw)
        except ValueError as wrong:
            raise Refused("wrong-code", str(wrong), principle="AUTHN-1.3") from None
        if not books.factors.use_code(who.name, code.fingerprint(), desk.clock()):
            raise Refused("wrong-code", "That is none of your codes, or it was used.", principle="AUTHN-1.3")
        books.factors.codes_ready(who.name)
        return books.factors.codes_of(who.name).left


def prove_by_password(desk: Desk, visitor: Visitor, password: Secret) -> Renewed:
    """Prove again, with the password, where it is the strongest proof that the account has."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
    with guessing(desk, Guess.PASSWORD, _guesser(who, visitor)):
        if not desk.hashing.matches(who.account.password_hash, password):
            raise Refused("wrong-credentials", "The password is wrong.", principle="AUTHN-1.5")
    return _proved(desk, visitor, Strength.PASSWORD)


def prove_by_code(desk: Desk, visitor: Visitor, code: str) -> Renewed:
    """Prove again with a one-time code, which is good once, as at sign-in."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
    with guessing(desk, Guess.SECOND_FACTOR, _guesser(who, visitor)), desk.vault.writing() as books:
        who = present(desk, books, visitor)
        if not who.account.totp_secret:
            raise Refused("no-such-factor", "No one-time codes are enrolled.")
        step = require_code(Secret(who.account.totp_secret), code, desk.clock(), after=who.account.totp_counter)
        books.accounts.change_account(replace(who.account, totp_counter=step))
    return _proved(desk, visitor, Strength.TOTP)


def begin_proof(desk: Desk, visitor: Visitor) -> tuple[Mapping[str, Any], Secret]:
    """Return what one of the account's keys is asked, and the ticket that comes back with its answer."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        asked = desk.chance(passkeys.CHALLENGE_BYTES)
        ticket = desk.issue(books, Errand.PROVE, who.name, asked=asked.hex())
        return passkeys.sign_in_options(desk.party, asked, books.factors.keys_of(who.name)), ticket


def prove_by_key(desk: Desk, visitor: Visitor, ticket: Secret, credential: Mapping[str, Any]) -> Renewed:
    """Prove again with a key of the account."""
    try:
        account, found = check_key(desk, ticket, Errand.PROVE, credential)
        with desk.vault.writing() as books:
            who = present(desk, books, visitor)
            spend(desk, books, ticket, Errand.PROVE)
            if account.name != who.name:
                raise Refused("wrong-key-answer", "This key is another account's.", principle="AUTHN-2.2")
            books.factors.use_key(found.identifier, found.counter, desk.clock())
    except Refused as refused:
        failed_key(desk, visitor, ticket, refused)
        raise
    return _proved(desk, visitor, Strength.PHISHING_RESISTANT)


def _proved(desk: Desk, visitor: Visitor, strength: Strength) -> Renewed:
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        strongest = strength_held(who.account, desk.clock())
        if strength < strongest:
            raise Refused(
                "prove-stronger",
                f"Confirm with {strongest.words}, the strongest proof that your account has.",
                principle="AUTHN-3.2",
            )
        return renew(desk, books, who.session, max(strength, who.session.strength))


def renew(desk: Desk, books: Books, session: Session, strength: Strength) -> Renewed:
    """Give a session another secret, and what it has proved just now: what was overheard before is worth nothing."""
    secret = desk.secret(Kind.SESSION)
    now = desk.clock()
    fresh = replace(session, fingerprint=secret.fingerprint(), strength=strength, proved=now, seen=now)
    books.sessions.replace_session(session.fingerprint, fresh)
    return Renewed(secret, strength)


def _guesser(who: Present, visitor: Visitor) -> Guesser:
    return Guesser(visitor.visit, who.name.text, who.session.device)
