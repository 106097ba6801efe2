"""Serving files: by digest, unchanging, in ranges, with the digest as entity tag.

Principles: AUTHN-2.3, CLI-1.1, GEN-2.1
"""

import asyncio
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from starlette.concurrency import run_in_threadpool

from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import BlobKey, Blobs
from strongroom.web.http import INERT, Headers, Receive, Scope, Send, answer, header, is_unchanged
from strongroom.web.reading import Readers

_PATH: Final = re.compile(r"/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/([A-Za-z0-9_][A-Za-z0-9_.+!-]{0,254})")
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_AT_ONCE_BYTES: Final = 1024 * 1024
_SEND_SECONDS: Final = 60
_WRITE_EVERY: Final = timedelta(minutes=1)
_HEADERS: Final = [
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"accept-ranges", b"bytes"),
    (b"access-control-allow-origin", b"*"),
    *INERT,
]

_PRIVATE: Final = [(b"cache-control", b"private, no-store"), (b"accept-ranges", b"bytes"), *INERT]
_PREFIX: Final = b"/packages"
_SHORT_BYTES: Final = 512 * 1024
_SHORT_PATH: Final = re.compile(_PATH.pattern.encode())
_SHORT_HEAD: Final = (
    b"etag: %s\r\n"
    + b"".join(name + b": " + value.replace(b"%", b"%%") + b"\r\n" for name, value in _HEADERS)
    + b"content-type: application/octet-stream\r\ncontent-length: %d\r\n"
)


class Downloads:
    """How often each file was sent since it was last asked: what criticality is reckoned from (AUTHN-2.3)."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._written: datetime | None = None

    def add(self, leaf: str) -> None:
        """Count one file that was sent whole; what belongs to a file is not counted."""
        if not leaf.endswith(".metadata"):
            self._counts[leaf] = self._counts.get(leaf, 0) + 1

    def taken(self, now: datetime) -> Mapping[str, int]:
        """Return what was counted, at most once a minute, and begin anew."""
        if not self._counts or (self._written is not None and now - self._written < _WRITE_EVERY):
            return {}
        self._written = now
        counts, self._counts = self._counts, {}
        return counts


@dataclass(frozen=True, slots=True)
class Files:
    """The endpoint: an ASGI application for `GET /packages/…`. `folder` is where blobs lie, if on this disk."""

    blobs: Blobs
    folder: Path | None
    downloads: Downloads
    readers: Readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file, a range of it (RFC 9110, 14.2: one), or word that the client holds it already."""
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            raise Refused("no-such-file", "There is no such file, or it was removed.")
        content, headers = await self._open(match), _HEADERS
        if content is None:
            content, headers = await self._open_concealed(scope, match), _PRIVATE
        if scope["method"] == "GET":
            self.downloads.add(match[4])
        with content:
            await _send_file(scope, send, content, _etag(match), headers)

    async def _open(self, match: re.Match[str]) -> BinaryIO | None:
        key = BlobKey(Sha256("".join(match.groups()[:3])), match[4])
        if self.folder is not None:
            try:
                return open(f"{self.folder}/{key.path}", "rb", buffering=0)  # noqa: PTH123, ASYNC230
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        try:
            return await run_in_threadpool(self.blobs.open_revealed, key)
        except KeyError:
            return None

    async def _open_concealed(self, scope: Scope, match: re.Match[str]) -> BinaryIO:
        """Return a file that is not for everybody, for whoever may read it; Refused for all others."""
        digest = Sha256("".join(match.groups()[:3]))
        await self.readers.admit_to_file(scope, match[4].removesuffix(".metadata"), digest)
        try:
            return await run_in_threadpool(
                self.blobs.open, BlobKey(Sha256("".join(match.groups()[:3])), match[4])
            )  # fmt: skip
        except KeyError:
            raise Refused("no-such-file", "There is no such file, or it was removed.") from None


@dataclass(frozen=True, slots=True)
class ShortFiles:
    """Short files on this disk, read at once for whoever wants the whole of one: the most that clients ask for."""

    folder: str
    downloads: Downloads

    def find(self, url: bytes) -> tuple[bytes, bytes] | None:
        """Return header lines and content; None when the address, or the file, is not of that kind."""
        match = _SHORT_PATH.fullmatch(url)
        if match is None:
            return None
        try:
            descriptor = os.open(self.folder.encode() + url[len(_PREFIX) :], os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            size_bytes = os.fstat(descriptor).st_size
            if size_bytes > _SHORT_BYTES:
                return None
            content = os.read(descriptor, size_bytes + 1)
        finally:
            os.close(descriptor)
        self.downloads.add(match[4].decode())
        etag = file_etag(match[1] + match[2] + match[3], match[4])
        return _SHORT_HEAD % (etag, len(content)), content


def parse_range(value: str, size_bytes: int) -> tuple[int, int] | None:
    """Return first and last byte of the one range asked for; None when the whole is to be sent.

    Several ranges, or a malformed one, mean the whole. ValueError when it begins past the end (RFC 9110, 15.5.17).
    """
    match = _RANGE.fullmatch(value.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(0, size_bytes - int(last)), size_bytes - 1
    else:
        begin, end = int(first), min(int(last) if last else size_bytes - 1, size_bytes - 1)
        if last and int(last) < int(first):
            return None
    if begin >= size_bytes or (not first and last.strip("0") == ""):
        raise ValueError("the range begins past the end")
    return begin, end


async def _send_file(scope: Scope, send: Send, content: BinaryIO, etag: bytes, always: Headers) -> None:
    headers = [(b"etag", etag), *always]
    asked = scope["headers"]
    if is_unchanged(header(asked, b"if-none-match"), etag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    size_bytes = content.seek(0, os.SEEK_END)
    status, begin, end = 200, 0, size_bytes - 1
    # "A server MUST ignore a Range header field received with a request method … for which range handling is not
    # defined. For this specification, GET is the only method" (RFC 9110, 14.2).
    wanted = header(asked, b"range").decode("latin-1") if scope["method"] == "GET" else ""
    if wanted and header(asked, b"if-range") in (b"", etag):
        try:
            part = parse_range(wanted, size_bytes)
        except ValueError:
            told = [(b"content-range", b"bytes */%d" % size_bytes), (b"cache-control", b"no-store"), *INERT]
            await answer(send, 416, b"", b"text/plain", told)
            return
        if part is not None:
            status, (begin, end) = 206, part
            headers.append((b"content-range", b"bytes %d-%d/%d" % (begin, end, size_bytes)))
    length = end - begin + 1
    headers += [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _send_body(scope, send, content, begin, length)


async def _send_body(scope: Scope, send: Send, content: BinaryIO, begin: int, length: int) -> None:
    if scope["method"] == "HEAD" or length == 0:
        await send({"type": "http.response.body", "body": b""})
        return
    content.seek(begin)
    if length <= _AT_ONCE_BYTES and isinstance(content, io.FileIO):
        await send({"type": "http.response.body", "body": content.read(length)})
        return
    while length > 0:
        piece = await run_in_threadpool(content.read, min(length, _AT_ONCE_BYTES))
        if not piece:
            raise OSError("a blob ended before its time")
        length -= len(piece)
        async with asyncio.timeout(_SEND_SECONDS):  # a client that stops reading does not hold the file for ever
            await send({"type": "http.response.body", "body": piece, "more_body": length > 0})


def _etag(match: re.Match[str]) -> bytes:
    return file_etag("".join(match.groups()[:3]).encode(), match[4].encode())


def file_etag(digest: bytes, leaf: bytes) -> bytes:
    """Return the entity tag of a file: its digest; its metadata file lies under the same digest and has a mark."""
    return b'"%s%s"' % (digest, b"-metadata" if leaf.endswith(b".metadata") else b"")
