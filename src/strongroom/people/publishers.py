"""Trusted publishers: who may add and remove them.

Principles: AUTHN-3.2, AUTHN-3.3, AUTHZ-2.1, AUTHZ-3.1
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action
from strongroom.authz.providers import Provider
from strongroom.authz.publishers import (
    MOST_OF_A_BUILD,
    MOST_OF_A_PROJECT,
    MOST_PENDING,
    PENDING_LIFE,
    Publisher,
    outruns,
    parse_fields,
    subject_of,
    warning_of,
)
from strongroom.authz.roles import Right, Role, require_right, rights_of
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Present, Visitor, acting, present, seen_from
from strongroom.people.stakes import can_act


@dataclass(frozen=True, slots=True)
class Wanted:
    """A publisher as it is asked for; `issuer` "" where its provider has only one, `pinned` ids that are known."""

    provider: str
    fields: Mapping[str, str]
    issuer: str = ""
    pinned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """A publisher, what its owner is warned of, and, where who added it could not do so now, why."""

    publisher: Publisher
    warning: str
    departed: str = ""


def add_publisher(desk: Desk, visitor: Visitor, project: ProjectName, wanted: Wanted) -> Listed:
    """Let a build publish to a project; where there is none of that name, to the one that its first upload makes.

    A name is not reserved by this: whoever is first has it.
    """
    trusted = desk.house.trusted
    provider = trusted.named(wanted.provider)
    fields = _parsed(provider, wanted)
    with desk.vault.writing() as books:
        is_pending = books.shelf.project(project) is None
        who = _beginning(desk, books, visitor) if is_pending else managing(desk, books, visitor, project)
        now = desk.clock()
        publisher = Publisher(
            identifier=desk.chance(8).hex(),
            provider=provider.name,
            issuer=trusted.issuer_for(provider, fields, wanted.issuer, books.publishers.issuers()),
            fields=fields,
            project=project,
            account=who.name,
            created=now,
            expires=now + PENDING_LIFE if is_pending else None,
            pinned=wanted.pinned,
        )
        subject = subject_of(provider, fields)
        _require_new(books, publisher, subject)
        _require_unawaited(books, publisher, subject)
        books.publishers.add_publisher(publisher, subject)
        record(desk, books, Event.PUBLISHER_ADDED, str(who.name), publisher, **seen_from(visitor))
    return Listed(publisher, warning_of(provider, fields))


def remove_publisher(desk: Desk, visitor: Visitor, identifier: str) -> Publisher:
    """End the trust in a build: what was minted for it dies in the same moment."""
    with desk.vault.writing() as books:
        publisher = books.publishers.publisher(identifier)
        if publisher is None:
            present(desk, books, visitor)
            raise Refused("no-such-publisher", f"There is no trusted publisher {identifier[:40]}.")
        who = _may_end(desk, books, visitor, publisher)
        _end(desk, books, publisher, str(who.name), **seen_from(visitor))
    return publisher


def publishers_of(desk: Desk, visitor: Visitor, project: ProjectName) -> Sequence[Listed]:
    """Return a project's publishers to whoever may manage them, a pending one's to who added them.

    Refused("no-such-project") when there are none and no project, or a private one that they may not know of.
    """
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
        found = [each for each in books.publishers.pending_of(who.name) if each.project == project]
        if not found or books.shelf.project(project) is not None:
            _require_manager(books, who, project)
            found = list(books.publishers.publishers_of(project))
            everybody = books.roles.everybody_of(project)
            return [
                replace(each, departed=_departed(books, each.publisher, everybody)) for each in _listed(desk, found)
            ]
        return _listed(desk, found)


def _departed(books: Books, publisher: Publisher, everybody: Sequence[tuple[AccountName, Role]]) -> str:
    """Return what to say of a publisher whose adder could not add it now, "" when they could.

    It publishes still: builds are the project's, and would stop when somebody leaves. So people are to decide.
    """
    roles = [role for name, role in everybody if name == publisher.account]
    if publisher.is_pending or (Right.MANAGE_PUBLISHERS in rights_of(roles) and can_act(books, publisher.account)):
        return ""
    why = "who may not manage its publishers any more" if roles else "who has no role here any more"
    if not can_act(books, publisher.account):
        why = "whose account is disabled or gone"
    return (
        f"Added by {publisher.account}, {why}. Whoever may push to that repository can publish: if it is not yours, "
        "remove it; if it is, remove it and add it again."
    )


def own_pending(desk: Desk, visitor: Visitor) -> Sequence[Listed]:
    """Return the pending publishers that somebody has added."""
    with desk.vault.reading() as books:
        return _listed(desk, books.publishers.pending_of(present(desk, books, visitor).name))


def sweep_publishers(desk: Desk) -> int:
    """Take away pending publishers whose time is over, and forget what was spent long ago; return how much."""
    with desk.vault.writing() as books:
        over = books.publishers.expired(desk.clock())
        for publisher in over:
            _end(desk, books, publisher, "strongroom", reason="It was not used within 30 days.")
        return len(over) + books.publishers.sweep(desk.clock())


def managing(desk: Desk, books: Books, visitor: Visitor, project: ProjectName) -> Present:
    """Return who is signed in and may manage the project's publishers now; it takes a fresh proof."""
    who = present(desk, books, visitor)
    _require_manager(books, who, project)
    critical = books.critical.is_critical(project, desk.clock())
    # A publisher can do what a token can: it takes what making a token takes.
    action = Action.MANAGE_CRITICAL if critical else Action.CREATE_TOKEN
    require_action(action, who.account, who.session, desk.clock())
    return who


def _require_manager(books: Books, who: Present, project: ProjectName) -> None:
    roles = books.roles.roles_of(who.name, project)
    record = books.shelf.project(project)
    if record is None or (record.is_private and not roles):
        raise Refused("no-such-project", f"There is no project named {project}.")
    require_right(roles, Right.MANAGE_PUBLISHERS, project)


def _parsed(provider: Provider, wanted: Wanted) -> dict[str, str]:
    unknown = wanted.pinned.keys() - set(provider.immutable)
    if unknown:
        raise Refused("bad-request", f"{provider.title} pins {', '.join(provider.immutable) or 'nothing'}.")
    try:
        return parse_fields(provider, wanted.fields)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None


def _beginning(desk: Desk, books: Books, visitor: Visitor) -> Present:
    who = acting(desk, books, visitor, Action.CREATE_TOKEN)
    if len(books.publishers.pending_of(who.name)) >= MOST_PENDING:
        raise Refused(
            "too-many-publishers",
            f"An account waits for at most {MOST_PENDING} projects at a time. Use or remove one first.",
        )
    return who


def _require_new(books: Books, publisher: Publisher, subject: str) -> None:
    if books.publishers.number_of(publisher.issuer, subject, publisher.account) >= MOST_OF_A_BUILD:
        raise Refused(
            "too-many-publishers",
            f"An account has at most {MOST_OF_A_BUILD} publishers of one build. Remove one that is not needed, or have "
            "another owner of the project add this one.",
        )
    there = books.publishers.publishers_of(publisher.project)
    if not publisher.is_pending and len(there) >= MOST_OF_A_PROJECT:
        raise Refused("too-many-publishers", f"A project has at most {MOST_OF_A_PROJECT} trusted publishers.")
    for each in there:
        is_own = not publisher.is_pending or each.account == publisher.account
        if is_own and (each.issuer, each.fields) == (publisher.issuer, publisher.fields):
            raise Refused("publisher-exists", f"{publisher.project} trusts this publisher already.")


def _require_unawaited(books: Books, publisher: Publisher, subject: str) -> None:
    same = books.publishers.candidates(publisher.issuer, subject, publisher.project)
    if any(outruns(each, publisher) for each in same):
        raise Refused(
            "publisher-exists",
            f"Somebody waits for {publisher.project} with this build already. Upload its first file with a token.",
            principle="AUTHZ-3.1",
        )


def _may_end(desk: Desk, books: Books, visitor: Visitor, publisher: Publisher) -> Present:
    if not publisher.is_pending:
        return managing(desk, books, visitor, publisher.project)
    who = acting(desk, books, visitor, Action.REVOKE_TOKEN)
    if who.name != publisher.account:
        raise Refused("no-such-publisher", f"There is no trusted publisher {publisher.identifier}.")
    return who


def _end(desk: Desk, books: Books, publisher: Publisher, actor: str, **detail: object) -> None:
    if not books.publishers.remove_publisher(publisher.identifier):
        return  # it has ended with the one that it was added after
    ended = books.tokens.revoke_tokens_of_publisher(publisher.identifier, desk.clock())
    record(desk, books, Event.PUBLISHER_REMOVED, actor, publisher, tokens=ended, **detail)
    # What was added after it, for the same name and build, would have what it waited for: nobody waits for its end.
    for each in same_build(desk, books, publisher):
        if outruns(publisher, each):
            _end(desk, books, each, actor, reason="Another account had waited for this project with this build before.")


def same_build(desk: Desk, books: Books, publisher: Publisher) -> Sequence[Publisher]:
    """Return a project's publishers of the same build as one of them, itself among them."""
    provider = desk.house.trusted.providers.get(publisher.provider)
    needed = {each.name for each in provider.fields if each.is_needed} if provider else set()
    if provider is None or needed - publisher.fields.keys():
        # The operator has turned its provider off, or asks for more: what is not known to be another build is the same.
        return [each for each in books.publishers.publishers_of(publisher.project) if each.issuer == publisher.issuer]
    subject = subject_of(provider, publisher.fields)
    return books.publishers.candidates(publisher.issuer, subject, publisher.project)


def end_all(desk: Desk, books: Books, project: ProjectName, actor: str) -> None:
    """End the trust in every build of a project, in the open transaction: it changes hands."""
    for publisher in books.publishers.publishers_of(project):
        _end(desk, books, publisher, actor)


def record(desk: Desk, books: Books, event: Event, actor: str, publisher: Publisher, **more: object) -> None:
    """Record what became of a publisher; `more` is told beside what it is."""
    ids = ", ".join(f"{claim} {value}" for claim, value in publisher.pinned.items())
    detail = {
        "publisher": publisher.identifier,
        "account": str(publisher.account),
        "label": f"{publisher.words} ({ids})" if ids else publisher.words,
        "issuer": publisher.issuer,
        **more,
    }
    books.events.record([Happening(event, actor, str(publisher.project), detail=detail)], desk.clock())


def _listed(desk: Desk, found: Sequence[Publisher]) -> list[Listed]:
    # One whose provider the operator has turned off is listed still, so that it can be removed.
    known = desk.house.trusted.providers
    return [
        Listed(
            each,
            warning_of(known[each.provider], each.fields)
            if each.provider in known
            else "Its provider is not trusted here any more.",
        )
        for each in found
    ]
