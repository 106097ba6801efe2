"""What projects and organisations demand: raised at once, and, where two people are demanded, lowered by two.

Who lowers it alone asks for it; it is done when another person confirms, who could have asked for it too.

Principles: AUTHN-3.2, AUTHZ-2.1, AUTHZ-3.1, AUTHZ-3.3
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, Strength, require_may_hold_role, strength_held
from strongroom.authz.policies import ASK_LIFE, Ask, judging, lifted_by_two, require_another, two_people_below
from strongroom.authz.provenance import forgotten_since
from strongroom.authz.roles import ORGANISATION_RIGHTS, OrganisationRight, Right, rights_of
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy, ProjectRecord
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.packages.publishing import Road
from strongroom.people.desk import Desk, Present, Visitor, present, seen_from
from strongroom.people.members import managing
from strongroom.people.organisations import running
from strongroom.people.projects import Workbench
from strongroom.people.stakes import able_in, able_owners, require_for_all
from strongroom.principles import upholds

#: Who ends what waited for too long, in the log of events.
_CLOCK: Final = "strongroom"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is demanded: a project, or, with None, an organisation. `own` is its policy.

    `in_force` is what is demanded there, by whomever; for an organisation two people also when a project of it demands
    them.
    """

    project: ProjectName | None
    organisation: str
    own: Policy
    in_force: Policy


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a policy that was set: what is demanded now, and what waits for a second person, if anything.

    `warning`: two people are demanded, and are not there; "" when they are. `is_anothers`: somebody else asks for the
    same already, and whoever wanted it now can confirm it.
    """

    policy: Policy
    ask: Ask | None
    warning: str = ""
    is_anothers: bool = False


def set_policy(bench: Workbench, visitor: Visitor, project: ProjectName, wanted: Policy) -> Settled:
    """Set what the project demands of every upload; what organisation and instance demand stays beside it."""
    desk = bench.desk
    with desk.vault.writing() as books:
        who = managing(desk, books, visitor, project, Right.SET_POLICY, Action.GOVERN)
        settled = _settle(desk, books, visitor, who, _of_project(books, bench.road, project), wanted)
        now, in_force = desk.clock(), _of_project(books, bench.road, project).in_force
        able = [able_in(books, project, right, now) for right in (Right.PUBLISH, Right.SET_POLICY)]
    bench.road.pages.forget(project)
    return replace(settled, warning=warning_of(in_force, able[0], able[1], who.name))


def set_organisation_policy(bench: Workbench, visitor: Visitor, name: str, wanted: Policy) -> Settled:
    """Set what the organisation demands of every upload to each of its projects."""
    desk = bench.desk
    with desk.vault.writing() as books:
        who = running(desk, books, visitor, name, OrganisationRight.SET_POLICY)
        require_for_all(desk, books, who, name)
        settled = _settle(desk, books, visitor, who, _of_organisation(books, bench.road, name), wanted)
        in_force = _of_organisation(books, bench.road, name).in_force
        warning = warning_of(in_force, None, able_owners(books, name, desk.clock()), who.name)
    _forget_pages(bench, None, name)
    return replace(settled, warning=warning)


def warning_of(
    in_force: Policy, approvers: Sequence[AccountName] | None, deciders: Sequence[AccountName], me: AccountName | None
) -> str:  # fmt: skip
    """Return, where two people are demanded, who could not do what takes two; "" when all could."""
    return lonely_words(approvers, deciders, me) if Demand.TWO_PEOPLE in in_force else ""


def lonely_words(
    approvers: Sequence[AccountName] | None, deciders: Sequence[AccountName], me: AccountName | None
) -> str:  # fmt: skip
    """Return who could not be a second person, demanded or not; "" when there are two for all. `me` is who reads it.

    `approvers` may publish, None: of an organisation, whose projects say so themselves; `deciders` may set the policy.
    """
    said = []
    if approvers is not None and len(approvers) < 2:
        said.append(
            f"{_nobody_but(approvers, me)} could approve of an upload, and nobody approves of their own: "
            "what people send would wait in vain."
        )
    if len(deciders) < 2:
        said.append(
            f"{_nobody_but(deciders, me)} could confirm that a demand be lifted again, and nobody confirms what they "
            "asked for: the operator of this repository would have to do it."
        )
    return " ".join(said)


def _nobody_but(people: Sequence[AccountName], me: AccountName | None) -> str:
    if not people:
        return "Nobody"
    return f"Nobody but {'you' if people[0] == me else people[0]}"


@upholds("AUTHZ-2.1")
def confirm(bench: Workbench, visitor: Visitor, identifier: str) -> Ask:
    """Lower a policy as somebody else has asked: nothing but what was asked, and only if they could ask for it now."""
    desk = bench.desk
    with desk.vault.writing() as books:
        ask, place = _waiting(desk, books, bench.road, visitor, identifier)
        who = _governing(desk, books, visitor, ask, Action.GOVERN)
        require_another(ask, who.name)
        require_asker(books, ask, desk.clock())
        books.asks.remove_ask_of(ask.project, ask.organisation)
        _enter(books, place, place.own - ask.lifted)
        _tell(desk, books, _CHANGED, str(who.name), place, policy=sorted(place.own - ask.lifted), asked_by=str(ask.by),
              **seen_from(visitor))  # fmt: skip
    _forget_pages(bench, ask.project, ask.organisation)
    return ask


def decline(bench: Workbench, visitor: Visitor, identifier: str) -> Ask:
    """Leave a policy as it is, though somebody asked that it be lowered; whoever asked withdraws it so."""
    desk = bench.desk
    with desk.vault.writing() as books:
        ask, place = _waiting(desk, books, bench.road, visitor, identifier)
        who = _governing(desk, books, visitor, ask, Action.MANAGE)
        books.asks.remove_ask_of(ask.project, ask.organisation)
        _tell(desk, books, _KEPT, str(who.name), place, lifted=sorted(ask.lifted), **seen_from(visitor))
    return ask


def forget_stale(desk: Desk, road: Road) -> int:
    """Forget what has waited past its time; return how much that was."""
    with desk.vault.writing() as books:
        stale = books.asks.asks_before(desk.clock())
        for ask in stale:
            books.asks.remove_ask_of(ask.project, ask.organisation)
            place = _place_of(books, road, ask)
            _tell(desk, books, _KEPT, _CLOCK, place, lifted=sorted(ask.lifted))
        return len(stale)


def lift(desk: Desk, road: Road, actor: str, project: ProjectName, demand: Demand) -> Policy:
    """Lift one demand of a project's own policy by the operator's word, and return what is left of it.

    There is a way back where nobody is left who could be the second person.
    """
    with desk.vault.writing() as books:
        place = _of_project(books, road, project)
        left = _lifted(desk, books, actor, place, demand)
    road.pages.forget(project)
    return left


def lift_of_organisation(desk: Desk, road: Road, actor: str, name: str, demand: Demand) -> Policy:
    """Lift one demand of an organisation's own policy by the operator's word, and return what is left of it."""
    with desk.vault.writing() as books:
        left = _lifted(desk, books, actor, _of_organisation(books, road, name), demand)
        projects = books.shelf.projects_in(name)
    for each in projects:
        road.pages.forget(each.name)
    return left


def forget_provenance(desk: Desk, road: Road, actor: str, project: ProjectName) -> None:
    """Demand attestations no more because earlier files had them, by the operator's word; what there is stays served.

    The next file that comes with attestations is a reason anew.
    """
    now = desk.clock()
    with desk.vault.writing() as books:
        record = _record_of(books, project)
        history = books.provenances.history_of(project)
        if not history or forgotten_since(record.provenance_forgotten, history) is not None:
            raise Refused("no-such-demand", f"No earlier file of {project} is a reason to demand attestations.")
        books.provenances.forget_provenance(project, now)
        books.events.record([Happening(Event.PROVENANCE_FORGOTTEN, actor, str(project))], now)
    road.pages.forget(project)


@upholds("AUTHZ-2.1")
def require_asker(books: Books, ask: Ask, now: datetime) -> None:
    """Refuse what somebody asked who could not ask for it now: no role, no factor, disabled, or just recovered.

    Of a critical project, or an organisation that has one, the factor is one that cannot be phished (AUTHN-3.3).
    """
    account = books.accounts.account(ask.by)
    # An account that was made later is another person's, though it has the name.
    if account is None or account.is_disabled or account.created > ask.asked:
        raise Refused("not-allowed", f"{ask.by} may ask for nothing any more. Decline it.", principle="AUTHZ-2.1")
    if account.read_only_until is not None and now < account.read_only_until:
        raise Refused(
            "not-allowed",
            f"The account {ask.by} was recovered since: somebody else may have asked. Decline it.",
            principle="AUTHZ-2.1",
        )
    with judging(str(ask.by), "asked"):
        require_may_hold_role(account, now)
    touched = [ask.project] if ask.project else [each.name for each in books.shelf.projects_in(ask.organisation)]
    is_critical = any(books.critical.is_critical(each, now) for each in touched)
    if is_critical and strength_held(account, now) < Strength.PHISHING_RESISTANT:
        raise Refused(
            "not-allowed",
            f"This concerns a critical project, and {ask.by}, who asked, has no passkey or security key. Decline it.",
            principle="AUTHN-3.3",
        )
    if not _may_set_policy(books, ask):
        raise Refused(
            "not-allowed",
            f"{ask.by}, who asked, may set the policy of {ask.where} no more. Decline it.",
            principle="AUTHZ-2.1",
        )


def _may_set_policy(books: Books, ask: Ask) -> bool:
    if ask.project is not None:
        return Right.SET_POLICY in rights_of(books.roles.roles_of(ask.by, ask.project))
    held = books.organisations.role_in(ask.organisation, ask.by)
    return held is not None and OrganisationRight.SET_POLICY in ORGANISATION_RIGHTS[held]


def _settle(desk: Desk, books: Books, visitor: Visitor, who: Present, place: Place, wanted: Policy) -> Settled:
    """Enter what is raised, and what may be lowered by one; let the rest wait."""
    actor, seen = str(who.name), seen_from(visitor)
    lifted = lifted_by_two(place.own, wanted, place.in_force)
    policy = wanted | lifted
    if policy != place.own or not lifted:
        _enter(books, place, policy)
        _tell(desk, books, _CHANGED, actor, place, policy=sorted(policy), **seen)
    if not place.own <= policy:
        books.asks.remove_ask_of(place.project, place.organisation)
    if not lifted:
        return Settled(policy, None)
    ask = _asked(desk, books, visitor, who.name, place, lifted)
    return Settled(policy, ask, is_anothers=ask.by != who.name)


def _asked(
    desk: Desk, books: Books, visitor: Visitor, name: AccountName, place: Place, lifted: Policy
) -> Ask:  # fmt: skip
    """Return what waits already when it is the same, told once; else what waits from now on, in its place.

    What another asked, and could still ask, is kept for them: whoever wants the same confirms it.
    """
    now, actor, seen = desk.clock(), str(name), seen_from(visitor)
    former = books.asks.ask_of(place.project, place.organisation)
    if former is not None and former.lifted == lifted and former.waits(place.own, now) and _stands(books, former, now):
        return former
    if former is not None and former.by != name:
        _tell(desk, books, _KEPT, actor, place, lifted=sorted(former.lifted), asked_by=str(former.by), **seen)
    ask = Ask(desk.chance(8).hex(), place.project, place.organisation, lifted, name, now, now + ASK_LIFE)
    books.asks.put_ask(ask)
    _tell(desk, books, _ASKED, actor, place, lifted=sorted(lifted), expires=ask.expires.isoformat(), **seen)
    return ask


def _stands(books: Books, ask: Ask, now: datetime) -> bool:
    """Report whether whoever asked could ask for it now, so that another person can confirm it."""
    try:
        require_asker(books, ask, now)
    except Refused:
        return False
    return True


def _lifted(desk: Desk, books: Books, actor: str, place: Place, demand: Demand) -> Policy:
    if demand not in place.own:
        raise Refused("no-such-demand", f"{place.project or place.organisation} itself does not demand {demand}.")
    left = place.own - {demand}
    books.asks.remove_ask_of(place.project, place.organisation)
    _enter(books, place, left)
    _tell(desk, books, _CHANGED, actor, place, policy=sorted(left), lifted=[demand.value])
    return left


def _waiting(desk: Desk, books: Books, road: Road, visitor: Visitor, identifier: str) -> tuple[Ask, Place]:
    present(desk, books, visitor)
    ask = books.asks.ask(identifier)
    place = _place_of(books, road, ask) if ask else None
    if ask is None or place is None or not ask.waits(place.own, desk.clock()):
        raise Refused("no-such-ask", "Nobody asks for that any more: it was answered, replaced, or is too old.")
    return ask, place


def _governing(desk: Desk, books: Books, visitor: Visitor, ask: Ask, action: Action) -> Present:
    """Return who is signed in and may set this policy now."""
    if ask.project is not None:
        return managing(desk, books, visitor, ask.project, Right.SET_POLICY, action)
    who = running(desk, books, visitor, ask.organisation, OrganisationRight.SET_POLICY)
    require_for_all(desk, books, who, ask.organisation, action)
    return who


def _place_of(books: Books, road: Road, ask: Ask) -> Place:
    return _of_project(books, road, ask.project) if ask.project else _of_organisation(books, road, ask.organisation)


def _record_of(books: Books, project: ProjectName) -> ProjectRecord:
    record = books.shelf.project(project)
    if record is None:
        raise Refused("no-such-project", f"There is no project named {project}.")
    return record


def _of_project(books: Books, road: Road, project: ProjectName) -> Place:
    record = _record_of(books, project)
    organisation = books.organisations.organisation(record.organisation)
    above = road.policy | (organisation.policy if organisation else frozenset())
    return Place(project, "", record.policy, record.policy | above)


def _of_organisation(books: Books, road: Road, name: str) -> Place:
    organisation = books.organisations.organisation(name)
    if organisation is None:
        raise Refused("no-such-organisation", f"There is no organisation named {name[:40]}.")
    below = two_people_below(each.policy for each in books.shelf.projects_in(name))
    return Place(None, name, organisation.policy, organisation.policy | road.policy | below)


def _enter(books: Books, place: Place, policy: Policy) -> None:
    if place.project is not None:
        books.shelf.set_policy(place.project, policy)
    else:
        books.organisations.set_organisation_policy(place.organisation, policy)


def _forget_pages(bench: Workbench, project: ProjectName | None, organisation: str) -> None:
    if project is not None:
        bench.road.pages.forget(project)
        return
    with bench.desk.vault.reading() as books:
        projects = books.shelf.projects_in(organisation)
    for each in projects:
        bench.road.pages.forget(each.name)


#: What is told of a project, and of an organisation.
_CHANGED: Final = (Event.PROJECT_POLICY_CHANGED, Event.ORGANISATION_POLICY_CHANGED)
_ASKED: Final = (Event.PROJECT_POLICY_ASKED, Event.ORGANISATION_POLICY_ASKED)
_KEPT: Final = (Event.PROJECT_POLICY_KEPT, Event.ORGANISATION_POLICY_KEPT)


def _tell(
    desk: Desk, books: Books, events: tuple[Event, Event], actor: str, place: Place, **detail: object
) -> None:  # fmt: skip
    """Write the event of a project or of an organisation, in the open transaction."""
    of_project, of_organisation = events
    if place.project is not None:
        happening = Happening(of_project, actor, str(place.project), detail=detail)
    else:
        told = {"organisation": place.organisation, "account": actor, **detail}
        happening = Happening(of_organisation, actor, detail=told)
    books.events.record([happening], desk.clock())
