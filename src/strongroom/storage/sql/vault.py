"""Opens transactions on SQLite and on PostgreSQL.

Principles: GEN-2.1
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import Books
from strongroom.storage.sql import schema
from strongroom.storage.sql.accounts import SqlAccountBook
from strongroom.storage.sql.asks import SqlAskBook
from strongroom.storage.sql.criticality import SqlCriticalBook
from strongroom.storage.sql.events import SqlEventLog
from strongroom.storage.sql.factors import SqlFactorBook
from strongroom.storage.sql.holds import SqlHoldBook
from strongroom.storage.sql.organisations import SqlOrganisationBook
from strongroom.storage.sql.post import SqlLetterBox, SqlRecoveryBook
from strongroom.storage.sql.provenance import SqlProvenanceBook
from strongroom.storage.sql.publishers import SqlPublisherBook
from strongroom.storage.sql.roles import SqlRoleBook
from strongroom.storage.sql.sessions import SqlSessionBook, SqlTallyBook
from strongroom.storage.sql.shelf import SqlShelf
from strongroom.storage.sql.tokens import SqlTokenBook

#: SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write and checkpoint at once.
SAFE_SQLITE: Final = (3, 51, 3)

#: Threads that may hold a connection at once; the web edge allows no more (`web/server.py`).
POOL_SIZE: Final = 16


class SqlVault:
    """The `Vault` over one SQLAlchemy engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self._is_postgresql: Final = engine.dialect.name == "postgresql"
        # SQLite has one writer. Waiting here costs nothing; waiting inside SQLite is sleeping and asking again.
        self._turn: Final[AbstractContextManager[Any]] = nullcontext() if self._is_postgresql else threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """Open a transaction that sees one moment and changes nothing."""
        with self.engine.connect() as connection:
            if self._is_postgresql:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield books(connection)

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """Open a transaction; leaving the block commits, an exception undoes everything."""
        with self._turn, self.engine.connect() as connection:
            if self._is_postgresql:
                connection.execution_options(isolation_level="READ COMMITTED")
            else:
                connection.execution_options(strongroom_writes=True)
            with connection.begin():
                if self._is_postgresql:
                    # One writer at a time, as in SQLite: decisions read what they rest on, and nothing moves meanwhile.
                    # READ COMMITTED, since a snapshot taken before the lock would not see what its last holder wrote.
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5728501)")
                yield books(connection)

    def names_digest(self, digest: Sha256) -> bool:
        """Report whether the books name a live file with this digest."""
        query = select(schema.file.c.id).where(schema.file.c.sha256 == digest.hex, schema.file.c.removed.is_(False))
        held = select(schema.held.c.filename).where(schema.held.c.sha256 == digest.hex)
        with self.engine.connect() as connection:
            return any(connection.execute(each.limit(1)).first() is not None for each in (query, held))

    def counts(self) -> dict[str, int]:
        """Return the sizes that operators watch."""
        with self.reading() as read:
            projects, files = read.shelf.counts()
            return {"projects": projects, "files": files, "event_serial": read.events.newest()}

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def books(connection: Connection) -> Books:
    """Return the books as this connection's transaction sees them."""
    return Books(
        accounts=SqlAccountBook(connection),
        factors=SqlFactorBook(connection),
        sessions=SqlSessionBook(connection),
        tallies=SqlTallyBook(connection),
        letters=SqlLetterBox(connection),
        recoveries=SqlRecoveryBook(connection),
        tokens=SqlTokenBook(connection),
        critical=SqlCriticalBook(connection),
        shelf=SqlShelf(connection),
        roles=SqlRoleBook(connection),
        organisations=SqlOrganisationBook(connection),
        holds=SqlHoldBook(connection),
        asks=SqlAskBook(connection),
        publishers=SqlPublisherBook(connection),
        provenances=SqlProvenanceBook(connection),
        events=SqlEventLog(connection),
    )


def open_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///…` or `postgresql://…`; RuntimeError when the SQLite at hand is not safe."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    raise ValueError("The database is SQLite (sqlite:///PATH) or PostgreSQL (postgresql://…).")


def sqlite_url(path: Path) -> str:
    """Return the address of a SQLite database in a file."""
    return f"sqlite:///{path}"


def _open_sqlite(url: str) -> Engine:
    from pysqlite3 import dbapi2

    if dbapi2.sqlite_version_info < SAFE_SQLITE:
        raise RuntimeError(f"SQLite {dbapi2.sqlite_version} can corrupt its write-ahead log; 3.51.3 is needed.")
    engine = create_engine(
        url,
        module=dbapi2,
        pool_size=POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # an error is logged, and password hashes and second factors are parameters
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: object) -> None:
        connection.isolation_level = None
        # FULL: a commit that was answered survives a power cut, not only a crash of the process.
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A DEFERRED transaction that reads and then writes loses to any other writer; IMMEDIATE waits its turn.
        writes = connection.get_execution_options().get("strongroom_writes", False)
        # On the driver itself: the road through the toolkit costs more than the statement.
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
