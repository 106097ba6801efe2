"""A server for rendered pages, with the headers that the real one sends, and a browser to look at them with.

Principles: none
"""

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

from strongroom.web.pages import CSP, CSP_SCRIPTED, STATIC

CHROMIUM: Final = Path("/usr/bin/chromium")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: What a passkey is asked by a site that has only pages: enough for the script of the sign-in to run.
ASKED: Final = {"/api/v1/sign-in/passkey/options": b'{"options": {"challenge": "AAAA", "rpId": "localhost"}}'}


@contextmanager
def served(pages: Mapping[str, bytes], answers: Mapping[str, bytes] = ASKED) -> Iterator[str]:
    """Serve `pages` by name on a free port of this machine, and yield the address, which ends in a slash.

    `answers` are what forms and scripts are answered with, by path.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body, kind = STATIC.get(path.removeprefix("/static/"), (b"", ""))
            if not kind and path.strip("/") in pages:
                body, kind = pages[path.strip("/")], "text/html; charset=utf-8"
            # Passkeys work at the address that the site gives as its own: here, wherever this server listens.
            body = body.replace(b'data-origin="http://127.0.0.1:8000"', f'data-origin="{address}"'.encode())
            self._answer(200 if kind else 404, body, kind or "text/plain", CSP_SCRIPTED if "account-" in path else CSP)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found = answers.get(self.path)
            self._answer(200 if found else 404, found or b"{}", "application/json", CSP)

        def _answer(self, status: int, body: bytes, kind: str, policy: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{address}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def launched(playwright: Playwright) -> Browser:
    """Return a Chromium without a window."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, headless=True, args=list(FLAGS), downloads_path=tempfile.gettempdir()
    )
