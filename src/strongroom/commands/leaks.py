"""`strongroom admin reporter …`: who may report leaked tokens by a report that they sign.

Principles: AUTHZ-3.2
"""

from pathlib import Path
from typing import IO

import click

from strongroom.commands.ending import Absent
from strongroom.commands.options import common, load_settings, read_text, say

_LIMIT_CHARACTERS = 16 * 1024


def _folder(data: Path | None, config: Path | None) -> Path:
    from strongroom.household import REPORTERS
    from strongroom.repository import is_there

    chosen = load_settings(config, data=data)
    if not is_there(chosen):
        raise click.ClickException(f"There is no repository in {chosen.data}. Say which folder with --data.")
    return chosen.data / REPORTERS


@click.group("reporter")
def command() -> None:
    """Say who may report leaked tokens. A server takes note at once."""


@command.command("trust")
@click.argument("key_id")
@click.argument("pem", type=click.File("r"), default="-")
@common
def trust_command(key_id: str, pem: IO[str], data: Path | None, config: Path | None, as_json: bool) -> None:
    """Take reports that are signed by the key in the file PEM (standard input without), known as KEY_ID."""
    from strongroom.outbound.signatures import trust

    trust(_folder(data, config), key_id, read_text(pem, _LIMIT_CHARACTERS, "a key in PEM"))
    say(as_json, {"trusted": key_id}, f"Reports that {key_id} signs are taken.")


@command.command("distrust")
@click.argument("key_id")
@common
def distrust_command(key_id: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Take no reports of this key any more."""
    from strongroom.outbound.signatures import distrust

    if not distrust(_folder(data, config), key_id):
        raise Absent("no-such-reporter", f"{key_id} is not in the folder of reporters.")
    say(as_json, {"distrusted": key_id}, f"Reports that {key_id} signs are taken no more.")


@command.command("list")
@common
def list_command(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the keys that were added by command; those of the settings stand there."""
    from strongroom.outbound.signatures import trusted

    for key_id in trusted(_folder(data, config)):
        say(as_json, {"key_id": key_id}, key_id)
