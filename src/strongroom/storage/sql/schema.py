"""The tables. `migrations/` makes them; a test holds the two together.

Principles: GEN-2.1, GEN-3.2
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from strongroom.storage.sql.authz_schema import (
    held,
    invitation,
    membership,
    organisation,
    policy_ask,
    team,
    team_member,
    team_role,
)
from strongroom.storage.sql.people_schema import (
    account,
    address,
    authenticator,
    device,
    enrolment,
    identity,
    letter,
    recovery,
    recovery_code,
    session,
    tally,
    ticket,
    token,
    voucher,
)
from strongroom.storage.sql.tables import Time, metadata

__all__ = [
    "account",
    "address",
    "authenticator",
    "change",
    "counter",
    "critical",
    "cursor",
    "device",
    "download",
    "enrolment",
    "event",
    "file",
    "held",
    "identity",
    "invitation",
    "letter",
    "membership",
    "metadata",
    "organisation",
    "policy_ask",
    "project",
    "recovery",
    "recovery_code",
    "release",
    "role",
    "session",
    "tally",
    "team",
    "team_member",
    "team_role",
    "ticket",
    "token",
    "voucher",
]

project = Table(
    "project",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("latest", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("files", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created", Time, nullable=False),
    Column("updated", Time, nullable=False, index=True),
    Column("organisation", Text, ForeignKey("organisation.name"), index=True),
    Column("is_private", Boolean, nullable=False),
    # What it demands of every upload, word by word.
    Column("policy", Text, nullable=False),
    # Attestations that came before are no reason any more to demand them.
    Column("provenance_forgotten", Time),
    UniqueConstraint("ecosystem", "name"),
)

role = Table(
    "role",
    metadata,
    Column("account", Text, ForeignKey("account.name"), primary_key=True),
    Column("project_id", Integer, ForeignKey("project.id"), primary_key=True, index=True),
    # Somebody may have several roles, each its own row.
    Column("role", Text, primary_key=True),
)

release = Table(
    "release",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", Integer, ForeignKey("project.id"), nullable=False),
    Column("version", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("is_prerelease", Boolean, nullable=False),
    Column("created", Time, nullable=False),
    Column("yanked", Text),
    # A removed version keeps its row for ever: nothing is published under it again (GEN-2.1 b).
    Column("closed", Boolean, nullable=False),
    UniqueConstraint("project_id", "identity"),
)

file = Table(
    "file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("release_id", Integer, ForeignKey("release.id"), nullable=False, index=True),
    # The slot is used once, by one digest, for ever: a removed file keeps its row (GEN-2.1 a, b).
    Column("slot", Text, nullable=False, unique=True),
    Column("filename", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("blake2b_256", Text, nullable=False),
    Column("md5", Text, nullable=False),
    Column("metadata_sha256", Text, nullable=False),
    Column("requires_python", Text),
    Column("uploaded", Time, nullable=False),
    Column("uploader", Text, nullable=False),
    Column("yanked", Text),
    Column("removed", Boolean, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

event = Table(
    "event",
    metadata,
    # No foreign key: an event outlives what it speaks of.
    Column("serial", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("time", Time, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # The account that it concerns, "" when it concerns none.
    Column("account", Text, nullable=False),
)

Index(
    "ix_event_account",
    event.c.account,
    event.c.serial,
    sqlite_where=event.c.account != "",
    postgresql_where=event.c.account != "",
)

cursor = Table(
    "cursor",
    metadata,
    Column("projector", Text, primary_key=True),
    Column("serial", BigInteger, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("serial", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("time", Time, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("action", Text, nullable=False),
)

Index("ix_change_action", change.c.action, change.c.serial)

critical = Table(
    "critical",
    metadata,
    Column("project_id", Integer, ForeignKey("project.id"), primary_key=True),
    # Why: by the operator's word, by downloads, by dependents. `enforced` is 30 days later, or when the operator says.
    Column("reason", Text, nullable=False),
    Column("designated", Time, nullable=False),
    Column("enforced", Time, nullable=False),
)

download = Table(
    "download",
    metadata,
    Column("project_id", Integer, ForeignKey("project.id"), primary_key=True),
    Column("day", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

Index("ix_download_day", download.c.day)
