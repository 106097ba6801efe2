"""Drivers that are processes of their own: the example measures a repository, and a broken one breaks nothing else.

Principles: none
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
from tests.assess.weakroom.accounts import Account, accounts
from tests.assess.weakroom.room import ManualClock, Room
from tests.assess.weakroom.tokens import mint
from tests.assess.weakroom.visit import SeededChance, driver

from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.drivers.process import DriverProcess, ProcessTarget, greet
from strongroom.assess.health import Health
from strongroom.assess.probing import Outcome, Safety
from strongroom.assess.session import Wish, World, assess_target, real_client
from strongroom.assess.wire import Budget, BudgetSpent, Redactor, Transcript, Unreachable, Wire

EXAMPLE = (sys.executable, str(Path(__file__).parents[2] / "examples/assess_driver.py"))
BASE = "http://127.0.0.1:9/"


@contextmanager
def served(room: Room) -> Iterator[str]:
    """Serve a room on a loopback port."""

    class Door(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            request = httpx2.Request(
                self.command,
                f"http://weakroom.test{self.path}",
                headers=dict(self.headers),
                content=self.rfile.read(length),
            )
            response = room.answer(request)
            self.send_response(response.status_code)
            for name in ("content-type", "location"):
                if name in response.headers:
                    self.send_header(name, response.headers[name])
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

        def log_message(self, format: str, *words: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def measured(room: Room, clause: str, *command: str) -> Any:
    driver()
    secret = pyotp.random_base32()
    accounts(room)["ada"] = Account("ada", "ada@a.example", "sesame-open-1", verified=True, totp_secret=secret)
    token = mint(room, "ada", None, frozenset({"publish", "yank", "remove"}))
    with served(room) as url, real_client() as client:
        wish = Wish(
            url, "t3st", Safety.SANDBOX, driver_command=command or EXAMPLE, only=frozenset({clause}),
            accounts=(("__token__", token),),
        )  # fmt: skip
        return assess_target(wish, World(ManualClock(), SeededChance(), client)).assessment


@pytest.mark.parametrize(
    ("flaws", "outcome"), [((), Outcome.MET), (("GEN-2.1a replaces-bytes",), Outcome.UNMET)], ids=["whole", "flawed"]
)
def test_the_example_measures_a_repository(flaws: tuple[str, ...], outcome: Outcome) -> None:
    found = measured(Room(frozenset(flaws)), "GEN-2.1a")
    assert found.circumstances.driver == "example"
    assert found.findings[0].outcome is outcome, found.findings[0].saw


def test_what_the_example_says_is_lacking_counts_as_documented() -> None:
    found = measured(Room(), "AUTHN-1.3a")
    assert found.findings[0].outcome is Outcome.UNMET
    assert found.findings[0].saw == "It knows no second factor."


def wire(requests: int = 50) -> Wire:
    def nothing(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404)

    client = httpx2.Client(transport=httpx2.MockTransport(nothing))
    return Wire(client, BASE, Transcript(Redactor()), Health(), budget=Budget(requests, 60))


@contextmanager
def driven(body: str, *, requests: int = 50, seconds: float = 20.0) -> Iterator[ProcessTarget]:
    """Speak to a driver whose answers are `body`, Python that sets `said` from `asked`."""
    program = (
        "import json, sys, time\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        '    said = {"id": asked["id"], "protocol": 1, "driver": "d", "title": "D", "can": ["files", "log_in"]}\n'
        f'    if asked["op"] != "hello":\n        {body}\n'
        "    print(said if isinstance(said, str) else json.dumps(said), flush=True)\n"
    )
    process = DriverProcess([sys.executable, "-c", program], answer_seconds=seconds)
    try:
        yield greet(process, wire(requests), "t3st")
    finally:
        process.end()


def test_an_answer_is_read() -> None:
    with driven(
        'said |= {"kind": "exists", "status": 409, "text": "there", "headers": {"Retry-After": "3"}}'
    ) as target:
        answer = target.perform(Op.FILES, project="x")
    assert (answer.kind, answer.status, answer.text) == (Kind.EXISTS, 409, "there")
    assert answer.headers == {"retry-after": "3"}
    assert answer.exchange == 1


def test_no_secret_that_is_given_or_brought_is_written_down() -> None:
    body = 'said |= {"kind": "accepted", "text": "in: open-sesame and key-of-day", "values": {"session": "key-of-day"}}'
    with driven(body) as target:
        target.perform(Op.LOG_IN, name="ada", password="open-sesame")
        excerpt = target.wire.transcript.exchanges[0].excerpt
    assert "in: " in excerpt
    assert "sesame" not in excerpt
    assert "key-of-day" not in excerpt


@pytest.mark.parametrize(
    "body",
    [
        'said = "no JSON"',
        'said = "[]"',
        'said = "[" * 100000',
        'said["id"] = 7',
        'said["kind"] = "perhaps"',
        'said |= {"kind": "accepted", "values": []}',
        'said |= {"kind": "accepted", "body": "***"}',
        'said |= {"kind": "accepted", "values": {"files": ["x"]}}',
    ],
)
def test_what_is_no_answer_is_an_error_of_the_driver(body: str) -> None:
    with driven(body) as target, pytest.raises(ValueError):
        target.perform(Op.FILES, project="x")


def test_a_driver_that_fails_has_refused_nothing() -> None:
    with driven('said = {"id": asked["id"], "error": "no network"}') as target:
        answer = target.perform(Op.FILES, project="x")
    assert answer.kind is Kind.FAILED
    assert not answer.kind.is_no


@pytest.mark.parametrize("body", ["sys.exit(0)", "time.sleep(4)"], ids=["ended", "silent"])
def test_a_driver_that_is_gone_is_a_target_out_of_reach(body: str) -> None:
    with driven(body, seconds=2.0) as target:
        with pytest.raises(Unreachable):
            target.perform(Op.FILES, project="x")
        assert target.wire.transcript.exchanges[-1].status == 0


def test_a_driver_is_held_to_the_probes_budget() -> None:
    with driven('said["kind"] = "missing"', requests=1) as target:
        target.perform(Op.FILES, project="x")
        with pytest.raises(BudgetSpent):
            target.perform(Op.FILES, project="x")


def test_what_a_driver_does_not_know_is_not_asked_of_it() -> None:
    with driven('said["kind"] = "missing"') as target:
        assert not target.can(Op.PUBLISH)
        with pytest.raises(KeyError):
            target.perform(Op.PUBLISH)


@pytest.mark.parametrize(
    "hello",
    [
        '{"id": 1}',
        '{"id": 1, "protocol": 2, "driver": "d", "title": "D", "can": []}',
        '{"id": 1, "protocol": 1, "driver": "d", "title": "D", "can": ["fly"]}',
        '{"id": 1, "protocol": 1, "driver": "d", "title": "D", "can": [], "taxonomy": []}',
    ],
)
def test_a_hello_that_is_not_whole_is_refused(hello: str) -> None:
    process = DriverProcess([sys.executable, "-c", f"input(); print({hello!r})"])
    try:
        with pytest.raises(ValueError):
            greet(process, wire(), "t3st")
    finally:
        process.end()


def test_a_command_that_is_not_there_is_told_so() -> None:
    with pytest.raises(ValueError, match="could not be started"):
        DriverProcess(["/nowhere/driver"])
