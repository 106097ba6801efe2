"""A world of people to attack.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.browsers import Site, opened
from tests.people_world import PeopleWorld, people


@pytest.fixture
def town(tmp_path: Path) -> Iterator[PeopleWorld]:
    """A desk with nobody registered yet."""
    with people(tmp_path / "town") as made:
        yield made


@pytest.fixture
def site(town: PeopleWorld) -> Iterator[Site]:
    """The site of a town, asked by HTTP."""
    with opened(town) as made:
        yield made
