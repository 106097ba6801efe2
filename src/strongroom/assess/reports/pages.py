"""Reports for people: one HTML file without script, and Markdown for an issue.

Principles: none
"""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from strongroom.assess.document import DISCLAIMER
from strongroom.assess.evaluation import ClauseResult, PrincipleResult, State, TrackResult
from strongroom.assess.reports.report import (
    MARKS,
    TITLES,
    Report,
    count_words,
    coverage,
    interval_words,
    level_words,
    reason,
    rungs,
)
from strongroom.principles.catalogue import framework
from strongroom.principles.guidance import guidance


@cache
def _template() -> Template:
    # What a target says is hostile text: everything is escaped.
    loader = PackageLoader("strongroom.assess.reports", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "report.html"
    )


def as_html(report: Report) -> str:
    """Return the report as one HTML file: no script, nothing fetched, fit for print."""
    told = report.assessment.circumstances
    return _template().render(
        product=told.product or "A repository",
        told=told,
        framework=framework(),
        signed_off_by=report.signed_off_by,
        troubles=report.assessment.troubles,
        failures=report.verdict.failures,
        tracks=[_track(report, each) for each in report.assessment.tracks],
        conflicts=[_clause(report, each) for each in report.assessment.conflicts],
        changes=report.changes,
        reach=report.plan.reach,
        budget_days=report.plan.budget_days,
        plan=[(part.value, list(items)) for part, items in groupby(report.plan.items, key=lambda i: i.part)],
        coverage=coverage(report),
        disclaimer=DISCLAIMER,
    )


def _track(report: Report, result: TrackResult) -> dict[str, Any]:
    return {
        "title": TITLES[result.track],
        "height": "Does not apply" if result.confirmed is None else f"Level {result.confirmed}",
        "interval": interval_words(result),
        "counts": count_words(result),
        "rungs": [(level, [_principle(report, p) for p in found]) for level, found in rungs(result)],
        "principles": [_principle(report, p) for p in result.principles],
    }


def _principle(report: Report, found: PrincipleResult) -> dict[str, Any]:
    return {
        "id": found.principle.id,
        "short": found.principle.id.rpartition("-")[2],
        "title": found.principle.title,
        "level": found.principle.level,
        "state": found.state.value,
        "css": _css(found.state),
        "mark": MARKS[found.state],
        "open": found.state in (State.UNMET, State.PARTLY),
        "clauses": [_clause(report, each) for each in found.clauses],
        "guidance": guidance(found.principle.id),
    }


def _clause(report: Report, found: ClauseResult) -> dict[str, Any]:
    finding = report.finding(found.clause.id)
    numbers = finding.exchanges if finding else ()
    return {
        "id": found.clause.id,
        "principle": found.clause.id[:-1],
        "text": found.clause.text,
        "required": found.clause.required,
        "state": found.state.value,
        "css": _css(found.state),
        "mark": MARKS[found.state],
        "reason": reason(report, found),
        "annotation": report.annotation(found.clause.id),
        "evidence": found.evidence,
        "exchanges": [each for each in report.exchanges if each.number in numbers],
    }


def _css(state: State) -> str:
    return state.value.replace(" ", "-")


def as_markdown(report: Report) -> str:
    """Return the report as Markdown, for an issue or a comment."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    told = report.assessment.circumstances
    yield f"# {md(told.product or 'A repository')} at {md(told.url)}"
    yield ""
    yield f"{framework().name} {framework().version}, measured {told.ended:%Y-%m-%d %H:%M} UTC, run {md(told.run)}."
    yield ""
    for each in report.assessment.troubles:
        yield f"**Incomplete:** {md(each)}"
        yield ""
    yield "| Track | Level | Principles met |"
    yield "|---|---|---|"
    for result in report.assessment.tracks:
        yield f"| {TITLES[result.track]} | {level_words(result)} | {count_words(result) or '–'} |"
    yield ""
    if report.assessment.conflicts:
        yield "## Claimed, and seen not to be so"
        yield ""
        for found in report.assessment.conflicts:
            yield f"- **{found.clause.id}** {found.clause.text} {md(reason(report, found))}"
        yield ""
    for result in report.assessment.tracks:
        yield f"## {TITLES[result.track]}"
        yield ""
        yield "| | Clause | | Why |"
        yield "|---|---|---|---|"
        for principle in result.principles:
            for found in principle.clauses:
                row = (MARKS[found.state] + " " + found.state.value, found.clause.id, found.clause.text)
                yield f"| {' | '.join(row)} | {md(reason(report, found))} |"
        yield ""
    yield f"{coverage(report)} {DISCLAIMER}"


def md(text: str) -> str:
    """Return text that Markdown shows as it stands: what a target says makes no link, no table and no HTML."""
    text = " ".join(text.split())
    for sign in "\\`*_{}[]<>|#~@":
        text = text.replace(sign, "\\" + sign if sign != "@" else "@\u200b")
    return text.replace("://", ":\u200b//")
