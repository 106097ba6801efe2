"""A relay between a client and the server that writes down what was asked, and can be told to be a bad network.

Principles: none
"""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Headers of one connection, not of the message (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"})
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Asked:
    """One request and how it was answered; header names are lower case, `kind` is the media type."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int
    kind: str
    body_bytes: int


@dataclass
class Wire:
    """A relay that is running. `url` ends in a slash."""

    url: str
    #: The address by which the server names itself, in what it says.
    origin: bytes
    #: Everything that was asked, oldest first.
    asked: list[Asked] = field(default_factory=list)
    #: Request headers that are set to a value of our choice on the way, by lower-case name.
    says: dict[str, str] = field(default_factory=dict)
    #: Called with path and body of each answer; returns the body that the client gets.
    tamper: Callable[[str, bytes], bytes] = lambda path, body: body

    @property
    def simple(self) -> str:
        """The address of the index."""
        return f"{self.url}simple/"

    def paths(self, part: str = "") -> list[str]:
        """Return the paths asked for that hold `part`, oldest first."""
        return [asked.path for asked in self.asked if part in asked.path]

    def reset(self) -> None:
        """Forget what was asked, and be a good network again."""
        self.asked.clear()
        self.says.clear()
        self.tamper = lambda path, body: body


@contextmanager
def relay(port: int) -> Iterator[Wire]:
    """Relay to a server on a port of this machine."""

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relayed(self) -> None:
            """Pass one request on and its answer back."""
            length = int(self.headers.get("content-length", "0"))
            assert length <= _MOST_BYTES, "the tests send small things"
            sent = self.rfile.read(length) if length else None
            headers = {k.lower(): v for k, v in self.headers.items() if k.lower() not in _OF_THE_CONNECTION}
            headers |= wire.says
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request(self.command, self.path, sent, headers)
                answer = connection.getresponse()
                body = answer.read()
            kind = answer.headers.get_content_type()
            wire.asked.append(Asked(self.command, self.path, headers, answer.status, kind, len(body)))
            changed = wire.tamper(self.path, body)
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_THE_CONNECTION and not (name.lower() == "content-length" and body):
                    self.send_header(name, value)
            if body:
                self.send_header("Content-Length", str(len(changed)))
            self.end_headers()
            self.wfile.write(changed)

        do_GET = do_HEAD = do_POST = relayed

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: what was asked is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = True
    wire = Wire(f"http://127.0.0.1:{server.server_port}/", f"http://localhost:{port}/".encode())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
