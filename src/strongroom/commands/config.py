"""`strongroom config`: the settings in force.

Principles: none
"""

from pathlib import Path

import click

from strongroom.commands.options import config_option, data_option, load_settings


@click.group("config")
def command() -> None:
    """Show the settings in force."""


@command.command("show")
@data_option
@config_option
def show(data: Path | None, config: Path | None) -> None:
    """Print every setting as TOML, secrets left out: file first, environment over it."""
    chosen = load_settings(config, data=data)
    tables = []
    for key, value in chosen.model_dump(mode="json").items():
        if isinstance(value, dict):
            tables.append((key, value))
        elif key == "database_url":
            click.echo(f"# database_url: {'set, not shown' if value else 'not set: SQLite in the data folder'}")
        else:
            click.echo(_line(key, value))
    for name, table in tables:
        click.echo(f"\n[{name}]")
        for key, value in table.items():
            click.echo(_line(key, value))


def _line(key: str, value: object) -> str:
    match value:
        case None:
            return f"# {key}: not set"
        case bool():
            return f"{key} = {str(value).lower()}"
        case int() | float():
            return f"{key} = {value}"
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'{key} = "{escaped}"'
