"""The report after an exercise: what happened when, what was decided, what was missing, who does what.

Principles: none
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from strongroom.assess.exercise.log import Entry, What
from strongroom.assess.exercise.scenario import Inject, Scenario
from strongroom.assess.reports.pages import md


def after_action(scenario: Scenario, entries: Sequence[Entry]) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(scenario, entries)) + "\n"


def _lines(scenario: Scenario, entries: Sequence[Entry]) -> Iterator[str]:
    began = next((each.at for each in entries if each.what is What.BEGUN), None)
    ended = next((each.at for each in entries if each.what is What.ENDED), None)
    yield f"# After the exercise: {scenario.title}"
    yield ""
    yield scenario.about
    yield ""
    when = f"{began:%Y-%m-%d %H:%M} UTC" if began else "never begun"
    took = f", {_minutes(began, ended)} minutes of {scenario.minutes} planned" if began and ended else ", not ended"
    yield f"Played {when}{took}."
    yield ""
    yield "## Objectives"
    yield ""
    for objective in scenario.objectives:
        said = [e.text for e in entries if e.what is What.OBJECTIVE and e.inject == objective.id]
        verdict = {"yes": "met", "no": "not met"}.get(said[-1] if said else "", "not judged")
        yield f"- **{objective.id}** {objective.text} ({', '.join(objective.principles)}): {verdict}"
    yield ""
    yield "## What happened"
    yield ""
    for inject in scenario.injects:
        yield from _inject(inject, entries, began)
    yield from _table("What was missing", [e for e in entries if e.what is What.GAP], actions=False)
    yield from _table("Who does what", [e for e in entries if e.what is What.ACTION], actions=True)
    yield "An exercise shows what people would do. It is no evidence that a principle is met."


def _inject(inject: Inject, entries: Sequence[Entry], began: datetime | None) -> Iterator[str]:
    shown = next((e.at for e in entries if e.what is What.SHOWN and e.inject == inject.id), None)
    yield f"### {inject.id}: {md(inject.text[:160])}{'…' if len(inject.text) > 160 else ''}"
    yield ""
    if shown is None or began is None:
        yield "Not reached."
        yield ""
        return
    decided = [e for e in entries if e.what is What.DECISION and e.inject == inject.id]
    first = f"first decision after {_minutes(shown, decided[0].at)} min" if decided else "no decision"
    yield f"Shown at {_minutes(began, shown)} min (planned {inject.at}); {first}."
    yield ""
    for each in entries:
        if each.inject == inject.id and each.what in (What.DECISION, What.NOTE):
            yield f"- {_minutes(began, each.at)} min, {each.what.value}: {md(each.text)}"
    yield ""


def _table(title: str, entries: Sequence[Entry], *, actions: bool) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if not entries:
        yield "Nothing was noted."
        yield ""
        return
    yield "| At | What | Owner | Due |" if actions else "| At | What |"
    yield "|---|---|---|---|" if actions else "|---|---|"
    for each in entries:
        row = [each.inject, md(each.text), *([md(each.owner), each.due] if actions else [])]
        yield f"| {' | '.join(row)} |"
    yield ""


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)
