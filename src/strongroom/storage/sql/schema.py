"""The tables. `migrations/` makes them; a test holds the two together.

Times are stored as text, RFC 3339 in UTC with microseconds, so that both databases keep and order them alike.

Principles: GEN-2.1, GEN-3.2
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator


class Time(TypeDecorator[datetime]):
    """A moment in UTC, kept as `2026-11-21T09:30:00.000000Z`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text to keep."""
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment that was kept."""
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("email_verified", Boolean, nullable=False),
    Column("is_administrator", Boolean, nullable=False),
    Column("created", Time, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", Text, nullable=False),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("expires", Time, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("rights", Text, nullable=False),
    Column("projects", Text),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False),
    Column("revoked", Time),
    Column("last_used", Time),
)

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
    UniqueConstraint("ecosystem", "name"),
)

role = Table(
    "role",
    metadata,
    Column("account", Text, ForeignKey("account.name"), primary_key=True),
    Column("project_id", Integer, ForeignKey("project.id"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
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
