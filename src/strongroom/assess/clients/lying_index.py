"""An index and an advisory service on this machine, both of which say what a probe wants them to say.

Principles: none
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from strongroom.assess.artefacts import Artefact

LIMIT_BYTES: Final = 1 << 20


@dataclass
class LyingIndex:
    """What the index serves and the advisories say; change it while it runs.

    Its lies are consistent: the digest that its pages give is always the digest of what it serves. `asked` are the
    paths that clients asked for.
    """

    url: str = ""
    files: dict[str, Artefact] = field(default_factory=dict)
    advisories: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def simple(self) -> str:
        """The address of the simple index."""
        return f"{self.url}/simple/"

    def serve(self, *files: Artefact) -> None:
        """Serve these files and no others."""
        self.files = {each.filename: each for each in files}

    def page(self, project: str) -> bytes | None:
        """Return the page of a project (PEP 503), None when it has no file."""
        found = [each for each in self.files.values() if _same(each.project, project)]
        anchors = [f'<a href="/files/{e.filename}#sha256={e.sha256}">{e.filename}</a>' for e in found]
        return f"<!DOCTYPE html><html><body>{'<br>'.join(anchors)}</body></html>".encode() if found else None

    def found(self, path: str) -> tuple[bytes | None, str]:
        """Return what lies at a path, None when nothing does, and its kind."""
        self.asked.append(path)
        match path.split("?")[0].strip("/").split("/"):
            case ["simple", project]:
                return self.page(project), "text/html"
            case ["files", filename] if filename in self.files:
                return self.files[filename].content, "application/octet-stream"
            case ["v1", "vulns", id] if id in self.advisories:
                return json.dumps(self.advisories[id]).encode(), "application/json"
        return None, "text/plain"

    def told(self, path: str, query: dict[str, Any]) -> bytes:
        """Return the answer to a query of the OSV interface."""
        self.asked.append(path)
        if not path.endswith("querybatch"):
            return json.dumps({"vulns": self.about(query)}).encode()
        found = [self.about(each) for each in query.get("queries", [])]
        brief = [{"vulns": [{"id": a["id"], "modified": a["modified"]} for a in each]} for each in found]
        return json.dumps({"results": brief}).encode()

    def about(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the advisories that a query of the OSV interface finds."""
        package = query.get("package") or {}
        name, version = package.get("name", ""), query.get("version", "")
        if purl := package.get("purl", ""):
            name, _, version = purl.removeprefix("pkg:pypi/").partition("@")
        return [a for a in self.advisories.values() if _speaks_of(a, name, version)]


def advisory(id: str, project: str, versions: list[str], fixed: str, function: str = "") -> dict[str, Any]:
    """Return an advisory in OSV format on versions of a project, fixed in another, perhaps of one function only."""
    affected: dict[str, Any] = {
        "package": {"ecosystem": "PyPI", "name": project, "purl": f"pkg:pypi/{project}"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        "versions": versions,
    }
    if function:
        affected["ecosystem_specific"] = {"functions": [function]}
    return {
        "schema_version": "1.6.0",
        "id": id,
        "modified": "2026-01-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": "An invented vulnerability, for a test.",
        "details": "This package exists only in an assessment.",
        "affected": [affected],
    }


def _speaks_of(advisory: dict[str, Any], name: str, version: str) -> bool:
    return any(
        _same(each["package"]["name"], name) and (not version or version in each["versions"])
        for each in advisory["affected"]
    )


def _same(one: str, other: str) -> bool:
    return one.lower().replace("_", "-") == other.lower().replace("_", "-")


@contextmanager
def running() -> Iterator[LyingIndex]:
    """Run an index on a free port of this machine."""
    index = LyingIndex()
    server = _Server(index)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, index: LyingIndex) -> None:
        super().__init__(("127.0.0.1", 0), _Speaker)
        self.index = index


class _Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: _Server

    def do_GET(self) -> None:
        self._answer(*self.server.index.found(self.path))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), LIMIT_BYTES)
        try:
            asked = json.loads(self.rfile.read(length))
        except ValueError:
            asked = {}
        self._answer(self.server.index.told(self.path, asked), "application/json")

    def _answer(self, body: bytes | None, kind: str) -> None:
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def pinned(*files: Artefact) -> str:
    """Return a requirements file that pins these files by version and digest."""
    return "".join(f"{f.project}=={f.version} --hash=sha256:{hashlib.sha256(f.content).hexdigest()}\n" for f in files)
