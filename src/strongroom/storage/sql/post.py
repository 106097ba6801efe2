"""Letters and recoveries in SQL.

Principles: AUTHN-1.2, AUTHN-1.4
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from strongroom.authn.accounts import AccountName
from strongroom.authn.post import Queued
from strongroom.authn.recovery import ProofKind, Recovery, RecoveryState
from strongroom.storage.sql import schema

_LETTER = schema.letter.c
_RECOVERY = schema.recovery.c

#: A letter that was given up is never due again; it is kept for its failure, not for what it said.
_NEVER: Final = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


class SqlLetterBox:
    """The `LetterBox` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_letter(self, letter: Queued) -> None:
        """Put a letter into the queue; no effect when one with its key was there."""
        if self._db.execute(select(_LETTER.id).where(_LETTER.key == letter.key)).first() is not None:
            return
        self._db.execute(
            insert(schema.letter).values(
                key=letter.key,
                recipient=letter.to,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                created=letter.created,
                due=letter.created,
                attempts=0,
                problem="",
            )
        )

    def take_letters(self, now: datetime, until: datetime, limit: int) -> Sequence[Queued]:
        """Return letters whose time has come, oldest first, and put them off: nobody else takes them until `until`."""
        query = select(schema.letter).where(_LETTER.due <= now).order_by(_LETTER.due, _LETTER.id).limit(limit)
        found = [_queued(row) for row in self._db.execute(query)]
        taken = _LETTER.id.in_([letter.identifier for letter in found])
        self._db.execute(update(schema.letter).where(taken).values(due=until))
        return found

    def drop_letter(self, identifier: int) -> None:
        """Take a letter out of the queue: it was sent."""
        self._db.execute(delete(schema.letter).where(_LETTER.id == identifier))

    def postpone_letter(self, identifier: int, until: datetime | None, problem: str) -> None:
        """Remember a failure; `until` None gives the letter up: what it said is forgotten, its failure is kept."""
        changed: dict[str, Any] = {"attempts": _LETTER.attempts + 1, "problem": problem, "due": until or _NEVER}
        if until is None:
            changed |= {"text": "", "html": ""}
        self._db.execute(update(schema.letter).where(_LETTER.id == identifier).values(**changed))

    def waiting(self, now: datetime) -> int:
        """Return how many letters are due."""
        count = select(func.count()).select_from(schema.letter)
        return int(self._db.execute(count.where(_LETTER.due <= now)).scalar_one())

    def queue(self) -> tuple[int, int]:
        """Return how many letters wait, and how many were given up."""
        count = select(func.count()).select_from(schema.letter)
        waiting = self._db.execute(count.where(_LETTER.due < _NEVER)).scalar_one()
        return waiting, self._db.execute(count.where(_LETTER.due >= _NEVER)).scalar_one()


class SqlRecoveryBook:
    """The `RecoveryBook` inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def recovery(self, identifier: str) -> Recovery | None:
        """Return a recovery, or None."""
        row = self._db.execute(select(schema.recovery).where(_RECOVERY.identifier == identifier)).one_or_none()
        return _recovery(row) if row else None

    def open_recovery_of(self, name: AccountName) -> Recovery | None:
        """Return the recovery of an account that is under way, or None."""
        query = select(schema.recovery).where(_RECOVERY.account == name.text, _RECOVERY.state == RecoveryState.OPEN)
        row = self._db.execute(query.order_by(_RECOVERY.requested.desc()).limit(1)).one_or_none()
        return _recovery(row) if row else None

    def open_recoveries(self) -> Sequence[Recovery]:
        """Return every recovery that is under way, oldest first."""
        query = select(schema.recovery).where(_RECOVERY.state == RecoveryState.OPEN).order_by(_RECOVERY.requested)
        return [_recovery(row) for row in self._db.execute(query)]

    def keep_recovery(self, recovery: Recovery) -> None:
        """Keep a recovery, new or changed."""
        self._db.execute(delete(schema.recovery).where(_RECOVERY.identifier == recovery.identifier))
        self._db.execute(
            insert(schema.recovery).values(
                identifier=recovery.identifier,
                account=recovery.account.text,
                requested=recovery.requested,
                ready=recovery.ready,
                proofs=" ".join(sorted(recovery.proofs)),
                approvals=" ".join(sorted(recovery.approvals)),
                source=recovery.source,
                state=recovery.state.value,
                electors=" ".join(sorted(recovery.electors)),
                quorum=recovery.quorum,
                second=recovery.second,
            )
        )


def _queued(row: Any) -> Queued:
    return Queued(
        row.key, row.recipient, row.subject, row.text, row.html, row.created, row.id, row.attempts, row.problem, row.due
    )  # fmt: skip


def _recovery(row: Any) -> Recovery:
    return Recovery(
        identifier=row.identifier,
        account=AccountName(row.account),
        requested=row.requested,
        ready=row.ready,
        proofs=frozenset(ProofKind(each) for each in row.proofs.split()),
        approvals=frozenset(row.approvals.split()),
        source=row.source,
        state=RecoveryState(row.state),
        electors=frozenset(row.electors.split()),
        quorum=row.quorum,
        second=row.second,
    )
