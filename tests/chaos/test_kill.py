"""The server is killed again and again while eight clients publish: what was answered is there, and whole.

Principles: GEN-2.1
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from tests.postgres import database, free_port, postgresql
from tests.uploads import encode
from tests.worlds import Made, wheel

pytestmark = pytest.mark.chaos

BIN = Path(sys.executable).parent
PUBLISHES = 300
CLIENTS = 8
KILLS = 20
PATIENCE_SECONDS = 240


@dataclass
class Victim:
    """A server that is started again on the same port each time it is killed."""

    data: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0

    def start(self) -> None:
        command: list[str | Path] = [BIN / "strongroom", "serve", "--data", self.data, "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        self.starts += 1

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def is_up(self) -> bool:
        try:
            return ask(self.port, "GET", "/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while not self.is_up():
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.05)

    def admin(self, *words: str) -> str:
        command: list[str | Path] = [BIN / "strongroom", "admin", *words, "--data", self.data, "--json"]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout


@pytest.fixture(params=["sqlite", "postgresql"])
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Victim]:
    """A server to be killed, on each database."""
    with books(str(request.param)) as url:
        environment = {**os.environ, **({"STRONGROOM_DATABASE_URL": url} if url else {})}
        made = Victim(tmp_path / "data", environment)
        made.start()
        made.wait()
        yield made
        if made.process is not None and made.process.poll() is None:
            made.kill()


@contextmanager
def books(kind: str) -> Iterator[str]:
    """Yield the address of an empty database, "" for SQLite in the data folder."""
    if kind == "sqlite":
        yield ""
        return
    with postgresql() as server, database(server, f"kill_{uuid4().hex}") as url:
        yield url


def test_every_answered_upload_survives_twenty_kills_whole_and_listed(victim: Victim) -> None:
    token = json.loads(victim.admin("user", "add", "ada", "--email", "ada@example.org"))["token"]
    files = [wheel(f"anvil-{number % 60}", f"1.{number // 60}") for number in range(PUBLISHES)]
    answered, refused = storm(victim, token, files)
    victim.wait()

    assert refused == []
    assert len(answered) == PUBLISHES
    assert victim.starts > KILLS

    verdict = json.loads(victim.admin("fsck"))
    assert verdict["clean"]
    assert verdict["unnamed"] == []
    assert verdict["files"] == PUBLISHES
    assert list((victim.data / "incoming").iterdir()) == []
    listed = {entry for number in range(60) for entry in listing(victim, f"anvil-{number}")}
    assert listed == {(file.filename, file.offered().digests.sha256.hex) for file in files}
    for file in files[::25]:
        assert download(victim, file) == file.content


def storm(victim: Victim, token: str, files: list[Made]) -> tuple[list[str], list[str]]:
    """Publish all files by eight clients, each file until it is answered, while the server is killed and started."""
    waiting, answered, refused = list(files), list[str](), list[str]()
    lock, deadline = threading.Lock(), time.monotonic() + PATIENCE_SECONDS

    def work() -> None:
        while time.monotonic() < deadline:
            with lock:
                if not waiting:
                    return
                file = waiting.pop()
            status, body = publish(victim.port, token, file)
            with lock:
                if status == 200:
                    answered.append(file.filename)
                elif status == 0:
                    waiting.append(file)  # nobody answered: the client asks again, as a client does
                else:
                    refused.append(f"{file.filename}: {status} {body!r}")
            if status == 0:
                time.sleep(0.02)

    clients = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    kill_and_start(victim, lambda: len(answered), clients)
    for client in clients:
        client.join()
    return answered, refused


def kill_and_start(victim: Victim, progress: Callable[[], int], clients: list[threading.Thread]) -> None:
    """Kill the server twenty times, each time while work is under way: after some more uploads, at no chosen line."""
    chance = random.Random(20)
    for number in range(KILLS):
        goal = min(int((number + 0.5) * PUBLISHES / (KILLS + 1)), PUBLISHES - 5)
        while progress() < goal and any(client.is_alive() for client in clients):
            time.sleep(0.005)
        time.sleep(chance.random() * 0.05)
        victim.kill()
        victim.start()


def publish(port: int, token: str, file: Made) -> tuple[int, bytes]:
    """Send one file; return status and body, 0 when the connection broke."""
    body, content_type = encode(file)
    try:
        return ask(port, "POST", "/legacy/", body, {"Authorization": f"Bearer {token}", "Content-Type": content_type})
    except (OSError, http.client.HTTPException):
        return 0, b""


def listing(victim: Victim, project: str) -> set[tuple[str, str]]:
    """Return file names and digests that the index lists."""
    headers = {"Accept": "application/vnd.pypi.simple.v1+json"}
    page = json.loads(ask(victim.port, "GET", f"/simple/{project}/", None, headers)[1])
    return {(file["filename"], file["hashes"]["sha256"]) for file in page["files"]}


def download(victim: Victim, file: Made) -> bytes:
    """Return a file as the repository serves it."""
    digest = file.offered().digests.sha256.hex
    return ask(victim.port, "GET", f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{file.filename}")[1]


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Send one request on a connection of its own; return status and body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        with connection.getresponse() as answer:
            return answer.status, answer.read()
