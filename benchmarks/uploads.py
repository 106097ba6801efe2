"""Publish wheels as twine does, over connections kept open, with every body built before the clock starts.

Principles: none
"""

import hashlib
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlsplit

from benchmarks.wheels import Wheel

BOUNDARY = "strongroom-benchmark-boundary"
LONGEST_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server takes uploads, and as whom."""

    url: str
    user: str
    password: str
    header: str = "Authorization"


@dataclass(slots=True)
class Published:
    """What came of a batch: seconds for each accepted file, seconds for all, and every other answer."""

    seconds: list[float] = field(default_factory=list)
    wall_seconds: float = 0.0
    refused: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.wall_seconds if self.wall_seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Return the time within which this share of the accepted files was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else 0.0


class Connection:
    """One HTTP/1.1 connection, opened again whenever the server closes it. Loopback only."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not (parts.hostname or "").startswith("127."):
            raise ValueError(f"{url} is not on this machine")
        self._address = (parts.hostname or "", parts.port or 80)
        self._socket: socket.socket | None = None

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send one request and return the status and the body of its answer."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(request)
            return self._answer(self._socket)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self, connection: socket.socket) -> tuple[int, bytes]:
        with connection.makefile("rb") as stream:
            status = int(stream.readline(LONGEST_ANSWER_BYTES).split(b" ", 2)[1])
            headers: dict[bytes, bytes] = {}
            while line := stream.readline(LONGEST_ANSWER_BYTES).strip():
                name, _, value = line.partition(b":")
                headers[name.lower()] = value.strip().lower()
            body = b""
            if headers.get(b"transfer-encoding") == b"chunked":
                while size := int(stream.readline(LONGEST_ANSWER_BYTES), 16):
                    body += stream.read(size)
                    stream.readline(LONGEST_ANSWER_BYTES)
                stream.readline(LONGEST_ANSWER_BYTES)
            elif b"content-length" in headers:
                body = stream.read(int(headers[b"content-length"]))
            else:
                body = stream.read(LONGEST_ANSWER_BYTES)
                headers[b"connection"] = b"close"
        if headers.get(b"connection") == b"close":
            self.close()
        return status, body


def request_for(wheel: Wheel, endpoint: Endpoint) -> bytes:
    """Return the whole HTTP request that publishes `wheel`: the form of the legacy upload API."""
    parts = urlsplit(endpoint.url)
    digests = (
        ("sha256_digest", hashlib.sha256(wheel.content).hexdigest()),
        ("blake2_256_digest", hashlib.blake2b(wheel.content, digest_size=32).hexdigest()),
        ("md5_digest", hashlib.md5(wheel.content).hexdigest()),
    )
    fixed = ((":action", "file_upload"), ("protocol_version", "1"), ("filetype", "bdist_wheel"), ("pyversion", "py3"))
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in chain(fixed, wheel.fields, digests)
    )
    body += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{wheel.filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    body += wheel.content + f"\r\n--{BOUNDARY}--\r\n".encode()
    pair = b64encode(f"{endpoint.user}:{endpoint.password}".encode()).decode()
    credential = pair if endpoint.header != "Authorization" else f"Basic {pair}"
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: strongroom-benchmark\r\n"
        f"{endpoint.header}: {credential}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def publish(wheels: Iterable[Wheel], endpoint: Endpoint, *, at_once: int, limit_seconds: float) -> Published:
    """Publish `wheels` over `at_once` connections, for at most `limit_seconds`; what is not begun by then is left."""
    waiting = [request_for(wheel, endpoint) for wheel in wheels][::-1]
    result, lock = Published(), threading.Lock()
    began = time.perf_counter()

    def work() -> None:
        connection = Connection(endpoint.url)
        while time.perf_counter() - began < limit_seconds:
            with lock:
                if not waiting:
                    break
                request = waiting.pop()
            start = time.perf_counter()
            try:
                status, body = connection.exchange(request)
                refusal = "" if status in (200, 201) else f"{status} {body[:200].decode(errors='replace')}"
            except (OSError, ValueError, IndexError) as broken:
                refusal = repr(broken)
            with lock:
                if refusal:
                    result.refused.append(refusal)
                else:
                    result.seconds.append(time.perf_counter() - start)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.wall_seconds = time.perf_counter() - began
    return result
