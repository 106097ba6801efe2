"""Reports of packages: on their pages, by API, by command.

Principles: none
"""

from html import escape
from typing import Any

from tests.assess.weakroom.packages import Project, part, project_of
from tests.assess.weakroom.room import No, Request, Room, flaw, route
from tests.assess.weakroom.tokens import bearer

NO_LINK = flaw("GEN-2.2a page-has-no-link")
NO_FORM = flaw("GEN-2.2a link-leads-nowhere")
NO_COMMAND = flaw("GEN-2.2b command-is-missing")
NO_API = flaw("GEN-2.2c api-is-missing")


class Reports(list[tuple[str, str, str]]):
    """Every report: project, version, and what it says."""


def _taken(room: Room, request: Request) -> Any:
    bearer(room, request)
    given = request.json()
    found = project_of(room, given["project"])
    if not found.served(given["version"]):
        raise No(404, "no-such-release")
    reports = room.shelf(Reports)
    reports.append((found.name, given["version"], given["says"]))
    return {"ticket": f"R-{len(reports)}"}


@route("POST", "/api/reports")
def by_api(room: Room, request: Request) -> Any:
    """Take a report by API."""
    if room.has(NO_API):
        raise No(404, "no-such-page")
    return _taken(room, request)


@route("POST", "/command/report")
def by_command(room: Room, request: Request) -> Any:
    """Take a report as the room's command sends it."""
    if room.has(NO_COMMAND):
        raise No(501, "no-such-command")
    return _taken(room, request)


@part
def link(room: Room, project: Project, version: str) -> str:
    """Link the form."""
    return "" if room.has(NO_LINK) else f'<a href="/report/{escape(project.name)}">Report this package</a>'


@route("GET", "/report/{project}")
def form(room: Room, request: Request, project: str) -> str:
    """Show the form in which a project can be reported."""
    found = project_of(room, project)
    if room.has(NO_FORM):
        raise No(404, "no-such-page")
    return f'<h1>Report {escape(found.name)}</h1><form method="post"><textarea name="says"></textarea></form>'
