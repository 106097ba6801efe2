"""Roles that are offered: nobody has a role in a project or organisation who has not said yes to it.

Principles: AUTHN-3.2, AUTHN-3.3, AUTHZ-2.1
"""

from collections.abc import Sequence

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action, require_may_hold_role
from strongroom.authz.organisations import INVITATION_LIFE, Invitation, require_open
from strongroom.authz.roles import (
    OrganisationRight,
    OrganisationRole,
    Right,
    Role,
    require_may_give,
    require_organisation_right,
    require_right,
)
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books, IndexPages
from strongroom.people.desk import Desk, Present, Visitor, acting, present, seen_from
from strongroom.people.stakes import require_for_place
from strongroom.principles import upholds


def invite(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    by: AccountName,
    name: AccountName,
    role: Role | OrganisationRole,
    *,
    project: ProjectName | None = None,
    organisation: str = "",
) -> None:
    """Offer somebody a role, in the open transaction; whoever calls has asked whether `by` may."""
    now = desk.clock()
    invitation = Invitation(
        desk.chance(8).hex(), name, project, organisation, role.value, by, now, now + INVITATION_LIFE
    )
    books.organisations.add_invitation(invitation)
    _tell(desk, books, visitor, Event.ROLE_OFFERED, str(by), invitation)


def forget_offers(
    desk: Desk,
    books: Books,
    name: AccountName,
    role: Role | None = None,
    *,
    project: ProjectName | None = None,
    organisation: str = "",
) -> None:
    """Forget what is still offered to somebody whose role ends there: an old invitation brings nobody back."""
    for each in books.organisations.invitations_to(project, organisation, desk.clock()):
        if each.account == name and (role is None or each.role == role.value):
            books.organisations.remove_invitation(each.identifier)


def accept(desk: Desk, pages: IndexPages, visitor: Visitor, identifier: str) -> Invitation:
    """Take the role that is offered, if whoever offered it may still give it."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.MANAGE)
        invitation = require_open(books.organisations.invitation(identifier), who.name, desk.clock())
        require_may_hold_role(who.account, desk.clock())
        _require_still_gives(books, invitation.by, invitation)
        books.organisations.remove_invitation(identifier)
        if invitation.project is not None:
            _join_project(desk, books, visitor, who, invitation)
        else:
            _join_organisation(desk, books, visitor, who, invitation)
    if invitation.project is not None:
        pages.forget(invitation.project)
    return invitation


def _join_project(desk: Desk, books: Books, visitor: Visitor, who: Present, invitation: Invitation) -> None:
    project, role = invitation.project, Role(invitation.role)
    assert project is not None
    if books.critical.is_critical(project, desk.clock()):
        require_action(Action.MANAGE_CRITICAL, who.account, who.session, desk.clock())
    books.roles.grant(who.name, project, role)
    _tell(desk, books, visitor, Event.ROLE_GRANTED, str(who.name), invitation)


def _join_organisation(desk: Desk, books: Books, visitor: Visitor, who: Present, invitation: Invitation) -> None:
    place = OrganisationRole(invitation.role)
    require_for_place(desk, books, who, invitation.organisation, place)
    books.organisations.set_member(invitation.organisation, who.name, place)
    _tell(desk, books, visitor, Event.MEMBER_ADDED, str(who.name), invitation)


def decline(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """Say no to a role that is offered."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        invitation = require_open(books.organisations.invitation(identifier), who.name, desk.clock())
        books.organisations.remove_invitation(identifier)
        _tell(desk, books, visitor, Event.ROLE_DECLINED, str(who.name), invitation)


def withdraw(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """Take an invitation back, as somebody who may give what it offers."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.MANAGE)
        invitation = books.organisations.invitation(identifier)
        if invitation is None or not _may_withdraw(books, who.name, invitation):
            raise Refused("no-such-invitation", "There is no such invitation of yours to take back.")
        books.organisations.remove_invitation(identifier)
        _tell(desk, books, visitor, Event.ROLE_DECLINED, str(who.name), invitation)


def _may_withdraw(books: Books, name: AccountName, invitation: Invitation) -> bool:
    try:
        _require_still_gives(books, name, invitation)
    except Refused:
        return False
    return True


@upholds("AUTHZ-2.1")
def _require_still_gives(books: Books, giver: AccountName, invitation: Invitation) -> None:
    """Refuse unless `giver` may give now what is offered: who lost the right, or the account, gives nothing."""
    account = books.accounts.account(giver)
    if account is None or account.is_disabled:
        raise Refused("not-allowed", f"{giver} gives nothing any more. Ask somebody else.", principle="AUTHZ-2.1")
    if invitation.project is not None:
        roles = books.roles.roles_of(giver, invitation.project)
        require_right(roles, Right.MANAGE_PEOPLE, invitation.project)
        require_may_give(roles, Role(invitation.role), to_self=False)
    else:
        place = books.organisations.role_in(invitation.organisation, giver)
        require_organisation_right(place, OrganisationRight.MANAGE_MEMBERS, invitation.organisation)


def mine(desk: Desk, visitor: Visitor) -> Sequence[Invitation]:
    """Return what is offered to whoever is signed in."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
        return books.organisations.invitations_for(who.name, desk.clock())


def _tell(desk: Desk, books: Books, visitor: Visitor, event: Event, actor: str, invitation: Invitation) -> None:
    # Whoever accepts does so from an address of their own: it must not be read as that of who offered.
    is_accepted = event in (Event.ROLE_GRANTED, Event.MEMBER_ADDED)
    detail = {
        "to": str(invitation.account),
        "account": str(invitation.account),
        "role": invitation.role,
        "offered_by" if is_accepted else "by": str(invitation.by),
        **({"organisation": invitation.organisation} if invitation.organisation else {}),
        **seen_from(visitor),
    }
    project = str(invitation.project) if invitation.project else ""
    books.events.record([Happening(event, actor, project, detail=detail)], desk.clock())
