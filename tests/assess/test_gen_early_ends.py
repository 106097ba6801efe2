"""Runs that end before, between or after the probes, and probes that a target's nonsense breaks: each leaves a report.

Principles: none
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest
from tests.assess.weakroom.room import ManualClock, Room
from tests.assess.weakroom.visit import SeededChance, driver, setting

from strongroom.assess.annotations import parse_annotations
from strongroom.assess.consent import Consent
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.journal import Thing
from strongroom.assess.plain_yaml import parse_day
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.questionnaire import Answer as Said
from strongroom.assess.questionnaire import Answers, Says, parse_answers
from strongroom.assess.run import ask, chosen_probes, clean_up, every_probe, probe_target
from strongroom.assess.session import Run, Wish, World, assess_target
from strongroom.principles.catalogue import Grade

TODAY = date(2026, 11, 22)
ADA = Answers("Ada", "operator", TODAY, (Said("GEN-1.2a", Says.YES, "http://127.0.0.1:9/policy", "We keep it all."),))


def run_on(answer: Callable[[httpx2.Request], httpx2.Response], wish: Wish) -> tuple[Run, list[Finding]]:
    told: list[Finding] = []
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    world = World(ManualClock(), SeededChance(), client, told=lambda finding, done, of: told.append(finding))
    return assess_target(wish, world), told


def busy(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(429)


def busy_at(path: str) -> Callable[[httpx2.Request], httpx2.Response]:
    return lambda request: httpx2.Response(429 if request.url.path == path else 404)


def ask_to_stop(run: Run) -> bool:
    return "asks for fewer requests" in run.assessment.circumstances.aborted


def test_a_target_that_is_not_well_when_it_is_greeted_gets_a_report_that_says_so() -> None:
    run, told = run_on(busy, Wish("http://127.0.0.1:9/", "r1", Safety.SANDBOX))
    assert ask_to_stop(run)
    assert (told, run.assessment.circumstances.product) == ([], "")
    assert len(run.exchanges) == 1


def test_a_target_that_is_not_well_when_it_is_asked_for_leave_gets_one_too() -> None:
    run, told = run_on(
        busy_at("/.well-known/strongroom-assess.txt"), Wish("http://repository.test/", "r1", Safety.SANDBOX)
    )
    assert ask_to_stop(run)
    assert (told, run.assessment.circumstances.driver) == ([], "generic-pypi")


def slow(clock: list[float]) -> Callable[[httpx2.Request], httpx2.Response]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        clock[0] += 50
        return httpx2.Response(404)

    return answer


def test_a_greeting_that_takes_all_its_time_is_told_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [time.monotonic()]
    monkeypatch.setattr("strongroom.assess.wire.time.monotonic", lambda: seconds[0])
    run, _ = run_on(slow(seconds), Wish("http://repository.test/", "r1"))
    assert "could not be reached" in run.assessment.circumstances.lost


def test_a_target_that_is_not_well_at_its_documents_keeps_what_was_said_and_says_so() -> None:
    wish = Wish("http://127.0.0.1:9/", "r1", Safety.SANDBOX, only=frozenset({"AUTHN-3.1"}), answers=ADA)
    run, told = run_on(busy_at("/policy"), wish)
    assert ask_to_stop(run)
    assert [each.outcome for each in told] == [Outcome.NOT_RUN]
    said = [each for clause in run.assessment.clauses for each in clause.evidence if each.source == "statement of Ada"]
    assert [each.grade for each in said] == [Grade.ATTESTED]


def test_a_target_that_is_lost_at_its_documents_says_so() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(500 if request.url.path.startswith("/policy") else 404)

    many = tuple(Said("GEN-1.2a", Says.YES, f"http://127.0.0.1:9/policy{n}", "We keep it all.") for n in range(9))
    wish = Wish("http://127.0.0.1:9/", "r1", only=frozenset({"AUTHN-3.1"}), answers=replace(ADA, answers=many))
    run, _ = run_on(answer, wish)
    assert "got no answer" in run.assessment.circumstances.lost


MOMENTS = ["2027-03-01 12:00:00", "2027-03-01T23:30:00-08:00", "2027-03-01", "'2027-03-01'"]


@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_where_a_day_is_meant_is_its_day(text: str) -> None:
    entry = f"- {{clause: GEN-2.3a, kind: planned, reason: r, owner: o, expires: {text}}}"
    assert parse_annotations(entry, TODAY)[0].expires == date(2027, 3, 1)
    answers = parse_answers(f"by: {{name: a, role: b, date: 2026-11-01 10:00:00, until: {text}}}\nanswers: []", TODAY)
    assert (answers.on, answers.until) == (date(2026, 11, 1), date(2027, 3, 1))


@pytest.mark.parametrize("found", ["soon", 20270301.5, True, [], {"a": 1}, "x" * 1000])
def test_what_is_no_day_is_refused_with_words(found: object) -> None:
    with pytest.raises(ValueError, match="is no day, as in 2027-03-01"):
        parse_day(found)
    assert parse_day(datetime(2027, 3, 1, 23, tzinfo=UTC)) == date(2027, 3, 1)


def test_a_probe_that_is_named_and_may_not_be_asked_says_that_it_needs_leave_for_more() -> None:
    chosen = chosen_probes(every_probe(), frozenset({"GEN-2.1"}))
    assert {each.clause for each in chosen} == {"GEN-2.1a", "GEN-2.1b", "GEN-2.1c"}
    looking = replace(setting(Room()), consent=Consent(Safety.PASSIVE, ""))
    says = {each.clause: each.saw for each in probe_target(looking, chosen).findings if each.outcome is Outcome.NOT_RUN}
    assert set(says) >= {"GEN-2.1a", "GEN-2.1b"}
    assert all("needs leave for more" in each for each in says.values())


class NonsenseTarget(DrivenTarget):
    """A target whose every answer is one that nobody foresaw."""

    def perform(self, op: Op, **given: object) -> Answer:
        """Answer nonsense."""
        raise next(ERRORS)


ERRORS: Iterator[Exception] = iter(())
NONSENSE = [TypeError("None[0]"), AttributeError("no .get"), IndexError("0"), OverflowError("inf"), RecursionError("[")]


@pytest.mark.parametrize("error", NONSENSE, ids=lambda each: type(each).__name__)
def test_a_probe_that_nonsense_breaks_has_failed_and_no_other(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ERRORS", iter(lambda: error, None))
    home = setting(Room())
    target = NonsenseTarget(driver(), home.wire, {"base": home.wire.base})
    finding = ask(replace(home, target=target), next(each for each in every_probe() if each.clause == "AUTHN-1.3a"))
    assert finding.outcome is Outcome.ERROR
    assert type(error).__name__ in finding.saw


@pytest.mark.parametrize("error", NONSENSE, ids=lambda each: type(each).__name__)
def test_nonsense_at_the_cleaning_leaves_the_thing_in_the_journal(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ERRORS", iter(lambda: error, None))
    home = setting(Room())
    home.journal.about_to_make(Thing.PROJECT, "srprobe-x", "token")
    target = NonsenseTarget(driver(), home.wire, {"base": home.wire.base})
    assert clean_up(replace(home, target=target)) == ("project srprobe-x",)


def test_a_folder_of_a_run_is_not_needed_to_end_early(tmp_path: Path) -> None:
    run, _ = run_on(busy, Wish("http://127.0.0.1:9/", "r1", Safety.SANDBOX, folder=tmp_path))
    assert ask_to_stop(run)
    assert (tmp_path / "transcript.jsonl").is_file()
