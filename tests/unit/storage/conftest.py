"""Databases to start from: empty ones, of each kind.

Principles: none
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from tests.postgres import database

from strongroom.storage.sql.vault import open_engine, sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield sqlite_url(tmp_path / "books.db")
        else:
            yield stack.enter_context(database(request.getfixturevalue("postgres"), f"storage_{uuid4().hex}"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine on an empty database, of each kind."""
    made = open_engine(url)
    yield made
    made.dispose()
