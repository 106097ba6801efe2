"""What signing in costs: passkeys by fifty at once, and what a storm of passwords does to readers of the index.

    python -m benchmarks.sign_in

Everything runs on this machine, the clients too: their own work (signing, JSON) is in the figures.

Principles: AUTHN-1.5, AUTHN-3.1
"""

import http.client
import json
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from strongroom import settings
from strongroom.assess.authenticator import Authenticator
from strongroom.authn.accounts import AccountName
from strongroom.authn.passwords import Argon2
from strongroom.authn.sessions import Visit
from strongroom.household import desk_of
from strongroom.people.desk import Desk, Registration, Visitor
from strongroom.people.factors import begin_key, finish_key
from strongroom.people.registration import Applicant, register
from strongroom.people.sign_in import SignedIn
from strongroom.repository import open_repository

PEOPLE = 50
LOGINS = 20
THINK_SECONDS = 1.0
READS = 60_000
STORM_THREADS = 16


def chance(length: int) -> str:
    return "".join(random.choice(string.ascii_lowercase) for _ in range(length))


def people(folder: Path, port: int) -> list[Authenticator]:
    """Return the authenticators of people who are enrolled in a new repository."""
    os.environ["STRONGROOM_PUBLIC_URL"] = f"http://localhost:{port}/"
    os.environ["STRONGROOM_ACCOUNTS__REGISTRATION"] = "open"
    os.environ["STRONGROOM_TRUSTED_PROXIES"] = '["127.0.0.1"]'
    os.environ["STRONGROOM_BREACHES__SERVICE"] = ""
    repository = open_repository(settings.load(data=folder))
    desk = desk_of(repository, Argon2(1, 8))
    assert desk.house.registration is Registration.OPEN
    found = []
    for number in range(PEOPLE):
        visitor = Visitor(Visit(f"10.0.{number}.1"))
        begun = register(desk, visitor, Applicant(AccountName(f"person{chance(8)}"), f"{chance(9)}@example.org", None))
        found.append(enrolled(desk, visitor, begun, port))
    repository.close()
    return found


def enrolled(desk: Desk, visitor: Visitor, begun: SignedIn, port: int) -> Authenticator:
    here = Visitor(visitor.visit, begun.session)
    authenticator = Authenticator(chance)
    credential = authenticator.create(begin_key(desk, here), f"http://localhost:{port}")
    finish_key(desk, here, credential, "bench")
    return authenticator


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.port = port

    def post(self, path: str, said: dict[str, Any], source: str = "") -> tuple[int, dict[str, Any], float]:
        headers = {"content-type": "application/json", "host": f"localhost:{self.port}"}
        if source:
            headers["x-forwarded-for"] = source
        body = json.dumps(said)
        began = time.perf_counter()
        try:
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            return 0, {}, time.perf_counter() - began
        return answer.status, json.loads(content), time.perf_counter() - began

    def get(self, path: str) -> float:
        began = time.perf_counter()
        self.connection.request("GET", path)
        self.connection.getresponse().read()
        return time.perf_counter() - began


def signs_in(port: int, authenticator: Authenticator, think: float, took: list[float], lock: threading.Lock) -> None:
    client = Client(port)
    time.sleep(random.random() * think)
    for _ in range(LOGINS):
        status, begun, first = client.post("/api/v1/sign-in/passkey/options", {})
        assert status == 200, begun
        credential = authenticator.answer(begun["options"], f"http://localhost:{port}")
        time.sleep(think)
        status, said, second = client.post(
            "/api/v1/sign-in/passkey", {"challenge": begun["challenge"], "credential": credential}
        )
        assert status == 200, said
        with lock:
            took += [first, second]


def told(what: str, took: list[float]) -> None:
    ordered = sorted(took)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    median = statistics.median(ordered)
    print(f"{what:58} median {median * 1000:7.1f} ms   p99 {p99 * 1000:7.1f} ms   ({len(took)} answers)", flush=True)


def all_at_once(work: list[Callable[[], None]]) -> float:
    threads = [threading.Thread(target=each) for each in work]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def passkeys(port: int, keys: list[Authenticator], think: float) -> None:
    took: list[float] = []
    lock = threading.Lock()
    seconds = all_at_once([lambda key=key: signs_in(port, key, think, took, lock) for key in keys])  # type: ignore[misc]
    told(f"passkey, {len(keys)} people, {think} s at the authenticator", took)
    print(f"  {len(took) / 2 / seconds:.0f} sign-ins a second", flush=True)


def storm(port: int, until: threading.Event, tried: list[int]) -> None:
    client = Client(port)
    while not until.is_set():
        source = f"172.{random.randrange(16, 32)}.{random.randrange(256)}.{random.randrange(256)}"
        status, _, _ = client.post("/api/v1/sign-in", {"name": chance(8), "password": chance(20)}, source)
        tried.append(status)


def reads(port: int) -> list[float]:
    client = Client(port)
    return [client.get("/simple/") for _ in range(READS)]


def main() -> None:
    """Start a server, sign in, storm, and print what it took."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8191
    with tempfile.TemporaryDirectory() as room:
        keys = people(Path(room), port)
        command = [Path(sys.executable).with_name("strongroom"), "serve", "--data", room, "--port", str(port)]
        server = subprocess.Popen(command)
        try:
            time.sleep(timedelta(seconds=3).total_seconds())
            passkeys(port, keys[:10], 0.0)
            passkeys(port, keys, THINK_SECONDS)
            passkeys(port, keys, 0.0)
            Client(port).get("/simple/")
            told("index, nobody signs in", reads(port))
            until, tried = threading.Event(), []
            threads = [threading.Thread(target=storm, args=(port, until, tried)) for _ in range(STORM_THREADS)]
            for thread in threads:
                thread.start()
            time.sleep(2)
            told(f"index, {STORM_THREADS} guess at passwords without rest", reads(port))
            until.set()
            for thread in threads:
                thread.join()
            counts = {status: tried.count(status) for status in sorted(set(tried))}
            print(f"  guesses: {counts}", flush=True)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
