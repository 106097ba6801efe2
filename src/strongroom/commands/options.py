"""Options that several commands share.

Principles: none
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from strongroom.settings import Settings


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
