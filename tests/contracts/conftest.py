"""Every adapter of every port, ready to be held to its contract."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import S3Store
from tests.postgres import database, free_port, postgresql

from strongroom.packages.ports import Blobs
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.blobs.s3 import S3Blobs, open_bucket
from strongroom.storage.sql.migrate import upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

START_SECONDS = 30


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL server for all."""
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlVault]:
    """An empty vault at the newest schema, on each database."""
    if request.param == "sqlite":
        made = SqlVault(open_engine(sqlite_url(tmp_path / "contract.db")))
        upgrade(made.engine)
        yield made
        made.close()
        return
    with database(request.getfixturevalue("postgres"), f"contract_{uuid4().hex}") as url:
        made = SqlVault(open_engine(url))
        upgrade(made.engine)
        yield made
        made.close()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """One S3-compatible server for all: moto's, in a process of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(url)
        yield url
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.wait(timeout=START_SECONDS)


@pytest.fixture
def bucket(s3_server: str) -> S3Store:
    """An empty bucket."""
    name = f"contract-{uuid4().hex}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_server}/{name}", method="PUT"), timeout=10).close()
    return open_bucket(name, endpoint=s3_server, region="us-east-1", access_key="test", secret_key="test")


@pytest.fixture(params=["memory", "disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty blob store, of each kind."""
    if request.param == "memory":
        return MemoryBlobs()
    if request.param == "disk":
        return DiskBlobs(tmp_path / "files", tmp_path / "incoming")
    return S3Blobs(request.getfixturevalue("bucket"))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
