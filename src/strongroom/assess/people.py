"""People as probes of authentication need them: with a session, without a factor, with a key, or somewhere else.

Principles: none
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from strongroom.assess import scenes
from strongroom.assess.authenticator import HONEST, Authenticator, Lie
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.probing import ControlFailed, Inconclusive
from strongroom.assess.stage import Message, Person, Stage

NOTICE_SECONDS = 120.0
"""How long a notice may take; a run on this machine waits less (`notice_seconds` among its tools)."""


def can_register(stage: Stage) -> bool:
    """Report whether this run can make a person by itself: it can register, and read the mail that verifies."""
    verifies = stage.target.can(Op.FOLLOW_LINK)
    return stage.target.can(Op.REGISTER) and (stage.mailbox is not None or not verifies)


def newcomer(stage: Stage, label: str = "", *, password: str = "") -> Person:
    """Return a person who registered, verified their address and logged in, with nothing but a password."""
    person = scenes.registered(stage, label, password=password)
    if stage.target.can(Op.FOLLOW_LINK):
        scenes.verify(stage, person)
    scenes.log_in(stage, person)
    return person


def resident(stage: Stage, label: str = "") -> Person:
    """Return a person with a session: a newcomer where that can be, else one whom the operator made."""
    if can_register(stage):
        return newcomer(stage, label)
    person = scenes.maintainer(stage, label)
    if not person.session:
        scenes.log_in(stage, person)
    return person


def recognised(answer: Answer) -> bool:
    """Report whether a login took the password: it gave a session, or asked for the next step."""
    return answer.kind.is_yes or (answer.kind is Kind.CHALLENGE and bool(answer.value("challenge")))


def challenge_for(stage: Stage, person: Person) -> str:
    """Return the challenge that follows a person's right password; ControlFailed when there is none."""
    answer = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    if answer.kind is not Kind.CHALLENGE or not answer.value("challenge"):
        raise ControlFailed(f"the right password brought no challenge: {answer.kind.value} (status {answer.status})")
    return answer.value("challenge")


def origin_of(base: str) -> str:
    """Return the origin (RFC 6454) of an address."""
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def options_in(answer: Answer) -> Mapping[str, Any]:
    """Return the WebAuthn options that an answer brought; ControlFailed when it brought none."""
    found = answer.values.get("options")
    if not answer.kind.is_yes or not isinstance(found, Mapping):
        raise ControlFailed(f"no WebAuthn options came: {answer.kind.value} (status {answer.status})")
    return found


def enrol_key(stage: Stage, person: Person, authenticator: Authenticator, lie: Lie = HONEST) -> Answer:
    """Enrol a key of a person who has logged in, and return the answer; the person keeps the key's id."""
    options = options_in(stage.perform(Op.BEGIN_WEBAUTHN, session=person.session))
    credential = authenticator.create(options, origin_of(stage.base), lie)
    given = {"session": person.session, "credential": credential, "label": "assessment"}
    answer = person.renew(stage.perform(Op.FINISH_WEBAUTHN, **given))
    if answer.kind.is_yes and lie == HONEST:
        person.passkey_id = answer.value("passkey_id") or credential["id"]
    return answer


def with_key(stage: Stage, person: Person) -> Authenticator:
    """Enrol a key for a person who has logged in, and return the authenticator that holds it."""
    authenticator = Authenticator(stage.chance.text)
    answer = enrol_key(stage, person, authenticator)
    if not answer.kind.is_yes:
        raise ControlFailed(f"a key could not be enrolled: {answer.kind.value} (status {answer.status})")
    return authenticator


def loses_factors(stage: Stage, person: Person) -> bool:
    """Take every factor from a person who has logged in; report whether they have nothing but a password now."""
    if person.passkey_id:
        if not stage.target.can(Op.REMOVE_WEBAUTHN):
            return False
        given = {"session": person.session, "password": person.password, "passkey_id": person.passkey_id}
        if not stage.perform(Op.REMOVE_WEBAUTHN, **given).kind.is_yes:
            return False
        person.passkey_id = ""
    if person.totp_secret:
        if not stage.target.can(Op.REMOVE_TOTP):
            return False
        code = scenes.fresh_code(stage, person.totp_secret)
        given = {"session": person.session, "password": person.password, "code": code}
        if not stage.perform(Op.REMOVE_TOTP, **given).kind.is_yes:
            return False
        person.totp_secret = ""
    return True


def from_elsewhere(stage: Stage, number: int) -> Stage | None:
    """Return the same stage, but spoken from another of this run's addresses; None when it has not so many."""
    clients = stage.tools.get("other_sources") or ()
    if not isinstance(stage.target, DrivenTarget) or number >= len(clients):
        return None
    wire = stage.wire.through(clients[number])
    return replace(stage, target=stage.target.on(wire), wire=wire)


def mails(stage: Stage, address: str) -> int:
    """Return how many mails have come to an address; Inconclusive when this run cannot read them."""
    if stage.mailbox is None:
        raise Inconclusive("this run cannot read the mail of its own people")
    return len(stage.mailbox.messages(address))


def later_mail(
    stage: Stage, address: str, seen: int, holds: Callable[[Message], bool], seconds: float | None = None
) -> Message | None:
    """Return the first mail to an address after the first `seen` of which `holds` is true; None when none comes."""
    mailbox = stage.mailbox
    if mailbox is None:
        raise Inconclusive("this run cannot read the mail of its own people")
    found: list[Message] = []

    def has_come() -> bool:
        found[:] = [mail for mail in mailbox.messages(address)[seen:] if holds(mail)]
        return bool(found)

    patience = float(stage.tools.get("notice_seconds", NOTICE_SECONDS)) if seconds is None else seconds
    return found[0] if stage.wait_until(has_come, patience) else None


def speaks_of(pattern: str) -> Callable[[Message], bool]:
    """Return what reports whether a mail speaks of something, by a regular expression in any letter's case."""
    return lambda mail: re.search(pattern, f"{mail.subject}\n{mail.text}", re.IGNORECASE) is not None


def with_link(stage: Stage) -> Callable[[Message], bool]:
    """Return what reports whether a mail has a link that was made for its reader alone."""
    return lambda mail: bool(scenes.own_link(stage, mail.text))


def way_back(stage: Stage, person: Person) -> str:
    """Return the link that is mailed to a person who asks for a new password; ControlFailed when none comes."""
    seen = mails(stage, person.email)
    stage.demand(Op.RECOVER, "asking for a new password did not work", email=person.email)
    mail = later_mail(stage, person.email, seen, with_link(stage), scenes.MAIL_SECONDS)
    if mail is None:
        raise ControlFailed("no mail with a link came after asking for a new password")
    return scenes.own_link(stage, mail.text)
