"""Who must have a second factor, and of which kind? (AUTHN-2.3, AUTHN-3.2, AUTHN-3.3)

What a person is let do is tried by every sort of credential: a token, name and password, a session.

Principles: AUTHN-2.3, AUTHN-3.2, AUTHN-3.3
"""

from dataclasses import dataclass, field

from strongroom.assess import people, scenes
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage


@dataclass
class Tried:
    """What somebody tried, in words: what went through, and what was refused."""

    through: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def note(self, what: str, went: bool) -> None:
        """Keep what came of one thing."""
        (self.through if went else self.refused).append(what)

    def add(self, other: "Tried") -> None:
        """Keep what came of everything that was tried elsewhere."""
        self.through += other.through
        self.refused += other.refused

    @property
    def said(self) -> str:
        """What was refused, in words."""
        return ", ".join(dict.fromkeys(self.refused))


def every_way(stage: Stage, person: Person, project: str) -> Tried:
    """Publish to a project and manage it with everything that a person has, and return what went through."""
    tried = Tried()
    if person.token:
        went = scenes.gets_through(stage, person.token, wheel(project, _version(stage)))
        tried.note("publishing with a token" if ":" not in person.token else "publishing with a password", went)
    if stage.target.can(Op.PUBLISH_BY_PASSWORD):
        file = wheel(project, _version(stage))
        stage.perform(Op.PUBLISH_BY_PASSWORD, name=person.name, password=person.password, file=file)
        tried.note("publishing with a password", stage.served(project, file.filename) == file.content)
    if person.session and stage.target.can(Op.ADD_MEMBER):
        tried.note("giving somebody a role in a session", _manages(stage, person, project))
    return tried


def _version(stage: Stage) -> str:
    return f"1.{len(stage.exchanges) + 1}"


def _manages(stage: Stage, person: Person, project: str) -> bool:
    given = {"project": project, "name": scenes.maintainer(stage, "m").name, "role": "publisher"}
    return stage.perform(Op.ADD_MEMBER, session=person.session, **given).kind.is_yes


def _owner(stage: Stage) -> tuple[Person, str]:
    """Return a maintainer with a session where that can be, and the project that they have published."""
    owner = scenes.maintainer(stage, "o")
    if stage.target.can(Op.LOG_IN) and not owner.session:
        scenes.log_in(stage, owner)
    owner.token = scenes.token_for(stage, owner)
    return owner, scenes.published(stage, owner.token).project


def _all_go_through(stage: Stage, person: Person, project: str, saw: str) -> None:
    """Raise ControlFailed unless what this person does with a token and in a session goes through."""
    tried = every_way(stage, person, project)
    held = [what for what in tried.refused if "password" not in what]
    control(tried.through and not held, f"{saw}: refused was {', '.join(held)}")


def _credential(stage: Stage, person: Person) -> str:
    """Return what a person can get to publish with: made by themselves, or by the operator; empty when nothing."""
    given = {"projects": [], "rights": ["publish"]}
    if person.session and stage.target.can(Op.CREATE_TOKEN):
        token = stage.perform(Op.CREATE_TOKEN, session=person.session, **given).value("token")
        if token:
            return token
    if stage.target.can(Op.ADD_TOKEN):
        return stage.perform(Op.ADD_TOKEN, name=person.name, **given).value("token")
    return "" if stage.target.can(Op.CREATE_TOKEN) else f"{person.name}:{person.password}"


@probe(
    "AUTHN-3.2a",
    Safety.SANDBOX,
    question="Can anybody without a second factor publish or manage anything, by any credential?",
    yes="Without a second factor nobody publishes or manages anything: by token, by password, or in a session.",
    no="Somebody without a second factor published or managed something.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH),
    requests=140,
    seconds=240,
)
def nobody_maintains_without_a_factor(stage: Stage) -> Verdict:
    """Let a newcomer without a factor try everything, and a maintainer who has given theirs up."""
    tried = Tried()
    if people.can_register(stage) and stage.target.can(Op.LOG_IN):
        tried.add(_newcomer_tries(stage))
    if (
        not (tried.through or tried.refused)
        and not stage.target.can(Op.ADD_MAINTAINER)
        and not stage.target.can(Op.ENROL_TOTP)
    ):
        tried.add(_without_any_factor(stage))
    if not tried.through and stage.target.can(Op.LOG_IN) and stage.target.can(Op.REMOVE_TOTP):
        tried.add(_gives_up(stage))
    if tried.through:
        return unmet(f"without a second factor this went through: {', '.join(dict.fromkeys(tried.through))}")
    if not tried.refused:
        raise Inconclusive("nobody without a second factor could be made, so that nothing could be tried")
    return met(f"without a second factor this was refused: {tried.said}; with one it went through")


def _newcomer_tries(stage: Stage) -> Tried:
    """Let a newcomer try everything without a factor, then see that a factor is what was missing."""
    person, tried, project = people.newcomer(stage, "n"), Tried(), stage.project("new")
    given = {"projects": [], "rights": ["publish"]}
    if stage.target.can(Op.CREATE_TOKEN):
        token = stage.perform(Op.CREATE_TOKEN, session=person.session, **given).value("token")
        tried.note("making a token in a session", bool(token))
    person.token = _credential(stage, person)
    if person.token or stage.target.can(Op.PUBLISH_BY_PASSWORD):
        own, person.session = person.session, ""  # there is no project yet that a session could manage
        tried.add(every_way(stage, person, project))
        person.session = own
    if not tried.through:
        if not stage.target.can(Op.ENROL_TOTP):
            return Tried()  # a newcomer may be refused for other reasons: nothing shows that a factor was missing
        scenes.with_totp(stage, person)
        person.token = _credential(stage, person)
        control(person.token, "with a second factor the newcomer can make no token either")
        scenes.published(stage, person.token, project=project)
    return tried


def _without_any_factor(stage: Stage) -> Tried:
    """Let somebody publish where nobody has a second factor, so far as this driver knows."""
    person = scenes.maintainer(stage, "n")
    tried = Tried()
    tried.note("publishing with a password", scenes.gets_through(stage, person.token, wheel(stage.project(), "1.0")))
    return tried if tried.through else Tried()


def _gives_up(stage: Stage) -> Tried:
    """Let a maintainer remove their factors, and try everything again that went through before."""
    owner, project = _owner(stage)
    _all_go_through(stage, owner, project, "with a second factor not everything goes through")
    if not people.loses_factors(stage, owner):
        return Tried(refused=["giving up the last factor"])
    return every_way(stage, owner, project)


@probe(
    "AUTHN-2.3a",
    Safety.SANDBOX,
    question="Can anybody without a second factor publish to, or manage, a critical package?",
    yes="A critical package is neither published nor managed by anybody without a second factor.",
    no="A critical package was published or managed by somebody without a second factor.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.LOG_IN, Op.MARK_CRITICAL),
    requests=140,
    seconds=240,
)
def critical_package_needs_a_factor(stage: Stage) -> Verdict:
    """Let the owner of a critical package give up their factors, and a member have none, and both try everything."""
    owner, project = _owner(stage)
    if stage.target.can(Op.BEGIN_WEBAUTHN):
        people.with_key(stage, owner)
    stage.demand(Op.MARK_CRITICAL, "the operator could not mark a package as critical", project=project)
    _all_go_through(stage, owner, project, "with second factors not everything goes through on a critical package")
    tried = _member_tries(stage, owner, project)
    if people.loses_factors(stage, owner):
        tried.add(every_way(stage, owner, project))
    if tried.through:
        return unmet(f"on a critical package, without a second factor, this went through: {', '.join(tried.through)}")
    if not tried.refused:
        raise Inconclusive("nobody without a second factor could be made, so that nothing could be tried")
    return met(f"on a critical package, without a second factor, this was refused: {tried.said}")


def _member_tries(stage: Stage, owner: Person, project: str) -> Tried:
    """Let a newcomer without a factor be made an owner of a project, and try everything."""
    if not (people.can_register(stage) and stage.target.can(Op.ADD_MEMBER)):
        return Tried()
    member = people.newcomer(stage, "w")
    given = {"session": owner.session, "project": project, "name": member.name, "role": "owner"}
    if not stage.perform(Op.ADD_MEMBER, **given).kind.is_yes:
        return Tried(refused=["being given a role"])
    member.token = _credential(stage, member)
    return every_way(stage, member, project)


@probe(
    "AUTHN-3.3a",
    Safety.SANDBOX,
    question="Can a maintainer whose only second factor can be phished publish to, or manage, a critical package?",
    yes="On a critical package a maintainer with one-time codes alone is refused until they have enrolled a key.",
    no="A critical package was published or managed by a maintainer with one-time codes alone.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.LOG_IN, Op.MARK_CRITICAL),
    requests=120,
    seconds=180,
)
def critical_package_needs_a_key(stage: Stage) -> Verdict:
    """Let an owner with codes alone do everything before and after the package becomes critical; then enrol a key."""
    owner, project = _owner(stage)
    if not owner.totp_secret:
        raise Inconclusive("a maintainer with one-time codes could not be made")
    _all_go_through(stage, owner, project, "before the package is critical not everything goes through")
    stage.demand(Op.MARK_CRITICAL, "the operator could not mark a package as critical", project=project)
    tried = every_way(stage, owner, project)
    if tried.through:
        return unmet(f"on a critical package, with one-time codes alone, this went through: {', '.join(tried.through)}")
    if stage.target.can(Op.BEGIN_WEBAUTHN):
        people.with_key(stage, owner)
        _all_go_through(stage, owner, project, "with a key enrolled not everything goes through")
        return met(f"on a critical package, with one-time codes alone, this was refused: {tried.said}; with a key not")
    scenes.published(stage, owner.token)  # the token still works where nothing is critical
    return met(f"on a critical package, with one-time codes alone, this was refused: {tried.said}")
