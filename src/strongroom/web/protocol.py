"""The HTTP/1.1 connection: deadlines for slow heads, a shortcut for rendered pages, reason phrases.

uvicorn's connection does the work; what is added here is what it lacks for a server on the open internet.

Principles: none
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from strongroom.web.http import REASON

MOST_HEAD_BYTES: Final = 64 * 1024

#: The least that a client reads between two looks (`web/server.py`) of what waits for it, or its connection ends.
LEAST_READ_BYTES: Final = 8 * 1024

#: A finished answer for a GET or HEAD of this address with these headers, without status line and date; or None.
Shortcut = Callable[[bytes, list[tuple[bytes, bytes]], bool], "tuple[int, bytes, bytes] | None"]

#: A longer body is handed over as it is: to copy it behind its head costs more than a second buffer.
_JOINED_BYTES: Final = 16 * 1024

_STATUS: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class Connection(HttpToolsProtocol):
    """One connection. `shortcut` and `head_seconds` are set on a subclass by `connection_class`."""

    shortcut: Shortcut
    head_seconds: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._drained = 0
        self._last_look = (0, 0)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin the time that the first request's head may take."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End every timer."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; end a connection whose head grows beyond measure."""
        if self._deadline is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._expect_head()  # bytes that begin nothing, such as empty lines, do not keep a connection open
        if self._deadline is not None and self._head_bytes > MOST_HEAD_BYTES:
            self._end(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin the time that this request's head may take."""
        super().on_message_begin()
        if self._deadline is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Answer from the shortcut what it knows; hand on the rest."""
        if self._head_bytes > MOST_HEAD_BYTES:
            self._require_bounded_head()
        self._head_came()
        if not self._answered():
            super().on_headers_complete()
            if self.parser.should_upgrade():
                # Nothing is upgraded here, and the parser stops at the offer: what comes after it would be lost.
                self.cycle.keep_alive = False

    def resume_writing(self) -> None:
        """Remember that the client reads."""
        self._drained += 1
        super().resume_writing()

    def end_if_stuck(self) -> None:
        """End the connection when its client has read next to nothing of what waits for it since the last look."""
        waiting, drained = self.transport.get_write_buffer_size(), self._drained
        waited, before = self._last_look
        self._last_look = (waiting, drained)
        if waiting and waited and waiting > waited - LEAST_READ_BYTES and drained == before:
            self.transport.abort()

    def _require_bounded_head(self) -> None:
        # What came at once may be a short head and the beginning of a body.
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MOST_HEAD_BYTES:
            raise httptools.HttpParserError("the head is too long")  # answered 400, and the connection ended

    def _answered(self) -> bool:
        cycle = self.cycle
        if (cycle is not None and not cycle.response_complete) or self.flow.write_paused:
            return False
        method = self.parser.get_method()
        if method not in (b"GET", b"HEAD") or not self.parser.should_keep_alive():
            return False
        if self.parser.should_upgrade():
            return False
        found = type(self).shortcut(self.url, self.headers, method == b"HEAD")
        if found is None:
            return False
        status, head, body = found
        date = b"".join(name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers)
        start = b"".join((_STATUS[status], date, head, b"\r\n"))
        if len(body) < _JOINED_BYTES:
            self.transport.write(start + body)
        else:
            self.transport.writelines((start, body))
        self.cycle = _DONE
        self.on_response_complete()
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if cycle.scope["method"] not in ("GET", "HEAD"):
            reason: dict[str, bytes] = {}
            cycle.scope["extensions"] = {REASON: reason}  # type: ignore[dict-item]
            cycle.transport = _Phrased(cycle.transport, reason)  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.head_seconds, self._end, b"408 Request Timeout")

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: bytes) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            if self._head_bytes and self._is_idle():
                self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()


class _Done:
    """Stands where the last answer stands, for requests that the shortcut answered."""

    response_complete = True
    disconnected = False
    keep_alive = True
    message_event = asyncio.Event()


_DONE: Final[Any] = _Done()


class _Phrased:
    """A transport that puts the application's reason phrase into the status line: twine shows nothing else."""

    def __init__(self, transport: asyncio.Transport, reason: dict[str, bytes]) -> None:
        self._transport = transport
        self._reason = reason
        self._begun = False

    def write(self, data: bytes) -> None:
        """Write on; the first bytes are the status line."""
        phrase = self._reason.get("phrase")
        if not self._begun and phrase and data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100"):
            line, _, rest = data.partition(b"\r\n")
            data = line[:13] + phrase + b"\r\n" + rest
        self._begun = self._begun or not data.startswith(b"HTTP/1.1 100")
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def connection_class(shortcut: Shortcut, head_seconds: float) -> type[asyncio.Protocol]:
    """Return the connection class of a server with this shortcut."""
    made = {"shortcut": staticmethod(shortcut), "head_seconds": head_seconds}
    return type("StrongroomConnection", (Connection,), made)
