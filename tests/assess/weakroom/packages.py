"""Packages of the room: publishing by the upload form, the simple index, yanking, removal, and the page of a project.

Principles: none
"""

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from python_multipart import parse_form
from tests.assess.weakroom.accounts import Account, is_operator
from tests.assess.weakroom.room import Deed, No, Request, Room, flaw, obey, route
from tests.assess.weakroom.tokens import Token, bearer

REPLACES_BYTES = flaw("GEN-2.1a replaces-bytes")
REWRITES_METADATA = flaw("GEN-2.1a rewrites-metadata")
REUSES_VERSIONS = flaw("GEN-2.1b reuses-versions")
REUSES_BY_OTHER_NAME = flaw("GEN-2.1b reuses-by-other-file-name")
TOKEN_FOR_OTHERS = flaw("AUTHZ-1.1a token-publishes-to-other-projects")
TOKEN_CREATES = flaw("AUTHZ-1.1a token-creates-projects")


@dataclass
class Upload:
    """One file as it was published. What is `held` is kept and not served."""

    filename: str
    version: str
    content: bytes
    fields: dict[str, str]
    removed: bool = False
    held: bool = False
    yanked: bool = False
    provenance: list[Any] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """The digest of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_served(self) -> bool:
        """Whether readers get the file."""
        return not self.removed and not self.held


@dataclass
class Project:
    """One project: whose it is, and its files, the removed ones too."""

    name: str
    owner: str
    files: dict[str, Upload] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    members: dict[str, str] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)

    def served(self, version: str = "") -> list[Upload]:
        """Return the files that readers get, of one version or of all."""
        return [each for each in self.files.values() if each.is_served and version in ("", each.version)]


class Packages(dict[str, Project]):
    """Every project, by its normalised name."""


@dataclass
class Attempt:
    """One upload on its way in. A check may take note in `upload` of what it saw, or raise No."""

    account: Account
    token: Token
    project: str
    is_new: bool
    upload: Upload


Check = Callable[[Room, Attempt], None]
CHECKS: Final[list[Check]] = []
"""What every upload is held against, besides who may publish and what was there before."""

Part = Callable[[Room, Project, str], str]
PARTS: Final[list[Part]] = []
"""What makes up the page of a release: each is called with room, project and version, and returns HTML."""


def check(made: Check) -> Check:
    """Enter a check of uploads."""
    CHECKS.append(made)
    return made


def part(made: Part) -> Part:
    """Enter a part of the page."""
    PARTS.append(made)
    return made


def packages(room: Room) -> Packages:
    """Return the room's projects."""
    found: Packages = room.shelf(Packages)
    return found


def normal(name: str) -> str:
    """Return the normalised form of a project's name (PEP 503); No when it is none."""
    if not re.fullmatch(r"(?i)[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9]", name):
        raise No(400, "no-name")
    return re.sub(r"[-_.]+", "-", name).lower()


def project_of(room: Room, name: str) -> Project:
    """Return a project that has ever had a file; No when there is none."""
    found = packages(room).get(normal(name))
    if found is None:
        raise No(404, "no-such-project")
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
    found = project_of(room, project)
    if not found.served():
        raise No(404, "no-such-project")
    return {
        "meta": {"api-version": "1.0"},
        "name": found.name,
        "files": [
            {
                "filename": each.filename,
                "url": f"/files/{found.name}/{each.filename}",
                "hashes": {"sha256": each.sha256},
                "yanked": each.yanked,
            }
            for each in found.served()
        ],
    }


@route("GET", "/files/{project}/{filename}")
def file(room: Room, request: Request, project: str, filename: str) -> bytes:
    """Serve a file."""
    upload = project_of(room, project).files.get(filename)
    if upload is None or not upload.is_served:
        raise No(404, "no-such-file")
    return upload.content


@route("POST", "/legacy/")
def publish(room: Room, request: Request) -> Any:
    """Take a file: the token's project, never used before, by one who may, and nothing that a check objects to."""
    account, token = bearer(room, request)
    fields, filename, content = fields_of(request)
    name, version = normal(fields["name"]), fields["version"]
    may_publish(room, account, token, name)
    project = packages(room).get(name) or Project(name, account.name)
    if _is_there_already(room, project, filename, content):
        return {}
    if version in project.closed and not _may_come_back(room, project.files.get(filename)):
        raise No(409, "version-closed")
    upload = Upload(filename, version, content, fields)
    attempt = Attempt(account, token, name, name not in packages(room), upload)
    for each in CHECKS:
        each(room, attempt)
    packages(room)[name] = project
    project.files[filename] = upload
    project.summaries.setdefault(version, fields.get("summary", ""))
    room.record("publish", name, version=version, filename=filename)
    return {"held": True} if upload.held else {}


def _is_there_already(room: Room, project: Project, filename: str, content: bytes) -> bool:
    before = project.files.get(filename)
    if before is None or before.removed:
        return False
    if before.content == content:
        return True
    if not room.has(REPLACES_BYTES):
        raise No(409, "file-exists")
    return False


def may_publish(room: Room, account: Account, token: Token, name: str) -> None:
    """Refuse who may not publish to a project of this name."""
    obey(room, account, name, Deed.PUBLISH_BY_TOKEN)
    project = packages(room).get(name)
    needs_scope(room, token, name, "publish")
    if project is not None:
        from tests.assess.weakroom.roles import Right, require

        require(room, account, project, Right.PUBLISH)


def needs_scope(room: Room, token: Token, name: str, right: str) -> None:
    """Refuse a token that is not for this project, or not for this."""
    if right not in token.rights:
        raise No(403, "token-out-of-scope")
    if token.projects is None or name in token.projects:
        return
    if token.publisher is not None:
        from tests.assess.weakroom.oidc import MINTED_CREATES, MINTED_FOR_ALL

        wider = MINTED_FOR_ALL if name in packages(room) else MINTED_CREATES
    else:
        wider = TOKEN_FOR_OTHERS if name in packages(room) else TOKEN_CREATES
    if not room.has(wider):
        raise No(403, "token-for-another-project")


def _may_come_back(room: Room, before: Upload | None) -> bool:
    return room.has(REUSES_VERSIONS) or (room.has(REUSES_BY_OTHER_NAME) and before is None)


@route("PATCH", "/projects/{project}/{version}")
def rewrite(room: Room, request: Request, project: str, version: str) -> Any:
    """Refuse to change the metadata of a published version."""
    bearer(room, request)
    if not room.has(REWRITES_METADATA):
        raise No(403, "published-metadata-stays")
    project_of(room, project).summaries[version] = request.json()["summary"]
    return {}


@route("GET", "/projects/{project}/{version}")
def release(room: Room, request: Request, project: str, version: str) -> Any:
    """Show a release."""
    found = project_of(room, project)
    if version not in found.summaries:
        raise No(404, "no-such-release")
    return {"summary": found.summaries[version]}


def _mine(room: Room, request: Request, name: str, right: str) -> Project:
    from tests.assess.weakroom.roles import Right, require

    account, token = bearer(room, request)
    found = project_of(room, name)
    needs_scope(room, token, found.name, right)
    require(room, account, found, Right(right))
    return found


@route("DELETE", "/projects/{project}/{version}")
def remove(room: Room, request: Request, project: str, version: str) -> Any:
    """Remove a release for ever."""
    found = _mine(room, request, project, "remove")
    for each in found.files.values():
        each.removed = each.removed or each.version == version
    found.closed.add(version)
    room.record("remove", found.name, version=version)
    return {}


@route("POST", "/projects/{project}/{version}/yank")
def yank(room: Room, request: Request, project: str, version: str) -> Any:
    """Yank a release: still there for who pins it, chosen by nobody else."""
    found = _mine(room, request, project, "yank")
    for each in found.served(version):
        each.yanked = True
    room.record("yank", found.name, version=version)
    return {}


@route("GET", "/project/{project}/{version}")
def page(room: Room, request: Request, project: str, version: str) -> str:
    """Show the page of a release."""
    found = project_of(room, project)
    if not found.served(version):
        raise No(404, "no-such-release")
    head = f"<h1>{escape(found.name)} {escape(version)}</h1>"
    return "\n".join([head, *(each(room, found, version) for each in PARTS)])


@route("DELETE", "/operator/projects/{project}")
def drop(room: Room, request: Request, project: str) -> Any:
    """Remove a project: its files go, its name and its versions stay taken."""
    is_operator(request)
    found = project_of(room, project)
    for each in found.files.values():
        each.removed = True
        found.closed.add(each.version)
    return {}
