"""One bounded exchange of HTTP with another machine: so many bytes, so many seconds in all, no proxy, no redirection.

Principles: none
"""

import ipaddress
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore2

USER_AGENT: Final = "strongroom"


class Unanswered(Exception):
    """Nobody gave an answer that can be used: no connection, too slow, too long, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def authorities() -> ssl.SSLContext:
    """Return whom the system trusts to say who is who. Read once: it takes 50 ms, too long for each login."""
    return httpcore2.default_ssl_context()


def is_loopback(host: str) -> bool:
    """Report whether a host, by name or by number, is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def require_safe_url(url: str) -> str:
    """Return the address; ValueError unless it is https, or http on this machine, and carries no credentials."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or not (parts.port is None or parts.port > 0):
        raise ValueError(f"{url!r} is no address of a server")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is not written as an address is")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{url!r} is not https; plain http is for this machine alone")
    return url


def fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    limit_bytes: int,
    timeout_seconds: float,
) -> Answer:
    """Return the answer to one GET, or to one POST of `content`, over a connection of its own.

    `timeout_seconds` ends the exchange as a whole, from the connection to the last byte; only the system's look-up of
    the host's name keeps a time of its own. Raises Unanswered, and ValueError as `require_safe_url` does.
    """
    require_safe_url(url)
    sent: dict[bytes | str, bytes | str] = {
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    sent.update(headers or {})
    if content is not None:
        sent["Content-Length"] = str(len(content))
    limits = dict.fromkeys(("connect", "read", "write", "pool"), timeout_seconds)
    context = authorities() if url.startswith("https:") else None
    backend = _Until(time.monotonic() + timeout_seconds)
    try:
        with (
            httpcore2.ConnectionPool(context, network_backend=backend, max_keepalive_connections=0) as pool,
            pool.stream(
                "GET" if content is None else "POST",
                url,
                headers=sent,
                content=content,
                extensions={"timeout": limits},
            ) as answer,
        ):
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            if named.get("content-encoding", "identity").lower() != "identity":
                raise Unanswered(f"{url}: a compressed answer was not asked for")
            return Answer(answer.status, named, _bounded(answer.iter_stream(), limit_bytes, url))
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
        raise Unanswered(f"{url}: {error or type(error).__name__}") from error


def _bounded(chunks: Iterable[bytes], limit_bytes: int, url: str) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit_bytes:
            raise Unanswered(f"{url}: the answer is longer than {limit_bytes} bytes")
    return bytes(body)


class _Until(httpcore2.SyncBackend):
    """Connections that end at a moment of the machine's clock: a limit on each read alone lets one byte a time pass."""

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect, and return a stream that ends in time."""
        left = self._until - time.monotonic()
        return _Stream(super().connect_tcp(host, port, max(left, 0.001), local_address, socket_options), self._until)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the exchange took too long as a whole")
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **given: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **{**given, "timeout": self._left()}), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
