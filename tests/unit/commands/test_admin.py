"""`strongroom admin` does what it says, says what it did, and refuses in one line.

Principles: AUTHN-3.2, AUTHZ-1.1, GEN-2.1
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from tests.postgres import free_port
from tests.unit.commands.conftest import Desk
from tests.worlds import ADA, ANVIL, World, wheel

from strongroom import settings
from strongroom.authn.accounts import AccountName
from strongroom.authz.tokens import PATTERN, parse_token
from strongroom.commands import admin
from strongroom.commands.main import cli, main
from strongroom.repository import open_repository

MADE = wheel()


@pytest.fixture
def published(stocked: World) -> World:
    """A repository with two releases of a project in it."""
    _, token = stocked.token()
    stocked.publish(token, MADE)
    stocked.publish(token, wheel(version="2.0"))
    return stocked


def listed(world: World) -> dict[str, str | None]:
    return {file.filename: file.yanked for file in world.listing().files}


Refusal = Callable[..., tuple[object, str]]


@pytest.fixture
def refusal(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Runs the program as the shell does; returns its exit code and what it said on standard error, one line."""

    def run(*words: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["strongroom", "admin", *words, "--data", str(desk.data)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert said.out == ""
        assert len(said.err.splitlines()) == 1
        return ended.value.code, said.err

    return run


def test_a_person_who_is_added_can_publish_at_once_and_is_told_everything_once(desk: Desk) -> None:
    facts = desk.admin("user", "add", "Ada", "--email", "ada@example.org")
    assert set(facts) >= {"user", "password", "totp_secret", "token"}
    assert facts["user"] == "ada"
    assert re.fullmatch(PATTERN, facts["token"])
    assert re.fullmatch(r"[A-Z2-7]{32}", facts["totp_secret"])
    assert len(facts["password"]) >= 30
    assert datetime.fromisoformat(facts["token_expires"]) > datetime.now(UTC) + timedelta(days=360)
    kept = (desk.data / "strongroom.db").read_bytes() + (desk.data / "strongroom.db").read_bytes()
    assert facts["token"].encode() not in kept
    assert facts["password"].encode() not in kept


def test_the_books_are_their_owners_alone(desk: Desk) -> None:
    desk.admin("user", "add", "ada", "--email", "ada@example.org")
    assert (desk.data / "strongroom.db").stat().st_mode & 0o077 == 0
    assert (desk.data / "incoming").stat().st_mode & 0o077 == 0


def test_a_folder_without_a_repository_is_told_and_stays_empty(desk: Desk, refusal: Refusal) -> None:
    code, said = refusal("fsck")
    assert code == 1
    assert "There is no repository in" in said
    assert not desk.data.exists()


def test_a_person_is_added_once(desk: Desk, refusal: Refusal) -> None:
    desk.admin("user", "add", "ada", "--email", "ada@example.org")
    code, said = refusal("user", "add", "ada", "--email", "other@example.org")
    assert code == 1
    assert said.startswith("refused (account-exists): ")


def test_a_token_is_narrow_as_it_was_asked_for_and_can_be_listed_and_revoked(desk: Desk, stocked: World) -> None:
    words = ["--user", "ada", "--project", "Anvil", "--project", "hammer", "--right", "publish", "--days", "7"]
    made = desk.admin("token", "add", *words)
    assert (made["projects"], made["rights"]) == (["anvil", "hammer"], ["publish"])
    parse_token(made["token"])
    shown = desk.admin("token", "list", "--user", "ada")
    assert made == {"token": made["token"], **shown}
    assert (shown["id"], shown["projects"], shown["prefixes"]) == (made["id"], ["anvil", "hammer"], [])
    assert (shown["label"], shown["last_used"], shown["revoked"], shown["parent"]) == ("", None, None, "")
    assert made["token"] not in json.dumps(shown)
    assert desk.admin("token", "revoke", made["id"]) == {"revoked": made["id"]}
    assert desk.admin("token", "list", "--user", "ada")["revoked"] is not None
    assert "revoked 20" in desk.run("admin", "token", "list", "--user", "ada").out


def test_a_list_of_tokens_says_in_words_what_each_is_for(desk: Desk, stocked: World) -> None:
    for words in ((), ("--project", "acme-*", "--project", "anvil", "--network", "192.0.2.0/24")):
        desk.admin("token", "add", "--user", "ada", "--right", "publish", *words)
    told = sorted(desk.run("admin", "token", "list", "--user", "ada").out.splitlines(), key=lambda line: "acme" in line)
    for line, scope in zip(told, ("every project of its owner's, and new ones", "acme-*, anvil"), strict=True):
        assert f"may publish in {scope}" in line
        assert "without a name" in line and "never used" in line
    assert "from 192.0.2.0/24" in told[1]


def test_tokens_are_listed_a_line_each(desk: Desk, stocked: World) -> None:
    assert desk.run("admin", "token", "list", "--user", "ada", "--json").out == ""
    for _ in range(3):
        desk.admin("token", "add", "--user", "ada", "--right", "publish")
    lines = desk.run("admin", "token", "list", "--user", "ada", "--json").out.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 3
    assert len(desk.run("admin", "token", "list", "--user", "ada").out.splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["token", "add", "--user", "nobody", "--right", "publish"], 1, "refused (no-such-account)"),
        (["token", "revoke", "ffff"], 1, "refused (no-such-token)"),
        (["token", "add", "--user", "a b", "--right", "publish"], 2, "error: An account name"),
        (["token", "add", "--user", "ada", "--project", "?", "--right", "yank"], 2, "error: not a Python project"),
        (["token", "add", "--user", "ada", "--project", "*", "--right", "yank"], 2, "error: Before a * stands"),
        (["user", "add", "eve", "--email", "nobody"], 2, "error: That is not an e-mail address."),
        (["remove", "tin", "--yes"], 1, "refused (no-such-project)"),
        (["remove", "tin==1.0", "--yes"], 1, "refused (no-such-release)"),
        (["remove", "tin-1.0.tar.gz", "--yes"], 1, "refused (no-such-file)"),
        (["remove", "anvil==x y", "--yes"], 2, "error: "),
        (["yank", "tin==1.0"], 1, "refused (no-such-release)"),
        (["yank", "tin"], 1, "refused (no-such-release)"),
        (["yank", "anvil==1.0", "--reason", "two\nlines"], 1, "refused (bad-reason)"),
        (["unyank", "tin-1.0-py3-none-any.whl"], 1, "refused (no-such-file)"),
        (["status", "tin", "archived"], 1, "refused (no-such-project)"),
        (["user", "sessions", "nobody"], 1, "refused (no-such-account)"),
        (["reporter", "trust", "acme", "FILE"], 2, "error: "),
        (["reporter", "distrust", "acme"], 1, "error: acme is not in"),
        (["sigstore", "trust", "acme", "FILE"], 2, "error: that is no trust root of Sigstore"),
        (["sigstore", "distrust", "acme"], 1, "error: acme is not in"),
        (["sigstore", "trust", "acme", "BYTES"], 1, "error: That is no text"),
        (["reporter", "trust", "acme", "BYTES"], 1, "error: That is no text"),
        (["restore", "FILE"], 2, "error: "),
        (["backup", "no/such/folder/file.tar"], 2, "error: "),
    ],
)
def test_a_refusal_is_one_line_on_standard_error(
    desk: Desk, published: World, refusal: Refusal, words: list[str], code: int, said: str
) -> None:
    for name, content in (("FILE", b"nonsense"), ("BYTES", b"\xff\xfe\x80")):
        (desk.data / name).write_bytes(content)
    before = published.events()
    ended, line = refusal(*(str(desk.data / word) if word in ("FILE", "BYTES") else word for word in words))
    assert ended == code
    assert line.startswith(said)
    assert published.events() == before


@pytest.mark.principle("GEN-2.1")
def test_a_file_a_release_and_a_project_are_removed_for_ever(desk: Desk, published: World) -> None:
    assert desk.admin("remove", MADE.filename, "--yes") == {"removed": MADE.filename}
    assert list(listed(published)) == [wheel(version="2.0").filename]
    assert desk.admin("remove", "Anvil==2.0.0", "--yes") == {"removed": "Anvil==2.0.0"}
    assert listed(published) == {}
    published.publish(published.token()[1], wheel(version="3.0"))
    assert desk.admin("remove", "anvil", "--yes") == {"removed": "anvil"}
    assert listed(published) == {}
    assert published.read("simple/anvil/index.json") is None
    assert not any(path.endswith(".whl") for path in published.blobs.keys())  # noqa: SIM118


def test_a_release_or_a_file_is_yanked_and_the_yank_taken_back(desk: Desk, published: World) -> None:
    newer = wheel(version="2.0").filename
    assert desk.admin("yank", "anvil==1.0.0", "--reason", "cracked") == {"yanked": "anvil==1.0.0", "reason": "cracked"}
    assert desk.admin("yank", newer) == {"yanked": newer, "reason": ""}
    assert listed(published) == {MADE.filename: "cracked", newer: ""}
    assert '"yanked":"cracked"' in (published.read("simple/anvil/index.json") or "")
    assert desk.admin("unyank", "anvil==1.0") == {"unyanked": "anvil==1.0"}
    assert desk.admin("unyank", newer) == {"unyanked": newer}
    assert listed(published) == {MADE.filename: None, newer: None}


@pytest.mark.parametrize("status", ["active", "archived", "quarantined", "deprecated"])
def test_a_project_is_given_a_state_and_a_reason(desk: Desk, published: World, status: str) -> None:
    assert desk.admin("status", "Anvil", status, "--reason", "moved") == {"project": "Anvil", "status": status}
    project = published.listing().project
    assert (project.status, project.status_reason) == (status, "moved")


def test_fsck_tells_and_prunes(desk: Desk, published: World) -> None:
    clean = {"files": 2, "missing": [], "damaged": [], "unnamed": [], "clean": True}
    assert desk.admin("fsck") == clean
    digest = MADE.offered().digests.sha256.hex
    folder = desk.data / f"files/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    (folder / "stray").write_bytes(b"")
    assert desk.admin("fsck")["unnamed"] == [f"{digest[:2]}/{digest[2:4]}/{digest[4:]}/stray"]
    assert desk.admin("fsck", "--prune")["clean"]
    assert desk.admin("fsck") == clean
    (folder / MADE.filename).write_bytes(b"tin")
    ran = desk.run("admin", "fsck", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["damaged"] == [f"{digest[:2]}/{digest[2:4]}/{digest[4:]}/{MADE.filename}"]
    assert "NOT CLEAN" in desk.run("admin", "fsck").out


def test_a_backup_is_restored_into_an_empty_folder_and_no_other(desk: Desk, published: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    counts = desk.admin("backup", str(copy))
    assert (counts["file"], counts["project"], counts["blobs"]) == (2, 1, 4)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.tar", "data"]
    there = Desk(tmp_path / "there")
    assert there.admin("restore", str(copy)) == counts
    assert there.admin("fsck")["clean"]
    with pytest.raises(ValueError, match="not empty"):
        there.run("admin", "restore", str(copy))


def test_a_failed_backup_leaves_the_older_one_and_nothing_beside(desk: Desk, published: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    desk.admin("backup", str(copy))
    older = copy.read_bytes()
    digest = MADE.offered().digests.sha256.hex
    (desk.data / f"files/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{MADE.filename}").write_bytes(b"tin")
    ran = desk.run("admin", "backup", str(copy))
    assert ran.code == 1
    assert "damaged" in ran.error
    assert copy.read_bytes() == older
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.tar", "data"]


@pytest.mark.principle("GEN-2.1")
def test_pages_from_before_a_restore_are_not_served_after_it(desk: Desk, published: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    desk.admin("backup", str(copy))
    published.publish(published.token()[1], wheel(version="3.0"))
    assert "3.0" in (published.read("simple/anvil/index.json") or "")
    (desk.data / "strongroom.toml").write_text(f'database_url = "sqlite:///{desk.data}/new.db"\n')
    desk.admin("restore", str(copy))
    assert published.page("simple/anvil/index.json") is None


def test_two_who_administer_at_once_do_not_disturb_each_other(desk: Desk, stocked: World) -> None:
    tasks: list[Callable[[], object]] = [
        lambda number=number: desk.admin("token", "add", "--user", "ada", "--right", "publish", "--days", str(number))  # type: ignore[misc]
        for number in range(1, 9)
    ]
    _, token = stocked.token()
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(lambda: [stocked.publish(token, wheel(version=f"1.{n}")) for n in range(8)])
        for task in tasks:
            task()
        assert all(receipt.is_new for receipt in publishing.result(60))
    with stocked.vault.reading() as books:
        assert len(books.tokens.tokens_of(ADA)) == 9
        assert [e.serial for e in books.events.after(0, 1000)] == list(range(1, books.events.newest() + 1))


def test_a_database_of_a_newer_program_is_told_in_one_line(stocked: World, refusal: Refusal) -> None:
    with stocked.vault.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    code, said = refusal("fsck")
    assert code == 2
    assert "revision 9999" in said


def test_a_database_that_does_not_answer_is_told_in_one_line_without_its_password(
    desk: Desk, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONGROOM_DATABASE_URL", f"postgresql://ada:verysecret@127.0.0.1:{free_port()}/none")
    code, said = refusal("fsck")
    assert code == 1
    assert "does not answer" in said
    assert "verysecret" not in said


def test_a_person_is_told_in_words_too(desk: Desk) -> None:
    ran = desk.run("admin", "user", "add", "ada", "--email", "ada@example.org", "--administrator")
    assert ran.code == 0
    assert "shown once" in ran.out
    assert re.search(PATTERN, ran.out)
    repository = open_repository(settings.load(data=desk.data))
    with repository.vault.reading() as books:
        account = books.accounts.account(AccountName("ada"))
    repository.close()
    assert account is not None
    assert account.is_administrator
    assert account.totp_secret


def test_removing_asks_first_at_a_terminal(desk: Desk, published: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        """A standard input at which a person sits."""

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(admin, "sys", type("sys", (), {"stdin": Terminal()}))
    done = CliRunner().invoke(cli, ["admin", "remove", "anvil", "--data", str(desk.data)], input="n\n")
    assert done.exit_code == 1
    assert "never used again" in done.output
    assert len(listed(published)) == 2
    assert published.listing(ANVIL).project.name == ANVIL
