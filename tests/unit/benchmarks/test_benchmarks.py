"""What the benchmarks load is valid, what they send is what twine sends, and what they conclude follows.

Principles: none
"""

import base64
import csv
import email
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from benchmarks import wheels
from benchmarks.bars import Bar, bars
from benchmarks.uploads import Connection, Endpoint, publish, request_for
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename


def test_a_wheel_is_what_its_name_its_metadata_and_its_record_say() -> None:
    made = wheels.large_file()
    name, version, _, _ = parse_wheel_filename(made.filename)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        stem = made.filename.removesuffix("-py3-none-any.whl")
        metadata = Metadata.from_email(archive.read(f"{stem}.dist-info/METADATA"))
        record = {row[0]: row[1:] for row in csv.reader(archive.read(f"{stem}.dist-info/RECORD").decode().splitlines())}
        assert set(record) == set(archive.namelist())
        for path, (digest, size) in record.items():
            if digest:
                body = archive.read(path)
                assert base64.urlsafe_b64decode(digest.removeprefix("sha256=") + "=") == hashlib.sha256(body).digest()
                assert int(size) == len(body)
    assert (metadata.name, str(metadata.version)) == (name, str(version)) == (made.project, made.version)
    assert len(made.content) > wheels.LARGE_BYTES


def test_wheels_are_small_and_the_same_each_time() -> None:
    first, again = (next(wheels.small_set(1)) for _ in range(2))
    assert first == again
    assert 800 < len(first.content) < 1400


def test_no_two_projects_are_alike() -> None:
    names = {wheels.project_name(number) for number in range(20_000)}
    assert len(names) == 20_000
    assert all(name.isalpha() and name.isascii() and len(name) == 16 for name in names)


def test_the_form_says_what_the_wheel_says() -> None:
    made = wheels.wheel("anvil", "1.0")
    head, _, body = request_for(made, Endpoint("http://127.0.0.1:1/legacy/", "u", "p")).partition(b"\r\n\r\n")
    kind = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Type"))
    form = email.message_from_bytes(kind + b"\r\n\r\n" + body)
    fields = {part.get_param("name", header="content-disposition"): part for part in form.walk()}
    assert fields["sha256_digest"].get_payload() == hashlib.sha256(made.content).hexdigest()
    assert fields["name"].get_payload() == "anvil"
    assert fields["content"].get_filename() == made.filename
    assert b"Authorization: Basic " + base64.b64encode(b"u:p") in head


class Counter(BaseHTTPRequestHandler):
    """Takes every second upload."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.seen.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200 if len(self.seen) % 2 else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def counter() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        Counter.seen.clear()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_an_answer_that_is_no_yes_is_counted_and_not_timed(counter: str) -> None:
    result = publish(wheels.small_set(5, versions=2), Endpoint(counter, "u", "p"), at_once=1, limit_seconds=30)
    assert (len(result.seconds), len(result.refused)) == (5, 5)
    assert result.refused[0] == "503 ok"


def test_only_this_machine_is_ever_loaded() -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        Connection("http://192.0.2.1/")


def test_a_bar_without_a_figure_is_neither_passed_nor_missed() -> None:
    assert Bar("speed", None, 1, at_least=True).verdict == "not measured"
    assert Bar("speed", 2, 1, at_least=True).verdict == "pass"
    assert Bar("speed", 0.5, 1, at_least=True).verdict == "MISSED"
    assert Bar("errors", 0, 0, at_least=False).verdict == "pass"
    assert Bar("errors", 1, 0, at_least=False).verdict == "MISSED"


def test_the_bars_take_the_median_of_the_rounds() -> None:
    def measured(*rates: float) -> dict[str, object]:
        rounds = [{"small-html": {"per_second": rate}, "cold-start": 1.0, "idle": {"pss": 90.0}} for rate in rates]
        return {"rounds": rounds, "database_bytes_per_file": 900.0}

    results = {"servers": {"strongroom": measured(300, 1, 9000), "nginx": measured(1000, 1000, 1000)}}
    by_name = {bar.about: bar for bar in bars(results)}
    assert by_name["strongroom : nginx, project page, 5 files, HTML"].figure == 0.3
    assert by_name["strongroom : devpi, project page, 5 files, HTML"].verdict == "not measured"
    assert by_name["cold start"].verdict == "pass"
