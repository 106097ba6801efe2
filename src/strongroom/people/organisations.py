"""Organisations as people make and run them: members, teams, what they demand of their projects.

Principles: AUTHN-3.2, AUTHN-3.3, AUTHZ-2.1
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action, require_may_hold_role
from strongroom.authz.organisations import Invitation, Organisation
from strongroom.authz.policies import Ask, two_people_below, waiting_ask
from strongroom.authz.roles import (
    OrganisationRight,
    OrganisationRole,
    Role,
    require_organisation_right,
)
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Policy, ProjectRecord
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Present, Visitor, acting, present, seen_from
from strongroom.people.invitations import forget_offers, invite
from strongroom.people.stakes import (
    able_owners,
    lonely_in,
    require_another_owner_in,
    require_for,
    require_for_all,
    require_for_place,
    require_for_second,
    require_for_team,
)

MOST_OWNED: Final = 10
MOST_TEAMS: Final = 200


@dataclass(frozen=True, slots=True)
class Team:
    """A team as its organisation's page shows it."""

    name: str
    members: Sequence[AccountName]
    roles: Sequence[tuple[ProjectName, Role]]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that an organisation's page shows to its members. `role` is that of whoever looks.

    `ask`: what waits to be lifted of its policy. `deciders` could set the policy now; in the projects `lonely` fewer
    than two people could publish, where that was asked. `who` looks, and has a role in the projects `mine`.
    """

    organisation: Organisation
    role: OrganisationRole
    members: Sequence[tuple[AccountName, OrganisationRole]]
    teams: Sequence[Team]
    projects: Sequence[ProjectRecord]
    invitations: Sequence[Invitation]
    ask: Ask | None = None
    deciders: Sequence[AccountName] = ()
    lonely: Sequence[ProjectName] = ()
    who: AccountName | None = None
    mine: Collection[ProjectName] = ()

    @property
    def in_force(self) -> Policy:
        """What it demands, and two people when a project of it does: then no owner lowers the rest alone."""
        return self.organisation.policy | two_people_below(each.policy for each in self.projects)


def running(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    name: str,
    right: OrganisationRight,
    action: Action = Action.MANAGE,
) -> Present:
    """Return who is signed in and may do this to the organisation now."""
    who = present(desk, books, visitor)
    require_organisation_right(books.organisations.role_in(name, who.name), right, name)
    require_action(action, who.account, who.session, desk.clock())
    return who


def create(desk: Desk, visitor: Visitor, name: str, title: str) -> Organisation:
    """Make an organisation, with whoever makes it as its owner. `name` is parsed already."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.MANAGE)
        mine = [each for each, role in books.organisations.organisations_of(who.name) if role is OrganisationRole.OWNER]
        if len(mine) >= MOST_OWNED:
            raise Refused("too-many-organisations", f"An account owns at most {MOST_OWNED} organisations.")
        organisation = Organisation(name, " ".join(title.split())[:100] or name, desk.clock())
        try:
            books.organisations.add_organisation(organisation)
        except ValueError:
            raise Refused("name-taken", f"There is an organisation named {name} already.") from None
        books.organisations.set_member(name, who.name, OrganisationRole.OWNER)
        _tell(desk, books, visitor, Event.ORGANISATION_CREATED, who.name, name)
    return organisation


def look_at(desk: Desk, visitor: Visitor, name: str, *, is_counted: bool = False) -> Overview:
    """Return everything about an organisation, for somebody who is in it.

    `is_counted`: also in which of its projects there are fewer than two people who could publish.
    """
    with desk.vault.reading() as books:
        who = running(desk, books, visitor, name, OrganisationRight.SEE, Action.LOOK)
        organisation = books.organisations.organisation(name)
        role = books.organisations.role_in(name, who.name)
        if organisation is None or role is None:
            raise Refused("no-such-organisation", f"You are in no organisation named {name[:40]}.")
        # What is private is as if it were not there for whoever has no role in it, a member too.
        held = {each for each, _ in books.roles.all_projects_of(who.name)}
        shown = [each for each in books.shelf.projects_in(name) if not each.is_private or each.name in held]
        names, now = dict.fromkeys(each.name for each in shown), desk.clock()
        return Overview(
            organisation,
            role,
            books.organisations.members_of(name),
            [
                Team(
                    team,
                    books.organisations.team_members(name, team),
                    [(each, gives) for each, gives in books.organisations.team_roles(name, team) if each in names],
                )
                for team in books.organisations.teams_of(name)
            ],
            shown,
            books.organisations.invitations_to(None, name, now),
            waiting_ask(books.asks.ask_of(None, name), organisation.policy, now),
            able_owners(books, name, now),
            lonely_in(books, name, names, now) if is_counted else (),
            who.name,
            held,
        )


def mine(desk: Desk, visitor: Visitor) -> Sequence[tuple[Organisation, OrganisationRole]]:
    """Return the organisations of whoever is signed in."""
    with desk.vault.reading() as books:
        return books.organisations.organisations_of(present(desk, books, visitor).name)


def set_member(desk: Desk, visitor: Visitor, name: str, person: AccountName, role: OrganisationRole) -> bool:
    """Give a member another role, or invite somebody to be one; report whether they have it now."""
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.MANAGE_MEMBERS)
        account = books.accounts.account(person)
        if account is None:
            raise Refused("no-such-account", f"There is no account named {person}.")
        require_may_hold_role(account, desk.clock())
        held = books.organisations.role_in(name, person)
        require_for_place(desk, books, who, name, held, role)
        if role is OrganisationRole.MANAGER:
            # Managers fill the teams that publish.
            publishing = ((each.name, Role.PUBLISHER) for each in books.shelf.projects_in(name))
            require_for_second(desk, books, who, publishing)
        if held is None:
            invite(desk, books, visitor, who.name, person, role, organisation=name)
            return False
        if held is OrganisationRole.OWNER and role is not OrganisationRole.OWNER:
            require_another_owner_in(books, name, person)
        books.organisations.set_member(name, person, role)
        _tell(desk, books, visitor, Event.MEMBER_CHANGED, who.name, name, person, role=role.value)
    return True


def remove_member(desk: Desk, visitor: Visitor, name: str, person: AccountName) -> None:
    """Take somebody out of the organisation and of all its teams; oneself too. The last owner stays."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        if who.name != person:
            who = running(desk, books, visitor, name, OrganisationRight.MANAGE_MEMBERS)
            require_for_all(desk, books, who, name)
        held = books.organisations.role_in(name, person)
        if held is None:
            raise Refused("no-such-role", f"{person} is not in {name}.")
        if held is OrganisationRole.OWNER:
            require_another_owner_in(books, name, person)
        books.organisations.remove_member(name, person)
        forget_offers(desk, books, person, organisation=name)
        _tell(desk, books, visitor, Event.MEMBER_REMOVED, who.name, name, person)


def add_team(desk: Desk, visitor: Visitor, name: str, team: str) -> None:
    """Make a team without members."""
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.MANAGE_TEAMS)
        if len(books.organisations.teams_of(name)) >= MOST_TEAMS:
            raise Refused("too-many-organisations", f"An organisation has at most {MOST_TEAMS} teams.")
        try:
            books.organisations.add_team(name, team, desk.clock())
        except ValueError:
            raise Refused("name-taken", f"There is a team named {team} already.") from None
        _tell(desk, books, visitor, Event.TEAM_CHANGED, who.name, name, team=team, change="made")


def remove_team(desk: Desk, visitor: Visitor, name: str, team: str) -> Sequence[ProjectName]:
    """Take a team away, and with it every role that it gives; return the projects in which it had one."""
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.MANAGE_TEAMS)
        _require_may_touch(books, name, team, who.name)
        require_for_team(desk, books, who, name, team, Action.GOVERN)
        found = [project for project, _ in books.organisations.team_roles(name, team)]
        books.organisations.remove_team(name, team)
        _tell(desk, books, visitor, Event.TEAM_CHANGED, who.name, name, team=team, change="removed")
    return found


def add_to_team(desk: Desk, visitor: Visitor, name: str, team: str, person: AccountName) -> None:
    """Put a member of the organisation into a team."""
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.MANAGE_TEAMS)
        _require_may_touch(books, name, team, who.name, person)
        require_for_team(desk, books, who, name, team, Action.MANAGE)
        require_for_second(desk, books, who, books.organisations.team_roles(name, team))
        if books.organisations.role_in(name, person) is None:
            raise Refused("no-such-role", f"{person} is not in {name}. Invite them to the organisation first.")
        books.organisations.add_to_team(name, team, person)
        _tell(desk, books, visitor, Event.TEAM_CHANGED, who.name, name, person, team=team, change="joined")


def take_from_team(desk: Desk, visitor: Visitor, name: str, team: str, person: AccountName) -> None:
    """Take somebody out of a team; oneself too."""
    with desk.vault.writing() as books:
        who = present(desk, books, visitor)
        if who.name != person:
            who = running(desk, books, visitor, name, OrganisationRight.MANAGE_TEAMS)
            _require_may_touch(books, name, team, who.name)
            require_for_team(desk, books, who, name, team, Action.GOVERN)
        if person not in books.organisations.team_members(name, team):
            raise Refused("no-such-role", f"{person} is not in {team}.")
        books.organisations.take_from_team(name, team, person)
        _tell(desk, books, visitor, Event.TEAM_CHANGED, who.name, name, person, team=team, change="left")


def set_team_role(
    desk: Desk, visitor: Visitor, name: str, team: str, project: ProjectName, role: Role, *, given: bool
) -> None:
    """Let a team have a role in a project of the organisation, or have it no more. Only owners of it decide that."""
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.MANAGE_PROJECTS)
        _require_team(books, name, team)
        record = books.shelf.project(project)
        if record is None or record.organisation != name:
            raise Refused("no-such-project", f"{name} has no project named {project}.")
        require_for(desk, books, who, [project], Action.GOVERN)
        if given:
            books.organisations.give_team_role(name, team, project, role)
        elif not books.organisations.take_team_role(name, team, project, role):
            raise Refused("no-such-role", f"{team} has no such role in {project}.")
        event = Event.TEAM_ROLE_GRANTED if given else Event.TEAM_ROLE_REVOKED
        detail = {"organisation": name, "team": team, "role": role.value, **seen_from(visitor)}
        books.events.record([Happening(event, str(who.name), str(project), detail=detail)], desk.clock())


def _require_team(books: Books, name: str, team: str) -> None:
    if team not in books.organisations.teams_of(name):
        raise Refused("no-such-team", f"{name} has no team named {team}.")


def _require_may_touch(
    books: Books, name: str, team: str, actor: AccountName, joining: AccountName | None = None
) -> None:
    """Refuse a manager who would put themselves where rights are: a team's rights are given by owners."""
    _require_team(books, name, team)
    is_owner = books.organisations.role_in(name, actor) is OrganisationRole.OWNER
    if joining == actor and not is_owner:
        raise Refused("not-allowed", "Nobody puts themselves into a team. Ask an owner.", principle="AUTHZ-2.1")
    owns = any(role is Role.OWNER for _, role in books.organisations.team_roles(name, team))
    if owns and not is_owner:
        raise Refused(
            "not-allowed",
            f"{team} owns projects: only an owner of {name} changes who is in it.",
            principle="AUTHZ-2.1",
        )


def _tell(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    event: Event,
    actor: AccountName,
    name: str,
    person: AccountName | None = None,
    **more: object,
) -> None:
    about = {"account": str(person), "to": str(person)} if person else {"account": str(actor)}
    detail = {"organisation": name, **about, **more, **seen_from(visitor)}
    books.events.record([Happening(event, str(actor), detail=detail)], desk.clock())
