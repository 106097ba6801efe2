"""The probes of GEN-2.1, on rooms with and without the flaws that they look for.

Principles: GEN-2.1
"""

from collections import Counter

import pytest
from tests.assess.weakroom.visit import found

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome
from strongroom.assess.stage import Stage

pytestmark = pytest.mark.principle("GEN-2.1")


def test_bytes_that_stay_are_seen_to_stay() -> None:
    assert found("GEN-2.1a").outcome is Outcome.MET


@pytest.mark.parametrize("flaw", ["GEN-2.1a replaces-bytes", "GEN-2.1a rewrites-metadata"])
def test_a_replaced_version_is_seen(flaw: str) -> None:
    assert found("GEN-2.1a", flaw).outcome is Outcome.UNMET


def test_a_replaced_version_is_seen_through_a_cache_that_still_has_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    honest, first, times = Stage.served, dict[str, bytes](), Counter[str]()

    def cached(stage: Stage, project: str, filename: str) -> bytes | None:
        now = honest(stage, project, filename)
        times[filename] += 1
        return first.setdefault(filename, now) if now is not None and times[filename] < 4 else now

    monkeypatch.setattr(Stage, "served", cached)
    assert found("GEN-2.1a", "GEN-2.1a replaces-bytes").outcome is Outcome.UNMET


def test_without_a_way_to_read_files_replacement_is_not_looked_for() -> None:
    assert found("GEN-2.1a", without=[Op.FILES]).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("flaw", ["GEN-2.1b reuses-versions", "GEN-2.1b reuses-by-other-file-name"])
def test_a_version_that_comes_back_is_seen(flaw: str) -> None:
    assert found("GEN-2.1b", flaw).outcome is Outcome.UNMET


def test_a_version_that_never_comes_back_is_seen() -> None:
    assert found("GEN-2.1b").outcome is Outcome.MET


@pytest.mark.parametrize("clause", ["GEN-2.1a", "GEN-2.1b"])
def test_where_nothing_can_be_published_nothing_follows(clause: str) -> None:
    finding = found(clause, refuse=[Op.PUBLISH])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.saw.startswith("control failed")


def test_a_removal_that_removes_nothing_proves_nothing() -> None:
    assert found("GEN-2.1b", refuse=[Op.REMOVE_VERSION]).outcome is Outcome.INCONCLUSIVE
