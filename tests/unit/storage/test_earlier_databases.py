"""A database of each earlier revision comes to today's schema, keeps what it held, and goes on.

Principles: GEN-2.1, GEN-3.2
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pysqlite3 import dbapi2
from tests.worlds import ADA, ANVIL, BOB, World, wheel

from strongroom.authn.accounts import Account, AccountName
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import HEAD, revision, upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

pytestmark = pytest.mark.principle("GEN-2.1")

KEPT_DATABASES = sorted((Path(__file__).parents[3] / "vectors/databases").glob("*.sql"))


@pytest.fixture(params=KEPT_DATABASES, ids=lambda path: path.stem)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A repository on a database of an earlier revision, brought to the newest."""
    path: Path = request.param
    as_it_was(path, tmp_path / "books.db").close()
    vault = SqlVault(open_engine(sqlite_url(tmp_path / "books.db")))
    assert revision(vault.engine) == path.stem
    upgrade(vault.engine)
    store = DiskPages(tmp_path / "pages")
    store.begin_epoch(("test",))
    yield World(vault, MemoryBlobs(), store)
    vault.close()


def test_there_is_a_database_of_every_revision() -> None:
    kept = [path.stem for path in KEPT_DATABASES]
    assert kept == [f"{number:04}" for number in range(1, int(HEAD) + 1)], "run: python -m vectors.databases.make"


def as_it_was(path: Path, place: Path | str = ":memory:") -> Any:
    """Return a connection to the database that was kept in this file, as its own time left it."""
    connection = dbapi2.connect(str(place))
    connection.executescript(path.read_text())
    return connection


@pytest.mark.parametrize("path", KEPT_DATABASES, ids=lambda path: path.stem)
def test_every_table_of_its_time_has_rows_and_loses_none(path: Path, tmp_path: Path) -> None:
    was = as_it_was(path, tmp_path / "books.db")
    before = {name: counted(was, name) for (name,) in was.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    was.close()
    engine = open_engine(sqlite_url(tmp_path / "books.db"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        after = {name: counted(connection.connection.driver_connection, name) for name in schema.metadata.tables}
    engine.dispose()
    assert all(before.values()), before
    assert {name: after.get(name) for name in before if name != "alembic_version"} == {
        name: count for name, count in before.items() if name != "alembic_version"
    }


def counted(connection: Any, table: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def test_every_account_has_the_addresses_and_factors_that_it_had(world: World) -> None:
    with world.vault.reading() as books:
        for name in (ADA, BOB):
            account = books.accounts.account(name)
            assert account is not None
            assert account.had_factor
            assert account.totp_secret
            assert books.accounts.account_by_handle(account.handle) == account
            primary = books.accounts.addresses(name)[0]
            assert (primary.address, primary.is_primary) == (f"{name}@example.org", True)
            assert primary.verified == account.created
            assert books.accounts.account_by_address(primary.address) == account
        assert {each.what.actor for each in books.events.about("ada", 100)} >= {"test"}
        with pytest.raises(Refused, match="looks like"):
            books.accounts.add_account(Account(AccountName("a.da"), "x@example.org", False, False, world.clock()))


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
        token = next(token for token in books.tokens.tokens_of(ADA) if token.revoked is None and not token.networks)
    for gone in (wheel(version="1.0"), wheel("tongs"), wheel("gone")):
        with pytest.raises(Refused, match="removed"):
            world.publish(token, gone)
    with pytest.raises(Refused, match="file-exists"):
        world.publish(token, wheel(version="2.0", body="tin"))


def test_life_goes_on(world: World) -> None:
    with world.vault.reading() as books:
        token = next(token for token in books.tokens.tokens_of(ADA) if token.revoked is None and not token.networks)
        before = books.events.newest()
    assert world.publish(token, wheel(version="3.0")).is_new
    assert world.listing(ANVIL).project.serial > before
    assert "3.0" in (world.read("simple/anvil/index.json") or "")
