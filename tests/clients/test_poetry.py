"""Poetry against a live repository: publishing, a lock from a source, what it skips.

Principles: CLI-1.1, GEN-2.1
"""

import tomllib
from collections.abc import Sequence

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.goods import Made, on_disk, sdist, wheel
from tests.live import Live

pytestmark = pytest.mark.client

PYPROJECT = """\
[project]
name = "{name}"
version = "1.0"
description = "It is heavy"
requires-python = ">=3.11,<4"
dependencies = []

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
QUIET = {"POETRY_VIRTUALENVS_IN_PROJECT": "1", "POETRY_KEYRING_ENABLED": "false", "POETRY_NO_INTERACTION": "1"}


def publish(desk: Desk, repository: Live, files: Sequence[Made], *words: str, fails: bool = False) -> Ran:
    """Run `poetry publish` on files of the project anvil 1.0."""
    on_disk(desk.folder / "dist", *files)
    env = {**QUIET, "POETRY_REPOSITORIES_ROOM_URL": repository.legacy, "POETRY_PYPI_TOKEN_ROOM": repository.token}
    return desk.client("poetry", "publish", "-r", "room", *words, env=env, fails=fails)


def test_poetry_builds_and_publishes_a_project(desk: Desk, repository: Live) -> None:
    desk.file("pyproject.toml", PYPROJECT.format(name="bellows"))
    desk.file("bellows/__init__.py", "AIR = True\n")
    publish(desk, repository, (), "--build")
    files = {each["filename"] for each in repository.listing("bellows")["files"]}
    assert files == {"bellows-1.0-py3-none-any.whl", "bellows-1.0.tar.gz"}


def test_poetry_adds_a_project_from_the_source_and_locks_it_by_hash(desk: Desk, repository: Live) -> None:
    made = (wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n"), sdist("hammer", "1.5"), wheel("hammer", "1.5"))
    repository.publish(*made)
    desk.file("pyproject.toml", PYPROJECT.format(name="smithy"))
    desk.client("poetry", "source", "add", "--priority", "primary", "room", repository.simple, env=QUIET)
    desk.client("poetry", "add", "--lock", "anvil", env=QUIET)
    lock = tomllib.loads((desk.folder / "poetry.lock").read_text())
    kept = {file["file"]: file["hash"] for package in lock["package"] for file in package["files"]}
    assert kept == {file.filename: f"sha256:{file.offered().digests.sha256.hex}" for file in made}
    desk.client("poetry", "install", "--no-root", env=QUIET)
    assert list((desk.folder / ".venv").glob("lib/*/site-packages/hammer-1.5.dist-info"))


def test_poetry_shows_why_other_bytes_are_refused_and_skips_them_when_told_to(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("tongs", "1.0"))
    desk.file("pyproject.toml", PYPROJECT.format(name="tongs"))
    other = [wheel("tongs", "1.0", body="WEIGHT = 9\n")]
    said = publish(desk, repository, other, fails=True).said
    assert "What is published never changes: raise the version number. [GEN-2.1] (file-exists)" in said
    assert "File exists. Skipping" in publish(desk, repository, other, "--skip-existing").said


def test_poetry_does_not_pass_over_what_was_removed(desk: Desk, repository: Live) -> None:
    removed = wheel("shears", "1.0")
    repository.publish(removed, wheel("shears", "2.0"))
    repository.admin("remove", removed.filename, "--yes")
    desk.file("pyproject.toml", PYPROJECT.format(name="shears"))
    assert "(filename-removed)" in publish(desk, repository, [removed], "--skip-existing", fails=True).said


def test_poetry_tells_of_a_yanked_release(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("vise", "1.0"))
    repository.admin("yank", "vise==1.0", "--reason", "it slips")
    desk.file("pyproject.toml", PYPROJECT.format(name="smithy"))
    desk.client("poetry", "source", "add", "--priority", "primary", "room", repository.simple, env=QUIET)
    assert "it slips" in desk.client("poetry", "add", "--lock", "vise==1.0", env=QUIET).said
