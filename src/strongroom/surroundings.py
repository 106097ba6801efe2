"""Clock, chance and environment for what installs without the server; `settings` is their other reader.

Principles: none
"""

import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


class RealClocks:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place

    def seconds(self) -> float:
        """Return seconds since 1970."""
        return time.time()  # noqa: TID251 - the one place

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class RealChance:
    """Randomness of the operating system."""

    def text(self, length: int) -> str:
        """Return so many random characters, lower-case letters and digits that look like no others."""
        return "".join(secrets.choice(_LETTERS) for _ in range(length))


def state_folder() -> Path:
    """Return the folder where runs are kept: under $XDG_STATE_HOME, else under ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME")  # noqa: TID251 - the one place
    return (Path(home) if home else Path.home() / ".local" / "state") / "strongroom"


def environment() -> dict[str, str]:
    """Return the environment that programs are given."""
    return dict(os.environ)  # noqa: TID251 - the one place
