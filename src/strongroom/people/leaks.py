"""Leaked secrets are ended: whatever of ours was found dies in one transaction with the event that tells of it.

The secret itself is nowhere kept: what is found is looked up by its fingerprint, and what is already dead stays so, so
that a report may come as often as it likes. Whose it was hears of it once a report, however much of theirs was in it.

Principles: AUTHZ-3.2, AUTHN-1.4
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.authz.leaks import Found, Place
from strongroom.authz.tokens import Token, covers
from strongroom.formats.exposure import Exposed
from strongroom.kernel.events import Event, Happening
from strongroom.packages.ports import Books, Clock, Vault
from strongroom.principles import upholds

#: Who acts when a token was found in an upload; no account's name has a colon.
INSPECTION: Final = "repository:inspection"
#: Who acts when somebody shows a token in order to end it.
HOLDER: Final = "holder:unnamed"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class _Ended:
    """Something of ours that was found, and is dead now. `account` is "" where it stood for none."""

    what: str
    identifier: str
    account: str
    project: str
    projects: frozenset[str]
    place: Place


@upholds("AUTHZ-3.2c")
def revoke_found(books: Books, found: Mapping[str, Place], actor: str, now: datetime) -> int:
    """End every live secret with one of these fingerprints, in the open transaction; return how many there were.

    Tokens of people and of trusted publishers, sessions, what browsers are known by, mailed links, and the link of the
    first administrator. Those whose they were, and the security contacts of the projects within reach, are told by one
    event each.
    """
    ended = [one for fingerprint, place in found.items() for one in _end(books, fingerprint, place, now)]
    for device in books.sessions.devices_with(found):
        # Without it a guess at the password is counted as a stranger's, and the sign-in is confirmed by mail.
        books.sessions.forget_device(device.account, device.fingerprint)
        place = found[device.fingerprint]
        ended.append(_Ended("device", "known-browser", str(device.account), "", frozenset(), place))
    if ended:
        books.events.record([_told(group, actor) for group in _grouped(ended)], now)
    return len(ended)


def take_report(vault: Vault, clock: Clock, actor: str, report: Sequence[Found]) -> int:
    """End what a report names; return how many secrets of ours were alive. A report without any writes nothing."""
    ours, _ = _sorted(vault, report, clock())
    if not ours:
        return 0
    with vault.writing() as books:
        return revoke_found(books, ours, actor, clock())


def surrender(vault: Vault, clock: Clock, guesser: Guesser, shown: Sequence[Found]) -> None:
    """End tokens that somebody holds, who may be anybody: whoever has a token may end it.

    What is dead, or nobody's, is counted once a request as a guess at a token (AUTHN-1.5), after all else was done:
    Refused("too-many-attempts") saves nothing that was named beside it.
    """
    ours, has_more = _sorted(vault, shown, clock())
    if ours:
        with vault.writing() as books:
            revoke_found(books, ours, HOLDER, clock())
    if has_more:
        with vault.writing() as books:
            reserve(books.tallies, Guess.TOKEN, guesser, clock())


@contextmanager
def ending_exposed(vault: Vault, clock: Clock, filename: str) -> Iterator[None]:
    """End tokens for which the upload inside is refused: whoever sent the file has shown them to others already."""
    try:
        yield
    except Exposed as exposed:
        place = Place(f"{filename}: {exposed.path}", "a file that was offered for publication")
        with vault.writing() as books:
            revoke_found(books, dict.fromkeys(exposed.fingerprints, place), INSPECTION, clock())
        raise


def _sorted(vault: Vault, report: Iterable[Found], now: datetime) -> tuple[dict[str, Place], bool]:
    """Return by fingerprint what is alive, and whether there was more: what is dead is nothing to write of."""
    named = {each.secret.fingerprint(): each.place for each in report}
    with vault.reading() as books:
        devices = {each.fingerprint for each in books.sessions.devices_with(named)}
        ours = {print_: place for print_, place in named.items() if print_ in devices or _is_alive(books, print_, now)}
    return ours, len(ours) < len(named)


def _is_alive(books: Books, fingerprint: str, now: datetime) -> bool:
    """Report whether there is such a secret that `_end` would end."""
    bearer = books.tokens.bearer_of(fingerprint)
    if bearer is not None:
        return bearer.token.revoked is None and now < bearer.token.expires
    session, ticket = books.sessions.session(fingerprint), books.sessions.ticket(fingerprint)
    ends = (
        session.expires if session else None,
        ticket.expires if ticket else None,
        books.accounts.enrolment_expires(fingerprint),
    )
    return any(each is not None and now < each for each in ends)


def _end(books: Books, fingerprint: str, place: Place, now: datetime) -> Iterator[_Ended]:
    bearer = books.tokens.bearer_of(fingerprint)
    if bearer is not None:
        token = bearer.token
        if now < token.expires and books.tokens.revoke_token(token.identifier, now):
            # Whoever found it may have made others of it.
            books.tokens.revoke_derived(token.identifier, now)
            yield _ended_token(books, token, place)
        return
    session = books.sessions.session(fingerprint)
    if session is not None:
        if now < session.expires and books.sessions.end_session(session.account, session.identifier):
            yield _Ended("session", session.identifier, str(session.account), "", frozenset(), place)
        return
    ticket = books.sessions.use_ticket(fingerprint)
    if ticket is not None:
        if now < ticket.expires:
            yield _Ended("link", ticket.errand.value, str(ticket.account or ""), "", frozenset(), place)
        return
    expires = books.accounts.enrolment_expires(fingerprint)
    if expires is not None and now < expires:
        books.accounts.use_enrolment(fingerprint)
        yield _Ended("link", "first-administrator", "", "", frozenset(), place)


def _ended_token(books: Books, token: Token, place: Place) -> _Ended:
    if token.account is None:
        # One that was minted for a build is for one project, and stands for nobody.
        project = min((name.text for name in token.projects or ()), default="")
        return _Ended("token", token.identifier, f"publisher:{token.publisher}", project, frozenset(), place)
    # A token names projects that its owner has nothing to do with, if they like: nobody there is concerned.
    mine = {project for project, _ in books.roles.all_projects_of(token.account)}
    reach = frozenset(project.text for project in mine if covers(token, project))
    return _Ended("token", token.identifier, str(token.account), "", reach, place)


def _grouped(ended: Iterable[_Ended]) -> Iterable[Sequence[_Ended]]:
    groups: dict[tuple[str, str], list[_Ended]] = {}
    for each in ended:
        groups.setdefault((each.account, each.project), []).append(each)
    return groups.values()


def _told(group: Sequence[_Ended], actor: str) -> Happening:
    """Return the event of what was ended of one account, or of one project's publishers."""
    first = group[0]
    names = [each.identifier for each in group]
    more = f" and {len(names) - _SHOWN} others" if len(names) > _SHOWN else ""
    places = list(dict.fromkeys(each.place.words for each in group if each.place.words))
    where = places[0] if places else "found where it should not be"
    detail: dict[str, object] = {
        "token": ", ".join(names[:_SHOWN]) + more,
        "projects": sorted(frozenset[str]().union(*(each.projects for each in group))),
        "reason": where + (f", and at {len(places) - 1} other places" if len(places) > 1 else ""),
        "ended": [
            {"what": each.what, "id": each.identifier, "url": each.place.url, "found_in": each.place.source}
            for each in group
        ],
    }
    if first.account:
        detail["account"] = first.account
    return Happening(Event.TOKEN_LEAKED, actor, first.project, detail=detail)
