"""What becomes of a token that somebody found where it should not be? (AUTHZ-3.2)

Principles: AUTHZ-3.2
"""

import re
from dataclasses import dataclass
from typing import Final

from strongroom.assess import scenes
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.journal import Thing
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.reporter import Reporter, new_reporter, report_of
from strongroom.assess.stage import Message, Person, Stage

REVOKED_SECONDS: Final = 30.0
MAIL_SECONDS: Final = 60.0
_PLACE: Final = "https://code.invalid/leak"
_NEEDS: Final = (Op.PUBLISH, Op.FILES, Op.FETCH, Op.TRUST_REPORTER, Op.REPORT_LEAK)


@dataclass(frozen=True)
class _Leak:
    """A live token with the package that it publishes, and the reporter whom the operator trusts."""

    stage: Stage
    reporter: Reporter
    owner: Person
    token: str
    project: str

    def report(self, signature: str, key_id: str = "", payload: str = "") -> Answer:
        payload = payload or report_of(self.token, _PLACE)
        given = {"token": self.token, "url": _PLACE, "key_id": key_id or self.reporter.key_id}
        return self.stage.perform(Op.REPORT_LEAK, signature=signature, payload=payload, **given)

    def works(self, version: str) -> bool:
        return scenes.gets_through(self.stage, self.token, wheel(self.project, version))


def _leak(stage: Stage) -> _Leak:
    reporter = new_reporter(f"{stage.prefix}{stage.chance.text(6)}")
    saw = "the operator could not trust a reporter"
    stage.journal.about_to_make(Thing.REPORTER, reporter.key_id)
    stage.demand(Op.TRUST_REPORTER, saw, key_id=reporter.key_id, public_key=reporter.public_key)
    owner = scenes.maintainer(stage)
    token = scenes.token_for(stage, owner)
    return _Leak(stage, reporter, owner, token, scenes.published(stage, token).project)


@probe(
    "AUTHZ-3.2b",
    Safety.IRREVERSIBLE,
    question="Is a signed report of a leaked token taken, and is every other report refused?",
    yes="Only a report that a known reporter has signed, over the very bytes that were sent, is taken.",
    no="A report that nobody trustworthy had signed was taken.",
    needs=_NEEDS,
)
def only_signed_reports_of_leaks_are_taken(stage: Stage) -> Verdict:
    """Send reports of a live token that are not signed well, see that it still works, and then send one that is."""
    leak = _leak(stage)
    reporter, stranger = leak.reporter, new_reporter(f"{stage.prefix}nobody")
    honest = report_of(leak.token, _PLACE)
    for lie, signature, key_id in (
        ("without a signature", "", reporter.key_id),
        ("that was changed after it was signed", reporter.signature(honest + " "), reporter.key_id),
        ("that another key had signed", stranger.signature(honest), reporter.key_id),
        ("of a reporter whom nobody knows", stranger.signature(honest), stranger.key_id),
    ):
        answer = leak.report(signature, key_id)
        if answer.kind.is_yes:
            return unmet(f"a report {lie} was taken")
        if not answer.kind.is_no and answer.kind is not Kind.MISSING:
            raise Inconclusive(f"to a report {lie} the answer was {answer.kind.value} (status {answer.status})")
    if not leak.works("1.1"):
        return unmet("a token was revoked after reports that nobody had signed well")
    answer = leak.report(reporter.signature(honest))
    control(answer.kind.is_yes, f"a report that was signed well was not taken: {answer.kind.value}")
    return met("a report that a known reporter had signed was taken; four that nobody had signed well were refused")


@probe(
    "AUTHZ-3.2c",
    Safety.IRREVERSIBLE,
    question="Does a token that is reported as leaked die at once, and does its owner hear of it?",
    yes="The reported token was dead within half a minute, and its owner was told by mail.",
    no="The reported token still worked, or nobody told its owner.",
    needs=_NEEDS,
    seconds=240.0,
)
def reported_token_dies_and_its_owner_hears(stage: Stage) -> Verdict:
    """Report a live token, try it until it is dead, and look into its owner's mail."""
    leak = _leak(stage)
    before = list(stage.mailbox.messages(leak.owner.email)) if stage.mailbox else []
    payload = report_of(leak.token, _PLACE)
    answer = leak.report(leak.reporter.signature(payload))
    control(answer.kind.is_yes, f"a report that was signed well was not taken: {answer.kind.value}")
    versions = iter(range(1, 1000))
    if not stage.wait_until(lambda: not leak.works(f"2.{next(versions)}"), REVOKED_SECONDS, every=5.0):
        return unmet(f"{REVOKED_SECONDS:.0f} seconds after a report that was taken the token still published")
    control(_another_works(leak), "the owner cannot publish with a new token either")

    def tells(mail: Message) -> bool:
        return (
            mail not in before and re.search(r"\btokens?\b", f"{mail.subject} {mail.text}", re.IGNORECASE) is not None
        )

    if stage.mail(leak.owner.email, MAIL_SECONDS, tells) is None:
        return unmet("the reported token was revoked, and nobody told its owner")
    return met("the reported token was dead, and its owner was told by mail")


def _another_works(leak: _Leak) -> bool:
    fresh = scenes.token_for(leak.stage, leak.owner)
    return fresh != leak.token and scenes.gets_through(leak.stage, fresh, wheel(leak.project, "3.0"))
