"""Settings come from one file and the environment over it; what is unknown is an error, what is secret is not shown.

Principles: none
"""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from tests.postgres import free_port
from tests.unit.commands.conftest import Desk

from strongroom import settings
from strongroom.commands.main import cli
from strongroom.settings import CONFIG_FILE, Settings

BIN = Path(sys.executable).parent


def write(desk: Desk, text: str) -> None:
    desk.data.mkdir(exist_ok=True)
    (desk.data / CONFIG_FILE).write_text(text)


def shown(desk: Desk) -> dict[str, object]:
    """Return what `config show` prints, read as the TOML that it is."""
    ran = desk.run("config", "show")
    assert ran.code == 0, ran
    return tomllib.loads(ran.out)


def test_everything_has_a_default(desk: Desk) -> None:
    chosen = settings.load(data=desk.data)
    assert (chosen.host, chosen.port, chosen.title) == ("127.0.0.1", 8000, "Strongroom")
    assert chosen.limits.file_bytes == 100 * 1024 * 1024
    assert chosen.limits.project_bytes == 10 * 1024 * 1024 * 1024
    assert chosen.site_url == "http://localhost:8000/"
    assert chosen.database == f"sqlite:///{desk.data}/strongroom.db"


def test_the_file_is_read_and_the_environment_is_over_it_and_the_command_line_over_both(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(desk, 'title = "Acme"\nport = 9000\nhost = "::1"\n[limits]\nfile_bytes = 5000\nform_bytes = 6000\n')
    monkeypatch.setenv("STRONGROOM_PORT", "9001")
    monkeypatch.setenv("STRONGROOM_LIMITS__FILE_BYTES", "7000")
    chosen = settings.load(data=desk.data)
    assert (chosen.title, chosen.port, chosen.host) == ("Acme", 9001, "::1")
    assert (chosen.limits.file_bytes, chosen.limits.form_bytes) == (7000, 6000)
    assert settings.load(data=desk.data, port=9002).port == 9002
    assert settings.load(data=desk.data, port=None).port == 9001
    assert chosen.site_url == "http://localhost:9001/"


def test_a_file_elsewhere_is_read_when_it_is_named(desk: Desk, tmp_path: Path) -> None:
    write(desk, 'title = "Here"\n')
    (tmp_path / "other.toml").write_text('title = "There"\n')
    assert settings.load(data=desk.data).title == "Here"
    assert settings.load(tmp_path / "other.toml", data=desk.data).title == "There"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('titel = "x"', "titel"),
        ("[limits]\nfile_byte = 5000", "limits.file_byte"),
        ("[nothing]\nx = 1", "nothing"),
        ("port = 70000", "port"),
        ('port = "x"', "port"),
        ("[limits]\nfile_bytes = 1", "limits.file_bytes"),
        ('public_url = "ftp://x"', "public_url"),
        ('token_infix = "A B"', "token_infix"),
        (f'title = "{"x" * 61}"', "title"),
    ],
)
def test_what_does_not_hold_is_named(desk: Desk, text: str, named: str) -> None:
    write(desk, text)
    for words in (["config", "show"], ["admin", "fsck"], ["config", "nginx"]):
        ran = desk.run(*words)
        assert ran.code == 1
        assert f"  {named}: " in ran.error


@pytest.mark.parametrize("name", ["STRONGROOM_PUBLIC_URI", "STRONGROOM_LIMIT__FILE_BYTES"])
def test_a_name_in_the_environment_that_is_no_setting_is_an_error_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "5000")
    with pytest.raises(ValueError, match=f"{name} is no setting"):
        desk.run("config", "show")


def test_a_name_in_the_environment_that_is_no_setting_of_its_table_is_an_error_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONGROOM_LIMITS__FILE_BYTE", "5000")
    ran = desk.run("config", "show")
    assert ran.code == 1
    assert "  limits.file_byte: " in ran.error


def test_a_file_that_is_no_toml_is_told_in_one_line(desk: Desk) -> None:
    write(desk, "title = ")
    with pytest.raises(ValueError, match="Invalid value"):
        desk.run("config", "show")


def test_no_secret_is_shown_or_printed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_DATABASE_URL", "postgresql://ada:verysecret@db.example/books")
    ran = desk.run("config", "show")
    assert "verysecret" not in ran.out + ran.error
    assert "database_url: set, not shown" in ran.out
    assert "verysecret" not in repr(settings.load(data=desk.data))
    assert "verysecret" not in str(settings.load(data=desk.data))


def test_a_wrong_setting_beside_a_secret_does_not_print_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_DATABASE_URL", "postgresql://ada:verysecret@db.example/books")
    monkeypatch.setenv("STRONGROOM_PORT", "many")
    ran = desk.run("config", "show")
    assert ran.code == 1
    assert "verysecret" not in ran.out + ran.error


def test_secrets_are_read_from_files(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://ada:verysecret@db.example/books\n")
    write(desk, f'database_url_file = "{tmp_path}/url"\n')
    assert settings.load(data=desk.data).database == "postgresql://ada:verysecret@db.example/books"
    assert "verysecret" not in desk.run("config", "show").out


@pytest.mark.parametrize("title", ["Acme", 'say "hi"', "back\\slash", "two\nlines", "\x1b[31m", "名前", "\x7f", "'"])
def test_what_config_show_prints_is_a_file_that_says_the_same(desk: Desk, title: str) -> None:
    chosen = Settings(data=desk.data, title=title, port=9000)
    write(desk, "")
    printed = CliRunner().invoke(cli, ["config", "show", "--data", str(desk.data)], env={"STRONGROOM_TITLE": title})
    assert printed.exit_code == 0
    read = tomllib.loads(printed.stdout)
    assert read["title"] == chosen.title
    (desk.data / CONFIG_FILE).write_text(printed.stdout)
    assert settings.load(data=desk.data).title == title


def test_config_show_tells_every_setting(desk: Desk) -> None:
    out = desk.run("config", "show").out
    for name, field in Settings.model_fields.items():
        assert name in out, field.description
    assert shown(desk)["limits"]


def test_settings_do_not_change_once_they_are_read(desk: Desk) -> None:
    chosen = settings.load(data=desk.data)
    with pytest.raises(ValidationError):
        chosen.port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        chosen.limits.file_bytes = 1  # type: ignore[misc]


def test_an_s3_store_without_keys_is_refused(desk: Desk) -> None:
    write(desk, '[s3]\nbucket = "b"\n')
    with pytest.raises(ValueError, match="access_key_file"):
        desk.run("admin", "user", "add", "ada", "--email", "ada@example.org")


def test_the_nginx_configuration_names_this_repository(desk: Desk) -> None:
    write(desk, "port = 9000\n[limits]\nfile_bytes = 5000\nform_bytes = 6000\nkeep_alive_seconds = 9\n")
    out = desk.run("config", "nginx", "--listen", "127.0.0.1:8080").out
    assert f"root {desk.data}/pages/current;" in out
    assert "server 127.0.0.1:9000;" in out
    assert "listen 127.0.0.1:8080;" in out
    assert f"client_max_body_size {5000 + 6000 + 65536};" in out
    assert "keepalive_timeout 7s;" in out
    assert "$data" not in out
    assert "${" not in out


@pytest.mark.parametrize("listen", ["80;", "80 { }", "80\nserver_name x", "$host", "80 'x'", ""])
def test_nothing_else_can_be_slipped_into_the_nginx_configuration(desk: Desk, listen: str) -> None:
    assert desk.run("config", "nginx", "--listen", listen).code == 1


@pytest.mark.parametrize("name", ["a b", "a;b", "a$b", "a'b", "a{b"])
def test_a_folder_that_nginx_would_misread_is_refused(desk: Desk, name: str) -> None:
    assert desk.run("config", "nginx", data=desk.data.with_name(name)).code == 1


def test_two_servers_do_not_serve_one_folder(desk: Desk) -> None:
    command = [str(BIN / "strongroom"), "serve", "--data", str(desk.data), "--port", str(free_port())]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    try:
        assert first.stdout is not None
        assert first.stdout.readline().startswith(b"Strongroom serves ")
        assert b"/setup/srm_" in first.stdout.readline()
        second = subprocess.run([*command[:-1], str(free_port())], capture_output=True, text=True, env=environment)
        assert second.returncode == 1
        assert f"Another Strongroom serves from {desk.data}." in second.stderr
        restoring = desk.run("admin", "restore", __file__)
        assert restoring.code == 1
        assert "Another Strongroom serves" in restoring.error
        assert desk.admin("user", "add", "ada", "--email", "ada@example.org", "--administrator")["user"] == "ada"
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=30)
    third = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert third.stdout is not None
    assert third.stdout.readline().startswith(b"Strongroom serves ")
    third.terminate()
    rest, _ = third.communicate(timeout=30)
    assert b"/setup/" not in rest
