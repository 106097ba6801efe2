"""Accounts and their addresses in SQL.

Principles: AUTHN-1.1, AUTHN-2.1
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from strongroom.authn.accounts import Account, AccountName, Address, skeleton
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.refusals import Refused
from strongroom.storage.sql import schema

_ACCOUNT = schema.account.c
_ADDRESS = schema.address.c

#: What stands in place of the address of an account that was removed; no address begins so, for want of an @.
_REMOVED: Final = "removed:"

#: What is forgotten with a person.
_OF_A_PERSON: Final = (
    schema.authenticator,
    schema.recovery_code,
    schema.session,
    schema.device,
    schema.ticket,
    schema.recovery,
    schema.identity,
    # In this order: nobody is in a team without being in its organisation.
    schema.team_member,
    schema.membership,
    schema.invitation,
)


class SqlAccountBook:
    """The `AccountBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def account(self, name: AccountName) -> Account | None:
        """Return the account, or None."""
        return self._one(_ACCOUNT.name == name.text)

    def account_by_handle(self, handle: str) -> Account | None:
        """Return the account with this WebAuthn user handle, or None."""
        return self._one(_ACCOUNT.handle == handle)

    def account_by_address(self, address: str) -> Account | None:
        """Return the account that has verified this address, in any letter's case, or None."""
        query = select(_ADDRESS.account).where(
            _ADDRESS.folded == address.lower(), _ADDRESS.verified.is_not(None), _ADDRESS.removed.is_(None)
        )
        found = self._db.execute(query.limit(1)).scalar_one_or_none()
        return self._one(_ACCOUNT.name == found) if found is not None else None

    def accounts(self, words: str, limit: int) -> Sequence[Account]:
        """Return accounts whose name or address holds `words`, by name."""
        holds = _ACCOUNT.name.contains(words.lower(), autoescape=True) | func.lower(_ACCOUNT.email).contains(
            words.lower(), autoescape=True
        )
        query = select(schema.account).where(_there(), holds).order_by(_ACCOUNT.name).limit(limit)
        return [account_of(row) for row in self._db.execute(query)]

    def add_account(self, account: Account) -> None:
        """Add an account and its primary address; Refused when the name is taken, or looks like one that is."""
        looks = skeleton(account.name)
        alike = select(_ACCOUNT.name).where((_ACCOUNT.name == account.name.text) | (_ACCOUNT.skeleton == looks))
        taken = self._db.execute(alike.limit(1)).scalar_one_or_none()
        if taken is not None:
            raise Refused(
                "account-exists",
                "That account name is taken."
                if taken == account.name.text
                else f"That account name looks like one that is taken: {taken}. Choose another.",
            )
        if account.email_verified and self.account_by_address(account.email) is not None:
            raise Refused("account-exists", "That e-mail address is another account's.")
        values = _values(account) | {"recovery_ready": False, "skeleton": looks, "keys": 0}
        self._db.execute(
            insert(schema.account).values(
                name=account.name.text,
                email=account.email,
                email_verified=account.email_verified,
                created=account.created,
                handle=account.handle,
                **values,
            )
        )
        verified = account.created if account.email_verified else None
        self._insert_address(account.name, account.email, verified, is_primary=True)

    def change_account(self, account: Account) -> None:
        """Keep what has changed of an account: factors, password, state; never its name, addresses or keys."""
        self._db.execute(
            update(schema.account).where(_ACCOUNT.name == account.name.text).values(**_values(account))
        )  # fmt: skip

    def remove_account(self, name: AccountName, when: datetime) -> None:
        """Forget the person: password, factors, sessions; the addresses count as removed. The name stays taken."""
        forgotten: dict[str, Any] = {
            "email": f"{_REMOVED}{name}",
            "email_verified": False,
            "is_administrator": False,
            "password_hash": "",
            "totp_secret": "",
            "handle": f"{_REMOVED}{name}",
            "keys": 0,
            "vouched": 0,
        }
        self._db.execute(update(schema.account).where(_ACCOUNT.name == name.text).values(**forgotten))
        kept = update(schema.address).where(_ADDRESS.account == name.text, _ADDRESS.removed.is_(None))
        self._db.execute(kept.values(removed=when))
        # What nobody else owns stays theirs, who are nobody now: so the name of a project never comes into other hands.
        alone = select(schema.project.c.id).where(~_is_owned(lambda column: column != name.text))
        alone = alone.where(schema.project.c.id == schema.role.c.project_id).correlate(schema.role)
        stays = (schema.role.c.role == Role.OWNER) & alone.exists()
        self._db.execute(delete(schema.role).where(schema.role.c.account == name.text, ~stays))
        for table in _OF_A_PERSON:
            self._db.execute(delete(table).where(table.c.account == name.text))

    def erase_account(self, name: AccountName) -> None:
        """Take an account away as if it had never been, its name too: only for one that never was anything."""
        for table in (schema.address, *_OF_A_PERSON):
            self._db.execute(delete(table).where(table.c.account == name.text))
        self._db.execute(delete(schema.account).where(_ACCOUNT.name == name.text))

    def forget_former(self, before: datetime) -> int:
        """Forget addresses that were removed before a moment; return how many."""
        return self._db.execute(delete(schema.address).where(_ADDRESS.removed < before)).rowcount

    def held_alone(self, name: AccountName) -> Sequence[str]:
        """Return the projects with files of which nobody else who can act is an owner, by name."""
        acting = select(_ACCOUNT.name).where(_there(), _ACCOUNT.is_disabled.is_(False))
        mine = _is_owned(lambda column: column == name.text)
        others = _is_owned(lambda column: (column != name.text) & column.in_(acting))
        query = select(schema.project.c.name).where(schema.project.c.files > 0, mine, ~others)
        return self._db.execute(query.order_by(schema.project.c.name)).scalars().all()

    def any_administrator(self) -> bool:
        """Report whether an administrator exists who is not disabled."""
        return bool(self.administrators())

    def administrators(self) -> Sequence[AccountName]:
        """Return the administrators who are not disabled, by name."""
        query = select(_ACCOUNT.name).where(_ACCOUNT.is_administrator.is_(True), _ACCOUNT.is_disabled.is_(False))
        return [AccountName(name) for name in self._db.execute(query.order_by(_ACCOUNT.name)).scalars()]

    def addresses(self, name: AccountName) -> Sequence[Address]:
        """Return the account's addresses, primary first, the removed ones last."""
        query = select(schema.address).where(_ADDRESS.account == name.text)
        query = query.order_by(_ADDRESS.removed.is_not(None), _ADDRESS.is_primary.desc(), _ADDRESS.id)
        return [_address(row) for row in self._db.execute(query)]

    def add_address(self, name: AccountName, address: str, *, verified: datetime | None) -> Address:
        """Add an address that is not primary; Refused when the account has it already."""
        has = (_ADDRESS.account == name.text) & (_ADDRESS.folded == address.lower())
        if self._db.execute(select(_ADDRESS.id).where(has, _ADDRESS.removed.is_(None))).first() is not None:
            raise Refused("address-taken", "Your account has this address already.")
        self._db.execute(delete(schema.address).where(has))
        self._insert_address(name, address, verified, is_primary=False)
        return _address(self._db.execute(select(schema.address).where(has)).one())

    def verify_address(self, identifier: int, when: datetime) -> None:
        """Mark the address as verified, its domain as not judged yet."""
        self._change_address(identifier, verified=when, standing="", checked=None)

    def make_primary(self, name: AccountName, identifier: int) -> None:
        """Make an address of the account its primary one."""
        mine = update(schema.address).where(_ADDRESS.account == name.text)
        self._db.execute(mine.values(is_primary=False))
        self._db.execute(mine.where(_ADDRESS.id == identifier).values(is_primary=True))
        self._show_primary(name.text)

    def drop_address(self, identifier: int, when: datetime) -> None:
        """Take an address away; it is kept as removed."""
        self._change_address(identifier, removed=when)

    def set_standing(self, identifier: int, standing: str, when: datetime, *, is_lost: bool) -> None:
        """Keep what was found of the address's domain; `is_lost` takes its verification."""
        lost: dict[str, Any] = {"verified": None} if is_lost else {}
        self._change_address(identifier, standing=standing, checked=when, **lost)

    def addresses_to_check(self, before: datetime, limit: int) -> Sequence[Address]:
        """Return verified addresses not checked since `before`, those longest ago first."""
        stale = _ADDRESS.checked.is_(None) | (_ADDRESS.checked < before)
        query = select(schema.address).where(_ADDRESS.verified.is_not(None), _ADDRESS.removed.is_(None), stale)
        query = query.order_by(_ADDRESS.checked.is_not(None), _ADDRESS.checked, _ADDRESS.id).limit(limit)
        return [_address(row) for row in self._db.execute(query)]

    def unfinished_before(self, moment: datetime, limit: int) -> Sequence[AccountName]:
        """Return accounts made before `moment` that never verified an address and hold nothing."""
        verified = select(_ADDRESS.id).where(_ADDRESS.account == _ACCOUNT.name, _ADDRESS.verified.is_not(None))
        roles = select(schema.role.c.account).where(schema.role.c.account == _ACCOUNT.name)
        holds = select(schema.token.c.identifier).where(schema.token.c.account == _ACCOUNT.name)
        query = select(_ACCOUNT.name).where(_there(), _ACCOUNT.created < moment, _ACCOUNT.email_verified.is_(False))
        query = query.where(_ACCOUNT.had_factor.is_(False), ~verified.exists(), ~roles.exists(), ~holds.exists())
        return [AccountName(name) for name in self._db.execute(query.limit(limit)).scalars()]

    def _one(self, holds: ColumnElement[bool]) -> Account | None:
        row = self._db.execute(select(schema.account).where(holds, _there())).one_or_none()
        return account_of(row) if row else None

    def _insert_address(self, name: AccountName, text: str, verified: datetime | None, *, is_primary: bool) -> None:
        values = {"account": name.text, "address": text, "folded": text.lower(), "is_primary": is_primary}
        self._db.execute(insert(schema.address).values(**values, verified=verified, standing=""))

    def _change_address(self, identifier: int, **changed: Any) -> None:
        mine = update(schema.address).where(_ADDRESS.id == identifier)
        owner = self._db.execute(mine.values(**changed).returning(_ADDRESS.account)).scalar_one_or_none()
        # Who looks at a domain takes its time: the address may have been forgotten meanwhile.
        if owner is not None:
            self._show_primary(owner)

    def _show_primary(self, owner: str) -> None:
        """Bring the account's own row up to date, so that an upload reads one row; who has left stays away."""
        query = select(schema.address).where(_ADDRESS.account == owner, _ADDRESS.is_primary.is_(True))
        primary = _address(self._db.execute(query).one())
        shown = {"email": primary.address, "email_verified": primary.verified is not None}
        self._db.execute(update(schema.account).where(_ACCOUNT.name == owner, _there()).values(**shown))

    def add_enrolment(self, fingerprint: str, expires: datetime) -> None:
        """Replace whatever one-time enrolment link there was by this one."""
        self._db.execute(delete(schema.enrolment))
        self._db.execute(insert(schema.enrolment).values(fingerprint=fingerprint, expires=expires))

    def enrolment_expires(self, fingerprint: str) -> datetime | None:
        """Return when the unused enrolment link with this fingerprint expires; None when there is no such link."""
        query = select(schema.enrolment.c.expires).where(schema.enrolment.c.fingerprint == fingerprint)
        return self._db.execute(query).scalar_one_or_none()

    def use_enrolment(self, fingerprint: str) -> bool:
        """Spend the link; report whether it was there to be spent."""
        spent = self._db.execute(delete(schema.enrolment).where(schema.enrolment.c.fingerprint == fingerprint))
        return bool(spent.rowcount)


def _is_owned(by: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return whether such an account owns the project: itself, by a team, or as an owner of its organisation."""
    role, member = schema.role.alias(), schema.membership.alias()
    team, mate = schema.team_role.alias(), schema.team_member.alias()
    project = schema.project.c
    own = select(role.c.account).where(role.c.role == Role.OWNER, by(role.c.account), role.c.project_id == project.id)
    organised = select(member.c.account).where(
        member.c.role == OrganisationRole.OWNER, by(member.c.account), member.c.organisation == project.organisation
    )
    teamed = (
        select(mate.c.account)
        .join(team, (mate.c.organisation == team.c.organisation) & (mate.c.team == team.c.team))
        .where(team.c.role == Role.OWNER, by(mate.c.account), team.c.project_id == project.id)
        .where(team.c.organisation == project.organisation)
    )
    return or_(*(each.correlate(schema.project).exists() for each in (own, organised, teamed)))


def _there() -> ColumnElement[bool]:
    return ~_ACCOUNT.email.startswith(_REMOVED)


def _values(account: Account) -> dict[str, Any]:
    return {
        "is_administrator": account.is_administrator,
        "password_hash": account.password_hash,
        "must_change_password": account.must_change_password,
        "totp_secret": account.totp_secret,
        "totp_counter": account.totp_counter,
        "is_disabled": account.is_disabled,
        "had_factor": account.had_factor,
        "read_only_until": account.read_only_until,
        "vouched": account.vouched,
        "vouched_until": account.vouched_until,
    }


def account_of(row: Any) -> Account:
    """Return the account that a row of its table holds."""
    return Account(
        name=AccountName(row.name),
        email=row.email,
        email_verified=bool(row.email_verified),
        is_administrator=bool(row.is_administrator),
        created=row.created,
        handle=row.handle,
        password_hash=row.password_hash,
        must_change_password=bool(row.must_change_password),
        totp_secret=row.totp_secret,
        totp_counter=row.totp_counter,
        keys=row.keys,
        is_disabled=bool(row.is_disabled),
        had_factor=bool(row.had_factor),
        read_only_until=row.read_only_until,
        vouched=row.vouched,
        vouched_until=row.vouched_until,
    )


def _address(row: Any) -> Address:
    return Address(
        identifier=row.id,
        account=AccountName(row.account),
        address=row.address,
        is_primary=bool(row.is_primary),
        verified=row.verified,
        standing=row.standing,
        checked=row.checked,
        removed=row.removed,
    )
