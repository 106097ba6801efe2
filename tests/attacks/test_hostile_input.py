"""Input that was made to lead elsewhere, to break a header, or to break the program.

Principles: AUTHN-1.3, AUTHN-1.5
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.attacks.browsers import FORM, JSON, OWN, Browser, Site, opened
from tests.people_world import PASSWORD, people

from strongroom.storage.sql import people_schema
from strongroom.web.people.account_deeds import DEEDS as ACCOUNT_DEEDS
from strongroom.web.people.admin_deeds import DEEDS as ADMIN_DEEDS
from strongroom.web.people.deeds import Deed
from strongroom.web.people.forms import is_own_path
from strongroom.web.people.sign_in_deeds import DEEDS as SIGN_IN_DEEDS

DEEDS = (*SIGN_IN_DEEDS, *ACCOUNT_DEEDS, *ADMIN_DEEDS)
AWAY = [
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil",
    "javascript:alert(1)", "data:text/html,x", "@evil.example", ".evil.example", "account/../../evil", "/account/",
    "account//evil.example", "\t//evil.example", " //evil.example", "%2f%2fevil.example", "account/%0d%0aset-cookie:x",
    "account/\r\nlocation: //evil.example", "account/?x", "account/#x", "ａccount/", "account/" + "x" * 400,
]  # fmt: skip
BREAKING = "x\r\nset-cookie: __Host-session=evil\r\nbcc: all@evil.example"


@pytest.mark.parametrize("where", AWAY)
def test_no_address_of_another_site_is_a_page_to_go_to_afterwards(where: str) -> None:
    assert not is_own_path(where)


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_whatever_is_a_page_of_ours_leads_nowhere_else(where: str) -> None:
    if is_own_path(where):
        assert where[0] not in "/\\." and ":" not in where and "//" not in where and where.isprintable()


def test_a_sign_in_ends_on_a_page_of_ours_whatever_the_form_asks_for(site: Site) -> None:
    site.town.register()
    for where in AWAY:
        with site.town.vault.engine.begin() as connection:
            connection.execute(delete(people_schema.tally))
        answer = Browser(site).post("sign-in", name="ada", password=PASSWORD.reveal(), next=where)
        assert answer.status == 303
        assert answer.headers["location"].startswith("/") and not answer.headers["location"].startswith("//")
        assert "evil" not in answer.headers["location"]


def test_a_page_that_sends_to_the_sign_in_sends_back_to_ours_alone(site: Site) -> None:
    for path in ("/account/security//evil.example", "/account//evil.example/", "/admin/%0d%0ax/", "/account/\\evil/"):
        answer = Browser(site).get(path)
        assert "evil.example" not in answer.headers.get("location", "").partition("?")[0]
        assert "\r" not in str(answer.headers) and "\n" not in answer.headers.get("location", "")


def test_no_name_or_label_gets_into_a_header_or_into_the_head_of_a_letter(site: Site) -> None:
    ada = site.town.maintainer(key=True)
    browser = Browser.of(site, ada)
    answers = [
        browser.post("sign-in", name=BREAKING, password="x"),
        browser.post("register", name=BREAKING, email=f"{BREAKING}@x.example.com", password=PASSWORD.reveal()),
        browser.post("tokens/create", label=BREAKING, rights="publish", every_project="yes"),
        browser.post("addresses/add", email=f"a@x.example.com{BREAKING}"),
        browser.post("members/add", project=BREAKING, name=BREAKING),
        browser.get("/account/security/", user_agent="x\x0b\x1b[31m bcc: all@evil.example"),
    ]
    for answer in answers:
        assert answer.status < 500
        assert "__Host-session=evil" not in answer.headers.get("set-cookie", "")
        assert not any("\n" in value or "\r" in value for value in answer.headers.values())
    for letter in site.town.letters():
        assert "\n" not in letter.subject and "\r" not in letter.subject
        assert letter.to.isprintable()


def test_no_label_or_agent_runs_on_a_page(site: Site) -> None:
    ada = site.town.maintainer(key=True)
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    browser = Browser.of(site, ada)
    assert browser.post("tokens/create", label=bad, rights="publish", every_project="yes").status == 200
    came = Browser(site).api("sign-in/passkey/options", user_agent=bad)
    assert came.status == 400
    for path in ("/account/security/", "/account/tokens/", "/sign-in/"):
        page = browser.get(path, user_agent=bad)
        assert page.status == 200 and "<script>alert" not in page.text and "<img src=x" not in page.text
    echoed = Browser(site).post("sign-in", name=bad, password="x")
    assert "<script>alert" not in echoed.text and "&lt;script&gt;" in echoed.text


HOSTILE: list[bytes] = [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff\xfe", b"{\"a\":1}", b"[" * 5000 + b"]" * 5000,
    b'{"name":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"credential":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    b'{"name":"\\ud800","password":"\\u0000"}', b'{"name":1e999}', b'{"name":' + b"9" * 5000 + b"}",
    b'{"name":"' + b"x" * 60000 + b'"}', b"x" * 70_000, b'{"__proto__":{},"name":{}}',
]  # fmt: skip


def test_hostile_bodies_are_refused_by_every_deed_and_break_none(site: Site) -> None:
    ada = site.town.administrator("rita")
    cookie = f"__Host-session={ada.session and ada.session.reveal()}"
    for deed in DEEDS:
        if deed.path in ("sign-out", "account/remove"):
            continue
        for body in HOSTILE:
            api = site.place.ask(f"/api/v1/{deed.path}", "POST", body, content_type=JSON, cookie=cookie, **OWN)
            assert api.status < 500 or api.json["code"] == "try-again", (deed.path, body[:40], api.text)
        for body in (b"", b"\xff", b"&" * 500, b"%00=%00&name=%00&link=%00", b"name=" + b"%F0%9F" * 20):
            form = site.place.ask(f"/do/{deed.path}", "POST", body, content_type=FORM, cookie=cookie, **OWN)
            assert form.status < 500, (deed.path, body[:40])


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A site that serves every example, and the cookie of an administrator with a key."""
    folder: Path = tmp_path_factory.mktemp("open") / "town"
    with people(folder) as town, opened(town) as made:
        root = town.maintainer("rita", key=True)
        town.change(root, is_administrator=True)
        yield made, f"__Host-session={root.session and root.session.reveal()}"


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.sampled_from(["ada", "rita", "\x00"])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner))
NOT_TWICE = {"sign-out", "account/remove", "sessions/end", "sessions/end-others"}


def filled(deed: Deed) -> st.SearchStrategy[dict[str, Any]]:
    """Return JSON objects with the fields of a deed, of the right type more often than not."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, about in deed.fields.model_fields.items():
        kind: Any = get_origin(about.annotation) or about.annotation
        right: dict[Any, st.SearchStrategy[Any]] = {
            str: st.text(max_size=40),
            bool: st.booleans(),
            int: st.integers(),
            list: st.lists(st.text(max_size=9)),
        }
        answer = st.fixed_dictionaries({"id": st.text(max_size=20), "response": VALUES, "rawId": VALUES})
        fields[name] = st.one_of(right.get(kind, answer), VALUES)
    return st.fixed_dictionaries({}, optional=fields)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_json_that_anybody_can_send_breaks_a_deed(open_site: tuple[Site, str], data: st.DataObject) -> None:
    site, cookie = open_site
    deed = data.draw(st.sampled_from([each for each in DEEDS if each.path not in NOT_TWICE]))
    said = data.draw(filled(deed))
    with site.town.vault.engine.begin() as connection:
        connection.execute(delete(people_schema.tally))
    body = json.dumps(said).encode()
    answer = site.place.ask(f"/api/v1/{deed.path}", "POST", body, content_type=JSON, cookie=cookie, **OWN)
    assert answer.status < 500 or answer.json["code"] == "try-again", (deed.path, said, answer.text)


def test_no_text_with_a_nul_reaches_the_books_which_some_databases_cannot_keep(site: Site) -> None:
    ada = site.town.maintainer(key=True)
    browser = Browser.of(site, ada)
    for deed, fields in (
        ("sign-in", {"name": "a\x00da", "password": "x"}),
        ("sign-in", {"name": "a\x00@b.example", "password": "x"}),
        ("recover", {"email": "a\x00@b.example"}),
        ("keys/remove", {"id": "\x00"}),
        ("tokens/revoke", {"id": "a\x00"}),
        ("sessions/end", {"id": "a\x00"}),
        ("addresses/remove", {"email": "\x00"}),
        ("admin/approve-recovery", {"id": "\x00"}),
    ):
        assert browser.api(deed, **fields).status == 400, deed
        assert browser.post(deed, **fields).status in (400, 404), deed
    answer = browser.api("sign-in/passkey", credential={"id": "\x00", "response": {}}, challenge="x")
    assert answer.status in (400, 403, 410)
