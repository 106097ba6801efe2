"""The one road by which a file enters the repository.

Key, then right, then proof, then name, then file: the order in which people ask, and the cheapest first. The decision
is taken twice with the same function: before the file is looked into, so that a stranger costs little, and inside the
transaction that keeps it, so that nothing can change between the decision and the deed.

Principles: AUTHN-1.1, AUTHN-2.3, AUTHN-3.2, AUTHN-3.3, AUTHZ-1.1, AUTHZ-2.1, GEN-2.1
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Action, require_action, require_may_hold_role
from strongroom.authz.build_identity import BuildIdentity, identity_of
from strongroom.authz.policies import require_attested, require_trusted
from strongroom.authz.provenance import AttestationVerifier, Built, Provenance, change_of, require_kept
from strongroom.authz.roles import Right, Role, require_right
from strongroom.authz.tokens import Bearer, require_live, require_scope, require_source
from strongroom.formats import FileName, Format, Inspected, Offered
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy, ProjectRecord, Standing
from strongroom.kernel.refusals import Refused
from strongroom.packages.concealment import settle_file
from strongroom.packages.holding import HOLD_LIFE, Held, hold, require_not_waiting
from strongroom.packages.pending import settle
from strongroom.packages.ports import Blobs, Books, Clock, IndexPages, Part, Vault
from strongroom.packages.removal import require_open_version, require_unused


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that one project may hold, in bytes."""

    project_bytes: int


@dataclass(frozen=True, slots=True)
class Presented:
    """What an uploader came with: the fingerprint of a token, and the address that they came from."""

    fingerprint: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything that the rules may look at. Rules read this; they fetch nothing.

    `roles` are those of the account that the token stands for. `owner` is who owns the project from now on, when the
    upload makes it. `policy` is what project, organisation and instance demand together. `builder` is whose
    attestations are taken: the trusted publisher's that uploads. `history`: by what the project's files were built.
    """

    bearer: Bearer
    source: str
    roles: frozenset[Role]
    owner: Account | None
    policy: Policy
    file: FileName
    digest: Sha256
    size_bytes: int
    now: datetime
    standing: Standing
    quota: Quota
    waiting: Held | None
    builder: BuildIdentity | None
    history: Sequence[Built]
    is_attested: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an upload: the file was kept, or it was there already, the same to the byte.

    `is_held`: it is kept, and published when a second person approves.
    """

    file: FileName
    is_new: bool
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Road:
    """What publishing needs of the world."""

    vault: Vault
    blobs: Blobs
    pages: IndexPages
    quota: Quota
    clock: Clock
    #: What this instance demands of every upload, to every project.
    policy: Policy = frozenset()
    #: What verifies attestations; without one, none are taken.
    verifier: AttestationVerifier | None = None


def publish(road: Road, format: Format, presented: Presented, offered: Offered, content: BinaryIO) -> Receipt:
    """Publish one file, whole, or refuse it; when this returns the index shows it, or a second person is asked.

    `content` is the file, seekable, already measured into `offered`. Raises Refused, and ValueError when the file name
    is none of the format's.
    """
    file = format.parse_filename(offered.filename)
    with road.vault.reading() as books:
        attempt = gather(road, books, presented, file, offered)
        is_new = decide(attempt)
    if is_new:
        inspected = format.inspect(offered, content)
        provenance = verified(road, file, offered, attempt.builder)
        concealed = is_concealed(attempt)
        keep_blobs(road.blobs, inspected, offered, content, concealed=concealed)
        try:
            with road.vault.writing() as books:
                attempt = gather(road, books, presented, file, offered)
                is_new = decide(attempt)
                if is_new:
                    admit(books, attempt, inspected, offered, provenance)
        except (Refused, ValueError):
            take_back(road, file, offered)
            raise
        road.blobs.settle(offered.digests.sha256)
        if is_new and is_concealed(attempt) != concealed:
            settle_file(road.blobs, offered.digests.sha256, file.text, concealed=not concealed)
        road.pages.forget(file.project)
    return Receipt(file, is_new, is_held=attempt.waiting is not None or (is_new and waits(attempt)))


def decide(attempt: Attempt) -> bool:
    """Refuse, or report whether the file is new: False when these very bytes are published under this name already."""
    standing, project = attempt.standing, attempt.file.project
    require_bearer_may(attempt)
    require_trusted(attempt.policy, attempt.bearer.token.publisher, project)
    if standing.project is not None:
        require_takes_files(standing.project)
    if not (require_unused(standing.use, attempt.digest) and require_not_waiting(attempt.waiting, attempt.digest)):
        return False
    require_attested(attempt.policy, project, is_attested=attempt.is_attested)
    forgotten = standing.project.provenance_forgotten if standing.project else None
    require_kept(attempt.history, is_attested=attempt.is_attested, forgotten=forgotten)
    require_open_version(standing.is_closed, attempt.file.version)
    require_room(attempt.standing, attempt.size_bytes, attempt.quota, project)
    return True


def require_bearer_may(attempt: Attempt) -> None:
    """Refuse a token that may not publish there: its time, place and scope, then its account's rights and factors.

    A minted token stands for a trusted publisher of this one project, which whoever manages its publishers set down
    with a second factor; it dies with the publisher. Where there is no project yet, it makes one for its owner.
    """
    bearer, project, now = attempt.bearer, attempt.file.project, attempt.now
    require_live(bearer.token, now)
    require_source(bearer.token, attempt.source)
    require_scope(bearer.token, Right.PUBLISH, project)
    if bearer.account is not None:
        if attempt.standing.project is not None:
            require_right(attempt.roles, Right.PUBLISH, project)
        critical = attempt.standing.critical_from is not None and attempt.standing.critical_from <= now
        require_action(Action.PUBLISH_CRITICAL if critical else Action.PUBLISH, bearer.account, bearer.token, now)
    elif attempt.standing.project is None:
        if attempt.owner is None:
            raise Refused(
                "no-such-project",
                f"There is no project {project}, and this publisher makes none. Add a pending publisher for it.",
                principle="AUTHZ-3.1",
            )
        require_may_hold_role(attempt.owner, now)


def require_bearer(books: Books, fingerprint: str) -> Bearer:
    """Return who holds the token with this fingerprint; Refused when nobody does."""
    bearer = books.tokens.bearer_of(fingerprint)
    if bearer is None:
        raise Refused(
            "unknown-token",
            "Nobody here holds this token. Was it revoked, or is it of another repository?",
            principle="AUTHZ-1.1",
        )
    return bearer


def gather(road: Road, books: Books, presented: Presented, file: FileName, offered: Offered) -> Attempt:
    """Fetch, inside one transaction, all that the rules look at."""
    bearer = require_bearer(books, presented.fingerprint)
    standing = books.shelf.standing(file)
    account, heir = bearer.account, bearer.token.project_owner
    publisher = books.publishers.publisher(bearer.token.publisher) if bearer.token.publisher else None
    return Attempt(
        bearer=bearer,
        source=presented.source,
        roles=books.roles.roles_of(account.name, file.project) if account and standing.project else frozenset(),
        owner=account or (books.accounts.account(heir) if heir and standing.project is None else None),
        policy=standing.policy | road.policy,
        file=file,
        digest=offered.digests.sha256,
        size_bytes=offered.size_bytes,
        now=road.clock(),
        standing=standing,
        quota=road.quota,
        waiting=books.holds.held(file.text),
        builder=identity_of(publisher) if publisher else None,
        history=books.provenances.history_of(file.project) if standing.project else (),
        is_attested=bool(offered.attestations),
    )


def require_takes_files(project: ProjectRecord) -> None:
    """Refuse a project that is archived or in quarantine (PEP 792)."""
    if not project.status.takes_files:
        raise Refused("project-closed", f"{project.name} is {project.status} and takes no files.", principle="GEN-2.3")


def require_room(standing: Standing, size_bytes: int, quota: Quota, project: ProjectName) -> None:
    """Refuse what would make the project larger than it may be."""
    if standing.size_bytes + size_bytes > quota.project_bytes:
        raise Refused(
            "project-too-large",
            f"{project} may hold {quota.project_bytes} bytes; this file would take it past that.",
        )


def keep_blobs(blobs: Blobs, inspected: Inspected, offered: Offered, content: BinaryIO, *, concealed: bool) -> None:
    """Keep the file and its metadata file, durably, before any row names them."""
    content.seek(0)
    metadata = Part(io.BytesIO(inspected.metadata_file), Sha256.of(inspected.metadata_file))
    digest = offered.digests.sha256
    blobs.put(
        digest, {offered.filename: Part(content, digest), f"{offered.filename}.metadata": metadata}, concealed=concealed
    )


def take_back(road: Road, file: FileName, offered: Offered) -> None:
    """Take the blobs of an upload that was refused at last away again, unless the books name them by another upload."""
    digest = offered.digests.sha256
    with road.vault.writing() as books:  # nobody enters a row meanwhile
        named = books.shelf.file_named(file.text)
        waiting = books.holds.held(file.text)
        if (named and named[1].digests.sha256 == digest) or (waiting and waiting.offered.digests.sha256 == digest):
            road.blobs.settle(digest)
        else:
            road.blobs.withdraw(digest, [file.text, f"{file.text}.metadata"])


def waits(attempt: Attempt) -> bool:
    """Report whether the file waits for a second person; the first file of a new project waits for nobody."""
    return Demand.TWO_PEOPLE in attempt.policy and attempt.standing.project is not None


def verified(road: Road, file: FileName, offered: Offered, builder: BuildIdentity | None) -> Provenance | None:
    """Return what the file's attestations prove, None when it has none; Refused when any of it cannot be believed."""
    if not offered.attestations:
        return None
    if road.verifier is None:
        raise Refused("attestation-invalid", "This repository has nothing to verify attestations with, and takes none.")
    return road.verifier.verify(
        offered.attestations, file.text, offered.digests.sha256, builder, road.clock()
    )  # fmt: skip


def is_concealed(attempt: Attempt) -> bool:
    """Report whether nobody may have the file but through us: it waits, or its project is private."""
    return waits(attempt) or (attempt.standing.project is not None and attempt.standing.project.is_private)


def admit(
    books: Books, attempt: Attempt, inspected: Inspected, offered: Offered, provenance: Provenance | None
) -> None:
    """Enter the file, or hold it until a second person approves; in the open transaction."""
    token, file, now = attempt.bearer.token, attempt.file, attempt.now
    if waits(attempt):
        metadata = Sha256.of(inspected.metadata_file)
        sent = (attempt.bearer.actor, token.identifier, now, now + HOLD_LIFE)
        hold(books, Held(file.project, file.version, offered, *sent, metadata, token.started_by))
    else:
        enter(books, attempt.standing, file, inspected, offered, entry_of(attempt))
        if provenance is not None:
            keep_provenance(books, file, provenance, attempt.history, attempt.bearer.actor, now)
    if token.last_used is None or now - token.last_used > timedelta(hours=1):
        books.tokens.touch_token(token.identifier, now)
        tell_of_needless(books, attempt)


def tell_of_needless(books: Books, attempt: Attempt) -> None:
    """Tell the owner of a token that publishes where a trusted publisher could, when it was not used for an hour."""
    token, account, project = attempt.bearer.token, attempt.bearer.account, attempt.file.project
    if account is None or not books.publishers.publishers_of(project):
        return
    detail = {"account": str(account.name), "token": token.identifier, "label": token.label}
    happening = Happening(Event.TOKEN_BESIDE_PUBLISHER, str(account.name), str(project), detail=detail)
    books.events.record([happening], attempt.now)


def keep_provenance(
    books: Books, file: FileName, provenance: Provenance, history: Sequence[Built], actor: str, now: datetime
) -> None:
    """Keep what was proved of the file, and say so when another build made it than made the release before."""
    books.provenances.add_provenance(file.text, provenance)
    change = change_of(history, file.version, provenance)
    if change is not None:
        detail = {"since": change.since, "reason": change.words}
        happening = Happening(
            Event.PROVENANCE_CHANGED, actor, str(file.project), file.version, file.text, detail
        )  # fmt: skip
        books.events.record([happening], now)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who enters a file, when, by what; and who owns the project, when the file makes it."""

    actor: str
    now: datetime
    detail: Mapping[str, object]
    owner: AccountName | None = None


def entry_of(attempt: Attempt) -> Entry:
    """Return by whom and by what this upload is entered."""
    token = attempt.bearer.token
    detail: dict[str, object] = {"token": token.identifier}
    if token.publisher:
        detail["publisher"] = token.label
    return Entry(attempt.bearer.actor, attempt.now, detail, attempt.owner.name if attempt.owner else None)


def enter(
    books: Books, standing: Standing, file: FileName, inspected: Inspected, offered: Offered, entry: Entry
) -> None:
    """Write the rows and the events of one new file, in the open transaction."""
    actor, now = entry.actor, entry.now
    name = str(file.project)
    happened: list[Happening] = []
    if standing.project is None and entry.owner is not None:
        books.shelf.add_project(file.project, inspected.display_name, now)
        books.roles.grant(entry.owner, file.project, Role.OWNER)
        given = {"to": str(entry.owner), "role": Role.OWNER}
        happened.append(Happening(Event.PROJECT_CREATED, actor, name))
        happened.append(Happening(Event.ROLE_GRANTED, actor, name, detail=given))
        happened += settle(books, file.project, entry.owner, actor, now)
    if not standing.has_release:
        books.shelf.add_release(file, inspected, now)
        happened.append(Happening(Event.RELEASE_CREATED, actor, name, file.version))
    books.shelf.add_file(file, inspected, offered, actor, now)
    detail = {
        "sha256": offered.digests.sha256.hex,
        "size": offered.size_bytes,
        "kind": file.kind,
        **entry.detail,
    }
    happened.append(Happening(Event.FILE_PUBLISHED, actor, name, file.version, file.text, detail))
    books.events.record(happened, now)
