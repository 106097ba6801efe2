"""How a command ends that did not do what it was asked: one line on standard error, and an exit code.

1: it was refused, or cannot be done. 2: the command line, or what it names, could not be read.

Principles: none
"""

import json
from collections.abc import Sequence

import click

from strongroom.kernel.refusals import Refused


class Absent(click.ClickException):
    """There is nothing of that name; `code` is for programs."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code


#: Everything that a command ends with and that is nobody's mistake in the code.
ENDINGS = (click.ClickException, Refused, ValueError, OSError)


def end_with(error: Exception, words: Sequence[str]) -> int:
    """Say why a command with these words did not do its work, as JSON where it was to print that; return the code."""
    as_json = "--json" in words
    if isinstance(error, Refused):
        principle = f" [{error.principle}]" if error.principle else ""
        _say(as_json, error.code, error.says, f"refused ({error.code}){principle}: {error.says}")
        return 1
    if isinstance(error, click.UsageError):
        if as_json:
            _say(as_json, "usage", error.format_message(), "")
        else:
            error.show()
        return error.exit_code
    if isinstance(error, click.ClickException):
        _say(as_json, error.code if isinstance(error, Absent) else "cannot", error.message, f"error: {error.message}")
        return error.exit_code
    _say(as_json, "unreadable", str(error), f"error: {error}")
    return 2


def _say(as_json: bool, code: str, detail: str, line: str) -> None:
    click.echo(json.dumps({"code": code, "detail": detail}) if as_json else line, err=True)
