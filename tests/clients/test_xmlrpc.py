"""The XML-RPC interface for mirrors, asked by Python's own XML-RPC client, and by people with worse in mind.

Principles: GEN-3.2
"""

from collections.abc import Iterator
from xmlrpc.client import Fault, ServerProxy, dumps

import pytest
from tests.clients.goods import wheel
from tests.live import Answer, Live

pytestmark = pytest.mark.client


@pytest.fixture
def index(repository: Live) -> Iterator[ServerProxy]:
    """Return a client of the repository's XML-RPC interface."""
    repository.publish(wheel("anvil", "1.0"), wheel("hammer", "1.5"))
    with ServerProxy(f"{repository.url}pypi", allow_none=True) as proxy:
        yield proxy


def call(repository: Live, body: bytes, kind: str = "text/xml") -> Answer:
    """Send a body to the interface, exactly as given."""
    return repository.ask("/pypi", "POST", body, content_type=kind)


def test_every_project_is_listed_with_the_serial_that_its_page_has(repository: Live, index: ServerProxy) -> None:
    root = repository.ask("/simple/", accept="application/vnd.pypi.simple.v1+json").json["projects"]
    assert index.list_packages_with_serial() == {each["name"]: each["_last-serial"] for each in root}
    # Asked again it is told from memory, and after a change anew.
    assert index.list_packages_with_serial() == {each["name"]: each["_last-serial"] for each in root}
    repository.publish(wheel("anvil", "1.1"))
    told = index.list_packages_with_serial()
    assert isinstance(told, dict)
    assert told["anvil"] == repository.listing("anvil")["meta"]["_last-serial"]


def test_the_changelog_tells_what_happened_since_a_serial(repository: Live, index: ServerProxy) -> None:
    before = index.changelog_last_serial()
    assert isinstance(before, int)
    assert index.changelog_since_serial(before) == []
    repository.publish(wheel("hammer", "2.0"))
    repository.admin("yank", "hammer==2.0", "--reason", "the head comes off")
    told = index.changelog_since_serial(before)
    assert isinstance(told, list)
    assert [(name, version, action) for name, version, _, action, _ in told] == [
        ("hammer", "2.0", "new release"),
        ("hammer", "2.0", "add file hammer-2.0-py3-none-any.whl"),
        ("hammer", "2.0", "yank release"),
    ]
    assert [serial for *_, serial in told] == [before + 1, before + 2, before + 3]
    assert index.changelog_last_serial() == before + 3


def test_what_happened_to_a_project_as_a_whole_has_no_version(repository: Live, index: ServerProxy) -> None:
    before = index.changelog_last_serial()
    repository.publish(wheel("tongs", "1.0"))
    told = index.changelog_since_serial(before)
    assert isinstance(told, list)
    assert told[0][:2] == ["tongs", None]


@pytest.mark.parametrize(
    ("method", "words"),
    [("package_releases", ("anvil",)), ("changelog_since_serial", ()), ("changelog_since_serial", ("1",))],
)
def test_what_is_not_offered_is_a_fault(index: ServerProxy, method: str, words: tuple[str, ...]) -> None:
    with pytest.raises(Fault):
        getattr(index, method)(*words)


@pytest.mark.parametrize("serial", ["-1", str(2**63), "9" * 40])
def test_a_serial_that_cannot_be_is_a_fault(repository: Live, serial: str) -> None:
    one = f"<params><param><value><int>{serial}</int></value></param></params>"
    body = f"<methodCall><methodName>changelog_since_serial</methodName>{one}</methodCall>"
    answer = call(repository, body.encode())
    assert answer.status == 200
    assert b"<fault>" in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<methodCall><methodName>changelog_last_serial</methodName>",
        b"<methodResponse><params/></methodResponse>",
        b"<methodCall><params><param><value><int>x</int></value></param></params></methodCall>",
        b"<methodCall><methodName>a</methodName><params></value></params></methodCall>",
        b"<methodCall><methodName>changelog_since_serial</methodName><params><param><value><int>"
        + b"9" * 6000
        + b"</int></value></param></params></methodCall>",
        b"<a>" * 2000,
        b'<!DOCTYPE a [<!ENTITY x "changelog_last_serial">]><methodCall><methodName>&x;</methodName></methodCall>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><methodCall><methodName>a</methodName></methodCall>',
    ],
)
def test_a_body_that_is_no_call_is_a_fault(repository: Live, body: bytes) -> None:
    answer = call(repository, body)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert b"<fault>" in answer.body
    assert b"root:" not in answer.body


def test_a_long_body_is_refused(repository: Live) -> None:
    long = dumps(("x" * 20_000,), "changelog_since_serial").encode()
    assert call(repository, long).status == 413


def test_only_xml_is_taken_and_only_by_post(repository: Live) -> None:
    assert call(repository, dumps((), "changelog_last_serial").encode(), "text/plain").status == 400
    answer = repository.ask("/pypi")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
