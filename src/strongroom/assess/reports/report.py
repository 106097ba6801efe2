"""What a report shows: an assessment with its plan, its gate, its changes and its annotations, and the words for them.

Principles: none
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from strongroom.assess.annotations import Annotation
from strongroom.assess.comparison import Difference
from strongroom.assess.document import Assessment
from strongroom.assess.evaluation import ClauseResult, PrincipleResult, State, TrackResult
from strongroom.assess.gate import Verdict
from strongroom.assess.plan import Plan
from strongroom.assess.probing import Finding, Outcome
from strongroom.assess.wire import Exchange
from strongroom.principles.catalogue import Grade, Track

MARKS: Final[Mapping[State, str]] = {
    State.MET: "✓",
    State.PARTLY: "◐",
    State.UNMET: "✗",
    State.UNKNOWN: "?",
    State.NOT_APPLICABLE: "–",
}
"""A mark for each state; every report writes the word too, for who cannot tell the marks apart."""

TITLES: Final[Mapping[Track, str]] = {
    Track.AUTHENTICATION: "Authentication",
    Track.AUTHORIZATION: "Authorization",
    Track.GENERAL: "General capabilities",
    Track.CLI: "CLI tooling",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a view may show."""

    assessment: Assessment
    plan: Plan
    verdict: Verdict
    changes: tuple[Difference, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    signed_off_by: str = ""
    exchanges: tuple[Exchange, ...] = ()

    def annotation(self, clause: str) -> Annotation | None:
        """Return what somebody says of a clause beside the measurement."""
        return next((each for each in self.annotations if each.clause == clause), None)

    def finding(self, clause: str) -> Finding | None:
        """Return what the probe of a clause found."""
        return next((each for each in self.assessment.findings if each.clause == clause), None)


def printable(text: str) -> str:
    """Return what a target said on one line, without what moves a cursor or is no character of XML 1.0."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def level_words(result: TrackResult) -> str:
    """Return the level of a track in words: `2`, `1, up to 3`, or that it does not apply."""
    if result.confirmed is None:
        return "does not apply"
    if result.confirmed == result.possible:
        return f"level {result.confirmed}"
    return f"level {result.confirmed} confirmed, up to {result.possible}"


def interval_words(result: TrackResult) -> str:
    """Return how far the level may reach when what is unknown turns out well; empty when all is known."""
    return "" if result.confirmed == result.possible else f"up to {result.possible}, nobody knows yet; "


def count_words(result: TrackResult) -> str:
    """Return how many principles of each level are met: `L1 5/5, L2 3/4, L3 0/3`."""
    return ", ".join(f"L{c.level} {c.met}/{c.applicable}" for c in result.levels if c.applicable)


def reason(report: Report, found: ClauseResult) -> str:
    """Return, in a sentence, why a clause is in its state."""
    if found.state is State.NOT_APPLICABLE:
        return "A repository of this kind need not."
    deciding = _deciding(found)
    if deciding:
        return printable(deciding)
    finding = report.finding(found.clause.id)
    if finding is not None and finding.outcome in (Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.NOT_RUN):
        return f"{finding.outcome.value.capitalize()}: {printable(finding.saw)}"
    return (found.why.value if found.why else "nobody has looked").capitalize()


def _deciding(found: ClauseResult) -> str:
    if found.state is State.UNKNOWN:
        return ""
    against = found.state is not State.MET
    for each in found.evidence:
        if each.grade is found.grade and (each.polarity.value != "supports") is against:
            return each.says
    return ""


def coverage(report: Report) -> str:
    """Return, in a sentence, how many of the required clauses were looked at, and what the others need."""
    required = [c for c in report.assessment.clauses if c.clause.required and c.state is not State.NOT_APPLICABLE]
    settled = [f for f in report.assessment.findings if f.outcome in (Outcome.MET, Outcome.PARTLY, Outcome.UNMET)]
    # What a driver says that its product lacks was looked at by nobody in this run.
    told = {f.clause for f in settled if f.grade is Grade.DOCUMENTED and not f.exchanges}
    looked = {f.clause for f in settled} - told
    shy = [f for f in report.assessment.findings if f.outcome is Outcome.NOT_RUN and "needs leave" in f.saw]
    seen = sum(c.clause.id in looked for c in required)
    said = sum(c.clause.id in told for c in required)
    words = f"{seen} of {len(required)} required clauses were settled by a probe"
    words += f", {said} by what is documented of the product" if said else ""
    return words + (f"; {len(shy)} more need --active." if shy else ".")


def rungs(result: TrackResult) -> Iterator[tuple[int, tuple[PrincipleResult, ...]]]:
    """Yield the levels of a track, the highest first, with the principles of each."""
    for level in (3, 2, 1):
        yield level, tuple(p for p in result.principles if p.principle.level == level)
