"""Tokens in SQL.

Principles: AUTHZ-1.1
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Strength
from strongroom.authz.roles import Right
from strongroom.authz.tokens import Bearer, Token
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql import schema
from strongroom.storage.sql.accounts import account_of

_ACCOUNT = schema.account.c
_TOKEN = schema.token.c


class SqlTokenBook:
    """The `TokenBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def bearer_of(self, fingerprint: str) -> Bearer | None:
        """Return who holds the token with this fingerprint, or None."""
        row = self._db.execute(_BEARER, {"fingerprint": fingerprint}).one_or_none()
        return Bearer(_token(row), account_of(row) if row.token_account is not None else None) if row else None

    def add_token(self, token: Token) -> None:
        """Keep a new token."""
        self._db.execute(
            _ADD,
            {
                "identifier": token.identifier,
                "fingerprint": token.fingerprint,
                "account": token.account.text if token.account else None,
                "rights": " ".join(sorted(token.rights)),
                "projects": None
                if token.projects is None
                else " ".join(_written(name) for name in sorted(token.projects)),
                "created": token.created,
                "expires": token.expires,
                "revoked": token.revoked,
                "last_used": token.last_used,
                "strength": int(token.strength),
                "label": token.label,
                "warned": False,
                "prefixes": " ".join(sorted(token.prefixes)),
                "networks": " ".join(token.networks),
                "parent": token.parent,
                "publisher": token.publisher,
                "project_owner": token.project_owner.text if token.project_owner else None,
                "started_by": token.started_by or None,
            },
        )

    def tokens_of(self, account: AccountName) -> tuple[Token, ...]:
        """Return the account's tokens, newest first, the revoked ones too."""
        query = select(*_TOKEN_COLUMNS).where(_TOKEN.account == account.text).order_by(_TOKEN.created.desc())
        return tuple(_token(row) for row in self._db.execute(query))

    def revoke_token(self, identifier: str, when: datetime) -> bool:
        """Revoke the token; report whether there was one that was not revoked yet."""
        query = update(schema.token).where(_TOKEN.identifier == identifier, _TOKEN.revoked.is_(None))
        return bool(self._db.execute(query.values(revoked=when)).rowcount)

    def revoke_derived(self, identifier: str, when: datetime) -> int:
        """Revoke every live token that was derived from this one, or from such a one; return how many there were."""
        family = select(_TOKEN.identifier).where(_TOKEN.parent == identifier).cte(recursive=True)
        child = schema.token.alias()
        family = family.union_all(select(child.c.identifier).join(family, child.c.parent == family.c.identifier))
        query = update(schema.token).where(_TOKEN.identifier.in_(select(family.c.identifier)), _TOKEN.revoked.is_(None))
        return self._db.execute(query.values(revoked=when)).rowcount

    def revoke_tokens_of_publisher(self, publisher: str, when: datetime) -> int:
        """Revoke every live token that was minted for the publisher; return how many there were."""
        query = update(schema.token).where(_TOKEN.publisher == publisher, _TOKEN.publisher != "")
        return self._db.execute(query.where(_TOKEN.revoked.is_(None)).values(revoked=when)).rowcount

    def revoke_tokens_of(self, account: AccountName, when: datetime) -> int:
        """Revoke every live token of the account; return how many there were."""
        query = update(schema.token).where(_TOKEN.account == account.text, _TOKEN.revoked.is_(None))
        return self._db.execute(query.values(revoked=when)).rowcount

    def token(self, account: AccountName, identifier: str) -> Token | None:
        """Return a token of the account by its identifier, or None."""
        query = select(*_TOKEN_COLUMNS).where(_TOKEN.account == account.text, _TOKEN.identifier == identifier)
        row = self._db.execute(query).one_or_none()
        return _token(row) if row else None

    def is_revoked(self, identifier: str) -> bool:
        """Report whether the token was revoked; one that is not known counts as revoked."""
        query = select(_TOKEN.identifier).where(_TOKEN.identifier == identifier, _TOKEN.revoked.is_(None))
        return self._db.execute(query).first() is None

    def owner_of(self, identifier: str) -> AccountName | None:
        """Return whose token it is, or None."""
        found = self._db.execute(select(_TOKEN.account).where(_TOKEN.identifier == identifier)).scalar_one_or_none()
        return AccountName(found) if found is not None else None

    def ending_before(self, moment: datetime, now: datetime) -> Sequence[Token]:
        """Return live tokens that end before `moment` whose owners were not told yet, and remember that they are."""
        ending = (_TOKEN.expires < moment) & (_TOKEN.expires > now) & _TOKEN.revoked.is_(None)
        ending &= _TOKEN.warned.is_(False) & _TOKEN.account.is_not(None)
        found = [_token(row) for row in self._db.execute(select(*_TOKEN_COLUMNS).where(ending))]
        self._db.execute(update(schema.token).where(ending).values(warned=True))
        return found

    def touch_token(self, identifier: str, when: datetime) -> None:
        """Remember that the token was used."""
        self._db.execute(update(schema.token).where(_TOKEN.identifier == identifier).values(last_used=when))


_TOKEN_COLUMNS = tuple(column.label(f"token_{column.name}") for column in _TOKEN)

#: With its values beside it: a statement that is built anew for each token takes longer than the database.
_ADD = insert(schema.token)

_BEARER = (
    select(*_TOKEN_COLUMNS, schema.account)
    .join(schema.account, _ACCOUNT.name == _TOKEN.account, isouter=True)
    .where(_TOKEN.fingerprint == bindparam("fingerprint"))
)


def _token(row: Any) -> Token:
    projects = row.token_projects
    return Token(
        identifier=row.token_identifier,
        fingerprint=row.token_fingerprint,
        account=AccountName(row.token_account) if row.token_account is not None else None,
        rights=frozenset(Right(right) for right in row.token_rights.split()),
        projects=None if projects is None else frozenset(_read(text) for text in projects.split()),
        created=row.token_created,
        expires=row.token_expires,
        revoked=row.token_revoked,
        last_used=row.token_last_used,
        strength=Strength(row.token_strength),
        label=row.token_label,
        prefixes=frozenset(row.token_prefixes.split()),
        networks=tuple(row.token_networks.split()),
        parent=row.token_parent,
        publisher=row.token_publisher,
        project_owner=AccountName(row.token_project_owner) if row.token_project_owner is not None else None,
        started_by=row.token_started_by or "",
    )


def _written(name: ProjectName) -> str:
    return f"{name.ecosystem}:{name.text}"


def _read(text: str) -> ProjectName:
    ecosystem, _, name = text.partition(":")
    return ProjectName(ecosystem, name)
