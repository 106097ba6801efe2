"""Roles, organisations, teams, invitations, policies; tokens by prefix and network; publishers and provenance.

Principles: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _add_organisations()
    _widen_projects()
    _widen_roles()
    _widen_tokens()
    _add_waiting()
    _add_publishers()
    _add_provenance()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _add_organisations() -> None:
    op.create_table(
        "organisation",
        *(_text(name) for name in ("name", "title", "policy", "created")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_organisation")),
    )
    op.create_table(
        "membership",
        *(_text(name) for name in ("organisation", "account", "role")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.name"], name=op.f("fk_membership_organisation")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_membership_account")),
        sa.PrimaryKeyConstraint("organisation", "account", name=op.f("pk_membership")),
    )
    op.create_table(
        "team",
        *(_text(name) for name in ("organisation", "name", "created")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.name"], name=op.f("fk_team_organisation")),
        sa.PrimaryKeyConstraint("organisation", "name", name=op.f("pk_team")),
    )
    of_team = (["organisation", "team"], ["team.organisation", "team.name"])
    op.create_table(
        "team_member",
        *(_text(name) for name in ("organisation", "team", "account")),
        sa.ForeignKeyConstraint(*of_team, name=op.f("fk_team_member_team")),
        sa.ForeignKeyConstraint(
            ["organisation", "account"],
            ["membership.organisation", "membership.account"],
            name=op.f("fk_team_member_account"),
        ),
        sa.PrimaryKeyConstraint("organisation", "team", "account", name=op.f("pk_team_member")),
    )
    op.create_table(
        "team_role",
        *(_text(name) for name in ("organisation", "team")),
        sa.Column("project_id", sa.Integer(), nullable=False),
        _text("role"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_team_role_project_id")),
        sa.ForeignKeyConstraint(*of_team, name=op.f("fk_team_role_team")),
        sa.PrimaryKeyConstraint("organisation", "team", "project_id", "role", name=op.f("pk_team_role")),
    )
    _index("membership", "account")
    _index("team_member", "account")
    _index("team_role", "project_id")


def _widen_projects() -> None:
    with op.batch_alter_table("project") as table:
        table.add_column(_text("organisation", nullable=True))
        table.add_column(sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("policy", sa.Text(), nullable=False, server_default=""))
        table.create_foreign_key(op.f("fk_project_organisation"), "organisation", ["organisation"], ["name"])
    with op.batch_alter_table("project") as table:
        table.alter_column("is_private", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
        table.alter_column("policy", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    _index("project", "organisation")


def _widen_roles() -> None:
    with op.batch_alter_table("role") as table:
        table.drop_constraint("pk_role", type_="primary")
        table.create_primary_key(op.f("pk_role"), ["account", "project_id", "role"])


def _widen_tokens() -> None:
    added = ("prefixes", "networks", "parent", "publisher")
    with op.batch_alter_table("token") as table:
        table.alter_column("account", existing_type=sa.Text(), nullable=True)
        for name in added:
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        table.add_column(_text("project_owner", nullable=True))
        table.create_foreign_key(op.f("fk_token_project_owner"), "account", ["project_owner"], ["name"])
    with op.batch_alter_table("token") as table:
        for name in added:
            table.alter_column(name, existing_type=sa.Text(), existing_nullable=False, server_default=None)
    _index("token", "parent", "publisher")


def _add_waiting() -> None:
    op.create_table(
        "invitation",
        *(_text(name) for name in ("identifier", "account", "project", "organisation")),
        *(_text(name) for name in ("role", "by", "created", "expires")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_invitation_account")),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_invitation")),
    )
    op.create_table(
        "held",
        *(_text(name) for name in ("filename", "project", "version", "claims")),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("sha256", "blake2b_256", "md5", "metadata_sha256")),
        *(_text(name) for name in ("uploader", "token", "uploaded", "expires")),
        sa.PrimaryKeyConstraint("filename", name=op.f("pk_held")),
    )
    _index("invitation", "account", "project", "organisation")
    _index("held", "project", "expires")


def _add_publishers() -> None:
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
    _index("trusted_publisher", "account", "expires")
    for columns in (["issuer", "subject"], ["project", "ecosystem"]):
        op.create_index(op.f(f"ix_trusted_publisher_{'_'.join(columns)}"), "trusted_publisher", columns)
    _index("spent_identity", "until")


def _add_provenance() -> None:
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


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
