"""Who works on a project: giving and taking roles, in a session.

Principles: AUTHN-1.1, AUTHN-2.3, AUTHN-3.2, AUTHN-3.3, AUTHZ-2.1
"""

from datetime import datetime

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Action, has_second_factor, require_action
from strongroom.authz.roles import Right, Role, require_right
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books, IndexPages
from strongroom.people.desk import Desk, Present, Visitor, present, seen_from


def managing(desk: Desk, books: Books, visitor: Visitor, project: ProjectName) -> Present:
    """Return who is signed in and may manage the project's people now; a critical one takes a fresh key."""
    who = present(desk, books, visitor)
    critical = books.critical.is_critical(project, desk.clock())
    require_right(books.roles.role_of(who.name, project), Right.MANAGE_PEOPLE, project)
    action = Action.MANAGE_CRITICAL if critical else Action.MANAGE
    require_action(action, who.account, who.session, desk.clock())
    return who


def give_role(
    desk: Desk, pages: IndexPages, visitor: Visitor, project: ProjectName, name: AccountName, role: Role
) -> None:  # fmt: skip
    """Give somebody a role; they have a verified address and a second factor already, or are refused."""
    with desk.vault.writing() as books:
        who = managing(desk, books, visitor, project)
        person = books.accounts.account(name)
        if person is None:
            raise Refused("no-such-account", f"There is no account named {name}.")
        require_may_hold_role(person, desk.clock())
        held = books.roles.role_of(name, project)
        if held is role:
            return
        if held is Role.OWNER:
            _require_another_owner(books, project, name)
        books.roles.grant(name, project, role)
        detail = {"to": str(name), "account": str(name), "role": role.value, **seen_from(visitor)}
        books.events.record([Happening(Event.ROLE_GRANTED, str(who.name), str(project), detail=detail)], desk.clock())
    pages.forget(project)


def take_role(desk: Desk, pages: IndexPages, visitor: Visitor, project: ProjectName, name: AccountName) -> None:
    """Take somebody's role away, one's own too; the last owner stays."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        if who.name != name:
            who = managing(desk, books, visitor, project)
        role = books.roles.role_of(name, project)
        if role is None:
            raise Refused("no-such-role", f"{name} has no role in {project}.")
        if role is Role.OWNER:
            _require_another_owner(books, project, name)
        books.roles.revoke(name, project)
        detail = {"to": str(name), "account": str(name), "role": role.value, **seen_from(visitor)}
        books.events.record([Happening(Event.ROLE_REVOKED, str(who.name), str(project), detail=detail)], desk.clock())
    pages.forget(project)


def require_may_hold_role(person: Account, now: datetime) -> None:
    """Refuse a role to somebody whose address is not verified, or who has no second factor."""
    if person.is_disabled or not person.email_verified:
        raise Refused(
            "email-not-verified",
            f"{person.name} has no verified e-mail address yet, and can be given no role before.",
            principle="AUTHN-1.1",
        )
    if not has_second_factor(person, now):
        raise Refused(
            "needs-second-factor",
            f"{person.name} has no second factor yet, and can be given no role before.",
            principle="AUTHN-3.2",
        )


def _require_another_owner(books: Books, project: ProjectName, name: AccountName) -> None:
    others = [each for each, role in books.roles.people_of(project) if role is Role.OWNER and each != name]
    if not others:
        raise Refused("last-owner", f"{name} is the only owner of {project}. Give it another one first.")
