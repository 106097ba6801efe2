"""A whole repository in this process, asked as HTTP clients ask, by the long road and by the shortcut.

Principles: none
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.uploads import encode
from tests.worlds import ADA, Made, workshop

from strongroom import settings
from strongroom.app import Served, serve_application
from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import Right
from strongroom.kernel.names import ProjectName
from strongroom.people.registry import add_token
from strongroom.repository import Repository, open_repository
from strongroom.storage.sql.vault import sqlite_url
from strongroom.web.http import REASON

HOST = (b"host", b"127.0.0.1:8000")
RIGHTS = frozenset({Right.PUBLISH, Right.YANK})


@dataclass(frozen=True)
class Answer:
    """What was said. `headers` by small name, several of a name joined; `reason` is the phrase for the status line."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reason: str = ""

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body, read as UTF-8."""
        return self.body.decode()


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def worded(**headers: str) -> list[tuple[bytes, bytes]]:
    """Return headers as the wire has them; `if_none_match=` is If-None-Match."""
    return [(name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


@dataclass
class Place:
    """A repository with ada and bob in it, and its two roads."""

    repository: Repository
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = serve_application(self.repository)

    def token(self, owner: AccountName = ADA, *projects: ProjectName) -> str:
        """Return a new token, for the projects named or for all."""
        secret, _ = add_token(self.repository.registry(), "test", owner, RIGHTS, frozenset(projects) or None)
        return secret.reveal()

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """Ask by the long road. `path` is as a client writes it, with a query perhaps."""
        return self.send(path, method, worded(**headers), [body])

    def send(
        self, path: str, method: str = "GET", headers: Iterable[tuple[bytes, bytes]] = (), pieces: Iterable[bytes] = ()
    ) -> Answer:
        """Send a request whose body comes in pieces, and return what was answered."""
        return asyncio.run(converse(self.served.application, path, method, [HOST, *headers], list(pieces) or [b""]))

    def short(self, path: str, method: str = "GET", headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer | None:
        """Ask by the shortcut; None when it leaves the request to the long road."""
        found = self.served.shortcut(path.encode(), [HOST, *headers], method == "HEAD")
        if found is None:
            return None
        status, head, body = found
        lines = [line.partition(b": ") for line in head.split(b"\r\n") if line]
        return Answer(status, joined((name, value) for name, _, value in lines), body)

    def upload(
        self, made: Made, token: str, changed: Mapping[str, Sequence[str]] | None = None, path: str = "/legacy/"
    ) -> Answer:
        """Publish a file as twine does; `changed` fields replace those of an honest form."""
        body, kind = encode(made, changed)
        return self.ask(path, "POST", body, content_type=kind, authorization=f"Bearer {token}")


async def converse(
    application: Any, target: str, method: str, headers: list[tuple[bytes, bytes]], pieces: list[bytes]
) -> Answer:
    """Play the server's part of ASGI for one request."""
    path, _, query = target.partition("?")
    reason: dict[str, bytes] = {}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "extensions": {REASON: reason},
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    waiting = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
        for number, piece in enumerate(pieces)
    ]
    said: list[Any] = []

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(3600)
        return waiting.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    await application(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in said[1:])
    assert said[-1].get("more_body", False) is False
    phrase = reason.get("phrase", b"").decode("latin-1")
    return Answer(said[0]["status"], joined(said[0]["headers"]), body, phrase)


def placed(folder: Path, **chosen: Any) -> Place:
    """Return a new repository in a folder; `chosen` are settings."""
    folder.mkdir(exist_ok=True)
    workshop(folder).vault.close()
    return Place(open_repository(settings.load(data=folder, database_url=sqlite_url(folder / "books.db"), **chosen)))
