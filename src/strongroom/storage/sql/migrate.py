"""Bringing a database to the newest schema.

Principles: GEN-2.1
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

#: The newest revision in `migrations/versions`; a test holds the two together.
HEAD: Final = "0001"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """The database was made by a newer Strongroom than this one."""


def revision(engine: Engine) -> str | None:
    """Return the revision that the database is at, None when it is empty."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def upgrade(engine: Engine, to: str = HEAD) -> bool:
    """Bring the database to revision `to`; report whether anything was to be done. Raises NewerDatabase."""
    at = revision(engine)
    if at == to:
        return False
    if at is not None and at > HEAD:
        raise NewerDatabase(f"The database is at revision {at}; this Strongroom knows {HEAD}. Install a newer one.")
    # Alembic is only for the rare start that has something to do: importing it takes longer than starting.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True
