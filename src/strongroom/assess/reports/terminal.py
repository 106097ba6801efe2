"""The report for a terminal: four ladders, what is in the way, and what to do next. Readable without colour.

Principles: none
"""

from collections.abc import Iterator
from typing import Final

import click

from strongroom.assess.document import DISCLAIMER
from strongroom.assess.evaluation import PrincipleResult, State, TrackResult
from strongroom.assess.plan import Item, Part
from strongroom.assess.reports.report import (
    MARKS,
    TITLES,
    Report,
    count_words,
    coverage,
    level_words,
    printable,
    reason,
    rungs,
)
from strongroom.principles.catalogue import framework

_COLOURS: Final = {State.MET: "green", State.UNMET: "red", State.PARTLY: "yellow", State.UNKNOWN: "yellow"}
_WIDTH: Final = 100
NEXT_STEPS: Final = 6


def as_terminal(report: Report) -> str:
    """Return the report with terminal colours; `click.echo` takes them out where they are not wanted."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    told = report.assessment.circumstances
    yield _bold(printable(f"{told.product or 'Nobody knows what'} at {told.url}"))
    when = f"{told.ended:%Y-%m-%d %H:%M} UTC, run {told.run}, {(told.ended - told.started).total_seconds():.0f} s"
    yield _faint(f"{framework().name} {framework().version}; {when}; up to: {told.safety}")
    if told.proof:
        yield _faint(f"Leave: {told.proof}.")
    for each in report.assessment.troubles:
        yield click.style(f"Incomplete: {printable(each)}", fg="yellow")
    for left in told.left:
        yield click.style(f"Left behind: {printable(left)}", fg="red")
    for result in report.assessment.tracks:
        yield ""
        yield from _ladder(result)
    yield from _conflicts(report)
    yield from _in_the_way(report)
    yield from _changes(report)
    yield from _next(report)
    yield ""
    yield coverage(report)
    for failure in report.verdict.failures:
        yield click.style(f"Gate: {failure}", fg="red")
    yield _faint(DISCLAIMER)


def _ladder(result: TrackResult) -> Iterator[str]:
    yield f"{_bold(f'{TITLES[result.track]:<22}')} {level_words(result):<28} {_faint(count_words(result))}"
    for level, found in rungs(result):
        yield f"  {level}  " + "   ".join(_cell(each) for each in found)


def _cell(found: PrincipleResult) -> str:
    text = f"{MARKS[found.state]} {found.principle.id}"
    return click.style(text, fg=_COLOURS.get(found.state), dim=found.state is State.NOT_APPLICABLE)


def _conflicts(report: Report) -> Iterator[str]:
    if report.assessment.conflicts:
        yield ""
        yield click.style("Claimed, and seen not to be so", bold=True, fg="red")
        for found in report.assessment.conflicts:
            yield from _entry(found.clause.id, found.clause.text, reason(report, found))


def _in_the_way(report: Report) -> Iterator[str]:
    wanting = [c for c in report.assessment.clauses if c.state in (State.UNMET, State.PARTLY) and c.clause.required]
    if wanting:
        yield ""
        yield _bold("Not met")
        for found in wanting:
            said = report.annotation(found.clause.id)
            beside = f" ({said.kind.value} until {said.expires}: {said.reason})" if said else ""
            mark = MARKS[found.state]
            yield from _entry(f"{mark} {found.clause.id}", found.clause.text, reason(report, found) + beside)


def _entry(head: str, text: str, below: str) -> Iterator[str]:
    yield f"  {head:<12} {text}"
    yield from (_faint(f"               {line}") for line in _wrapped(below, _WIDTH - 15))


def _wrapped(text: str, width: int) -> list[str]:
    return click.wrap_text(" ".join(text.split()), width).splitlines()


def _changes(report: Report) -> Iterator[str]:
    if report.changes:
        yield ""
        yield _bold("Since the last time")
        for each in report.changes:
            yield f"  {each.clause:<10} {each.change.value}: {each.before.value} → {each.after.value}"


def _next(report: Report) -> Iterator[str]:
    steps = report.plan.items
    if not steps:
        return
    yield ""
    yield _bold("What to do next")
    unknown = [i for i in steps if i.part is Part.FIND_OUT]
    if unknown:
        first = f"Find out about {len(unknown)} principles first: {_ways(unknown)}."
        yield from (f"  {line}" for line in _wrapped(first, _WIDTH - 2))
    for item in [i for i in steps if i.part is not Part.FIND_OUT][:NEXT_STEPS]:
        yield f"  {item.principle:<10} {item.title} ({item.guidance.effort.says}): {item.why_here}."


def _ways(unknown: list[Item]) -> str:
    counted: dict[str, int] = {}
    for item in unknown:
        way = item.settle_by.split(",")[0].split(":")[0]
        counted[way] = counted.get(way, 0) + 1
    return "; ".join(f"{way} ({count})" for way, count in sorted(counted.items(), key=lambda each: -each[1])[:4])


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _faint(text: str) -> str:
    return click.style(text, dim=True)
