"""Reports: every one a view of the same run.

Principles: none
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from strongroom.assess.reports.canonical import as_json
from strongroom.assess.reports.oscal import as_assessment_results, as_plan_of_action
from strongroom.assess.reports.pages import as_html, as_markdown
from strongroom.assess.reports.plans import as_issues, as_plan_csv, as_proposal
from strongroom.assess.reports.report import Report
from strongroom.assess.reports.statement import as_statement
from strongroom.assess.reports.tables import as_badge, as_csv, as_junit
from strongroom.assess.reports.terminal import as_terminal


@dataclass(frozen=True, slots=True)
class View:
    """One way to show a run: the name of the file that it goes to, and what makes it."""

    filename: str
    make: Callable[[Report], str]


VIEWS: Final[Mapping[str, View]] = {
    "terminal": View("assessment.txt", as_terminal),
    "json": View("assessment.json", as_json),
    "html": View("assessment.html", as_html),
    "md": View("assessment.md", as_markdown),
    "csv": View("assessment.csv", as_csv),
    "junit": View("assessment.junit.xml", as_junit),
    "badge": View("badge.svg", as_badge),
    "oscal-ar": View("oscal-assessment-results.json", as_assessment_results),
    "oscal-poam": View("oscal-plan-of-action.json", as_plan_of_action),
    "in-toto": View("assessment.intoto.json", as_statement),
    "plan": View("plan.md", as_proposal),
    "plan-csv": View("plan.csv", as_plan_csv),
    "issues": View("issues.md", as_issues),
}
"""Every view by the name that `-f` takes."""
