"""From evidence to levels: what counts, what beats what, and what can never happen.

Principles: none
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.worlds import CLAUSES, NOW, REQUIRED, YES, everything, evidence

from strongroom.assess.evaluation import ClauseResult, State, TrackResult, Why, evaluate
from strongroom.assess.evidence import Evidence, Polarity, from_ledger, to_ledger
from strongroom.principles.catalogue import Grade, Track

HEIGHT = {State.UNMET: 0, State.PARTLY: 1, State.UNKNOWN: 2, State.NOT_APPLICABLE: 2, State.MET: 3}


def results(pieces: Iterable[Evidence], floor: Grade = Grade.ATTESTED) -> dict[str, ClauseResult]:
    tracks = evaluate(pieces, YES, NOW, floor)
    return {c.clause.id: c for t in tracks for p in t.principles for c in p.clauses}


def track(pieces: Iterable[Evidence], which: Track, **taxonomy: frozenset[str]) -> TrackResult:
    return next(t for t in evaluate(pieces, {**YES, **taxonomy}, NOW) if t.track is which)


def test_nothing_known_is_level_0_and_perhaps_3() -> None:
    assert [(t.confirmed, t.possible) for t in evaluate([], YES, NOW)] == [(0, 3)] * 4


def test_everything_seen_is_level_3_and_no_more_can_be_hoped_for() -> None:
    assert [(t.confirmed, t.possible) for t in evaluate(everything(), YES, NOW)] == [(3, 3)] * 4


def test_one_clause_unmet_on_level_2_leaves_level_1() -> None:
    found = track(everything(but=["GEN-2.3a"]), Track.GENERAL)
    assert (found.confirmed, found.possible) == (1, 1)
    assert [p.principle.id for p in found.blockers] == ["GEN-2.3"]
    assert [(c.met, c.applicable) for c in found.levels] == [(2, 2), (3, 4), (3, 3)]


def test_an_advised_clause_blocks_nothing() -> None:
    assert track(everything(but=["AUTHN-1.4c"]), Track.AUTHENTICATION).confirmed == 3


def test_what_was_seen_beats_what_is_claimed_and_is_a_conflict() -> None:
    claim = evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="a page")
    seen = evidence("GEN-1.1a", Polarity.CONTRADICTS)
    found = results([claim, seen])["GEN-1.1a"]
    assert (found.state, found.conflict, found.grade) == (State.UNMET, True, Grade.OBSERVED)


def test_a_statement_is_not_enough_where_a_document_is_asked_for() -> None:
    found = results([evidence("GEN-1.1a", grade=Grade.ATTESTED, source="ops")])["GEN-1.1a"]
    assert (found.state, found.why) == (State.UNKNOWN, Why.WEAK)


def test_a_statement_is_enough_for_a_review() -> None:
    assert results([evidence("GEN-3.1a", grade=Grade.ATTESTED, source="ops")])["GEN-3.1a"].state is State.MET


def test_statements_alone_reach_level_0_everywhere() -> None:
    pieces = [evidence(c.id, grade=Grade.ATTESTED, source="ops") for c in CLAUSES]
    assert [t.confirmed for t in evaluate(pieces, YES, NOW)] == [0, 0, 0, 0]


def test_an_operator_who_says_no_is_believed_before_a_page_that_says_yes_in_the_same_strength() -> None:
    yes = evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="a page")
    no = evidence("GEN-1.1a", Polarity.CONTRADICTS, Grade.DOCUMENTED, source="another page")
    assert results([yes, no])["GEN-1.1a"].state is State.UNMET


def test_what_has_expired_is_unknown() -> None:
    found = results([evidence("GEN-1.1a", days_old=91)])["GEN-1.1a"]
    assert (found.state, found.why) == (State.UNKNOWN, Why.EXPIRED)


def test_what_is_inferred_never_counts() -> None:
    for polarity in Polarity:
        assert results([evidence("GEN-1.1a", polarity, Grade.INFERRED)])["GEN-1.1a"].state is State.UNKNOWN


def test_a_probe_that_sees_both_at_once_is_not_believed() -> None:
    found = results([evidence("GEN-1.1a"), evidence("GEN-1.1a", Polarity.CONTRADICTS)])["GEN-1.1a"]
    assert (found.state, found.why) == (State.UNKNOWN, Why.FLAKY)


def test_what_a_probe_saw_last_replaces_what_it_saw_before() -> None:
    before = evidence("GEN-1.1a", Polarity.CONTRADICTS, days_old=2)
    assert results([before, evidence("GEN-1.1a")])["GEN-1.1a"].state is State.MET


def test_a_weaker_no_does_not_hide_a_stronger_one_from_the_same_source() -> None:
    old = evidence("GEN-1.1a", Polarity.CONTRADICTS, Grade.DOCUMENTED, source="page", days_old=1)
    new = evidence("GEN-1.1a", Polarity.CONTRADICTS, Grade.ATTESTED, source="page")
    claim = evidence("GEN-1.1a", grade=Grade.DOCUMENTED, source="ops")
    assert results([old, new, claim])["GEN-1.1a"].state is State.UNMET


def test_partly_is_not_met() -> None:
    found = results([evidence("CLI-2.1a", Polarity.PARTIAL)])["CLI-2.1a"]
    assert found.state is State.PARTLY
    assert not found.conflict
    assert track([evidence("CLI-2.1a", Polarity.PARTIAL)], Track.CLI).possible == 1


def test_without_accounts_two_tracks_do_not_apply_and_are_awarded_nothing() -> None:
    tracks = {t.track: t for t in evaluate(everything(), {"accounts": frozenset({"no"})}, NOW)}
    assert (tracks[Track.AUTHENTICATION].confirmed, tracks[Track.AUTHENTICATION].possible) == (None, None)
    assert tracks[Track.AUTHORIZATION].confirmed is None
    assert tracks[Track.GENERAL].confirmed == 3


def test_a_question_nobody_answered_excludes_nothing() -> None:
    assert [t.confirmed for t in evaluate(everything(), {}, NOW)] == [3, 3, 3, 3]


@pytest.mark.parametrize("floor", list(Grade))
def test_a_higher_floor_never_raises(floor: Grade) -> None:
    pieces = [evidence(c.id, grade=Grade.DOCUMENTED, source="a page") for c in CLAUSES]
    low = [t.confirmed for t in evaluate(pieces, YES, NOW, Grade.INFERRED)]
    assert all(
        (a or 0) >= (b or 0) for a, b in zip(low, [t.confirmed for t in evaluate(pieces, YES, NOW, floor)], strict=True)
    )


pieces = st.builds(
    evidence,
    st.sampled_from(["GEN-1.1a", "GEN-1.1b", "GEN-1.2a", "CLI-1.1a", "AUTHN-2.1a", "GEN-3.1a"]),
    st.sampled_from(list(Polarity)),
    st.sampled_from(list(Grade)),
    source=st.sampled_from(["probe a", "probe b", "page", "ops"]),
    days_old=st.sampled_from([0.0, 1.0, 2.0, 100.0]),
    lives_days=st.sampled_from([90.0, 365.0]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=8), pieces)
def test_support_never_lowers(known: list[Evidence], more: Evidence) -> None:
    more = replace(more, polarity=Polarity.SUPPORTS)
    before, after = results(known)[more.clause], results([*known, more])[more.clause]
    assert HEIGHT[after.state] >= HEIGHT[before.state]


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=8), pieces)
def test_contradiction_never_raises(known: list[Evidence], more: Evidence) -> None:
    more = replace(more, polarity=Polarity.CONTRADICTS)
    before, after = results(known)[more.clause], results([*known, more])[more.clause]
    assert HEIGHT[after.state] <= HEIGHT[before.state]


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=12))
def test_confirmed_is_at_most_possible(known: list[Evidence]) -> None:
    for found in evaluate(known, YES, NOW):
        assert found.confirmed is not None
        assert found.possible is not None
        assert found.confirmed <= found.possible


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=12), st.randoms())
def test_the_order_of_evidence_does_not_matter_and_a_ledger_replays_exactly(
    known: list[Evidence], chance: object
) -> None:
    shuffled = list(known)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first = evaluate(known, YES, NOW)
    assert [(c.state, c.grade, c.why, c.conflict) for t in first for p in t.principles for c in p.clauses] == [
        (c.state, c.grade, c.why, c.conflict)
        for t in evaluate(shuffled, YES, NOW)
        for p in t.principles
        for c in p.clauses
    ]
    assert evaluate(tuple(from_ledger(to_ledger(known))), YES, NOW) == first


def test_evidence_that_comes_from_elsewhere_changes_no_other_clause() -> None:
    before = results([])
    for clause in REQUIRED:
        after = results([evidence(clause.id)])
        assert {id for id in after if after[id].state is not before[id].state} == {clause.id}
