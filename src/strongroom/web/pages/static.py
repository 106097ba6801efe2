"""The style, the scripts and the icon, under names that change with their bytes, so that they may be cached for ever.

Principles: none
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_FOLDER: Final = files(__package__).joinpath("static")


def _named(stem: str, suffix: str) -> tuple[str, bytes]:
    body = _FOLDER.joinpath(f"{stem}.{suffix}").read_bytes()
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{suffix}", body


STYLE, _style = _named("strongroom", "css")
SCRIPT, _script = _named("copy", "js")
ACCOUNT, _account = _named("account", "js")
ICON, _icon = _named("strongroom", "svg")

#: By file name: the bytes and their media type.
STATIC: Final[Mapping[str, tuple[bytes, str]]] = {
    STYLE: (_style, "text/css; charset=utf-8"),
    SCRIPT: (_script, "text/javascript; charset=utf-8"),
    ACCOUNT: (_account, "text/javascript; charset=utf-8"),
    ICON: (_icon, "image/svg+xml"),
}
