"""Packages of the room: publishing by the upload form, the simple index, removal.

Principles: none
"""

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from python_multipart import parse_form
from tests.assess.weakroom.accounts import Account, is_operator
from tests.assess.weakroom.room import Deed, No, Request, Room, flaw, obey, route
from tests.assess.weakroom.tokens import Token, bearer

REPLACES_BYTES = flaw("GEN-2.1a replaces-bytes")
REWRITES_METADATA = flaw("GEN-2.1a rewrites-metadata")
REUSES_VERSIONS = flaw("GEN-2.1b reuses-versions")
REUSES_BY_OTHER_NAME = flaw("GEN-2.1b reuses-by-other-file-name")


@dataclass
class Upload:
    """One file as it was published."""

    filename: str
    version: str
    content: bytes
    fields: dict[str, str]
    removed: bool = False


@dataclass
class Project:
    """One project: whose it is, and its files, the removed ones too."""

    name: str
    owner: str
    files: dict[str, Upload] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    members: dict[str, str] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)


class Packages(dict[str, Project]):
    """Every project, by name."""


def packages(room: Room) -> Packages:
    """Return the room's projects."""
    found: Packages = room.shelf(Packages)
    return found


def fields_of(request: Request) -> tuple[dict[str, str], str, bytes]:
    """Return the fields of an upload form, the file's name and its bytes."""
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []

    def on_field(each: Any) -> None:
        fields[each.field_name.decode()] = (each.value or b"").decode()

    def on_file(each: Any) -> None:
        each.file_object.seek(0)
        files.append((each.file_name.decode(), each.file_object.read()))

    headers = {"Content-Type": request.headers.get("content-type", "").encode()}
    parse_form(headers, io.BytesIO(request.body), on_field, on_file)
    name, content = files[0] if files else ("", b"")
    return fields, name, content


@route("GET", "/simple/{project}/")
def listing(room: Room, request: Request, project: str) -> Any:
    """List a project's files (PEP 691)."""
    found = packages(room).get(project)
    if found is None or not any(not each.removed for each in found.files.values()):
        raise No(404, "no-such-project")
    return {
        "meta": {"api-version": "1.0"},
        "name": project,
        "files": [
            {
                "filename": each.filename,
                "url": f"/files/{project}/{each.filename}",
                "hashes": {"sha256": hashlib.sha256(each.content).hexdigest()},
            }
            for each in found.files.values()
            if not each.removed
        ],
    }


@route("GET", "/files/{project}/{filename}")
def file(room: Room, request: Request, project: str, filename: str) -> bytes:
    """Serve a file."""
    found = packages(room).get(project)
    upload = found.files.get(filename) if found else None
    if upload is None or upload.removed:
        raise No(404, "no-such-file")
    return upload.content


@route("POST", "/legacy/")
def publish(room: Room, request: Request) -> Any:
    """Take a file: the token's project, never used before, by one who may."""
    account, token = bearer(room, request)
    fields, filename, content = fields_of(request)
    name, version = fields["name"], fields["version"]
    may_publish(room, account, token, name)
    project = packages(room).setdefault(name, Project(name, account.name))
    before = project.files.get(filename)
    if before is not None and not before.removed:
        if before.content == content:
            return {}
        if not room.has(REPLACES_BYTES):
            raise No(409, "file-exists")
    if version in project.closed and not _may_come_back(room, before):
        raise No(409, "version-closed")
    project.files[filename] = Upload(filename, version, content, fields)
    project.summaries.setdefault(version, fields.get("summary", ""))
    room.record("publish", name, version=version, filename=filename)
    return {}


def may_publish(room: Room, account: Account, token: Token, name: str) -> None:
    """Refuse who may not publish to a project of this name."""
    obey(room, account, name, Deed.PUBLISH_BY_TOKEN)
    if token.projects is not None and name not in token.projects:
        raise No(403, "token-for-another-project")
    project = packages(room).get(name)
    if project is not None and account.name != project.owner and account.name not in project.members:
        raise No(403, "not-yours")


def _may_come_back(room: Room, before: Upload | None) -> bool:
    return room.has(REUSES_VERSIONS) or (room.has(REUSES_BY_OTHER_NAME) and before is None)


@route("PATCH", "/projects/{project}/{version}")
def rewrite(room: Room, request: Request, project: str, version: str) -> Any:
    """Refuse to change the metadata of a published version."""
    bearer(room, request)
    if not room.has(REWRITES_METADATA):
        raise No(403, "published-metadata-stays")
    packages(room)[project].summaries[version] = request.json()["summary"]
    return {}


@route("GET", "/projects/{project}/{version}")
def release(room: Room, request: Request, project: str, version: str) -> Any:
    """Show a release."""
    found = packages(room).get(project)
    if found is None or version not in found.summaries:
        raise No(404, "no-such-release")
    return {"summary": found.summaries[version]}


@route("DELETE", "/projects/{project}/{version}")
def remove(room: Room, request: Request, project: str, version: str) -> Any:
    """Remove a release for ever."""
    account, _ = bearer(room, request)
    found = packages(room).get(project)
    if found is None or found.owner != account.name:
        raise No(403, "not-yours")
    for each in found.files.values():
        each.removed = each.removed or each.version == version
    found.closed.add(version)
    room.record("remove", project, version=version)
    return {}


@route("DELETE", "/operator/projects/{project}")
def drop(room: Room, request: Request, project: str) -> Any:
    """Remove a project: its files go, its name and its versions stay taken."""
    is_operator(request)
    found = packages(room).get(project)
    if found is None:
        raise No(404, "no-such-project")
    for each in found.files.values():
        each.removed = True
        found.closed.add(each.version)
    return {}
