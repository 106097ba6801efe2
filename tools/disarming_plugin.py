"""What pytest loads to tell which marked tests there are, or which principles' tests fail while a rule is emptied.

Principles: none
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.disarming import SLOW
from tools.marks import ID

_ids: dict[str, set[str]] = {}  # by test
_failed: set[str] = set()
_uncollected: list[str] = []
_wanted = frozenset(json.loads(os.environ.get("DISARMED_IDS", "[]")))


def _principles(item: pytest.Item) -> set[str]:
    return {ID.sub(r"\1", id) for mark in item.iter_markers("principle") for id in mark.args}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the fast tests that are marked: with any principle when collecting, else with one of the rule's."""
    kept = [item for item in items if not any(item.get_closest_marker(name) for name in SLOW)]
    kept = [item for item in kept if (_principles(item) & _wanted if _wanted else _principles(item))]
    _ids.update((item.nodeid, _principles(item)) for item in kept)
    items[:] = kept


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note which principles have a failed test, and stop when all of the rule's have."""
    outcome = yield
    if outcome.get_result().failed:  # type: ignore[attr-defined]  # pluggy gives its own result object
        _failed.update(_ids[item.nodeid])
        if _wanted <= _failed:
            item.session.shouldstop = "every principle of the rule has a failed test"


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a test file that does not import."""
    if report.failed:
        _uncollected.append(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write down what was found, for the process that started pytest."""
    if "DISARMED_COLLECTION" in os.environ:
        tests = {test: sorted(ids) for test, ids in _ids.items()}
        Path(os.environ["DISARMED_COLLECTION"]).write_text(json.dumps(tests))
    if "DISARMED_REPORT" in os.environ:
        Path(os.environ["DISARMED_REPORT"]).write_text(json.dumps(None if _uncollected else sorted(_failed)))
