"""Who is told by mail of what: one table of every event, and the letters that it makes.

The words of a letter are written once, in `letters/`, and laid out twice, as text and as HTML.

Principles: AUTHN-1.4
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from strongroom.authn.letters import laid_out
from strongroom.authn.letters.facts import Row, actor_in_words, in_words, one_line, rows_of, said_in
from strongroom.kernel.events import Event, Recorded
from strongroom.principles import upholds


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one address: the same words twice, as plain text and as HTML."""

    to: str
    subject: str
    text: str
    html: str


class Undelivered(Exception):
    """A letter was not taken. `is_permanent` says that trying again cannot help."""

    def __init__(self, why: str, is_permanent: bool) -> None:
        super().__init__(why)
        self.is_permanent = is_permanent


class Postbox(Protocol):
    """Where letters are posted."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over to be delivered. Returns once somebody else answers for it; Undelivered otherwise."""


class Who(StrEnum):
    """Who is told. An address that is not verified is never told of anything."""

    #: Every verified address of the account concerned.
    SELF = "self"
    #: The primary address of the account concerned.
    PRIMARY = "primary"
    #: The primary addresses of the project's owners.
    OWNERS = "owners"
    #: The primary addresses of the owners of the organisation `detail["organisation"]`.
    ORGANISATION = "organisation"
    #: The primary addresses of whoever looks after the security of the event's project, and of `detail["projects"]`.
    SECURITY = "security"
    #: The primary addresses of everybody who has a role in the project.
    MAINTAINERS = "maintainers"
    #: The address `detail["address_id"]`, removed or replaced; where none is named, every address removed of late.
    FORMER = "former"
    #: The primary address of the account `detail["account"]` (of a role: `detail["to"]`), when the actor is another.
    PERSON = "person"
    #: The primary addresses of the accounts `detail["parted"]`: what they had in the project ended.
    PARTED = "parted"
    #: The primary addresses of the administrators.
    ADMINISTRATORS = "administrators"
    NOBODY = "nobody"


class Link(StrEnum):
    """The letters that are made of no event. All but the last two carry a link that is good once."""

    VERIFY_ADDRESS = "verify-address"
    CONFIRM_DEVICE = "confirm-device"
    RECOVER = "recover"
    SECOND_ADDRESS = "second-address"
    INVITATION = "invitation"
    ADDRESS_TAKEN = "address-taken"
    RECOVERY_IMPOSSIBLE = "recovery-impossible"


@dataclass(frozen=True, slots=True)
class Notice:
    """How an event is told. `subject` may name {account}, {project}, {version} and {filename}.

    `template` is a file of `letters/`, without `.jinja`. `is_urgent` goes before other letters, and is not put off.
    `takes_link`: it may carry a link that is good once, and for nothing but to stop what it tells of.
    """

    who: tuple[Who, ...]
    template: str
    subject: str
    is_urgent: bool = False
    takes_link: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter says beside its event.

    `site_url` ends with a slash. `account` is the name of the account concerned, `address` the e-mail address
    concerned. `when`, `source` and `device` are read out of the event where there is one. `link` is good once, until
    `expires`; only the letters that are made for it may carry one. `project`, `role` and `by` are for invitations;
    of an event, `by` is who acted where that was a build, in words.
    """

    title: str
    site_url: str
    account: str = ""
    address: str = ""
    when: datetime | None = None
    source: str = ""
    device: str = ""
    link: str = ""
    expires: datetime | None = None
    project: str = ""
    role: str = ""
    by: str = ""


class Words(NamedTuple):
    """What a letter says: `Letter(to, *words)`."""

    subject: str
    text: str
    html: str


_SELF: Final = (Who.SELF,)
_EVERY_ADDRESS: Final = (Who.SELF, Who.FORMER)
_OWNERS: Final = (Who.OWNERS,)
_OWNERS_OLD_AND_NEW: Final = (Who.OWNERS, Who.PARTED)
_PERSON: Final = (Who.PERSON,)
#: Told to the account concerned whoever did it: by its own session, it may have been a thief.
_MEMBER: Final = (Who.PRIMARY, Who.ORGANISATION)
_PERSON_AND_OWNERS: Final = (Who.PERSON, Who.OWNERS)
#: A pending publisher's project has no owners yet.
_CONCERNED: Final = (Who.PRIMARY, Who.OWNERS)
_ADMINISTRATORS: Final = (Who.ADMINISTRATORS,)
_ORGANISATION: Final = (Who.ORGANISATION,)
_PERSON_AND_ADMINISTRATORS: Final = (Who.SELF, Who.ADMINISTRATORS)

NOTICES: Final[Mapping[Event, Notice | None]] = {
    Event.ACCOUNT_CREATED: Notice(_SELF, "account_created", "An account was made: {account}"),
    Event.ACCOUNT_REMOVED: Notice(_EVERY_ADDRESS, "account_removed", "The account {account} was removed", True),
    Event.ACCOUNT_DISABLED: Notice(_SELF, "account_disabled", "The account {account} was disabled", True),
    Event.ACCOUNT_ENABLED: Notice(_SELF, "account_enabled", "The account {account} was enabled again"),
    Event.ADMINISTRATOR_CHANGED: Notice(
        _PERSON_AND_ADMINISTRATORS, "administrator_changed", "Administrator rights of {account} were changed", True
    ),
    # An administrator's look changes nothing. It stands in the account's own list of events.
    Event.ACCOUNT_VIEWED: None,
    Event.EMAIL_ADDED: Notice(_SELF, "email_added", "An e-mail address was added to {account}", True),
    Event.EMAIL_VERIFIED: Notice(_SELF, "email_verified", "An e-mail address of {account} was verified"),
    Event.EMAIL_REMOVED: Notice(_EVERY_ADDRESS, "email_removed", "An e-mail address of {account} was removed", True),
    Event.EMAIL_PRIMARY_CHANGED: Notice(
        _EVERY_ADDRESS, "email_primary_changed", "The primary e-mail address of {account} was changed", True
    ),
    # The address itself is not told: it may be a stranger's by now. Its verification is gone when this is sent.
    Event.EMAIL_LAPSED: Notice(
        _SELF, "email_lapsed", "An e-mail address of {account} can no longer be relied on", True
    ),
    Event.PASSWORD_CHANGED: Notice(_SELF, "password_changed", "The password of {account} was changed", True),
    Event.PASSWORD_LEAKED: Notice(_SELF, "password_leaked", "The password of {account} is known to have leaked", True),
    Event.TOTP_ADDED: Notice(_SELF, "totp_added", "An authenticator application was added to {account}", True),
    Event.TOTP_REMOVED: Notice(_SELF, "totp_removed", "The authenticator application of {account} was removed", True),
    Event.KEY_ADDED: Notice(_SELF, "key_added", "A passkey or security key was added to {account}", True),
    Event.KEY_REMOVED: Notice(_SELF, "key_removed", "A passkey or security key of {account} was removed", True),
    Event.KEY_CLONED: Notice(_SELF, "key_cloned", "A security key of {account} may have been copied", True),
    Event.RECOVERY_CODES_MADE: Notice(_SELF, "recovery_codes_made", "New recovery codes were made for {account}", True),
    Event.RECOVERY_CODE_USED: Notice(_SELF, "recovery_code_used", "A recovery code of {account} was used", True),
    Event.SIGNED_IN: None,
    Event.SIGNED_IN_NEW_DEVICE: Notice(_SELF, "signed_in_new_device", "A new device signed in to {account}", True),
    # Anybody can cause as many of these as they like: a letter for each would be a weapon.
    Event.SIGN_IN_REFUSED: None,
    Event.SESSION_ENDED: None,
    Event.RECOVERY_REQUESTED: Notice(
        _EVERY_ADDRESS, "recovery_requested", "Recovery of the account {account} was requested", True, True
    ),
    Event.RECOVERY_APPROVED: Notice(
        _EVERY_ADDRESS, "recovery_approved", "A second proof was given in the recovery of {account}", True, True
    ),
    Event.RECOVERY_CANCELLED: Notice(
        _EVERY_ADDRESS, "recovery_cancelled", "Recovery of the account {account} was cancelled", True
    ),
    Event.RECOVERY_COMPLETED: Notice(_EVERY_ADDRESS, "recovery_completed", "The account {account} was recovered", True),
    Event.VOUCHER_GIVEN: Notice(_SELF, "voucher_given", "A voucher for a security key was given to {account}"),
    Event.TOKEN_CREATED: Notice(_SELF, "token_created", "A token of {account} was created", True),
    Event.TOKEN_REVOKED: Notice(_SELF, "token_revoked", "A token of {account} was revoked"),
    Event.TOKEN_LEAKED: Notice((Who.SELF, Who.SECURITY), "token_leaked", "A leaked secret was found, and ended", True),
    Event.TOKEN_EXPIRES_SOON: Notice(_SELF, "token_expires_soon", "A token of {account} expires soon"),
    # Each job makes one; that a publisher was used for the first time is told.
    Event.TOKEN_BESIDE_PUBLISHER: Notice(
        _SELF, "token_beside_publisher", "A token published to {project}, which has a trusted publisher"
    ),
    Event.TOKEN_MINTED: None,
    Event.PUBLISHER_ADDED: Notice(_CONCERNED, "publisher_added", "A trusted publisher of {project} was added", True),
    Event.PUBLISHER_PINNED: Notice(
        _CONCERNED, "publisher_pinned", "A trusted publisher of {project} was used for the first time", True
    ),
    Event.PUBLISHER_REMOVED: Notice(
        _CONCERNED, "publisher_removed", "A trusted publisher of {project} was removed", True
    ),
    Event.ISSUER_TRUSTED: Notice(_ADMINISTRATORS, "issuer_trusted", "An issuer of builds is trusted", True),
    Event.ISSUER_DISTRUSTED: Notice(
        _ADMINISTRATORS, "issuer_distrusted", "An issuer of builds is no longer trusted", True
    ),
    Event.SIGSTORE_TRUSTED: Notice(_ADMINISTRATORS, "sigstore_trusted", "A trust root is believed", True),
    Event.SIGSTORE_DISTRUSTED: Notice(_ADMINISTRATORS, "sigstore_distrusted", "A trust root is believed no more", True),
    Event.PROJECT_CRITICAL: Notice((Who.MAINTAINERS,), "project_critical", "{project} has become a critical project"),
    Event.PROJECT_UNCRITICAL: Notice(
        (Who.MAINTAINERS,), "project_uncritical", "{project} is no longer a critical project"
    ),
    Event.ROLE_GRANTED: Notice(_CONCERNED, "role_granted", "A role in {project} was given to {account}", True),
    Event.ROLE_REVOKED: Notice(_PERSON_AND_OWNERS, "role_revoked", "A role in {project} was taken from {account}"),
    Event.ROLE_OFFERED: Notice(_PERSON_AND_OWNERS, "role_offered", "A role is offered to {account}", True),
    # Whoever offered it sees on the page that it is open no more.
    Event.ROLE_DECLINED: None,
    Event.TEAM_ROLE_GRANTED: Notice(_OWNERS, "team_role_granted", "A role in {project} was given to a team", True),
    Event.TEAM_ROLE_REVOKED: Notice(_OWNERS, "team_role_revoked", "A role in {project} was taken from a team"),
    # Who makes an organisation knows.
    Event.ORGANISATION_CREATED: None,
    Event.ORGANISATION_POLICY_CHANGED: Notice(
        (Who.ORGANISATION,), "organisation_policy_changed", "The policy of an organisation was changed", True
    ),
    Event.ORGANISATION_POLICY_ASKED: Notice(
        _ORGANISATION, "organisation_policy_asked", "An organisation is asked to demand less", True
    ),
    Event.ORGANISATION_POLICY_KEPT: Notice(
        _ORGANISATION, "organisation_policy_kept", "The policy of an organisation stays"
    ),
    Event.MEMBER_ADDED: Notice(_MEMBER, "member_added", "{account} is in an organisation", True),
    Event.MEMBER_CHANGED: Notice(
        _MEMBER, "member_changed", "The place of {account} in an organisation was changed", True
    ),
    Event.MEMBER_REMOVED: Notice(_MEMBER, "member_removed", "{account} is in an organisation no more", True),
    Event.TEAM_CHANGED: Notice(_MEMBER, "team_changed", "A team of an organisation was changed", True),
    # Whoever makes a project is given a role in it, and that is told.
    Event.PROJECT_CREATED: None,
    Event.PROJECT_STATUS_CHANGED: Notice(_OWNERS, "project_status_changed", "The status of {project} was changed"),
    Event.PROJECT_POLICY_CHANGED: Notice(_OWNERS, "project_policy_changed", "The policy of {project} changed", True),
    Event.PROJECT_POLICY_ASKED: Notice(_OWNERS, "project_policy_asked", "{project} is asked to demand less", True),
    Event.PROJECT_POLICY_KEPT: Notice(_OWNERS, "project_policy_kept", "{project} demands what it did"),
    Event.PROVENANCE_FORGOTTEN: Notice(_OWNERS, "provenance_forgotten", "{project} may do without attestations", True),
    Event.PROJECT_VISIBILITY_CHANGED: Notice(
        _OWNERS, "project_visibility_changed", "Who may read {project} was changed", True
    ),
    Event.PROJECT_TRANSFERRED: Notice(_OWNERS_OLD_AND_NEW, "project_transferred", "{project} was handed over", True),
    Event.PROJECT_REMOVED: Notice(_OWNERS, "project_removed", "{project} was removed", True),
    Event.RELEASE_CREATED: Notice(_OWNERS, "release_created", "{project} {version} was published"),
    Event.RELEASE_YANKED: Notice(_OWNERS, "release_yanked", "{project} {version} was yanked"),
    Event.RELEASE_UNYANKED: Notice(_OWNERS, "release_unyanked", "{project} {version} is no longer yanked"),
    Event.RELEASE_REMOVED: Notice(_OWNERS, "release_removed", "{project} {version} was removed", True),
    Event.PROVENANCE_CHANGED: Notice(
        _OWNERS, "provenance_changed", "{project} {version} was built otherwise than the version before", True
    ),
    Event.FILE_HELD: Notice((Who.MAINTAINERS,), "file_held", "{filename} waits for a second person", True),
    Event.FILE_DECLINED: Notice((Who.MAINTAINERS,), "file_declined", "{filename} was declined"),
    # Once a release, not once a file.
    Event.FILE_PUBLISHED: None,
    Event.FILE_YANKED: Notice(_OWNERS, "file_yanked", "{filename} was yanked"),
    Event.FILE_UNYANKED: Notice(_OWNERS, "file_unyanked", "{filename} is no longer yanked"),
    Event.FILE_REMOVED: Notice(_OWNERS, "file_removed", "{filename} was removed", True),
}

LINK_LETTERS: Final[Mapping[Link, Notice]] = {
    Link.VERIFY_ADDRESS: Notice((), "verify_address", "Verify your e-mail address", True, True),
    Link.CONFIRM_DEVICE: Notice((), "confirm_device", "Confirm a new device for {account}", True, True),
    Link.RECOVER: Notice((), "recover", "A way back into the account {account}", True, True),
    Link.SECOND_ADDRESS: Notice(
        (), "second_address", "The second proof in the recovery of the account {account}", True, True
    ),
    Link.INVITATION: Notice((), "invitation", "You are invited", True, True),
    Link.ADDRESS_TAKEN: Notice((), "address_taken", "Somebody tried to register with your e-mail address"),
    Link.RECOVERY_IMPOSSIBLE: Notice((), "recovery_impossible", "No way back by this e-mail address"),
}

#: What a greater event of the same moment says of a lesser one, so that the lesser is not told again.
_GREATER: Final[Mapping[Event, tuple[Event, ...]]] = {
    Event.FILE_REMOVED: (Event.RELEASE_REMOVED, Event.PROJECT_REMOVED),
    Event.RELEASE_REMOVED: (Event.PROJECT_REMOVED,),
    Event.ROLE_REVOKED: (Event.PROJECT_TRANSFERRED,),
    Event.TOKEN_REVOKED: (Event.ACCOUNT_REMOVED, Event.ACCOUNT_DISABLED, Event.RECOVERY_COMPLETED),
}

#: What administrators do to an account, though its owner may do some of it too.
_BY_ADMINISTRATORS: Final = frozenset(
    {
        Event.ACCOUNT_CREATED,
        Event.ACCOUNT_REMOVED,
        Event.ACCOUNT_DISABLED,
        Event.ACCOUNT_ENABLED,
        Event.RECOVERY_APPROVED,
        Event.VOUCHER_GIVEN,
    }
)


def worth_telling(events: Sequence[Recorded]) -> list[Recorded]:
    """Return the events that are told, of those that were recorded together.

    Nobody is told, and one letter tells of a project's removal, not one for each of its files.
    """
    there = {(each.what.event, each.time, _whole(each, each.what.event)) for each in events}
    return [
        each
        for each in events
        if NOTICES[each.what.event] is not None
        and not any(
            (greater, each.time, _whole(each, greater)) in there for greater in _GREATER.get(each.what.event, ())
        )
    ]


def _whole(recorded: Recorded, event: Event) -> tuple[str, str]:
    """Return what an event of this kind would speak of, if it spoke of the same thing as `recorded`."""
    match event:
        case Event.RELEASE_REMOVED:
            return recorded.what.project, recorded.what.version
        case Event.PROJECT_REMOVED | Event.PROJECT_TRANSFERRED:
            return recorded.what.project, ""
    return account_of(recorded), ""


def account_of(recorded: Recorded) -> str:
    """Return the name of the account that an event concerns: the one it names, or the actor's own."""
    detail = recorded.what.detail
    return str(detail.get("account") or detail.get("to") or recorded.what.actor)


@upholds("AUTHN-1.4")
def compose(recorded: Recorded, facts: Facts) -> Words:
    """Return the letter that tells of an event (AUTHN-1.4).

    ValueError when nobody is told of it, when `facts` has a link and the letter may carry none, and when the link does
    not lead to the repository itself.
    """
    what, notice = recorded.what, NOTICES[recorded.what.event]
    if notice is None:
        raise ValueError(f"nobody is told of {what.event}")
    said = said_in(what.detail)
    said |= {
        "actor": one_line(facts.by) or actor_in_words(what.actor),
        "project": one_line(what.project),
        "version": one_line(what.version),
        "filename": one_line(what.filename),
    }
    # Where somebody was is for the account's own owner to know: not for those who share a project with them, nor, of an
    # administrator, for the account that they dealt with.
    is_private = set(notice.who) <= {Who.SELF, Who.PRIMARY, Who.FORMER}
    is_own = what.event not in _BY_ADMINISTRATORS or account_of(recorded) == what.actor
    names_account = bool(said["account"] or said["to"] or what.event.startswith(("account.", "token.")))
    said["account"] = one_line(facts.account or account_of(recorded))
    rows = rows_of(
        said | ({} if names_account else {"account": ""}), recorded.time, facts.address, is_private and is_own
    )
    return _written(notice, said, facts, rows)


def compose_link(kind: Link, facts: Facts) -> Words:
    """Return a letter that is made of no event; ValueError when it lacks the link that it is for, or has one too many.

    Whether an account exists is told to nobody but its owner: RECOVERY_IMPOSSIBLE goes wherever a way back was asked
    for and there is none, and takes as long to make as RECOVER.
    """
    notice = LINK_LETTERS[kind]
    if notice.takes_link and not facts.link:
        raise ValueError(f"the letter {kind} is for its link")
    said = said_in({"source": facts.source, "device": facts.device, "by": facts.by, "role": facts.role})
    said |= {"account": one_line(facts.account), "actor": "", "project": one_line(facts.project)}
    said |= {"version": "", "filename": ""}
    return _written(notice, said, facts, rows_of(said, facts.when, facts.address, True))


def _written(notice: Notice, said: Mapping[str, str], facts: Facts, rows: Sequence[Row]) -> Words:
    if facts.link and not notice.takes_link:
        raise ValueError(f"the letter {notice.template} carries no link")
    if facts.link and not facts.link.startswith(facts.site_url):
        raise ValueError("a link leads to the repository itself, and nowhere else")
    title = one_line(facts.title)
    # The pattern is ours, so that braces in what strangers wrote are never read as fields.
    subject = one_line(f"[{title}] {notice.subject.format_map(said)}")
    shown = {
        "heading": subject.removeprefix(f"[{title}] "),
        "title": title,
        "site_url": facts.site_url,
        "security_url": f"{facts.site_url}account/security/",
        "projects_url": f"{facts.site_url}account/projects/",
        "recovery_url": f"{facts.site_url}policies/recovery/",
        "removal_url": f"{facts.site_url}policies/removal/",
        "said": said,
        "rows": rows,
        "link": facts.link,
        "address": one_line(facts.address),
        "expires": "" if facts.expires is None else in_words(facts.expires),
    }
    return Words(subject, laid_out(notice.template, "text", shown), laid_out(notice.template, "html", shown))
