"""Who works on a project: giving and taking roles, in a session.

Somebody who has a role in the project already is given another at once; anybody else is invited, and is asked first.

Principles: AUTHN-2.3, AUTHN-3.2, AUTHN-3.3, AUTHZ-1.1, AUTHZ-2.1
"""

from datetime import timedelta
from typing import Final

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action, require_may_hold_role
from strongroom.authz.roles import OrganisationRole, Right, Role, require_may_give, require_right
from strongroom.authz.tokens import require_live, require_scope, require_source
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books, IndexPages
from strongroom.people.desk import Desk, Present, Visitor, present, seen_from
from strongroom.people.invitations import forget_offers, invite
from strongroom.people.stakes import can_act, require_for_second

#: That a token was used is written down this often at most.
_TOUCHED: Final = timedelta(hours=1)


def managing(
    desk: Desk, books: Books, visitor: Visitor, project: ProjectName, right: Right, action: Action = Action.MANAGE
) -> Present:
    """Return who is signed in and may do this to the project now; in a critical one, it takes a fresh key."""
    who = present(desk, books, visitor)
    require_right(_roles_in(books, who.name, project), right, project)
    critical = books.critical.is_critical(project, desk.clock())
    require_action(Action.MANAGE_CRITICAL if critical else action, who.account, who.session, desk.clock())
    return who


def bearing(desk: Desk, books: Books, visitor: Visitor, project: ProjectName, right: Right) -> AccountName | None:
    """Return whose token the visitor carries in place of a session, if it may do this to the project now; else None.

    Only for what a token is good for: what needs a fresh proof is done in a session, since a token is none.
    """
    bearer = books.tokens.bearer_of(visitor.session.fingerprint()) if visitor.session else None
    if bearer is None:
        return None
    token, account, now = bearer.token, bearer.account, desk.clock()
    require_live(token, now)
    require_source(token, visitor.visit.source)
    require_scope(token, right, project)
    if account is None:
        raise Refused("token-out-of-scope", f"This token stands for nobody who may {right.words} {project}.")
    roles = _roles_in(books, account.name, project)
    require_right(roles, right, project)
    critical = books.critical.is_critical(project, now)
    require_action(Action.PUBLISH_CRITICAL if critical else Action.PUBLISH, account, token, now)
    if token.last_used is None or now - token.last_used > _TOUCHED:
        books.tokens.touch_token(token.identifier, now)
    return account.name


def _roles_in(books: Books, name: AccountName, project: ProjectName) -> frozenset[Role]:
    """Return somebody's roles in a project; Refused when there is none, or none that they may know of."""
    roles = books.roles.roles_of(name, project)
    record = books.shelf.project(project)
    if record is None or (record.is_private and not roles):
        raise Refused("no-such-project", f"There is no project named {project}.")
    return roles


def give_role(
    desk: Desk, pages: IndexPages, visitor: Visitor, project: ProjectName, name: AccountName, role: Role
) -> bool:  # fmt: skip
    """Give somebody a role, or invite them to it; report whether they have it now.

    They have a verified address and a second factor already, or are refused. Where two people are demanded, it takes a
    fresh proof to bring in who could be the second.
    """
    with desk.vault.writing() as books:
        who = managing(desk, books, visitor, project, Right.MANAGE_PEOPLE)
        require_may_give(books.roles.roles_of(who.name, project), role, to_self=who.name == name)
        person = books.accounts.account(name)
        if person is None:
            raise Refused("no-such-account", f"There is no account named {name}.")
        require_may_hold_role(person, desk.clock())
        held = books.roles.own_roles_of(name, project)
        if role in held:
            return True
        require_for_second(desk, books, who, [(project, role)])
        if not books.roles.roles_of(name, project):
            invite(desk, books, visitor, who.name, name, role, project=project)
            return False
        books.roles.grant(name, project, role)
        tell_of_role(desk, books, visitor, Event.ROLE_GRANTED, who.name, project, name, role)
    pages.forget(project)
    return True


def take_role(
    desk: Desk, pages: IndexPages, visitor: Visitor, project: ProjectName, name: AccountName, role: Role | None = None
) -> None:  # fmt: skip
    """Take a role of somebody away, or with None every one; one's own too. The last owner stays."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        if who.name != name:
            who = managing(desk, books, visitor, project, Right.MANAGE_PEOPLE)
        held = books.roles.own_roles_of(name, project)
        taken = sorted(held if role is None else held & {role})
        if not taken:
            raise Refused("no-such-role", f"{name} has no such role in {project}.")
        for each in taken:
            if who.name != name:
                require_may_give(books.roles.roles_of(who.name, project), each, to_self=False)
            if each is Role.OWNER:
                require_another_owner(books, project, name)
            books.roles.revoke(name, project, each)
            tell_of_role(desk, books, visitor, Event.ROLE_REVOKED, who.name, project, name, each)
        forget_offers(desk, books, name, role, project=project)
    pages.forget(project)


def tell_of_role(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    event: Event,
    actor: AccountName,
    project: ProjectName,
    name: AccountName,
    role: Role,
) -> None:  # fmt: skip
    """Write the event of a role that was given or taken, in the open transaction."""
    detail = {"to": str(name), "account": str(name), "role": role.value, **seen_from(visitor)}
    books.events.record([Happening(event, str(actor), str(project), detail=detail)], desk.clock())


def require_another_owner(books: Books, project: ProjectName, name: AccountName) -> None:
    """Refuse to leave a project without an owner who can act, of its own or of its organisation."""
    owners = {each for each, role in books.roles.everybody_of(project) if role is Role.OWNER and each != name}
    others = [each for each in owners if can_act(books, each)]
    record = books.shelf.project(project)
    if record is not None and record.organisation:
        own = books.organisations.role_in(record.organisation, name) is OrganisationRole.OWNER
        others += [name] if own else []
    if not others:
        raise Refused(
            "last-owner",
            f"{name} is the only owner of {project}. Give it another one first.",
            principle="AUTHZ-2.1",
        )
