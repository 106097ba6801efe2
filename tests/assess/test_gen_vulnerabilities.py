"""The probe of vulnerability warnings, on rooms with and without the flaws that it looks for.

Principles: GEN-2.4
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.assess.weakroom.advisories import Advisories
from tests.assess.weakroom.packages import Packages, Project, Upload
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess import osv
from strongroom.assess.consent import Consent
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probes.vulnerabilities import ids_in
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.run import ask, every_probe
from strongroom.principles.catalogue import Grade

pytestmark = pytest.mark.principle("GEN-2.4")


def test_pages_that_warn_are_seen_and_the_advisory_is_withdrawn() -> None:
    room = Room()
    assert found("GEN-2.4a", room=room).outcome is Outcome.MET
    assert all("withdrawn" in each for each in room.shelf(Advisories).values())


@pytest.mark.parametrize("flaw", [each for each in every_flaw() if each.clause == "GEN-2.4a"])
def test_a_page_that_does_not_warn_is_seen(flaw: str) -> None:
    assert found("GEN-2.4a", flaw).outcome is Outcome.UNMET


def test_a_warning_for_machines_alone_is_told() -> None:
    assert found("GEN-2.4a", "GEN-2.4a warns-in-json-only").saw.endswith("though its JSON does")


@pytest.mark.parametrize("op", [Op.PROJECT_PAGE, Op.ADD_ADVISORY])
def test_without_a_page_or_an_advisory_no_warning_is_looked_for(op: Op) -> None:
    finding = found("GEN-2.4a", without=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("no release was found")


def passively(room: Room, lacks: dict[Op, str] | None = None) -> Finding:
    """Return what a run that may only look finds."""
    probe = next(each for each in every_probe() if each.clause == "GEN-2.4a")
    looking = replace(setting(room), consent=Consent(Safety.PASSIVE, ""))
    assert isinstance(looking.target, DrivenTarget)
    lacking = replace(looking.target.specification, lacks=lacks or {})
    return ask(replace(looking, target=replace(looking.target, specification=lacking)), probe)


def with_old_jinja2(*flaws: str) -> Room:
    """Return a room that holds a release of which it knows a vulnerability."""
    room = Room(frozenset(flaws))
    upload = Upload("jinja2-2.10.tar.gz", "2.10", b"", {})
    room.shelf(Packages)["jinja2"] = Project("jinja2", "nobody", {upload.filename: upload})
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    room.shelf(Advisories)["X-1"] = osv.record(
        "X-1", "jinja2", ["2.10"], "PyPI", moment, says="A way out of the sandbox."
    )
    return room


def test_who_may_only_look_sees_a_page_that_does_not_warn() -> None:
    assert passively(with_old_jinja2("GEN-2.4a warns-in-json-only")).outcome is Outcome.UNMET
    finding = passively(with_old_jinja2())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "whether dependencies are warned of" in finding.saw
    assert passively(Room()).outcome is Outcome.INCONCLUSIVE


def test_ids_are_read_as_ids_or_as_things_that_have_some() -> None:
    assert ids_in([{"id": "A", "aliases": ["B"]}, "C", {"id": None, "aliases": 1}]) == {"A", "B", "C"}
    assert ids_in({"id": "A"}) == set()


def test_what_a_product_is_documented_to_lack_is_not_met_unless_a_page_was_seen() -> None:
    lacks = {Op.ADD_ADVISORY: "Pages do not warn."}
    assert (passively(Room(), lacks).outcome, passively(Room(), lacks).grade) == (Outcome.UNMET, Grade.DOCUMENTED)
    assert passively(with_old_jinja2("GEN-2.4a warns-in-json-only"), lacks).grade is Grade.OBSERVED


@pytest.mark.parametrize("op", [Op.PUBLISH, Op.PROJECT_PAGE, Op.ADD_ADVISORY])
def test_where_what_should_work_does_not_nothing_follows_of_warnings(op: Op) -> None:
    finding = found("GEN-2.4a", refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")
