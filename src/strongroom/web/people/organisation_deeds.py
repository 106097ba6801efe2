"""What people do with organisations: make them, say who is in them, let teams work on projects.

Principles: AUTHN-3.2, AUTHZ-2.1
"""

from typing import Final

from pydantic import Field

from strongroom.authz.organisations import parse_organisation_name
from strongroom.authz.policies import parse_policy
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.refusals import Refused
from strongroom.people import demands, organisations
from strongroom.people.desk import Visitor
from strongroom.web.people.deeds import Counter, Deed, DemandWord, Fields, PlaceWord, Reply, RoleWord, Short, person
from strongroom.web.people.project_deeds import asked_as, said_of, settled_as

PAGE: Final = "account/organisations/"


class New(Fields):
    """A new organisation: its name, of small letters, digits and hyphens, and what people call it."""

    organisation: Short
    title: Short = ""


class Named(Fields):
    """An organisation."""

    organisation: Short


class Member(Fields):
    """A person and their place in an organisation: owner, manager or member."""

    organisation: Short
    name: Short
    role: PlaceWord


class Person(Fields):
    """A person in an organisation."""

    organisation: Short
    name: Short


class Team(Fields):
    """A team of an organisation."""

    organisation: Short
    team: Short


class TeamMember(Fields):
    """A person in a team."""

    organisation: Short
    team: Short
    name: Short


class TeamRole(Fields):
    """A role that a team has in a project of its organisation."""

    organisation: Short
    team: Short
    project: Short
    role: RoleWord


class Policy(Fields):
    """What an organisation demands of every upload to each of its projects."""

    organisation: Short
    demands: list[DemandWord] = Field(max_length=10)


def _named(raw: str) -> str:
    try:
        return parse_organisation_name(raw)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None


def _at(name: str) -> str:
    return f"{PAGE}{name}/"


def _create(counter: Counter, visitor: Visitor, fields: New) -> Reply:
    made = organisations.create(counter.desk, visitor, _named(fields.organisation), fields.title)
    return Reply({"organisation": made.name}, go=_at(made.name), said=f"{made.title} is there. You are its owner.")


def _look(counter: Counter, visitor: Visitor, fields: Named) -> Reply:
    seen = organisations.look_at(counter.desk, visitor, _named(fields.organisation))
    values = {
        "organisation": seen.organisation.name,
        "title": seen.organisation.title,
        "role": seen.role.value,
        "policy": sorted(seen.organisation.policy),
        "policy_asked": asked_as(seen.ask),
        "warning": demands.warning_of(seen.in_force, None, seen.deciders, seen.who),
        "members": [{"name": str(name), "role": role.value} for name, role in seen.members],
        "teams": [
            {
                "team": team.name,
                "members": [str(name) for name in team.members],
                "roles": [{"project": str(project), "role": role.value} for project, role in team.roles],
            }
            for team in seen.teams
        ],
        "projects": [str(each.name) for each in seen.projects],
    }
    return Reply(values, go=_at(seen.organisation.name))


def _set_member(counter: Counter, visitor: Visitor, fields: Member) -> Reply:
    name = _named(fields.organisation)
    try:
        role = OrganisationRole(fields.role)
    except ValueError:
        raise Refused("bad-request", f"In an organisation one is: {', '.join(OrganisationRole)}.") from None
    has = organisations.set_member(counter.desk, visitor, name, person(fields.name), role)
    said = f"{fields.name} is {role} of {name}." if has else f"{fields.name} is asked, and has seven days to accept."
    return Reply({"given": has, "invited": not has}, go=_at(name), said=said)


def _remove_member(counter: Counter, visitor: Visitor, fields: Person) -> Reply:
    name = _named(fields.organisation)
    organisations.remove_member(counter.desk, visitor, name, person(fields.name))
    return Reply(go="account/projects/", said=f"{fields.name} is in {name} no more.")


def _add_team(counter: Counter, visitor: Visitor, fields: Team) -> Reply:
    name, team = _named(fields.organisation), _named(fields.team)
    organisations.add_team(counter.desk, visitor, name, team)
    return Reply({"team": team}, go=_at(name), said=f"The team {team} is there.")


def _remove_team(counter: Counter, visitor: Visitor, fields: Team) -> Reply:
    name, team = _named(fields.organisation), _named(fields.team)
    for project in organisations.remove_team(counter.desk, visitor, name, team):
        counter.pages.forget(project)
    return Reply(go=_at(name), said=f"The team {team} is gone, and every role that it gave.")


def _join(counter: Counter, visitor: Visitor, fields: TeamMember) -> Reply:
    name, team = _named(fields.organisation), _named(fields.team)
    organisations.add_to_team(counter.desk, visitor, name, team, person(fields.name))
    return Reply(go=_at(name), said=f"{fields.name} is in {team}.")


def _leave(counter: Counter, visitor: Visitor, fields: TeamMember) -> Reply:
    name, team = _named(fields.organisation), _named(fields.team)
    organisations.take_from_team(counter.desk, visitor, name, team, person(fields.name))
    return Reply(go=_at(name), said=f"{fields.name} is in {team} no more.")


def _give(counter: Counter, visitor: Visitor, fields: TeamRole) -> Reply:
    return _set_role(counter, visitor, fields, given=True)


def _take(counter: Counter, visitor: Visitor, fields: TeamRole) -> Reply:
    return _set_role(counter, visitor, fields, given=False)


def _set_role(counter: Counter, visitor: Visitor, fields: TeamRole, *, given: bool) -> Reply:
    name, team, project = _named(fields.organisation), _named(fields.team), counter.project(fields.project)
    try:
        role = Role(fields.role)
    except ValueError:
        raise Refused("bad-request", f"A role is one of: {', '.join(Role)}.") from None
    organisations.set_team_role(counter.desk, visitor, name, team, project, role, given=given)
    counter.pages.forget(project)
    return Reply(go=_at(name), said=f"{team} is {role.words} of {project}{'' if given else ' no more'}.")


def _set_policy(counter: Counter, visitor: Visitor, fields: Policy) -> Reply:
    name = _named(fields.organisation)
    try:
        policy = parse_policy(fields.demands)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    settled = demands.set_organisation_policy(counter.bench, visitor, name, policy)
    return Reply(settled_as(settled), go=_at(name), said=said_of(settled, name))


DEEDS: Final = (
    Deed("organisations/create", "Make an organisation", New, _create, "account/projects/"),
    Deed("organisations/look", "See who is in an organisation, its teams and projects", Named, _look, PAGE),
    Deed("organisations/policy", "Set what it demands in each of its projects", Policy, _set_policy, PAGE),
    Deed("organisations/members/set", "Give a member a role, or invite somebody", Member, _set_member, PAGE,
         answer={"given": "they have it", "invited": "they are asked"}),
    Deed("organisations/members/remove", "Take somebody out of it and of its teams", Person, _remove_member, PAGE),
    Deed("organisations/teams/add", "Make a team", Team, _add_team, PAGE),
    Deed("organisations/teams/remove", "Take a team away", Team, _remove_team, PAGE),
    Deed("organisations/teams/join", "Put a member into a team", TeamMember, _join, PAGE),
    Deed("organisations/teams/leave", "Take somebody out of a team", TeamMember, _leave, PAGE),
    Deed("organisations/teams/give", "Let a team have a role in a project", TeamRole, _give, PAGE),
    Deed("organisations/teams/take", "Take a team's role in a project away", TeamRole, _take, PAGE),
)  # fmt: skip
