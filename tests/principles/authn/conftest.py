"""A world of people for the principles of authentication.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.people_world import PeopleWorld, people


@pytest.fixture
def town(tmp_path: Path) -> Iterator[PeopleWorld]:
    """A desk with nobody registered yet."""
    with people(tmp_path / "town") as made:
        yield made
