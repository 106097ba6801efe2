"""Provenance: what was verified of files' attestations.

Principles: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "provenance",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("predicate_types", sa.Text(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("verified", sa.Text(), nullable=False),
        sa.Column("trust_root", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_provenance_file_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_provenance_project_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_provenance")),
    )
    op.create_index(op.f("ix_provenance_project_id"), "provenance", ["project_id"])
