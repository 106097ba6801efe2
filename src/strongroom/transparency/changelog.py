"""The public changelog, in the words that mirrors of Python indexes know, made of the event log.

Principles: GEN-3.2
"""

from collections.abc import Iterable
from typing import Final

from strongroom.kernel.events import Event, Happening, Recorded
from strongroom.packages.ports import Change, Vault
from strongroom.principles import upholds

PROJECTOR: Final = "changelog"
_BATCH: Final = 1000


def project_changes(vault: Vault) -> int:
    """Bring the changelog up to the newest event; return how many events were read. Exactly once, whatever crashes."""
    seen = 0
    while True:
        with vault.reading() as books:
            if not books.events.after(books.events.cursor(PROJECTOR), 1):
                return seen
        with vault.writing() as books:
            events = books.events.after(books.events.cursor(PROJECTOR), _BATCH)
            if not events:
                return seen
            books.events.add_changes(changes_of(events))
            books.events.advance(PROJECTOR, events[-1].serial)
        seen += len(events)


@upholds("GEN-3.2")
def changes_of(events: Iterable[Recorded]) -> list[Change]:
    """Return the line that each event has in the public changelog; an event of an account or a token has none."""
    lines = [(event, action(event.what)) for event in events]
    return [
        Change(event.serial, event.time, event.what.project, event.what.version, said) for event, said in lines if said
    ]


def action(what: Happening) -> str:  # noqa: C901 (a list of cases, told to the type checker whole)
    """Return the event in the words of the changelog of Python indexes; "" when it is not public."""
    match what.event:
        case Event.PROJECT_CREATED:
            return "create"
        case Event.PROJECT_REMOVED:
            return "remove project"
        case Event.PROJECT_STATUS_CHANGED:
            return f"status {what.detail.get('status', '')}"
        case Event.RELEASE_CREATED:
            return "new release"
        case Event.RELEASE_REMOVED:
            return "remove release"
        case Event.RELEASE_YANKED:
            return "yank release"
        case Event.RELEASE_UNYANKED:
            return "unyank release"
        case Event.PROVENANCE_CHANGED:
            return "provenance changed"
        case Event.PROVENANCE_FORGOTTEN:
            return "provenance not demanded"
        case Event.FILE_PUBLISHED:
            return f"add file {what.filename}"
        case Event.FILE_YANKED:
            return f"yank file {what.filename}"
        case Event.FILE_UNYANKED:
            return f"unyank file {what.filename}"
        case Event.FILE_REMOVED:
            return f"remove file {what.filename}"
        case Event.ROLE_GRANTED:
            return f"add {what.detail.get('role', '')} {what.detail.get('to', '')}"
        case Event.ROLE_REVOKED:
            return f"remove {what.detail.get('role', '')} {what.detail.get('to', '')}"
        case Event.TEAM_ROLE_GRANTED:
            return f"add {what.detail.get('role', '')} team {what.detail.get('team', '')}"
        case Event.TEAM_ROLE_REVOKED:
            return f"remove {what.detail.get('role', '')} team {what.detail.get('team', '')}"
        case Event.PROJECT_TRANSFERRED:
            return f"transfer to {what.detail.get('organisation') or what.detail.get('to', '')}"
        case Event.PROJECT_POLICY_CHANGED:
            return f"policy {' '.join(_words(what.detail.get('policy'))) or 'none'}"
        case Event.PROJECT_CRITICAL:
            return "critical"
        case Event.PROJECT_UNCRITICAL:
            return "uncritical"
        case (
            Event.ACCOUNT_CREATED
            | Event.ACCOUNT_REMOVED
            | Event.ACCOUNT_DISABLED
            | Event.ACCOUNT_ENABLED
            | Event.ADMINISTRATOR_CHANGED
            | Event.ACCOUNT_VIEWED
            | Event.EMAIL_ADDED
            | Event.EMAIL_VERIFIED
            | Event.EMAIL_REMOVED
            | Event.EMAIL_PRIMARY_CHANGED
            | Event.EMAIL_LAPSED
            | Event.PASSWORD_CHANGED
            | Event.PASSWORD_LEAKED
            | Event.TOTP_ADDED
            | Event.TOTP_REMOVED
            | Event.KEY_ADDED
            | Event.KEY_REMOVED
            | Event.KEY_CLONED
            | Event.RECOVERY_CODES_MADE
            | Event.RECOVERY_CODE_USED
            | Event.SIGNED_IN
            | Event.SIGNED_IN_NEW_DEVICE
            | Event.SIGN_IN_REFUSED
            | Event.SESSION_ENDED
            | Event.RECOVERY_REQUESTED
            | Event.RECOVERY_APPROVED
            | Event.RECOVERY_CANCELLED
            | Event.RECOVERY_COMPLETED
            | Event.VOUCHER_GIVEN
            | Event.TOKEN_CREATED
            | Event.TOKEN_REVOKED
            | Event.TOKEN_EXPIRES_SOON
            | Event.TOKEN_BESIDE_PUBLISHER
            | Event.ROLE_OFFERED
            | Event.ROLE_DECLINED
            | Event.ORGANISATION_CREATED
            | Event.ORGANISATION_POLICY_CHANGED
            | Event.ORGANISATION_POLICY_ASKED
            | Event.ORGANISATION_POLICY_KEPT
            | Event.PROJECT_POLICY_ASKED
            | Event.PROJECT_POLICY_KEPT
            | Event.MEMBER_ADDED
            | Event.MEMBER_CHANGED
            | Event.MEMBER_REMOVED
            | Event.TEAM_CHANGED
            | Event.PROJECT_VISIBILITY_CHANGED
            | Event.FILE_HELD
            | Event.FILE_DECLINED
            | Event.TOKEN_MINTED
            | Event.PUBLISHER_ADDED
            | Event.PUBLISHER_PINNED
            | Event.PUBLISHER_REMOVED
            | Event.ISSUER_TRUSTED
            | Event.ISSUER_DISTRUSTED
            | Event.SIGSTORE_TRUSTED
            | Event.SIGSTORE_DISTRUSTED
            | Event.TOKEN_LEAKED
        ):
            # What people do with their accounts is theirs to know, and the administrators'.
            return ""


def _words(said: object) -> list[str]:
    return [str(word) for word in said] if isinstance(said, list) else []
