"""The flow of one assessment: greet, ask for leave, probe, clean up, evaluate.

Principles: none
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

from strongroom.assess import probes as probe_package
from strongroom.assess.consent import Consent
from strongroom.assess.drivers.operations import Op
from strongroom.assess.drivers.target import Driven
from strongroom.assess.evidence import Evidence
from strongroom.assess.health import SafetyAbort, TargetLost
from strongroom.assess.journal import Journal, Thing
from strongroom.assess.probing import (
    PROBES,
    ControlFailed,
    Finding,
    Inconclusive,
    Outcome,
    Probe,
    Verdict,
    evidence_of,
)
from strongroom.assess.stage import Chance, Mailbox, Person, Stage
from strongroom.assess.wire import Budget, BudgetSpent, Unreachable, Wire
from strongroom.principles.catalogue import Grade

_BROKEN: Final = (
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, OSError, re.error,
)  # fmt: skip
"""What a probe or a driver raises when a target's nonsense was not foreseen: that probe fails, and no other."""


class Clocks(Protocol):
    """The run's clocks: the day, seconds that only grow, and waiting."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""

    def seconds(self) -> float:
        """Return seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True)
class Setting:
    """Everything that one run has: its target, its leave, its tools, and where it tells how far it has come.

    `accounts` are names and passwords of people whom the operator has given for it.
    """

    run: str
    target: Driven
    wire: Wire
    consent: Consent
    clocks: Clocks
    chance: Chance
    journal: Journal
    mailbox: Mailbox | None = None
    tools: dict[str, Any] = field(default_factory=dict)
    accounts: tuple[tuple[str, str], ...] = ()
    told: Callable[[Finding, int, int], None] = lambda finding, done, of: None

    @property
    def prefix(self) -> str:
        """What the names of everything that this run makes begin with."""
        return f"srprobe{self.run}"


@dataclass(frozen=True, slots=True)
class Session:
    """What came of a run's probing: a finding for each probe, what is left behind, and why it ended early if so."""

    findings: tuple[Finding, ...]
    left: tuple[str, ...] = ()
    aborted: str = ""
    lost: str = ""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the findings prove."""
        return tuple(found for finding in self.findings if (found := evidence_of(finding)) is not None)


def every_probe() -> tuple[Probe, ...]:
    """Return every probe there is, in the order of their clauses."""
    for module in pkgutil.iter_modules(probe_package.__path__):
        importlib.import_module(f"{probe_package.__name__}.{module.name}")
    return tuple(sorted(PROBES.values(), key=lambda each: each.clause))


def probe_target(setting: Setting, chosen: Sequence[Probe]) -> Session:
    """Ask every chosen probe, in order of what it does to the target, and take away what they made.

    A target that is lost or no longer well ends the asking; the probes that were not asked are *not run*.
    """
    findings: list[Finding] = []
    aborted = lost = ""
    ordered = sorted(chosen, key=lambda each: (each.last, each.safety, each.clause))
    try:
        for probe in ordered:
            finding = ask(setting, probe)
            findings.append(finding)
            setting.told(finding, len(findings), len(ordered))
    except SafetyAbort as abort:
        aborted = str(abort)
    except TargetLost as gone:
        lost = str(gone)
    except KeyboardInterrupt:
        lost = "it was interrupted"
    finally:
        left = clean_up(setting)
    reason = aborted or lost
    findings += [_not_run(setting, p, f"the run had ended: {reason}") for p in ordered[len(findings) :]]
    return Session(tuple(findings), left, aborted, lost)


def ask(setting: Setting, probe: Probe) -> Finding:
    """Ask one probe, and turn whatever happens into a finding; only what ends the run is raised."""
    missing = sorted(need for need in probe.needs if not any(map(setting.target.can, _operations(need))))
    lacking = [[setting.target.lacks(op) for op in _operations(need)] for need in missing]
    documented = [whys[0] for whys in lacking if all(whys)]
    if documented:
        return replace(_not_run(setting, probe, documented[0]), outcome=Outcome.UNMET, grade=Grade.DOCUMENTED)
    if missing:
        names = ", ".join(need.replace("_", " ").replace("|", " or ") for need in missing)
        return _not_run(setting, probe, f"the driver for {setting.target.title} cannot {names}")
    if probe.safety > setting.consent.safety:
        return _not_run(setting, probe, f"needs leave for more: {probe.safety.name.lower()}")
    return asked(probe, stage_of(setting, probe.id, Budget(probe.requests, probe.seconds)), setting.clocks)


def asked(probe: Probe, stage: Stage, clocks: Clocks) -> Finding:
    """Ask one probe on its stage, whatever its needs, and return what it found."""
    started = clocks.now()
    verdict = _verdict(probe, stage)
    # JSON can say half a surrogate pair, which no file can hold.
    saw = stage.wire.transcript.redactor.clean(verdict.saw).encode("utf-8", "replace").decode()
    return Finding(
        probe.id, probe.clause, probe.version, verdict.outcome, saw,
        tuple(dict.fromkeys(stage.exchanges)), started, clocks.now(), verdict.grade, verdict.sha256,
    )  # fmt: skip


def _operations(need: str) -> list[Op]:
    return [Op(name) for name in need.split("|")]


def _verdict(probe: Probe, stage: Stage) -> Verdict:
    try:
        return probe.ask(stage)
    except ControlFailed as failed:
        return Verdict(Outcome.INCONCLUSIVE, f"control failed: {failed}")
    except Inconclusive as shy:
        return Verdict(Outcome.INCONCLUSIVE, str(shy))
    except (Unreachable, BudgetSpent) as stopped:
        return Verdict(Outcome.ERROR, str(stopped))
    except _BROKEN as wrong:
        return Verdict(Outcome.ERROR, f"the probe or its driver failed: {type(wrong).__name__}: {wrong}")


def stage_of(setting: Setting, id: str, budget: Budget) -> Stage:
    """Return a new stage for the probe, or whatever else asks, whose exchanges are to be counted for `id`."""
    wire = setting.wire.for_probe(id, budget)
    return Stage(
        target=setting.target.on(wire),
        base=setting.wire.base,
        wire=wire,
        prefix=setting.prefix + setting.chance.text(4),  # what one probe has named, no other names
        journal=setting.journal,
        chance=setting.chance,
        sleep=setting.clocks.sleep,
        clock=setting.clocks.seconds,
        mailbox=setting.mailbox,
        tools=setting.tools,
        accounts=[Person(name, "", password, token=f"{name}:{password}") for name, password in setting.accounts],
        leave=setting.consent.safety,
    )


def _not_run(setting: Setting, probe: Probe, why: str) -> Finding:
    now = setting.clocks.now()
    return Finding(probe.id, probe.clause, probe.version, Outcome.NOT_RUN, why, (), now, now)


def clean_up(setting: Setting) -> tuple[str, ...]:
    """Take away everything that the journal says was made, the newest first; return what could not be taken away."""
    wire = setting.wire.for_probe("clean-up", Budget(500, 120))
    target = setting.target.on(wire)
    wire.is_cleaning(True)
    try:
        for made in list(setting.journal.left()):
            if _take_away(target, made.thing, made.name, made.key):
                setting.journal.took_away(made.thing, made.name)
    finally:
        wire.is_cleaning(False)
    return tuple(f"{made.thing} {made.name}" for made in setting.journal.left())


def _take_away(target: Driven, thing: Thing, name: str, key: str) -> bool:
    ways: dict[Thing, Iterable[tuple[Op, dict[str, str]]]] = {
        Thing.PROJECT: [(Op.DROP_PROJECT, {"project": name}), (Op.REMOVE_PROJECT, {"project": name, "token": key})],
        Thing.PERSON: [(Op.DROP_PERSON, {"name": name}), (Op.REMOVE_ACCOUNT, {"name": name, "password": key})],
        Thing.ISSUER: [(Op.DISTRUST_ISSUER, {"issuer": name})],
        Thing.REPORTER: [(Op.DISTRUST_REPORTER, {"key_id": name})],
        Thing.SIGSTORE: [(Op.DISTRUST_SIGSTORE, {"name": name})],
    }
    for op, given in ways[thing]:
        if target.can(op) and all(given.values()):
            try:
                answer = target.perform(op, **given)
            except (Unreachable, BudgetSpent, *_BROKEN):
                continue
            if answer.kind.is_yes or answer.kind.value == "missing":
                return True
    return thing is Thing.PROJECT and _was_never_made(target, name)


def _was_never_made(target: Driven, project: str) -> bool:
    """Report whether the index knows no file of a project: what was refused had been written down all the same."""
    if not target.can(Op.FILES):
        return False
    try:
        listed = target.perform(Op.FILES, project=project)
    except (Unreachable, BudgetSpent, *_BROKEN):
        return False
    return listed.kind.value == "missing" or (listed.kind.is_yes and listed.values.get("files") == [])


def require_known(only: Iterable[str]) -> frozenset[str]:
    """Return the names of probes, clauses, principles and tracks; ValueError when one names nothing."""
    wanted = frozenset(only)
    known = {name for p in every_probe() for name in (p.id, p.clause, p.clause[:-1], p.clause.split("-")[0].lower())}
    unknown = sorted(wanted - known)
    if unknown:
        raise ValueError(f"no probe, clause, principle or track is called {', '.join(unknown)}")
    return wanted


def chosen_probes(probes: Iterable[Probe], only: frozenset[str]) -> tuple[Probe, ...]:
    """Return the probes to ask: all, or those whose id, clause, principle or track is named."""
    return tuple(
        p for p in probes if not only or only & {p.id, p.clause, p.clause[:-1], p.clause.split("-")[0].lower()}
    )
