"""Asking how a command is used costs nothing: what is heavy is imported when it is needed.

Principles: none
"""

import resource
import subprocess
import sys

import pytest

HEAVY = ("sqlalchemy", "starlette", "pydantic", "alembic", "uvicorn", "jinja2", "argon2", "packaging", "asyncio")
QUICK_SECONDS = 0.2
PROGRAM = (
    "import sys\n"
    "from strongroom.commands.main import cli\n"
    "cli(sys.argv[1:], standalone_mode=False)\n"
    f"print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)\n"
)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["-h"],
        ["--version"],
        ["admin", "--help"],
        ["admin", "user", "add", "--help"],
        ["admin", "backup", "--help"],
        ["config", "--help"],
        ["serve", "--help"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.strip() == ""
    assert "Usage:" in ran.stdout or "version" in ran.stdout


def test_help_takes_less_than_a_fifth_of_a_second() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", PROGRAM, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Processor time, and the best of several: how busy the machine is otherwise does not count.
    assert min(seconds() for _ in range(5)) < QUICK_SECONDS
