"""The room on a port of this machine, for a while: real connections, real addresses, real mail, and the real clock.

Principles: none
"""

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
from tests.assess.weakroom.room import Flaw, ManualClock, Room

from strongroom.surroundings import RealClocks

_OWN_HEADERS = ("content-length", "transfer-encoding")


class RealClock(ManualClock):
    """The clock of this machine, which nobody moves."""

    @property
    def moment(self) -> float:
        """Seconds since 1970."""
        return RealClocks().seconds()

    @moment.setter
    def moment(self, seconds: float) -> None:
        """Move nothing."""


@dataclass
class ServedRoom(Room):
    """A room that sends its mail to a relay on this machine."""

    relay_port: int = 0

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "room@weakroom.test", to, subject
        message.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.relay_port, timeout=5) as relay:
            relay.send_message(message)


@contextmanager
def served(relay_port: int, *flaws: str) -> Iterator[ServedRoom]:
    """Serve a room with these flaws, at its `base`, for as long as the context lasts."""
    room = ServedRoom(frozenset(map(Flaw, flaws)), RealClock(), relay_port=relay_port)
    lock = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {**dict(self.headers), "X-Source": self.client_address[0]}
            with lock:
                found = room.answer(
                    httpx2.Request(self.command, room.origin + self.path, headers=headers, content=body)
                )
            self.send_response(found.status_code)
            for name, value in found.headers.items():
                if name not in _OWN_HEADERS:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    room.base = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
