"""Serving rendered pages: bytes from disk, kept in memory while the disk says that they are still the same.

Each answer costs one look at the disk (a `stat`); so another process may change a page, and the next reader sees it.

Principles: GEN-2.1
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strongroom.web.http import INERT, SAFE, Headers, coding, header, is_unchanged, quality

#: Pages kept in memory, together: enough for the busiest few thousand.
MEMORY_BYTES: Final = 24 * 1024 * 1024

JSON_INDEX: Final = b"application/vnd.pypi.simple.v1+json"
HTML_INDEX: Final = b"application/vnd.pypi.simple.v1+html"
HTML: Final = b"text/html; charset=utf-8"
JSON: Final = b"application/json"

_CODING_NAMES: Final = {"gz": b"gzip", "zst": b"zstd"}


@dataclass(frozen=True, slots=True)
class View:
    """One way to see a page: which file it is, and as what it is sent."""

    path: str
    kind: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A page in memory. `head` holds the header lines but the status line and the date; each block ends with CRLF."""

    signature: tuple[int, int, int]
    etag: bytes
    headers: list[tuple[bytes, bytes]]
    whole: bytes
    unchanged: bytes
    body: bytes


class RenderedPages:
    """The pages under one folder, as clients see them. `serial_at` tells a page's serial by its time of change."""

    def __init__(self, folder: Path, content_security_policy: bytes, serial_at: Callable[[int], int]) -> None:
        self._folder: Final = str(folder)
        self._policy: Final = content_security_policy
        self._serial_at: Final = serial_at
        self._kept: OrderedDict[tuple[str, bytes, str], Kept] = OrderedDict()
        self._kept_bytes = 0

    def find(self, view: View, suffix: str) -> Kept | None:
        """Return the page, or None when nobody has made it yet. `suffix` chooses the compressed twin, "" none."""
        name = f"{self._folder}/{view.path}.{suffix}" if suffix else f"{self._folder}/{view.path}"
        try:
            found = os.stat(name)  # noqa: PTH116 (this line is most of the cost of an answer)
        except (FileNotFoundError, NotADirectoryError):
            return None
        signature = (found.st_mtime_ns, found.st_size, found.st_ino)
        key = (view.path, view.kind, suffix)
        kept = self._kept.get(key)
        if kept is not None and kept.signature == signature:
            return kept
        return self._load(key, name)

    def unkept(self, view: View, body: bytes) -> Kept:
        """Return a page that is sent once and not kept: it was true when it was asked for."""
        return self._kept_of((0, 0, 0), view, "", body, [])

    def _load(self, key: tuple[str, bytes, str], name: str) -> Kept | None:
        try:
            with open(name, "rb") as page:  # noqa: PTH123
                found = os.fstat(page.fileno())
                body = page.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        # Mirrors take a page for stale when it is of an older serial than the list of projects said, or says none.
        serial = [(b"x-pypi-last-serial", b"%d" % self._serial_at(found.st_mtime_ns // 1_000_000_000))]
        signature = (found.st_mtime_ns, found.st_size, found.st_ino)
        kept = self._kept_of(signature, View(key[0], key[1]), key[2], body, serial)
        old = self._kept.pop(key, None)
        self._kept_bytes += len(body) - (len(old.body) if old else 0)
        self._kept[key] = kept
        while self._kept_bytes > MEMORY_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped.body)
        return kept

    def _kept_of(
        self, signature: tuple[int, int, int], view: View, suffix: str, body: bytes, more: list[tuple[bytes, bytes]]
    ) -> Kept:
        kind, is_for_people = view.kind, view.path.startswith("project/")
        mark = f"-{suffix}" if suffix else ""
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}{mark}"'.encode()
        shown = [*SAFE, (b"content-security-policy", self._policy)] if is_for_people else INERT
        headers = [
            (b"etag", etag),
            (b"vary", b"Accept, Accept-Encoding"),
            # Keep it, but ask each time: a page is never older than the last upload.
            (b"cache-control", b"no-cache"),
            (b"access-control-allow-origin", b"*"),
            *more,
            *shown,
        ]
        described = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers]
        if suffix:
            described.append((b"content-encoding", _CODING_NAMES[suffix]))
        return Kept(signature, etag, described, _lines(described), _lines(headers), body)


def index_view(folder: str, headers: Headers) -> View:
    """Return the view of an index page that the client likes best (PEP 691); HTML for who says nothing."""
    kind = index_kind(header(headers, b"accept"))
    return View(f"{folder}/index.json" if kind == JSON_INDEX else f"{folder}/index.html", kind)


def index_kind(accept: bytes) -> bytes:
    """Return the media type to answer with. PEP 691: "a server MAY … return its default", so nobody gets a 406."""
    if not accept or accept == b"*/*":
        return HTML
    if accept.startswith(JSON_INDEX) and (len(accept) == len(JSON_INDEX) or accept[len(JSON_INDEX)] == 44):
        return JSON_INDEX
    json, latest_json, html, latest_html, text = quality(
        accept,
        "application/vnd.pypi.simple.v1+json",
        "application/vnd.pypi.simple.latest+json",
        "application/vnd.pypi.simple.v1+html",
        "application/vnd.pypi.simple.latest+html",
        "text/html",
    )
    best = max(json, latest_json, html, latest_html, text)
    if best == 0 or text == best:
        return HTML
    return JSON_INDEX if best in (json, latest_json) else HTML_INDEX


def conditional(kept: Kept, headers: Headers) -> bool:
    """Report whether the client holds the page already."""
    if_none_match = header(headers, b"if-none-match")
    return bool(if_none_match) and is_unchanged(if_none_match, kept.etag)


def wanted_coding(headers: Headers) -> str:
    """Return which twin of a page the client can read and would like best."""
    return coding(header(headers, b"accept-encoding"))


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)
