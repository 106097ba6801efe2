"""Trusted publishers, what identity tokens were spent, and which further issuers are trusted.

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
    told = ("identifier", "provider", "issuer", "subject", "fields", "pinned", "ecosystem", "project", "account")
    op.create_table(
        "trusted_publisher",
        *(_text(name) for name in told),
        _text("created"),
        _text("expires", nullable=True),
        _text("last_used", nullable=True),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_trusted_publisher")),
    )
    op.create_table(
        "spent_identity",
        *(_text(name) for name in ("digest", "until")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_identity")),
    )
    op.create_table(
        "trusted_issuer",
        *(_text(name) for name in ("issuer", "provider")),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_trusted_issuer")),
    )
    _index("trusted_publisher", "account")
    _index("trusted_publisher", "expires")
    _index("trusted_publisher", "issuer", "subject")
    _index("trusted_publisher", "project", "ecosystem")
    _index("spent_identity", "until")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
