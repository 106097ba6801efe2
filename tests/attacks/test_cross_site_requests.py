"""Cross-site requests, planted cookies, frames: what other sites make a browser do is refused before it happens.

Principles: AUTHN-1.3, AUTHN-3.2
"""

import base64
import re
from html.parser import HTMLParser

import pytest
from starlette.routing import Route
from tests.attacks.browsers import FORM, JSON, OWN, Browser, Site
from tests.people_world import ORIGIN, PASSWORD, PeopleWorld
from tests.web.asking import Answer

from strongroom.app import people_routes
from strongroom.people.registry import invite_first_administrator
from strongroom.web.pages import Pages
from strongroom.web.people.account_deeds import DEEDS as ACCOUNT_DEEDS
from strongroom.web.people.admin_deeds import DEEDS as ADMIN_DEEDS
from strongroom.web.people.organisation_deeds import DEEDS as ORGANISATION_DEEDS
from strongroom.web.people.project_deeds import DEEDS as PROJECT_DEEDS
from strongroom.web.people.publisher_deeds import DEEDS as PUBLISHER_DEEDS
from strongroom.web.people.sign_in_deeds import DEEDS as SIGN_IN_DEEDS

DEEDS = (*SIGN_IN_DEEDS, *ACCOUNT_DEEDS, *ADMIN_DEEDS, *PUBLISHER_DEEDS, *PROJECT_DEEDS, *ORGANISATION_DEEDS)
UNSAFE = sorted([*(f"/do/{deed.path}" for deed in DEEDS), *(f"/api/v1/{deed.path}" for deed in DEEDS)])
FOREIGN = [
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "cross-site", "origin": ORIGIN},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://packages.example"},
    {"origin": f"{ORIGIN}:8443"},
    {"origin": "https://packages.example.evil.example"},
    {"sec_fetch_site": "same-origin", "origin": "https://evil.example"},
]


def sent(site: Site, path: str, cookies: str, **headers: str) -> Answer:
    kind = JSON if path.startswith("/api/") else FORM
    return site.place.ask(path, "POST", b"{}" if kind == JSON else b"", content_type=kind, cookie=cookies, **headers)


def test_every_way_to_send_something_is_known_here(site: Site) -> None:
    desk, repository = site.place.served.desk, site.place.repository
    prefixes = {
        route.path for route in people_routes(repository, Pages("t", f"{ORIGIN}/"), desk) if isinstance(route, Route)
    }
    refused = [path for path in sorted(prefixes) if site.place.ask(re.sub(r"\{.*?\}", "x", path), "POST").status != 405]
    assert refused == ["/api/v1/{deed:path}", "/do/{deed:path}"]


def test_nothing_that_another_site_sends_is_done(site: Site) -> None:
    ada = site.town.maintainer(key=True)
    browser = Browser.of(site, ada)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    before = site.fingerprint()
    for path in UNSAFE:
        for headers in FOREIGN:
            answer = sent(site, path, cookies, **headers)
            assert (answer.status, b"another site" in answer.body) == (403, True), (path, headers)
            assert "set-cookie" not in answer.headers
    assert site.fingerprint() == before


def test_the_sites_own_pages_pass_the_gate(site: Site) -> None:
    cookies = "a=b"
    for path in UNSAFE:
        for headers in (OWN, {"origin": ORIGIN}, {"sec_fetch_site": "same-origin"}):
            assert b"another site" not in sent(site, path, cookies, **headers).body, path


def test_credentials_that_a_browser_adds_by_itself_open_no_gate(site: Site) -> None:
    # Whoever once typed a token into the browser's own dialogue has it sent along with every request to this site.
    ada = site.town.maintainer()
    browser = Browser.of(site, ada)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    basic = "Basic " + base64.b64encode(b"__token__:srm_x").decode()
    before = site.fingerprint()
    for path in UNSAFE:
        answer = sent(site, path, cookies, sec_fetch_site="same-site", authorization=basic)
        assert (answer.status, b"another site" in answer.body) == (403, True), path
    assert site.fingerprint() == before


def test_a_program_with_its_session_in_a_header_is_served(site: Site) -> None:
    ada = site.town.maintainer()
    assert ada.session is not None
    bearer = f"Bearer {ada.session.reveal()}"
    answer = site.place.ask("/api/v1/account", "POST", b"", content_type=JSON, authorization=bearer)
    assert answer.json["account"] == "ada"


def test_a_form_of_another_site_enrols_no_first_administrator(site: Site) -> None:
    link = invite_first_administrator(site.place.repository.registry())
    assert link is not None
    for headers in FOREIGN:
        answer = site.place.ask(f"/setup/{link.reveal()}", "POST", b"name=mallory", content_type=FORM, **headers)
        assert answer.status == 403
    with site.town.vault.reading() as books:
        assert not books.accounts.any_administrator()


def test_an_upload_without_a_token_of_its_own_is_refused_whatever_cookies_come_with_it(site: Site) -> None:
    ada = site.town.maintainer()
    for headers in FOREIGN:
        answer = sent(site, "/legacy/", f"__Host-session={ada.session and ada.session.reveal()}", **headers)
        assert answer.status == 401


@pytest.mark.parametrize("how", ["form", "script"])
def test_json_is_not_taken_in_the_clothes_of_a_form(site: Site, how: str) -> None:
    kind = {"form": "text/plain", "script": FORM}[how]
    answer = site.place.ask("/api/v1/sign-in", "POST", b'{"name":"ada","password":"x"}', content_type=kind, **OWN)
    assert answer.status == 400


def neighbours(name: str, secret: str) -> list[str]:
    """Return what the cookie header looks like when a neighbouring host has planted a cookie, as such hosts may.

    Whoever may set cookies for the domain above cannot use the prefix __Host-; it must not be read into what they can.
    """
    planted = f"{name}={secret}"
    return [
        f"a=b,{planted}",
        f"\xa0{planted}",
        f"\x85{planted}",
        f"a=b,\xa0{planted}",
        f"\x1c{planted}",
        f"a=b, {planted}",
    ]


def test_a_cookie_of_a_neighbouring_host_does_not_pass_for_one_of_ours(site: Site) -> None:
    mallory = site.town.maintainer("mallory")
    assert mallory.session is not None
    for cookie in neighbours("__Host-session", mallory.session.reveal()):
        answer = site.place.ask("/account/security/", cookie=cookie)
        assert (answer.status, answer.headers.get("location")) == (303, "/sign-in/?next=account/security/"), cookie
    whole = site.place.ask("/account/security/", cookie=f"a=b; __Host-session={mallory.session.reveal()}")
    assert whole.status == 200


def test_a_browser_that_was_given_two_of_a_name_is_not_fooled_by_a_split_header(site: Site) -> None:
    ada = site.town.maintainer()
    assert ada.session is not None
    headers = [(b"cookie", b"x=1"), (b"cookie", b"__Host-session=" + ada.session.reveal().encode())]
    assert site.place.send("/account/security/", "GET", headers).status == 200


def links_of(town: PeopleWorld, letters: str) -> list[str]:
    return [found for each in town.letters(letters) for found in re.findall(rf"{ORIGIN}(/\S+/srm_\w+)", each.text)]


def test_looking_at_a_link_spends_nothing_and_changes_nothing(site: Site) -> None:
    town = site.town
    ada = town.maintainer()
    new = town.register("bob", verified=False)
    browser = Browser(site)
    browser.post("recover", email=ada.email)
    begun = Browser(site).post("sign-in", name="ada", password=PASSWORD.reveal())
    assert begun.status == 303
    seen = [*links_of(town, ada.email), *links_of(town, new.email)]
    assert len(seen) >= 3
    before = site.fingerprint()
    for _ in range(2):
        for link in seen:
            for who in (Browser(site), Browser.of(site, ada), Browser.of(site, new)):
                assert who.get(link).status < 500
                assert who.get(link, purpose="prefetch").status < 500
    assert site.fingerprint() == before
    assert Browser.of(site, new).post("verify-address", link=links_of(town, new.email)[0]).status == 303
    assert town.account(new).email_verified


class Markup(HTMLParser):
    """What on a page could run: scripts, styles and handlers that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("style", "iframe", "object", "embed", "base") or (tag == "script" and "src" not in named):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in named if name.startswith("on") or name == "style"]
        self.inline += [
            f"{tag} {value}" for value in named.values() if value and value.lower().startswith("javascript")
        ]


def test_no_page_of_people_can_be_framed_or_runs_anything_of_its_own(site: Site) -> None:
    root = site.town.administrator("rita")
    site.town.project(root)
    secret = "srm_" + "a" * 40
    paths = [
        "sign-in/", "sign-in/code/", "sign-in/recovery-code/", "sign-in/key/", "sign-in/confirm/", "register/",
        f"register/{secret}", "recover/", f"recover/{secret}", f"recover/second/{secret}", f"recover/cancel/{secret}",
        "account/security/", f"account/verify/{secret}", "account/totp/", "account/keys/", "account/codes/",
        "account/password/", "account/prove/", "account/tokens/", "account/projects/anvil/", "account/remove/",
        "admin/accounts/", "admin/accounts/rita/", "admin/recoveries/", "account/nothing/", "admin/nothing/",
    ]  # fmt: skip
    for who in (Browser(site), Browser.of(site, root)):
        for path in paths:
            answer = who.get(f"/{path}")
            if answer.status == 303:
                continue
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy, path
            assert "unsafe" not in policy and "*" not in policy, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            if path.split("/")[0] in ("sign-in", "account", "admin", "recover") and answer.status == 200:
                assert answer.headers["cache-control"] == "no-store", path
            markup = Markup()
            markup.feed(answer.text)
            assert markup.inline == [], path


def test_cookies_are_for_this_host_alone_and_out_of_reach_of_scripts(site: Site) -> None:
    browser = Browser(site)
    answer = browser.post("register", name="ada", email="ada@x.example.com", password=PASSWORD.reveal())
    planted = answer.headers["set-cookie"]
    given = [each for each in re.findall(r"__Host-\w+=[^,]*", planted) if "Max-Age=0" not in each]
    assert len(given) >= 2
    for each in given:
        assert "Secure" in each and "HttpOnly" in each and "SameSite=Lax" in each and "Path=/;" in each
        assert "Domain" not in each
