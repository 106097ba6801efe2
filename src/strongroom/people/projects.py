"""What people see of the projects that they have rights in and do to them: yank, remove, approve, hand over.

Principles: AUTHN-3.2, AUTHZ-2.1, AUTHZ-3.1, GEN-2.1
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_may_hold_role
from strongroom.authz.organisations import Invitation
from strongroom.authz.policies import Ask, waiting_ask
from strongroom.authz.provenance import attested_since, forgotten_since
from strongroom.authz.publishers import Publisher
from strongroom.authz.roles import (
    ORGANISATION_RIGHTS,
    OrganisationRight,
    Right,
    Role,
    require_organisation_right,
    rights_of,
)
from strongroom.formats import Format
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Policy, ProjectFacts, ProjectRecord
from strongroom.kernel.refusals import Refused
from strongroom.packages import approval, removal, yanking
from strongroom.packages.concealment import settle_project
from strongroom.packages.holding import Held
from strongroom.packages.ports import Books, IndexPages
from strongroom.packages.publishing import Road
from strongroom.packages.removal import Cellar
from strongroom.people.desk import Desk, Visitor, present, seen_from
from strongroom.people.members import bearing, managing, tell_of_role
from strongroom.people.publishers import end_all
from strongroom.people.stakes import able_in


@dataclass(frozen=True, slots=True)
class Workbench:
    """What acting on projects needs beside the desk."""

    desk: Desk
    format: Format
    road: Road
    cellar: Cellar


@dataclass(frozen=True, slots=True)
class Mine:
    """A project that somebody has roles in, and how many uploads wait there; `critical_from` None: not critical.

    `is_asked`: somebody asks that it demand less.
    """

    project: ProjectRecord
    roles: Sequence[Role]
    critical_from: datetime | None
    waiting: int
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Managed:
    """Everything that the page of a project's people shows. `roles` and `rights` are those of whoever looks.

    `people` were given their roles themselves, `teams` theirs by the organisation. `inherited` is what organisation
    and instance demand. `organisations`: those that whoever looks may bring a project into. `ask`: what waits to be
    lifted of the project's own policy. `approvers` could publish now, `deciders` could set the policy; `who` looks.
    `provenance_forgotten`: since when attestations of earlier files are no reason to demand any, as the operator said;
    `attested_since`: the newest version whose files are one.
    """

    facts: ProjectFacts
    roles: frozenset[Role]
    rights: frozenset[Right]
    people: Sequence[tuple[AccountName, Role]]
    teams: Sequence[tuple[str, Role]]
    invitations: Sequence[Invitation]
    waiting: Sequence[Held]
    inherited: Policy
    organisations: Sequence[str]
    publishers: Sequence[Publisher]
    critical_from: datetime | None
    ask: Ask | None = None
    approvers: Sequence[AccountName] = ()
    deciders: Sequence[AccountName] = ()
    who: AccountName | None = None
    provenance_forgotten: datetime | None = None
    attested_since: str = ""

    @property
    def policy(self) -> Policy:
        """Everything that is demanded here, by whomever."""
        return self.facts.project.policy | self.inherited


def mine(desk: Desk, visitor: Visitor) -> Sequence[Mine]:
    """Return every project that whoever is signed in has a role in, by any way, by name."""
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
        critical = {each.project: each.enforced for each in books.critical.critical()}
        found = []
        for name, lines in groupby(books.roles.all_projects_of(who.name), key=lambda line: line[0]):
            record = books.shelf.project(name)
            if record is not None:
                waiting = len(books.holds.held_of(name))
                is_asked = waiting_ask(books.asks.ask_of(name, ""), record.policy, desk.clock()) is not None
                found.append(Mine(record, [role for _, role in lines], critical.get(name.text), waiting, is_asked))
        return found


def look_at(bench: Workbench, visitor: Visitor, project: ProjectName) -> Managed:
    """Return everything about a project, for somebody who has a role in it."""
    desk = bench.desk
    with desk.vault.reading() as books:
        who = present(desk, books, visitor)
        roles = books.roles.roles_of(who.name, project)
        facts = books.shelf.facts(project)
        if facts is None or not roles:
            raise Refused("not-found", "You have no role in such a project.")
        organisation = books.organisations.organisation(facts.project.organisation)
        critical, now = {each.project: each.enforced for each in books.critical.critical()}, desk.clock()
        history = books.provenances.history_of(project)
        return Managed(
            facts,
            roles,
            rights_of(roles),
            books.roles.people_of(project),
            books.organisations.teams_on(project),
            books.organisations.invitations_to(project, "", now),
            books.holds.held_of(project),
            bench.road.policy | (organisation.policy if organisation else frozenset()),
            [
                each.name
                for each, role in books.organisations.organisations_of(who.name)
                if OrganisationRight.MANAGE_PROJECTS in ORGANISATION_RIGHTS[role]
            ],
            books.publishers.publishers_of(project),
            critical.get(project.text),
            waiting_ask(books.asks.ask_of(project, ""), facts.project.policy, now),
            able_in(books, project, Right.PUBLISH, now),
            able_in(books, project, Right.SET_POLICY, now),
            who.name,
            forgotten_since(facts.project.provenance_forgotten, history),
            attested_since(history, facts.project.provenance_forgotten),
        )


def yank(bench: Workbench, visitor: Visitor, project: ProjectName, version: str, reason: str | None) -> None:
    """Yank a release for `reason`, or with None take the yank back; in a session, or by a token made to yank."""

    def may(books: Books) -> str:
        by_token = bearing(bench.desk, books, visitor, project, Right.YANK)
        return str(by_token or managing(bench.desk, books, visitor, project, Right.YANK).name)

    yanking.yank_release(bench.cellar, bench.format, may, project, version, reason)


def remove_release(bench: Workbench, visitor: Visitor, project: ProjectName, version: str) -> None:
    """Remove a release for ever: its files go, its version and their names are never used again."""

    def may(books: Books) -> str:
        return str(managing(bench.desk, books, visitor, project, Right.REMOVE, Action.GOVERN).name)

    removal.remove_release(bench.cellar, bench.format, may, project, version)


def remove_project(bench: Workbench, visitor: Visitor, project: ProjectName, typed: str) -> None:
    """Remove every release of a project for ever; the name stays with its owners. `typed` is the name once more."""

    def may(books: Books) -> str:
        return str(managing(bench.desk, books, visitor, project, Right.REMOVE, Action.GOVERN).name)

    if typed.strip() != str(project):
        raise Refused("bad-request", f"Type {project} to remove it.")
    removal.remove_project(bench.cellar, bench.format, may, project)


def approve(bench: Workbench, visitor: Visitor, filename: str) -> None:
    """Publish an upload that waits, as a second person: never as whoever sent it."""

    def may(books: Books, held: Held) -> str:
        _require_part(bench, books, visitor, held)
        who = managing(bench.desk, books, visitor, held.project, Right.PUBLISH, Action.GOVERN)
        approval.require_second(books, held, str(who.name), bench.desk.clock())
        return str(who.name)

    approval.approve(bench.road, bench.format, may, filename)


def decline(bench: Workbench, visitor: Visitor, filename: str) -> None:
    """Decline an upload that waits; its bytes are forgotten and its name is free again."""

    def may(books: Books, held: Held) -> str:
        _require_part(bench, books, visitor, held)
        return str(managing(bench.desk, books, visitor, held.project, Right.PUBLISH).name)

    approval.decline(bench.road, may, filename)


def _require_part(bench: Workbench, books: Books, visitor: Visitor, held: Held) -> None:
    """Refuse who has no part in the project, as if nothing waited: what does is nobody else's to know."""
    if not books.roles.roles_of(present(bench.desk, books, visitor).name, held.project):
        raise Refused("no-such-upload", f"No upload of {held.offered.filename} waits.")


def set_private(bench: Workbench, visitor: Visitor, project: ProjectName, *, is_private: bool) -> None:
    """Show the project to nobody but those with a role in it, or to everybody."""
    desk = bench.desk
    with desk.vault.writing() as books:
        who = managing(desk, books, visitor, project, Right.SET_POLICY, Action.GOVERN)
        books.shelf.set_private(project, is_private)
        detail = {"private": is_private, **seen_from(visitor)}
        happening = Happening(Event.PROJECT_VISIBILITY_CHANGED, str(who.name), str(project), detail=detail)
        books.events.record([happening], desk.clock())
    bench.road.pages.forget(project)
    settle_project(desk.vault, bench.road.blobs, project)


def transfer(desk: Desk, pages: IndexPages, visitor: Visitor, project: ProjectName, organisation: str) -> None:
    """Hand a project over to an organisation, or, with "", out of one to the owner who asks.

    One function does it, and takes away everything that was given before: roles of people and teams, invitations,
    trusted publishers with their tokens. Elsewhere a project once kept the roles of its former
    organisation's teams (TOB-13 of the 2026 audit of the public index). What it demands itself stays, and what its
    organisation demanded of it becomes its own: else handing it over would be a way to lower it alone.
    """
    with desk.vault.writing() as books:
        who = managing(desk, books, visitor, project, Right.MANAGE_PEOPLE, Action.GOVERN)
        if Role.OWNER not in books.roles.roles_of(who.name, project):
            raise Refused("not-allowed", f"Only an owner hands {project} over.", principle="AUTHZ-2.1")
        record = books.shelf.project(project)
        # Out of an organisation too: else whoever owns one of its projects would shake off what it demands.
        for each in filter(None, (record.organisation if record else "", organisation)):
            place = books.organisations.role_in(each, who.name)
            require_organisation_right(place, OrganisationRight.MANAGE_PROJECTS, each)
        require_may_hold_role(who.account, desk.clock())
        before = books.roles.everybody_of(project)
        end_all(desk, books, project, str(who.name))
        books.roles.revoke_all(project)
        books.asks.remove_ask_of(project, "")
        former = books.organisations.organisation(record.organisation) if record else None
        policy = (record.policy if record else frozenset()) | (former.policy if former else frozenset())
        books.shelf.set_policy(project, policy)
        books.shelf.set_organisation(project, organisation)
        if not organisation:
            books.roles.grant(who.name, project, Role.OWNER)
        parted = _part(desk, books, visitor, who.name, project, before)
        taken = {"organisation": organisation, "account": str(who.name), "policy": sorted(policy)}
        detail = {**taken, "parted": parted, **seen_from(visitor)}
        happening = Happening(Event.PROJECT_TRANSFERRED, str(who.name), str(project), detail=detail)
        books.events.record([happening], desk.clock())
    pages.forget(project)


def _part(
    desk: Desk,
    books: Books,
    visitor: Visitor,
    actor: AccountName,
    project: ProjectName,
    before: Sequence[tuple[AccountName, Role]],
) -> list[str]:
    """Write the event of each role that ended, by whatever way somebody had it; return who has none left."""
    after = books.roles.everybody_of(project)
    for name, role in dict.fromkeys(before):
        if (name, role) not in after:
            tell_of_role(desk, books, visitor, Event.ROLE_REVOKED, actor, project, name, role)
    return sorted({str(name) for name, _ in before} - {str(name) for name, _ in after})
