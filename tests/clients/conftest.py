"""A live repository for each module, a clean desk for each test.

Run with `pytest -m client`. The first run fetches the clients from the public index into `.cache/clients/`, by hash
(see `environments.py`); after that nothing leaves this machine: what is not on it goes to a proxy that is not there.
`test_behind_nginx.py` needs nginx, the newest bandersnatch a Python newer than 3.11. A module and its server are one
unit of work (`-n 2 --dist loadfile`). About two minutes of one core; one client at a time.

Principles: none
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.desk import Desk
from tests.clients.wire import Wire, relay
from tests.live import Live, live


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve a repository of its own to one module of tests."""
    with live(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def relayed(repository: Live) -> Iterator[Wire]:
    """Put a relay before the repository."""
    with relay(repository.port) as wire:
        yield wire


@pytest.fixture
def wire(relayed: Wire) -> Wire:
    """Return the relay, with nothing asked yet."""
    relayed.reset()
    return relayed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a clean place to run a client at."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder)
