"""Everything that can happen, in one list, and the shape in which it is kept for ever.

Principles: GEN-3.2
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """Every change of state has a name here; the name is part of the public log and never changes."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_REMOVED = "account.removed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ADMINISTRATOR_CHANGED = "account.administrator.changed"
    ACCOUNT_VIEWED = "account.viewed"
    EMAIL_ADDED = "account.email.added"
    EMAIL_VERIFIED = "account.email.verified"
    EMAIL_REMOVED = "account.email.removed"
    EMAIL_PRIMARY_CHANGED = "account.email.primary-changed"
    EMAIL_LAPSED = "account.email.lapsed"
    PASSWORD_CHANGED = "account.password.changed"  # noqa: S105 (an event's name)
    PASSWORD_LEAKED = "account.password.leaked"  # noqa: S105
    TOTP_ADDED = "account.totp.added"
    TOTP_REMOVED = "account.totp.removed"
    KEY_ADDED = "account.key.added"
    KEY_REMOVED = "account.key.removed"
    KEY_CLONED = "account.key.cloned"
    RECOVERY_CODES_MADE = "account.recovery-codes.made"
    RECOVERY_CODE_USED = "account.recovery-code.used"
    SIGNED_IN = "account.signed-in"
    SIGNED_IN_NEW_DEVICE = "account.signed-in.new-device"
    SIGN_IN_REFUSED = "account.sign-in.refused"
    SESSION_ENDED = "account.session.ended"
    RECOVERY_REQUESTED = "account.recovery.requested"
    RECOVERY_APPROVED = "account.recovery.approved"
    RECOVERY_CANCELLED = "account.recovery.cancelled"
    RECOVERY_COMPLETED = "account.recovery.completed"
    VOUCHER_GIVEN = "account.voucher.given"
    TOKEN_CREATED = "token.created"  # noqa: S105 (an event's name)
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    TOKEN_LEAKED = "token.leaked"  # noqa: S105
    TOKEN_EXPIRES_SOON = "token.expires-soon"  # noqa: S105
    TOKEN_BESIDE_PUBLISHER = "token.beside-publisher"  # noqa: S105
    TOKEN_MINTED = "token.minted"  # noqa: S105
    PUBLISHER_ADDED = "publisher.added"
    PUBLISHER_PINNED = "publisher.pinned"
    PUBLISHER_REMOVED = "publisher.removed"
    ISSUER_TRUSTED = "issuer.trusted"
    ISSUER_DISTRUSTED = "issuer.distrusted"
    SIGSTORE_TRUSTED = "sigstore.trusted"
    SIGSTORE_DISTRUSTED = "sigstore.distrusted"
    PROJECT_CRITICAL = "project.critical"
    PROJECT_UNCRITICAL = "project.uncritical"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    ROLE_OFFERED = "role.offered"
    ROLE_DECLINED = "role.declined"
    TEAM_ROLE_GRANTED = "role.team.granted"
    TEAM_ROLE_REVOKED = "role.team.revoked"
    ORGANISATION_CREATED = "organisation.created"
    ORGANISATION_POLICY_CHANGED = "organisation.policy.changed"
    ORGANISATION_POLICY_ASKED = "organisation.policy.asked"
    ORGANISATION_POLICY_KEPT = "organisation.policy.kept"
    MEMBER_ADDED = "organisation.member.added"
    MEMBER_CHANGED = "organisation.member.changed"
    MEMBER_REMOVED = "organisation.member.removed"
    TEAM_CHANGED = "organisation.team.changed"
    PROJECT_CREATED = "project.created"
    PROJECT_STATUS_CHANGED = "project.status.changed"
    PROJECT_REMOVED = "project.removed"
    PROJECT_POLICY_CHANGED = "project.policy.changed"
    PROJECT_POLICY_ASKED = "project.policy.asked"
    PROJECT_POLICY_KEPT = "project.policy.kept"
    PROJECT_VISIBILITY_CHANGED = "project.visibility.changed"
    PROJECT_TRANSFERRED = "project.transferred"
    RELEASE_CREATED = "release.created"
    RELEASE_YANKED = "release.yanked"
    RELEASE_UNYANKED = "release.unyanked"
    RELEASE_REMOVED = "release.removed"
    PROVENANCE_FORGOTTEN = "project.provenance.forgotten"
    PROVENANCE_CHANGED = "release.provenance.changed"
    FILE_HELD = "file.held"
    FILE_DECLINED = "file.declined"
    FILE_PUBLISHED = "file.published"
    FILE_YANKED = "file.yanked"
    FILE_UNYANKED = "file.unyanked"
    FILE_REMOVED = "file.removed"

    @property
    def changes_index(self) -> bool:
        """Whether a page that clients read differs after this event."""
        return self.value.startswith(("project.", "release.", "file.", "role."))


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. A subject that does not apply is empty; `detail` is JSON-able and holds no secret."""

    event: Event
    actor: str
    project: str = ""
    version: str = ""
    filename: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A happening as the log holds it: its place in the one order of all things, and when."""

    serial: int
    time: datetime
    what: Happening
