"""Every report of the same run: whole, valid, and deaf to what a hostile target says.

Principles: none
"""

import csv
import hashlib
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import jsonschema_rs
import pytest
from tests.assess.worlds import CLAUSES, assessment, everything, evidence, finding, report

from strongroom.assess.document import from_document, to_text
from strongroom.assess.evidence import Polarity
from strongroom.assess.probing import Outcome, evidence_of
from strongroom.assess.reports import VIEWS
from strongroom.assess.reports.report import Report
from strongroom.assess.run import every_probe
from strongroom.principles.catalogue import Grade, principles
from strongroom.principles.guidance import Persona, guidance

SCHEMAS = Path(__file__).parents[2] / "vectors/oscal"
HOSTILE = "</script><img src=x onerror=alert(1)> =cmd|'/c calc'!A1 \x00\x1b[31m [x](javascript:1) | `` \ufffe"

UNLIKE = {
    "nothing known": assessment([]),
    "everything met": assessment(everything()),
    "much unmet": assessment(everything(but=["GEN-1.1a", "AUTHN-2.4a", "AUTHZ-3.1b", "CLI-2.1a"])),
    "a conflict": assessment(
        [evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="a page"), evidence("GEN-1.1a", Polarity.CONTRADICTS)]
    ),
    "lost": assessment([], [], lost="the target could not be reached: refused"),
    "hostile": assessment(
        [evidence(c.id, Polarity.CONTRADICTS, says=HOSTILE) for c in CLAUSES],
        [finding(saw=HOSTILE)],
        product=HOSTILE,
        left=(HOSTILE,),
        lost=HOSTILE,
    ),
}
REPORTS = {name: report(found, budget_days=30) for name, found in UNLIKE.items()}
every_report = pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)


@cache
def validator(name: str) -> Any:
    # NIST's schemas use \p{L}, which Python's own expressions do not know.
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


@every_report
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_every_run_the_same_each_time(view: str, shown: Report) -> None:
    text = VIEWS[view].make(shown)
    assert text
    assert text == VIEWS[view].make(shown)


@every_report
def test_the_assessment_results_are_oscal(shown: Report) -> None:
    validator("assessment-results").validate(json.loads(VIEWS["oscal-ar"].make(shown)))


@every_report
def test_the_plan_of_action_is_oscal(shown: Report) -> None:
    validator("poam").validate(json.loads(VIEWS["oscal-poam"].make(shown)))


def test_the_schema_refuses_what_is_no_oscal() -> None:
    broken = json.loads(VIEWS["oscal-ar"].make(REPORTS["everything met"]))
    del broken["assessment-results"]["results"][0]["start"]
    assert not validator("assessment-results").is_valid(broken)


@every_report
def test_the_canonical_document_is_read_again_as_the_same_assessment(shown: Report) -> None:
    document = json.loads(to_text(shown.assessment))
    assert to_text(from_document(document)) == to_text(shown.assessment)
    assert json.loads(VIEWS["json"].make(shown))["tracks"] == document["tracks"]


@pytest.mark.parametrize("field", ["schema", "target", "evidence", "findings", "tool", "floor"])
def test_a_document_that_is_not_whole_is_an_error(field: str) -> None:
    document = json.loads(to_text(UNLIKE["everything met"]))
    del document[field]
    with pytest.raises(ValueError, match="this"):
        from_document(document)


@every_report
def test_junit_has_a_case_for_each_clause_and_counts_them(shown: Report) -> None:
    root = ElementTree.fromstring(VIEWS["junit"].make(shown))
    assert len(root.findall(".//testcase")) == len(CLAUSES)
    for suite in root.findall("testsuite"):
        assert int(suite.get("failures", "")) == len(suite.findall(".//failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall(".//skipped"))


def test_junit_fails_what_is_unmet_and_skips_what_nobody_knows() -> None:
    root = ElementTree.fromstring(VIEWS["junit"].make(REPORTS["much unmet"]))
    failed = {case.get("name", "").split()[0] for case in root.iter("testcase") if case.find("failure") is not None}
    assert failed == {"GEN-1.1a", "AUTHN-2.4a", "AUTHZ-3.1b", "CLI-2.1a"}
    assert len(ElementTree.fromstring(VIEWS["junit"].make(REPORTS["nothing known"])).findall(".//skipped")) == len(
        CLAUSES
    )


@pytest.mark.parametrize("view", ["html", "badge"])
def test_markup_of_a_target_stays_text(view: str) -> None:
    text = VIEWS[view].make(REPORTS["hostile"])
    assert "<img" not in text
    assert "<script" not in text.lower()


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    text = VIEWS["html"].make(REPORTS["much unmet"])
    assert "default-src 'none'" in text
    for word in ("<script", "src=", "@import", "url(", "<link", "<iframe", "onclick"):
        assert word not in text


@pytest.mark.parametrize("view", ["csv", "plan-csv"])
def test_no_cell_is_a_formula(view: str) -> None:
    for row in csv.reader(io.StringIO(VIEWS[view].make(REPORTS["hostile"]))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@")]


@pytest.mark.parametrize("view", ["md", "plan", "issues"])
def test_markdown_of_a_target_stays_text(view: str) -> None:
    text = VIEWS[view].make(REPORTS["hostile"])
    assert "<img" not in text.replace("\\<img", "")
    assert "[x](" not in text


def test_the_terminal_obeys_no_control_character_of_a_target() -> None:
    text = VIEWS["terminal"].make(REPORTS["hostile"])
    assert "\ufffd[31m" in text
    assert "\x00" not in text


def test_the_terminal_says_everything_without_colour() -> None:
    text = click.unstyle(VIEWS["terminal"].make(REPORTS["much unmet"]))
    assert "Authentication         level 1" in text
    assert "✗ AUTHN-2.4" in text
    assert "Not met" in text
    assert "What to do next" in text
    assert max(map(len, text.splitlines())) <= 140


def test_the_terminal_puts_conflicts_before_what_is_merely_unmet() -> None:
    text = click.unstyle(VIEWS["terminal"].make(REPORTS["a conflict"]))
    assert text.index("Claimed, and seen not to be so") < text.index("Not met")


def test_a_run_that_lost_its_target_says_so_in_every_report_for_people() -> None:
    for view in ("terminal", "html", "md", "json"):
        assert "could not be reached" in VIEWS[view].make(REPORTS["lost"]).replace("\\", "")


def test_the_badge_has_a_level_for_each_track_and_a_day() -> None:
    text = VIEWS["badge"].make(REPORTS["much unmet"])
    ElementTree.fromstring(text)
    for word in ("authn 1", "authz 2", "gen 0", "cli 1", "2026-11-22"):
        assert word in text


def test_the_badge_of_an_incomplete_run_is_grey() -> None:
    assert "#186a3b" in VIEWS["badge"].make(REPORTS["everything met"])
    assert set(VIEWS["badge"].make(REPORTS["lost"]).split('fill="')[1:]) and "#186a3b" not in VIEWS["badge"].make(
        REPORTS["lost"]
    )


def test_the_statement_names_the_canonical_report_by_its_digest() -> None:
    statement = json.loads(VIEWS["in-toto"].make(REPORTS["everything met"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    digest = hashlib.sha256(VIEWS["json"].make(REPORTS["everything met"]).encode()).hexdigest()
    assert statement["subject"][0]["digest"] == {"sha256": digest}


def test_the_proposal_names_gap_cost_and_acceptance_of_every_item() -> None:
    text = VIEWS["plan"].make(REPORTS["much unmet"])
    for word in ("Gap: ", "What it stops: ", "Effort: ", "Running cost: ", "Done when: ", "With 30 days of work"):
        assert word in text


def test_no_outcome_of_a_probe_lacks_its_sentence() -> None:
    for probe in every_probe():
        for text in (probe.question, probe.yes, probe.no):
            assert re.fullmatch(r"([^a-z\s]|security\.txt ).*[.?]", text, re.DOTALL), f"{probe.id}: {text}"
        assert probe.question.endswith("?"), probe.id


def test_no_state_of_a_clause_lacks_its_words() -> None:
    states = {Outcome.MET, Outcome.PARTLY, Outcome.UNMET, Outcome.INCONCLUSIVE, Outcome.NOT_RUN, Outcome.ERROR}
    for outcome in states:
        found = finding(outcome=outcome, saw="Why.")
        proof = evidence_of(found)
        shown = report(assessment([proof] if proof else [], [found]))
        assert "Why." in VIEWS["html"].make(shown), outcome
    for each in principles():
        assert set(guidance(each.id).remedies) == set(Persona)
