"""`strongroom`: the way in.

Principles: none
"""

import importlib
import os
import sys
from typing import Final

import click

from strongroom import __version__
from strongroom.commands.ending import ENDINGS, end_with

_COMMANDS: Final = {
    "admin": ("strongroom.commands.admin", "Look after a repository: people, tokens, files, checks, copies."),
    "assess": ("strongroom.commands.assess", "Measure a repository against the principles."),
    "config": ("strongroom.commands.config", "Show the settings in force."),
    "exercise": ("strongroom.commands.exercise", "Play through an incident at a table."),
    "token": ("strongroom.commands.token", "Find leaked tokens in any text, and end them."),
    "serve": ("strongroom.commands.serve", "Run a repository."),
}


class Late(click.Group):
    """A group that imports a command when it is called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported; None when there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        try:
            module = importlib.import_module(_COMMANDS[cmd_name][0])
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("strongroom"):
                raise
            raise click.ClickException(
                f"{missing.name} is not installed. Install the server with: pip install 'strongroom[server]'"
            ) from None
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in sorted(_COMMANDS.items())])


@click.group(cls=Late, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="strongroom")
def cli() -> None:
    """A package repository that keeps what it is given, and can prove it.

    Exit codes: 0 done; 1 refused, or it cannot be done; 2 the command line, or what it names, could not be read.
    `assess` has more of its own. With --json the reason is JSON too, on standard error.
    """


def main() -> None:
    """Run the command line, and end with its exit code."""
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        click.echo("Aborted!", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the answer has read enough; the interpreter must not find out once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ENDINGS as error:
        sys.exit(end_with(error, sys.argv[1:]))
