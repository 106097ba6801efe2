"""The plan by itself: Markdown fit for a grant proposal, CSV, and drafts of issues.

Principles: none
"""

import csv
import io
from collections.abc import Iterator
from itertools import groupby

from strongroom.assess.document import DISCLAIMER
from strongroom.assess.plan import Item, Part
from strongroom.assess.reports.pages import md
from strongroom.assess.reports.report import TITLES, Report, level_words
from strongroom.assess.reports.tables import plain_cell
from strongroom.principles.catalogue import framework
from strongroom.principles.guidance import Persona


def as_proposal(report: Report) -> str:
    """Return the plan as Markdown: where the repository stands, and for each item what it brings and costs."""
    return "\n".join(_proposal(report)) + "\n"


def _proposal(report: Report) -> Iterator[str]:
    told = report.assessment.circumstances
    yield f"# What {md(told.product or 'the repository')} at {md(told.url)} needs next"
    yield ""
    yield f"By the {framework().name} {framework().version}, as measured on {told.ended:%Y-%m-%d}:"
    yield ""
    for result in report.assessment.tracks:
        yield f"- {TITLES[result.track]}: {level_words(result)}"
    yield ""
    yield from _reach(report)
    for part, items in groupby(report.plan.items, key=lambda each: each.part):
        yield f"## {part.value.capitalize()}"
        yield ""
        for item in items:
            yield from (_short(item) if part is Part.FIND_OUT else _whole(item))
    yield DISCLAIMER


def _reach(report: Report) -> Iterator[str]:
    if report.plan.budget_days is None:
        return
    yield f"## With {report.plan.budget_days} days of work"
    yield ""
    if not report.plan.reach:
        yield "No track reaches its next level within this budget by what is known today."
    for bundle in report.plan.reach:
        well = f", if {', '.join(bundle.unknown)} turn out well" if bundle.unknown else ""
        yield f"1. {TITLES[bundle.track]} to level {bundle.level}: {', '.join(bundle.items)}, {bundle.days} days{well}."
    yield ""


def _short(item: Item) -> Iterator[str]:
    yield f"- **{item.principle} {item.title}**: {md(item.settle_by)}."
    yield ""


def _whole(item: Item) -> Iterator[str]:
    advice = item.guidance
    yield f"### {item.principle} {item.title}"
    yield ""
    for gap in item.gap:
        yield f"- Gap: {md(gap)}"
    yield f"- Why here: {md(item.why_here)}."
    yield f"- What it stops: {advice.stops} ({'; '.join(a.says for a in advice.attacks)})"
    yield f"- Who builds it: {advice.remedies[Persona.DEVELOPER]}"
    yield f"- Who runs it: {advice.remedies[Persona.OPERATOR]}"
    yield f"- Effort: {advice.effort.says} (at most {advice.effort.days} days of one person)."
    yield f"- Running cost: {advice.running_cost}."
    if advice.needs:
        yield f"- Needs first: {', '.join(advice.needs)}"
    yield f"- Done when: {'; '.join(item.acceptance)}."
    yield f"- Owner: {md(item.owner) or '(to be named)'}. Due: {item.due or '(to be set)'}."
    yield ""


def as_plan_csv(report: Report) -> str:
    """Return the plan as CSV, a line for each item."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("part", "principle", "level", "title", "gap", "why", "days", "done when", "owner", "due", "source"))
    for i in report.plan.items:
        row = (
            i.part.value,
            i.principle,
            i.level,
            i.title,
            " ".join(i.gap),
            i.settle_by or i.why_here,
            i.days,
            "; ".join(i.acceptance),
            i.owner,
            i.due,
            i.source,
        )
        table.writerow([plain_cell(str(each)) for each in row])
    return out.getvalue()


def as_issues(report: Report) -> str:
    """Return drafts of issues, one after the other, each begun by a line with its title."""
    drafts = []
    for item in report.plan.items:
        if item.part is not Part.FIND_OUT:
            body = "\n".join(_whole(item))
            drafts.append(f"<!-- issue: {item.principle} {item.title} -->\n\n{body}")
    return "\n".join(drafts) or "No issue is to be filed.\n"
