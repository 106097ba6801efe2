"""The table of provenance: what was verified of a file's attestations.

Principles: AUTHZ-3.3
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from strongroom.storage.sql.tables import Time, metadata

provenance = Table(
    "provenance",
    metadata,
    # A removed file keeps its row, and its provenance: what a project once had is demanded after.
    Column("file_id", Integer, ForeignKey("file.id"), primary_key=True, autoincrement=False),
    Column("project_id", Integer, ForeignKey("project.id"), nullable=False, index=True),
    # The provenance object that clients are served (PEP 740), as JSON.
    Column("document", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("predicate_types", Text, nullable=False),
    Column("claims", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("verified", Time, nullable=False),
    Column("trust_root", Text, nullable=False),
)
