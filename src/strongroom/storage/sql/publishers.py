"""Trusted publishers in SQL.

Principles: AUTHZ-3.1
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, text, update

from strongroom.authn.accounts import AccountName
from strongroom.authz.publishers import Publisher
from strongroom.kernel.names import ProjectName
from strongroom.storage.sql.publisher_schema import spent_identity, trusted_issuer, trusted_publisher
from strongroom.storage.sql.tables import Time

_PUBLISHER = trusted_publisher.c
_SPENT = spent_identity.c
_ISSUER = trusted_issuer.c

_CANDIDATES = (
    select(trusted_publisher)
    .where(_PUBLISHER.issuer == bindparam("issuer"), _PUBLISHER.subject == bindparam("subject"))
    .order_by(_PUBLISHER.created, _PUBLISHER.identifier)
)
_CANDIDATES_OF = _CANDIDATES.where(
    _PUBLISHER.ecosystem == bindparam("ecosystem"), _PUBLISHER.project == bindparam("project")
)
_IS_USED = select(_PUBLISHER.identifier).where(_PUBLISHER.issuer == bindparam("issuer")).limit(1)
_SPEND = text("INSERT INTO spent_identity (digest, until) VALUES (:digest, :until) ON CONFLICT DO NOTHING").bindparams(
    bindparam("until", type_=Time)
)


class SqlPublisherBook:
    """The `PublisherBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_publisher(self, publisher: Publisher, subject: str) -> None:
        """Keep a new publisher; `subject` is by what `candidates` finds it."""
        self._db.execute(
            insert(trusted_publisher).values(
                identifier=publisher.identifier,
                provider=publisher.provider,
                issuer=publisher.issuer,
                subject=subject,
                fields=json.dumps(dict(publisher.fields)),
                pinned=json.dumps(dict(publisher.pinned)),
                ecosystem=publisher.project.ecosystem,
                project=publisher.project.text,
                account=publisher.account.text,
                created=publisher.created,
                expires=publisher.expires,
                last_used=publisher.last_used,
            )
        )

    def publisher(self, identifier: str) -> Publisher | None:
        """Return a publisher, or None."""
        row = self._db.execute(select(trusted_publisher).where(_PUBLISHER.identifier == identifier)).one_or_none()
        return _publisher(row) if row else None

    def publishers_of(self, project: ProjectName) -> Sequence[Publisher]:
        """Return the publishers of a project, pending ones too, oldest first."""
        return self._found(_is_of(project))

    def pending_of(self, account: AccountName) -> Sequence[Publisher]:
        """Return the pending publishers that the account has added, oldest first."""
        return self._found((_PUBLISHER.account == account.text) & _PUBLISHER.expires.is_not(None))

    def candidates(self, issuer: str, subject: str, project: ProjectName | None = None) -> Sequence[Publisher]:
        """Return the publishers of this issuer and subject, of one project where it is named, oldest first."""
        given = {"issuer": issuer, "subject": subject}
        if project is None:
            return [_publisher(row) for row in self._db.execute(_CANDIDATES, given)]
        given |= {"ecosystem": project.ecosystem, "project": project.text}
        return [_publisher(row) for row in self._db.execute(_CANDIDATES_OF, given)]

    def number_of(self, issuer: str, subject: str, account: AccountName) -> int:
        """Return how many publishers of this issuer and subject the account has added."""
        query = select(func.count()).where(
            _PUBLISHER.account == account.text, _PUBLISHER.issuer == issuer, _PUBLISHER.subject == subject
        )
        return int(self._db.execute(query).scalar_one())

    def is_used(self, issuer: str) -> bool:
        """Report whether any publisher is of this issuer."""
        return self._db.execute(_IS_USED, {"issuer": issuer}).first() is not None

    def pin(self, identifier: str, pinned: Mapping[str, str], used: datetime) -> None:
        """Keep the immutable claims of a publisher, and when it was used."""
        changed = update(trusted_publisher).where(_PUBLISHER.identifier == identifier)
        self._db.execute(changed.values(pinned=json.dumps(dict(pinned)), last_used=used))

    def remove_publisher(self, identifier: str) -> bool:
        """Take a publisher away; report whether it was there."""
        gone = delete(trusted_publisher).where(_PUBLISHER.identifier == identifier)
        return bool(self._db.execute(gone).rowcount)

    def settle(self, project: ProjectName, owner: AccountName) -> Sequence[Publisher]:
        """Make the owner's pending publishers of a new project lasting, take others' away and return those."""
        pending = _is_of(project) & _PUBLISHER.expires.is_not(None)
        others = pending & (_PUBLISHER.account != owner.text)
        died = self._found(others)
        self._db.execute(delete(trusted_publisher).where(others))
        self._db.execute(update(trusted_publisher).where(pending).values(expires=None))
        return died

    def expired(self, now: datetime) -> Sequence[Publisher]:
        """Return the pending publishers whose time is over."""
        return self._found(_PUBLISHER.expires <= now)

    def spend(self, digest: str, until: datetime) -> bool:
        """Remember that an identity token was used; False, and no effect, when it had been."""
        # Inserted, not looked for first: the key decides between two that come at the same moment.
        return bool(self._db.execute(_SPEND, {"digest": digest, "until": until}).rowcount)

    def sweep(self, now: datetime) -> int:
        """Forget what was spent and could not be used again anyway; return how much."""
        return self._db.execute(delete(spent_identity).where(_SPENT.until <= now)).rowcount

    def issuers(self) -> Mapping[str, str]:
        """Return the further issuers that administrators trust, each with the name of its provider."""
        query = select(_ISSUER.issuer, _ISSUER.provider).order_by(_ISSUER.issuer)
        return {row.issuer: row.provider for row in self._db.execute(query)}

    def trust_issuer(self, issuer: str, provider: str) -> None:
        """Trust an issuer as one of a provider's kind."""
        self.distrust_issuer(issuer)
        self._db.execute(insert(trusted_issuer).values(issuer=issuer, provider=provider))

    def distrust_issuer(self, issuer: str) -> bool:
        """Trust it no more; report whether it was trusted."""
        return bool(self._db.execute(delete(trusted_issuer).where(_ISSUER.issuer == issuer)).rowcount)

    def _found(self, condition: ColumnElement[bool]) -> list[Publisher]:
        query = select(trusted_publisher).where(condition).order_by(_PUBLISHER.created, _PUBLISHER.identifier)
        return [_publisher(row) for row in self._db.execute(query)]


def _is_of(project: ProjectName) -> ColumnElement[bool]:
    return (_PUBLISHER.project == project.text) & (_PUBLISHER.ecosystem == project.ecosystem)


def _publisher(row: Any) -> Publisher:
    return Publisher(
        identifier=row.identifier,
        provider=row.provider,
        issuer=row.issuer,
        fields=json.loads(row.fields),
        project=ProjectName(row.ecosystem, row.project),
        account=AccountName(row.account),
        created=row.created,
        expires=row.expires,
        pinned=json.loads(row.pinned),
        last_used=row.last_used,
    )
