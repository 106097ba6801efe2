"""The gate, the differences, the annotations and the plan that are derived from assessments.

Principles: none
"""

from datetime import date

import pytest
from tests.assess.worlds import CLAUSES, NOW, assessment, everything, evidence, finding

from strongroom.assess.annotations import Annotation, Reason, parse_annotations, silenced
from strongroom.assess.comparison import Change, differences
from strongroom.assess.evidence import Polarity
from strongroom.assess.gate import Exit, FailOn, judge, parse_minimum
from strongroom.assess.plan import Part, make_plan
from strongroom.assess.probing import Outcome
from strongroom.assess.reporting import Demands, report_of
from strongroom.assess.run import every_probe
from strongroom.principles.catalogue import Grade, Track, principles
from strongroom.principles.guidance import efforts, guidance

TODAY = date(2026, 11, 22)
LEVEL_3 = dict.fromkeys(Track, 3)


def note(clause: str, kind: str = "accepted-risk", expires: date = date(2027, 3, 1)) -> Annotation:
    return Annotation(clause, Reason(kind), "six users", "ops@example.org", expires)


def test_everything_met_passes_the_highest_gate() -> None:
    assert judge(assessment(everything()), LEVEL_3, list(FailOn)).exit is Exit.OK


def test_a_track_below_its_minimum_fails_and_says_what_is_in_the_way() -> None:
    verdict = judge(assessment(everything(but=["GEN-2.3a"])), {Track.GENERAL: 2})
    assert verdict.exit is Exit.GATE
    assert verdict.failures == ("general is at level 1, not 2; in the way: GEN-2.3",)


def test_without_a_gate_a_low_level_is_a_report() -> None:
    assert judge(assessment([]), {}).exit is Exit.OK


def test_a_run_in_which_a_probe_broke_is_incomplete_but_a_failed_gate_outweighs_it() -> None:
    broken = assessment(everything(), [finding(outcome=Outcome.ERROR)])
    assert judge(broken, LEVEL_3).exit is Exit.INCOMPLETE
    assert judge(assessment([], [finding(outcome=Outcome.ERROR)]), LEVEL_3).exit is Exit.GATE


def test_a_run_without_any_probe_is_incomplete() -> None:
    assert judge(assessment(everything(), []), LEVEL_3).exit is Exit.INCOMPLETE


def test_a_run_that_left_something_behind_says_so_before_all_else() -> None:
    assert judge(assessment([], left=("project x",)), LEVEL_3).exit is Exit.UNSAFE


def test_an_annotation_silences_the_gate_and_moves_no_level() -> None:
    found = assessment(everything(but=["GEN-2.3a"]))
    assert judge(found, {Track.GENERAL: 3}, silenced=silenced([note("GEN-2.3a")], TODAY)).exit is Exit.OK
    assert next(t.confirmed for t in found.tracks if t.track is Track.GENERAL) == 1


def test_an_annotation_that_has_expired_silences_nothing_and_is_named() -> None:
    old = note("GEN-2.3a", expires=date(2026, 11, 21))
    found = assessment(everything(but=["GEN-2.3a"]))
    report = report_of(found, Demands({Track.GENERAL: 2}, annotations=(old,)), every_probe(), TODAY)
    assert report.verdict.exit is Exit.GATE
    assert "the annotation of GEN-2.3a by ops@example.org has expired on 2026-11-21" in report.verdict.notes


def test_an_annotation_of_what_is_met_is_to_be_taken_out() -> None:
    report = report_of(assessment(everything()), Demands({}, annotations=(note("GEN-2.3a"),)), every_probe(), TODAY)
    assert "GEN-2.3a is met: take its annotation out" in report.verdict.notes


def test_conflicts_and_what_has_expired_fail_where_that_is_asked() -> None:
    claim = evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="a page")
    conflict = assessment([claim, evidence("GEN-1.1a", Polarity.CONTRADICTS)])
    assert judge(conflict, {}, [FailOn.CONFLICT]).exit is Exit.GATE
    assert judge(assessment([evidence("GEN-1.1a", days_old=91)]), {}, [FailOn.STALE]).exit is Exit.GATE


@pytest.mark.parametrize("text", ["authn", "authn=4", "auth=1", "authn=-1", "=", "authn=1=1"])
def test_a_minimum_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no minimum"):
        parse_minimum(text)


def test_a_regression_is_told_first_and_fails_the_gate() -> None:
    before = assessment(everything(but=["GEN-1.2a"]))
    after = assessment(everything(but=["GEN-2.3a"]))
    found = differences(before, after)
    assert [(d.clause, d.change) for d in found] == [("GEN-2.3a", Change.REGRESSED), ("GEN-1.2a", Change.IMPROVED)]
    assert judge(after, {}, [FailOn.REGRESSION], changes=found).exit is Exit.GATE


def test_what_another_version_of_a_probe_sees_is_no_regression() -> None:
    before = assessment([evidence("GEN-1.2a", source="probe n", version=1, days_old=1)])
    after = assessment([evidence("GEN-1.2a", Polarity.CONTRADICTS, source="probe n", version=2)])
    assert [d.change for d in differences(before, after)] == [Change.PROBE]


def test_weaker_evidence_is_told() -> None:
    before = assessment([evidence("GEN-1.1a")])
    after = assessment([evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="a page")])
    assert [d.change for d in differences(before, after)] == [Change.WEAKER]


def test_two_targets_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different targets"):
        differences(assessment([]), assessment([], url="http://127.0.0.1:2/"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {clause: GEN-2.3a, kind: accepted-risk, reason: r, owner: o}", "lacks"),
        ("- {clause: GEN-9.9a, kind: accepted-risk, reason: r, owner: o, expires: 2027-01-01}", "none"),
        ("- {clause: GEN-2.3a, kind: perhaps, reason: r, owner: o, expires: 2027-01-01}", "perhaps"),
        ("- {clause: GEN-2.3a, kind: planned, reason: r, owner: o, expires: 2028-01-01}", "more than a year"),
        ("- {clause: GEN-2.3a, kind: planned, reason: '', owner: o, expires: 2027-01-01}", "a reason and an owner"),
        ("- {clause: GEN-2.3a, kind: planned, reason: r, owner: o, expires: 2027-01-01, wish: x}", "no annotation"),
        ("a: b", "is a list"),
        ("- [", "no YAML"),
        ("- &a [*a]", "cannot be read"),
    ],
)
def test_an_annotation_that_is_not_whole_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_annotations(text, TODAY)


def test_an_annotation_may_write_its_clause_with_a_dot() -> None:
    text = "- {clause: GEN-2.1.b, kind: planned, reason: r, owner: ops, expires: 2027-01-01}"
    assert parse_annotations(text, TODAY)[0].clause == "GEN-2.1b"


def test_every_principle_has_guidance_and_its_needs_come_from_no_higher_level() -> None:
    levels = {each.id: each.level for each in principles()}
    for each in principles():
        advice = guidance(each.id)
        assert advice.attacks
        assert all(text.endswith(".") for text in advice.remedies.values())
        assert all(levels[need] <= each.level for need in advice.needs)


def test_the_plan_finds_out_first_then_mends_then_climbs() -> None:
    claimed = evidence("AUTHZ-1.1a", grade=Grade.DOCUMENTED, source="a page")
    known = [e for e in everything(but=["AUTHZ-1.1a", "GEN-2.1a", "GEN-3.3a"]) if e.clause != "CLI-3.3a"]
    plan = make_plan(assessment([*known, claimed]), every_probe())
    assert [(i.part, i.principle) for i in plan.items] == [
        (Part.FIND_OUT, "CLI-3.3"),
        (Part.FIX_NOW, "AUTHZ-1.1"),
        (Part.NEXT_LEVEL, "GEN-2.1"),
        (Part.LATER, "GEN-3.3"),
    ]
    assert plan.items[2].acceptance == ("GEN-2.1a: the probe published-version-is-never-replaced is green",)


def test_what_must_come_first_comes_first() -> None:
    plan = make_plan(assessment(everything(but=[c.id for c in CLAUSES if c.id.startswith("AUTHN-3")])), every_probe())
    order = [i.principle for i in plan.items]
    assert order.index("AUTHN-3.1") < order.index("AUTHN-3.3")


def test_a_budget_buys_whole_levels_the_lowest_track_first() -> None:
    found = assessment(everything(but=["GEN-1.1a", "CLI-1.1a", "AUTHZ-3.3a"]))
    small, middle, large = (make_plan(found, every_probe(), budget_days=days).reach for days in (0, 4, 64))
    assert small == ()
    assert [(b.track, b.level, b.items) for b in middle] == [
        (Track.GENERAL, 1, ("GEN-1.1",)),
        (Track.CLI, 1, ("CLI-1.1",)),
    ]
    assert (Track.AUTHORIZATION, 3) in [(b.track, b.level) for b in large]
    assert sum(b.days for b in large) <= 64


def test_a_budget_promises_nothing_that_nobody_knows() -> None:
    assert make_plan(assessment([]), every_probe(), budget_days=10_000).reach == ()


def test_who_promised_it_and_until_when_stands_in_the_plan() -> None:
    promise = note("GEN-2.3a", "planned", date(2027, 1, 31))
    found = assessment(everything(but=["GEN-2.3a"]))
    item = report_of(found, Demands({}, annotations=(promise,)), every_probe(), NOW.date()).plan.items[0]
    assert (item.principle, item.owner, item.due) == ("GEN-2.3", "ops@example.org", "2027-01-31")


def test_sizes_of_effort_rise() -> None:
    days = [each.days for each in efforts().values()]
    assert days == sorted(days)
