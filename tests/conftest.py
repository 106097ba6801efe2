"""Fixtures that every suite uses.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import postgresql
from tests.s3 import S3, s3_server
from tests.worlds import World, disk, workshop


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository on SQLite and a folder, with ada and bob in it."""
    made = workshop(tmp_path, disk(tmp_path))
    yield made
    made.vault.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL server for all."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """One S3-compatible server for all."""
    with s3_server() as made:
        yield made
