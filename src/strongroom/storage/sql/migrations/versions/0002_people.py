"""People: addresses, factors, sessions, limits, letters, recovery; and what is critical.

Principles: none
"""

import json
import re
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _widen_accounts()
    _widen_tokens()
    _add_addresses()
    _add_factors()
    _add_sessions()
    _add_recovery()
    _add_criticality()
    _add_subjects()
    _fill()


def _widen_accounts() -> None:
    with op.batch_alter_table("account") as table:
        table.drop_constraint("uq_account_email", type_="unique")
        for column in (
            sa.Column("totp_counter", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("keys", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("handle", sa.Text(), nullable=False, server_default=""),
            sa.Column("skeleton", sa.Text(), nullable=False, server_default=""),
            sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("had_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("is_disabled", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("read_only_until", sa.Text(), nullable=True),
            sa.Column("vouched", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("vouched_until", sa.Text(), nullable=True),
            sa.Column("recovery_ready", sa.Boolean(), nullable=False, server_default=sa.false()),
        ):
            table.add_column(column)


def _widen_tokens() -> None:
    with op.batch_alter_table("token") as table:
        # Every token so far was handed out by the operator, or with the first administrator's second factor.
        table.add_column(sa.Column("strength", sa.Integer(), nullable=False, server_default="3"))
        table.add_column(sa.Column("label", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("warned", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("token") as table:
        for name, kind in (("strength", sa.Integer()), ("label", sa.Text()), ("warned", sa.Boolean())):
            table.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


def _add_addresses() -> None:
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=True),
        sa.Column("removed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_address_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    _index("address", "account", "folded")
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
    )
    _index("letter", "due")


def _add_factors() -> None:
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("last_used", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_authenticator_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_recovery_code_account")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_identity_account")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity")),
    )
    op.create_table(
        "voucher",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("given", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_voucher_account")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_voucher")),
    )
    for name in ("authenticator", "recovery_code", "identity", "voucher"):
        _index(name, "account")


def _add_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("proved", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("replaces_until", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_session_account")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_session")),
        sa.UniqueConstraint("identifier", name=op.f("uq_session_identifier")),
    )
    op.create_table(
        "device",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_device_account")),
        sa.PrimaryKeyConstraint("account", "fingerprint", name=op.f("pk_device")),
    )
    op.create_table(
        "ticket",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("errand", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_ticket")),
    )
    op.create_table(
        "tally",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("slices", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally")),
    )
    _index("session", "account", "expires")
    _index("device", "seen")
    _index("ticket", "account", "expires")
    _index("tally", "expires")


def _add_recovery() -> None:
    op.create_table(
        "recovery",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("requested", sa.Text(), nullable=False),
        sa.Column("ready", sa.Text(), nullable=True),
        sa.Column("proofs", sa.Text(), nullable=False),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("electors", sa.Text(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_recovery_account")),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_recovery")),
    )
    _index("recovery", "account")


def _add_criticality() -> None:
    op.create_table(
        "critical",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("designated", sa.Text(), nullable=False),
        sa.Column("enforced", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_critical_project_id")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_critical")),
    )
    op.create_table(
        "download",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_download_project_id")),
        sa.PrimaryKeyConstraint("project_id", "day", name=op.f("pk_download")),
    )
    op.create_index("ix_download_day", "download", ["day"])


def _add_subjects() -> None:
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("account", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("event") as table:
        table.alter_column("account", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    event = sa.table("event", *(sa.column(name) for name in ("serial", "event", "detail", "account")))
    concerned = sa.select(event.c.serial, event.c.detail).where(
        event.c.event.startswith("account.") | event.c.event.startswith("token.") | event.c.event.startswith("role.")
    )
    connection = op.get_bind()
    for row in connection.execute(concerned).all():
        name = json.loads(row.detail).get("account", "")
        connection.execute(sa.update(event).where(event.c.serial == row.serial).values(account=str(name)))
    some = event.c.account != ""
    op.create_index("ix_event_account", "event", ["account", "serial"], sqlite_where=some, postgresql_where=some)


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _fill() -> None:
    """Give every account that is there what it needs from now on."""
    connection = op.get_bind()
    account = sa.table(
        "account", *(sa.column(name) for name in ("name", "email", "email_verified", "created", "totp_secret")),
        *(sa.column(name) for name in ("handle", "skeleton", "had_factor")),
    )  # fmt: skip
    address = sa.table(
        "address", *(sa.column(name) for name in ("account", "address", "folded", "is_primary", "verified")),
        sa.column("standing"),
    )  # fmt: skip
    for row in connection.execute(sa.select(account)).all():
        text = re.sub(r"[._-]", "", row.name)
        folded = text.replace("rn", "m").replace("vv", "w").replace("cl", "d")
        connection.execute(
            sa.update(account)
            .where(account.c.name == row.name)
            .values(
                handle=secrets.token_urlsafe(32),  # noqa: TID251 (once, for each account that has none)
                skeleton=folded.translate(str.maketrans("lio5", "110s")),
                had_factor=bool(row.totp_secret),
            )
        )
        if not row.email.startswith("removed:"):
            connection.execute(
                sa.insert(address).values(
                    account=row.name, address=row.email, folded=row.email.lower(), is_primary=True,
                    verified=row.created if row.email_verified else None, standing="",
                )
            )  # fmt: skip
    with op.batch_alter_table("account") as table:
        for name, kind in (
            ("totp_counter", sa.BigInteger()), ("keys", sa.Integer()), ("handle", sa.Text()), ("skeleton", sa.Text()),
            ("must_change_password", sa.Boolean()), ("had_factor", sa.Boolean()), ("is_disabled", sa.Boolean()),
            ("recovery_ready", sa.Boolean()),
            ("vouched", sa.Integer()),
        ):  # fmt: skip
            table.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
        table.create_unique_constraint(op.f("uq_account_handle"), ["handle"])
    _index("account", "email", "skeleton")
