"""What people do to projects: who works on them, what they demand, what waits, what goes.

Principles: AUTHN-3.2, AUTHZ-2.1, AUTHZ-3.1, GEN-2.1
"""

from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from strongroom.authz.policies import Ask, parse_policy
from strongroom.authz.roles import Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import named
from strongroom.kernel.refusals import Refused
from strongroom.people import demands, invitations, members, projects
from strongroom.people.demands import Settled
from strongroom.people.desk import Visitor
from strongroom.web.people.deeds import Counter, Deed, DemandWord, Fields, Reply, RoleWord, Short, person
from strongroom.web.people.project_views import idle_words

PAGE: Final = "account/projects/"


class Member(Fields):
    """A person and a role in a project."""

    project: Short
    name: Short
    role: RoleWord


class Former(Fields):
    """A person whose role in a project ends; no `role`: every one that they were given."""

    project: Short
    name: Short
    role: Short = ""


class Offered(Fields):
    """The identifier of an invitation."""

    id: Short


class OfProject(Fields):
    """A project."""

    project: Short


class Policy(Fields):
    """What a project demands of every upload: trusted-publishing, attestations, two-people; none for nothing."""

    project: Short
    demands: list[DemandWord] = Field(max_length=10)


class Asked(Fields):
    """The identifier of what is asked of a policy."""

    id: Short


class Visibility(Fields):
    """Whether a project is shown to those alone who have a role in it."""

    project: Short
    private: bool


class Heir(Fields):
    """To which organisation a project goes; "": out of its organisation, to you."""

    project: Short
    organisation: Short


class Release(Fields):
    """A release of a project."""

    project: Short
    version: Short


class Yanked(Fields):
    """A release that is yanked, and why."""

    project: Short
    version: Short
    reason: Short = ""


class Gone(Fields):
    """A project that is removed; `typed` is its name once more, to be sure."""

    project: Short
    typed: Short


class Waiting(Fields):
    """A file that waits for a second person."""

    project: Short
    filename: Short


def _role(raw: str) -> Role:
    try:
        return Role(raw)
    except ValueError:
        raise Refused("bad-request", f"A role is one of: {', '.join(Role)}.") from None


def _at(project: ProjectName) -> str:
    return f"{PAGE}{project}/"


def _give_role(counter: Counter, visitor: Visitor, fields: Member) -> Reply:
    role, project = _role(fields.role), counter.project(fields.project)
    has = members.give_role(counter.desk, counter.pages, visitor, project, person(fields.name), role)
    said = f"{fields.name} is {role.words} of {project}."
    if not has:
        said = f"{fields.name} is asked to be {role.words} of {project}, and has seven days to accept."
    return Reply({"given": has, "invited": not has}, go=_at(project), said=said)


def _take_role(counter: Counter, visitor: Visitor, fields: Former) -> Reply:
    project = counter.project(fields.project)
    role = _role(fields.role) if fields.role else None
    members.take_role(counter.desk, counter.pages, visitor, project, person(fields.name), role)
    what = f"is no longer {role.words} of" if role else "has no role of their own any more in"
    return Reply(go=PAGE, said=f"{fields.name} {what} {project}.")


def _accept(counter: Counter, visitor: Visitor, fields: Offered) -> Reply:
    taken = invitations.accept(counter.desk, counter.pages, visitor, fields.id)
    role = taken.role.replace("-", " ")
    return Reply({"role": taken.role, "where": taken.where}, go=PAGE, said=f"You are {role} of {taken.where}.")


def _decline(counter: Counter, visitor: Visitor, fields: Offered) -> Reply:
    invitations.decline(counter.desk, visitor, fields.id)
    return Reply(go=PAGE, said="You have declined.")


def _withdraw(counter: Counter, visitor: Visitor, fields: Offered) -> Reply:
    invitations.withdraw(counter.desk, visitor, fields.id)
    return Reply(go=PAGE, said="The invitation is taken back.")


def _look(counter: Counter, visitor: Visitor, fields: OfProject) -> Reply:
    managed = projects.look_at(counter.bench, visitor, counter.project(fields.project))
    project = managed.facts.project
    lonely = demands.warning_of(managed.policy, managed.approvers, managed.deciders, managed.who)
    values = {
        "project": str(project.name),
        "organisation": project.organisation or None,
        "private": project.is_private,
        "policy": sorted(project.policy),
        "inherited_policy": sorted(managed.inherited),
        "policy_asked": asked_as(managed.ask),
        "warning": f"{lonely} {idle_words(managed)}".strip(),
        "attested_since": managed.attested_since or None,
        "provenance_forgotten": managed.provenance_forgotten and managed.provenance_forgotten.isoformat(),
        "rights": sorted(managed.rights),
        "people": [{"name": str(name), "role": role.value} for name, role in managed.people],
        "teams": [{"team": team, "role": role.value} for team, role in managed.teams],
        "invitations": [{"id": each.identifier, "name": str(each.account), "role": each.role}
                        for each in managed.invitations],
        "waiting": [{"filename": each.offered.filename, "uploader": each.uploader, "started_by": each.started_by,
                     "expires": each.expires.isoformat()} for each in managed.waiting],
        "versions": [release.version for release in managed.facts.releases],
    }  # fmt: skip
    return Reply(values, go=_at(project.name))


def _invited(counter: Counter, visitor: Visitor, fields: Fields) -> Reply:
    found = invitations.mine(counter.desk, visitor)
    values = [
        {
            "id": each.identifier,
            "project": str(each.project) if each.project else None,
            "organisation": each.organisation or None,
            "role": each.role,
            "by": str(each.by),
            "expires": each.expires.isoformat(),
        }
        for each in found
    ]
    return Reply({"invitations": values}, go=PAGE)


def _set_policy(counter: Counter, visitor: Visitor, fields: Policy) -> Reply:
    project = counter.project(fields.project)
    try:
        policy = parse_policy(fields.demands)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    settled = demands.set_policy(counter.bench, visitor, project, policy)
    idle = idle_words(projects.look_at(counter.bench, visitor, project))
    settled = replace(settled, warning=f"{settled.warning} {idle}".strip())
    return Reply(settled_as(settled), go=_at(project), said=said_of(settled, str(project)))


def settled_as(settled: Settled) -> dict[str, Any]:
    """Return what became of a policy, for programs: `waits` and `id` are of what a second person confirms."""
    ask = settled.ask
    return {
        "policy": sorted(settled.policy),
        "waits": sorted(ask.lifted) if ask else [],
        "id": ask.identifier if ask else None,
        "by": str(ask.by) if ask else None,
        "warning": settled.warning,
    }


def asked_as(ask: Ask | None) -> dict[str, Any] | None:
    """Return what is asked of a policy, for programs; None when nothing is."""
    if ask is None:
        return None
    said = {"id": ask.identifier, "lifted": sorted(ask.lifted), "by": str(ask.by)}
    return {**said, "expires": ask.expires.isoformat()}


def said_of(settled: Settled, name: str) -> str:
    """Return what became of the policy of `name`, in words."""
    said = f"The policy of {name} is set."
    if settled.ask and settled.is_anothers:
        said = f"{settled.ask.by} asks for that already: confirm it."
    elif settled.ask:
        kept = named(settled.ask.lifted)
        said = f"Two people are demanded: {name} still demands {kept} until somebody else confirms, within 14 days."
    return f"{said} {settled.warning}".rstrip()


def _confirm(counter: Counter, visitor: Visitor, fields: Asked) -> Reply:
    ask = demands.confirm(counter.bench, visitor, fields.id)
    return Reply(go=_home(ask), said=f"{ask.where} no longer demands {named(ask.lifted)}.")


def _leave_as_it_is(counter: Counter, visitor: Visitor, fields: Asked) -> Reply:
    ask = demands.decline(counter.bench, visitor, fields.id)
    return Reply(go=_home(ask), said=f"{ask.where} demands what it did.")


def _home(ask: Ask) -> str:
    return _at(ask.project) if ask.project else f"account/organisations/{ask.organisation}/"


def _set_visibility(counter: Counter, visitor: Visitor, fields: Visibility) -> Reply:
    project = counter.project(fields.project)
    projects.set_private(counter.bench, visitor, project, is_private=fields.private)
    who = "those with a role in it" if fields.private else "everybody"
    return Reply({"private": fields.private}, go=_at(project), said=f"{project} is shown to {who}.")


def _transfer(counter: Counter, visitor: Visitor, fields: Heir) -> Reply:
    project = counter.project(fields.project)
    projects.transfer(counter.desk, counter.pages, visitor, project, fields.organisation)
    whose = f"belongs to {fields.organisation}" if fields.organisation else "is yours"
    return Reply(go=_at(project), said=f"{project} {whose} now. Every role and publisher that it had has ended.")


def _yank(counter: Counter, visitor: Visitor, fields: Yanked) -> Reply:
    project = counter.project(fields.project)
    projects.yank(counter.bench, visitor, project, counter.version(fields.version), fields.reason)
    return Reply(go=_at(project), said=f"{project} {fields.version} is yanked: only who pins it gets it.")


def _unyank(counter: Counter, visitor: Visitor, fields: Release) -> Reply:
    project = counter.project(fields.project)
    projects.yank(counter.bench, visitor, project, counter.version(fields.version), None)
    return Reply(go=_at(project), said=f"{project} {fields.version} is yanked no more.")


def _remove_release(counter: Counter, visitor: Visitor, fields: Release) -> Reply:
    project = counter.project(fields.project)
    projects.remove_release(counter.bench, visitor, project, counter.version(fields.version))
    return Reply(go=_at(project), said=f"{project} {fields.version} is removed, for ever.")


def _remove_project(counter: Counter, visitor: Visitor, fields: Gone) -> Reply:
    project = counter.project(fields.project)
    projects.remove_project(counter.bench, visitor, project, fields.typed)
    return Reply(go=PAGE, said=f"Everything of {project} is removed; its name stays with its owners.")


def _approve(counter: Counter, visitor: Visitor, fields: Waiting) -> Reply:
    projects.approve(counter.bench, visitor, fields.filename)
    return Reply(go=_at(counter.project(fields.project)), said=f"{fields.filename} is published.")


def _decline_file(counter: Counter, visitor: Visitor, fields: Waiting) -> Reply:
    projects.decline(counter.bench, visitor, fields.filename)
    return Reply(go=_at(counter.project(fields.project)), said=f"{fields.filename} is declined and forgotten.")


DEEDS: Final = (
    Deed("members/add", "Give somebody a role in a project, or invite them to it", Member, _give_role, PAGE,
         answer={"given": "they have it", "invited": "they are asked"}),
    Deed("members/remove", "Take somebody's role away", Former, _take_role, PAGE),
    Deed("invitations", "List what is offered to oneself", Fields, _invited, PAGE, answer={"invitations": ""}),
    Deed("invitations/accept", "Accept a role that is offered", Offered, _accept, PAGE),
    Deed("invitations/decline", "Decline a role that is offered", Offered, _decline, PAGE),
    Deed("invitations/withdraw", "Take an invitation back", Offered, _withdraw, PAGE),
    Deed("projects/look", "See who works on a project, and what it demands", OfProject, _look, PAGE),
    Deed("projects/policy", "Set what a project demands of every upload", Policy, _set_policy, PAGE,
         answer={"policy": "what it demands now", "waits": "what goes when a second person confirms", "id": "of that",
                 "by": "who asks", "warning": "who could not be a second person"}),
    Deed("policies/confirm", "Lower a policy as somebody else has asked", Asked, _confirm, PAGE),
    Deed("policies/decline", "Leave a policy as it is, or withdraw what one has asked", Asked, _leave_as_it_is, PAGE),
    Deed("projects/visibility", "Show a project to everybody, or to its people alone", Visibility, _set_visibility,
         PAGE),
    Deed("projects/transfer", "Hand a project to an organisation, or take it out of one", Heir, _transfer, PAGE),
    Deed("projects/remove", "Remove everything of a project, for ever", Gone, _remove_project, PAGE),
    Deed("releases/yank", "Yank a release (PEP 592)", Yanked, _yank, PAGE, takes_token=True),
    Deed("releases/unyank", "Take a yank back", Release, _unyank, PAGE, takes_token=True),
    Deed("releases/remove", "Remove a release, for ever", Release, _remove_release, PAGE),
    Deed("uploads/approve", "Publish a file that waits, as a second person", Waiting, _approve, PAGE),
    Deed("uploads/decline", "Decline a file that waits", Waiting, _decline_file, PAGE),
)  # fmt: skip
