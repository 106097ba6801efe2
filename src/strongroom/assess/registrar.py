"""The registry of a run's own domains, served on this machine for a while: name server, RDAP, and the run's own door.

Principles: AUTHN-2.1
"""

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from strongroom.assess.registry import TOP_LEVEL, Registry, page

HOST: Final = "127.0.0.1"
_SOCKET_SECONDS: Final = 5
_LIMIT_QUERY_BYTES: Final = 4096
_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Registrar:
    """Where the registry is reached. `address` is the run's own door: nobody else knows it."""

    nameserver: str
    rdap: str
    address: str

    @property
    def constants(self) -> Mapping[str, str]:
        """What a driver's templates may name: `nameserver` (host and port), `rdap` (a bootstrap), and `registrar`."""
        return {"nameserver": self.nameserver, "rdap": self.rdap, "registrar": self.address}

    def domain(self, label: str) -> str:
        """Return a domain of which the registry can say that it lapsed or changed hands, by a label of its own."""
        return f"{label}.{TOP_LEVEL}"


@contextmanager
def on_loopback(
    domain: str, secret: str, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Iterator[Registrar]:
    """Serve a registry of `domain`, and of one that nobody has, on free ports of this machine, until the block ends.

    `secret` keeps the door to whoever runs the assessment. OSError when no ports are free.
    """
    registry = Registry((domain.lower(), TOP_LEVEL), now, sleep)
    with ExitStack() as stack:
        names, again = _name_servers(registry)
        pages = ThreadingHTTPServer((HOST, 0), _Pages)
        base = f"http://{HOST}:{pages.server_port}/"
        pages.RequestHandlerClass = type("Pages", (_Pages,), {"registry": registry, "base": base, "secret": secret})
        for server in (names, again, pages):
            stack.enter_context(_running(server))
        yield Registrar(f"{HOST}:{names.server_address[1]}", f"{base}bootstrap.json", f"{base}{secret}/")


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = _LIMIT_QUERY_BYTES


class _Connections(socketserver.ThreadingTCPServer):
    daemon_threads = True


def _name_servers(registry: Registry) -> tuple[_Datagrams, _Connections]:
    """Return a name server for datagrams and one for connections, at the same port."""
    answering = {"registry": registry}
    for tries_left in reversed(range(_TRIES)):
        names = _Datagrams((HOST, 0), type("Datagram", (_Datagram,), answering))
        try:
            return names, _Connections(names.server_address, type("Connection", (_Connection,), answering))
        except OSError:
            # Somebody else has that port for connections.
            names.server_close()
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


class _Datagram(socketserver.BaseRequestHandler):
    """Answers one question that came in a datagram."""

    registry: Registry

    def handle(self) -> None:
        """Answer, or say nothing to what is no question."""
        query, socket = self.request
        answer = self.registry.answer(query)
        if answer is not None:
            socket.sendto(answer, self.client_address)


class _Connection(socketserver.StreamRequestHandler):
    """Answers one question that came over a connection, its length before it (RFC 1035, section 4.2.2)."""

    registry: Registry
    timeout = _SOCKET_SECONDS

    def handle(self) -> None:
        """Answer, or say nothing to what is no question."""
        try:
            head = self.rfile.read(2)
            length = struct.unpack("!H", head)[0] if len(head) == 2 else 0
            query = self.rfile.read(min(length, _LIMIT_QUERY_BYTES))
        except OSError:
            return  # who asks so slowly gets no answer
        answer = self.registry.answer(query)
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _Pages(BaseHTTPRequestHandler):
    """Answers for the registry by HTTP: RDAP to everybody, its door to the run."""

    registry: Registry
    base: str
    secret: str
    timeout = _SOCKET_SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer one request; what it brings is not looked at."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        path = self.path.partition("?")[0]
        status, body = page(self.registry, method, path, base=self.base, secret=self.secret)
        self.send_response(status)
        is_rdap = path.startswith("/rdap/")
        self.send_header("Content-Type", "application/rdap+json" if is_rdap else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the terminal belongs to the run."""
