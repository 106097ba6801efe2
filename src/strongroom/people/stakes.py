"""What is at stake in an organisation: what gives or takes power over its projects needs what they themselves need.

Principles: AUTHN-2.3, AUTHN-3.3, AUTHZ-2.1
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, may_hold_role, require_action
from strongroom.authz.roles import RIGHTS, OrganisationRole, Right, Role, rights_of
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Present
from strongroom.principles import upholds


@upholds("AUTHN-2.3", "AUTHN-3.3")
def require_for(desk: Desk, books: Books, who: Present, projects: Iterable[ProjectName], action: Action) -> None:
    """Refuse unless `who` may do `action` now, or, as soon as one of these projects is critical, has a fresh key."""
    now = desk.clock()
    critical = any(books.critical.is_critical(each, now) for each in projects)
    require_action(Action.MANAGE_CRITICAL if critical else action, who.account, who.session, now)


def require_for_all(desk: Desk, books: Books, who: Present, name: str, action: Action = Action.GOVERN) -> None:
    """Refuse unless `who` may do now what touches every project of the organisation."""
    require_for(desk, books, who, (each.name for each in books.shelf.projects_in(name)), action)


def require_for_team(desk: Desk, books: Books, who: Present, name: str, team: str, action: Action) -> None:
    """Refuse unless `who` may do now what touches every project in which the team has a role."""
    require_for(desk, books, who, (each for each, _ in books.organisations.team_roles(name, team)), action)


def require_for_place(
    desk: Desk, books: Books, who: Present, name: str, *places: OrganisationRole | None
) -> None:  # fmt: skip
    """Refuse unless `who` may do now what gives or takes these places; managers fill teams, owners own everything."""
    if OrganisationRole.OWNER in places:
        require_for_all(desk, books, who, name)
    elif OrganisationRole.MANAGER in places:
        require_for_all(desk, books, who, name, Action.MANAGE)


@upholds("AUTHZ-2.1")
def require_for_second(
    desk: Desk, books: Books, who: Present, given: Iterable[tuple[ProjectName, Role]]
) -> None:  # fmt: skip
    """Refuse, without a fresh proof, to bring in who could be the second person where two people are demanded.

    Else two accounts could be invited with one stale session: one sends, the other approves.
    """
    # Who manages people brings in the next one.
    mighty = {Right.PUBLISH, Right.SET_POLICY, Right.MANAGE_PEOPLE}
    seconds = [project for project, role in given if rights_of([role]) & mighty]
    if any(Demand.TWO_PEOPLE in demanded_of(desk, books, each) for each in seconds):
        require_action(Action.GOVERN, who.account, who.session, desk.clock())


def demanded_of(desk: Desk, books: Books, project: ProjectName) -> Policy:
    """Return everything that is demanded of an upload to the project, by whomever."""
    record = books.shelf.project(project)
    organisation = books.organisations.organisation(record.organisation) if record else None
    own = record.policy if record else frozenset()
    return desk.house.policy | own | (organisation.policy if organisation else frozenset())


def can_act(books: Books, name: AccountName) -> bool:
    """Report whether there is anybody behind the account: an owner who is disabled or has left looks after nothing."""
    account = books.accounts.account(name)
    return account is not None and not account.is_disabled


@upholds("AUTHZ-2.1")
def require_another_owner_in(books: Books, name: str, person: AccountName) -> None:
    """Refuse to leave an organisation without an owner who can act."""
    members = books.organisations.members_of(name)
    owners = [each for each, role in members if role is OrganisationRole.OWNER and each != person]
    if not any(can_act(books, each) for each in owners):
        raise Refused(
            "last-owner", f"{person} is the only owner of {name}. Make another one first.", principle="AUTHZ-2.1"
        )


def require_nobody_left_behind(books: Books, person: AccountName) -> None:
    """Refuse to remove an account while others are in an organisation that it alone owns."""
    for organisation, role in books.organisations.organisations_of(person):
        if role is OrganisationRole.OWNER and len(books.organisations.members_of(organisation.name)) > 1:
            require_another_owner_in(books, organisation.name, person)


def able_in(books: Books, project: ProjectName, right: Right, now: datetime) -> Sequence[AccountName]:
    """Return, by name, who has this right in the project, by any way, and whose account may hold a role now."""
    named = dict.fromkeys(each for each, role in books.roles.everybody_of(project) if right in RIGHTS[role])
    return [each for each in named if _may_hold_role(books, each, now)]


def lonely_in(books: Books, name: str, projects: Iterable[ProjectName], now: datetime) -> Sequence[ProjectName]:
    """Return in which of these projects of one organisation fewer than two people could publish.

    Every role is read at once and each account once, and only until there are two: its page is for all its members.
    """
    everybody = books.roles.everybody_in(name)

    @cache
    def is_able(person: AccountName) -> bool:
        return _may_hold_role(books, person, now)

    def has_two(project: ProjectName) -> bool:
        publishers = dict.fromkeys(each for each, role in everybody.get(project, ()) if Right.PUBLISH in RIGHTS[role])
        return len(list(islice(filter(is_able, publishers), 2))) == 2

    return [each for each in projects if not has_two(each)]


def able_owners(books: Books, name: str, now: datetime) -> Sequence[AccountName]:
    """Return, by name, who owns the organisation and whose account may hold a role now."""
    owners = (each for each, role in books.organisations.members_of(name) if role is OrganisationRole.OWNER)
    return [each for each in owners if _may_hold_role(books, each, now)]


def _may_hold_role(books: Books, name: AccountName, now: datetime) -> bool:
    account = books.accounts.account(name)
    return account is not None and may_hold_role(account, now)
