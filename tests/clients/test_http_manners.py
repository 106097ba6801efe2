"""How index and files speak HTTP: what resolvers, mirrors and caches between them rely on.

Each thing that matters is asked twice, on a connection that stays open and on one that does not, since the server
answers finished pages by a shorter way on the former.

Principles: CLI-1.1, GEN-2.1
"""

import gzip
import hashlib
import re

import pytest
import zstandard
from pypi_simple import ProjectPage
from tests.clients.goods import sdist, wheel
from tests.live import Answer, Live

pytestmark = pytest.mark.client

JSON, HTML = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html"
TEXT = "text/html; charset=utf-8"
ANVIL = (
    wheel("Anvil.Works", "1.0", more="Requires-Python: >=3.9,<4\n"),
    wheel("Anvil.Works", "2.0"),
    sdist("anvil-works", "2.0"),
)
BOTH_WAYS = pytest.mark.parametrize("connection", ["keep-alive", "close"])


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests look at."""
    repository.publish(*ANVIL)


def page(repository: Live, accept: str = JSON, path: str = "/simple/anvil-works/", **headers: str) -> Answer:
    """Ask for an index page."""
    return repository.ask(path, "GET", None, accept=accept, **headers)


@BOTH_WAYS
@pytest.mark.parametrize("path", ["/simple/", "/simple/anvil-works/"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (JSON, JSON),
        (HTML, HTML),
        ("text/html", TEXT),
        ("*/*", TEXT),
        ("", TEXT),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/vnd.pypi.simple.latest+html", HTML),
        (f"{JSON}, {HTML};q=0.1, text/html;q=0.01", JSON),
        (f"{HTML};q=0.2, {JSON};q=0.1, text/html;q=0.01", HTML),
        (f"{JSON};q=0.5, text/html", TEXT),
        (f"{JSON};q=0, */*;q=0.1", TEXT),
        (f"{JSON} ; q=0.9 , {HTML} ; q=0.8", JSON),
        (JSON.upper(), JSON),
        ("application/vnd.pypi.simple.v9+json", TEXT),
        ("image/png", TEXT),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT),
    ],
)
def test_a_page_comes_as_what_the_client_likes_best(
    repository: Live, path: str, accept: str, kind: str, connection: str
) -> None:
    answer = page(repository, accept, path, connection=connection)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert (answer.body[:1] == b"{") is (kind == JSON)
    assert {"Accept", "Accept-Encoding"} <= set(re.split(r",\s*", answer.headers["vary"]))


@BOTH_WAYS
@pytest.mark.parametrize("accept", [JSON, "text/html"])
def test_compressed_twins_hold_the_same_page_and_each_has_a_tag_of_its_own(
    repository: Live, accept: str, connection: str
) -> None:
    plain = page(repository, accept, connection=connection)
    packed = page(repository, accept, accept_encoding="gzip", connection=connection)
    better = page(repository, accept, accept_encoding="gzip, deflate, zstd", connection=connection)
    assert [each.headers.get("content-encoding") for each in (plain, packed, better)] == [None, "gzip", "zstd"]
    assert gzip.decompress(packed.body) == plain.body
    assert zstandard.ZstdDecompressor().decompressobj().decompress(better.body) == plain.body
    assert len({each.headers["etag"] for each in (plain, packed, better)}) == 3


@pytest.mark.parametrize(
    ("encodings", "coding"),
    [
        ("gzip;q=0", None),
        ("deflate", None),
        ("br", None),
        ("zstd;q=0.1, gzip", "gzip"),
        ("*", "zstd"),
        ("gzip;q=1.0, *;q=0", "gzip"),
    ],
)
def test_a_coding_that_the_client_cannot_read_is_not_sent(repository: Live, encodings: str, coding: str | None) -> None:
    assert page(repository, accept_encoding=encodings).headers.get("content-encoding") == coding


@BOTH_WAYS
@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("accept", [JSON, "text/html"])
def test_a_page_that_the_client_holds_is_not_sent_again(
    repository: Live, accept: str, coding: str, connection: str
) -> None:
    held = page(repository, accept, accept_encoding=coding, connection=connection)
    assert held.headers["cache-control"] == "no-cache"
    for tag in (held.headers["etag"], f"W/{held.headers['etag']}", f'"other", {held.headers["etag"]}', "*"):
        again = page(repository, accept, accept_encoding=coding, if_none_match=tag, connection=connection)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == held.headers["etag"]
        assert again.headers["vary"] == held.headers["vary"]
    other = page(repository, accept, accept_encoding=coding, if_none_match='"other"', connection=connection)
    assert other.status == 200


def test_a_tag_of_one_representation_is_none_of_another(repository: Live) -> None:
    held = page(repository, JSON).headers["etag"]
    assert page(repository, "text/html", if_none_match=held).status == 200
    assert page(repository, JSON, accept_encoding="gzip", if_none_match=held).status == 200


def test_a_page_changes_with_the_upload_that_changes_it(repository: Live) -> None:
    repository.publish(wheel("hammer", "1.0"))
    before = page(repository, path="/simple/hammer/")
    repository.publish(wheel("hammer", "1.1"))
    after = page(repository, path="/simple/hammer/", if_none_match=before.headers["etag"])
    assert after.status == 200
    assert after.json["versions"] == ["1.0", "1.1"]
    assert int(after.headers["x-pypi-last-serial"]) == after.json["meta"]["_last-serial"]
    assert int(before.headers["x-pypi-last-serial"]) < int(after.headers["x-pypi-last-serial"])


@BOTH_WAYS
@pytest.mark.parametrize(
    "path", ["/simple/", "/simple/anvil-works/", "/pypi/anvil-works/json", "/project/anvil-works/", "/", "/healthz"]
)
def test_a_head_says_what_a_get_would(repository: Live, path: str, connection: str) -> None:
    whole = repository.ask(path, accept=JSON, connection=connection)
    head = repository.ask(path, "HEAD", accept=JSON, connection=connection)
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


@BOTH_WAYS
@pytest.mark.parametrize(
    "path", ["/simple/nobody/", "/simple/nobody", "/pypi/nobody/json", "/simple/-/", "/simple/x/y/"]
)
def test_what_is_not_there_is_a_404_in_words(repository: Live, path: str, connection: str) -> None:
    told = repository.ask(path, accept=JSON, connection=connection)
    if told.status == 301:
        told = repository.ask(told.headers["location"], accept=JSON, connection=connection)
    assert (told.status, told.headers["content-type"]) == (404, "application/problem+json")
    assert told.json["code"] == "not-found"
    shown = repository.ask(f"{path.rstrip('/')}/", accept="text/html", connection=connection)
    assert (shown.status, shown.headers["content-type"]) == (404, TEXT)


@BOTH_WAYS
@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/simple", "/simple/"),
        ("/simple/anvil-works", "/simple/anvil-works/"),
        ("/simple/Anvil.Works/", "/simple/anvil-works/"),
        ("/simple/Anvil__Works", "/simple/anvil-works/"),
        ("/simple/ANVIL-_.WORKS/?next=//evil.example&x=1", "/simple/anvil-works/"),
        ("/pypi/Anvil.Works/json", "/pypi/anvil-works/json"),
        ("/pypi/Anvil.Works/2/json", "/pypi/anvil-works/2/json"),
        ("/project/Anvil_Works", "/project/anvil-works/"),
    ],
)
def test_another_spelling_leads_to_the_one_address_without_the_query(
    repository: Live, path: str, to: str, connection: str
) -> None:
    for method in ("GET", "HEAD"):
        answer = repository.ask(path, method, connection=connection)
        assert (answer.status, answer.headers["location"]) == (301, to)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/simple/Anvil/",
        "/simple//evil.example/",
        "/simple/%2F%2Fevil.example/",
        "/simple/%5Cevil.example/",
        "/simple/..%2F..%2Fevil.example",
        "/simple/Evil.Example%0d%0aLocation:%20http:%2f%2fevil.example%2f",
        "/simple/@evil.example",
        "/pypi//evil.example/json",
        "/project//evil.example",
        "http://evil.example/simple/Anvil.Works/",
    ],
)
def test_no_redirect_leads_to_another_host(repository: Live, path: str) -> None:
    answer = repository.ask(path, host="evil.example")
    location = answer.headers.get("location", "/")
    assert re.fullmatch(r"/(?!/)[\w./-]*", location), location
    assert "evil.example" not in location


def test_the_pages_tell_files_as_the_specifications_ask(repository: Live) -> None:
    told = page(repository).json
    assert told["meta"]["api-version"] == "1.4"
    assert told["name"] == "anvil-works"
    assert told["versions"] == ["1.0", "2.0"]
    assert told["project-status"] == {"status": "active"}
    assert [each["filename"] for each in told["files"]] == [file.filename for file in ANVIL]
    for each, file in zip(told["files"], ANVIL, strict=True):
        assert each["size"] == len(file.content)
        assert each["hashes"] == {"sha256": file.offered().digests.sha256.hex}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", each["upload-time"])
        assert each["yanked"] is False
        assert each["requires-python"] == (">=3.9,<4" if file is ANVIL[0] else None)


def test_html_and_json_say_the_same_to_a_reader_that_knows_both(repository: Live) -> None:
    repository.publish(wheel("tongs", "1.0", more="Requires-Python: <4,>=3.9\n"), wheel("tongs", "1.1"))
    repository.admin("yank", "tongs==1.1", "--reason", 'it "slips" & <drops>')
    url = f"{repository.simple}tongs/"
    html = ProjectPage.from_html("tongs", page(repository, "text/html", "/simple/tongs/").text, base_url=url)
    json = ProjectPage.from_json_data(page(repository, JSON, "/simple/tongs/").json, base_url=url)
    assert len(json.packages) == 2
    for one, other in zip(html.packages, json.packages, strict=True):
        for fact in ("filename", "url", "digests", "requires_python", "is_yanked", "yanked_reason", "metadata_digests"):
            assert getattr(one, fact) == getattr(other, fact), fact
    assert json.packages[1].yanked_reason == 'it "slips" & <drops>'
    assert (html.repository_version, html.status) == (json.repository_version, json.status)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_files_are_served_whole_as_they_were_published(repository: Live, coding: str) -> None:
    for each, file in zip(page(repository).json["files"], ANVIL, strict=True):
        answer = repository.ask(path_of(each["url"]), accept_encoding=coding)
        assert (answer.status, answer.body) == (200, file.content)
        assert "content-encoding" not in answer.headers
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def path_of(url: str) -> str:
    """Return the path of a file by its address relative to a project's page."""
    assert url.startswith("../../packages/")
    return url.removeprefix("../..")


@BOTH_WAYS
@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=5-99999", 5, None)],
)
def test_a_part_of_a_file_is_served(
    repository: Live, wanted: str, first: int, last: int | None, connection: str
) -> None:
    path, content = path_of(page(repository).json["files"][0]["url"]), ANVIL[0].content
    answer = repository.ask(path, range=wanted, connection=connection)
    part = content[first:] if last is None else content[first : last + 1]
    begin = first % len(content)
    assert (answer.status, answer.body) == (206, part)
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(part) - 1}/{len(content)}"


@BOTH_WAYS
def test_a_part_that_is_not_there_is_a_416_and_what_is_no_range_means_the_whole(
    repository: Live, connection: str
) -> None:
    path, content = path_of(page(repository).json["files"][0]["url"]), ANVIL[0].content
    beyond = repository.ask(path, range=f"bytes={len(content)}-", connection=connection)
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    for odd in ("bytes=9-1", "bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=a-b"):
        assert repository.ask(path, range=odd, connection=connection).body == content
    stale = repository.ask(path, range="bytes=0-9", if_range='"other"', connection=connection)
    assert (stale.status, stale.body) == (200, content)


@BOTH_WAYS
def test_a_file_is_tagged_by_its_digest_and_not_sent_to_who_holds_it(repository: Live, connection: str) -> None:
    path = path_of(page(repository).json["files"][0]["url"])
    head = repository.ask(path, "HEAD", connection=connection)
    assert head.headers["etag"] == f'"{ANVIL[0].offered().digests.sha256.hex}"'
    assert (head.body, int(head.headers["content-length"])) == (b"", len(ANVIL[0].content))
    held = repository.ask(path, if_none_match=head.headers["etag"], connection=connection)
    assert (held.status, held.body) == (304, b"")


def test_metadata_is_beside_its_wheel_and_has_the_digest_that_the_page_says(repository: Live) -> None:
    for each, file in zip(page(repository).json["files"], ANVIL, strict=True):
        if not file.filename.endswith(".whl"):
            assert each["core-metadata"] is False
            continue
        answer = repository.ask(f"{path_of(each['url'])}.metadata")
        assert {"sha256": hashlib.sha256(answer.body).hexdigest()} == each["core-metadata"]
        assert f"Version: {file.claims['version'][0]}\n" in answer.text
        assert answer.headers["etag"] != repository.ask(path_of(each["url"]), "HEAD").headers["etag"]


@pytest.mark.parametrize("status", ["archived", "deprecated", "quarantined", "active"])
def test_a_project_tells_its_status_in_both_kinds_of_page(repository: Live, status: str) -> None:
    name = f"kiln-{status}"
    repository.publish(wheel(name, "1.0"))
    repository.admin("status", name, status, "--reason", "told by <the> operator")
    told = page(repository, JSON, f"/simple/{name}/").json
    assert told["project-status"] == {"status": status, "reason": "told by <the> operator"}
    shown = page(repository, "text/html", f"/simple/{name}/").text
    assert f'<meta name="pypi:project-status" content="{status}">' in shown
    assert '<meta name="pypi:project-status-reason" content="told by &lt;the&gt; operator">' in shown
    # PEP 792: "quarantined … The index MUST NOT offer any distribution files".
    assert len(told["files"]) == ("<a href" in shown) == (status != "quarantined")
    listed = [each["name"] for each in page(repository, JSON, "/simple/").json["projects"]]
    assert (name in listed) is (status != "quarantined")
    assert repository.upload(wheel(name, "2.0")).status == (403 if status in ("archived", "quarantined") else 200)


def test_one_file_is_yanked_or_a_whole_release_and_a_yank_is_taken_back(repository: Live) -> None:
    files = (wheel("vise", "1.0"), sdist("vise", "1.0"), wheel("vise", "2.0"))
    repository.publish(*files)

    def yanked() -> list[object]:
        assert ("data-yanked" in page(repository, "text/html", "/simple/vise/").text) is any(
            each["yanked"] for each in repository.listing("vise")["files"]
        )
        return [each["yanked"] for each in repository.listing("vise")["files"]]

    repository.admin("yank", files[1].filename)
    assert sorted(map(str, yanked())) == ["False", "False", "True"]
    repository.admin("yank", "vise==1.0", "--reason", "it slips")
    assert yanked()[2] is False
    assert "it slips" in yanked()
    repository.admin("unyank", "vise==1.0")
    repository.admin("unyank", files[1].filename)
    assert yanked() == [False, False, False]


@BOTH_WAYS
def test_an_open_connection_answers_as_a_new_one_does(repository: Live, connection: str) -> None:
    for path in ("/simple/", "/simple/anvil-works/"):
        for coding in ("", "gzip", "zstd"):
            said = [
                page(repository, path=path, accept_encoding=coding, connection=each).headers
                for each in ("close", connection)
            ]
            one, other = ({k: v for k, v in each.items() if k not in ("date", "connection")} for each in said)
            assert one == other


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/simple/", "/simple/anvil-works/", "/pypi/anvil-works/json"])
def test_an_index_page_is_read_and_nothing_else(repository: Live, path: str, method: str) -> None:
    answer = repository.ask(path, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
