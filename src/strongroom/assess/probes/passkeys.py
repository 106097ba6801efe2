"""Does it take what cannot be phished: keys as a second factor, and in place of a password? (AUTHN-2.2, AUTHN-3.1)

Principles: AUTHN-2.2, AUTHN-3.1
"""

from typing import Any, Final

from strongroom.assess import people, scenes
from strongroom.assess.authenticator import Authenticator, Lie
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.probing import ControlFailed, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage

ELSEWHERE: Final = Lie(origin="https://phishing.invalid")
LIES: Final = {
    "for another origin, as a phishing page would pass it on": ELSEWHERE,
    "for another relying party": Lie(rp_id="phishing.invalid"),
    "signed by another key": Lie(other_key=True),
}
"""Answers that a person never gave for this repository: each must be refused (WebAuthn 3, section 7.2)."""


@probe(
    "AUTHN-2.2a",
    Safety.SANDBOX,
    question="Can a WebAuthn key be the second factor, and is its every answer verified?",
    yes="A key is enrolled and then demanded at login; answers from elsewhere, by another key or used are refused.",
    no="A key was not demanded, or an answer went through that was made for a phishing page, forged, or used before.",
    needs=(
        Op.LOG_IN, Op.BEGIN_WEBAUTHN, Op.FINISH_WEBAUTHN, Op.WEBAUTHN_CHALLENGE, Op.ANSWER_WEBAUTHN,
    ),
)  # fmt: skip
def key_is_a_second_factor(stage: Stage) -> Verdict:
    """Enrol a key and log in with it; then try what a phisher could send, and the same answer again."""
    person = people.resident(stage)
    if people.enrol_key(stage, person, Authenticator(stage.chance.text), ELSEWHERE).kind.is_yes:
        return unmet("a key that was made for a phishing page was enrolled")
    authenticator = people.with_key(stage, person)
    begun = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    if begun.kind.is_yes:
        return unmet("after a key was enrolled, the password alone opened a session")
    challenge = begun.value("challenge")
    control(challenge, f"the right password brought no challenge: {begun.kind.value} (status {begun.status})")
    credential, right = _answered(stage, person, challenge, authenticator)
    control(right.kind.is_yes and right.value("session"), "an honest answer by the key did not log in")
    for spent in (challenge, people.challenge_for(stage, person)):
        again = scenes.step(stage, person, Op.ANSWER_WEBAUTHN, challenge=spent, credential=credential)
        if again.kind.is_yes:
            return unmet("an answer that had logged in before logged in again")
    for what, lie in LIES.items():
        _, answer = _answered(stage, person, people.challenge_for(stage, person), authenticator, lie)
        if answer.kind.is_yes:
            return unmet(f"an answer {what} logged in")
    _, right = _answered(stage, person, people.challenge_for(stage, person), authenticator)
    control(right.kind.is_yes, "afterwards an honest answer did not log in")
    return met("a key was enrolled and demanded; answers for another origin or party, forged or used, were refused")


def _answered(
    stage: Stage, person: Person, challenge: str, authenticator: Authenticator, lie: Lie | None = None
) -> tuple[dict[str, Any], Answer]:
    """Answer a login's challenge with the key; return what was sent and what came."""
    options = people.options_in(stage.perform(Op.WEBAUTHN_CHALLENGE, challenge=challenge))
    credential = authenticator.answer(options, people.origin_of(stage.base), lie or Lie())
    return credential, scenes.step(stage, person, Op.ANSWER_WEBAUTHN, challenge=challenge, credential=credential)


@probe(
    "AUTHN-3.1a",
    Safety.SANDBOX,
    question="Can a person log in with a passkey alone: no name, no password, no code?",
    yes="A passkey whose user was verified logs in by itself; without that, or from another origin, it is refused.",
    no="A passkey does not log in by itself, or does so for an unverified user or from a phishing page.",
    needs=(Op.BEGIN_WEBAUTHN, Op.FINISH_WEBAUTHN, Op.BEGIN_PASSKEY, Op.FINISH_PASSKEY),
)
def passkey_logs_in_by_itself(stage: Stage) -> Verdict:
    """Enrol a passkey, log in with nothing else, then with the user unverified, and from another origin."""
    person = people.resident(stage)
    authenticator = people.with_key(stage, person)
    begun = stage.perform(Op.BEGIN_PASSKEY)
    if begun.kind.is_no:
        return unmet(f"a login by passkey does not begin without more: {begun.kind.value} (status {begun.status})")
    options = people.options_in(begun)
    control(not options.get("allowCredentials"), "the options name credentials although nobody said who logs in")
    answer = _logs_in(stage, authenticator, begun)
    if answer.value("challenge"):
        return unmet("after the passkey, more was asked for")
    control(answer.kind.is_yes and answer.value("session"), f"the passkey did not log in: {answer.kind.value}")
    _require_session(stage, person, answer.value("session"))
    for what, lie in {"whose user was not verified": Lie(unverified=True), "from another origin": ELSEWHERE}.items():
        if _logs_in(stage, authenticator, stage.perform(Op.BEGIN_PASSKEY), lie).kind.is_yes:
            return unmet(f"a passkey {what} logged in without a password")
    control(_logs_in(stage, authenticator, stage.perform(Op.BEGIN_PASSKEY)).kind.is_yes, "it no longer logs in")
    return met("a passkey logged in by itself; with the user unverified, or from another origin, it was refused")


def _logs_in(stage: Stage, authenticator: Authenticator, begun: Answer, lie: Lie | None = None) -> Answer:
    credential = authenticator.answer(people.options_in(begun), people.origin_of(stage.base), lie or Lie())
    return stage.perform(Op.FINISH_PASSKEY, challenge=begun.value("challenge"), credential=credential)


def _require_session(stage: Stage, person: Person, session: str) -> None:
    """Raise ControlFailed unless a session does what a person's own session did before: begin another enrolment."""
    if not stage.perform(Op.BEGIN_WEBAUTHN, session=session).kind.is_yes:
        raise ControlFailed(f"what the passkey opened for {person.name} is no session")
