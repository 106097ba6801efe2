"""Assessments made by hand, for tests of what is derived from them.

Principles: none
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from strongroom.assess.document import Assessment, Circumstances, assess
from strongroom.assess.evidence import Evidence, Polarity
from strongroom.assess.gate import Exit, Verdict
from strongroom.assess.plan import make_plan
from strongroom.assess.probing import Finding, Outcome
from strongroom.assess.reports.report import Report
from strongroom.assess.run import every_probe
from strongroom.principles.catalogue import Grade, principles

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YES = {"accounts": frozenset({"yes"}), "accepts": frozenset({"built"})}
CLAUSES = tuple(clause for principle in principles() for clause in principle.clauses)
REQUIRED = tuple(clause for clause in CLAUSES if clause.required)


def evidence(
    clause: str,
    polarity: Polarity = Polarity.SUPPORTS,
    grade: Grade = Grade.OBSERVED,
    *,
    source: str = "probe p",
    says: str = "Seen.",
    days_old: float = 0.0,
    lives_days: float = 90.0,
    version: int = 1,
) -> Evidence:
    """Return one piece of evidence."""
    collected = NOW - timedelta(days=days_old)
    expires = collected + timedelta(days=lives_days)
    return Evidence(clause, polarity, grade, source, says, collected, expires, version)


def circumstances(**changed: object) -> Circumstances:
    """Return the circumstances of a run that went well."""
    plain: dict[str, object] = {
        "run": "r1",
        "url": "http://127.0.0.1:1/",
        "product": "Anvilry",
        "driver": "generic-pypi",
        "driver_version": "1",
        "tool_version": "1",
        "safety": "sandbox",
        "proof": "the repository is on this machine",
        "started": NOW - timedelta(seconds=30),
        "ended": NOW,
    }
    return Circumstances(**{**plain, **changed})  # type: ignore[arg-type]


def finding(clause: str = "GEN-2.1a", outcome: Outcome = Outcome.MET, saw: str = "Seen.") -> Finding:
    """Return what a probe found."""
    return Finding("p", clause, 1, outcome, saw, (), NOW, NOW)


def assessment(
    pieces: Iterable[Evidence] = (), findings: Iterable[Finding] | None = None, **changed: object
) -> Assessment:
    """Return an assessment of these pieces of evidence."""
    found = (finding(),) if findings is None else tuple(findings)
    return assess(circumstances(**changed), YES, found, tuple(pieces), NOW)


def everything(*, but: Iterable[str] = ()) -> list[Evidence]:
    """Return observed support for every clause but some, which were seen not to be met."""
    wanting = frozenset(but)
    return [
        evidence(each.id, Polarity.CONTRADICTS if each.id in wanting else Polarity.SUPPORTS, source=f"probe {each.id}")
        for each in CLAUSES
    ]


def report(found: Assessment, *, budget_days: int | None = None) -> Report:
    """Return the report of an assessment."""
    return Report(found, make_plan(found, every_probe(), budget_days=budget_days), Verdict(Exit.OK, (), ()))
