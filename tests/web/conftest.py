"""A repository to be asked, in this process.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.asking import Place, placed


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A repository with ada and bob, and nothing published."""
    made = placed(tmp_path / "data")
    yield made
    made.repository.close()
