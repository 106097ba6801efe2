"""Options that several commands share.

Principles: none
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from strongroom.repository import Repository
    from strongroom.settings import Settings


F = TypeVar("F", bound=Callable[..., Any])

#: Who did it, in the log of events, when it was done by command on the machine itself.
ACTOR = "administrator on the machine"

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of everything that is kept (default ./data).",
)
config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file of settings (default strongroom.toml in the data folder).",
)


def load_settings(config: Path | None, **chosen: Any) -> "Settings":
    """Return the settings in force; ClickException, saying which, when one is wrong."""
    from pydantic import ValidationError

    from strongroom import settings

    try:
        return settings.load(config, **chosen)
    except ValidationError as wrong:
        lines = [f"  {'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors()]
        raise click.ClickException("These settings do not hold:\n" + "\n".join(lines)) from None


def common(function: F) -> F:
    """Add the options that every command here takes."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    return data_option(config_option(as_json(function)))


@contextmanager
def opened(data: Path | None, config: Path | None, *, may_make: bool = False) -> "Iterator[Repository]":
    """Open the repository for one command; ClickException when there is none, unless the command may make one."""
    from strongroom.repository import is_there

    chosen = load_settings(config, data=data)
    if not may_make and not is_there(chosen):
        raise click.ClickException(f"There is no repository in {chosen.data}. Say which folder with --data.")
    repository = open_as(chosen)
    try:
        yield repository
    finally:
        repository.close()


def open_as(chosen: "Settings") -> "Repository":
    """Open the repository that the settings describe; ClickException when its database does not answer."""
    from sqlalchemy.exc import OperationalError

    from strongroom.repository import open_repository

    try:
        return open_repository(chosen)
    except OperationalError as error:
        why = " ".join(str(error.orig).split())
        raise click.ClickException(f"The database does not answer: {why}") from None


def say(as_json: bool, facts: dict[str, object], sentence: str) -> None:
    """Print the facts as JSON, or the sentence."""
    click.echo(json.dumps(facts) if as_json else sentence)


def read_text(file: IO[str], limit: int, what: str) -> str:
    """Read at most so many characters of a file; ClickException when it is no text."""
    try:
        return file.read(limit)
    except UnicodeDecodeError:
        raise click.ClickException(f"That is no text, so it is not {what}.") from None
