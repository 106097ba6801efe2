"""`strongroom admin batch`: many commands by one program, for those who would start it a hundred times.

Principles: none
"""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

import click

from strongroom.commands.ending import ENDINGS, end_with

LIMIT_CHARACTERS = 1 << 16


@click.command("batch")
@click.pass_context
def batch_command(ctx: click.Context, /) -> None:
    """Do what the lines of standard input say, one after the other.

    A line is the words of one `strongroom admin` command, as a JSON list; the answer to it is one line too, a JSON
    object with `exit`, `stdout` and `stderr`. A command that is refused ends nothing but itself.
    """
    admin = ctx.parent.command if ctx.parent else ctx.command
    while line := sys.stdin.readline(LIMIT_CHARACTERS):
        click.echo(json.dumps(_done(admin, line)))
        sys.stdout.flush()


def _done(admin: click.Command, line: str) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    try:
        words = json.loads(line)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or words[:1] == ["batch"]:
            raise ValueError("a line is a JSON list of words, and no batch in a batch")
        with redirect_stdout(out), redirect_stderr(err):
            code = _run(admin, words)
    except ValueError as wrong:
        code = 2
        err.write(f"error: {wrong}\n")
    return {"exit": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def _run(admin: click.Command, words: list[str]) -> int:
    """Run one command as the program itself would, and return its exit code."""
    try:
        admin.main(words, prog_name="strongroom admin", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return 1
    except ENDINGS as error:
        return end_with(error, words)
    return 0
