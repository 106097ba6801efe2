"""One's own account at a glance: factors, sessions, tokens, what has happened, and what is missing for more.

Principles: AUTHN-1.4, AUTHN-2.2, AUTHN-3.3
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from strongroom.authn.accounts import Account, Address
from strongroom.authn.assurance import SUDO, Action, Strength, strength_held
from strongroom.authn.factors import Codes, Voucher
from strongroom.authn.passkeys import Key
from strongroom.authn.recovery import Recovery
from strongroom.authn.sessions import Session
from strongroom.authz.roles import Role
from strongroom.authz.tokens import Token, facts_of
from strongroom.kernel.events import Event, Recorded
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Desk, Visitor, acting, present, record, seen_from
from strongroom.people.tokens import live

_EVENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A project that a person has a role in. `critical_from` None: it is not critical."""

    project: str
    role: Role
    critical_from: datetime | None


@dataclass(frozen=True, slots=True)
class Security:
    """Everything that the security page shows."""

    account: Account
    session: Session
    strength: Strength
    sudo_until: datetime | None
    addresses: Sequence[Address]
    keys: Sequence[Key]
    codes: Codes
    sessions: Sequence[Session]
    tokens: Sequence[Token]
    projects: Sequence[Held]
    events: Sequence[Recorded]
    recovery: Recovery | None
    voucher: Voucher | None
    has_vouchers: bool
    identities: Sequence[tuple[str, str, datetime]]

    @property
    def missing(self) -> Sequence[str]:
        """What is missing for the next strength, and for getting back in, in words."""
        found = []
        if not self.account.email_verified:
            found.append("Verify your e-mail address: until then you can publish nothing and hold no role.")
        if self.strength < Strength.TOTP:
            found.append("Enrol a passkey, or one-time codes: until then you can publish nothing and hold no role.")
        elif self.strength < Strength.PHISHING_RESISTANT:
            found.append("Enrol a passkey or security key: a one-time code can be phished, and critical projects ask.")
        elif len(self.keys) < 2:
            found.append("Enrol a second key, on another device: losing the only one takes a recovery.")
        if self.strength >= Strength.TOTP and not self.codes.are_ready:
            found.append("Make recovery codes, and try one: they are the quickest way back in.")
        return found


def look(desk: Desk, visitor: Visitor) -> Security:
    """Return everything about one's own account."""
    with desk.vault.reading() as books:
        who = acting(desk, books, visitor, Action.LOOK)
        critical = {each.project: each.enforced for each in books.critical.critical()}
        projects = [
            Held(name.text, role, critical.get(name.text)) for name, role in books.roles.all_projects_of(who.name)
        ]
        until = who.session.proved + SUDO
        fresh = until > desk.clock() and who.session.strength >= strength_held(who.account, desk.clock())
        return Security(
            account=who.account,
            session=who.session,
            strength=strength_held(who.account, desk.clock()),
            sudo_until=until if fresh else None,
            addresses=[each for each in books.accounts.addresses(who.name) if each.removed is None],
            keys=books.factors.keys_of(who.name),
            codes=books.factors.codes_of(who.name),
            sessions=books.sessions.sessions_of(who.name),
            tokens=live(books.tokens.tokens_of(who.name), desk.clock()),
            projects=projects,
            events=books.events.about(who.name.text, _EVENTS),
            recovery=books.recoveries.open_recovery_of(who.name),
            voucher=books.factors.voucher_of(who.name),
            has_vouchers=any(each.account is None for each in books.factors.vouchers()),
            identities=books.factors.identities_of(who.name),
        )


def as_values(security: Security) -> dict[str, Any]:
    """Return the same as JSON-able values."""
    account = security.account
    return {
        "account": str(account.name),
        "verified": account.email_verified,
        "is_administrator": account.is_administrator,
        "strength_held": security.strength.name.lower(),
        "session_strength": security.session.strength.name.lower(),
        "must_change": account.must_change_password,
        "read_only_until": account.read_only_until.isoformat() if account.read_only_until else None,
        "addresses": [
            {"address": each.address, "primary": each.is_primary, "verified": each.verified is not None}
            for each in security.addresses
        ],
        "factors": {
            "password": bool(account.password_hash),
            "totp": bool(account.totp_secret),
            "keys": [{"id": key.identifier, "label": key.label, "synced": key.is_synced} for key in security.keys],
            "recovery_codes_left": security.codes.left if security.codes.are_ready else 0,
        },
        "sessions": [
            {"id": each.identifier, "source": each.source, "agent": each.agent, "created": each.created.isoformat()}
            for each in security.sessions
        ],
        "tokens": [facts_of(each) for each in security.tokens],
        "projects": [{"name": each.project, "role": each.role.value} for each in security.projects],
        "missing": list(security.missing),
    }


def members_of(desk: Desk, visitor: Visitor, project: ProjectName) -> Sequence[tuple[str, Role]]:
    """Return who works on a project, for somebody who does."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
        if not books.roles.roles_of(who.name, project):
            raise Refused("not-found", "You have no role in such a project.")
        return [(name.text, role) for name, role in books.roles.people_of(project)]


def end_session(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """End one of one's own sessions."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.END_SESSION)
        if not books.sessions.end_session(who.name, identifier):
            raise Refused("no-such-session", "Your account has no such session.")
        record(desk, books, Event.SESSION_ENDED, str(who.name), who.name, **seen_from(visitor))


def end_other_sessions(desk: Desk, visitor: Visitor) -> int:
    """End every session of one's own but this one, and forget the other devices: each signs in as a new one."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.END_SESSION)
        many = books.sessions.end_sessions_of(who.name, but=who.session.identifier)
        here = books.sessions.device(who.name, who.session.device)
        books.sessions.forget_devices_of(who.name)
        if here is not None:
            books.sessions.keep_device(here)
        record(desk, books, Event.SESSION_ENDED, str(who.name), who.name, others=many, **seen_from(visitor))
        return many


def claim_voucher(desk: Desk, visitor: Visitor) -> Voucher:
    """Give a maintainer of a critical project a voucher for a security key, once."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.CLAIM_VOUCHER)
        held = books.factors.voucher_of(who.name)
        if held is not None:
            return held
        critical = {each.project for each in books.critical.critical()}
        if not any(name.text in critical for name, _ in books.roles.all_projects_of(who.name)):
            raise Refused("not-allowed", "Vouchers are for maintainers of critical projects.", principle="AUTHN-3.3")
        voucher = books.factors.give_voucher(who.name, desk.clock())
        if voucher is None:
            raise Refused("no-voucher-left", "No voucher is left. Ask the operator for more.", principle="AUTHN-3.3")
        record(desk, books, Event.VOUCHER_GIVEN, "strongroom", who.name)
        return voucher
