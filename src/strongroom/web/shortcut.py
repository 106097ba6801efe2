"""The shortcut of a connection: index pages and short files, answered without a task, a route or a thread.

It knows only what is certain at a glance; whatever it does not know takes the whole road, which gives the same answer.

Principles: none
"""

import re
from functools import lru_cache
from typing import Final

from strongroom.web.files import ShortFiles
from strongroom.web.http import LONGEST_ACCEPT, coding, is_unchanged
from strongroom.web.metrics import Metrics
from strongroom.web.rendered import RenderedPages, View, index_kind

# Only canonical names: a name that is not takes the whole road, and is redirected there.
_WHOLE_ROAD: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"range", b"if-range"})
_LONGEST_URL: Final = 160
_SIMPLE: Final = re.compile(rb"/simple/(?:([a-z0-9]+(?:-[a-z0-9]+)*)/)?")


def view_of(url: bytes, accept: bytes) -> View | None:
    """Return the view that an address asks for; None when it is no index page's canonical address."""
    if len(url) > _LONGEST_URL or _SIMPLE.fullmatch(url) is None:
        return None
    return _view(url, accept)


@lru_cache(maxsize=8192)
def _view(url: bytes, accept: bytes) -> View | None:
    # Only what is short and well-formed gets here: what strangers can put into this memory is bounded.
    match = _SIMPLE.fullmatch(url)
    if match is None:
        return None
    folder = f"simple/{match[1].decode()}" if match[1] else "simple"
    kind = index_kind(accept)
    return View(f"{folder}/index.json" if kind.endswith(b"json") else f"{folder}/index.html", kind)


def plainly_asked(headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes, bytes] | None:
    """Return Accept, Accept-Encoding and If-None-Match; None when the request asks for more than a page."""
    accept = encoding = held = b""
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"accept":
            accept = accept + b", " + value if accept else value
        elif name == b"accept-encoding":
            encoding = encoding + b", " + value if encoding else value
        elif name == b"if-none-match":
            held = held + b", " + value if held else value
        elif name in _WHOLE_ROAD:
            return None
    return None if hosts != 1 or len(accept) > LONGEST_ACCEPT else (accept, encoding, held)


class Shortcut:
    """Answers a GET or HEAD of an index page that is made already, or of a short file."""

    def __init__(
        self, rendered: RenderedPages, files: ShortFiles | None, metrics: Metrics, *, is_open: bool = True
    ) -> None:
        """Take what is kept; `is_open` False: nothing is for everybody, so there is no shortcut."""
        self._is_open: Final = is_open
        self._rendered: Final = rendered
        self._files: Final = files
        self._metrics: Final = metrics

    def __call__(
        self, url: bytes, headers: list[tuple[bytes, bytes]], is_head: bool
    ) -> tuple[int, bytes, bytes] | None:
        """Return status, header lines and body; None when the whole road must be taken."""
        asked = plainly_asked(headers) if self._is_open else None
        if asked is None:
            return None
        accept, encoding, held = asked
        if url.startswith(b"/packages/"):
            return self._file(url, held, is_head)
        view = view_of(url, accept)
        kept = self._rendered.find(view, coding(encoding)) if view else None
        if kept is None:
            return None
        self._metrics.shortcuts += 1
        if held and is_unchanged(held, kept.etag):
            return 304, kept.unchanged, b""
        return 200, kept.whole, b"" if is_head else kept.body

    def _file(self, url: bytes, held: bytes, is_head: bool) -> tuple[int, bytes, bytes] | None:
        if held or self._files is None:
            return None
        found = self._files.find(url)
        if found is None:
            return None
        self._metrics.shortcuts += 1
        return 200, found[0], b"" if is_head else found[1]
