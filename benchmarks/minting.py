"""What exchanging an identity token costs, once the issuer's keys are known: by HTTP, one after the other and by eight.

    python -m benchmarks.minting

Everything runs on this machine. Tokens are signed before the clock starts.

Principles: AUTHZ-3.1
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from socket import socket

from strongroom import settings
from strongroom.assess.issuer import Issuer, Publisher, on_loopback
from strongroom.authn.accounts import AccountName
from strongroom.authz import publishers
from strongroom.authz.providers import GITHUB
from strongroom.kernel.names import ProjectName
from strongroom.repository import open_repository

TOKENS = 600
TOGETHER = 8
OTHERS = 5_000
FIELDS = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
BUILD = Publisher("acme", "47", "anvil", "4711")


def prepared(folder: Path, issuer: str) -> None:
    """Make a repository whose anvil trusts the build, among thousands of other publishers of the same issuer."""
    repository = open_repository(settings.load(data=folder))
    anvil, now = ProjectName("pypi", "anvil"), datetime.now(UTC)
    with repository.vault.writing() as books:
        books.shelf.add_project(anvil, "anvil", now)
        for number in range(OTHERS + 1):
            fields = FIELDS if number == OTHERS else {**FIELDS, "repository": f"other-{number}"}
            made = publishers.Publisher(f"p{number}", "github", issuer, fields, anvil, AccountName("ada"), now)
            books.publishers.add_publisher(made, publishers.subject_of(GITHUB, fields))
    repository.close()


def exchange(connection: http.client.HTTPConnection, token: str) -> float:
    """Exchange a token, and return the milliseconds that it took."""
    begun = time.perf_counter()
    body = json.dumps({"token": token})
    connection.request("POST", "/_/oidc/mint-token", body, {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {said.decode()}")
    return (time.perf_counter() - begun) * 1000


def run(port: int, tokens: list[str]) -> list[float]:
    """Exchange tokens over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    return [exchange(connection, token) for token in tokens]


def told(name: str, took: list[float]) -> None:
    """Print what it took."""
    cuts = statistics.quantiles(took, n=100)
    print(f"{name:<28} {len(took):>5} exchanged   p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms")


def tokens(issuer: Issuer, audience: str, name: str, count: int) -> list[str]:
    """Return identity tokens of the build."""
    return [issuer.signed(issuer.claims(BUILD, audience, time.time(), f"{name}-{each}")) for each in range(count)]


def together(port: int, made: list[str]) -> list[float]:
    """Exchange tokens over several connections at once."""
    took: list[float] = []
    threads = [
        threading.Thread(target=lambda at=at: took.extend(run(port, made[at::TOGETHER]))) for at in range(TOGETHER)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def main() -> None:
    """Measure, and print."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, on_loopback() as issuer:
        data = Path(folder) / "data"
        trusted = json.dumps([{"provider": "github", "issuer": issuer.address}])
        os.environ["STRONGROOM_PUBLISHING__ISSUERS"] = trusted
        prepared(data, issuer.address)
        command = [Path(sys.executable).with_name("strongroom"), "serve", "--data", data, "--port", str(port)]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(port)
            audience = f"localhost:{port}"
            run(port, tokens(issuer, audience, "warm", 20))
            told("one after the other", run(port, tokens(issuer, audience, "one", TOKENS)))
            told(f"{TOGETHER} at once", together(port, tokens(issuer, audience, "many", TOKENS)))
        finally:
            server.terminate()
            server.wait(30)


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    main()
