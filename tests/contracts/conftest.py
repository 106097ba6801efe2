"""Every adapter of every port, ready to be held to its contract.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.books import empty_database, empty_vault
from tests.s3 import S3

from strongroom.packages.ports import Blobs
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.blobs.s3 import S3Blobs
from strongroom.storage.sql.vault import SqlVault, open_engine


@pytest.fixture(params=["sqlite", "postgresql"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlVault]:
    """An empty vault at the newest schema, on each database."""
    if request.param == "sqlite":
        made = empty_vault(tmp_path / "contract.db")
        yield made
        made.close()
        return
    with empty_database(request.getfixturevalue("postgres")) as url:
        made = SqlVault(open_engine(url))
        yield made
        made.close()


@pytest.fixture(params=["memory", "disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty blob store, of each kind."""
    if request.param == "memory":
        return MemoryBlobs()
    if request.param == "disk":
        return DiskBlobs(tmp_path / "files", tmp_path / "incoming")
    server: S3 = request.getfixturevalue("s3")
    return S3Blobs(server.open(server.bucket()))
