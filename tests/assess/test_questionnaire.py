"""The questionnaire: only what is open is asked, and an answer is worth what bears it out.

Principles: none
"""

from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
import yaml
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import setting
from tests.assess.worlds import NOW, YES, assessment, everything

from strongroom.assess.documents import Library
from strongroom.assess.evaluation import State, evaluate
from strongroom.assess.evidence import Polarity
from strongroom.assess.questionnaire import documented, open_questions, parse_answers, sheet, statements
from strongroom.assess.registries import CAUTION, chosen, claims, in_full, registries, table
from strongroom.assess.run import stage_of
from strongroom.assess.stage import Stage
from strongroom.assess.wire import Budget
from strongroom.principles.catalogue import Grade, principles

TODAY = date(2026, 11, 22)
BY = "by: {name: Ada, role: operator, date: 2026-11-01}\n"


def answers(*entries: str, by: str = BY) -> str:
    return by + "answers:\n" + "".join(f"  - {{{each}}}\n" for each in entries)


def test_only_what_is_open_is_asked_the_required_first_and_the_lowest_level_first() -> None:
    known = [e for e in everything() if e.clause not in ("GEN-3.1a", "GEN-1.1b", "AUTHN-1.4c", "CLI-2.1a")]
    assert [each.id for each in open_questions(assessment(known))] == ["GEN-1.1b", "CLI-2.1a", "GEN-3.1a", "AUTHN-1.4c"]


def test_an_empty_sheet_given_back_says_nothing() -> None:
    text = sheet(assessment([]))
    assert len(yaml.safe_load(text)["answers"]) > 40
    assert parse_answers(text, TODAY).answers == ()


def test_an_answer_is_a_statement_that_ends() -> None:
    found = parse_answers(answers("clause: GEN-3.1a, answer: yes, note: reviewed in March"), TODAY)
    (piece,) = statements(found)
    assert (piece.grade, piece.polarity, piece.actor) == (Grade.ATTESTED, Polarity.SUPPORTS, "Ada, operator")
    assert piece.expires - piece.collected == timedelta(days=550)
    states = {c.clause.id: c.state for t in evaluate([piece], YES, NOW) for p in t.principles for c in p.clauses}
    assert states["GEN-3.1a"] is State.MET


def test_who_answers_may_say_until_when() -> None:
    by = "by: {name: Ada, role: operator, date: 2026-11-01, until: 2026-12-01}\n"
    (piece,) = statements(parse_answers(answers("clause: GEN-3.1a, answer: no", by=by), TODAY))
    assert piece.expires == datetime(2026, 12, 1, tzinfo=UTC)
    assert piece.polarity is Polarity.CONTRADICTS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("answers: []", "by"),
        (answers("clause: GEN-3.1a, answer: yes", by="by: {name: '', role: x}\n"), "name and the role"),
        (answers("clause: GEN-9.1a, answer: yes"), "no clause GEN-9.1a"),
        (answers("clause: GEN-3.1a, answer: surely"), "surely"),
        (answers("clause: GEN-3.1a, answer: yes, proof: x"), "no answer"),
        (answers("clause: GEN-3.1a, answer: yes, url: ftp://x"), "no address"),
        (answers("clause: GEN-3.1a, answer: yes, quote: short"), "too short"),
        (answers("clause: GEN-3.1a, answer: yes", by="by: {name: A, role: x, date: 2026-12-01}\n"), "to come"),
        (BY + "answers: {}", "is a list"),
        ("[", "no YAML"),
    ],
)
def test_a_sheet_that_is_not_whole_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_answers(text, TODAY)


def stage(page: str) -> Stage:
    room = Room()
    made = setting(room, tools={"library": Library(may_read=lambda _: True)})

    def answer(request: httpx2.Request) -> httpx2.Response:
        there = request.url.path == "/review"
        return httpx2.Response(200 if there else 404, html=f"<html><body><p>{page}</p></body></html>")

    made.wire._client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return stage_of(made, "answers", Budget(20, 20))


QUOTED = "clause: GEN-3.1a, answer: yes, url: 'https://example.org/review', quote: reviewed by Acme in March 2026"


def test_a_quote_that_is_on_the_page_is_a_document() -> None:
    found = parse_answers(answers(QUOTED), TODAY)
    (piece,) = documented(found, stage("It was <b>Reviewed</b>  by Acme in\nMarch 2026, whole."), NOW)
    assert (piece.grade, piece.source) == (Grade.DOCUMENTED, "https://example.org/review")
    assert len(piece.sha256) == 64


@pytest.mark.parametrize("page", ["Nothing of the kind is said here.", "reviewed by Acme in March 2025"])
def test_a_quote_that_is_not_on_the_page_stays_a_statement(page: str) -> None:
    assert list(documented(parse_answers(answers(QUOTED), TODAY), stage(page), NOW)) == []


def test_thirteen_registries_are_compared_principle_by_principle() -> None:
    assert len(registries()) == 13
    assert len(claims()) == 13 * len(principles())
    assert {claim.verdict for claim in claims()} == {"met", "partly", "not met", "not applicable", "not verified"}


def test_claims_are_dated_and_shown_as_claims() -> None:
    assert all(claim.dated[:2] == "20" for claim in claims() if claim.verdict == "met")
    found = chosen(["pypi", "npm"], ["AUTHN-3.1"])
    assert CAUTION in table(found)
    assert "looked for and not found" in in_full(chosen([], [])) and CAUTION in in_full(found)


def test_what_was_seen_stands_in_a_column_of_its_own() -> None:
    text = table(chosen(["pypi"], ["AUTHN-3.1"]), {"AUTHN-3.1": "met"})
    assert text.splitlines()[0].split() == ["seen", "PyPI"]
    assert text.splitlines()[1].split()[-2:] == ["met", "-"]


@pytest.mark.parametrize(("names", "ids"), [(["nowhere"], []), ([], ["GEN-9.9"])])
def test_an_unknown_registry_or_principle_is_an_error(names: list[str], ids: list[str]) -> None:
    with pytest.raises(ValueError, match="there is no"):
        chosen(names, ids)
