"""The second person: what waits is published when somebody else than its uploader approves, or forgotten.

Principles: AUTHZ-2.1
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action
from strongroom.authz.build_identity import BuildIdentity, identity_of
from strongroom.authz.policies import judging, require_attested, require_trusted
from strongroom.authz.provenance import require_kept
from strongroom.authz.roles import Right, rights_of
from strongroom.formats import FileName, Format, Inspected, Offered
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.refusals import Refused
from strongroom.packages.concealment import settle_project
from strongroom.packages.holding import Held
from strongroom.packages.ports import BlobKey, Books
from strongroom.packages.publishing import (
    Entry,
    Road,
    enter,
    keep_provenance,
    require_room,
    require_takes_files,
    verified,
)
from strongroom.packages.removal import require_open_version, require_unused
from strongroom.principles import upholds

#: Asked in the transaction that acts: who acts, or a refusal.
May = Callable[[Books, Held], str]
_IN_MEMORY_BYTES = 1024 * 1024


@upholds("AUTHZ-2.1")
def require_second(books: Books, held: Held, actor: str, now: datetime) -> None:
    """Refuse the uploader's own approval, and an upload whose sender may publish no more, or whose token was ended.

    What a trusted publisher sent counts as sent by whoever set it down: with a build of one's own, one would be two.
    """
    if books.tokens.is_revoked(held.token):
        raise Refused(
            "token-revoked",
            "The token that sent this file was revoked since. Decline the file, and have it sent again.",
            principle="AUTHZ-2.1",
        )
    if _sender(books, held, now) == actor:
        raise Refused(
            "needs-second-person",
            "You sent this file yourself, or by a build that you let publish. Another publisher approves of it.",
            principle="AUTHZ-2.1",
        )


def _sender(books: Books, held: Held, now: datetime) -> str:
    """Return who stands behind an upload that waits; Refused when they could not send it now."""
    _, colon, identifier = held.uploader.partition(":")
    if colon:
        publisher = books.publishers.publisher(identifier)
        if publisher is None:
            raise Refused(
                "not-allowed",
                "Nobody trusts the build any more that sent this file. Decline it.",
                principle="AUTHZ-2.1",
            )
        return str(publisher.account)
    account = books.accounts.account(AccountName(held.uploader))
    if account is None or account.is_disabled:
        raise Refused("not-allowed", f"{held.uploader} publishes nothing any more. Decline it.", principle="AUTHZ-2.1")
    if Right.PUBLISH not in rights_of(books.roles.roles_of(account.name, held.project)):
        raise Refused(
            "not-allowed",
            f"{held.uploader}, who sent it, may publish to {held.project} no more. Decline it.",
            principle="AUTHZ-2.1",
        )
    token = books.tokens.token(account.name, held.token)
    if token is not None:
        critical = books.critical.is_critical(held.project, now)
        with judging(held.uploader, "sent it"):
            require_action(Action.PUBLISH_CRITICAL if critical else Action.PUBLISH, account, token, now)
    return held.uploader


def approve(road: Road, format: Format, may: May, filename: str) -> None:
    """Publish what waits under this name: it is looked into once more, and entered by the rules of today."""
    with road.vault.reading() as books:
        held = _waiting(books, filename, road.clock())
        may(books, held)
        builder = _builder(books, held)
    file = format.parse_filename(filename)
    inspected = _inspected(road, format, held)
    provenance = verified(road, file, held.offered, builder)
    with road.vault.writing() as books:
        held = _waiting(books, filename, road.clock())
        actor = may(books, held)
        history = books.provenances.history_of(held.project)
        require_today(road, books, file, held)
        _enter(books, file, inspected, held, actor, road.clock())
        books.holds.remove_held(filename)
        if provenance is not None:
            keep_provenance(books, file, provenance, history, held.uploader, road.clock())
    settle_project(road.vault, road.blobs, held.project)
    road.pages.forget(held.project)


def require_today(road: Road, books: Books, file: FileName, held: Held) -> None:
    """Refuse what waited for longer than the rules did: policy, attestations and room are judged as of today."""
    standing = books.shelf.standing(file)
    policy, is_attested = standing.policy | road.policy, bool(held.offered.attestations)
    _, _, publisher = held.uploader.partition(":")
    require_trusted(policy, publisher, held.project)
    require_attested(policy, held.project, is_attested=is_attested)
    forgotten = standing.project.provenance_forgotten if standing.project else None
    require_kept(books.provenances.history_of(held.project), is_attested=is_attested, forgotten=forgotten)
    require_room(standing, held.offered.size_bytes, road.quota, held.project)


def _enter(books: Books, file: FileName, inspected: Inspected, held: Held, actor: str, now: datetime) -> None:
    standing = books.shelf.standing(file)
    if standing.project is None:
        raise Refused("no-such-project", f"There is no project named {held.project} any more.")
    require_takes_files(standing.project)
    if not require_unused(standing.use, held.offered.digests.sha256):
        raise Refused("no-such-upload", f"{file.text} is published already.")
    require_open_version(standing.is_closed, file.version)
    detail = {"token": held.token, "approved_by": actor}
    enter(books, standing, file, inspected, held.offered, Entry(held.uploader, now, detail))


def _builder(books: Books, held: Held) -> BuildIdentity | None:
    """Return whose its attestations must be; None once nobody trusts the build that sent it any more."""
    _, colon, identifier = held.uploader.partition(":")
    publisher = books.publishers.publisher(identifier) if colon else None
    return identity_of(publisher) if publisher else None


def _inspected(road: Road, format: Format, held: Held) -> Inspected:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as content:
        with road.blobs.open(BlobKey(held.offered.digests.sha256, held.offered.filename)) as kept:
            shutil.copyfileobj(kept, content)
        content.seek(0)
        return format.inspect(held.offered, content)  # type: ignore[arg-type]


def decline(road: Road, may: May, filename: str) -> None:
    """Forget what waits under this name, and its bytes."""
    with road.vault.writing() as books:
        held = _waiting(books, filename, road.clock())
        actor = may(books, held)
        _forget(books, held, actor, road.clock())
    _drop(road, held.offered)


def forget_stale(road: Road) -> int:
    """Forget what has waited past its time; return how many uploads that were."""
    with road.vault.writing() as books:
        stale = books.holds.held_before(road.clock())
        for held in stale:
            _forget(books, held, "strongroom", road.clock())
    for held in stale:
        _drop(road, held.offered)
    return len(stale)


def _waiting(books: Books, filename: str, now: datetime) -> Held:
    held = books.holds.held(filename)
    if held is None or now >= held.expires:
        raise Refused("no-such-upload", f"No upload of {filename[:200]} waits.")
    return held


def _forget(books: Books, held: Held, actor: str, now: datetime) -> None:
    books.holds.remove_held(held.offered.filename)
    detail = {"sha256": held.offered.digests.sha256.hex, "uploader": held.uploader}
    what = Happening(
        Event.FILE_DECLINED, actor, str(held.project), held.version, held.offered.filename, detail
    )  # fmt: skip
    books.events.record([what], now)


def _drop(road: Road, offered: Offered) -> None:
    for leaf in (offered.filename, f"{offered.filename}.metadata"):
        road.blobs.remove(BlobKey(offered.digests.sha256, leaf))
