"""Make the database of today's revision, small but with every kind of row in it, as SQL text.

    python -m vectors.databases.make

Run it once for each revision, before the revision after it is written: what it made is kept for ever, and every later
Strongroom is tested to start from it.

Principles: GEN-2.1
"""

import sqlite3
import tempfile
from pathlib import Path

from tests.worlds import ADA, ANVIL, BOB, FORMAT, World, disk, wheel, workshop

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import Right, Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Status
from strongroom.packages.people import invite_first_administrator, revoke_token
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import set_status, yank_file, yank_release
from strongroom.storage.sql.migrate import HEAD
from strongroom.transparency.changelog import project_changes

HERE = Path(__file__).parent


def live(folder: Path) -> World:
    """Return a repository in which everything has happened that can happen."""
    world = workshop(folder, disk(folder))
    _, token = world.token(ADA, rights=frozenset({Right.PUBLISH, Right.YANK}))
    _, narrow = world.token(ADA, ANVIL)
    revoke_token(world.registry, "ada", narrow.identifier)
    for version in ("1.0", "1.1", "2.0rc1", "2.0"):
        world.publish(token, wheel(version=version, more="Requires-Python: >=3.8\nRequires-Dist: hammer\n"))
        world.clock.wait(minutes=7)
    for name in ("hammer", "tongs", "bellows", "gone"):
        world.publish(token, wheel(name))
    yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.1", "cracked")
    yank_file(world.cellar, "ada", wheel("hammer").filename, "")
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")
    remove_file(world.cellar, FORMAT, "ada", wheel("tongs").filename)
    remove_project(world.cellar, FORMAT, "ada", ProjectName("pypi", "gone"))
    set_status(world.cellar, "ada", ProjectName("pypi", "bellows"), Status.QUARANTINED, "under review")
    with world.vault.writing() as books:
        books.shelf.grant(BOB, ANVIL, Role.PUBLISHER)
    invite_first_administrator(world.registry)
    project_changes(world.vault)
    world.index.catch_up()
    world.person(AccountName("eve"))
    return world


def main() -> None:
    """Write `<revision>.sql`."""
    with tempfile.TemporaryDirectory() as room:
        live(Path(room)).vault.close()
        with sqlite3.connect(Path(room) / "books.db") as connection:
            lines = "\n".join(connection.iterdump())
        connection.close()
    (HERE / f"{HEAD}.sql").write_text(f"{lines}\n")


if __name__ == "__main__":
    main()
