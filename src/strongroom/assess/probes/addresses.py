"""Does a person's e-mail address stay shown to be theirs? (AUTHN-1.1, AUTHN-2.1)

Principles: AUTHN-1.1, AUTHN-2.1
"""

from strongroom.assess import people, scenes
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import ControlFailed, Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Person, Stage

_QUIET = 0.25
"""Which part of the time that a notice may take nothing must come, for nothing to have been sent."""


@probe(
    "AUTHN-1.1a",
    Safety.SANDBOX,
    question="Can somebody publish or hold a role before they have shown that their e-mail address is theirs?",
    yes="Nobody publishes or is given a role before their address is verified, and a link verifies nobody else.",
    no="Somebody whose address nobody had verified published, or was given a role.",
    needs=(Op.REGISTER, Op.FOLLOW_LINK, Op.PUBLISH, Op.FILES, Op.FETCH),
    requests=120,
    seconds=180,
)
def address_is_verified_first(stage: Stage) -> Verdict:
    """Let two newcomers try everything, one follow the other's link, then see that verifying is what was missing."""
    (first, link), (second, _) = _unverified(stage, "a"), _unverified(stage, "b")
    project = stage.project("first")
    if first.token and scenes.gets_through(stage, first.token, wheel(project, "1.0")):
        return unmet("somebody whose address was not verified published")
    if _takes_role(stage, first, "role"):
        return unmet("somebody whose address was not verified was given a role")
    if second.session:
        stage.perform(Op.FOLLOW_LINK, link=link, session=second.session)
        if second.token and scenes.gets_through(stage, second.token, wheel(stage.project("second"), "1.0")):
            return unmet("a link that was mailed to one person verified another")
    stage.perform(Op.FOLLOW_LINK, link=link, session=first.session)
    if not first.token:
        _equip(stage, first)
    control(first.token, "after verification there is still nothing to publish with")
    scenes.published(stage, first.token, project=project)
    control(_takes_role(stage, first, "later") is not False, "a person who is verified could not be given a role")
    return met("before their address was verified a person could not publish or be given a role; afterwards they could")


def _unverified(stage: Stage, label: str) -> tuple[Person, str]:
    """Return a newcomer, and the link that would verify their address: read before any login mails another."""
    person = scenes.registered(stage, label)
    link = scenes.first_link(stage, person)
    _equip(stage, person)
    return person, link


def _equip(stage: Stage, person: Person) -> None:
    """Give a person what publishing takes, as far as they can get it: a session, a second factor, a token."""
    if stage.target.can(Op.LOG_IN) and not person.session:
        answer = scenes.step(stage, person, Op.LOG_IN, name=person.name, password=person.password)
        person.session = answer.value("session")
    if person.session and stage.target.can(Op.ENROL_TOTP) and not person.totp_secret:
        try:
            scenes.with_totp(stage, person)
        except ControlFailed:
            person.totp_secret = ""  # the unverified may have to wait for this, too
    if stage.target.can(Op.CREATE_TOKEN):
        given = {"session": person.session, "projects": [], "rights": ["publish"]}
        person.token = stage.perform(Op.CREATE_TOKEN, **given).value("token") if person.session else ""
    else:
        person.token = f"{person.name}:{person.password}"


def _takes_role(stage: Stage, person: Person, label: str) -> bool | None:
    """Report whether a person can be given a role in somebody's project; None when this driver cannot try."""
    if not (stage.target.can(Op.ADD_MEMBER) and stage.target.can(Op.LOG_IN) and stage.target.can(Op.ADD_MAINTAINER)):
        return None
    owner = scenes.maintainer(stage, label[0])
    file = scenes.published(stage, scenes.token_for(stage, owner), project=stage.project(label))
    session = scenes.log_in(stage, owner)
    given = {"session": session, "project": file.project, "name": person.name, "role": "publisher"}
    return stage.perform(Op.ADD_MEMBER, **given).kind.is_yes


@probe(
    "AUTHN-2.1a",
    Safety.IRREVERSIBLE,
    question="Is it noticed when the domain of somebody's address lapses, or comes into other hands?",
    yes="When a domain lapses or is registered anew, the scheduled check takes the verification from its addresses.",
    no="After the scheduled check, an address at a domain that is somebody else's or nobody's still counts.",
    needs=(Op.REGISTER, Op.FOLLOW_LINK, Op.LOG_IN, Op.ACCOUNT, Op.LAPSE_DOMAIN, Op.RUN_JOBS),
    requests=80,
    seconds=120,
)
def lapsed_domain_is_noticed(stage: Stage) -> Verdict:
    """Let one person's domain lapse and another's change hands, run the scheduled check, and look at a third's too."""
    steady, lapsing, returning = (_at(stage, label) for label in ("steady", "lapsed", "returned"))
    for person in (steady, lapsing, returning):
        control(_counts(stage, person), "a verified address does not count as verified")
    _lose(stage, Op.LAPSE_DOMAIN, lapsing)
    can_return = stage.target.can(Op.REREGISTER_DOMAIN)
    if can_return:
        _lose(stage, Op.REREGISTER_DOMAIN, returning)
    stage.demand(Op.RUN_JOBS, "the scheduled jobs could not be run")
    if not stage.wait_until(lambda: not _counts(stage, lapsing), _quiet_seconds(stage)):
        return unmet("after the scheduled check, an address at a lapsed domain still counts as verified")
    if can_return and not stage.wait_until(lambda: not _counts(stage, returning), _quiet_seconds(stage)):
        return unmet("after the scheduled check, an address at a domain registered anew still counts as verified")
    control(_counts(stage, steady), "the check took the verification from an address whose domain is well, too")
    more = " or is registered anew" if can_return else ""
    return met(f"the scheduled check sees when a domain lapses{more}, and no longer counts its addresses as verified")


@probe(
    "AUTHN-2.1b",
    Safety.IRREVERSIBLE,
    question="Can an account be recovered through an address whose domain has lapsed or changed hands?",
    yes="No way back in is mailed to an address whose domain has lapsed or was registered anew.",
    no="A way back in was mailed to an address whose domain is somebody else's or nobody's.",
    needs=(Op.REGISTER, Op.FOLLOW_LINK, Op.RECOVER, Op.LAPSE_DOMAIN),
    requests=80,
    seconds=400,
)
def recovery_through_lost_domain_is_refused(stage: Stage) -> Verdict:
    """Recover by mail while the domain is well, then again once it has lapsed, and once it has changed hands."""
    steady = _at(stage, "steady")
    ways = [(Op.LAPSE_DOMAIN, "lapsed", _at(stage, "lapsed"))]
    if stage.target.can(Op.REREGISTER_DOMAIN):
        ways.append((Op.REREGISTER_DOMAIN, "registered anew", _at(stage, "returned")))
    for op, _, person in ways:
        control(_is_mailed(stage, person), "no way back in was mailed while the domain was well")
        _lose(stage, op, person)
    if stage.target.can(Op.RUN_JOBS):
        stage.demand(Op.RUN_JOBS, "the scheduled jobs could not be run")
    for _, what, person in ways:
        if _is_mailed(stage, person, _quiet_seconds(stage)):
            return unmet(f"a way back in was mailed to an address whose domain was {what}")
    control(_is_mailed(stage, steady), "afterwards no way back in was mailed to anybody")
    return met(f"no way back in was mailed to an address whose domain was {' or '.join(what for _, what, _ in ways)}")


def _at(stage: Stage, label: str) -> Person:
    """Return a newcomer whose address is at a domain that is like no other's.

    It is one of the registrar's where the run has one: what watches domains asks about those that can be registered.
    Else it is below the domain of the run's mail.
    """
    if stage.mailbox is None:
        raise Inconclusive("this run cannot read the mail of its own people")
    name, registrar = f"{stage.chance.text(6)}{label}", stage.tools.get("registrar")
    where = registrar.domain(name) if registrar else f"{name}.{stage.mailbox.domain}"
    person = scenes.registered(stage, label[0], email=f"{stage.prefix}{stage.chance.text(6)}@{where}")
    scenes.verify(stage, person)
    if stage.target.can(Op.LOG_IN):
        scenes.log_in(stage, person)
    return person


def _counts(stage: Stage, person: Person) -> bool:
    answer = stage.demand(Op.ACCOUNT, "a person's own account could not be read", session=person.session)
    return answer.value("verified").lower() == "true"


def _quiet_seconds(stage: Stage) -> float:
    return _QUIET * float(stage.tools.get("notice_seconds", people.NOTICE_SECONDS))


def _lose(stage: Stage, op: Op, person: Person) -> None:
    stage.demand(op, "the operator could not change a domain", domain=person.email.partition("@")[2])


def _is_mailed(stage: Stage, person: Person, seconds: float = scenes.MAIL_SECONDS) -> bool:
    """Report whether asking for recovery mails a link; a clear no to the asking mails none."""
    seen = people.mails(stage, person.email)
    stage.perform(Op.RECOVER, email=person.email)
    return people.later_mail(stage, person.email, seen, people.with_link(stage), seconds) is not None
