"""The probe of malware advisories, on rooms with and without the flaws that it looks for; and OSV records.

Principles: GEN-3.3
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.assess.weakroom.advisories import Advisories
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess import osv
from strongroom.assess.consent import Consent
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.run import ask, every_probe

pytestmark = pytest.mark.principle("GEN-3.3")

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALID = osv.record("MAL-2026-1", "anvil", ["1.0"], "PyPI", MOMENT, says="Malicious code in anvil.")


def passively(room: Room) -> Finding:
    """Return what a run that may only look finds."""
    probe = next(each for each in every_probe() if each.clause == "GEN-3.3a")
    return ask(replace(setting(room), consent=Consent(Safety.PASSIVE, "")), probe)


def test_a_feed_of_malware_advisories_is_seen_and_what_was_added_is_withdrawn() -> None:
    room = Room()
    assert found("GEN-3.3a", room=room).outcome is Outcome.MET
    assert all("withdrawn" in each for each in room.shelf(Advisories).values())


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "GEN-3.3a"])
def test_a_feed_that_nobody_can_use_is_seen(flaw: str) -> None:
    assert found("GEN-3.3a", flaw).outcome is Outcome.UNMET


def test_who_may_only_look_sees_a_feed_that_holds_something() -> None:
    room = Room()
    assert passively(room).outcome is Outcome.INCONCLUSIVE
    room.shelf(Advisories)["MAL-2026-1"] = VALID
    assert passively(room).outcome is Outcome.MET
    room.shelf(Advisories)["MAL-2026-2"] = {**VALID, "modified": "yesterday"}
    assert passively(room).outcome is Outcome.UNMET


def test_without_a_feed_none_is_read() -> None:
    assert found("GEN-3.3a", without=[Op.ADVISORIES]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("op", [Op.ADVISORIES, Op.ADD_ADVISORY])
def test_where_the_feed_cannot_be_read_or_added_to_nothing_follows(op: Op) -> None:
    finding = found("GEN-3.3a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


def test_a_record_that_we_make_is_valid() -> None:
    assert osv.complaints(VALID) == []
    assert osv.is_of_malware(VALID)
    assert osv.is_of_malware({"id": "X-1", "aliases": ["MAL-2026-1"]})
    assert not osv.is_of_malware({"id": "X-1", "summary": "A buffer overflow."})


RANGE: dict[str, Any] = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}
PACKAGE = {"ecosystem": "PyPI", "name": "anvil"}


def affecting(**affected: Any) -> dict[str, Any]:
    """Return a record with something else affected."""
    return {**VALID, "affected": [{"package": PACKAGE, **affected}]}


@pytest.mark.parametrize(
    "good",
    [
        affecting(ranges=[RANGE]),
        {
            **VALID,
            "references": [{"type": "WEB", "url": "https://anvil.invalid/"}],
            "modified": "2026-01-02T03:04:05.5Z",
        },
    ],
)
def test_other_forms_of_a_record_are_valid_too(good: dict[str, Any]) -> None:
    assert osv.complaints(good) == []


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {**VALID, "id": "nodash"},
        {**VALID, "modified": "2026-01-02"},
        {**VALID, "withdrawn": None},
        {**VALID, "summary": 7},
        {**VALID, "aliases": "MAL-1"},
        {**VALID, "affected": []},
        {**VALID, "affected": [{"package": {"name": "anvil"}, "versions": ["1.0"]}]},
        affecting(),
        affecting(versions=[1]),
        affecting(ranges=[{**RANGE, "type": "ALL"}]),
        affecting(ranges=[{"type": "GIT", "events": [{"introduced": "0"}]}]),
        affecting(ranges=[{**RANGE, "events": [{"fixed": "1"}]}]),
        affecting(ranges=[{**RANGE, "events": [{"introduced": "0", "fixed": "1"}]}]),
        {**VALID, "references": [{"type": "LINK", "url": "x"}]},
        {**VALID, "references": {}},
    ],
)
def test_what_is_no_record_is_told(wrong: Any) -> None:
    assert osv.complaints(wrong)
