"""What administrators do, in a session of their own.

Principles: AUTHN-1.2, AUTHN-3.2
"""

from typing import Final

from strongroom.authn.accounts import AccountName, parse_account_name
from strongroom.kernel.refusals import Refused
from strongroom.people import administration
from strongroom.people.desk import Visitor
from strongroom.web.people.deeds import Counter, Deed, Fields, Reply, Short

_ACCOUNTS: Final = "admin/accounts/"


class Person(Fields):
    """An account."""

    name: Short


class Disabled(Fields):
    """An account, and why it is disabled; its owner reads the reason."""

    name: Short
    reason: Short = ""


class Administration(Fields):
    """An account, and whether it administers this repository: yes or no."""

    name: Short
    administrator: bool


class Invited(Fields):
    """Whom to invite."""

    email: Short


class Approved(Fields):
    """A recovery that is under way."""

    id: Short


def _person(raw: str) -> AccountName:
    try:
        return parse_account_name(raw)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None


def _disable(counter: Counter, visitor: Visitor, fields: Disabled) -> Reply:
    administration.disable(counter.desk, visitor, _person(fields.name), fields.reason)
    return Reply(go=f"{_ACCOUNTS}{_person(fields.name)}/", said=f"{fields.name} is disabled.")


def _enable(counter: Counter, visitor: Visitor, fields: Person) -> Reply:
    administration.enable(counter.desk, visitor, _person(fields.name))
    return Reply(go=f"{_ACCOUNTS}{_person(fields.name)}/", said=f"{fields.name} is enabled again.")


def _administrate(counter: Counter, visitor: Visitor, fields: Administration) -> Reply:
    name = _person(fields.name)
    administration.make_administrator(counter.desk, visitor, name, is_administrator=fields.administrator)
    said = f"{name} {'administers' if fields.administrator else 'no longer administers'} this repository."
    return Reply(go=f"{_ACCOUNTS}{name}/", said=said)


def _end_sessions(counter: Counter, visitor: Visitor, fields: Person) -> Reply:
    many = administration.end_sessions(counter.desk, visitor, _person(fields.name))
    go = f"{_ACCOUNTS}{_person(fields.name)}/"
    return Reply({"ended": many}, go=go, said=f"Every session of {fields.name} has ended: {many}.")


def _invite(counter: Counter, visitor: Visitor, fields: Invited) -> Reply:
    try:
        link = administration.invite(counter.desk, visitor, fields.email)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    address = f"{counter.desk.site_url}register/{link.reveal()}"
    return Reply({"link": address}, go=_ACCOUNTS, said=f"An invitation is on its way to {fields.email}.")


def _approve(counter: Counter, visitor: Visitor, fields: Approved) -> Reply:
    found = administration.approve_recovery(counter.desk, visitor, fields.id)
    values = {"approvals": sorted(found.approvals), "ready": found.ready.isoformat() if found.ready else None}
    return Reply(values, go="admin/recoveries/", said=f"You have vouched for {found.account}.")


DEEDS: Final = (
    Deed("admin/disable", "Disable an account: its sessions and tokens end", Disabled, _disable, _ACCOUNTS),
    Deed("admin/enable", "Enable an account again", Person, _enable, _ACCOUNTS),
    Deed("admin/administrator", "Give or take administration", Administration, _administrate, _ACCOUNTS),
    Deed("admin/end-sessions", "End every session of an account", Person, _end_sessions, _ACCOUNTS),
    Deed("admin/invite", "Invite somebody to register", Invited, _invite, _ACCOUNTS, answer={"link": "good once"}),
    Deed("admin/approve-recovery", "Vouch for the person of a recovery", Approved, _approve, "admin/recoveries/"),
)
