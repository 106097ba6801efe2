"""The one road by which a file enters the repository.

Key, then right, then proof, then name, then file: the order in which people ask, and the cheapest first. The decision
is taken twice with the same function: before the file is looked into, so that a stranger costs little, and inside the
transaction that keeps it, so that nothing can change between the decision and the deed.

Principles: AUTHN-1.1, AUTHN-2.3, AUTHN-3.2, AUTHN-3.3, AUTHZ-1.1, AUTHZ-2.1, GEN-2.1
"""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from strongroom.authn.accounts import Account
from strongroom.authn.assurance import Action, require_action
from strongroom.authz.roles import Right, Role, require_right
from strongroom.authz.tokens import Token, require_live, require_scope
from strongroom.formats import FileName, Format, Inspected, Offered
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.records import ProjectRecord, Standing
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Blobs, Books, Clock, IndexPages, Part, Vault
from strongroom.packages.removal import require_open_version, require_unused


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that one project may hold, in bytes."""

    project_bytes: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything that the rules may look at. Rules read this; they fetch nothing."""

    token: Token
    account: Account
    file: FileName
    digest: Sha256
    size_bytes: int
    now: datetime
    standing: Standing
    quota: Quota


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an upload: the file was kept, or it was there already, the same to the byte."""

    file: FileName
    is_new: bool


@dataclass(frozen=True, slots=True)
class Road:
    """What publishing needs of the world."""

    vault: Vault
    blobs: Blobs
    pages: IndexPages
    quota: Quota
    clock: Clock


def publish(road: Road, format: Format, fingerprint: str, offered: Offered, content: BinaryIO) -> Receipt:
    """Publish one file, whole, or refuse it; when this returns the index shows it.

    `fingerprint` is that of the token presented; `content` is the file, seekable, already measured into `offered`.
    Raises Refused, and ValueError when the file name is none of the format's.
    """
    file = format.parse_filename(offered.filename)
    with road.vault.reading() as books:
        is_new = decide(gather(road, books, fingerprint, file, offered))
    if is_new:
        inspected = format.inspect(offered, content)
        keep_blobs(road.blobs, inspected, offered, content)
        try:
            with road.vault.writing() as books:
                attempt = gather(road, books, fingerprint, file, offered)
                is_new = decide(attempt)
                if is_new:
                    enter(books, attempt, inspected, offered)
        except (Refused, ValueError):
            take_back(road, file, offered)
            raise
        road.blobs.settle(offered.digests.sha256)
        road.pages.forget(file.project)
    return Receipt(file, is_new)


def decide(attempt: Attempt) -> bool:
    """Refuse, or report whether the file is new: False when these very bytes are published under this name already."""
    standing = attempt.standing
    require_live(attempt.token, attempt.now)
    require_scope(attempt.token, Right.PUBLISH, attempt.file.project)
    if standing.project is not None:
        require_right(Role(standing.role) if standing.role else None, Right.PUBLISH, attempt.file.project)
    critical = standing.critical_from is not None and standing.critical_from <= attempt.now
    action = Action.PUBLISH_CRITICAL if critical else Action.PUBLISH
    require_action(action, attempt.account, attempt.token, attempt.now)
    if standing.project is not None:
        require_takes_files(standing.project)
    if not require_unused(standing.use, attempt.digest):
        return False
    require_open_version(standing.is_closed, attempt.file.version)
    require_room(attempt)
    return True


def require_bearer(books: Books, fingerprint: str) -> tuple[Token, Account]:
    """Return the token with this fingerprint and its account; Refused when nobody holds such a token."""
    bearer = books.tokens.bearer_of(fingerprint)
    if bearer is None:
        raise Refused(
            "unknown-token",
            "Nobody here holds this token. Was it revoked, or is it of another repository?",
            principle="AUTHZ-1.1",
        )
    return bearer


def gather(road: Road, books: Books, fingerprint: str, file: FileName, offered: Offered) -> Attempt:
    """Fetch, inside one transaction, all that the rules look at."""
    token, account = require_bearer(books, fingerprint)
    standing = books.shelf.standing(account.name, file)
    digest, size_bytes = offered.digests.sha256, offered.size_bytes
    return Attempt(token, account, file, digest, size_bytes, road.clock(), standing, road.quota)


def require_takes_files(project: ProjectRecord) -> None:
    """Refuse a project that is archived or in quarantine (PEP 792)."""
    if not project.status.takes_files:
        raise Refused("project-closed", f"{project.name} is {project.status} and takes no files.", principle="GEN-2.3")


def require_room(attempt: Attempt) -> None:
    """Refuse what would make the project larger than it may be."""
    if attempt.standing.size_bytes + attempt.size_bytes > attempt.quota.project_bytes:
        raise Refused(
            "project-too-large",
            f"{attempt.file.project} may hold {attempt.quota.project_bytes} bytes; this file would take it past that.",
        )


def keep_blobs(blobs: Blobs, inspected: Inspected, offered: Offered, content: BinaryIO) -> None:
    """Keep the file and its metadata file, durably, before any row names them."""
    content.seek(0)
    metadata = Part(io.BytesIO(inspected.metadata_file), Sha256.of(inspected.metadata_file))
    digest = offered.digests.sha256
    blobs.put(digest, {offered.filename: Part(content, digest), f"{offered.filename}.metadata": metadata})


def take_back(road: Road, file: FileName, offered: Offered) -> None:
    """Take the blobs of an upload that was refused at last away again, unless the books name them by another upload."""
    digest = offered.digests.sha256
    with road.vault.writing() as books:  # nobody enters a row meanwhile
        named = books.shelf.file_named(file.text)
        if named is not None and named[1].digests.sha256 == digest:
            road.blobs.settle(digest)
        else:
            road.blobs.withdraw(digest, [file.text, f"{file.text}.metadata"])


def enter(books: Books, attempt: Attempt, inspected: Inspected, offered: Offered) -> None:
    """Write the rows and the events of one new file, in the open transaction."""
    file, actor, now = attempt.file, attempt.account.name, attempt.now
    name = str(file.project)
    happened: list[Happening] = []
    if attempt.standing.project is None:
        books.shelf.add_project(file.project, inspected.display_name, now)
        books.roles.grant(actor, file.project, Role.OWNER)
        happened.append(Happening(Event.PROJECT_CREATED, str(actor), name))
        happened.append(Happening(Event.ROLE_GRANTED, str(actor), name, detail={"to": str(actor), "role": Role.OWNER}))
    if not attempt.standing.has_release:
        books.shelf.add_release(file, inspected, now)
        happened.append(Happening(Event.RELEASE_CREATED, str(actor), name, file.version))
    books.shelf.add_file(file, inspected, offered, actor, now)
    detail = {
        "sha256": offered.digests.sha256.hex,
        "size": offered.size_bytes,
        "kind": file.kind,
        "token": attempt.token.identifier,
    }
    happened.append(Happening(Event.FILE_PUBLISHED, str(actor), name, file.version, file.text, detail))
    books.events.record(happened, now)
    if attempt.token.last_used is None or now - attempt.token.last_used > timedelta(hours=1):
        books.tokens.touch_token(attempt.token.identifier, now)
