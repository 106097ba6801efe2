"""Can a second factor be enrolled, and is it asked for from then on? (AUTHN-1.3)

Principles: AUTHN-1.3
"""

import base64
import binascii

from strongroom.assess import people, scenes
from strongroom.assess.drivers.operations import Op
from strongroom.assess.one_time_codes import code_at
from strongroom.assess.probing import Safety, Verdict, control, met, partly, probe, unmet
from strongroom.assess.stage import Person, Stage

LEAST_SECRET_BYTES = 16
_LONG_AGO_SECONDS = 86_400


def wrong_code(stage: Stage, secret: str) -> str:
    """Return a code that is none of today's: what the secret showed at some moment is never guessed by chance."""
    near = {code_at(secret, stage.clock() + 30 * step) for step in range(-20, 21)}
    ages = range(_LONG_AGO_SECONDS, 2 * _LONG_AGO_SECONDS, 30)
    return next(code for age in ages if (code := code_at(secret, stage.clock() - age)) not in near)


@probe(
    "AUTHN-1.3a",
    Safety.SANDBOX,
    question="Can a person enrol one-time codes by the clock (TOTP), with a secret that is worth the name?",
    yes="A TOTP can be enrolled: its secret is long and a person's own, and only a right code confirms it.",
    no="What is enrolled as a TOTP proves nothing: any code confirms it, or its secret is short or shared.",
    needs=(Op.LOG_IN, Op.ENROL_TOTP, Op.CONFIRM_TOTP),
)
def totp_can_be_enrolled(stage: Stage) -> Verdict:
    """Enrol a TOTP for two people, a wrong code first, and compare their secrets."""
    first, second = (_unenrolled(stage, label) for label in "ab")
    begun = stage.demand(Op.ENROL_TOTP, "enrolling a TOTP did not work", session=first.session)
    first.totp_secret = begun.value("secret")
    control(secret_bytes(first.totp_secret), "no secret came that an authenticator could keep")
    code = wrong_code(stage, first.totp_secret)
    if stage.perform(Op.CONFIRM_TOTP, session=first.session, code=code).kind.is_yes:
        return unmet("a wrong code confirmed the TOTP, so that its enrolment proves nothing")
    code = scenes.fresh_code(stage, first.totp_secret)
    saw = "the right code did not confirm the TOTP"
    first.renew(stage.demand(Op.CONFIRM_TOTP, saw, session=first.session, code=code))
    scenes.with_totp(stage, second)
    if second.totp_secret == first.totp_secret:
        return unmet("two people were given the same secret")
    # "The length of the shared secret MUST be at least 128 bits." (RFC 4226, section 4, R6)
    if secret_bytes(first.totp_secret) < LEAST_SECRET_BYTES:
        return partly(f"the secret has {8 * secret_bytes(first.totp_secret)} bits; RFC 4226 asks for 128 at least")
    return met("a TOTP was enrolled: a wrong code did not confirm it, the right one did")


def secret_bytes(secret: str) -> int:
    """Return how many bytes a base32 secret has, 0 when it is none."""
    try:
        return len(base64.b32decode(secret.upper() + "=" * (-len(secret) % 8)))
    except binascii.Error:
        return 0


def _unenrolled(stage: Stage, label: str) -> Person:
    person = people.resident(stage, label)
    if person.totp_secret:
        person = scenes.registered(stage, label)
        scenes.log_in(stage, person)
    return person


@probe(
    "AUTHN-1.3b",
    Safety.SANDBOX,
    question="Is the second factor demanded at login once it is enrolled, and does each code work only once?",
    yes="With a TOTP enrolled, the password alone opens nothing, a wrong code is refused, and a right one works once.",
    no="With a TOTP enrolled, a login went through without its code, with a wrong one, or with a used one.",
    needs=(Op.LOG_IN, Op.ANSWER_TOTP),
)
def second_factor_is_demanded(stage: Stage) -> Verdict:
    """Log in with the password alone, with a wrong code, with the right one, and with the same one again."""
    person = people.resident(stage)
    if not person.totp_secret:
        scenes.with_totp(stage, person)
    answer = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    if answer.kind.is_yes:
        return unmet("after a TOTP was enrolled, the password alone opened a session")
    challenge = answer.value("challenge")
    control(challenge, f"the right password brought no challenge: {answer.kind.value} (status {answer.status})")
    if _opens(stage, challenge):
        return unmet("what comes after the password, before any code, works as a session")
    code = wrong_code(stage, person.totp_secret)
    if scenes.step(stage, person, Op.ANSWER_TOTP, challenge=challenge, code=code).kind.is_yes:
        return unmet("a wrong code logged in")
    challenge = people.challenge_for(stage, person)
    code = scenes.fresh_code(stage, person.totp_secret)
    right = scenes.step(stage, person, Op.ANSWER_TOTP, challenge=challenge, code=code)
    control(right.kind.is_yes and right.value("session"), f"the right code did not log in: {right.kind.value}")
    again = people.challenge_for(stage, person)
    if scenes.step(stage, person, Op.ANSWER_TOTP, challenge=again, code=code).kind.is_yes:
        return unmet("a code that had logged in before logged in again")
    return met("the password alone opened nothing, a wrong code was refused, the right one worked, and only once")


def _opens(stage: Stage, challenge: str) -> bool:
    """Report whether a challenge does what only a session should do."""
    for op, given in ((Op.ACCOUNT, {}), (Op.CREATE_TOKEN, {"projects": [], "rights": ["publish"]})):
        if stage.target.can(op) and stage.perform(op, session=challenge, **given).kind.is_yes:
            return True
    return False
