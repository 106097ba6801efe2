"""Advisories of the room: what the operator enters, warnings on pages, and the feed.

Principles: none
"""

import io
import re
import zipfile
from html import escape
from typing import Any

from tests.assess.weakroom.accounts import is_operator
from tests.assess.weakroom.packages import Project, normal, part
from tests.assess.weakroom.room import Request, Room, flaw, route

JSON_ONLY = flaw("GEN-2.4a warns-in-json-only")
NOT_OF_DEPENDENCIES = flaw("GEN-2.4a does-not-warn-of-dependencies")
FEED_MISSES = flaw("GEN-3.3a feed-misses-malware")
FEED_IS_NO_OSV = flaw("GEN-3.3a feed-is-no-osv")


class Advisories(dict[str, dict[str, Any]]):
    """Every OSV record, by its id."""


def ids_for(room: Room, project: str, version: str) -> list[str]:
    """Return the ids of the live advisories that affect a release."""
    return [
        id
        for id, record in room.shelf(Advisories).items()
        if "withdrawn" not in record
        and any(
            normal(each["package"]["name"]) == project and version in each.get("versions", ())
            for each in record["affected"]
        )
    ]


def dependencies(project: Project, version: str) -> list[tuple[str, str]]:
    """Return what a release pins: names and versions."""
    found = []
    for upload in project.served(version):
        if upload.filename.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(upload.content)) as wheel:
                metadata = next(wheel.read(name) for name in wheel.namelist() if name.endswith("/METADATA")).decode()
            found += re.findall(r"^Requires-Dist: ([A-Za-z0-9._-]+)==(\S+)$", metadata, re.MULTILINE)
    return [(normal(name), pinned) for name, pinned in found]


@part
def warnings(room: Room, project: Project, version: str) -> str:
    """Warn of what is known of a release and of what it depends on."""
    own = [] if room.has(JSON_ONLY) else ids_for(room, project.name, version)
    needed = [] if room.has(NOT_OF_DEPENDENCIES) else dependencies(project, version)
    inherited = [id for name, pinned in needed for id in ids_for(room, name, pinned)]
    return "".join(f"<p>Warning: {escape(id)}</p>" for id in [*own, *inherited])


@route("GET", "/projects/{project}/{version}/vulnerabilities")
def vulnerabilities(room: Room, request: Request, project: str, version: str) -> Any:
    """List the ids of what is known of a release."""
    return {"vulnerabilities": ids_for(room, normal(project), version)}


@route("POST", "/operator/advisories")
def add(room: Room, request: Request) -> Any:
    """Enter an advisory, or a newer form of one."""
    is_operator(request)
    record = request.json()
    room.shelf(Advisories)[record["id"]] = record
    return {}


@route("GET", "/advisories")
def feed(room: Room, request: Request) -> Any:
    """Serve every advisory, in OSV."""
    records = [
        record for id, record in room.shelf(Advisories).items() if not (room.has(FEED_MISSES) and id.startswith("MAL-"))
    ]
    if room.has(FEED_IS_NO_OSV):
        return [{"id": each["id"], "package": each["affected"][0]["package"]["name"]} for each in records]
    return records
