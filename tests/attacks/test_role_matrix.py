"""Whatever anybody tries, in whatever order: nobody does what an independent telling of the rules forbids.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event
from tests.attacks.role_town import Town, furnish
from tests.attacks.town_deeds import DEEDS
from tests.books import empty_vault

from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

pytestmark = pytest.mark.principle("AUTHZ-1.1", "AUTHZ-2.1")

TOWNS_OF_ONE_TEST, CASES_OF_ONE_TOWN = 8, 125


@cache
def furnished() -> bytes:
    """Return the books of a town in which nothing has happened yet."""
    with TemporaryDirectory() as folder:
        vault = empty_vault(Path(folder) / "books.db")
        furnish(vault)
        vault.close()
        return (Path(folder) / "books.db").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the towns of one test lie."""
    yield tmp_path


def opened(folder: Path) -> SqlVault:
    """Open a new town's books. Whether they survive a power cut is told elsewhere: here nobody waits for a disk."""
    folder.mkdir()
    (folder / "books.db").write_bytes(furnished())
    engine = open_engine(sqlite_url(folder / "books.db"))

    @event.listens_for(engine, "connect")
    def hurry(connection: Any, record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return SqlVault(engine)


@pytest.mark.parametrize("batch", range(10))
def test_nobody_ever_does_what_the_rules_forbid_and_everybody_may_do_what_they_allow(folder: Path, batch: int) -> None:
    """Each of ten batches tries a thousand deeds, in eight towns, and compares everybody's roles after each."""
    tried = 0
    for number in range(TOWNS_OF_ONE_TEST):
        vault = opened(folder / f"{number}")
        town = Town(folder / f"{number}", vault, random.Random(f"{batch}-{number}"))
        while len(town.log) < CASES_OF_ONE_TOWN:
            deed = town.dice.choices(list(DEEDS), list(DEEDS.values()))[0]
            deed(town)
        town.compare()
        tried += len(town.log)
        vault.close()
    assert tried >= 1000
