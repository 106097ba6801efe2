"""The command line, run in this process on a folder of its own.

Principles: none
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.worlds import World, disk, workshop

from strongroom.commands.main import cli
from strongroom.settings import CONFIG_FILE


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    code: int
    out: str
    error: str


@dataclass(frozen=True)
class Desk:
    """Where commands are given about one data folder."""

    data: Path

    def run(self, *words: str, data: Path | None = None) -> Ran:
        """Run `strongroom WORDS --data …`; an exception that is no end of a program comes through."""
        done = CliRunner().invoke(cli, [*words, "--data", str(data or self.data)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    def admin(self, *words: str) -> Any:
        """Run `strongroom admin WORDS --json` and return what it printed."""
        ran = self.run("admin", *words, "--json")
        assert ran.code == 0, ran
        return json.loads(ran.out)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk on an empty data folder, in an environment that says nothing of Strongroom."""
    import os

    for name in [name for name in os.environ if name.startswith("STRONGROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path / "data")


@pytest.fixture
def stocked(desk: Desk) -> Iterator[World]:
    """The repository of that folder, with ada and bob in it."""
    desk.data.mkdir()
    world = workshop(desk.data, disk(desk.data))
    (desk.data / CONFIG_FILE).write_text(f'database_url = "sqlite:///{desk.data}/books.db"\n')
    yield world
    world.vault.close()
