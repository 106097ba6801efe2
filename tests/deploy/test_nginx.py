"""nginx in front says what the application says, is never behind it, and goes on when it is down.

Principles: GEN-2.1
"""

import gzip
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
import zstandard
from tests.deploy.proxy import nginx
from tests.live import Answer, Live, ask, live
from tests.uploads import encode
from tests.worlds import Made, wheel

pytestmark = pytest.mark.client

JSON = "application/vnd.pypi.simple.v1+json"
PIP = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
UV = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
V1_HTML = "application/vnd.pypi.simple.v1+html"
ACCEPTS = [None, "*/*", JSON, PIP, UV, CHROME, "text/html", V1_HTML, f"{JSON};q=0.1, text/html"]
CODINGS = [None, "gzip", "gzip, deflate, br, zstd", "identity", "gzip;q=0"]
#: What each server says in its own words, and what only the application says.
OWN = {"date", "server", "connection", "etag", "content-length", "transfer-encoding", "content-encoding", "keep-alive"}
ROUNDS = 200
MADE = wheel()


def address(made: Made) -> str:
    digest = made.offered().digests.sha256.hex
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{made.filename}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running repository with a project in it."""
    with live(tmp_path_factory.mktemp("behind")) as made:
        made.publish(MADE, wheel(version="2.0"))
        yield made


@pytest.fixture(scope="module")
def port(repository: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where nginx listens in front of it."""
    with nginx(repository, tmp_path_factory.mktemp("nginx")) as listening:
        yield listening


def plain(answer: Answer) -> bytes:
    """Return the body without its coding."""
    match answer.headers.get("content-encoding"):
        case "gzip":
            return gzip.decompress(answer.body)
        case "zstd":
            return zstandard.decompress(answer.body)
    return answer.body


def headers(accept: str | None, coding: str | None, **more: str) -> dict[str, str]:
    chosen = {"accept": accept, "accept_encoding": coding}
    return {name: value for name, value in chosen.items() if value is not None} | more


@pytest.mark.parametrize(("accept", "coding"), list(product(ACCEPTS, CODINGS)))
@pytest.mark.parametrize("path", ["/simple/anvil/", "/simple/"])
def test_a_page_is_the_one_that_the_application_sends(
    repository: Live, port: int, path: str, accept: str | None, coding: str | None
) -> None:
    asked = headers(accept, coding)
    ask(repository.port, path, "GET", None, **asked)  # makes the page, if nobody has
    front = ask(port, path, "GET", None, **asked)
    behind = ask(repository.port, path, "GET", None, **asked)
    assert front.status == behind.status == 200
    assert plain(front) == plain(behind)
    assert ("content-encoding" in front.headers) == ("content-encoding" in behind.headers)
    said, wanted = ({k: v for k, v in each.headers.items() if k not in OWN} for each in (front, behind))
    assert {k: said.get(k) for k in wanted if k != "x-pypi-last-serial"} == {
        k: v for k, v in wanted.items() if k != "x-pypi-last-serial"
    }
    assert "last-modified" not in front.headers


def test_a_page_that_is_held_is_not_sent_again(port: int) -> None:
    for accept, coding in product(("*/*", JSON), ("identity", "gzip")):
        tag = ask(port, "/simple/anvil/", accept=accept, accept_encoding=coding).headers["etag"]
        again = ask(port, "/simple/anvil/", accept=accept, accept_encoding=coding, if_none_match=tag)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["vary"] == "Accept, Accept-Encoding"


def test_a_file_and_its_metadata_are_sent_as_the_application_sends_them(repository: Live, port: int) -> None:
    for path in (address(MADE), f"{address(MADE)}.metadata"):
        front, behind = ask(port, path), ask(repository.port, path)
        assert front.body == behind.body
        assert front.headers["content-type"] == behind.headers["content-type"] == "application/octet-stream"
        for name in ("cache-control", "content-security-policy", "x-content-type-options", "accept-ranges"):
            assert front.headers[name] == behind.headers[name]
        part = ask(port, path, range="bytes=5-9")
        assert (part.status, part.body) == (206, behind.body[5:10])
        head = ask(port, path, "HEAD")
        assert (head.status, head.headers["content-length"]) == (200, str(len(behind.body)))


@pytest.mark.parametrize(
    "path",
    [
        "/simple/tin/",
        "/simple/Anvil/",
        "/simple/anvil",
        "/simple/anvil/index.html",
        "/simple/anvil/index.json",
        "/simple/anvil/index.json.gz",
        "/simple/anvil/ask-the-application",
        "/packages/",
        f"{address(MADE)}.asc",
        address(MADE).replace("anvil-1.0", "anvil-9.0"),
        "/project/anvil/",
        "/pypi/anvil/json",
        "/healthz",
        "/legacy/",
        "/nothing",
        "/strongroom.db",
        "/../strongroom.db",
        "/packages/../strongroom.db",
        "/packages/%2e%2e/strongroom.db",
        "/simple/%2e%2e/%2e%2e/%2e%2e/strongroom.db",
    ],
)
def test_what_is_not_on_disk_is_answered_by_the_application(repository: Live, port: int, path: str) -> None:
    front, behind = ask(port, path), ask(repository.port, path)
    if ".." in path or "%2e" in path:  # nginx resolves them, or refuses, before it asks
        assert front.status in (400, 404)
        return
    assert (front.status, front.body) == (behind.status, behind.body)
    assert front.headers.get("location") == behind.headers.get("location")
    assert front.headers.get("content-security-policy") == behind.headers.get("content-security-policy")


def test_a_page_that_nobody_made_is_made_and_then_comes_from_disk(repository: Live, port: int) -> None:
    page = repository.data / "pages/current/simple/anvil"
    for each in page.iterdir():
        each.unlink()
    first = ask(port, "/simple/anvil/", accept=JSON)
    assert first.headers["etag"] != ask(port, "/simple/anvil/", accept=JSON).headers["etag"]
    assert first.body == ask(port, "/simple/anvil/", accept=JSON).body


class Reader:
    """A client that reads a page through nginx with what it holds, and compares it with what was done."""

    def __init__(self, port: int, project: str) -> None:
        self.port, self.path = port, f"/simple/{project}/"
        self.held: dict[str, tuple[str, bytes]] = {}

    def read(self, coding: str, *, conditional: bool) -> Answer:
        tag, body = self.held.get(coding, ("", b""))
        more = {"if_none_match": tag} if tag and conditional else {}
        answer = ask(self.port, self.path, "GET", None, accept=JSON, accept_encoding=coding, **more)
        if answer.status == 304:
            assert conditional
            return Answer(200, answer.reason, answer.headers, body)
        if answer.status == 200:
            answer = Answer(200, answer.reason, answer.headers, plain(answer))
            self.held[coding] = (answer.headers["etag"], answer.body)
        return answer


@pytest.mark.principle("GEN-2.1")
def test_nginx_is_never_a_change_behind(repository: Live, port: int) -> None:
    chance, reader = random.Random(200), Reader(port, "hammer")
    live_files: dict[str, str | bool] = {}
    gone: list[str] = []
    number = 0
    for round in range(ROUNDS):
        name = chance.choice(sorted(live_files)) if live_files else ""
        match chance.randrange(4) if len(live_files) > 1 else 0:
            case 0 | 1:
                made = wheel("hammer", f"1.{number}")
                number += 1
                repository.publish(made)
                live_files[made.filename] = False
            case 2:
                reason = f"r{round:03}"  # always as long, so that pages differ in their serial alone
                repository.admin("yank", name, "--reason", reason)
                live_files[name] = reason
            case _:
                repository.admin("remove", name, "--yes")
                del live_files[name]
                gone.append(name)
        for coding, conditional in product(("identity", "gzip"), (True, False)):
            answer = reader.read(coding, conditional=conditional)
            found = {file["filename"]: file["yanked"] for file in answer.json["files"]} if answer.status == 200 else {}
            assert found == live_files, f"round {round}, {coding}, {conditional}"
    assert gone
    for name in gone:
        assert ask(port, address(wheel("hammer", name.split("-")[1]))).status == 404
    for name in live_files:
        assert ask(port, address(wheel("hammer", name.split("-")[1]))).status == 200


def send(port: int, made: Made, token: str) -> Answer:
    body, kind = encode(made)
    return ask(port, "/legacy/", "POST", body, content_type=kind, authorization=f"Bearer {token}")


def test_an_upload_passes_through_and_is_on_the_page_when_it_is_answered(repository: Live, port: int) -> None:
    heavy = wheel("heavy", "1.0", body="".join(f"X{n} = {random.Random(n).random()}\n" for n in range(200_000)))
    assert len(heavy.content) > 2_000_000
    assert send(port, heavy, repository.token).status == 200
    assert heavy.filename in ask(port, "/simple/heavy/").text
    assert ask(port, address(heavy)).body == heavy.content


def test_a_refusal_keeps_its_reason_phrase_and_its_document(repository: Live, port: int) -> None:
    for made, token in ((wheel(body="tin"), repository.token), (MADE, "srm_wrong")):
        front, behind = send(port, made, token), send(repository.port, made, token)
        assert (front.status, front.reason) == (behind.status, behind.reason)
        assert front.json == behind.json
    assert send(port, wheel(body="tin"), repository.token).reason.startswith("File already exists")


@pytest.mark.parametrize("megabytes", [1, 3, 12, 40])
def test_a_refusal_of_a_long_body_is_read_too(repository: Live, port: int, megabytes: int) -> None:
    made = Made("anvil-9.0-py3-none-any.whl", b"x" * (megabytes * 1024 * 1024), {})
    answer = send(port, made, "srm_wrong")
    assert (answer.status, answer.json["code"]) == (403, "unknown-token")


def test_a_body_that_no_upload_can_have_is_refused_by_nginx_itself(port: int) -> None:
    answer = ask(port, "/legacy/", "POST", b"", content_length=str(10**10))
    assert answer.status == 413


@contextmanager
def stopped(repository: Live) -> Iterator[None]:
    """End the application for good; nginx stays."""
    repository.process.terminate()
    repository.process.wait(timeout=30)
    yield


def test_pages_and_files_are_served_while_the_application_is_down(tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    with live(tmp_path / "repository") as repository, nginx(repository, tmp_path / "nginx") as port:
        repository.publish(MADE)
        before = ask(port, "/simple/anvil/", accept=PIP)
        with stopped(repository):
            after = ask(port, "/simple/anvil/", accept=PIP)
            assert (after.status, after.body) == (200, before.body)
            assert ask(port, "/simple/anvil/", accept="text/html").status == 200
            assert ask(port, address(MADE)).body == MADE.content
            assert ask(port, "/project/anvil/").status == 502
