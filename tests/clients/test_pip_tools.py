"""pip-tools against a live repository: a lock with hashes, and an environment that is exactly the lock.

Principles: CLI-1.1
"""

import sys

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import environment_of
from tests.clients.goods import sdist, wheel
from tests.live import Live

pytestmark = pytest.mark.client

ANVIL = wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n")
HAMMERS = (wheel("hammer", "1.5"), sdist("hammer", "1.5"), wheel("hammer", "1.6"))


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests lock."""
    repository.publish(ANVIL, *HAMMERS)
    repository.admin("yank", "hammer==1.6", "--reason", "the head comes off")


def locked(desk: Desk, repository: Live) -> str:
    """Run `pip-compile --generate-hashes`, and return the lock."""
    desk.file("requirements.in", "anvil\n")
    words = ["--generate-hashes", "--index-url", repository.simple, "--no-emit-index-url", "--no-header"]
    desk.run(environment_of("pip-tools") / "pip-compile", *words, "requirements.in")
    return (desk.folder / "requirements.txt").read_text()


def test_pip_compile_locks_every_file_of_the_newest_version_that_is_not_yanked(desk: Desk, repository: Live) -> None:
    lock = locked(desk, repository)
    assert "hammer==1.5" in lock
    for file in (ANVIL, *HAMMERS[:2]):
        assert f"--hash=sha256:{file.offered().digests.sha256.hex}" in lock
    assert HAMMERS[2].offered().digests.sha256.hex not in lock


def test_pip_sync_makes_an_environment_that_is_exactly_the_lock(desk: Desk, repository: Live) -> None:
    locked(desk, repository)
    desk.run(sys.executable, "-m", "venv", "env")
    words = ["--index-url", repository.simple, "--python-executable", "env/bin/python"]
    desk.run(environment_of("pip-tools") / "pip-sync", *words, "requirements.txt")
    found = {path.stem for path in (desk.folder / "env").glob("lib/*/site-packages/*.dist-info")}
    assert {name for name in found if not name.startswith(("pip-", "setuptools-"))} == {"anvil-1.0", "hammer-1.5"}
