"""Every page: well-formed, free of inline style and script, and telling the state first.

Principles: GEN-2.1
"""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.browser.samples import METADATA, NOON, SECRET, TOKEN, bare, facts, rendered

from strongroom.kernel.records import Found, Status
from strongroom.web.pages import CSP, STATIC, Pages

PAGES = Pages("Strongroom", "http://127.0.0.1:8000/")
ALL = dict(rendered(PAGES))
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "rect", "circle"}


class Checked(HTMLParser):
    """A page, parsed by a parser that insists on every closing tag."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def words(page: bytes) -> str:
    """Return what a page says, tags left out."""
    return Checked(page).words()


@pytest.mark.parametrize("name", ALL)
def test_a_page_closes_what_it_opens_and_repeats_no_id(name: str) -> None:
    page = Checked(ALL[name])
    assert page.open == []
    ids = [value for _, attribute, value in page.attributes if attribute == "id"]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ALL)
def test_a_page_holds_no_style_and_no_script_of_its_own(name: str) -> None:
    page = Checked(ALL[name])
    assert not [each for each in page.attributes if each[1] == "style" or each[1].startswith("on")]
    assert b"<style" not in ALL[name]
    assert re.findall(rb"<script(?! src=\"/static/[^\"]+\" defer></script>)", ALL[name]) == []


@pytest.mark.parametrize("name", ALL)
def test_a_page_refers_only_to_static_files_that_exist(name: str) -> None:
    assert static_files(ALL[name]) <= set(STATIC)


def test_every_static_file_is_referred_to() -> None:
    assert set().union(*map(static_files, ALL.values())) == set(STATIC)


def static_files(page: bytes) -> set[str]:
    return set(re.findall(r"/static/([^\"]+)", page.decode()))


@pytest.mark.parametrize("name", ALL)
def test_no_link_runs_a_script(name: str) -> None:
    links = [value for _, attribute, value in Checked(ALL[name]).attributes if attribute in ("href", "src", "action")]
    assert not [link for link in links if not link.startswith(("/", "#", "http://", "https://"))]


def test_the_policy_of_the_browser_is_strict() -> None:
    assert "default-src 'none'" in CSP
    assert "unsafe" not in CSP and "*" not in CSP


def test_a_static_file_has_another_name_when_it_has_other_bytes() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[0-9a-f]{16}\.(css|js|svg)", name) for name in STATIC)


def test_addresses_begin_where_the_site_does() -> None:
    page = Pages("Strongroom", "https://packages.example.org/python/").home("", [], 0, 0).decode()
    assert 'href="/python/simple/"' in page
    assert "--repository-url https://packages.example.org/python/legacy/" in words(page.encode())


def test_what_people_send_comes_back_as_text() -> None:
    attack = '"><script>alert(1)</script>{{ 77777 * 3 }}'
    for page in (
        PAGES.home(attack, [Found("anvil", attack, "1", NOON)], 1, 1),
        PAGES.setup_form(error=attack, name=attack, email=attack, totp_secret=attack, qr_svg="<svg></svg>"),
        PAGES.problem(status=404, title=attack, says=attack, principle=""),
        PAGES.project(facts(Status.ARCHIVED, attack), facts().releases[0], None, pinned=True),
        PAGES.problems([(attack, 400)]),
        PAGES.user(attack, [(attack, attack)]),
    ):
        assert b"<script>" not in page
        assert b"233331" not in page


def test_a_link_of_the_metadata_is_shown_only_when_it_is_http() -> None:
    page = ALL["project"].decode()
    assert 'href="https://code.example.org/anvil/anvil-forge" rel="nofollow noopener ugc"' in page
    assert "Trap" not in page and "javascript:" not in page


def test_the_digest_of_every_file_is_there_in_full() -> None:
    for file in facts().files:
        assert (file.digests.sha256.hex in ALL["project"].decode()) == (file.version == "2.1.0")


def test_the_lines_for_a_requirements_file_pin_every_file() -> None:
    page = words(ALL["project-yanked"])
    one, other = (file.digests.sha256 for file in facts().files if file.version == "2.0.0")
    assert f"anvil-forge==2.0.0 \\ --hash=sha256:{one} \\ --hash=sha256:{other}" in page


def test_the_files_of_a_project_in_quarantine_are_not_linked_nor_its_installation_taught() -> None:
    page = ALL["project-quarantined"].decode()
    assert "/packages/" not in page
    assert "pip install --index-url" not in words(page.encode())
    assert facts().files[-1].digests.sha256.hex in page


def test_the_state_comes_before_the_instructions() -> None:
    page = words(ALL["project-yanked"])
    reason = page.index("Reason: Writes world-readable files (ANVIL-2026-1). Use 2.0.1.")
    assert page.index("is yanked") < reason < page.index("pip install")


def test_a_release_without_files_points_to_the_policy() -> None:
    page = PAGES.project(bare(), bare().releases[0], None, pinned=False).decode()
    assert "/policies/removal/" in page
    assert "What was checked" not in page and "pip install" not in page


def test_metadata_of_the_old_kind_is_understood() -> None:
    metadata = {**METADATA, "license_expression": None, "license": "MIT\n\nPermission is …", "home_page": "http://h/"}
    metadata["project_urls"] = ["Docs, https://d.example/"]
    release = replace(facts().releases[-1], metadata=metadata)
    page = PAGES.project(facts(), release, None, pinned=False).decode()
    assert "<dd>MIT</dd>" in page
    assert 'href="http://h/"' in page and 'href="https://d.example/"' in page


def test_the_token_is_shown_once_and_what_to_do_with_it() -> None:
    page = ALL["setup-done"].decode()
    assert page.count(TOKEN) == 1
    assert "twine upload --repository-url http://127.0.0.1:8000/legacy/" in words(page.encode())


def test_the_enrolment_form_asks_for_a_second_factor_and_tells_browsers_what_each_field_is() -> None:
    page = ALL["setup"].decode()
    for autocomplete in ("username", "email", "new-password", "one-time-code"):
        assert f'autocomplete="{autocomplete}"' in page
    assert f'<input type="hidden" name="totp_secret" value="{SECRET}">' in page


@pytest.mark.parametrize(
    ("error", "field"),
    [
        ("That code does not match. Check the clock of your device and enter the newest code.", "code"),
        ("A password has at least 12 characters. A sentence is easy to remember.", "password"),
        ("That is not an e-mail address.", "email"),
        ("An account name has 1 to 50 letters, digits, '-', '_' or '.'.", "name"),
        ("That account name or e-mail address is taken.", "name"),
    ],
)
def test_an_enrolment_error_is_linked_to_its_field(error: str, field: str) -> None:
    page = PAGES.setup_form(error=error, name="", email="", totp_secret=SECRET, qr_svg="<svg></svg>").decode()
    assert f'<a href="#{field}">' in page
    assert page.count('aria-invalid="true"') == 1


def test_a_problem_says_what_happened_why_and_what_to_do() -> None:
    page = words(ALL["problem-403"])
    assert "What happened Everybody who publishes has a second factor" in page
    assert "Why MFA for all maintainers (AUTHN-3.2) No account without MFA publishes or manages anything" in page
    assert "What to do Use a token and an account that may do this" in page


@pytest.mark.parametrize("status", [400, 401, 404, 405, 408, 410, 413, 418, 422, 429, 500, 502, 503])
def test_every_status_has_something_to_do(status: int) -> None:
    page = words(PAGES.problem(status=status, title="T", says="S.", principle=""))
    assert re.search(r"What to do [A-Z]\w+ ", page)


def test_every_refusal_can_be_linked_to_and_unknown_ones_are_listed_too() -> None:
    page = PAGES.problems([("file-exists", 409), ("never-heard-of", 418)]).decode()
    assert '<div id="file-exists">' in page and "HTTP 409" in page
    assert '<div id="never-heard-of">' in page and "HTTP 418" in page


@pytest.mark.principle("GEN-2.1c")
def test_anybody_can_read_what_can_be_removed_and_what_stays_for_ever() -> None:
    page = words(PAGES.policy("removal") or b"")
    for promise in (
        "It is never used again, not even for the same bytes",
        "It does not become free",
        "version-removed",
    ):
        assert promise in page


@pytest.mark.principle("GEN-2.1c")
def test_every_policy_has_a_version_and_a_date_and_is_on_the_list() -> None:
    index = (PAGES.policy("index") or b"").decode()
    assert 'href="/policies/removal/"' in index
    assert re.search(r"version \d+, since 20\d\d-\d\d-\d\d", words(index.encode()))
    assert PAGES.policy("") == PAGES.policy("index")


def test_there_is_no_policy_of_another_name() -> None:
    assert PAGES.policy("../base") is None
    assert PAGES.policy("nothing") is None
