"""The probe of the event feed, on rooms with and without the flaws that it looks for; and consistency proofs.

Principles: GEN-3.2
"""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.weakroom.feeds import consistency, root
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.drivers.templates import read
from strongroom.assess.merkle import is_consistent
from strongroom.assess.probing import Outcome

pytestmark = pytest.mark.principle("GEN-3.2")


def test_a_feed_that_tells_everything_and_only_grows_is_seen() -> None:
    finding = found("GEN-3.2a")
    assert finding.outcome is Outcome.MET
    assert "publish, member, yank, remove" in finding.saw
    assert "a proof shows" in finding.saw


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "GEN-3.2a"])
def test_a_feed_that_misses_or_changes_something_is_seen(flaw: str) -> None:
    assert found("GEN-3.2a", flaw).outcome is Outcome.UNMET


def test_a_beginning_that_changes_is_seen_in_a_feed_that_has_one() -> None:
    room = Room(frozenset({"GEN-3.2a rewrites-its-beginning"}))
    room.record("publish", "long-ago")
    finding = found("GEN-3.2a", room=room)
    assert (finding.outcome, finding.saw) == (Outcome.UNMET, "the beginning of the feed is not what it was")


def test_a_feed_without_proofs_can_be_complete_and_stable_too() -> None:
    finding = found("GEN-3.2a", without=[Op.LOG_PROOF, Op.ADD_MEMBER, Op.YANK])
    assert finding.outcome is Outcome.MET
    assert "publish, remove, and" in finding.saw
    assert "proof" not in finding.saw


@pytest.mark.parametrize("op", [Op.EVENTS, Op.REMOVE_VERSION])
def test_without_a_feed_nothing_is_looked_for(op: Op) -> None:
    assert found("GEN-3.2a", without=[op]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("op", [Op.EVENTS, Op.PUBLISH, Op.YANK, Op.REMOVE_VERSION, Op.ADD_MEMBER, Op.LOG_PROOF])
def test_where_nothing_happens_nothing_follows_of_the_feed(op: Op) -> None:
    finding = found("GEN-3.2a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


@given(size=st.integers(1, 70), before=st.integers(0, 70))
def test_every_beginning_of_a_log_is_proved_and_nothing_else(size: int, before: int) -> None:
    """RFC 9162, section 2.1.4.2: "compare fr to first_hash, and sr to second_hash"."""
    before = min(size, before)
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(size)]
    proof = consistency(before, leaves) if before else []
    old, new = root(leaves[:before]), root(leaves)
    assert is_consistent(before, old, size, new, proof)
    assert not is_consistent(before, old, size, new, [*proof, new])
    if before:
        assert not is_consistent(before, hashlib.sha256(b"other").digest(), size, new, proof)
        assert not is_consistent(size + 1, old, size, new, proof)
    if 0 < before < size:
        assert not is_consistent(before, old, size, hashlib.sha256(b"other").digest(), proof)
        assert not is_consistent(before, old, size, new, proof[:-1])


def test_a_products_own_words_are_read_as_the_vocabularys() -> None:
    from strongroom.assess.drivers.engine import in_words

    feed: dict[str, Any] = {"changes": [{"serial": 7, "name": "anvil", "action": "remove release"}, "?"]}
    found = read("list:/changes serial=serial kind=action project=name", "", feed, {})
    assert found[0] == {"serial": 7, "kind": "remove release", "project": "anvil"}
    assert in_words(found, {"remove": "^remove"})[0]["kind"] == "remove"
    assert read("list:/changes kind=action", "", {"changes": None}, {}) is None
