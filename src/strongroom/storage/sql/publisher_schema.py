"""The tables of trusted publishers: who they are, what they have spent, and which further issuers are trusted.

Principles: AUTHZ-3.1
"""

from sqlalchemy import Column, Index, Table, Text

from strongroom.storage.sql.tables import Time, metadata

trusted_publisher = Table(
    "trusted_publisher",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    # By what it is found, together with its issuer: the same path at two issuers is two publishers.
    Column("subject", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("pinned", Text, nullable=False),
    # No reference: the project of a pending one is not there yet.
    Column("ecosystem", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("account", Text, nullable=False, index=True),
    Column("created", Time, nullable=False),
    Column("expires", Time, index=True),
    Column("last_used", Time),
    Index("ix_trusted_publisher_issuer_subject", "issuer", "subject"),
    Index("ix_trusted_publisher_project_ecosystem", "project", "ecosystem"),
)

spent_identity = Table(
    "spent_identity",
    metadata,
    # The primary key is what makes an identity token good once, however many come at the same moment.
    Column("digest", Text, primary_key=True),
    Column("until", Time, nullable=False, index=True),
)

trusted_issuer = Table(
    "trusted_issuer",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("provider", Text, nullable=False),
)
