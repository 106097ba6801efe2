"""What every request passes before anything looks at it: one Host, a body that keeps moving, an end for every error.

Principles: none
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import structlog

from strongroom.authz.tokens import PATTERN
from strongroom.kernel.refusals import Refused
from strongroom.web.http import INERT, Message, Receive, Scope, Send, answer, refuse

_LOG: Final = structlog.get_logger("strongroom.web")


class Disconnected(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a body may come: `grace_seconds` for all, and after that `bytes_per_second` on the average."""

    grace_seconds: float
    bytes_per_second: int


class Guard:
    """The outermost ASGI application."""

    def __init__(self, app: Any, pace: Pace) -> None:
        self._app: Final = app
        self._pace: Final = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it; never let an exception out but the server's own end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            require_address(scope)
            require_one_host(scope)
            await self._app(scope, self._paced(receive), sending)
        except Disconnected:
            return
        except Refused as refused:
            if not started:
                await refuse(scope, send, refused, [(b"connection", b"close")])
        except Exception as error:
            incident = secrets.token_hex(6)
            # A link that was mailed is a secret as long as it works.
            path = re.sub(PATTERN, "…", scope["path"])
            _LOG.error("unexpected", incident=incident, path=path, exc_info=error)
            if started:
                raise
            body = f"Something broke here, and it is not your fault. Tell the operator this number: {incident}\n"
            await answer(send, 500, body.encode(), b"text/plain; charset=utf-8", [*INERT, (b"connection", b"close")])

    def _paced(self, receive: Receive) -> Receive:
        loop = asyncio.get_running_loop()
        begun, taken, done = loop.time(), 0, False

        async def next_piece() -> Message:
            nonlocal taken, done
            if done:
                return await receive()  # waits for the client to go away, as long as the answer takes
            deadline = begun + self._pace.grace_seconds + taken / self._pace.bytes_per_second
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Refused("too-slow", "The request came too slowly. Send it again over a better line.") from None
            if message["type"] == "http.disconnect":
                raise Disconnected
            taken += len(message.get("body", b""))
            done = not message.get("more_body", False)
            return message

        return next_piece


def require_address(scope: Scope) -> None:
    """Refuse a request that is not for an address on this site, such as `OPTIONS *` (RFC 9112, 3.2.4)."""
    if not scope["path"].startswith("/"):
        raise Refused("bad-request", "A request is for an address that begins with a slash.")


def require_one_host(scope: Scope) -> None:
    """Refuse a request with no Host, or several: a proxy may have read another than we (RFC 9112, 3.2)."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 and not (scope.get("http_version") == "1.0" and not hosts):
        raise Refused("bad-request", "A request names one Host.")


class Body:
    """The body of one request, piece by piece."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Final = receive
        self._is_done = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what comes, until the body is whole. Refused when it comes too slowly."""
        while not self._is_done:
            message = await self._receive()
            self._is_done = not message.get("more_body", False)
            yield message.get("body", b"")

    async def discard(self, limit_bytes: int) -> None:
        """Read what is left, up to a limit: a client that is cut off while it sends never reads the answer."""
        left = limit_bytes
        try:
            async for piece in self.pieces():
                left -= len(piece)
                if left <= 0:
                    return
        except Refused:
            return  # one that comes too slowly is not waited for
