"""Fixtures that every suite uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.worlds import World, disk, workshop


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository on SQLite and a folder, with ada and bob in it."""
    made = workshop(tmp_path, disk(tmp_path))
    yield made
    made.vault.close()
