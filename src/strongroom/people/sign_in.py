"""Signing in: a password and what must follow it, or a passkey and nothing else; then a session.

Principles: AUTHN-1.3, AUTHN-1.5, AUTHN-2.2, AUTHN-2.4, AUTHN-3.1
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from strongroom.authn import passkeys
from strongroom.authn.accounts import Account, AccountName, parse_account_name
from strongroom.authn.assurance import SUDO, Strength, own_strength, require_enabled
from strongroom.authn.breaches import Exposure
from strongroom.authn.domains import Standing
from strongroom.authn.notices import Link
from strongroom.authn.passwords import require_length
from strongroom.authn.second_factor import parse_recovery_code, require_code
from strongroom.authn.sessions import SESSION_LIFE, Device, Errand, Session, Ticket
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.authz.tokens import Kind
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Visitor, guessing, look_at, record, seen_from, spend
from strongroom.people.password_tries import trying
from strongroom.principles import upholds

#: Standings of a domain that take the verification from its addresses.
_LOST: Final = frozenset({Standing.LAPSED.value, Standing.REREGISTERED.value})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session has begun. `device` is new when this browser was not known before; both are shown this once."""

    account: AccountName
    session: Secret
    device: Secret | None
    strength: Strength
    must_change_password: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """The password was right, and more is asked for: one of `factors`, or the link that was mailed (`is_mailed`)."""

    challenge: Secret
    factors: tuple[str, ...] = ()
    is_mailed: bool = False


Outcome = SignedIn | MoreAsked


def sign_in(desk: Desk, visitor: Visitor, name_or_address: str, password: Secret) -> Outcome:
    """Begin with a password: a session, or what must follow.

    Refused in the same words and after the same work for a wrong password, an unknown name, and an account that has
    no password; refused before any work when too many were wrong (AUTHN-1.5 a).
    """
    require_length(password)
    with desk.vault.reading() as books:
        account = _account_named(books, name_or_address)
        device = visitor.device_fingerprint(books, account.name) if account else ""
    with trying(desk, visitor, name_or_address, account, device) as may_look:
        kept = account.password_hash if account and may_look else ""
        if not desk.hashing.matches(kept, password) or account is None:
            raise Refused("wrong-credentials", "The name or the password is wrong.", principle="AUTHN-1.5")
    require_enabled(account)
    exposure = _looked_up(desk, account, password)
    with desk.vault.writing() as books:
        account = _improved(desk, books, _unmoved(books, account), password, exposure)
        if own_strength(account) >= Strength.TOTP:
            challenge = desk.issue(books, Errand.SECOND_FACTOR, account.name)
            return MoreAsked(challenge, _factors(books, account))
        return admit(desk, books, visitor, account, Strength.PASSWORD, exposure=exposure)


@upholds("AUTHN-2.4b")
def _looked_up(desk: Desk, account: Account, password: Secret) -> Exposure:
    return Exposure.LEAKED if account.must_change_password else desk.breaches.exposure(password)


def _unmoved(books: Books, seen: Account) -> Account:
    """Return the account as it is now, unless its password was changed, or it was disabled, while one was hashed."""
    account = books.accounts.account(seen.name)
    if account is None or account.password_hash != seen.password_hash:
        raise Refused("wrong-credentials", "The name or the password is wrong.", principle="AUTHN-1.5")
    require_enabled(account)
    return account


def _improved(desk: Desk, books: Books, account: Account, password: Secret, exposure: Exposure) -> Account:
    """Keep the password at today's costs, and that it has leaked when it has."""
    changed = account
    if desk.hashing.is_dated(account.password_hash):
        changed = replace(changed, password_hash=desk.hashing.hash(password))
    if exposure is Exposure.LEAKED and not account.must_change_password:
        changed = replace(changed, must_change_password=True)
        record(desk, books, Event.PASSWORD_LEAKED, str(account.name), account.name)
    if changed != account:
        books.accounts.change_account(changed)
    return changed


def answer_totp(desk: Desk, visitor: Visitor, challenge: Secret, code: str) -> Outcome:
    """Answer with a one-time code; each is good once (AUTHN-1.3 b), and guesses are few (AUTHN-1.5 b)."""
    account, guesser = _challenged(desk, visitor, challenge)
    with guessing(desk, Guess.SECOND_FACTOR, guesser), desk.vault.writing() as books:
        ticket = look_at(desk, books, challenge, Errand.SECOND_FACTOR)
        account = _still(books, ticket)
        step = require_code(Secret(account.totp_secret), code, desk.clock(), after=account.totp_counter)
        books.sessions.use_ticket(challenge.fingerprint())
        account = replace(account, totp_counter=step)
        books.accounts.change_account(account)
        return admit(desk, books, visitor, account, Strength.TOTP)


def answer_recovery_code(desk: Desk, visitor: Visitor, challenge: Secret, raw: str) -> Outcome:
    """Answer with a recovery code: each is good once, and none is before one of its set was tried."""
    account, guesser = _challenged(desk, visitor, challenge)
    with guessing(desk, Guess.RECOVERY_CODE, guesser), desk.vault.writing() as books:
        account = _still(books, look_at(desk, books, challenge, Errand.SECOND_FACTOR))
        spend_recovery_code(desk, books, account, raw)
        books.sessions.use_ticket(challenge.fingerprint())
        record(desk, books, Event.RECOVERY_CODE_USED, str(account.name), account.name, **seen_from(visitor))
        return admit(desk, books, visitor, account, Strength.TOTP, replaces=True)


def spend_recovery_code(desk: Desk, books: Books, account: Account, raw: str) -> None:
    """Spend a recovery code of a set that counts; Refused when it is wrong, spent, or its set was never tried."""
    wrong = Refused("wrong-code", "That recovery code is wrong, or was used already.", principle="AUTHN-1.3")
    try:
        code = parse_recovery_code(raw)
    except ValueError:
        raise wrong from None
    if not books.factors.codes_of(account.name).are_ready:
        raise wrong
    if not books.factors.use_code(account.name, code.fingerprint(), desk.clock()):
        raise wrong


def key_options(desk: Desk, challenge: Secret) -> Mapping[str, Any]:
    """Return what an enrolled key is asked, after the right password."""
    with desk.vault.writing() as books:
        ticket = look_at(desk, books, challenge, Errand.SECOND_FACTOR)
        account = _still(books, ticket)
        asked = desk.chance(passkeys.CHALLENGE_BYTES)
        books.sessions.change_ticket(replace(ticket, detail={**ticket.detail, "asked": asked.hex()}))
        return passkeys.sign_in_options(desk.party, asked, books.factors.keys_of(account.name))


def answer_key(desk: Desk, visitor: Visitor, challenge: Secret, credential: Mapping[str, Any]) -> Outcome:
    """Answer with an enrolled key, after the right password. A key is not guessed: nobody is locked out of it."""
    return _by_key(desk, visitor, challenge, Errand.SECOND_FACTOR, credential)


def begin_passkey(desk: Desk, visitor: Visitor) -> tuple[Mapping[str, Any], Secret]:
    """Return what any passkey of this site is asked, and the secret that comes back with its answer."""
    asked = desk.chance(passkeys.CHALLENGE_BYTES)
    with desk.vault.writing() as books:
        guesser = Guesser(visitor.visit, device=visitor.known_device(books))
        reserve(books.tallies, Guess.BEGINNING, guesser, desk.clock())
        challenge = desk.issue(books, Errand.PASSKEY, None, asked=asked.hex())
    return passkeys.sign_in_options(desk.party, asked), challenge


@upholds("AUTHN-3.1")
def finish_passkey(desk: Desk, visitor: Visitor, challenge: Secret, credential: Mapping[str, Any]) -> Outcome:
    """Sign in with a passkey and nothing else: it names its account and has verified its user."""
    return _by_key(desk, visitor, challenge, Errand.PASSKEY, credential)


def _by_key(
    desk: Desk, visitor: Visitor, challenge: Secret, errand: Errand, credential: Mapping[str, Any]
) -> Outcome:  # fmt: skip
    """Check the answer, then in one transaction spend the question and begin the session."""
    try:
        account, found = check_key(desk, challenge, errand, credential)
        with desk.vault.writing() as books:
            spend(desk, books, challenge, errand)
            # Two answers checked at the same moment are not both right: one of them spends the question.
            books.factors.use_key(found.identifier, found.counter, desk.clock())
            account = _now(books, account.name)
            return admit(desk, books, visitor, account, Strength.PHISHING_RESISTANT)
    except Refused as refused:
        failed_key(desk, visitor, challenge, refused)
        raise


def check_key(
    desk: Desk, challenge: Secret, errand: Errand, credential: Mapping[str, Any]
) -> tuple[Account, passkeys.Answered]:
    """Return whose key has answered rightly, and what it said; Refused otherwise. Nothing is changed."""
    with desk.vault.reading() as books:
        ticket = look_at(desk, books, challenge, errand)
        key = books.factors.key(passkeys.credential_id(credential))
        account = books.accounts.account(key.account) if key else None
    if key is None or account is None:
        raise Refused("unknown-key", "This passkey is not enrolled here, or was removed.", principle="AUTHN-3.1")
    require_enabled(account)
    asked = ticket.detail.get("asked")
    if ticket.account not in (None, account.name) or not asked:
        raise Refused("wrong-key-answer", "This key is not enrolled for this account.", principle="AUTHN-2.2")
    try:
        named = ticket.account is not None
        question = bytes.fromhex(asked)
        return account, passkeys.answered(desk.party, question, credential, key, account.handle, is_named=named)
    except passkeys.ClonedKey:
        raise ClonedKeyRefused(account.name, key.label) from None


def failed_key(desk: Desk, visitor: Visitor, challenge: Secret, refused: Refused) -> None:
    """Count a wrong answer, and spend its question: it is good for one answer, right or wrong."""
    with desk.vault.writing() as books:
        books.sessions.use_ticket(challenge.fingerprint())
        if isinstance(refused, ClonedKeyRefused):
            record(desk, books, Event.KEY_CLONED, str(refused.account), refused.account, label=refused.label)
    with desk.vault.writing() as books:
        reserve(books.tallies, Guess.KEY, Guesser(visitor.visit), desk.clock())


class ClonedKeyRefused(Refused):
    """A key's counter went back."""

    def __init__(self, account: AccountName, label: str) -> None:
        super().__init__(
            "cloned-key",
            "This key answered as if there were a copy of it. Its owner is told; sign in with another factor.",
            principle="AUTHN-2.2",
        )
        self.account = account
        self.label = label


def admit(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    account: Account,
    strength: Strength,
    *,
    exposure: Exposure = Exposure.NEVER_SEEN,
    replaces: bool = False,
) -> Outcome:
    """Begin a session, or have a new device confirmed first where the proof could have been phished.

    Keyed by the device, not by the address that it comes from; the link works in no other browser than this one, so
    that a person who is shown a false page confirms nothing for whoever shows it. `replaces`: by a recovery code.
    """
    known = visitor.device_fingerprint(books, account.name)
    if not known and strength < Strength.PHISHING_RESISTANT:
        mine = books.accounts.addresses(account.name)
        reached = next((each for each in mine if each.verified is not None and each.removed is None), None)
        if reached is not None:
            return _ask_by_mail(desk, books, visitor, account, reached.address, strength, replaces)
        if any(each.standing in _LOST for each in mine):
            raise Refused(
                "email-not-verified",
                "This device is not known, and no address of yours is left that could confirm it. Sign in with a "
                "passkey, or in a browser that you have used before.",
                principle="AUTHN-2.1",
            )
    return open_session(desk, books, visitor, account, strength, exposure=exposure, replaces=replaces)


def _ask_by_mail(
    desk: Desk, books: Books, visitor: Visitor, account: Account, address: str, strength: Strength, replaces: bool
) -> MoreAsked:
    """Mail the link. Earlier ones stay good: whoever else knows the password spoils nobody's sign-in."""
    reserve(books.tallies, Guess.MAIL, Guesser(visitor.visit, account.name.text), desk.clock())
    given = {"strength": int(strength), "replaces": replaces, "proved": desk.clock().isoformat()}
    challenge = desk.issue(books, Errand.CONFIRM_DEVICE, account.name, **given)
    link = desk.issue(books, Errand.DEVICE_LINK, account.name, challenge=challenge.fingerprint())
    path = f"sign-in/confirm/{link.reveal()}"
    desk.mail_link(books, Link.CONFIRM_DEVICE, address, path, account.name, visitor.visit)
    return MoreAsked(challenge, is_mailed=True)


def confirm_device(desk: Desk, visitor: Visitor, challenge: Secret | None, link: Secret) -> SignedIn:
    """Finish a sign-in on a new device with the mailed link; `challenge` is what the browser that began it holds."""
    with guessing(desk, Guess.LINK, Guesser(visitor.visit)), desk.vault.writing() as books:
        mailed = look_at(desk, books, link, Errand.DEVICE_LINK)
        if challenge is None or mailed.detail.get("challenge") != challenge.fingerprint():
            raise Refused(
                "other-browser",
                "This link belongs to a sign-in in another browser. Open it there; if you began none, somebody else "
                "knows your password: change it.",
                principle="AUTHN-3.3",
            )
        ticket = spend(desk, books, challenge, Errand.CONFIRM_DEVICE)
        spend(desk, books, link, Errand.DEVICE_LINK)
        account = _still(books, ticket)
        strength, replaces = Strength(ticket.detail["strength"]), bool(ticket.detail["replaces"])
        # As fresh as what was proved, and no fresher: a link makes no password of half an hour ago new. Unknown is old.
        proved = datetime.fromisoformat(ticket.detail.get("proved") or account.created.isoformat())
        return open_session(desk, books, visitor, account, strength, proved=proved, replaces=replaces)


def open_session(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    account: Account,
    strength: Strength,
    *,
    exposure: Exposure = Exposure.NEVER_SEEN,
    is_first: bool = False,
    proved: datetime | None = None,
    replaces: bool = False,
) -> SignedIn:
    """Begin a session with a secret of its own; whatever session the browser had is not this one.

    `is_first`: the account is as new as the device, so that nobody need be told of a new one. `proved`: when the proof
    was given, now unless said. `replaces`: a recovery code opened it, and for 15 minutes a lost factor can be replaced.
    """
    require_enabled(account)
    now = desk.clock()
    known = visitor.device_fingerprint(books, account.name)
    device = None if known else desk.secret(Kind.DEVICE)
    fingerprint = known or (device.fingerprint() if device else "")
    books.sessions.keep_device(Device(fingerprint, account.name, now, now, visitor.visit.agent))
    secret = desk.secret(Kind.SESSION)
    books.sessions.add_session(
        Session(
            identifier=desk.chance(8).hex(),
            fingerprint=secret.fingerprint(),
            account=account.name,
            strength=strength,
            proved=proved or now,
            created=now,
            expires=now + SESSION_LIFE,
            seen=now,
            source=visitor.visit.source,
            agent=visitor.visit.agent,
            device=fingerprint,
            replaces_until=(proved or now) + SUDO if replaces else None,
        )
    )
    event = Event.SIGNED_IN if known or is_first else Event.SIGNED_IN_NEW_DEVICE
    record(desk, books, event, str(account.name), account.name, way=strength.name.lower(), **seen_from(visitor))
    warning = ""
    if exposure is Exposure.UNKNOWN:
        warning = "Whether your password has leaked could not be looked up; it is tried again when you next sign in."
    return SignedIn(account.name, secret, device, strength, account.must_change_password, warning)


def _account_named(books: Books, raw: str) -> Account | None:
    if "@" in raw:
        return books.accounts.account_by_address(raw.strip())
    try:
        return books.accounts.account(parse_account_name(raw))
    except ValueError:
        return None


def _challenged(desk: Desk, visitor: Visitor, challenge: Secret) -> tuple[Account, Guesser]:
    """Return whose second factor is asked for, and who guesses at it: an account, not a challenge."""
    with desk.vault.reading() as books:
        account = _still(books, look_at(desk, books, challenge, Errand.SECOND_FACTOR))
        device = visitor.device_fingerprint(books, account.name)
    return account, Guesser(visitor.visit, account.name.text, device)


def _still(books: Books, ticket: Ticket) -> Account:
    return _now(books, ticket.account)


def _now(books: Books, name: AccountName | None) -> Account:
    """Return the account as it is in this transaction; Refused when it is gone or disabled."""
    account = books.accounts.account(name) if name else None
    if account is None:
        raise Refused("ticket-spent", "This account is not there any more.")
    require_enabled(account)
    return account


def _factors(books: Books, account: Account) -> tuple[str, ...]:
    found = ["key"] if account.keys else []
    if account.totp_secret:
        found.append("totp")
    codes = books.factors.codes_of(account.name)
    if codes.are_ready and codes.left:
        found.append("recovery-code")
    return tuple(found)


def sign_out(desk: Desk, visitor: Visitor) -> None:
    """End the session that the browser holds; nothing happens when it holds none."""
    if visitor.session is None:
        return
    with desk.vault.writing() as books:
        session = books.sessions.session(visitor.session.fingerprint())
        if session is not None:
            books.sessions.end_session(session.account, session.identifier)
            record(desk, books, Event.SESSION_ENDED, str(session.account), session.account)
