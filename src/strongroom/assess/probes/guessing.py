"""How often may somebody guess? (AUTHN-1.5)

At most a hundred wrong passwords and fifty wrong codes are tried on an account of the run's own, until the first sign
that it is noticed. The framework names no bound; "no more than 100 failed attempts per hour is possible on a single
account" was the OWASP standard's (ASVS 4.0, 2.2.1).

Principles: AUTHN-1.5
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from strongroom.assess import people, scenes
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.one_time_codes import code_at
from strongroom.assess.probing import (
    ControlFailed,
    Inconclusive,
    Safety,
    Verdict,
    control,
    met,
    partly,
    probe,
    unmet,
)
from strongroom.assess.stage import Person, Stage

MOST_PASSWORDS: Final = 100
MOST_CODES: Final = 50
PACE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 60.0
_SLOWER, _SLOW_SECONDS, _ENOUGH, _SLOW_IN_A_ROW = 5.0, 1.0, 5, 2
_WEEK_SECONDS: Final = 604_800
_TOOK: Final = "slow: it took"

Guess = Callable[[int], Answer]
"""Makes the wrong guess of this number."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """How many wrong guesses were made, and the sign that they were noticed; empty when there was none."""

    tries: int
    sign: str = ""
    wait_seconds: float = 0.0
    is_slow: bool = False

    def stops(self, right: Answer) -> bool:
        """Report whether the sign stops the right answer too: it is refused, or takes as long as a wrong one."""
        return not people.recognised(right) or (self.is_slow and right.seconds > _SLOW_SECONDS)


def guess_until_noticed(stage: Stage, most: int, guess: Guess) -> Guessed:
    """Guess wrongly at a pace of two a second until something shows that it is noticed; ValueError never.

    A sign is: too many requests, a time to wait, another answer than to the first guess, or two in a row that take five
    times as long: a single one may be any machine's hiccup. Inconclusive when an answer is neither a yes nor a no;
    ControlFailed when a wrong guess is right.
    """
    pace = float(stage.tools.get("guess_pace_seconds", PACE_SECONDS))
    first: Answer | None = None
    taken: list[float] = []
    slow = 0
    for number in range(1, most + 1):
        answer = guess(number)
        if people.recognised(answer):
            raise ControlFailed("a wrong guess was taken for a right one")
        slow = slow + 1 if _is_slow(answer, taken) else 0
        sign = _sign(answer, first)
        if slow == _SLOW_IN_A_ROW:
            sign = sign or f"{_TOOK} {answer.seconds:.1f} s, many times what it took at first"
        if sign:
            return Guessed(number, sign, _wait(answer), sign.startswith(_TOOK))
        if not answer.kind.is_no and answer.kind is not Kind.MISSING:
            raise Inconclusive(f"a wrong guess was answered with {answer.kind.value} (status {answer.status})")
        first = first or answer
        if not slow:
            taken.append(answer.seconds)
        stage.sleep(pace)
    return Guessed(most)


def _is_slow(answer: Answer, taken: list[float]) -> bool:
    return len(taken) >= _ENOUGH and answer.seconds > max(_SLOW_SECONDS, _SLOWER * median(taken))


def _sign(answer: Answer, first: Answer | None) -> str:
    if answer.kind is Kind.THROTTLED or answer.headers.get("retry-after"):
        return f"asked to wait (status {answer.status})"
    if first is not None and answer.kind is not first.kind and answer.kind.is_no:
        return f"answered otherwise than at first: {answer.kind.value} (status {answer.status})"
    return ""


def _wait(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0


@probe(
    "AUTHN-1.5a",
    Safety.IRREVERSIBLE,
    question="Are guesses at passwords limited, for each account and for each source?",
    yes="Wrong passwords are soon noticed, at one account and from one source, and then the right one must wait too.",
    no=f"{MOST_PASSWORDS} wrong passwords in a row were taken without a sign, or the right one worked all the same.",
    needs=(Op.LOG_IN,),
    requests=260,
    seconds=400,
    last=2,
)
def guesses_at_passwords_are_limited(stage: Stage) -> Verdict:
    """Guess at one account from many sources where this run has them, try the right password, then spray one source."""
    person = scenes.maintainer(stage)
    control(people.recognised(_logs_in(stage, person)), "the right password did not log in before any guess")
    sources = _sources(stage)

    def at_account(number: int) -> Answer:
        where = sources[number % len(sources)]
        return where.perform(Op.LOG_IN, name=person.name, password=_nonsense(stage, number))

    guessed = guess_until_noticed(stage, MOST_PASSWORDS, at_account)
    spread = f" from {len(sources)} addresses" if len(sources) > 1 else ""
    if guessed.sign and not guessed.stops(_logs_in(sources[guessed.tries % len(sources)], person)):
        return unmet(f"guess {guessed.tries} was {guessed.sign}, yet the right password logged in at once")
    sprayed = _spray(sources[-1])
    if not guessed.sign:
        if not sprayed.sign:
            return unmet(f"{guessed.tries} wrong passwords{spread} for one account were taken without a sign")
        return partly(f"only the source is limited: {guessed.tries} guesses at one account{spread} met no limit")
    if not sprayed.sign:
        return partly(f"only the account is limited: {sprayed.tries} guesses at others from one source met no limit")
    _recovers(stage, person, guessed)
    told = "" if spread else "; whether the account or the source is limited cannot be told from one address"
    return met(
        f"noticed at guess {guessed.tries} at one account{spread} ({guessed.sign}), and at guess {sprayed.tries} "
        f"from one source; then the right password had to wait too{told}"
    )


def _sources(stage: Stage) -> list[Stage]:
    """Return the stage as spoken from every other address that this run has; itself when it has no other."""
    found: list[Stage] = []
    while (another := people.from_elsewhere(stage, len(found))) is not None:
        found.append(another)
    return found or [stage]


def _logs_in(stage: Stage, person: Person) -> Answer:
    return stage.perform(Op.LOG_IN, name=person.name, password=person.password)


def _nonsense(stage: Stage, number: int) -> str:
    return f"wrong-{number}-{stage.chance.text(10)}"


def _spray(stage: Stage) -> Guessed:
    """Guess once at each of many names that nobody has, from one source."""
    return guess_until_noticed(
        stage,
        MOST_PASSWORDS,
        lambda number: stage.perform(
            Op.LOG_IN, name=f"{stage.prefix}none{number}", password=_nonsense(stage, number)
        ),
    )  # fmt: skip


def _recovers(stage: Stage, person: Person, guessed: Guessed) -> None:
    """Wait as long as was asked for, when that is bearable, and see that the right password logs in again."""
    if not 0 < guessed.wait_seconds <= float(stage.tools.get("patience_seconds", PATIENCE_SECONDS)):
        return
    stage.sleep(guessed.wait_seconds + 1)
    control(people.recognised(_logs_in(stage, person)), "after the time to wait the right password does not log in")


@probe(
    "AUTHN-1.5b",
    Safety.IRREVERSIBLE,
    question="Are guesses at one-time codes and recovery codes limited?",
    yes="Wrong codes are soon noticed, however often the login is begun anew, and then the right one must wait too.",
    no=f"{MOST_CODES} wrong codes in a row were taken without a sign, or the right one worked all the same.",
    needs=(Op.LOG_IN, Op.ANSWER_TOTP),
    requests=260,
    seconds=300,
    last=1,
)
def guesses_at_codes_are_limited(stage: Stage) -> Verdict:
    """Guess at codes after the right password, each time in a login begun anew; then the same at recovery codes."""
    person = people.resident(stage, "t")
    if not person.totp_secret:
        scenes.with_totp(stage, person)
    away = _sources(stage)[0]
    code = scenes.fresh_code(stage, person.totp_secret)
    right = scenes.step(away, person, Op.ANSWER_TOTP, challenge=people.challenge_for(away, person), code=code)
    control(right.kind.is_yes, "the right code did not log in before any guess")
    guessed = guess_until_noticed(stage, MOST_CODES, lambda number: _guess_code(away, person, number))
    if not guessed.sign:
        return unmet(f"{guessed.tries} wrong one-time codes for one account were taken without a sign")
    if _enters(away, person, Op.ANSWER_TOTP, scenes.fresh_code(stage, person.totp_secret)):
        return unmet(f"guess {guessed.tries} was {guessed.sign}, yet the right code logged in at once")
    if not (stage.target.can(Op.MAKE_RECOVERY_CODES) and stage.target.can(Op.ANSWER_RECOVERY_CODE)):
        return met(f"noticed at guess {guessed.tries} ({guessed.sign}), and then the right code had to wait too")
    recovery = _guess_recovery_codes(stage, away)
    if not recovery.sign:
        return unmet(f"one-time codes are limited, but {recovery.tries} wrong recovery codes were taken without a sign")
    return met(
        f"noticed at guess {guessed.tries} of one-time codes and {recovery.tries} of recovery codes ({recovery.sign}); "
        f"then the right code had to wait too"
    )


def _guess_code(stage: Stage, person: Person, number: int) -> Answer:
    """Begin a login anew and answer it wrongly; the answer to the beginning when that is refused."""
    begun = _logs_in(stage, person)
    if not begun.value("challenge"):
        return begun
    past = code_at(person.totp_secret, stage.clock() - _WEEK_SECONDS - 30 * number)
    return stage.perform(Op.ANSWER_TOTP, challenge=begun.value("challenge"), code=past)


def _enters(stage: Stage, person: Person, op: Op, code: str) -> bool:
    begun = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
    challenge = begun.value("challenge")
    return begun.kind.is_yes or bool(
        challenge and scenes.step(stage, person, op, challenge=challenge, code=code).kind.is_yes
    )


def _guess_recovery_codes(stage: Stage, away: Stage) -> Guessed:
    """Guess at the recovery codes of another person, after one of theirs has worked."""
    person = people.resident(stage, "r")
    if not person.totp_secret:
        scenes.with_totp(stage, person)
    made = stage.demand(Op.MAKE_RECOVERY_CODES, "making recovery codes did not work", session=person.session)
    codes = made.values.get("codes")
    control(isinstance(codes, list) and len(codes) > 1, "no recovery codes came")
    right = [str(code) for code in codes or ()]
    control(_enters(away, person, Op.ANSWER_RECOVERY_CODE, right[0]), "a right recovery code did not log in")

    def guess(number: int) -> Answer:
        begun = _logs_in(away, person)
        if not begun.value("challenge"):
            return begun
        wrong = right[1][::-1] + str(number)
        return away.perform(Op.ANSWER_RECOVERY_CODE, challenge=begun.value("challenge"), code=wrong[-len(right[1]) :])

    return guess_until_noticed(stage, MOST_CODES, guess)
