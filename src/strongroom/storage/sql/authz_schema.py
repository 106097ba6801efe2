"""The tables of organisations, teams and invitations, and of what waits for a second person: uploads, policies.

Principles: AUTHZ-2.1
"""

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Integer, Table, Text, UniqueConstraint

from strongroom.storage.sql.tables import Time, metadata

organisation = Table(
    "organisation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("created", Time, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.name"), primary_key=True),
    Column("account", Text, ForeignKey("account.name"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
)

team = Table(
    "team",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.name"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("created", Time, nullable=False),
)

team_member = Table(
    "team_member",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("account", Text, primary_key=True, index=True),
    ForeignKeyConstraint(["organisation", "team"], ["team.organisation", "team.name"], name="fk_team_member_team"),
    # Nobody is in a team of an organisation without being in the organisation.
    ForeignKeyConstraint(
        ["organisation", "account"], ["membership.organisation", "membership.account"], name="fk_team_member_account"
    ),
)

team_role = Table(
    "team_role",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("project_id", Integer, ForeignKey("project.id"), primary_key=True, index=True),
    Column("role", Text, primary_key=True),
    ForeignKeyConstraint(["organisation", "team"], ["team.organisation", "team.name"], name="fk_team_role_team"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    # One of the two: a project ("ecosystem:name") or an organisation, and the role in it that is offered.
    Column("project", Text, nullable=False, index=True),
    Column("organisation", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False),
)

held = Table(
    "held",
    metadata,
    # A file that was uploaded and waits for a second person; its blobs are kept.
    Column("filename", Text, primary_key=True),
    Column("project", Text, nullable=False, index=True),
    Column("version", Text, nullable=False),
    Column("claims", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("blake2b_256", Text, nullable=False),
    Column("md5", Text, nullable=False),
    Column("metadata_sha256", Text, nullable=False),
    Column("uploader", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("uploaded", Time, nullable=False),
    Column("expires", Time, nullable=False, index=True),
    # Who started the build that sent it, as its issuer calls them; none where no build did, or it does not say.
    Column("started_by", Text),
)

policy_ask = Table(
    "policy_ask",
    metadata,
    # What somebody wants a project ("ecosystem:name") or an organisation (its name) to demand no more.
    Column("place", Text, primary_key=True),
    Column("identifier", Text, nullable=False),
    Column("lifted", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("asked", Time, nullable=False),
    Column("expires", Time, nullable=False, index=True),
    UniqueConstraint("identifier"),
)
