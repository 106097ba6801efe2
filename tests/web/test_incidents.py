"""What breaks ends as a 500 with a number, told to nobody but the operator; what comes too slowly or oddly is ended.

Principles: none
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from tests.web.asking import HOST, Answer, Place, converse, joined, placed
from tests.worlds import ANVIL, wheel

from strongroom.authz.tokens import mint
from strongroom.kernel.refusals import Refused
from strongroom.web.guard import Guard, Pace
from strongroom.web.http import answer
from strongroom.web.problems import STATUS, problem, reason_phrase

NUMBER = re.compile(r"number: ([0-9a-f]{12})\n$")


@pytest.fixture
def broken(place: Place) -> Place:
    """A repository whose books lack a table."""
    with place.repository.vault.engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("DROP TABLE counter"))
    return place


@pytest.mark.parametrize("path", ["/healthz", "/simple/", "/metrics"])
def test_what_breaks_is_a_500_with_a_number_that_the_log_knows(broken: Place, path: str) -> None:
    with capture_logs() as lines:
        answer = broken.ask(path)
    assert answer.status == 500
    number = NUMBER.search(answer.text)
    assert number is not None
    assert [line["incident"] for line in lines] == [number[1]]
    assert lines[0]["exc_info"] is not None
    for leak in ("Traceback", "counter", "sqlite", "SELECT", ".py"):
        assert leak not in answer.text
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_an_upload_that_breaks_is_told_the_number_and_is_not_half_there(place: Place) -> None:
    token = place.token()
    with place.repository.vault.engine.begin() as connection:
        connection.execute(text("DROP TABLE event"))
    with capture_logs():
        answer = place.upload(wheel(), token)
    assert answer.status == 500
    assert NUMBER.search(answer.text)
    with place.repository.vault.reading() as books:
        assert books.shelf.project(ANVIL) is None
    assert place.repository.blobs.sweep(place.repository.vault.names_digest) == 1  # type: ignore[attr-defined]
    assert list(place.repository.blobs.keys()) == []


def test_what_breaks_is_counted(place: Place) -> None:
    with place.repository.vault.engine.begin() as connection:
        connection.execute(text("DROP TABLE change"))
    with capture_logs():
        assert place.ask("/changes.json").status == 500
    assert 'strongroom_answers_total{kind="changes.json",status="500"} 1.0' in place.ask("/metrics").text


def test_the_log_of_what_broke_holds_no_enrolment_link(place: Place) -> None:
    secret = mint(b"x" * 32).reveal()
    with place.repository.vault.engine.begin() as connection:
        connection.execute(text("DROP TABLE enrolment"))
    with capture_logs() as lines:
        assert place.ask(f"/setup/{secret}").status == 500
    assert secret not in repr([{key: value for key, value in line.items() if key != "exc_info"} for line in lines])
    assert lines[0]["path"] == "/setup/…"


QUICK = Pace(20, 4096)


def guarded(application: Any, pace: Pace = QUICK) -> Any:
    return Guard(application, pace)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Read everything, then answer with how much it was."""
    taken = 0
    while True:
        message = await receive()
        taken += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    await answer(send, 200, b"%d" % taken, b"text/plain")


def drip(pause_seconds: float, pieces: list[bytes], pace: Pace) -> Answer:
    """Send a body slowly, and return what is answered."""

    async def play() -> Answer:
        said: list[Any] = []
        left = list(pieces)

        async def receive() -> Any:
            await asyncio.sleep(pause_seconds)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        async def send(message: Any) -> None:
            said.append(message)

        scope = {"type": "http", "method": "POST", "path": "/", "headers": [HOST], "http_version": "1.1"}
        await guarded(echo, pace)(scope, receive, send)
        return Answer(said[0]["status"], joined(said[0]["headers"]), said[1]["body"])

    return asyncio.run(play())


def test_a_body_that_keeps_moving_may_take_its_time() -> None:
    answer = drip(0.02, [b"x" * 100] * 10, Pace(0.05, 1000))
    assert (answer.status, answer.body) == (200, b"1000")


def test_a_body_that_drips_is_ended(place: Place) -> None:
    answer = drip(0.03, [b"x"] * 20, Pace(0.1, 1000))
    assert answer.status == 408
    assert answer.json["code"] == "too-slow"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        ([HOST], "1.1", 200),
        ([], "1.1", 400),
        ([HOST, HOST], "1.1", 400),
        ([HOST, (b"host", b"evil.example")], "1.1", 400),
        ([], "1.0", 200),
        ([HOST, HOST], "1.0", 400),
    ],
)
def test_a_request_names_one_host(headers: list[tuple[bytes, bytes]], version: str, status: int) -> None:
    async def versioned(scope: Any, receive: Any, send: Any) -> None:
        await guarded(echo)({**scope, "http_version": version}, receive, send)

    assert asyncio.run(converse(versioned, "/", "GET", headers, [b""])).status == status


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    async def half(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError("the disk is gone")

    with capture_logs(), pytest.raises(OSError, match="disk"):
        asyncio.run(converse(guarded(half), "/", "GET", [HOST], [b""]))


def test_who_goes_away_is_told_nothing() -> None:
    said: list[Any] = []

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(guarded(echo)({"type": "http", "method": "POST", "path": "/", "headers": [HOST]}, gone, send))
    assert said == []


@pytest.mark.parametrize("code", STATUS)
def test_every_refusal_is_a_problem_document_with_a_page_that_explains_it(code: str) -> None:
    status, body = problem(Refused(code, "It is so.", principle="GEN-2.1"))
    document = Answer(status, {}, body).json
    assert status == STATUS[code]
    assert set(document) == {"type", "title", "status", "detail", "code", "message", "principle"}
    assert document["type"] == f"/problems/#{code}"
    assert document["detail"] == "It is so."
    assert document["principle"] == "GEN-2.1"


def test_the_page_of_problems_has_a_place_for_each(place: Place) -> None:
    page = place.ask("/problems/").text
    assert [code for code in STATUS if f'id="{code}"' not in page] == []


@pytest.mark.parametrize("says", ["plain", "é ü", "名前", "two\r\nlines\tand a tab", "\x1b[31mred", "x" * 2000, ""])
def test_a_reason_phrase_is_one_line_of_latin_1(says: str) -> None:
    phrase = reason_phrase(Refused("bad-form", says, principle="GEN-2.1"))
    assert len(phrase) <= 500
    assert not set(phrase) & {*range(0x20), 0x7F}
    assert says[:5].isascii() is False or phrase.startswith(says.split("\r")[0].lstrip("\x1b").encode()[:5])


def test_a_second_repository_in_one_process_has_numbers_of_its_own(place: Place, tmp_path: Path) -> None:
    other = placed(tmp_path / "other")
    place.ask("/healthz")
    assert "strongroom_answers_total{" not in other.ask("/metrics").text
    other.repository.close()
