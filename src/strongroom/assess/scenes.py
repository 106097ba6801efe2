"""What several probes begin with: a person who may publish, a token, a published release; each a positive control.

Principles: none
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.journal import Thing
from strongroom.assess.one_time_codes import code_at
from strongroom.assess.probing import ControlFailed, Inconclusive
from strongroom.assess.stage import Person, Stage

MAIL_SECONDS = 20.0
_AFTER_A_NO_SECONDS: Final = 3.0
_SHORTEST_SECRET: Final = 6


def registered(stage: Stage, label: str = "", *, password: str = "", email: str = "") -> Person:
    """Return a person who has registered and whose address is not verified yet."""
    person = stage.newcomer(label)
    person.password, person.email = password or person.password, email or person.email
    stage.journal.about_to_make(Thing.PERSON, person.name, person.password)
    person.renew(
        stage.demand(
            Op.REGISTER, "registering did not work", name=person.name, email=person.email, password=person.password
        )
    )
    return person


def verify(stage: Stage, person: Person) -> None:
    """Follow the link that was mailed to a person; ControlFailed when no mail with a link comes."""
    link = first_link(stage, person)
    stage.demand(Op.FOLLOW_LINK, "the mailed link did not work", link=link, session=person.session)


def first_link(stage: Stage, person: Person) -> str:
    """Return the link that was mailed to a person who has registered; ControlFailed when none comes."""
    message = stage.mail(person.email, MAIL_SECONDS, lambda mail: bool(own_link(stage, mail.text)))
    if message is None:
        raise ControlFailed("no mail with a link came after registering")
    return own_link(stage, message.text)


def own_link(stage: Stage, text: str) -> str:
    """Return the first link of a mail that was made for its reader alone; empty when the mail has none.

    Such a link has a part with a digit that neither stands in the target's address nor names anything of the run's:
    notices have links, too, to pages that are the same for everybody.
    """
    home = _parts(stage.base)
    for word in text.split():
        link = word.strip("<>()\"'.,")
        own = _parts(link) - home if link.startswith(("http://", "https://")) else set()
        if any(len(part) >= _SHORTEST_SECRET and stage.prefix not in part and re.search(r"\d", part) for part in own):
            return link
    return ""


def _parts(link: str) -> set[str]:
    try:
        there = urlsplit(link)
    except ValueError:
        return set()
    return set(re.split(r"[/?&=#]", f"{there.path}?{there.query}#{there.fragment}"))


def step(stage: Stage, person: Person, op: Op, **given: Any) -> Answer:
    """Do one step of a person's login; where a link is mailed to confirm the device, follow it as the same client.

    Returns what the step answers, or the link when one was mailed. Inconclusive where the person's mail cannot be read,
    ControlFailed where no mail with a link comes.
    """
    seen = len(stage.mailbox.messages(person.email)) if stage.mailbox is not None else 0
    answer = stage.perform(op, **given)
    if answer.kind is not Kind.CHALLENGE or answer.value("mailed").lower() in ("", "false", "0"):
        return answer
    return _confirmed(stage, person, answer.value("challenge"), seen)


def _confirmed(stage: Stage, person: Person, challenge: str, seen: int) -> Answer:
    if stage.mailbox is None or not person.email:
        raise Inconclusive("a link was mailed that confirms a new device, and this run cannot read the mail")
    answer, tried, until = None, {""}, stage.clock() + MAIL_SECONDS
    while stage.clock() < until:
        # Another mail may have come meanwhile, from before the login: the newest first, and each once.
        links = [own_link(stage, mail.text) for mail in reversed(stage.mailbox.messages(person.email)[seen:])]
        link = next((each for each in links if each not in tried), "")
        if not link:
            stage.sleep(0.1)
            continue
        tried.add(link)
        answer = stage.perform(Op.CONFIRM_DEVICE, challenge=challenge, link=link)
        if answer.kind.is_yes or answer.kind is Kind.CHALLENGE:
            return answer
        until = min(until, stage.clock() + _AFTER_A_NO_SECONDS)
    if answer is None:
        raise ControlFailed("a new device was to be confirmed by a mailed link, and no mail with a link came")
    return answer


def log_in(stage: Stage, person: Person) -> str:
    """Log a person in with everything they have, and return the session, which the person keeps too."""
    answer = step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    if answer.value("challenge") and person.totp_secret:
        code = fresh_code(stage, person.totp_secret)
        answer = step(stage, person, Op.ANSWER_TOTP, challenge=answer.value("challenge"), code=code)
    if not answer.kind.is_yes or not answer.value("session"):
        raise ControlFailed(f"logging in did not work: {answer.kind.value} (status {answer.status})")
    person.session = answer.value("session")
    return person.session


def fresh_code(stage: Stage, secret: str) -> str:
    """Return a one-time code that this run has not used yet, waiting for the next step when it has."""
    used: set[str] = stage.tools.get("used_codes", set())
    while (code := code_at(secret, stage.clock())) in used:
        stage.sleep(1.0)
    used.add(code)
    return code


def with_totp(stage: Stage, person: Person) -> Person:
    """Enrol a TOTP for a person who has logged in.

    It is confirmed with the code of the last step where that is taken, so that this step's code is left for the login:
    "the validation system should compare OTPs not only with the receiving timestamp but also the past timestamps that
    are within the transmission delay" (RFC 6238, section 5.2).
    """
    answer = stage.demand(Op.ENROL_TOTP, "enrolling a TOTP did not work", session=person.session)
    person.totp_secret = answer.value("secret")
    earlier = code_at(person.totp_secret, stage.clock() - 30)
    if not person.renew(stage.perform(Op.CONFIRM_TOTP, session=person.session, code=earlier)).kind.is_yes:
        code = fresh_code(stage, person.totp_secret)
        saw = "the right code did not confirm the TOTP"
        person.renew(stage.demand(Op.CONFIRM_TOTP, saw, session=person.session, code=code))
    return person


def maintainer(stage: Stage, label: str = "") -> Person:
    """Return a person who satisfies every rule for publishing: made or given by the operator, else registered."""
    if stage.target.can(Op.ADD_MAINTAINER):
        person = stage.newcomer(label)
        stage.journal.about_to_make(Thing.PERSON, person.name)
        made = stage.demand(
            Op.ADD_MAINTAINER, "the operator could not add a maintainer", name=person.name, email=person.email
        )
        person.password = made.value("password") or person.password
        person.totp_secret = made.value("totp_secret")
        person.token = made.value("token")
        return person
    if stage.accounts:
        return stage.accounts.pop(0)
    if not stage.target.can(Op.REGISTER):
        raise Inconclusive("one person more is needed than the run was given: --account NAME:PASSWORD")
    person = registered(stage, label)
    if stage.target.can(Op.FOLLOW_LINK):
        verify(stage, person)
    if stage.target.can(Op.LOG_IN):
        log_in(stage, person)
    if stage.target.can(Op.ENROL_TOTP):
        with_totp(stage, person)
    person.token = f"{person.name}:{person.password}"
    return person


def token_for(stage: Stage, person: Person, projects: list[str] | None = None, rights: tuple[str, ...] = ()) -> str:
    """Return a token of a person, for these projects or all of theirs; where there are none, name and password."""
    given = {"projects": projects or [], "rights": list(rights or ("publish", "yank", "remove"))}
    if stage.target.can(Op.ADD_TOKEN):
        return stage.demand(Op.ADD_TOKEN, "the operator could not add a token", name=person.name, **given).value(
            "token"
        )
    if stage.target.can(Op.CREATE_TOKEN):
        session = person.session or log_in(stage, person)
        return stage.demand(Op.CREATE_TOKEN, "making a token did not work", session=session, **given).value("token")
    if not person.token:
        raise Inconclusive(f"the driver for {stage.target.title} cannot make a credential")
    return person.token


def given_role(stage: Stage, giver: str, project: str, person: Person, role: str) -> Answer:
    """Return the answer to giving a person a role, in the giver's session; whoever is asked first says yes to it.

    Where they are asked first, and then do not get it, the answer is the one that they get.
    """
    given = {"session": giver, "project": project, "name": person.name, "role": role}
    answer = stage.perform(Op.ADD_MEMBER, **given)
    if not answer.kind.is_yes or answer.value("invited").lower() in ("", "false", "0"):
        return answer
    return stage.perform(Op.ACCEPT_ROLE, session=person.session or log_in(stage, person), project=project)


def published(stage: Stage, token: str, *, project: str = "", version: str = "1.0", body: str = "") -> Artefact:
    """Publish a release and see that readers get its very bytes; ControlFailed when they do not."""
    file = wheel(project or stage.project(), version, body=body)
    stage.must_publish(token, file)
    if stage.served(file.project, file.filename) != file.content:
        raise ControlFailed("what was published is not what readers get")
    return file


def gets_through(stage: Stage, token: str, file: Artefact, **given: object) -> bool:
    """Report whether a publish goes through, so that readers get the very bytes.

    Inconclusive when neither that happens nor a clear no comes: a server that breaks has refused nothing.
    """
    answer = stage.publish(token, file, **given)
    if stage.served(file.project, file.filename) == file.content:
        return True
    if not answer.kind.is_no and answer.kind is not Kind.MISSING:
        raise Inconclusive(
            f"publishing {file.filename} was {answer.kind.value} (status {answer.status}), yet no reader gets it"
        )
    return False
