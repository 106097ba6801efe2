"""Bringing a database to the newest schema.

Principles: GEN-2.1
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, text

#: The newest revision in `migrations/versions`; a test holds the two together.
HEAD: Final = "0004"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 5728502


class NewerDatabase(ValueError):
    """The database was made by a newer Strongroom than this one."""


def revision(database: Engine | Connection) -> str | None:
    """Return the revision that the database is at, None when it is empty."""
    if isinstance(database, Engine):
        with database.connect() as connection:
            return revision(connection)
    if not inspect(database).has_table("alembic_version"):
        return None
    found = database.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def upgrade(engine: Engine, to: str = HEAD, scripts: Path = _MIGRATIONS) -> bool:
    """Bring the database to revision `to`; report whether anything was to be done. Raises NewerDatabase.

    Of several programs that start at once, one does it and the others wait. It is done whole or not at all.
    """
    if _is_at(engine, to):
        return False
    # Alembic is only for the rare start that has something to do: importing it takes longer than starting.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts))
    with _alone(engine) as connection:
        if _is_at(connection, to):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True


def _is_at(database: Engine | Connection, to: str) -> bool:
    at = revision(database)
    if at is not None and at > to:
        raise NewerDatabase(f"The database is at revision {at}; this Strongroom knows {to}. Install a newer one.")
    return at == to


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Open the transaction of the one program that changes the schema now."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                yield connection
            return
        raw: Any = connection.connection.dbapi_connection
        # SQLite has few ALTERs: a table is made anew and the old one dropped, which no reference may notice. "It is not
        # possible to enable or disable foreign key constraints in the middle of a multi-statement transaction."
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(strongroom_writes=True).begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("The migration would leave a row that refers to nothing.")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
