"""Every address: what it answers, to which methods, under which security headers, and where it leads.

Principles: none
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.web.asking import Answer, Place, placed
from tests.worlds import Made, wheel

from strongroom.app import door_of, routes
from strongroom.authn.passwords import Argon2
from strongroom.authz.provenance import Provenance
from strongroom.formats.pypi.integrity import INTEGRITY_TYPE
from strongroom.household import desk_of
from strongroom.people.reading import ReadingRoom
from strongroom.web.files import Downloads
from strongroom.web.metrics import Metrics
from strongroom.web.pages import CSP, STATIC, Pages
from strongroom.web.reading import Readers
from strongroom.web.rendered import RenderedPages

MADE = wheel(version="1.0")
DIGEST = MADE.offered().digests.sha256.hex
FILE = f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{MADE.filename}"
PROVENANCE = f"/integrity/anvil/1.0/{MADE.filename}/provenance"
HTML = "text/html; charset=utf-8"
CALL = b"<?xml version='1.0'?><methodCall><methodName>changelog_last_serial</methodName><params/></methodCall>"

#: Each address that answers GET with 200, and as what.
READ = {
    "/": HTML,
    "/?q=anvil": HTML,
    "/simple/": HTML,
    "/simple/anvil/": HTML,
    FILE: "application/octet-stream",
    f"{FILE}.metadata": "application/octet-stream",
    "/pypi/anvil/json": "application/json",
    "/pypi/anvil/json/": "application/json",
    "/pypi/anvil/1.0/json": "application/json",
    "/pypi/anvil/1.0/json/": "application/json",
    PROVENANCE: INTEGRITY_TYPE,
    "/project/anvil/": HTML,
    "/project/anvil/1.0/": HTML,
    "/user/ada/": HTML,
    "/problems/": HTML,
    "/policies/": HTML,
    "/policies/removal/": HTML,
    **{f"/static/{name}": kind for name, (_, kind) in STATIC.items()},
    "/changes.json": "application/json",
    "/changes.json?since=3": "application/json",
    "/rss/updates.xml": "application/rss+xml; charset=utf-8",
    "/rss/packages.xml": "application/rss+xml; charset=utf-8",
    "/healthz": "text/plain",
    "/metrics": "text/plain; version=0.0.4; charset=utf-8",
    "/robots.txt": "text/plain",
    "/policies/leaked-tokens/": HTML,
    "/.well-known/token-pattern.json": "application/json",
    "/.well-known/package-repository-security.json": "application/json",
    "/.well-known/package-repository-security.schema.json": "application/schema+json",
}
#: Each address that takes reports of leaked tokens, and nothing else.
REPORTS = ("/_/secrets/disclose-token", "/_/github/disclose-token", "/_/secrets/revoke")
LEADS = {
    "/simple/Anvil/": "/simple/anvil/",
    "/simple/ANVIL": "/simple/anvil/",
    "/simple/anvil": "/simple/anvil/",
    "/simple": "/simple/",
    "/simple/a.n-_v/": "/simple/a-n-v/",
    "/pypi/Anvil/json": "/pypi/anvil/json",
    "/pypi/anvil/v1.0/json": "/pypi/anvil/1.0/json",
    PROVENANCE.replace("anvil", "Anvil", 1): PROVENANCE,
    "/project/Anvil/": "/project/anvil/",
    "/project/anvil": "/project/anvil/",
    "/project/anvil/1.0": "/project/anvil/1.0/",
    "/project/anvil/v1.0/": "/project/anvil/1.0/",
}
MISSING = [
    "/nothing",
    "/simple/tin/",
    "/simple/-/",
    "/simple/anvil/index.html",
    "/simple/anvil/extra/",
    "/simple//",
    "/pypi/tin/json",
    "/pypi/anvil/2.0/json",
    "/pypi/anvil/not-a-version/json",
    "/pypi/anvil/",
    PROVENANCE.replace("anvil", "tin", 1),
    PROVENANCE.replace("1.0", "2.0", 1),
    PROVENANCE.replace(MADE.filename, "anvil-1.0.tar.gz"),
    "/project/tin/",
    "/project/anvil/2.0/",
    "/project/anvil/1.0.0/",
    "/user/nobody/",
    "/user/@/",
    "/policies/none/",
    "/policies/../removal/",
    "/static/none.css",
    "/static/../app.py",
    f"/packages/{'0' * 2}/{'0' * 2}/{'0' * 60}/anvil-1.0-py3-none-any.whl",
    FILE.replace("anvil-1.0", "anvil-2.0"),
    f"{FILE}.asc",
    f"{FILE}/",
    f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/",
    f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/../{MADE.filename}",
    f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{'x' * 250}",
    f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{'x' * 260}",
    f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{'x' * 400}",
    "/packages/",
    "/packages/../books.db",
    "/rss/none.xml",
    "/%00",
    "/\x00",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = placed(tmp_path_factory.mktemp("addresses") / "data")
    assert made.upload(MADE, made.token()).status == 200
    proved = Provenance("{}", "GitHub", ("t",), {}, 7, datetime(2026, 11, 22, tzinfo=UTC), "0" * 64)
    with made.repository.vault.writing() as books:
        books.provenances.add_provenance(MADE.filename, proved)
    yield made
    made.repository.close()


def require_guarded(answer: Answer) -> None:
    """Every answer tells a browser to take it for what it is, to say nothing of where it comes from, and its policy."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", READ)
def test_what_can_be_read_is_answered_as_what_it_is(place: Place, path: str) -> None:
    answer = place.ask(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == READ[path]
    assert int(answer.headers["content-length"]) == len(answer.body)
    require_guarded(answer)


@pytest.mark.parametrize("path", READ)
def test_head_says_what_get_says(place: Place, path: str) -> None:
    got, head = place.ask(path), place.ask(path, "HEAD")
    assert head.status == 200
    changing = {"content-length"} if path in ("/metrics",) else set[str]()
    assert {key: v for key, v in head.headers.items() if key not in changing} == {
        key: v for key, v in got.headers.items() if key not in changing
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", READ)
def test_what_can_be_read_takes_no_other_method(place: Place, path: str, method: str) -> None:
    answer = place.ask(path, method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"
    require_guarded(answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/legacy/", "/pypi", "/pypi/"])
def test_what_takes_calls_says_so(place: Place, path: str, method: str) -> None:
    answer = place.ask(path, method)
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    require_guarded(answer)


@pytest.mark.parametrize("path", LEADS)
def test_another_spelling_leads_to_the_canonical_address_on_this_host(place: Place, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = place.ask(path, method)
        assert answer.status == 301
        assert answer.headers["location"] == LEADS[path]
        require_guarded(answer)


@pytest.mark.parametrize("name", ["//evil.example", "..", "%2F%2Fevil.example", "http:", "evil.example"])
def test_no_address_leads_to_another_host(place: Place, name: str) -> None:
    answer = place.ask(f"/simple/{name}")
    assert not answer.headers.get("location", "/").startswith(("//", "http"))
    assert answer.headers.get("location", "/").startswith("/")


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_404_to_programs_and_to_people(place: Place, path: str) -> None:
    answer = place.ask(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["status"] == 404
    require_guarded(answer)
    page = place.ask(path, accept="text/html,application/xhtml+xml")
    assert page.status == 404
    assert page.headers["content-type"] == HTML
    assert "Traceback" not in page.text
    require_guarded(page)


def test_the_upload_address_without_its_slash_leads_to_it_for_every_method(place: Place) -> None:
    for method in ("GET", "POST"):
        answer = place.ask("/legacy", method)
        assert (answer.status, answer.headers["location"]) == (308, "/legacy/")
        require_guarded(answer)


def test_pages_for_people_have_the_policy_of_pages_and_all_else_is_inert(place: Place) -> None:
    for path, kind in READ.items():
        policy = place.ask(path).headers["content-security-policy"]
        is_for_people = kind == HTML and not path.startswith("/simple/")
        is_static = path.startswith("/static/")
        assert policy == CSP if is_for_people else is_static or policy.startswith("sandbox;"), path


def test_what_never_changes_may_be_kept_and_all_else_is_asked_for_again(place: Place) -> None:
    for path in READ:
        kept = place.ask(path).headers.get("cache-control", "")
        never_changes = path.startswith(("/packages/", "/static/"))
        assert ("immutable" in kept) == never_changes, path
        if path.startswith(("/simple/", "/pypi/", "/project/")):
            assert kept == "no-cache"


def test_only_what_clients_read_may_be_read_from_other_sites(place: Place) -> None:
    for path in READ:
        origin = place.ask(path).headers.get("access-control-allow-origin")
        assert origin in (None, "*"), path
        assert (origin == "*") == path.startswith(("/simple/", "/packages/", "/pypi/", "/integrity/", "/project/")), (
            path
        )


def test_no_page_runs_a_script_that_is_written_in_it(place: Place) -> None:
    for path, kind in READ.items():
        if kind == HTML:
            text = place.ask(path, accept="text/html").text
            assert not re.search(r"<script(?![^>]* src=)|\son\w+=|javascript:", text), path
            assert not re.search(r"<style|\sstyle=", text), path


def test_every_address_is_in_these_tables(place: Place) -> None:
    repository = place.repository
    pages = Pages("t", "http://x/")
    rendered = RenderedPages(repository.store.current, b"", repository.store.serial_at)
    readers = Readers(ReadingRoom(desk_of(repository, Argon2()), is_private=False), door_of(repository.settings))
    table = routes(repository, pages, rendered, Metrics(dict), Downloads(), readers)
    asked = [*READ, *LEADS, "/legacy/", "/pypi", "/pypi/", "/setup/x", "/_/may-read", *REPORTS]
    unknown = [route.path for route in table if not any(route.path_regex.match(path.split("?")[0]) for path in asked)]
    assert unknown == []


def test_mirrors_call_at_both_addresses(place: Place) -> None:
    for path in ("/pypi", "/pypi/"):
        answer = place.ask(path, "POST", CALL, content_type="text/xml")
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        require_guarded(answer)


@pytest.mark.parametrize(
    ("value", "status", "part"),
    [
        ("bytes=0-3", 206, (0, 4)),
        ("bytes=-4", 206, (-4, None)),
        ("bytes=2-", 206, (2, None)),
        ("bytes=999999999-", 416, (0, 0)),
        ("bytes=0-1,4-5", 200, (0, None)),
        ("nonsense", 200, (0, None)),
    ],
)
def test_a_file_is_sent_in_the_part_that_is_asked_for(
    place: Place, value: str, status: int, part: tuple[int, int | None]
) -> None:
    answer = place.ask(FILE, range=value)
    assert answer.status == status
    assert answer.body == MADE.content[part[0] : part[1]]
    assert answer.headers["content-length"] == str(len(answer.body))
    total = len(MADE.content)
    expected = {206: f"bytes {part[0] % total}-{(part[1] or total) - 1}/{total}", 416: f"bytes */{total}", 200: None}
    assert answer.headers.get("content-range") == expected[status]
    assert status == 416 or answer.headers["accept-ranges"] == "bytes"
    require_guarded(answer)


def test_a_range_is_for_get_alone(place: Place) -> None:
    # RFC 9110, 14.2: "A server MUST ignore a Range header field received with a request method that is unrecognized
    # or for which range handling is not defined. For this specification, GET is the only method …"
    for value in ("bytes=0-3", "bytes=999999999-"):
        answer = place.ask(FILE, "HEAD", range=value)
        assert answer.status == 200
        assert answer.headers["content-length"] == str(len(MADE.content))


def test_an_answer_that_tells_of_a_wrong_range_is_kept_by_nobody(place: Place) -> None:
    assert place.ask(FILE, range="bytes=999999999-").headers["cache-control"] == "no-store"


def test_a_name_that_no_file_system_can_keep_beside_its_metadata_is_refused(place: Place) -> None:
    stem = f"anvil-1.{'1' * 98}"
    for length in (247, 255, 256, 300):
        tag = f"py3-none-{'x' * (length - len(stem) - len('-py3-none-.whl'))}"
        answer = place.upload(Made(f"{stem}-{tag}.whl", MADE.content, MADE.claims), place.token())
        assert answer.status == 400, length
        assert "at most 246" in answer.json["detail"]


def test_a_range_of_another_file_is_the_whole_of_this_one(place: Place) -> None:
    tag = place.ask(FILE).headers["etag"]
    assert tag == f'"{DIGEST}"'
    assert place.ask(FILE, range="bytes=0-3", if_range=tag).status == 206
    assert place.ask(FILE, range="bytes=0-3", if_range='"other"').body == MADE.content
    assert place.ask(FILE, range="bytes=0-3", if_range="Sat, 21 Nov 2026 09:30:00 GMT").status == 200
    assert place.ask(FILE, if_none_match=tag, range="bytes=0-3").status == 304


def test_a_file_and_its_metadata_have_tags_of_their_own(place: Place) -> None:
    file, metadata = place.ask(FILE), place.ask(f"{FILE}.metadata")
    assert file.headers["etag"] != metadata.headers["etag"]
    assert metadata.text.startswith("Metadata-Version: 2.1\nName: anvil\n")
    assert place.ask(f"{FILE}.metadata", if_none_match=file.headers["etag"]).status == 200
