"""A real Strongroom on a free loopback port, in a folder of its own; ended by its process id.

Principles: none
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from tests.postgres import free_port
from tests.uploads import encode
from tests.worlds import Made

from strongroom.commands.main import cli

BIN = Path(sys.executable).parent
START_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a server said: status, reason phrase, headers by lower-case name (the last of several), body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body, read as UTF-8."""
        return self.body.decode()


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """Send one request to a port of this machine, exactly as given; `user_agent=` is the header User-Agent."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): said for name, said in headers.items()})
        with connection.getresponse() as answer:
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, answer.reason, said, answer.read())


@dataclass(frozen=True)
class Live:
    """A running server. `url` ends in a slash; `token` is ada's and publishes everything of hers."""

    url: str
    port: int
    data: Path
    process: "subprocess.Popen[bytes]"
    token: str = field(default="", repr=False)

    @property
    def site(self) -> str:
        """The address by which the site names itself, at which passkeys work; it ends in a slash."""
        return f"http://localhost:{self.port}/"

    @property
    def simple(self) -> str:
        """The address of the index."""
        return f"{self.url}simple/"

    @property
    def legacy(self) -> str:
        """The address that takes uploads."""
        return f"{self.url}legacy/"

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Send one request, exactly as given."""
        return ask(self.port, path, method, body, **headers)

    def admin(self, *words: str) -> Any:
        """Run `strongroom admin … --json` beside the server, and return what it prints."""
        return administer(self.data, *words)

    def upload(self, file: Made, token: str = "") -> Answer:
        """Send one file, as an upload tool would."""
        body, kind = encode(file)
        return self.ask("/legacy/", "POST", body, content_type=kind, authorization=f"Bearer {token or self.token}")

    def publish(self, *files: Made) -> None:
        """Publish files; AssertionError with the answer when one is refused."""
        for file in files:
            answer = self.upload(file)
            assert answer.status == 200, answer

    def listing(self, name: str) -> Any:
        """Return the JSON index page of a project."""
        return self.ask(f"/simple/{name}/", accept="application/vnd.pypi.simple.v1+json").json


def administer(data: Path, *words: str) -> Any:
    """Run `strongroom admin … --json` on a data folder, in this process, and return what it prints."""
    done = CliRunner().invoke(cli, ["admin", *words, "--data", str(data), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@contextmanager
def live(folder: Path, **settings: str) -> Iterator[Live]:
    """Serve a new repository from `folder`, with ada in it; `settings` are environment variables after STRONGROOM_."""
    port, data = free_port(), folder / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}
    environment |= {f"STRONGROOM_{name}": value for name, value in settings.items()}
    command: list[str | Path] = [BIN / "strongroom", "serve", "--data", data, "--port", str(port)]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "server.log")
        token = administer(data, "user", "add", "ada", "--email", "ada@example.org")["token"]
        yield Live(f"http://127.0.0.1:{port}/", port, data, process, token)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask(port, "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"Strongroom did not start: {log.read_text(errors='replace')[-2000:]}")
