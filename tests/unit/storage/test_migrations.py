"""A database comes to the newest schema from wherever it is, once, also when several programs start at the same moment.

Principles: GEN-2.1
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text
from tests.worlds import ADA

from strongroom.authn.accounts import Account
from strongroom.authz.tokens import Token
from strongroom.storage.sql import migrate, schema
from strongroom.storage.sql.migrate import HEAD, NewerDatabase, revision, upgrade
from strongroom.storage.sql.vault import books, open_engine

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SCRIPTS = Path(migrate.__file__).parent / "migrations"
STARTERS = 6
NEXT = f"{int(HEAD) + 1:04}"


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, schema.metadata))


def test_the_newest_revision_is_the_one_that_the_code_expects() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_every_revision_is_numbered_by_the_one_before_it() -> None:
    revisions = [each.revision for each in ScriptDirectory(str(SCRIPTS)).walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


def test_an_empty_database_comes_to_the_schema_that_the_code_speaks(engine: Engine) -> None:
    assert revision(engine) is None
    assert upgrade(engine)
    assert revision(engine) == HEAD
    assert differences(engine) == []


def test_upgrading_again_does_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert not upgrade(engine)
    assert differences(engine) == []


def test_a_database_of_a_newer_program_is_refused_in_words_and_left_alone(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="revision 9999"):
        upgrade(engine)
    assert revision(engine) == "9999"


def test_programs_that_start_at_once_find_one_whole_schema(url: str) -> None:
    def start(_: int) -> bool:
        engine = open_engine(url)
        try:
            return upgrade(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(STARTERS) as pool:
        done = list(pool.map(start, range(STARTERS)))
    assert sum(done) == 1
    engine = open_engine(url)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.execute(select(schema.counter.c.name, schema.counter.c.value)).all() == [("serial", 0)]
    engine.dispose()


def test_a_migration_that_breaks_leaves_the_database_as_it_was(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    scripts = with_one_more_revision(tmp_path, 'op.drop_table("change")\n    raise RuntimeError("broken")')
    with pytest.raises(RuntimeError, match="broken"):
        upgrade(engine, NEXT, scripts)
    assert revision(engine) == HEAD
    assert differences(engine) == []


def test_a_table_that_others_refer_to_can_be_made_anew_and_keeps_its_rows(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        of_its_time = books(connection)
        of_its_time.accounts.add_account(Account(ADA, "ada@example.org", True, True, NOW))
        of_its_time.tokens.add_token(Token("t", "f", ADA, frozenset(), None, NOW, NOW))
    step = 'with op.batch_alter_table("account") as table:\n        table.alter_column("email", nullable=True)'
    assert upgrade(engine, NEXT, with_one_more_revision(tmp_path, step))
    with engine.connect() as connection:
        assert connection.execute(
            select(schema.account.c.name, schema.token.c.identifier).join(
                schema.token, schema.token.c.account == schema.account.c.name
            )
        ).all() == [("ada", "t")]
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def with_one_more_revision(folder: Path, step: str) -> Path:
    """Return a copy of the migrations with one more in it."""
    scripts = folder / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / f"versions/{NEXT}_one_more.py").write_text(
        "from alembic import op\n\n"
        f'revision = "{NEXT}"\ndown_revision = "{HEAD}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        f"def upgrade() -> None:\n    {step}\n"
    )
    return scripts
