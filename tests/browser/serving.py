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

from strongroom.web.pages import CSP, STATIC

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


@contextmanager
def served(pages: Mapping[str, bytes]) -> Iterator[str]:
    """Serve `pages` by name on a free port of this machine, and yield the address, which ends in a slash."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body, kind = STATIC.get(path.removeprefix("/static/"), (b"", ""))
            if not kind and path.strip("/") in pages:
                body, kind = pages[path.strip("/")], "text/html; charset=utf-8"
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def launched(playwright: Playwright) -> Browser:
    """Return a Chromium without a window."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, headless=True, args=list(FLAGS), downloads_path=tempfile.gettempdir()
    )
