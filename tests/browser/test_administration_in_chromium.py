"""What administrators do with accounts, in a real browser, and what everybody else sees of it.

Principles: AUTHN-1.2, AUTHN-1.4, AUTHN-3.2
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.visitors import (
    PASSWORD,
    Devices,
    ago,
    alter,
    authenticator_of,
    devices,
    enrol_codes,
    enrol_passkey,
    mailed_link,
    register,
)
from tests.live import Live, live

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository at which everybody may register."""
    chosen = {"ACCOUNTS__REGISTRATION": "open", "BREACHES__SERVICE": "", "TRUSTED_PROXIES": '["127.0.0.1"]'}
    with live(tmp_path_factory.mktemp("administration"), **chosen) as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """What opens another device."""
    with devices(browser, seed=4) as another:
        yield another


def administrator(page: Page, server: Live, name: str) -> str:
    """Make somebody an administrator who is signed in by passkey; return the site's address."""
    authenticator_of(page)
    site = register(page, server, name)
    enrol_passkey(page)
    server.admin("user", "administrator", name)
    page.goto(f"{site}account/security/")
    return site


@pytest.mark.principle("AUTHN-1.4", "AUTHN-3.2")
def test_an_administrator_looks_at_an_account_and_disables_it_and_its_owner_hears_of_both(
    server: Live, device: Devices
) -> None:
    page, owner = device(), device()
    site = administrator(page, server, "ines")
    register(owner, server, "olaf", PASSWORD)
    page.get_by_role("link", name="Administration").click()
    page.get_by_label("Name or address").fill("olaf@")
    page.get_by_role("button", name="Search").click()
    found = page.get_by_role("table", name="Accounts")
    expect(found.get_by_role("row")).to_have_count(2)
    expect(found).to_contain_text("a password")
    found.get_by_role("link", name="olaf").click()
    expect(page.get_by_role("heading", name="This look was recorded")).to_be_visible()
    owner.goto(f"{site}account/security/")
    expect(owner.get_by_role("table", name="Events of this account")).to_contain_text("ines")

    # Administration takes a verified address and a second factor; the refusal stands on the same page.
    page.get_by_role("button", name="Make administrator").click()
    expect(page.get_by_role("alert")).to_contain_text("no second factor")
    expect(page.get_by_role("heading", level=1)).to_have_text("olaf")
    page.get_by_label("Why?").fill("Somebody else reads the mailbox.")
    page.get_by_role("button", name="Disable olaf").click()
    expect(page.locator(".said")).to_have_text("olaf is disabled.")
    expect(page.get_by_role("heading", name="This account is disabled")).to_be_visible()
    expect(page.locator(".events")).to_contain_text("Somebody else reads the mailbox.")
    owner.reload()
    expect(owner).to_have_url(f"{site}sign-in/?next=account/security/")
    page.get_by_role("button", name="Enable the account").click()
    expect(page.locator(".said")).to_have_text("olaf is enabled again.")


@pytest.mark.principle("AUTHN-3.2")
def test_for_everybody_else_there_is_no_page_of_administrators_and_for_them_only_after_a_fresh_proof(
    server: Live, device: Devices
) -> None:
    page, other = device(), device()
    site = administrator(page, server, "iris")
    keyring = authenticator_of(other)
    register(other, server, "otis")
    enrol_passkey(other)
    # Else the sign-in would offer the passkey by itself, and the authenticator answer by itself.
    keyring.verifies(False)
    expect(other.get_by_role("link", name="Administration")).to_have_count(0)
    for path in ("admin/accounts/", "admin/accounts/iris/", "admin/recoveries/"):
        other.goto(site + path)
        expect(other.get_by_role("heading", level=1)).to_have_text("Not found")
    stranger = device()
    stranger.goto(f"{site}admin/accounts/")
    expect(stranger).to_have_url(f"{site}sign-in/?next=admin/accounts/")

    alter(server, "UPDATE session SET proved = ? WHERE account = 'iris'", ago(minutes=16))
    page.goto(f"{site}admin/accounts/otis/")
    expect(page).to_have_url(f"{site}account/prove/?next=admin/accounts/otis/")
    page.get_by_role("button", name="Confirm with passkey or key").click()
    page.get_by_role("button", name="End every session").click()
    expect(page.locator(".said")).to_have_text("Every session of otis has ended: 1.")
    other.goto(f"{site}account/security/")
    expect(other).to_have_url(re.compile("/sign-in/"))


@pytest.mark.principle("AUTHN-1.2")
def test_administrators_vouch_for_who_has_lost_everything_and_invite_newcomers(server: Live, device: Devices) -> None:
    page, second, lost = device(), device(), device()
    site = administrator(page, server, "ida")
    administrator(second, server, "ivy")
    register(lost, server, "leo", PASSWORD)
    enrol_codes(lost)
    elsewhere = device()
    elsewhere.goto(f"{site}recover/")
    elsewhere.get_by_label("A verified e-mail address").fill("leo@example.org")
    elsewhere.get_by_role("button", name="Mail me a link").click()
    elsewhere.goto(mailed_link(server, "leo@example.org", "recover/srm_"))
    elsewhere.get_by_text("All of them are lost").click()
    elsewhere.get_by_role("button", name="Begin the recovery").click()
    expect(elsewhere.locator(".summary")).to_have_text("One proof more is needed.")

    for each in (page, second):
        each.goto(f"{site}admin/recoveries/")
        each.get_by_role("button", name="Vouch: leo").click()
        expect(each.locator(".said")).to_have_text("You have vouched for leo.")
        expect(each.get_by_role("button", name="Vouch: leo")).to_have_count(0)
    elsewhere.reload()
    expect(elsewhere.locator(".summary")).to_contain_text("It can be finished from")

    page.goto(f"{site}admin/accounts/")
    page.get_by_label("Their e-mail address").fill("nina@example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator(".said")).to_have_text("An invitation is on its way to nina@example.org.")
    newcomer = device()
    newcomer.goto(mailed_link(server, "nina@example.org", "register/"))
    expect(newcomer.locator(".summary")).to_contain_text("You were invited")
