"""Who may do what to a package? (AUTHZ-2.1)

Principles: AUTHZ-2.1
"""

from strongroom.assess import scenes
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage


@probe(
    "AUTHZ-2.1a",
    Safety.SANDBOX,
    question="Can who may only publish manage people, or who may only manage people publish?",
    yes="Publishing and managing people are two rights: neither brings the other.",
    no="One who was only given the right to publish managed people, or the other way round.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.ADD_MEMBER, Op.REMOVE_MEMBER),
    requests=120,
)
def publishing_and_managing_are_two_rights(stage: Stage) -> Verdict:
    """Give one person the right to publish and another the right to manage people, and let each try the other's."""
    owner, project = _owned(stage)
    publisher, outsider = _joined(stage, owner, project, "publisher"), scenes.maintainer(stage, "x")
    scenes.published(stage, _token(stage, publisher), project=project, version="1.1")
    if _adds(stage, publisher, project, outsider, "1.2.0", "1.2.1"):
        return unmet("one who may only publish gave somebody else the right to publish")
    stage.perform(Op.REMOVE_MEMBER, session=_session(stage, publisher), project=project, name=owner.name)
    if not scenes.gets_through(stage, _token(stage, owner), wheel(project, "1.3")):
        return unmet("one who may only publish removed the owner")
    told = "who may only publish can neither add nor remove people"
    manager = scenes.maintainer(stage, "m")
    if not _gives(stage, owner, project, manager, "manager"):
        return met(f"{told}; there is no role for managing people alone")
    if not _gives(stage, manager, project, outsider, "publisher"):
        raise Inconclusive("one who was given the right to manage people could not use it")
    if scenes.gets_through(stage, _token(stage, manager), wheel(project, "1.4")):
        return unmet("one who may only manage people published")
    return met(f"{told}, and who may only manage people cannot publish")


@probe(
    "AUTHZ-2.1b",
    Safety.SANDBOX,
    question="Can somebody with an account and no role in a package publish it, or manage its people?",
    yes="Who has no role in a package can neither publish it nor manage its people.",
    no="Somebody without any role in a package published it, or managed its people.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH),
    requests=120,
)
def outsiders_can_do_nothing(stage: Stage) -> Verdict:
    """See that an outsider's credentials work on a package of their own, then try them on somebody else's."""
    owner, project = _owned(stage)
    outsider, own = _owned(stage, "x")
    if scenes.gets_through(stage, _token(stage, outsider), wheel(project, "1.1")):
        return unmet("somebody without a role in a package published it")
    if not stage.target.can(Op.ADD_MEMBER) or not stage.target.can(Op.REMOVE_MEMBER):
        if stage.target.lacks(Op.ADD_MEMBER):
            return met("who has no role in a package cannot publish it; nobody can manage its people but the operator")
        raise Inconclusive(f"an outsider cannot publish; the driver for {stage.target.title} cannot manage people")
    publisher = _joined(stage, owner, project, "publisher")
    if not _gives(stage, outsider, own, publisher, "publisher"):
        raise Inconclusive("an owner could not add anybody to a package of their own")
    if _adds(stage, outsider, project, outsider, "1.2.0", "1.2.1"):
        return unmet("somebody without a role in a package gave themselves one")
    stage.perform(Op.REMOVE_MEMBER, session=_session(stage, outsider), project=project, name=publisher.name)
    if not scenes.gets_through(stage, _token(stage, publisher), wheel(project, "1.3")):
        return unmet("somebody without a role in a package removed one of its people")
    return met("who has no role in a package could neither publish it nor add or remove people")


def _owned(stage: Stage, label: str = "") -> tuple[Person, str]:
    """Return a person and the package that they own."""
    owner = scenes.maintainer(stage, label or "o")
    return owner, scenes.published(stage, _token(stage, owner), project=stage.project(f"{label}own")).project


def _joined(stage: Stage, owner: Person, project: str, role: str) -> Person:
    """Return a person to whom the owner has given a role."""
    person = scenes.maintainer(stage, role[0])
    answer = scenes.given_role(stage, _session(stage, owner), project, person, role)
    control(answer.kind.is_yes, f"the owner could not make anybody a {role}: {answer.kind.value}")
    return person


def _gives(stage: Stage, giver: Person, project: str, taker: Person, role: str) -> bool:
    return scenes.given_role(stage, _session(stage, giver), project, taker, role).kind.is_yes


def _adds(stage: Stage, giver: Person, project: str, taker: Person, before: str, after: str) -> bool:
    """Report whether somebody could give somebody the right to publish: by the answer, or by what they can do then."""
    could = scenes.gets_through(stage, _token(stage, taker), wheel(project, before))
    said = _gives(stage, giver, project, taker, "publisher")
    return said or (not could and scenes.gets_through(stage, _token(stage, taker), wheel(project, after)))


def _token(stage: Stage, person: Person) -> str:
    if not person.token:
        person.token = scenes.token_for(stage, person)
    return person.token


def _session(stage: Stage, person: Person) -> str:
    return person.session or scenes.log_in(stage, person)
