"""An end for a whole exchange: a target that sends a byte now and then keeps every limit on a single read.

Principles: none
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

_UNTIL: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """End what is read here, in this thread and over `transport`, after so many seconds in all: ReadTimeout."""
    before = _UNTIL.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _UNTIL.reset(before)


def transport(local_address: str | None = None) -> httpx2.HTTPTransport:
    """Return a transport that takes no proxy from elsewhere and obeys `within`."""
    made = httpx2.HTTPTransport(trust_env=False, local_address=local_address)
    # httpcore2 documents `network_backend` for this; httpx2 has no way to pass it on.
    made._pool._network_backend = _Backend(made._pool._network_backend)
    return made


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _UNTIL.get() - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer took too long as a whole")
        return self._inner.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **given: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **given))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
