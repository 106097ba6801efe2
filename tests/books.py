"""Empty books at the newest schema: the schema is made once in a run, and then copied.

Principles: none
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

from tests.postgres import database, make_database

from strongroom.storage.sql.migrate import upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url


@cache
def empty_file() -> bytes:
    """Return the SQLite file of books in which nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        vault = SqlVault(open_engine(sqlite_url(Path(folder) / "books.db")))
        upgrade(vault.engine)
        vault.close()
        return (Path(folder) / "books.db").read_bytes()


def empty_vault(path: Path) -> SqlVault:
    """Open empty books in a file that is made here."""
    path.write_bytes(empty_file())
    return SqlVault(open_engine(sqlite_url(path)))


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Make a PostgreSQL database of empty books and yield its address; it is dropped at the end."""
    with database(server, f"books_{uuid4().hex}", template=_template(server)) as url:
        yield url


@cache
def _template(server: str) -> str:
    name = f"empty_{uuid4().hex}"
    vault = SqlVault(open_engine(make_database(server, name)))
    upgrade(vault.engine)
    vault.close()
    return name
