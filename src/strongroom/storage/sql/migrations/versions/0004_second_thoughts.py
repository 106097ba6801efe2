"""Policies that wait to be lowered; who started a build; since when earlier provenance demands none.

Principles: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    told = ("place", "identifier", "lifted", "by", "asked", "expires")
    op.create_table(
        "policy_ask",
        *(sa.Column(name, sa.Text(), nullable=False) for name in told),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_policy_ask")),
        sa.UniqueConstraint("identifier", name=op.f("uq_policy_ask_identifier")),
    )
    op.create_index(op.f("ix_policy_ask_expires"), "policy_ask", ["expires"])
    # Whoever reports a leak has no account at hand: without it each report would read every device.
    op.create_index(op.f("ix_device_fingerprint"), "device", ["fingerprint"])
    # Columns that may be empty: no table is written anew for them, however long it is.
    op.add_column("held", sa.Column("started_by", sa.Text(), nullable=True))
    op.add_column("token", sa.Column("started_by", sa.Text(), nullable=True))
    op.add_column("project", sa.Column("provenance_forgotten", sa.Text(), nullable=True))
