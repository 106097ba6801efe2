"""The probes of tokens, on rooms with and without the flaws that they look for.

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-3.2
"""

from dataclasses import replace

import httpx2
import pytest
from tests.assess.weakroom.room import BASE, Request, Room, route
from tests.assess.weakroom.visit import found, setting

from strongroom.assess import patterns
from strongroom.assess.documents import Library
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome
from strongroom.assess.run import ask, every_probe
from strongroom.principles.catalogue import Grade

ISSUING = [Op.ADD_TOKEN, Op.CREATE_TOKEN]


@pytest.mark.principle("AUTHZ-1.1")
def test_a_token_that_is_held_to_its_package_is_seen_to_be() -> None:
    assert found("AUTHZ-1.1a").outcome is Outcome.MET


@pytest.mark.principle("AUTHZ-1.1")
@pytest.mark.parametrize("flaw", ["AUTHZ-1.1a token-publishes-to-other-projects", "AUTHZ-1.1a token-creates-projects"])
def test_a_token_that_does_more_than_it_was_made_for_is_seen(flaw: str) -> None:
    assert found("AUTHZ-1.1a", flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("clause", ["AUTHZ-1.1a", "AUTHZ-1.2a"])
def test_where_no_token_can_be_made_none_is_looked_at(clause: str) -> None:
    assert found(clause, without=ISSUING).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("clause", ["AUTHZ-1.1a", "AUTHZ-1.2a", "AUTHZ-3.2a"])
def test_where_the_operator_cannot_make_tokens_people_do(clause: str) -> None:
    assert found(clause, without=[Op.ADD_TOKEN]).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("clause", "op"),
    [
        ("AUTHZ-1.1a", Op.PUBLISH),
        ("AUTHZ-1.1a", Op.ADD_TOKEN),
        ("AUTHZ-1.2a", Op.ADD_MAINTAINER),
        ("AUTHZ-1.2a", Op.ADD_TOKEN),
        ("AUTHZ-3.2a", Op.TOKEN_PATTERN),
    ],
)
def test_where_what_should_work_does_not_nothing_follows_of_tokens(clause: str, op: Op) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


@pytest.mark.principle("AUTHZ-1.2")
def test_a_prefix_of_its_own_is_seen() -> None:
    finding = found("AUTHZ-1.2a")
    assert finding.outcome is Outcome.MET
    assert "'weak_'" in finding.saw


@pytest.mark.principle("AUTHZ-1.2")
@pytest.mark.parametrize(
    "flaw",
    [
        "AUTHZ-1.2a tokens-without-prefix",
        "AUTHZ-1.2a tokens-begin-as-anybodys",
        "AUTHZ-1.2a minted-tokens-without-prefix",
        "AUTHZ-1.2a tokens-begin-with-the-name-of-their-owner",
    ],
)
def test_a_token_that_does_not_tell_its_repository_is_seen(flaw: str) -> None:
    assert found("AUTHZ-1.2a", flaw).outcome is Outcome.UNMET


@pytest.mark.parametrize("clause", ["AUTHZ-1.2a", "AUTHZ-3.2a"])
def test_where_nothing_is_minted_the_other_tokens_are_looked_at(clause: str) -> None:
    assert found(clause, issuer=None).outcome is Outcome.MET
    assert found(clause, refuse=[Op.MINT]).outcome is Outcome.MET


@pytest.mark.principle("AUTHZ-3.2")
def test_a_pattern_that_finds_tokens_is_seen() -> None:
    assert found("AUTHZ-3.2a").outcome is Outcome.MET


@pytest.mark.principle("AUTHZ-3.2")
@pytest.mark.parametrize("flaw", ["AUTHZ-3.2a pattern-misses-its-tokens", "AUTHZ-3.2a pattern-matches-anything"])
def test_a_pattern_that_finds_other_things_is_seen(flaw: str) -> None:
    assert found("AUTHZ-3.2a", flaw).outcome is Outcome.UNMET


@pytest.mark.principle("AUTHZ-3.2")
def test_without_a_token_to_try_it_with_a_pattern_is_documented() -> None:
    finding = found("AUTHZ-3.2a", without=ISSUING)
    assert (finding.outcome, finding.grade) == (Outcome.MET, Grade.DOCUMENTED)
    assert len(finding.sha256) == 64
    assert found("AUTHZ-3.2a", "AUTHZ-3.2a pattern-matches-anything", without=ISSUING).outcome is Outcome.UNMET


def test_without_a_place_where_the_pattern_is_published_nothing_follows() -> None:
    finding = found("AUTHZ-3.2a", without=[Op.TOKEN_PATTERN])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "no page was named" in finding.saw


def test_what_a_product_is_documented_to_lack_is_not_met() -> None:
    honest = setting(Room(), without=[Op.TOKEN_PATTERN])
    assert isinstance(honest.target, DrivenTarget)
    lacking = replace(honest.target.specification, lacks={Op.TOKEN_PATTERN: "It publishes no pattern."})
    probe = next(each for each in every_probe() if each.clause == "AUTHZ-3.2a")
    finding = ask(replace(honest, target=replace(honest.target, specification=lacking)), probe)
    assert (finding.outcome, finding.grade) == (Outcome.UNMET, Grade.DOCUMENTED)


@route("GET", "/handbook/{page}")
def handbook(room: Room, request: Request, page: str) -> httpx2.Response:
    """Speak of the room's tokens, in a page that only who is told of it finds."""
    says = "<p>For scanners: our tokens match the pattern <code>weak_[0-9a-f]{40}</code>.</p>"
    return httpx2.Response(200, html=says)


@pytest.mark.principle("AUTHZ-3.2")
def test_a_page_that_somebody_names_is_held_against_real_tokens() -> None:
    library = Library({"AUTHZ-3.2a": (f"{BASE}handbook/tokens",)})
    finding = found("AUTHZ-3.2a", without=[Op.TOKEN_PATTERN], library=library)
    assert (finding.outcome, finding.grade) == (Outcome.MET, Grade.OBSERVED), finding.saw
    finding = found("AUTHZ-3.2a", without=[Op.TOKEN_PATTERN, *ISSUING], library=library)
    assert (finding.outcome, finding.grade) == (Outcome.MET, Grade.DOCUMENTED), finding.saw


def test_a_strangers_pattern_is_tried_and_given_up_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert patterns.matches("a+", ["aa", "ab"]) == [True, False]
    monkeypatch.setattr(patterns, "SECONDS", 1)
    with pytest.raises(ValueError, match="too long"):
        patterns.matches("(a|a)*c", ["a" * 60])
    for wrong in ("(", "a" * (patterns.LONGEST_PATTERN + 1)):
        with pytest.raises(ValueError, match="pattern"):
            patterns.matches(wrong, [])
