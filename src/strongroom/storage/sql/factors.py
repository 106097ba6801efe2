"""Keys, recovery codes, identities and vouchers in SQL.

Principles: AUTHN-1.3, AUTHN-2.2, AUTHN-3.3
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from strongroom.authn.accounts import AccountName
from strongroom.authn.factors import Codes, Voucher
from strongroom.authn.passkeys import Key
from strongroom.kernel.refusals import Refused
from strongroom.storage.sql import schema

_KEY = schema.authenticator.c
_CODE = schema.recovery_code.c
_IDENTITY = schema.identity.c
_VOUCHER = schema.voucher.c
_ACCOUNT = schema.account.c

_KEY_BY_ID = select(schema.authenticator).where(_KEY.id == bindparam("identifier"))
_USE_KEY = (
    update(schema.authenticator)
    .where(_KEY.id == bindparam("identifier"))
    .values(counter=bindparam("said"), last_used=bindparam("now"))
)


class SqlFactorBook:
    """The `FactorBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def key(self, identifier: str) -> Key | None:
        """Return the key with this credential id, whoever's it is, or None."""
        row = self._db.execute(_KEY_BY_ID, {"identifier": identifier}).one_or_none()
        return _key(row) if row else None

    def keys_of(self, name: AccountName) -> Sequence[Key]:
        """Return the account's keys, oldest first."""
        query = select(schema.authenticator).where(_KEY.account == name.text).order_by(_KEY.created, _KEY.id)
        return [_key(row) for row in self._db.execute(query)]

    def add_key(self, key: Key) -> None:
        """Keep a new key; Refused when it is enrolled already, at whichever account."""
        if self.key(key.identifier) is not None:
            raise Refused("key-exists", "This key is enrolled already.", principle="AUTHN-2.2")
        self._db.execute(
            insert(schema.authenticator).values(
                id=key.identifier,
                account=key.account.text,
                label=key.label,
                public_key=key.public_key,
                counter=key.counter,
                transports=" ".join(key.transports),
                is_synced=key.is_synced,
                created=key.created,
                last_used=key.last_used,
            )
        )
        self._count_keys(key.account)

    def use_key(self, identifier: str, counter: int, when: datetime) -> None:
        """Remember the key's counter, and that it was used."""
        self._db.execute(_USE_KEY, {"identifier": identifier, "said": counter, "now": when})

    def remove_key(self, name: AccountName, identifier: str) -> Key | None:
        """Take a key of the account away and return it; None when the account has no such key."""
        found = self.key(identifier)
        if found is None or found.account != name:
            return None
        self._db.execute(delete(schema.authenticator).where(_KEY.id == identifier))
        self._count_keys(name)
        return found

    def set_codes(self, name: AccountName, fingerprints: Iterable[str], when: datetime) -> None:
        """Replace the account's recovery codes; the new ones do not count until one of them has been tried."""
        self._db.execute(delete(schema.recovery_code).where(_CODE.account == name.text))
        rows = [{"fingerprint": each, "account": name.text, "created": when, "used": None} for each in fingerprints]
        self._db.execute(insert(schema.recovery_code), rows)
        self._set_ready(name, ready=False)

    def use_code(self, name: AccountName, fingerprint: str, when: datetime) -> bool:
        """Spend a recovery code of the account; report whether there was one that was not spent."""
        unspent = (_CODE.account == name.text) & (_CODE.fingerprint == fingerprint) & _CODE.used.is_(None)
        return bool(self._db.execute(update(schema.recovery_code).where(unspent).values(used=when)).rowcount)

    def codes_ready(self, name: AccountName) -> None:
        """Remember that one of the account's codes has been tried."""
        self._set_ready(name, ready=True)

    def codes_of(self, name: AccountName) -> Codes:
        """Return how the account stands with its recovery codes."""
        query = select(func.min(_CODE.created).label("made"), func.count().label("left"))
        made = self._db.execute(query.where(_CODE.account == name.text)).one()
        left = self._db.execute(query.where(_CODE.account == name.text, _CODE.used.is_(None))).one().left
        ready = self._db.execute(
            select(_ACCOUNT.recovery_ready).where(_ACCOUNT.name == name.text)
        ).scalar_one_or_none()  # fmt: skip
        return Codes(made.made, left, bool(ready))

    def forget_factors_of(self, name: AccountName) -> None:
        """Forget every key, recovery code and identity of the account."""
        self._db.execute(delete(schema.authenticator).where(_KEY.account == name.text))
        self._db.execute(delete(schema.recovery_code).where(_CODE.account == name.text))
        self._db.execute(delete(schema.identity).where(_IDENTITY.account == name.text))
        self._set_ready(name, ready=False)
        self._count_keys(name)

    def identity(self, issuer: str, subject: str) -> AccountName | None:
        """Return whose account a person at an organisation's provider has, or None."""
        query = select(_IDENTITY.account).where(_IDENTITY.issuer == issuer, _IDENTITY.subject == subject)
        found = self._db.execute(query).scalar_one_or_none()
        return AccountName(found) if found is not None else None

    def keep_identity(self, issuer: str, subject: str, name: AccountName, groups: str, when: datetime) -> None:
        """Keep, or keep anew, which account a person at a provider has."""
        there = (_IDENTITY.issuer == issuer) & (_IDENTITY.subject == subject)
        self._db.execute(delete(schema.identity).where(there))
        values = {"issuer": issuer, "subject": subject, "account": name.text, "groups": groups, "seen": when}
        self._db.execute(insert(schema.identity).values(**values))

    def identities_of(self, name: AccountName) -> Sequence[tuple[str, str, datetime]]:
        """Return issuer, subject and last sign-in of the account's identities."""
        query = select(schema.identity).where(_IDENTITY.account == name.text).order_by(_IDENTITY.issuer)
        return [(row.issuer, row.subject, row.seen) for row in self._db.execute(query)]

    def add_vouchers(self, codes: Iterable[str]) -> int:
        """Add voucher codes; return how many were new."""
        known = set(self._db.execute(select(_VOUCHER.code)).scalars())
        fresh = [code for code in dict.fromkeys(codes) if code not in known]
        if fresh:
            self._db.execute(insert(schema.voucher), [{"code": code} for code in fresh])
        return len(fresh)

    def voucher_of(self, name: AccountName) -> Voucher | None:
        """Return the voucher that the account was given, or None."""
        row = self._db.execute(select(schema.voucher).where(_VOUCHER.account == name.text).limit(1)).one_or_none()
        return _voucher(row) if row else None

    def give_voucher(self, name: AccountName, when: datetime) -> Voucher | None:
        """Give the account a voucher; None when none is left."""
        query = select(_VOUCHER.code).where(_VOUCHER.account.is_(None)).order_by(_VOUCHER.code).limit(1)
        code = self._db.execute(query).scalar_one_or_none()
        if code is None:
            return None
        self._db.execute(update(schema.voucher).where(_VOUCHER.code == code).values(account=name.text, given=when))
        return Voucher(code, name, when)

    def vouchers(self) -> Sequence[Voucher]:
        """Return every voucher, given or not."""
        return [_voucher(row) for row in self._db.execute(select(schema.voucher).order_by(_VOUCHER.code))]

    def _set_ready(self, name: AccountName, *, ready: bool) -> None:
        self._db.execute(update(schema.account).where(_ACCOUNT.name == name.text).values(recovery_ready=ready))

    def _count_keys(self, name: AccountName) -> None:
        held = select(func.count()).select_from(schema.authenticator).where(_KEY.account == name.text)
        self._db.execute(
            update(schema.account).where(_ACCOUNT.name == name.text).values(keys=held.scalar_subquery())
        )  # fmt: skip


def _key(row: Any) -> Key:
    return Key(
        identifier=row.id,
        account=AccountName(row.account),
        label=row.label,
        public_key=row.public_key,
        counter=row.counter,
        transports=tuple(row.transports.split()),
        is_synced=bool(row.is_synced),
        created=row.created,
        last_used=row.last_used,
    )


def _voucher(row: Any) -> Voucher:
    return Voucher(row.code, AccountName(row.account) if row.account is not None else None, row.given)
