"""What several probes begin with: a person who may publish, a token, a published release; each a positive control.

Principles: none
"""

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.journal import Thing
from strongroom.assess.one_time_codes import code_at
from strongroom.assess.probing import ControlFailed, Inconclusive
from strongroom.assess.stage import Person, Stage

MAIL_SECONDS = 20.0


def registered(stage: Stage, label: str = "", *, password: str = "", email: str = "") -> Person:
    """Return a person who has registered and whose address is not verified yet."""
    person = stage.newcomer(label)
    person.password, person.email = password or person.password, email or person.email
    stage.journal.about_to_make(Thing.PERSON, person.name, person.password)
    stage.demand(
        Op.REGISTER, "registering did not work", name=person.name, email=person.email, password=person.password
    )  # fmt: skip
    return person


def verify(stage: Stage, person: Person) -> None:
    """Follow the link that was mailed to a person; ControlFailed when no mail with a link comes."""
    message = stage.mail(person.email, MAIL_SECONDS, lambda mail: "http" in mail.text)
    if message is None:
        raise ControlFailed("no mail with a link came after registering")
    stage.demand(Op.FOLLOW_LINK, "the mailed link did not work", link=link_in(message.text), session=person.session)


def link_in(text: str) -> str:
    """Return the first link in a mail; ControlFailed when it has none."""
    for word in text.split():
        if word.startswith(("http://", "https://")):
            return word.strip("<>()\"'.,")
    raise ControlFailed("the mail has no link")


def log_in(stage: Stage, person: Person) -> str:
    """Log a person in with everything they have, and return the session, which the person keeps too."""
    answer = stage.perform(Op.LOG_IN, name=person.name, password=person.password)
    if answer.value("challenge") and person.totp_secret:
        answer = stage.perform(
            Op.ANSWER_TOTP, challenge=answer.value("challenge"), code=fresh_code(stage, person.totp_secret)
        )  # fmt: skip
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
    if not stage.perform(Op.CONFIRM_TOTP, session=person.session, code=earlier).kind.is_yes:
        code = fresh_code(stage, person.totp_secret)
        stage.demand(Op.CONFIRM_TOTP, "the right code did not confirm the TOTP", session=person.session, code=code)
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
