"""How commands end that did nothing: one line, one code; JSON for a program that asked for JSON.

Principles: none
"""

import json
import sys
from pathlib import Path

import pytest
from tests.unit.commands.conftest import Desk
from tests.worlds import World

from strongroom.commands.main import main


def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the program as a shell does; return its code, and what it said on both outputs."""
    monkeypatch.setattr(sys, "argv", ["strongroom", *words])
    with pytest.raises(SystemExit) as how:
        main()
    said = capsys.readouterr()
    return int(str(how.value.code)), said.out, said.err


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["token", "revoke", "ffff"], 1, "no-such-token"),
        (["token", "add", "--user", "a b", "--right", "publish"], 2, "unreadable"),
        (["sigstore", "distrust", "acme"], 1, "no-such-sigstore"),
        (["issuer", "trust", "https://forge.example"], 2, "usage"),
    ],
)
def test_a_program_that_asked_for_json_is_told_why_in_json(
    desk: Desk,
    stocked: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    named: str,
) -> None:
    ending, out, error = ended(monkeypatch, capsys, "admin", *words, "--json", "--data", str(desk.data))
    assert (ending, out) == (code, "")
    why = json.loads(error)
    assert (why["code"], set(why)) == (named, {"code", "detail"})
    assert why["detail"]


def test_a_person_is_told_in_one_line_and_how_a_command_is_used(
    desk: Desk, stocked: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = ended(monkeypatch, capsys, "admin", "issuer", "trust", "https://forge.example")
    assert code == 2
    assert "Usage: strongroom admin issuer trust" in error and "'--provider'" in error
    code, _, error = ended(monkeypatch, capsys, "admin", "reporter", "distrust", "acme", "--data", str(desk.data))
    assert (code, error) == (1, "error: acme is not in the folder of reporters.\n")
    assert ended(monkeypatch, capsys, "--version")[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[publishing]\nproviders = ["foo"]\n', "foo: there is no such provider"),
        ('[provenance]\ntrust_root = "/no/such/root.json"\n', "provenance.trust_root"),
    ],
)
def test_settings_that_no_server_would_start_with_are_not_shown_as_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(text)
    code, out, error = ended(monkeypatch, capsys, "config", "show", "--config", str(config))
    assert (code != 0, out) == (True, "")
    assert said in error
