"""`strongroom config`: the settings in force.

Principles: none
"""

import json
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
    from strongroom.household import trusted_of

    chosen = load_settings(config, data=data)
    # What a server would refuse to start with is not shown as if it were in force.
    trusted_of(chosen)
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


@command.command("nginx")
@data_option
@config_option
@click.option("--listen", default="80", show_default=True, help="What nginx listens on, as in its listen directive.")
def nginx(data: Path | None, config: Path | None, listen: str) -> None:
    """Print the configuration for an nginx in front, with the paths of this data folder.

    Pages and files are then served from disk by nginx itself, also while Strongroom restarts.
    """
    import re
    import string
    from importlib.resources import files

    chosen = load_settings(config, data=data)
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    if not re.fullmatch(r"[A-Za-z0-9.:\[\]_/-]+( (ssl|http2|default_server|reuseport))*", listen):
        raise click.ClickException("That is nothing that nginx listens on: a port, an address and port, or unix:/path.")
    if not re.fullmatch(r"[A-Za-z0-9._/+-]+", str(chosen.data)):
        raise click.ClickException(
            f"nginx cannot be told of the folder {chosen.data}: use letters, digits and . _ - + /"
        )
    template = string.Template(files("strongroom.web").joinpath("nginx.conf").read_text())
    click.echo(
        template.substitute(
            data=chosen.data,
            upstream=f"{host}:{chosen.port}",
            listen=listen,
            guard="\n        auth_request /_/may-read;" if chosen.private else "",
            gate=_GATE if chosen.private else "",
            idle_seconds=max(1, chosen.limits.keep_alive_seconds - 2),
            body_bytes=chosen.limits.file_bytes + chosen.limits.form_bytes + 65536,
        ),
        nl=False,
    )


#: In front of a private instance, nginx asks who may read before it hands out what it holds itself.
_GATE = """\
    location = /_/may-read {
        internal;
        proxy_pass http://strongroom_application/_/may-read;
        proxy_http_version 1.1;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
    }

"""


def _line(key: str, value: object) -> str:
    return f"# {key}: not set" if value is None else f"{key} = {_written(value)}"


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list():
            return f"[{', '.join(_written(each) for each in value)}]"
        case dict():
            return f"{{{', '.join(f'{json.dumps(name)} = {_written(each)}' for name, each in value.items())}}}"
        case _:
            # A basic string of TOML is one of JSON, but that DEL is escaped too.
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
