"""The tables of people: accounts, addresses, factors, sessions, and what is mailed to them.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-1.5, AUTHN-2.1
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from strongroom.storage.sql.tables import Time, metadata

account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("email", Text, nullable=False, index=True),
    Column("email_verified", Boolean, nullable=False),
    Column("is_administrator", Boolean, nullable=False),
    Column("created", Time, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", Text, nullable=False),
    # The last time step that was accepted: none at or before it is again (RFC 6238, 5.2).
    Column("totp_counter", BigInteger, nullable=False),
    # How many authenticators there are, kept here so that an upload reads one row.
    Column("keys", Integer, nullable=False),
    Column("handle", Text, nullable=False, unique=True),
    Column("skeleton", Text, nullable=False, index=True),
    Column("must_change_password", Boolean, nullable=False),
    Column("had_factor", Boolean, nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("read_only_until", Time),
    # What the organisation's provider vouches for, and until when: a person who left vouches for nothing.
    Column("vouched", Integer, nullable=False),
    Column("vouched_until", Time),
    # A set of recovery codes counts once one of it has been tried.
    Column("recovery_ready", Boolean, nullable=False),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("expires", Time, nullable=False),
)

address = Table(
    "address",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    # In small letters. Not unique: whoever has not verified it keeps nobody else from doing so.
    Column("folded", Text, nullable=False, index=True),
    Column("is_primary", Boolean, nullable=False),
    Column("verified", Time),
    Column("standing", Text, nullable=False),
    Column("checked", Time),
    Column("removed", Time),
)

authenticator = Table(
    "authenticator",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("transports", Text, nullable=False),
    Column("is_synced", Boolean, nullable=False),
    Column("created", Time, nullable=False),
    Column("last_used", Time),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("created", Time, nullable=False),
    Column("used", Time),
)

session = Table(
    "session",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("identifier", Text, nullable=False, unique=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("strength", Integer, nullable=False),
    Column("proved", Time, nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False, index=True),
    Column("seen", Time, nullable=False),
    Column("source", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("replaces_until", Time, nullable=True),
)

device = Table(
    "device",
    metadata,
    Column("account", Text, ForeignKey("account.name"), primary_key=True),
    Column("fingerprint", Text, primary_key=True, index=True),
    Column("created", Time, nullable=False),
    Column("seen", Time, nullable=False, index=True),
    Column("agent", Text, nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("errand", Text, nullable=False),
    Column("account", Text, index=True),
    Column("detail", Text, nullable=False),
    Column("expires", Time, nullable=False, index=True),
)

tally = Table(
    "tally",
    metadata,
    Column("key", Text, primary_key=True),
    Column("slices", Text, nullable=False),
    Column("expires", Time, nullable=False, index=True),
)

letter = Table(
    "letter",
    metadata,
    Column("id", Integer, primary_key=True),
    # What it was made of, so that it is made once: the serial of an event and the address, or a chance number.
    Column("key", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("created", Time, nullable=False),
    Column("due", Time, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text, nullable=False),
)

recovery = Table(
    "recovery",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("requested", Time, nullable=False),
    Column("ready", Time),
    Column("proofs", Text, nullable=False),
    Column("approvals", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Who may vouch, and how many must, as it was at the beginning; and the second address that was a proof.
    Column("electors", Text, nullable=False),
    Column("quorum", Integer, nullable=False),
    Column("second", Integer, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    # A person at an organisation's provider (OpenID Connect Core, 2: iss and sub name one end user).
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("groups", Text, nullable=False),
    Column("seen", Time, nullable=False),
)

voucher = Table(
    "voucher",
    metadata,
    Column("code", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), index=True),
    Column("given", Time),
)

token = Table(
    "token",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    # None: it was minted for a trusted publisher, and stands for nobody's account.
    Column("account", Text, ForeignKey("account.name"), index=True),
    Column("rights", Text, nullable=False),
    Column("projects", Text),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False),
    Column("revoked", Time),
    Column("last_used", Time),
    # How strongly its owner had proved who they are when it was made.
    Column("strength", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("warned", Boolean, nullable=False),
    Column("prefixes", Text, nullable=False),
    Column("networks", Text, nullable=False),
    # The token that it was derived from, the publisher that it was minted for; no foreign keys: it outlives both.
    Column("parent", Text, nullable=False, index=True),
    Column("publisher", Text, nullable=False, index=True),
    Column("project_owner", Text, ForeignKey("account.name")),
    # Who started the build that it was minted for, as its issuer calls them.
    Column("started_by", Text),
)
