"""What has happened to an account, in the words of its own page.

Principles: AUTHN-1.4
"""

from collections.abc import Mapping
from typing import Final

from strongroom.kernel.events import Event, Recorded

#: Every event once. `{project}`, `{version}`, `{filename}`, `{actor}` are the event's; the rest is its detail.
WORDS: Final[Mapping[Event, str]] = {
    Event.ACCOUNT_CREATED: "The account was made",
    Event.ACCOUNT_REMOVED: "The account was removed",
    Event.ACCOUNT_DISABLED: "The account was disabled",
    Event.ACCOUNT_ENABLED: "The account was enabled again",
    Event.ADMINISTRATOR_CHANGED: "Administrator rights changed",
    Event.ACCOUNT_VIEWED: "An administrator looked at the account",
    Event.EMAIL_ADDED: "E-mail address added",
    Event.EMAIL_VERIFIED: "E-mail address verified",
    Event.EMAIL_REMOVED: "E-mail address removed",
    Event.EMAIL_PRIMARY_CHANGED: "Primary e-mail address changed",
    Event.EMAIL_LAPSED: "E-mail address not trusted any more: its domain came into other hands",
    Event.PASSWORD_CHANGED: "Password changed",
    Event.PASSWORD_LEAKED: "The password was found on a public list of leaked ones",
    Event.TOTP_ADDED: "One-time codes enrolled",
    Event.TOTP_REMOVED: "One-time codes removed",
    Event.KEY_ADDED: "Key enrolled: {label}",
    Event.KEY_REMOVED: "Key removed: {label}",
    Event.KEY_CLONED: "Key refused, it may have been copied: {label}",
    Event.RECOVERY_CODES_MADE: "Recovery codes made; all older ones ended",
    Event.RECOVERY_CODE_USED: "Recovery code used",
    Event.SIGNED_IN: "Signed in",
    Event.SIGNED_IN_NEW_DEVICE: "Signed in on a new device",
    Event.SIGN_IN_REFUSED: "Sign-in refused",
    Event.SESSION_ENDED: "Session ended",
    Event.RECOVERY_REQUESTED: "Recovery of the account begun",
    Event.RECOVERY_APPROVED: "Proof given for a recovery: {way}",
    Event.RECOVERY_CANCELLED: "Recovery cancelled",
    Event.RECOVERY_COMPLETED: "The account was recovered",
    Event.VOUCHER_GIVEN: "Voucher for a security key given",
    Event.TOKEN_CREATED: "Token made: {label}",
    Event.TOKEN_REVOKED: "Token revoked: {label}",
    Event.TOKEN_LEAKED: "Leaked, and revoked: {token}",
    Event.TOKEN_EXPIRES_SOON: "Token about to expire: {label}",
    Event.TOKEN_BESIDE_PUBLISHER: "Token used though {project} has a trusted publisher: {label}",
    Event.TOKEN_MINTED: "Token minted for a build: {label}",
    Event.PUBLISHER_ADDED: "Trusted publisher of {project} added: {label}",
    Event.PUBLISHER_PINNED: "Trusted publisher of {project} used for the first time: {label}",
    Event.PUBLISHER_REMOVED: "Trusted publisher of {project} removed: {label}",
    Event.ISSUER_TRUSTED: "Issuer trusted: {label}",
    Event.ISSUER_DISTRUSTED: "Issuer no longer trusted: {label}",
    Event.SIGSTORE_TRUSTED: "Trust root of a Sigstore believed: {label}",
    Event.SIGSTORE_DISTRUSTED: "Trust root of a Sigstore no longer believed: {label}",
    Event.PROJECT_CRITICAL: "{project} is critical",
    Event.PROJECT_UNCRITICAL: "{project} is critical no more",
    Event.ROLE_GRANTED: "Role given: {account} is {role} of {project}",
    Event.ROLE_REVOKED: "Role ended: {account}, {role} of {project}",
    Event.ROLE_OFFERED: "Role offered: {account} as {role} of {project}{organisation}",
    Event.ROLE_DECLINED: "Role no longer offered: {account} as {role} of {project}{organisation}",
    Event.TEAM_ROLE_GRANTED: "Role given: team {team} is {role} of {project}",
    Event.TEAM_ROLE_REVOKED: "Role ended: team {team}, {role} of {project}",
    Event.ORGANISATION_CREATED: "Organisation made: {organisation}",
    Event.ORGANISATION_POLICY_CHANGED: "Policy of {organisation} changed",
    Event.ORGANISATION_POLICY_ASKED: "Asked that {organisation} demand less: a second owner confirms",
    Event.ORGANISATION_POLICY_KEPT: "Policy of {organisation} stays as it is",
    Event.MEMBER_ADDED: "In an organisation: {account} is {role} of {organisation}",
    Event.MEMBER_CHANGED: "In an organisation: {account} is now {role} of {organisation}",
    Event.MEMBER_REMOVED: "In an organisation no more: {account}, {organisation}",
    Event.TEAM_CHANGED: "Team changed: {team} {organisation}",
    Event.PROJECT_POLICY_CHANGED: "Policy of {project} changed",
    Event.PROJECT_POLICY_ASKED: "Asked that {project} demand less: a second person confirms",
    Event.PROJECT_POLICY_KEPT: "Policy of {project} stays as it is",
    Event.PROVENANCE_FORGOTTEN: "Attestations of {project} no longer demanded because earlier files had them",
    Event.PROJECT_VISIBILITY_CHANGED: "Who may read {project} changed",
    Event.PROJECT_TRANSFERRED: "Project handed over: {project}",
    Event.FILE_HELD: "File waits for a second person: {filename}",
    Event.FILE_DECLINED: "File declined: {filename}",
    Event.PROJECT_CREATED: "Project made: {project}",
    Event.PROJECT_STATUS_CHANGED: "Status of {project} changed",
    Event.PROJECT_REMOVED: "Project removed: {project}",
    Event.RELEASE_CREATED: "Release made: {project} {version}",
    Event.RELEASE_YANKED: "Release yanked: {project} {version}",
    Event.RELEASE_UNYANKED: "Release no longer yanked: {project} {version}",
    Event.RELEASE_REMOVED: "Release removed: {project} {version}",
    Event.PROVENANCE_CHANGED: "Built otherwise than the version before: {project} {version}",
    Event.FILE_PUBLISHED: "File published: {filename}",
    Event.FILE_YANKED: "File yanked: {filename}",
    Event.FILE_UNYANKED: "File no longer yanked: {filename}",
    Event.FILE_REMOVED: "File removed: {filename}",
}


#: What happened to a team, by the event's `change`.
_TEAMS: Final = {
    "made": "Team made: {team} of {organisation}",
    "removed": "Team removed: {team} of {organisation}",
    "joined": "In a team: {account} is in {team} of {organisation}",
    "left": "In a team no more: {account}, {team} of {organisation}",
}


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def happened(recorded: Recorded) -> str:
    """Return what happened, in words: `Key enrolled: YubiKey 5C`, `Signed in`."""
    what = recorded.what
    known = _Known({name: str(value) for name, value in what.detail.items()})
    known |= {"project": what.project, "version": what.version, "filename": what.filename, "actor": what.actor}
    words = _TEAMS.get(known.get("change", ""), "") if what.event is Event.TEAM_CHANGED else ""
    return (words or WORDS[what.event]).format_map(known).strip().removesuffix(":")


def seen(recorded: Recorded) -> tuple[str, str]:
    """Return the address that an event came from and what the client said it is; each "" where it is not known."""
    detail = recorded.what.detail
    return str(detail.get("source", "")), str(detail.get("device", ""))
