"""Are people told by mail of what weakens or changes their account? (AUTHN-1.4)

Principles: AUTHN-1.4
"""

from collections.abc import Iterator

from strongroom.assess import people, scenes
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, partly, probe, unmet
from strongroom.assess.stage import Person, Stage

_PASSWORD = "passwor|passphrase"  # noqa: S105 - what a mail speaks of
_FACTOR = r"factor|2fa|mfa|totp|authenticat|one-time|passkey|security key|webauthn"


@probe(
    "AUTHN-1.4a",
    Safety.SANDBOX,
    question="Is a person told by mail that their password was changed?",
    yes="Every change of a password is told to its owner by mail, however it was changed.",
    no="A password was changed, and no mail told its owner.",
    needs=(Op.REGISTER, Op.FOLLOW_LINK, Op.LOG_IN, Op.CHANGE_PASSWORD),
    seconds=400,
)
def change_of_password_is_told(stage: Stage) -> Verdict:
    """Change a password in a session, then by a mailed link where there is one, and wait for the notices."""
    person = people.newcomer(stage)
    seen, fresh = people.mails(stage, person.email), stage.newcomer().password
    given = {"session": person.session, "password": person.password, "new_password": fresh}
    person.renew(stage.demand(Op.CHANGE_PASSWORD, "changing the password did not work", **given))
    person.password = fresh
    scenes.log_in(stage, person)  # the change is real
    if people.later_mail(stage, person.email, seen, people.speaks_of(_PASSWORD)) is None:
        return unmet("a password was changed, and no mail told its owner")
    if not (stage.target.can(Op.RECOVER) and stage.target.can(Op.FINISH_RECOVERY)):
        return met("the owner of a password was told by mail that it was changed")
    seen, person.password = _recovered(stage, person)
    scenes.log_in(stage, person)
    if people.later_mail(stage, person.email, seen, people.speaks_of(_PASSWORD)) is None:
        return unmet("a password was changed by a mailed link, and no mail told its owner")
    return met("the owner of a password was told by mail that it was changed, in a session and by a mailed link")


def _recovered(stage: Stage, person: Person) -> tuple[int, str]:
    """Set a new password by a mailed link; return how many mails had come before it was set, and the password."""
    fresh, link = stage.newcomer().password, people.way_back(stage, person)
    seen = people.mails(stage, person.email)
    stage.demand(Op.FINISH_RECOVERY, "the mailed link did not set a new password", link=link, new_password=fresh)
    return seen, fresh


@probe(
    "AUTHN-1.4b",
    Safety.SANDBOX,
    question="Is a person told by mail that a second factor was taken from their account?",
    yes="Whatever weakens the second factor of an account is told to its owner by mail.",
    no="A second factor was removed, and no mail told its owner.",
    needs=(Op.LOG_IN, Op.REMOVE_TOTP),
    seconds=400,
)
def weakened_factor_is_told(stage: Stage) -> Verdict:
    """Remove a key, then a TOTP, and wait for the notice of each; nothing follows where neither can be removed."""
    people.mails(stage, "")
    person = people.resident(stage)
    if not person.totp_secret:
        scenes.with_totp(stage, person)
    removed = []
    for what, remove in (("a key", _remove_key), ("a TOTP", _remove_totp)):
        seen = people.mails(stage, person.email)
        if not remove(stage, person):
            continue
        removed.append(what)
        if people.later_mail(stage, person.email, seen, people.speaks_of(_FACTOR)) is None:
            return unmet(f"{what} was removed as a second factor, and no mail told its owner")
    control(removed, "a second factor could not be removed, so that nothing could be told")
    return met(f"the owner was told by mail that {' and '.join(removed)} was removed")


def _remove_key(stage: Stage, person: Person) -> bool:
    if not (stage.target.can(Op.BEGIN_WEBAUTHN) and stage.target.can(Op.REMOVE_WEBAUTHN)):
        return False
    people.with_key(stage, person)
    given = {"session": person.session, "password": person.password, "passkey_id": person.passkey_id}
    person.passkey_id = ""
    return stage.perform(Op.REMOVE_WEBAUTHN, **given).kind.is_yes


def _remove_totp(stage: Stage, person: Person) -> bool:
    code = scenes.fresh_code(stage, person.totp_secret)
    given = {"session": person.session, "password": person.password, "code": code}
    return stage.perform(Op.REMOVE_TOTP, **given).kind.is_yes


Act = tuple[str, str, str]
"""What was done, to whom it must be told, and what the mail must speak of."""


@probe(
    "AUTHN-1.4c",
    Safety.SANDBOX,
    question="Are people told by mail of changed addresses, new tokens, roles, recovery codes and new devices?",
    yes="Whatever changes who can use an account is told to its owner by mail.",
    no="Changes to who can use an account were not told to its owner.",
    needs=(Op.REGISTER, Op.FOLLOW_LINK, Op.LOG_IN),
    requests=100,
    seconds=240,
)
def other_events_are_told(stage: Stage) -> Verdict:
    """Do each thing that this driver can do, then wait for the notice of each."""
    person = people.newcomer(stage)
    if stage.target.can(Op.ENROL_TOTP):
        scenes.with_totp(stage, person)
    seen = {person.email: people.mails(stage, person.email)}
    acts = [act for do in (_device, _codes, _token, _role, _address) for act in do(stage, person, seen)]
    if not acts:
        raise Inconclusive("the driver can do nothing that people should be told of")
    patience = float(stage.tools.get("notice_seconds", people.NOTICE_SECONDS)) / len(acts)
    silent = [
        what
        for what, address, pattern in acts
        if people.later_mail(stage, address, seen.get(address, 0), people.speaks_of(pattern), patience) is None
    ]
    tried = ", ".join(what for what, _, _ in acts)
    if not silent:
        return met(f"told to its owner by mail: {tried}")
    return (unmet if len(silent) == len(acts) else partly)(f"not told to its owner: {', '.join(silent)} (of {tried})")


def _device(stage: Stage, person: Person, seen: dict[str, int]) -> Iterator[Act]:
    elsewhere = people.from_elsewhere(stage, 0)
    if elsewhere is not None:
        scenes.log_in(elsewhere, person)
        yield "a login from a new device", person.email, r"device|sign-in|signed in|log-in|login|logged in"


def _codes(stage: Stage, person: Person, seen: dict[str, int]) -> Iterator[Act]:
    if stage.target.can(Op.MAKE_RECOVERY_CODES):
        stage.demand(Op.MAKE_RECOVERY_CODES, "making recovery codes did not work", session=person.session)
        yield "new recovery codes", person.email, r"recovery code|backup code"


def _token(stage: Stage, person: Person, seen: dict[str, int]) -> Iterator[Act]:
    if stage.target.can(Op.CREATE_TOKEN):
        given = {"session": person.session, "projects": [], "rights": ["publish"]}
        person.token = stage.demand(Op.CREATE_TOKEN, "making a token did not work", **given).value("token")
        yield "a new token", person.email, "token"


def _role(stage: Stage, person: Person, seen: dict[str, int]) -> Iterator[Act]:
    if person.token and stage.target.can(Op.ADD_MEMBER) and stage.target.can(Op.PUBLISH):
        other = people.newcomer(stage, "m")
        if stage.target.can(Op.ENROL_TOTP):
            scenes.with_totp(stage, other)  # where nobody without a second factor holds a role
        seen[other.email] = people.mails(stage, other.email)
        file = scenes.published(stage, person.token)
        given = {"session": person.session, "project": file.project, "name": other.name, "role": "publisher"}
        stage.demand(Op.ADD_MEMBER, "giving somebody a role did not work", **given)
        yield "a new role", other.email, r"role|maintainer|collaborator|member|invit"


def _address(stage: Stage, person: Person, seen: dict[str, int]) -> Iterator[Act]:
    if stage.target.can(Op.CHANGE_EMAIL):
        given = {"session": person.session, "password": person.password, "email": stage.newcomer("n").email}
        stage.demand(Op.CHANGE_EMAIL, "changing the address did not work", **given)
        yield "a changed address", person.email, r"e-?mail|address"
