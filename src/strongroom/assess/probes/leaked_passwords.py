"""Can a password that the whole world knows be used? (AUTHN-2.4)

Principles: AUTHN-2.4
"""

from collections.abc import Iterator
from typing import Final

from strongroom.assess import people, scenes
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.journal import Thing
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage

KNOWN: Final = ("Password123!", "correcthorsebatterystaple")
"""Passwords that every list of leaked ones has; each is tried beside a random one of the same shape."""


@probe(
    "AUTHN-2.4a",
    Safety.SANDBOX,
    question="Can somebody register with, or change to, a password that is known to have leaked?",
    yes="A password that is known to have leaked is refused where a random one of the same shape is taken.",
    no="A password that is known to have leaked was taken.",
    needs=(Op.REGISTER,),
    seconds=120,
)
def leaked_password_is_refused(stage: Stage) -> Verdict:
    """Register with leaked passwords and with random ones of their shape; then change and recover to a leaked one."""
    refused: list[str] = []
    for password in _leaked(stage):
        if _registers(stage, password).kind.is_yes:
            return unmet("a person registered with a password that is known to have leaked")
        if _registers(stage, alike(stage, password)).kind.is_yes:
            refused.append(password)
    if not refused:
        control(False, "random passwords of the shape of the leaked ones are refused, too")
    for how in _taken_later(stage, refused[-1]):
        return unmet(f"a password that is known to have leaked was taken {how}")
    return met(f"{len(refused)} passwords known to have leaked were refused; random ones of their shape were taken")


def _leaked(stage: Stage) -> Iterator[str]:
    """Yield passwords that are known to have leaked; last, where the operator can say so, one made just now."""
    yield from KNOWN
    if stage.target.can(Op.LEAK_PASSWORD):
        fresh = stage.newcomer().password
        stage.demand(Op.LEAK_PASSWORD, "the operator could not put a password on the breach list", password=fresh)
        yield fresh


def _registers(stage: Stage, password: str) -> Answer:
    person = stage.newcomer()
    stage.journal.about_to_make(Thing.PERSON, person.name, password)
    answer = stage.perform(Op.REGISTER, name=person.name, email=person.email, password=password)
    if answer.kind is Kind.THROTTLED or not (answer.kind.is_yes or answer.kind.is_no):
        raise Inconclusive(f"registering was {answer.kind.value} (status {answer.status})")
    return answer


def alike(stage: Stage, password: str) -> str:
    """Return a random password of the same shape: for each letter another of its case, for each digit a digit."""
    drawn = stage.chance.text(len(password))
    return "".join(_like(old, new) for old, new in zip(password, drawn, strict=True))


def _like(old: str, new: str) -> str:
    number = ord(new)
    if old.isdigit():
        return str(number % 10)
    if old.isalpha():
        letter = new if new.isalpha() else chr(ord("a") + number % 26)
        return letter.upper() if old.isupper() else letter
    return old


def _taken_later(stage: Stage, leaked: str) -> Iterator[str]:
    """Yield each way other than registering in which a leaked password was taken; a random one must be taken first."""
    if not people.can_register(stage) or not stage.target.can(Op.LOG_IN):
        return
    person = people.newcomer(stage)
    if stage.target.can(Op.CHANGE_PASSWORD):
        fresh = stage.newcomer().password
        given = {"session": person.session, "password": person.password, "new_password": fresh}
        person.renew(stage.demand(Op.CHANGE_PASSWORD, "changing to a random password did not work", **given))
        given = {"session": person.session, "password": fresh, "new_password": leaked}
        if stage.perform(Op.CHANGE_PASSWORD, **given).kind.is_yes:
            yield "when it was changed in a session"
    if stage.mailbox is not None and stage.target.can(Op.RECOVER) and stage.target.can(Op.FINISH_RECOVERY):
        fresh, link = stage.newcomer().password, people.way_back(stage, person)
        stage.demand(Op.FINISH_RECOVERY, "a mailed link set no random password", link=link, new_password=fresh)
        link = people.way_back(stage, person)
        if stage.perform(Op.FINISH_RECOVERY, link=link, new_password=leaked).kind.is_yes:
            yield "when it was set by a mailed link"


@probe(
    "AUTHN-2.4b",
    Safety.SANDBOX,
    question="Is a password that has leaked since noticed when it is used to log in?",
    yes="Who logs in with a password that has leaked since is stopped, or asked for a new one.",
    no="Who logged in with a password that has leaked since was let in, and nothing was asked of them.",
    needs=(Op.REGISTER, Op.LOG_IN, Op.LEAK_PASSWORD),
    seconds=90,
)
def leak_is_noticed_at_login(stage: Stage) -> Verdict:
    """Log in twice with the same password: before the operator puts it on the list of leaked ones, and after."""
    person, other = people.newcomer(stage), people.newcomer(stage, "x")
    before = _let_in(stage, person, "logging in did not work")
    control(not _asks(before), "a new password is asked for before anything has leaked")
    stage.demand(Op.LEAK_PASSWORD, "the operator could not put a password on the breach list", password=person.password)
    after = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    unharmed = _let_in(stage, other, "afterwards others cannot log in either")
    control(not _asks(unharmed), "a new password is asked for of everybody")
    if after.kind.is_yes:
        return met("a leaked password let its owner in and asked for a new one") if _asks(after) else unmet(
            "a password that had leaked logged in, and no new one was asked for"
        )  # fmt: skip
    if after.kind is Kind.THROTTLED or not after.kind.is_no:
        raise Inconclusive(f"logging in with the leaked password was {after.kind.value} (status {after.status})")
    return met(f"a password that had leaked no longer logged in: {after.kind.value}")


def _let_in(stage: Stage, person: Person, saw: str) -> Answer:
    answer = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    control(answer.kind.is_yes, f"{saw}: {answer.kind.value} (status {answer.status})")
    return answer


def _asks(answer: Answer) -> bool:
    return answer.value("must_change").lower() not in ("", "false", "0")
