"""A database of each earlier revision comes to today's schema, keeps what it held, and goes on.

Principles: GEN-2.1, GEN-3.2
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pysqlite3 import dbapi2
from sqlalchemy import func, select
from tests.worlds import ADA, ANVIL, World, wheel

from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import HEAD, revision, upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

pytestmark = pytest.mark.principle("GEN-2.1")

KEPT = Path(__file__).parents[3] / "vectors/databases"


@pytest.fixture(params=sorted(KEPT.glob("*.sql")), ids=lambda path: path.stem)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A repository on a database of an earlier revision, brought to the newest."""
    path: Path = request.param
    connection = dbapi2.connect(str(tmp_path / "books.db"))
    connection.executescript(path.read_text())
    connection.close()
    vault = SqlVault(open_engine(sqlite_url(tmp_path / "books.db")))
    assert revision(vault.engine) == path.stem
    upgrade(vault.engine)
    store = DiskPages(tmp_path / "pages")
    store.begin_epoch(("test",))
    yield World(vault, MemoryBlobs(), store)
    vault.close()


def test_there_is_a_database_of_every_revision() -> None:
    kept = [path.stem for path in sorted(KEPT.glob("*.sql"))]
    assert kept == [f"{number:04}" for number in range(1, int(HEAD) + 1)], "run: python -m vectors.databases.make"


def test_the_schema_is_todays_and_no_row_was_lost(world: World) -> None:
    with world.vault.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        counts = {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
            for t in schema.metadata.sorted_tables
        }
    assert all(counts.values()), counts


def test_what_was_published_removed_and_yanked_is_so_still(world: World) -> None:
    assert [(file.version, file.yanked) for file in world.listing().files] == [
        ("1.1", "cracked"),
        ("2.0rc1", None),
        ("2.0", None),
    ]
    assert world.filenames(ProjectName("pypi", "gone")) == []
    with world.vault.reading() as books:
        assert [name for name, _ in books.shelf.root().projects] == ["anvil", "hammer"]
        assert books.events.newest() == len(world.events())
        token = next(token for token in books.tokens.tokens_of(ADA) if token.revoked is None)
    for gone in (wheel(version="1.0"), wheel("tongs"), wheel("gone")):
        with pytest.raises(Refused, match="removed"):
            world.publish(token, gone)
    with pytest.raises(Refused, match="file-exists"):
        world.publish(token, wheel(version="2.0", body="tin"))


def test_life_goes_on(world: World) -> None:
    with world.vault.reading() as books:
        token = next(token for token in books.tokens.tokens_of(ADA) if token.revoked is None)
        before = books.events.newest()
    assert world.publish(token, wheel(version="3.0")).is_new
    assert world.listing(ANVIL).project.serial > before
    assert "3.0" in (world.read("simple/anvil/index.json") or "")
