"""From a run to its report: plan, changes since the last time, annotations, gate.

Principles: none
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from strongroom.assess.annotations import Annotation, Reason, silenced
from strongroom.assess.comparison import differences, regressions
from strongroom.assess.document import Assessment, Circumstances
from strongroom.assess.evaluation import State
from strongroom.assess.gate import FailOn, Verdict, judge
from strongroom.assess.plan import Item, Plan, make_plan
from strongroom.assess.probing import Probe
from strongroom.assess.reports.report import Report, printable
from strongroom.assess.wire import Exchange
from strongroom.principles.catalogue import Track


@dataclass(frozen=True, slots=True)
class Demands:
    """What the asker wants of the report beside the measurement."""

    minimum: Mapping[Track, int]
    fail_on: frozenset[FailOn] = frozenset()
    annotations: tuple[Annotation, ...] = ()
    baseline: Assessment | None = None
    extra: tuple[Item, ...] = ()
    budget_days: int | None = None
    signed_off_by: str = ""


def report_of(
    assessment: Assessment, demands: Demands, probes: Sequence[Probe], today: date, exchanges: tuple[Exchange, ...] = ()
) -> Report:
    """Return the report of an assessment; ValueError when the baseline is another target's."""
    assessment = replace(assessment, circumstances=_printable(assessment.circumstances))
    changes = differences(demands.baseline, assessment) if demands.baseline else ()
    plan = make_plan(
        assessment, probes, regressed=regressions(changes), extra=demands.extra, budget_days=demands.budget_days
    )
    quiet = silenced(demands.annotations, today)
    verdict = judge(assessment, demands.minimum, demands.fail_on, changes=changes, silenced=quiet)
    return Report(
        assessment=assessment,
        plan=assigned(plan, demands.annotations),
        verdict=noted(verdict, assessment, demands.annotations, today),
        changes=changes,
        annotations=demands.annotations,
        signed_off_by=demands.signed_off_by,
        exchanges=exchanges,
    )


def _printable(told: Circumstances) -> Circumstances:
    # A kept document may come from anybody, and all of this is shown on terminals and in pages.
    return replace(
        told,
        run=printable(told.run),
        url=printable(told.url),
        product=printable(told.product),
        proof=printable(told.proof),
        aborted=printable(told.aborted),
        lost=printable(told.lost),
        left=tuple(map(printable, told.left)),
    )


def assigned(plan: Plan, annotations: Sequence[Annotation]) -> Plan:
    """Return the plan with owner and day where a clause of an item is annotated as planned."""
    promised = {each.clause: each for each in annotations if each.kind is Reason.PLANNED}

    def with_owner(item: Item) -> Item:
        found = next((promised[gap.split(" ")[0]] for gap in item.gap if gap.split(" ")[0] in promised), None)
        return replace(item, owner=found.owner, due=found.expires.isoformat()) if found else item

    return replace(plan, items=tuple(map(with_owner, plan.items)))


def noted(verdict: Verdict, assessment: Assessment, annotations: Sequence[Annotation], today: date) -> Verdict:
    """Return the verdict with a note for every annotation that has expired, or whose clause is met by now."""
    states = {each.clause.id: each.state for each in assessment.clauses}
    notes = list(verdict.notes)
    for each in annotations:
        if not each.is_live(today):
            notes.append(f"the annotation of {each.clause} by {each.owner} has expired on {each.expires}")
        elif states.get(each.clause) is State.MET:
            notes.append(f"{each.clause} is met: take its annotation out")
    return replace(verdict, notes=tuple(notes))
