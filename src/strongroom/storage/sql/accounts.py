"""Accounts and tokens in SQL.

Principles: AUTHN-1.1, AUTHZ-1.1
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from strongroom.authn.accounts import Account, AccountName
from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import Token
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.storage.sql import schema

_ACCOUNT = schema.account.c
_TOKEN = schema.token.c

#: What stands in place of the address of an account that was removed; no address begins so, for want of an @.
_REMOVED = "removed:"


class SqlAccountBook:
    """The `AccountBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def account(self, name: AccountName) -> Account | None:
        """Return the account, or None."""
        there = (_ACCOUNT.name == name.text) & ~_ACCOUNT.email.startswith(_REMOVED)
        row = self._db.execute(select(schema.account).where(there)).one_or_none()
        return _account(row) if row else None

    def add_account(self, account: Account) -> None:
        """Add an account; Refused when the name or the address is taken."""
        taken = self._db.execute(
            select(func.count()).where(
                (_ACCOUNT.name == account.name.text) | (func.lower(_ACCOUNT.email) == account.email.lower())
            )
        ).scalar_one()
        if taken:
            raise Refused("account-exists", "That account name or e-mail address is taken.")
        self._db.execute(
            insert(schema.account).values(
                name=account.name.text,
                email=account.email,
                email_verified=account.email_verified,
                is_administrator=account.is_administrator,
                created=account.created,
                password_hash=account.password_hash,
                totp_secret=account.totp_secret,
            )
        )

    def remove_account(self, name: AccountName) -> None:
        """Forget the person: address, password, factors. The name stays taken, and `account` finds nobody by it."""
        forgotten = {"email": f"{_REMOVED}{name}", "email_verified": False, "is_administrator": False}
        query = update(schema.account).where(_ACCOUNT.name == name.text)
        self._db.execute(query.values(**forgotten, password_hash="", totp_secret=""))

    def held_alone(self, name: AccountName) -> Sequence[str]:
        """Return the projects with files of which the account is the only owner, by name."""
        other = schema.role.alias()
        others = select(other.c.account).where(
            other.c.project_id == schema.project.c.id, other.c.role == Role.OWNER, other.c.account != name.text
        )
        query = (
            select(schema.project.c.name)
            .join(schema.role, schema.role.c.project_id == schema.project.c.id)
            .where(schema.role.c.account == name.text, schema.role.c.role == Role.OWNER)
            .where(schema.project.c.files > 0, ~others.exists())
            .order_by(schema.project.c.name)
        )
        return self._db.execute(query).scalars().all()

    def any_administrator(self) -> bool:
        """Report whether an administrator exists."""
        query = select(func.count()).where(_ACCOUNT.is_administrator.is_(True))
        return bool(self._db.execute(query).scalar_one())

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


class SqlTokenBook:
    """The `TokenBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def bearer_of(self, fingerprint: str) -> tuple[Token, Account] | None:
        """Return the token with this fingerprint and the account it stands for, or None."""
        row = self._db.execute(_BEARER, {"fingerprint": fingerprint}).one_or_none()
        return (_token(row), _account(row)) if row else None

    def add_token(self, token: Token) -> None:
        """Keep a new token."""
        self._db.execute(
            insert(schema.token).values(
                identifier=token.identifier,
                fingerprint=token.fingerprint,
                account=token.account.text,
                rights=" ".join(sorted(token.rights)),
                projects=None
                if token.projects is None
                else " ".join(_written(name) for name in sorted(token.projects)),
                created=token.created,
                expires=token.expires,
                revoked=token.revoked,
                last_used=token.last_used,
            )
        )

    def tokens_of(self, account: AccountName) -> tuple[Token, ...]:
        """Return the account's tokens, newest first, the revoked ones too."""
        query = select(*_TOKEN_COLUMNS).where(_TOKEN.account == account.text).order_by(_TOKEN.created.desc())
        return tuple(_token(row) for row in self._db.execute(query))

    def revoke_token(self, identifier: str, when: datetime) -> bool:
        """Revoke the token; report whether there was one that was not revoked yet."""
        query = update(schema.token).where(_TOKEN.identifier == identifier, _TOKEN.revoked.is_(None))
        return bool(self._db.execute(query.values(revoked=when)).rowcount)

    def revoke_tokens_of(self, account: AccountName, when: datetime) -> int:
        """Revoke every live token of the account; return how many there were."""
        query = update(schema.token).where(_TOKEN.account == account.text, _TOKEN.revoked.is_(None))
        return self._db.execute(query.values(revoked=when)).rowcount

    def touch_token(self, identifier: str, when: datetime) -> None:
        """Remember that the token was used."""
        self._db.execute(update(schema.token).where(_TOKEN.identifier == identifier).values(last_used=when))


_TOKEN_COLUMNS = tuple(column.label(f"token_{column.name}") for column in _TOKEN)

_BEARER = (
    select(*_TOKEN_COLUMNS, schema.account)
    .join(schema.account, _ACCOUNT.name == _TOKEN.account)
    .where(_TOKEN.fingerprint == bindparam("fingerprint"))
)


def _account(row: Any) -> Account:
    return Account(
        name=AccountName(row.name),
        email=row.email,
        email_verified=bool(row.email_verified),
        is_administrator=bool(row.is_administrator),
        created=row.created,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
    )


def _token(row: Any) -> Token:
    projects = row.token_projects
    return Token(
        identifier=row.token_identifier,
        fingerprint=row.token_fingerprint,
        account=AccountName(row.token_account),
        rights=frozenset(Right(right) for right in row.token_rights.split()),
        projects=None if projects is None else frozenset(_read(text) for text in projects.split()),
        created=row.token_created,
        expires=row.token_expires,
        revoked=row.token_revoked,
        last_used=row.token_last_used,
    )


def _written(name: ProjectName) -> str:
    return f"{name.ecosystem}:{name.text}"


def _read(text: str) -> ProjectName:
    ecosystem, _, name = text.partition(":")
    return ProjectName(ecosystem, name)
