"""One whole run as the command line asks for it: target, driver, leave, probes, clean-up, assessment.

Principles: none
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from strongroom import __version__
from strongroom.assess.clients.bench import Clients
from strongroom.assess.consent import Consent, consent, is_loopback, require_may_ask
from strongroom.assess.deadline import transport
from strongroom.assess.document import Assessment, Circumstances, assess, to_text
from strongroom.assess.documents import Library, reread
from strongroom.assess.drivers.batch import Batch
from strongroom.assess.drivers.engine import COMMAND_SECONDS, DrivenTarget
from strongroom.assess.drivers.operations import Op
from strongroom.assess.drivers.process import DriverProcess, greet
from strongroom.assess.drivers.specification import Specification, shipped
from strongroom.assess.drivers.target import Driven
from strongroom.assess.evaluation import Taxonomy
from strongroom.assess.evidence import Evidence
from strongroom.assess.greeting import FALLBACK, recognise
from strongroom.assess.health import Health, SafetyAbort, TargetLost
from strongroom.assess.journal import Journal
from strongroom.assess.outbox import OUTBOX, OutboxMailbox
from strongroom.assess.probing import Finding, Safety
from strongroom.assess.questionnaire import Answers, documented, statements
from strongroom.assess.run import Clocks, Session, Setting, chosen_probes, clean_up, every_probe, probe_target, stage_of
from strongroom.assess.stage import Chance, Mailbox
from strongroom.assess.store import BEGUN, DOCUMENT, JOURNAL, TRANSCRIPT, read_document
from strongroom.assess.wire import Budget, BudgetSpent, Exchange, Redactor, Transcript, Unreachable, Wire
from strongroom.principles.catalogue import Grade

if TYPE_CHECKING:
    from strongroom.assess.registrar import Registrar

PACE_SECONDS = 0.5
LOCAL_GUESS_PACE_SECONDS = 0.05
LOCAL_NOTICE_SECONDS = 20.0
TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class Wish:
    """What the asker wants: which target, how far to go, which driver and probes, and where to keep the run.

    `drivers` are known beside those that come with Strongroom; `driver_command` starts a driver that is a process of
    its own. `accounts` are names and passwords of people at the target; `documents` are, for clauses, the pages on
    them. `mail_port` is where on this machine the target sends its mail, if it does, and `mail_domain` what the
    addresses of the run's people end in.
    """

    url: str
    run: str
    safety: Safety = Safety.PASSIVE
    data: Path | None = None
    driver: str = "auto"
    drivers: tuple[Specification, ...] = ()
    driver_command: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    folder: Path | None = None
    floor: Grade = Grade.ATTESTED
    taxonomy: Taxonomy = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Answers | None = None
    mailbox: Mailbox | None = None
    patience_seconds: float = 0.0
    mail_port: int = 0
    mail_domain: str = "strongroom-probe.invalid"
    tools: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What the run takes from the machine: clocks, chance, the HTTP client, and where it tells how far it has come."""

    clocks: Clocks
    chance: Chance
    client: httpx2.Client
    environment: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[Finding, int, int], None] = lambda finding, done, of: None


def real_client() -> httpx2.Client:
    """Return an HTTP client that keeps no cookies, follows nothing by itself, and takes no proxy from elsewhere."""
    return httpx2.Client(transport=transport(), timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run leaves: the assessment, and every exchange with the target."""

    assessment: Assessment
    exchanges: tuple[Exchange, ...]


def assess_target(wish: Wish, world: World) -> Run:
    """Measure one target and return the run.

    A target that cannot be reached gives an assessment too, incomplete, that says so. Raises NotAllowed when more is
    wanted than anything proves, and ValueError when the driver is unknown or breaks the protocol.
    """
    process = DriverProcess(wish.driver_command) if wish.driver_command else None
    try:
        with commanding(wish) as wish:
            return _measured(wish, world, process)
    finally:
        if process is not None:
            process.end()


def _measured(wish: Wish, world: World, process: DriverProcess | None) -> Run:
    require_may_ask(wish.url, wish.safety)
    started = world.clocks.now()
    wire = _wire(wish, world)
    try:
        target = _target(wish, wire, process)
        driver = target.specification
    except (Unreachable, TargetLost, BudgetSpent) as gone:
        nowhere = Session((), lost=f"the target could not be reached: {gone}")
        return _ended(wish, world, None, nowhere, started, wire)
    except SafetyAbort as abort:
        return _ended(wish, world, None, Session((), aborted=str(abort)), started, wire)
    try:
        leave = consent(wish.url, wish.safety, wire, run=wish.run, now=world.clocks.now(), data=wish.data)
    except (TargetLost, BudgetSpent) as gone:
        return _ended(wish, world, driver, Session((), lost=str(gone)), started, wire)
    except SafetyAbort as abort:
        return _ended(wish, world, driver, Session((), aborted=str(abort)), started, wire)
    if wish.folder is not None:
        # A run that is killed leaves nothing but this and its journal; `cleanup` needs both.
        begun = _assessment(wish, world, driver, leave, Session((), lost="the run was broken off"), started)
        (wish.folder / BEGUN).write_text(to_text(begun), "utf-8")
    with issuing(wish, target, leave, world.clocks.now) as tools, _on_this_machine(wish, world, leave) as more:
        target, wire = equipped(target, wire, more.get("registrar"))
        setting = _setting(replace(wish, tools={**tools, **more, **wish.tools}), world, wire, target, leave)
        session = probe_target(setting, chosen_probes(every_probe(), wish.only))
    evidence, session = _afterwards(setting, wish, session)
    found = _assessment(replace(wish, evidence=evidence), world, driver, leave, session, started)
    return Run(found, tuple(wire.transcript.exchanges))


def _ended(
    wish: Wish, world: World, driver: Specification | None, session: Session, started: datetime, wire: Wire
) -> Run:
    """Return a run that ended before anything was probed."""
    found = _assessment(wish, world, driver, Consent(Safety.PASSIVE, ""), session, started)
    return Run(found, tuple(wire.transcript.exchanges))


@contextmanager
def commanding(wish: Wish) -> Iterator[Wish]:
    """Have one program do all the commands on a data folder, where there is one: starting it takes longer than most."""
    if wish.data is None:
        yield wish
        return
    program = _program()
    batch = Batch([program, "admin", "batch"], [program, "admin"], COMMAND_SECONDS)
    try:
        yield replace(wish, tools={**wish.tools, "batch": batch})
    finally:
        batch.close()


def _program() -> str:
    return str(Path(sys.executable).with_name("strongroom"))


@contextmanager
def issuing(
    wish: Wish, target: Driven, leave: Consent, now: Callable[[], datetime]
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Serve an issuer of identity tokens while probes run, where the target has a use for it and can reach it.

    Where the target can be made to believe a Sigstore of the run's own, there is one that attests the issuer's builds.
    """
    if leave.safety < Safety.SANDBOX or not target.can(Op.MINT) or not is_loopback(wish.url):
        yield {}
        return
    from strongroom.assess.issuer import on_loopback

    with on_loopback() as issuer:
        if not target.can(Op.TRUST_SIGSTORE):
            yield {"issuer": issuer}
            return
        from strongroom.assess.sigstore import PrivateSigstore

        yield {"issuer": issuer, "attester": PrivateSigstore(issuer.address, now)}


def equipped(target: Driven, wire: Wire, registrar: "Registrar | None") -> tuple[Driven, Wire]:
    """Return target and wire that know the run's registrar, so that its driver can let a domain lapse there."""
    if registrar is None or not isinstance(target, DrivenTarget):
        return target, wire
    wire = wire.beside(registrar.address)
    return replace(target, wire=wire, constants={**target.constants, **registrar.constants}), wire


@contextmanager
def _on_this_machine(wish: Wish, world: World, leave: Consent) -> Iterator[dict[str, Any]]:
    """Have what an active run uses of this machine for as long as probes run.

    That is a relay for mail, and where the target is on loopback, other addresses to come from, and a registrar.
    """
    if leave.safety < Safety.SANDBOX:
        yield {}
        return
    from strongroom.assess.machine import other_sources, relay

    with ExitStack() as stack:
        tools = stack.enter_context(relay(wish.mail_port, wish.mail_domain))
        if is_loopback(wish.url):
            clients = stack.enter_context(other_sources(wish.url, TIMEOUT_SECONDS))
            pace = {"guess_pace_seconds": LOCAL_GUESS_PACE_SECONDS, "notice_seconds": LOCAL_NOTICE_SECONDS}
            tools = {**tools, **pace, "other_sources": clients, "registrar": _registrar(stack, wish, world)}
        yield tools


def _registrar(stack: ExitStack, wish: Wish, world: World) -> "Registrar":
    from strongroom.assess.registrar import on_loopback

    domain = wish.mailbox.domain if wish.mailbox else wish.mail_domain
    return stack.enter_context(on_loopback(domain, world.chance.text(16), world.clocks.now, world.clocks.sleep))


def _afterwards(setting: Setting, wish: Wish, session: Session) -> tuple[tuple[Evidence, ...], Session]:
    """Return the evidence that still holds, and the session: a target can be lost at its documents, too."""
    evidence = wish.evidence
    told = tuple(statements(wish.answers)) if wish.answers else ()
    if session.lost or session.aborted:
        return (*evidence, *told), session
    try:
        evidence = _still_there(setting, evidence)
        told = (*told, *_borne_out(setting, wish.answers))
    except TargetLost as gone:
        session = replace(session, lost=str(gone))
    except SafetyAbort as abort:
        session = replace(session, aborted=str(abort))
    return (*evidence, *told), session


def _still_there(setting: Setting, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    try:
        return reread(stage_of(setting, "documents", Budget(60, 60)), evidence)
    except (Unreachable, BudgetSpent):
        return evidence


def _borne_out(setting: Setting, answers: Answers | None) -> tuple[Evidence, ...]:
    """Return what the pages of the answers bear out."""
    if answers is None:
        return ()
    try:
        return tuple(documented(answers, stage_of(setting, "answers", Budget(200, 120)), setting.clocks.now()))
    except (Unreachable, BudgetSpent):
        return ()


def _wire(wish: Wish, world: World) -> Wire:
    transcript = Transcript(Redactor(), wish.folder / TRANSCRIPT if wish.folder else None)
    health = Health(active=wish.safety >= Safety.SANDBOX, sleep=world.clocks.sleep)
    pace = 0.0 if is_loopback(wish.url) else PACE_SECONDS
    return Wire(world.client, wish.url, transcript, health, pace_seconds=pace, probe="greeting")


def _target(wish: Wish, wire: Wire, process: DriverProcess | None) -> Driven:
    if process is not None:
        wire.send("GET", "")
        return greet(process, wire, wish.run)
    return DrivenTarget(_driver(wish, wire), wire, _constants(wish))


def _driver(wish: Wish, wire: Wire) -> Specification:
    drivers = {**shipped(), **{each.id: each for each in wish.drivers}}
    if wish.driver != "auto":
        if wish.driver not in drivers:
            raise ValueError(f"there is no driver {wish.driver}; there are {', '.join(drivers)}")
        wire.send("GET", "")
        return drivers[wish.driver]
    return recognise(wire, drivers.values()) or drivers[FALLBACK]


def _constants(wish: Wish) -> dict[str, Any]:
    constants: dict[str, Any] = {"base": wish.url, "program": _program()}
    if wish.data is None:
        return constants
    return {**constants, "data": str(wish.data), "batch": wish.tools.get("batch")}


def _setting(wish: Wish, world: World, wire: Wire, target: Driven, leave: Consent) -> Setting:
    for _, password in wish.accounts:
        wire.learn(password)
    known = {each.source: each.sha256 for each in wish.evidence if each.sha256}
    return Setting(
        run=wish.run,
        target=target,
        wire=wire,
        consent=leave,
        clocks=world.clocks,
        chance=world.chance,
        journal=Journal(wish.folder / JOURNAL if wish.folder else None),
        mailbox=mailbox_of(wish),
        tools={
            "used_codes": set(),
            "patience_seconds": wish.patience_seconds,
            "library": Library(wish.documents, known),
            "clients": Clients(target.specification.clients, world.environment),
            **wish.tools,
        },
        accounts=wish.accounts,
        told=world.told,
    )


def mailbox_of(wish: Wish) -> Mailbox | None:
    """Return where the mail of the run's people can be read: as given, else where the target keeps its own letters."""
    given: Mailbox | None = wish.mailbox or wish.tools.get("mailbox")
    if given is not None or wish.data is None or not (wish.data / OUTBOX).is_dir():
        return given
    return OutboxMailbox(wish.data / OUTBOX, wish.mail_domain)


def _assessment(
    wish: Wish, world: World, driver: Specification | None, leave: Consent, session: Session, started: datetime
) -> Assessment:
    ended = world.clocks.now()
    circumstances = Circumstances(
        run=wish.run,
        url=wish.url,
        product=driver.title if driver else "",
        driver=driver.id if driver else "",
        driver_version=__version__,
        tool_version=__version__,
        safety=leave.safety.name.lower(),
        proof=leave.proof,
        started=started,
        ended=ended,
        aborted=session.aborted,
        lost=session.lost,
        left=session.left,
    )
    taxonomy = {**(driver.taxonomy if driver else {}), **wish.taxonomy}
    return assess(circumstances, taxonomy, session.findings, (*session.evidence, *wish.evidence), ended, wish.floor)


def clean_up_after(folder: Path, world: World, data: Path | None) -> tuple[str, ...]:
    """Take away what an earlier run left, by the journal in its folder; return what stays.

    ValueError when the folder holds no run that can be read.
    """
    ended = (folder / DOCUMENT).is_file()
    if not ended and not (folder / BEGUN).is_file():
        raise ValueError(f"the run in {folder} ended before it was let do anything: there is nothing to take away")
    kept = read_document(folder / (DOCUMENT if ended else BEGUN))
    wish = Wish(kept.circumstances.url, kept.circumstances.run, Safety.IRREVERSIBLE, data, folder=folder)
    wire = _wire(wish, world)
    wire.is_cleaning(True)  # a target that is no longer well is cleaned all the same
    driver = shipped().get(kept.circumstances.driver or FALLBACK)
    if driver is None:
        raise ValueError(f"{kept.circumstances.driver} is a driver of its own: what the run left is in its journal")
    leave = consent(wish.url, wish.safety, wire, run=wish.run, now=world.clocks.now(), data=data)
    with commanding(wish) as wish:
        return clean_up(_setting(wish, world, wire, DrivenTarget(driver, wire, _constants(wish)), leave))
