"""What a reviewer tried on the assessor: hostile targets, files and people, and runs that are cut off.

Principles: none
"""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from tests.assess.worlds import assessment, circumstances
from tests.live import BIN, live

from strongroom.assess import consent as leave
from strongroom.assess import wire as wires
from strongroom.assess.annotations import parse_annotations
from strongroom.assess.consent import is_public_registry, parse_address
from strongroom.assess.document import to_text
from strongroom.assess.exercise.scenario import parse_scenario
from strongroom.assess.health import Health
from strongroom.assess.questionnaire import parse_answers
from strongroom.assess.session import real_client
from strongroom.assess.store import DOCUMENT, JOURNAL, Store
from strongroom.assess.wire import Redactor, Transcript, Unreachable, Wire
from strongroom.commands.main import cli

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state/strongroom/assess"


def assess(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["assess", *map(str, words)])


@contextmanager
def speaking(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve whatever bytes `answer` writes to each connection, on a port of this machine."""
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while not ended.is_set() and connection.recv(65536):
                    answer(connection)
            except OSError:
                return

    def listen() -> None:
        while not ended.is_set():
            try:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
            except TimeoutError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join(5)


def whole(status: int, *headers: str) -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {status} X", "Content-Length: 0", *headers, "", ""]
    return lambda connection: connection.sendall("\r\n".join(lines).encode("latin-1"))


def real_wire(client: httpx2.Client, url: str) -> Wire:
    return Wire(client, url, Transcript(Redactor()), Health())


@pytest.mark.parametrize("dot", ["\u3002", "\uff0e", "\uff61", "%2E"])
def test_a_public_registry_spelled_in_other_signs_is_one_all_the_same(
    dot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = frozenset({hashlib.sha256(b"registry.example").hexdigest()})
    monkeypatch.setattr(leave, "public_registries", lambda: known)
    assert is_public_registry(f"https://registry{dot}example/")
    assert is_public_registry(f"https://files.registry{dot}example/")


def test_an_address_is_kept_as_it_is_asked_for() -> None:
    assert parse_address("http://Registry\u3002Example:80/simple") == "http://registry.example/simple/"
    assert parse_address("http://[::1]:8000") == "http://[::1]:8000/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8000",
        "file:///etc/passwd",
        "ftp://x/",
        "http://",
        "http://[bad/",
        "http://x:port/",
        "http://x/?q=1",
        "http://x/#f",
        "http://x/" + "a" * 3000,
        "http://ada:hunter2secret@127.0.0.1:1/",
    ],
)
def test_what_is_no_address_is_exit_2_and_nothing_is_kept(text: str, state: Path) -> None:
    done = assess(text)
    assert done.exit_code == 2, done.output
    assert "hunter2secret" not in done.output
    assert not state.exists()


def test_what_is_of_this_machine_can_be_bound() -> None:
    assert leave.is_here("http://127.0.0.1:1/")
    assert not leave.is_here("http://192.0.2.1/")
    assert not leave.is_here("http://no.such.host.invalid/")


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_an_answer_that_drips_ends(beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "EXCHANGE_SECONDS", 0.5)

    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        for _ in range(100):
            connection.sendall(b"x:y\r\n")
            time.sleep(0.1)

    with speaking(drip) as url, real_client() as client:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            real_wire(client, url).send("GET", "")
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("where", "code"),
    [("http://[oops", 3), ("http://127.0.0.1:99999999/", 0), ("/" + "a" * 70_000, 3), ("/\x01\x7f", 3)],
)
def test_a_redirection_to_nowhere_is_an_answer_or_none_and_no_crash(where: str, code: int) -> None:
    with speaking(whole(302, f"Location: {where}")) as url:
        done = assess(url, "--only", "GEN-1.1")
    assert done.exit_code == code, done.output
    assert "Authentication" in done.output


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_target_that_only_breaks_is_exit_3_and_a_report_that_says_so(status: int) -> None:
    with speaking(whole(status)) as url:
        done = assess(url, "--only", "gen")
    assert done.exit_code == 3, done.output
    assert "error of the target" in done.output


def test_a_target_that_asks_for_fewer_requests_when_it_is_tried_is_exit_4_and_a_report_that_says_so() -> None:
    with speaking(whole(429)) as url:
        done = assess(url, "--active", "--only", "gen")
    assert done.exit_code == 4, done.output
    assert "asks for fewer requests" in done.output


BOMB = "x: &a [y,y,y,y,y,y,y,y,y,y]\n" + "".join(
    f"x{n}: &{chr(97 + n)} [{','.join([f'*{chr(96 + n)}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize("text", [BOMB, "- \n" + "".join(f"  {line}\n" for line in BOMB.splitlines()), "[" * 50_000])
def test_a_file_of_aliases_or_of_brackets_is_refused_at_once(text: str) -> None:
    today = NOW.date()
    for parse in (parse_scenario, lambda t: parse_annotations(t, today), lambda t: parse_answers(t, today)):
        with pytest.raises(ValueError, match=r"alias|deep"):
            parse(text)


def test_a_word_that_names_no_probe_and_a_port_that_is_none_are_exit_2() -> None:
    for words in (["--only", "nonsense"], ["--mail-port", "99999"], ["--patience", "-1"]):
        done = assess("http://127.0.0.1:1/", *words)
        assert done.exit_code == 2, done.output


def test_a_broken_run_and_one_of_another_address_stand_in_nobodys_way(state: Path) -> None:
    url = "http://127.0.0.1:1/"
    store = Store(state)
    broken, other = store.open_run(url, "a", NOW), store.open_run(url, "b", NOW)
    (broken / DOCUMENT).write_text("{")
    found = assessment()
    (other / DOCUMENT).write_text(to_text(replace(found, circumstances=circumstances(url="http://127.0.0.1:1/~"))))
    assert store.newest(url) is None
    done = assess("history", url)
    assert (done.exit_code, done.output) == (0, "No run of this target is kept.\n")


def test_a_document_from_elsewhere_moves_no_cursor_and_makes_no_element(tmp_path: Path) -> None:
    evil = "x\x1b[31m<script>\x00"
    found = replace(
        assessment(), circumstances=circumstances(run=evil, proof=evil, url=evil, product=evil, left=(evil,))
    )
    (tmp_path / "a.json").write_text(to_text(found))
    views = "terminal,json,html,md,csv,junit,oscal-ar,oscal-poam,plan,plan-csv,issues"
    done = assess("replay", tmp_path / "a.json", "-f", views, "-o", tmp_path / "out")
    assert not isinstance(done.exception, Exception), done.exception
    for path in [*(tmp_path / "out").iterdir()]:
        text = path.read_text("utf-8")
        assert "\x1b" not in text, path
        assert "\x00" not in text, path
    assert "\x1b[31m<script" not in done.output
    assert not re.search(r"(?<!\\)<script", (tmp_path / "out/assessment.md").read_text())


def started(url: str, data: Path, run: str) -> "subprocess.Popen[str]":
    words = [BIN / "strongroom", "assess", url, "--active", "--data", data, "--run", run, "--only", "GEN-2.1"]
    return subprocess.Popen(
        list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )


def journal_of(state: Path, run: str) -> Path:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = [each for each in state.glob(f"*/*-{run}/{JOURNAL}") if each.read_text()]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("the run has made nothing")


def test_a_run_that_is_cut_off_leaves_nothing_or_what_cleanup_takes_away(state: Path, tmp_path: Path) -> None:
    with live(tmp_path) as house:
        run = started(house.url, house.data, "stopped")
        journal_of(state, "stopped")
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=90)
        assert run.returncode == 3, out + err
        assert "is taken away now" in err
        assert "Incomplete: it was interrupted" in out
        assert "Left behind" not in out
        killed = started(house.url, house.data, "killed")
        journal = journal_of(state, "killed")
        killed.kill()
        killed.communicate(timeout=30)
        assert not (journal.parent / DOCUMENT).exists()
        done = assess("cleanup", "killed", "--data", house.data)
        assert (done.exit_code, done.output) == (0, "Nothing is left.\n"), done.output


def test_a_run_that_was_never_let_has_nothing_to_clean_up(state: Path) -> None:
    Store(state).open_run("http://127.0.0.1:1/", "early", NOW)
    done = assess("cleanup", "early")
    assert done.exit_code == 2
    assert "nothing to take away" in done.output


def test_half_a_pair_of_a_surrogate_keeps_no_report_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "driver.py").write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    said = json.loads(line)\n"
        '    hello = {"protocol": 1, "driver": "x", "title": "X \\ud800", "can": ["policy"]}\n'
        '    answer = hello if said["op"] == "hello" else {"error": "\\ud800"}\n'
        '    print(json.dumps({"id": said["id"], **answer}), flush=True)\n'
    )
    with speaking(whole(200)) as url:
        done = assess(
            url, "--driver-command", f"{sys.executable} {tmp_path / 'driver.py'}", "--only", "GEN-2.1",
            "-f", "json,html,md", "-o", tmp_path / "out",
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out/assessment.json").read_text())["target"]["product"]
