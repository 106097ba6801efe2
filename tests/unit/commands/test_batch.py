"""Many commands by one program: each as if it had been started by itself.

Principles: none
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.unit.commands.conftest import Desk

from strongroom.assess.drivers.batch import Batch
from strongroom.assess.wire import Unreachable
from strongroom.commands.main import cli

PROGRAM = str(Path(sys.executable).with_name("strongroom"))


def batch(*lines: object) -> list[dict[str, Any]]:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    done = CliRunner().invoke(cli, ["admin", "batch"], input=text)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_is_a_command_and_each_answer_a_line(desk: Desk) -> None:
    add = ["user", "add", "eve", "--email", "eve@example.org", "--data", str(desk.data), "--json"]
    made, again, listed = batch(add, add, ["token", "list", "--user", "eve", "--data", str(desk.data)])
    assert (made["exit"], json.loads(made["stdout"])["user"]) == (0, "eve")
    assert (again["exit"], again["stdout"]) == (1, "")
    assert json.loads(again["stderr"])["code"] == "account-exists"
    assert listed["exit"] == 0


@pytest.mark.parametrize("line", ["no json", '{"a": 1}', "[1]", '["batch"]', '["no-such-command"]', '["user", "add"]'])
def test_a_line_that_is_no_command_ends_nothing_but_itself(desk: Desk, line: str) -> None:
    wrong, right = batch(line, ["token", "list", "--user", "ada", "--data", str(desk.data)])
    assert wrong["exit"] == 2
    assert wrong["stderr"]
    assert right["exit"] in (0, 1)


def test_help_is_an_answer_like_any_other(desk: Desk) -> None:
    (answer,) = batch(["user", "--help"])
    assert answer["exit"] == 0
    assert "Usage: strongroom admin user" in answer["stdout"]


def test_the_assessor_keeps_one_program_for_all_its_commands(desk: Desk) -> None:
    one = Batch([PROGRAM, "admin", "batch"], [PROGRAM, "admin"], 60)
    try:
        words = [
            PROGRAM,
            "admin",
            "user",
            "add",
            "eve",
            "--email",
            "eve@example.org",
            "--data",
            str(desk.data),
            "--json",
        ]
        assert one.takes(words)
        assert not one.takes(["strongroom", "assess"])
        assert one.run(words).returncode == 0
        assert "account-exists" in one.run(words).stderr
    finally:
        one.close()


@pytest.mark.parametrize(
    "says",
    [
        "",
        "import time; time.sleep(60)",
        "print('nonsense')",
        "print('[]')",
        "print('{}')",
        "import sys; sys.stdin.close()",
    ],
)
def test_a_program_that_dies_hangs_or_answers_nonsense_is_unreachable(says: str) -> None:
    one = Batch([sys.executable, "-c", says], ["x"], 1)
    with pytest.raises(Unreachable):
        one.run(["x", "y"])
    one.close()
