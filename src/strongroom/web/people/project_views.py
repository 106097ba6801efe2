"""What stands on the pages of projects and organisations, each with the acts that whoever looks has a right to.

Principles: AUTHZ-2.1, AUTHZ-3.1
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from strongroom.authz.organisations import parse_organisation_name
from strongroom.authz.policies import WORDS, Ask
from strongroom.authz.roles import (
    ORGANISATION_RIGHTS,
    RIGHTS,
    OrganisationRight,
    OrganisationRole,
    Right,
    Role,
)
from strongroom.formats.pypi.simple import version_order
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.packages.holding import Held
from strongroom.people import invitations, organisations, projects
from strongroom.people.demands import lonely_words
from strongroom.people.desk import Visitor
from strongroom.people.organisations import Overview
from strongroom.people.projects import Managed
from strongroom.people.publishers import own_pending
from strongroom.web.people.deeds import Counter

_RECENT: Final = 10
#: What leads to the name of a project, where none follows.
_LEADING: Final = re.compile(r" (of|to|from|about)$")
#: What each place in an organisation allows, for whoever has to choose one.
PLACES: Final = {
    OrganisationRole.MEMBER: "sees the organisation, and has the roles that its teams give",
    OrganisationRole.MANAGER: "a member who also makes teams and says who is in them",
    OrganisationRole.OWNER: "owns the organisation and each of its projects",
}


@dataclass(frozen=True, slots=True)
class DemandShown:
    """One demand of a policy. `by` is who else makes it, "" for nobody: what they demand is not lowered here."""

    demand: Demand
    words: str
    is_own: bool
    by: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen, and what it means."""

    value: str
    words: str
    means: str


def my_projects(counter: Counter, visitor: Visitor, part: str) -> dict[str, Any]:
    """Return the projects, organisations, offers and pending publishers of whoever is signed in."""
    return {
        "projects": projects.mine(counter.desk, visitor),
        "invitations": invitations.mine(counter.desk, visitor),
        "organisations": organisations.mine(counter.desk, visitor),
        "pending": own_pending(counter.desk, visitor),
        "now": counter.desk.clock(),
    }


def project(counter: Counter, visitor: Visitor, part: str) -> dict[str, Any]:
    """Return everything about a project, for somebody who has a role in it."""
    managed = projects.look_at(counter.bench, visitor, counter.project(part))
    return {**facts_of_project(managed, counter.road.policy), "now": counter.desk.clock()}


def facts_of_project(managed: Managed, instance: Policy) -> dict[str, Any]:
    """Return what the page of a project shows; `instance` is what the whole repository demands."""
    record = managed.facts.project
    newest = sorted(managed.facts.releases, key=lambda each: version_order(each.version), reverse=True)
    return {
        "managed": managed,
        "project": str(record.name),
        "may": {right.value for right in managed.rights},
        "is_owner": Role.OWNER in managed.roles,
        "people": [(str(name), role) for name, role in managed.people],
        "roles": roles_to_give(managed),
        "demands": demands(record.policy, managed.inherited, instance, record.organisation),
        "senders": {f"publisher:{each.identifier}": each.words for each in managed.publishers},
        "waiting_path": waiting_path,
        "recent": newest[:_RECENT],
        "older": newest[_RECENT:],
        "alone": lonely_words(managed.approvers, managed.deciders, managed.who),
        "two": Demand.TWO_PEOPLE in managed.policy | instance,
        "lifted": lifted(managed.ask),
        "idle": idle_words(managed),
    }


def waiting_path(held: Held) -> str:
    """Return where people of the project get a file that waits, from the root of the site: where it will stay."""
    digest = held.offered.digests.sha256.hex
    return f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{held.offered.filename}"


def organisation(counter: Counter, visitor: Visitor, part: str) -> dict[str, Any]:
    """Return everything about an organisation, for somebody who is in it."""
    try:
        name = parse_organisation_name(part)
    except ValueError:
        raise Refused("no-such-organisation", "You are in no organisation of that name.") from None
    seen = organisations.look_at(counter.desk, visitor, name, is_counted=True)
    return facts_of_organisation(seen, counter.road.policy, {str(each) for each in seen.mine})


def facts_of_organisation(seen: Overview, instance: Policy, mine: Collection[str]) -> dict[str, Any]:
    """Return what the page of an organisation shows; whoever looks has a role in the projects named `mine`."""
    rights = ORGANISATION_RIGHTS[seen.role]
    return {
        "seen": seen,
        "may": {right.value for right in rights},
        "members": [(str(member), role) for member, role in seen.members],
        "places": [Choice(role.value, role.value, means) for role, means in PLACES.items()],
        "roles": [choice(role) for role in _offered()],
        "teams_on": {str(each.name): _teams_on(seen, each.name) for each in seen.projects},
        "mine": mine,
        "demands": demands(seen.organisation.policy, instance, instance, ""),
        "is_owner": OrganisationRight.MANAGE_MEMBERS in rights,
        "alone": _alone_in(seen),
        "two": Demand.TWO_PEOPLE in seen.in_force | instance,
        "lifted": lifted(seen.ask),
    }


def idle_words(managed: Managed) -> str:
    """Return that nobody can publish, where only trusted publishers may and there is none; else ""."""
    if Demand.TRUSTED_PUBLISHING not in managed.policy or managed.publishers:
        return ""
    return "Only trusted publishers upload, and there is none: nobody can publish until a build is trusted."


def lifted(ask: Ask | None) -> list[str]:
    """Return what would be demanded no more, in the words of policies."""
    return [words for demand, words in WORDS.items() if ask and demand in ask.lifted]


def _alone_in(seen: Overview) -> str:
    """Return who could not be a second person, in the organisation and its projects; "" when there are two for all."""
    said = lonely_words(None, seen.deciders, seen.who)
    if seen.lonely:
        names = ", ".join(str(each) for each in seen.lonely)
        said = f"In {names} fewer than two people could publish: what is sent there would wait in vain. {said}"
    return said.rstrip()


def _teams_on(seen: Overview, name: ProjectName) -> list[tuple[str, Role]]:
    return [(team.name, role) for team in seen.teams for project, role in team.roles if project == name]


def demands(own: Policy, inherited: Policy, instance: Policy, organisation: str) -> list[DemandShown]:
    """Return every demand that there is, and who makes it here."""

    def by(demand: Demand) -> str:
        if demand in instance:
            return "this repository"
        return organisation if demand in inherited else ""

    return [DemandShown(demand, words, demand in own, by(demand)) for demand, words in WORDS.items()]


def roles_to_give(managed: Managed) -> list[Choice]:
    """Return the roles that whoever looks may give: only owners make owners."""
    if Right.MANAGE_PEOPLE not in managed.rights:
        return []
    is_owner = Role.OWNER in managed.roles
    return [choice(role) for role in _offered() if is_owner or role is not Role.OWNER]


def choice(role: Role) -> Choice:
    """Return a role with what it allows, in the words of its rights."""
    means = "may do everything" if RIGHTS[role] == frozenset(Right) else "may " + _joined(_rights_of(role))
    return Choice(role.value, role.words, means)


def _offered() -> Iterable[Role]:
    """The usual one first, the mightiest last."""
    return sorted(Role, key=lambda role: (role is Role.OWNER, role is not Role.PUBLISHER))


def _rights_of(role: Role) -> list[str]:
    return [_LEADING.sub("", right.words) for right in Right if right in RIGHTS[role]]


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
