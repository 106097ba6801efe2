"""Making letters out of events, and sending what is queued.

Letters of events are derived: a projector with a cursor makes them, each once, in one transaction with the cursor, so
that a crash at any line loses none and sends none twice to a queue. Sending may repeat a letter when the program dies
between the relay's answer and the books: at least once, never nothing.

Principles: AUTHN-1.4
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from strongroom.authn.accounts import FORMER_DAYS, AccountName, parse_account_name
from strongroom.authn.notices import (
    NOTICES,
    Facts,
    Letter,
    Postbox,
    Undelivered,
    Who,
    account_of,
    compose,
    worth_telling,
)
from strongroom.authn.post import Queued, next_try
from strongroom.authn.sessions import Errand
from strongroom.authz.roles import RIGHTS, OrganisationRole, Right, Role
from strongroom.kernel.events import Event, Recorded
from strongroom.kernel.names import ProjectName
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk

PROJECTOR: Final = "notices"
_EVENTS: Final = 200
_LETTERS: Final = 20
#: Whoever has taken a letter and died is not waited for longer than this.
_LEASE: Final = timedelta(minutes=10)
#: Events older than this make no letters: a repository that comes to notices late tells nobody of last year.
_TOO_OLD: Final = timedelta(days=3)
_CANCELLED_BY_LINK: Final = (Event.RECOVERY_REQUESTED, Event.RECOVERY_APPROVED)


def make_letters(desk: Desk) -> int:
    """Make the letters of every event that none was made for; return how many events were looked at."""
    done = 0
    while True:
        with desk.vault.reading() as books:
            if books.events.newest() <= books.events.cursor(PROJECTOR):
                return done
        with desk.vault.writing() as books:
            events = books.events.after(books.events.cursor(PROJECTOR), _EVENTS)
            if not events:
                return done
            for recorded in worth_telling(events):
                if desk.clock() - recorded.time < _TOO_OLD:
                    _tell(desk, books, recorded)
            books.events.advance(PROJECTOR, events[-1].serial)
            done += len(events)


def _tell(desk: Desk, books: Books, recorded: Recorded) -> None:
    concerned = account_of(recorded)
    to = dict.fromkeys(_recipients(desk, books, recorded))
    for address in to:
        link = ""
        if recorded.what.event in _CANCELLED_BY_LINK:
            recovery = recorded.what.detail.get("recovery")
            secret = desk.issue(books, Errand.CANCEL_RECOVERY, AccountName(concerned), recovery=recovery)
            link = f"{desk.site_url}recover/cancel/{secret.reveal()}"
        facts = Facts(
            desk.party.title,
            desk.site_url,
            account=concerned,
            address=_address_named(books, recorded),
            when=recorded.time,
            link=link,
            by=_build_of(books, recorded.what.actor),
        )
        words = compose(recorded, facts)
        key = f"{recorded.serial}:{address.lower()}"
        books.letters.add_letter(Queued(key, address, words.subject, words.text, words.html, desk.clock()))


def _build_of(books: Books, actor: str) -> str:
    """Return the trusted publisher that acted, in words; "" when it was none, or is none any more."""
    kind, _, identifier = actor.partition(":")
    found = books.publishers.publisher(identifier) if kind == "publisher" else None
    return found.words if found else ""


def _address_named(books: Books, recorded: Recorded) -> str:
    named = recorded.what.detail.get("address_id")
    if named is None:
        return ""
    mine = books.accounts.addresses(_named(account_of(recorded)))
    return next((each.address for each in mine if each.identifier == named), "")


def _recipients(desk: Desk, books: Books, recorded: Recorded) -> Iterable[str]:
    notice = NOTICES[recorded.what.event]
    for who in notice.who if notice else ():
        yield from _addresses(desk, books, recorded, who)


def _addresses(desk: Desk, books: Books, recorded: Recorded, who: Who) -> Iterable[str]:
    concerned = account_of(recorded)
    match who:
        case Who.SELF:
            return _verified(books, concerned)
        case Who.PERSON if concerned == recorded.what.actor:
            return ()
        case Who.PRIMARY | Who.PERSON:
            return _primary(books, concerned)
        case Who.OWNERS | Who.MAINTAINERS:
            return _maintainers(books, recorded.what.project, who is Who.OWNERS)
        case Who.ORGANISATION:
            return _organisation(books, str(recorded.what.detail.get("organisation", "")))
        case Who.SECURITY:
            return _security(books, recorded)
        case Who.FORMER:
            return _former(desk, books, recorded)
        case Who.PARTED | Who.ADMINISTRATORS:
            return [at for name in _named_or_administrators(books, recorded, who) for at in _primary(books, name)]
        case Who.NOBODY:
            return ()


def _named_or_administrators(books: Books, recorded: Recorded, who: Who) -> Iterable[str]:
    if who is Who.ADMINISTRATORS:
        return [name.text for name in books.accounts.administrators()]
    named = recorded.what.detail.get("parted")
    return [str(name) for name in named] if isinstance(named, list) else ()


def _verified(books: Books, name: str) -> Iterable[str]:
    for each in books.accounts.addresses(_named(name)):
        if each.verified is not None and each.removed is None:
            yield each.address


def _primary(books: Books, name: str) -> Iterable[str]:
    account = books.accounts.account(_named(name))
    if account is not None and account.email_verified:
        yield account.email


def _maintainers(books: Books, project: str, only_owners: bool) -> Iterable[str]:
    # One ecosystem so far; an event names its project as the index does.
    everybody = books.roles.everybody_of(ProjectName("pypi", project))
    for name in dict.fromkeys(name for name, role in everybody if role is Role.OWNER or not only_owners):
        yield from _primary(books, name.text)


def _organisation(books: Books, organisation: str) -> Iterable[str]:
    for name, role in books.organisations.members_of(organisation):
        if role is OrganisationRole.OWNER:
            yield from _primary(books, name.text)


def _security(books: Books, recorded: Recorded) -> Iterable[str]:
    named = recorded.what.detail.get("projects")
    projects = [str(each) for each in named] if isinstance(named, list) else []
    for project in filter(None, [recorded.what.project, *projects]):
        everybody = books.roles.everybody_of(ProjectName("pypi", project))
        for name in dict.fromkeys(name for name, role in everybody if Right.REPORT in RIGHTS[role]):
            yield from _primary(books, name.text)


def _former(desk: Desk, books: Books, recorded: Recorded) -> Iterable[str]:
    named = recorded.what.detail.get("address_id")
    oldest = desk.clock() - timedelta(days=FORMER_DAYS)
    for each in books.accounts.addresses(_named(account_of(recorded))):
        is_former = each.removed is not None and each.removed > oldest
        if each.verified is not None and (each.identifier == named if named else is_former):
            yield each.address


def _named(raw: str) -> AccountName:
    """Return the account that an event names; the operator, who is none, has no address either."""
    try:
        return parse_account_name(raw)
    except ValueError:
        return AccountName("")


def send_letters(desk: Desk, postbox: Postbox) -> int:
    """Send what is due; return how many letters were sent. What fails is tried again later, for about a day."""
    sent = 0
    while True:
        with desk.vault.reading() as books:
            if not books.letters.waiting(desk.clock()):
                return sent
        with desk.vault.writing() as books:
            now = desk.clock()
            due = books.letters.take_letters(now, now + _LEASE, _LETTERS)
        for letter in due:
            sent += _send(desk, postbox, letter)
        if len(due) < _LETTERS:
            return sent


def _send(desk: Desk, postbox: Postbox, letter: Queued) -> int:
    try:
        postbox.send(Letter(letter.to, letter.subject, letter.text, letter.html))
    except Undelivered as failure:
        until = None if failure.is_permanent else next_try(letter.attempts, desk.clock())
        with desk.vault.writing() as books:
            books.letters.postpone_letter(letter.identifier, until, str(failure)[:300])
        return 0
    with desk.vault.writing() as books:
        books.letters.drop_letter(letter.identifier)
    return 1
