"""Sessions, devices, tickets and tallies in SQL.

Principles: AUTHN-1.5
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.sessions import Device, Errand, Session, Ticket
from strongroom.storage.sql import schema

_SESSION = schema.session.c
_DEVICE = schema.device.c
_TICKET = schema.ticket.c
_TALLY = schema.tally.c

# Statements that every sign-in runs are made once: making one costs more than running it.
_ADD_SESSION = insert(schema.session)
_ADD_TICKET = insert(schema.ticket)
_ADD_DEVICE = insert(schema.device)
_SEE_DEVICE = (
    update(schema.device)
    .where(_DEVICE.account == bindparam("of"), _DEVICE.fingerprint == bindparam("known"))
    .values(seen=bindparam("now"))
)
_DEVICE_OF = select(schema.device).where(_DEVICE.account == bindparam("of"), _DEVICE.fingerprint == bindparam("known"))
_BY_FINGERPRINT = select(schema.session).where(_SESSION.fingerprint == bindparam("fingerprint"))
_TICKET_BY_FINGERPRINT = select(schema.ticket).where(_TICKET.fingerprint == bindparam("fingerprint"))
_DROP_TICKET = delete(schema.ticket).where(_TICKET.fingerprint == bindparam("spent"))


class SqlSessionBook:
    """The `SessionBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def session(self, fingerprint: str) -> Session | None:
        """Return the session with this fingerprint, or None."""
        row = self._db.execute(_BY_FINGERPRINT, {"fingerprint": fingerprint}).one_or_none()
        return _session(row) if row else None

    def sessions_of(self, name: AccountName) -> Sequence[Session]:
        """Return the account's sessions, newest first."""
        query = select(schema.session).where(_SESSION.account == name.text).order_by(_SESSION.created.desc())
        return [_session(row) for row in self._db.execute(query)]

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        self._db.execute(_ADD_SESSION, _session_row(session))

    def replace_session(self, fingerprint: str, session: Session) -> None:
        """Put a session, with another secret, in the place of an older one."""
        self._db.execute(delete(schema.session).where(_SESSION.fingerprint == fingerprint))
        self.add_session(session)

    def touch_session(self, fingerprint: str, when: datetime) -> None:
        """Remember that the session was used."""
        self._db.execute(update(schema.session).where(_SESSION.fingerprint == fingerprint).values(seen=when))

    def end_session(self, name: AccountName, identifier: str) -> bool:
        """End a session of the account; report whether there was one."""
        query = delete(schema.session).where(_SESSION.account == name.text, _SESSION.identifier == identifier)
        return bool(self._db.execute(query).rowcount)

    def end_sessions_of(self, name: AccountName, *, but: str = "") -> int:
        """End every session of the account but the one with this identifier; return how many."""
        query = delete(schema.session).where(_SESSION.account == name.text, _SESSION.identifier != but)
        return self._db.execute(query).rowcount

    def device(self, name: AccountName, fingerprint: str) -> Device | None:
        """Return the device when it is known to the account."""
        row = self._db.execute(_DEVICE_OF, {"of": name.text, "known": fingerprint}).one_or_none()
        return _device(row) if row else None

    def keep_device(self, device: Device) -> None:
        """Keep a device, or that it was seen again."""
        known = {"of": device.account.text, "known": device.fingerprint, "now": device.seen}
        if not self._db.execute(_SEE_DEVICE, known).rowcount:
            row = {"created": device.created, "seen": device.seen, "agent": device.agent}
            self._db.execute(
                _ADD_DEVICE, {"account": device.account.text, "fingerprint": device.fingerprint, **row}
            )  # fmt: skip

    def devices_with(self, fingerprints: Collection[str]) -> Sequence[Device]:
        """Return the devices with these fingerprints, whosever they are, in the order of both."""
        query = select(schema.device).where(_DEVICE.fingerprint.in_(fingerprints))
        return [_device(row) for row in self._db.execute(query.order_by(_DEVICE.fingerprint, _DEVICE.account))]

    def forget_device(self, name: AccountName, fingerprint: str) -> bool:
        """Forget a device of the account; report whether it was known."""
        query = delete(schema.device).where(_DEVICE.account == name.text, _DEVICE.fingerprint == fingerprint)
        return bool(self._db.execute(query).rowcount)

    def forget_devices_of(self, name: AccountName) -> None:
        """Forget every device of the account."""
        self._db.execute(delete(schema.device).where(_DEVICE.account == name.text))

    def add_ticket(self, ticket: Ticket) -> None:
        """Keep a ticket."""
        row = {
            "fingerprint": ticket.fingerprint,
            "errand": ticket.errand.value,
            "account": ticket.account.text if ticket.account else None,
            "detail": json.dumps(dict(ticket.detail)),
            "expires": ticket.expires,
        }
        self._db.execute(_ADD_TICKET, row)

    def ticket(self, fingerprint: str) -> Ticket | None:
        """Return the ticket, which stays good; None when there is none."""
        row = self._db.execute(_TICKET_BY_FINGERPRINT, {"fingerprint": fingerprint}).one_or_none()
        return _ticket(row) if row else None

    def open_ticket(self, name: AccountName, errand: Errand) -> Ticket | None:
        """Return the account's newest ticket for an errand, or None."""
        query = select(schema.ticket).where(_TICKET.account == name.text, _TICKET.errand == errand.value)
        row = self._db.execute(query.order_by(_TICKET.expires.desc()).limit(1)).one_or_none()
        return _ticket(row) if row else None

    def use_ticket(self, fingerprint: str) -> Ticket | None:
        """Return the ticket and take it away; None when there is none."""
        found = self.ticket(fingerprint)
        if found is not None:
            self._db.execute(_DROP_TICKET, {"spent": fingerprint})
        return found

    def change_ticket(self, ticket: Ticket) -> None:
        """Keep what a ticket stands for now."""
        changed = {"detail": json.dumps(dict(ticket.detail)), "expires": ticket.expires}
        self._db.execute(update(schema.ticket).where(_TICKET.fingerprint == ticket.fingerprint).values(**changed))

    def drop_tickets_of(self, name: AccountName, *errands: Errand) -> None:
        """Take away the account's tickets for these errands, all of them when none is named."""
        query = delete(schema.ticket).where(_TICKET.account == name.text)
        if errands:
            query = query.where(_TICKET.errand.in_([each.value for each in errands]))
        self._db.execute(query)

    def sweep(self, now: datetime, device_before: datetime) -> int:
        """Take away what has expired; return how much."""
        gone = [
            delete(schema.session).where(_SESSION.expires <= now),
            delete(schema.ticket).where(_TICKET.expires <= now),
            delete(schema.device).where(_DEVICE.seen < device_before),
        ]
        return sum(self._db.execute(query).rowcount for query in gone)


class SqlTallyBook:
    """The `TallyBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def counts(self, keys: Iterable[str]) -> Mapping[str, Mapping[int, int]]:
        """Return, for each key, how many fell into each slice."""
        query = select(_TALLY.key, _TALLY.slices).where(_TALLY.key.in_(list(keys)))
        return {row.key: {int(at): n for at, n in json.loads(row.slices).items()} for row in self._db.execute(query)}

    def keep(self, counts: Mapping[str, Mapping[int, int]], expires: Mapping[str, datetime]) -> None:
        """Replace the slices of these keys."""
        if not counts:
            return
        self._db.execute(delete(schema.tally).where(_TALLY.key.in_(list(counts))))
        rows = [
            {"key": key, "slices": json.dumps(dict(slices)), "expires": expires[key]} for key, slices in counts.items()
        ]
        self._db.execute(insert(schema.tally), rows)

    def sweep(self, now: datetime) -> int:
        """Take away what no limit looks at any more; return how much."""
        return self._db.execute(delete(schema.tally).where(_TALLY.expires <= now)).rowcount


def _session_row(session: Session) -> dict[str, Any]:
    return {
        "fingerprint": session.fingerprint,
        "identifier": session.identifier,
        "account": session.account.text,
        "strength": int(session.strength),
        "proved": session.proved,
        "created": session.created,
        "expires": session.expires,
        "seen": session.seen,
        "source": session.source,
        "agent": session.agent,
        "device": session.device,
        "replaces_until": session.replaces_until,
    }


def _device(row: Any) -> Device:
    return Device(row.fingerprint, AccountName(row.account), row.created, row.seen, row.agent)


def _session(row: Any) -> Session:
    return Session(
        identifier=row.identifier,
        fingerprint=row.fingerprint,
        account=AccountName(row.account),
        strength=Strength(row.strength),
        proved=row.proved,
        created=row.created,
        expires=row.expires,
        seen=row.seen,
        source=row.source,
        agent=row.agent,
        device=row.device,
        replaces_until=row.replaces_until,
    )


def _ticket(row: Any) -> Ticket:
    name = AccountName(row.account) if row.account is not None else None
    return Ticket(row.fingerprint, Errand(row.errand), name, row.expires, json.loads(row.detail))
