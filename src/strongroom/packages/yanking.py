"""Yanking (PEP 592): still there for whoever pins it, chosen by nobody else.

Principles: none
"""

from strongroom.formats import Format
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.removal import Actor, Cellar, named

LONGEST_REASON = 1000


def yank_release(
    cellar: Cellar, format: Format, actor: Actor, name: ProjectName, version: str, reason: str | None
) -> None:
    """Yank a release for `reason` ("" for none), or with None take the yank back; Refused when there is no release."""
    require_short(reason)
    with cellar.vault.writing() as books:
        by = named(actor, books)
        facts = books.shelf.facts(name)
        identity = format.identity(version)
        mine = [r.version for r in facts.releases if format.identity(r.version) == identity] if facts else []
        if not mine:
            raise Refused("no-such-release", f"There is no version {version} of {name}.")
        if books.shelf.yank_release(name, identity, reason):
            event = Event.RELEASE_UNYANKED if reason is None else Event.RELEASE_YANKED
            detail = {} if reason is None else {"reason": reason}
            books.events.record([Happening(event, by, str(name), mine[0], "", detail)], cellar.clock())
    cellar.pages.forget(name)


def yank_file(cellar: Cellar, actor: Actor, filename: str, reason: str | None) -> None:
    """Yank one file for `reason` ("" for none), or with None take the yank back; Refused when there is no such file."""
    require_short(reason)
    with cellar.vault.writing() as books:
        by = named(actor, books)
        found = books.shelf.file_named(filename)
        if found is None:
            raise Refused("no-such-file", f"There is no file named {filename}.")
        name, file = found
        if books.shelf.yank_file(filename, reason):
            event = Event.FILE_UNYANKED if reason is None else Event.FILE_YANKED
            detail = {} if reason is None else {"reason": reason}
            books.events.record([Happening(event, by, str(name), file.version, filename, detail)], cellar.clock())
    cellar.pages.forget(name)


def set_status(cellar: Cellar, actor: Actor, name: ProjectName, status: Status, reason: str) -> None:
    """Set the state of a project (PEP 792) and why; Refused when there is no such project."""
    require_short(reason)
    with cellar.vault.writing() as books:
        by = named(actor, books)
        if books.shelf.project(name) is None:
            raise Refused("no-such-project", f"There is no project named {name}.")
        books.shelf.set_status(name, status, reason)
        detail = {"status": status.value, "reason": reason}
        books.events.record([Happening(Event.PROJECT_STATUS_CHANGED, by, str(name), detail=detail)], cellar.clock())
    cellar.pages.forget(name)


def require_short(reason: str | None) -> None:
    """Refuse a reason that no page could show."""
    if reason is not None and (len(reason) > LONGEST_REASON or any(ord(c) < 32 for c in reason)):
        raise Refused("bad-reason", f"A reason is one line of at most {LONGEST_REASON} characters.")
