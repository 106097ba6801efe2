"""The pages of accounts in a real browser: with an authenticator, without a script, by the keyboard alone.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-3.1
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.people_samples import ALWAYS, ORIGIN
from tests.browser.serving import served
from tests.browser.visitors import (
    PASSWORD,
    Authenticator,
    authenticator_of,
    enrol_passkey,
    mailed_link,
    register,
    wrong_code,
)
from tests.live import Live, live

from strongroom.web.pages import Pages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository at which everybody may register."""
    folder = tmp_path_factory.mktemp("accounts")
    with live(folder, ACCOUNTS__REGISTRATION="open", BREACHES__SERVICE="") as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context.new_page()


@pytest.fixture
def authenticator(page: Page) -> Authenticator:
    """An authenticator in the page's device, whose owner is at hand."""
    return authenticator_of(page)


def join(page: Page, server: Live, name: str) -> str:
    """Make an account without a password, verify its address and enrol a passkey; return the site's address."""
    site = register(page, server, name)
    enrol_passkey(page)
    return site


@pytest.mark.principle("AUTHN-1.1", "AUTHN-1.3", "AUTHN-3.1")
def test_a_newcomer_without_a_password_enrols_a_passkey_and_signs_in_with_it_alone(
    page: Page, server: Live, authenticator: Authenticator
) -> None:
    site = join(page, server, "lin")
    page.get_by_role("button", name="Make recovery codes").click()
    code = page.locator(".codes code").first.inner_text()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".said")).to_contain_text("9 are left")
    page.get_by_role("button", name="Sign out", exact=True).click()

    # Nobody is signed in: the way to the tokens leads past the sign-in, and on to where it was going.
    authenticator.verifies(False)
    page.goto(f"{site}account/tokens/")
    expect(page).to_have_url(f"{site}sign-in/?next=account/tokens/")
    authenticator.verifies(True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{site}account/tokens/")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".command").first).to_contain_text(re.compile(r"srm_u\w+"))


@pytest.mark.principle("AUTHN-3.1")
def test_a_passkey_that_nobody_confirms_is_told_on_the_page_and_can_be_tried_again(
    page: Page, server: Live, authenticator: Authenticator
) -> None:
    site = join(page, server, "vera")
    authenticator.verifies(False)
    page.goto(f"{site}account/prove/?next=account/password/")
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was confirmed")
    authenticator.verifies(True)
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page).to_have_url(f"{site}account/password/")


@pytest.mark.principle("AUTHN-1.3")
def test_a_wrong_first_code_keeps_the_secret_and_leads_to_the_field(
    page: Page, server: Live, authenticator: Authenticator
) -> None:
    join(page, server, "otto")
    # Who has no password signs in with a passkey; one-time codes are a second way.
    page.get_by_role("button", name="Enrol one-time codes").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("One-time code").fill(wrong_code(secret))
    page.get_by_role("button", name="Enrol", exact=True).click()
    assert page.locator(".secret").inner_text() == secret
    page.get_by_role("alert").get_by_role("link", name=re.compile("does not match")).click()
    field = page.get_by_label("One-time code")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("the application shows now.*does not match", re.DOTALL))
    field.fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.locator(".said")).to_have_text("One-time codes are enrolled.")


@pytest.mark.principle("AUTHN-1.2", "AUTHN-3.1")
def test_a_lost_password_is_set_anew_by_the_mailed_link_and_the_key_and_then_asks_for_the_key_again(
    page: Page, server: Live, authenticator: Authenticator
) -> None:
    site = join(page, server, "mara")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{site}recover/")
    page.get_by_label("A verified e-mail address").fill("mara@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.locator(".said")).to_contain_text("a link is on its way")
    page.goto(mailed_link(server, "mara@example.org", "recover/"))
    page.get_by_role("textbox", name="New password").first.fill(PASSWORD)
    page.get_by_role("button", name="Set it and confirm with passkey or key").click()
    # The sign-in offers the passkey by itself, and this authenticator answers by itself.
    expect(page).to_have_url(f"{site}account/security/")
    authenticator.verifies(False)
    page.get_by_role("button", name="Sign out", exact=True).click()

    # One that does not know its owner stays out of the field of the name.
    page.goto(f"{site}sign-in/?next=account/password/")
    page.get_by_label("Account name or e-mail address").fill("mara")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{site}sign-in/key/?next=account/password/")
    authenticator.verifies(True)
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page).to_have_url(f"{site}account/password/")


def test_a_page_at_another_address_says_where_passkeys_work(page: Page, server: Live) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/sign-in/")
    told = page.locator(".without")
    expect(told).to_contain_text(f"work at http://localhost:{server.port} alone")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    told.get_by_role("link", name="Open it there").click()
    expect(page).to_have_url(f"http://localhost:{server.port}/sign-in/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()


def test_a_browser_without_passkeys_is_told_so_and_offered_the_password(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script("delete window.PublicKeyCredential")
        page.goto(f"{site}account-sign-in")
        expect(page.locator(".without")).to_contain_text("knows no passkeys")
        expect(page.get_by_role("textbox", name="Password")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "button"),
    [("sign-in", "Sign in"), ("recover-by-key-or-recovery-code", "Set the password"), ("register", "Make the account")],
)
def test_without_script_every_other_way_is_open_and_no_dead_button_is_shown(
    browser: Browser, site: str, name: str, button: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}account-{name}")
        for summary in page.locator("details summary").all():
            summary.click()
        expect(page.get_by_role("button", name=button, exact=True)).to_be_enabled()
        expect(page.locator("main").get_by_role("button", disabled=True)).to_have_count(0)


def test_a_refusal_of_the_api_stands_on_the_page_with_its_principle(browser: Browser) -> None:
    sample = Pages("Strongroom", f"{ORIGIN}/").of_people(
        "account/prove.html",
        **{**ALWAYS, "who": "ada", "strongest": "phishing_resistant"},
    )
    with served({"account-prove": sample}) as site, browser.new_context() as context:
        page = context.new_page()
        page.route(
            "**/api/v1/prove/key/options",
            lambda route: route.fulfill(
                status=429,
                content_type="application/problem+json",
                body='{"code": "too-many-attempts", "detail": "Too many tries.", "principle": "AUTHN-1.5"}',
            ),
        )
        page.goto(f"{site}account-prove")
        page.get_by_role("button", name="Confirm with passkey or key").click()
        expect(page.get_by_role("alert")).to_have_text("Too many tries. (AUTHN-1.5)")
        expect(page.get_by_role("button", name="Confirm with passkey or key")).to_be_enabled()


@pytest.mark.parametrize(
    ("name", "words", "label"),
    [
        ("sign-in-refused", "do not match", "Account name"),
        ("register-refused", "leaked", "Password"),
        ("new-token-many", "no role in", "Names of projects"),
        ("project-alone", "no account", "Account name"),
        ("security-in-danger", "already", "Another address"),
    ],
)
def test_a_refusal_leads_to_the_field_that_it_speaks_of(
    browser: Browser, site: str, name: str, words: str, label: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}account-{name}")
        page.get_by_role("alert").get_by_role("link", name=re.compile(words)).click()
        field = page.get_by_role("textbox", name=re.compile(label))
        expect(field).to_be_focused()
        assert field.get_attribute("aria-invalid") == "true"


def test_no_page_of_accounts_forbids_pasting_or_keeps_a_password_manager_out(pages: dict[str, bytes]) -> None:
    tokens = {"password": {"current-password", "new-password"}}
    for name, body in pages.items():
        for field in re.findall(r"<input [^>]*>", body.decode()):
            kind = re.search(r'type="(\w+)"', field)
            assert "onpaste" not in field
            if kind and kind[1] in tokens:
                said = re.search(r'autocomplete="([^"]*)"', field)
                assert said and said[1] in tokens[kind[1]], (name, field)


def test_recovery_codes_are_printed_without_the_page_around_them(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}account-codes")
    page.emulate_media(media="print")
    expect(page.locator(".codes li")).to_have_count(10)
    expect(page.get_by_role("button", name="Try it")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Site")).to_be_hidden()
    page.pdf(path=tmp_path / "codes.pdf")
    assert (tmp_path / "codes.pdf").stat().st_size > 1000
