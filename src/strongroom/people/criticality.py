"""Reckoning which projects are critical, once a day, and the operator's own word.

Principles: AUTHN-2.3, AUTHN-3.3
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from packaging.requirements import InvalidRequirement, Requirement

from strongroom.formats import Format
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.criticality import DOWNLOAD_DAYS, NOTICE, OPERATOR, Rule, reckoned
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk

_MOST_DAYS_KEPT = DOWNLOAD_DAYS + 30


def reckon(desk: Desk, format: Format, rule: Rule) -> tuple[list[str], list[str]]:
    """Bring the critical set up to date; return what became critical and what is so no longer.

    What the operator named stays until the operator says otherwise. Owners are told 30 days before more is asked.
    """
    now = desk.clock()
    with desk.vault.reading() as books:
        since = (now - timedelta(days=DOWNLOAD_DAYS)).date().isoformat()
        downloads = books.critical.downloads_since(since)
        stated = {name: set(_names(format, requirements)) for name, requirements in books.critical.dependencies()}
    dependents = Counter(each for name, needed in stated.items() for each in needed & stated.keys() - {name})
    wanted = reckoned(rule, len(stated), downloads, dependents)
    with desk.vault.writing() as books:
        there = {each.project: each for each in books.critical.critical()}
        fresh = [name for name in wanted if name not in there]
        gone = [name for name, each in there.items() if each.reason != OPERATOR and name not in wanted]
        for name in fresh:
            _designate(desk, books, ProjectName("pypi", name), wanted[name], NOTICE, "strongroom")
        for name in gone:
            _undesignate(desk, books, ProjectName("pypi", name), "strongroom")
        books.critical.forget_downloads_before((now - timedelta(days=_MOST_DAYS_KEPT)).date().isoformat())
    return fresh, gone


def _names(format: Format, requirements: Sequence[str]) -> set[str]:
    found = set()
    for each in requirements:
        try:
            requirement = Requirement(each)
            if requirement.marker is None or "extra" not in str(requirement.marker):
                found.add(format.parse_name(requirement.name).text)
        except (InvalidRequirement, ValueError):
            continue  # metadata of old files may state what no installer reads: it depends on nothing
    return found


def name_critical(desk: Desk, actor: str, project: ProjectName, *, at_once: bool) -> None:
    """Make a project critical by the operator's word, from now on or in 30 days; Refused when there is none."""
    with desk.vault.writing() as books:
        if books.shelf.project(project) is None:
            raise Refused("no-such-project", f"There is no project {project}.")
        _designate(desk, books, project, OPERATOR, timedelta(0) if at_once else NOTICE, actor)


def name_uncritical(desk: Desk, actor: str, project: ProjectName) -> None:
    """Take the operator's word back; what the rule makes critical is so again tomorrow."""
    with desk.vault.writing() as books:
        if not any(each.project == project.text for each in books.critical.critical()):
            raise Refused("no-such-project", f"{project} is not critical.")
        _undesignate(desk, books, project, actor)


def _designate(
    desk: Desk, books: Books, project: ProjectName, reason: str, notice: timedelta, actor: str
) -> None:  # fmt: skip
    now = desk.clock()
    books.critical.designate(project, reason, now, now + notice)
    detail = {"reason": reason, "enforced_from": (now + notice).isoformat()}
    books.events.record([Happening(Event.PROJECT_CRITICAL, actor, str(project), detail=detail)], now)


def _undesignate(desk: Desk, books: Books, project: ProjectName, actor: str) -> None:
    books.critical.undesignate(project)
    books.events.record([Happening(Event.PROJECT_UNCRITICAL, actor, str(project))], desk.clock())


def count_downloads(desk: Desk, counts: Mapping[str, int]) -> None:
    """Add downloads of today, by the names of files."""
    if counts:
        with desk.vault.writing() as books:
            books.critical.add_downloads(desk.clock().date().isoformat(), counts)
