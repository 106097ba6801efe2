"""What people do with accounts, from end to end, in a real browser: signing in, confirming, working, leaving.

Principles: AUTHN-1.3, AUTHN-2.2, AUTHN-3.1, AUTHN-3.2, AUTHN-3.3
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.visitors import (
    PASSWORD,
    Devices,
    ago,
    alter,
    authenticator_of,
    devices,
    enrol_codes,
    enrol_passkey,
    fresh_code,
    give_code,
    give_password,
    give_role,
    mailed_link,
    make_recovery_codes,
    make_token,
    register,
    sign_out,
    wrong_code,
)
from tests.live import Live, live
from tests.worlds import wheel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository at which everybody may register."""
    chosen = {"ACCOUNTS__REGISTRATION": "open", "BREACHES__SERVICE": "", "TRUSTED_PROXIES": '["127.0.0.1"]'}
    with live(tmp_path_factory.mktemp("flows"), **chosen) as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """What opens another device."""
    with devices(browser) as another:
        yield another


@pytest.mark.principle("AUTHN-1.3", "AUTHN-2.2")
def test_a_new_device_signs_in_by_a_mailed_link_that_confirms_nothing_in_another_browser(
    server: Live, device: Devices
) -> None:
    first, new, stranger = device(), device(), device()
    site = register(first, server, "tove", PASSWORD)
    secret = enrol_codes(first)
    give_password(new, site, "tove", then="account/tokens/")
    expect(new).to_have_url(f"{site}sign-in/code/?next=account/tokens/")
    give_code(new, wrong_code(secret))
    expect(new.get_by_role("alert")).to_contain_text("does not match")
    give_code(new, fresh_code(server, "tove", secret))
    expect(new.get_by_role("heading", level=1)).to_have_text("Look into your mail")

    link = mailed_link(server, "tove@example.org", "sign-in/confirm/")
    for other in (stranger, first):
        other.goto(link)
        other.get_by_role("button", name="Yes, sign me in").click()
        expect(other.get_by_role("alert")).to_contain_text("Not confirmed")
        other.goto(f"{site}account/security/")
    expect(stranger).to_have_url(f"{site}sign-in/?next=account/security/")

    new.goto(link)
    new.get_by_role("button", name="Yes, sign me in").click()
    expect(new).to_have_url(f"{site}account/security/")
    expect(new.get_by_role("table", name="Sessions").get_by_role("row")).to_have_count(3)
    sign_out(new)

    # The device is known from now on, and nobody is mailed.
    give_password(new, site, "tove")
    give_code(new, fresh_code(server, "tove", secret))
    expect(new).to_have_url(f"{site}account/security/")


@pytest.mark.principle("AUTHN-1.3")
def test_a_recovery_code_stands_in_for_the_second_factor_once(server: Live, device: Devices) -> None:
    page = device()
    site = register(page, server, "rika", PASSWORD)
    enrol_codes(page)
    codes = make_recovery_codes(page)
    for code, refused in ((codes[0], False), (codes[0], True), (codes[1], False)):
        if page.get_by_role("button", name="Sign out", exact=True).count():
            sign_out(page)
        give_password(page, site, "rika")
        page.get_by_role("link", name="A recovery code").click()
        page.get_by_label("Recovery code").fill(code)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if refused:
            expect(page.get_by_role("alert")).to_contain_text("used already")
        else:
            expect(page).to_have_url(f"{site}account/security/")
    expect(page.locator("main")).to_contain_text("7 left")


@pytest.mark.principle("AUTHN-3.2")
def test_who_confirmed_long_ago_is_asked_again_and_comes_back_to_where_they_were(server: Live, device: Devices) -> None:
    page = device()
    authenticator = authenticator_of(page)
    site = register(page, server, "sol")
    enrol_passkey(page)
    authenticator.verifies(False)
    alter(server, "UPDATE session SET proved = ? WHERE account = 'sol'", ago(minutes=16))
    page.goto(f"{site}account/tokens/")
    expect(page).to_have_url(f"{site}account/prove/?next=account/tokens/")
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was confirmed")
    authenticator.verifies(True)
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page).to_have_url(f"{site}account/tokens/")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".command").first).to_contain_text("srm_u")

    # What a button does asks as well, and does nothing before.
    page.goto(f"{site}account/security/")
    alter(server, "UPDATE session SET proved = ? WHERE account = 'sol'", ago(minutes=16))
    page.get_by_role("button", name="Remove: a key of glass").click()
    expect(page).to_have_url(f"{site}account/prove/?next=account/security/")
    page.get_by_role("button", name="Confirm with passkey or key").click()
    expect(page).to_have_url(f"{site}account/security/")
    expect(page.get_by_role("table", name="Passkeys and security keys")).to_contain_text("a key of glass")


@pytest.mark.principle("AUTHN-2.3", "AUTHN-3.3")
def test_an_owner_of_a_critical_project_does_nothing_with_codes_and_everything_with_a_passkey(
    server: Live, device: Devices
) -> None:
    page = device()
    authenticator_of(page)
    site = register(page, server, "kim", PASSWORD)
    enrol_codes(page)
    token = make_token(page, site)
    assert server.upload(wheel("kiln"), token).status == 200
    server.admin("critical", "add", "kiln", "--now")

    refused = server.upload(wheel("kiln", "2.0"), token)
    assert (refused.status, refused.json["code"]) == (403, "needs-phishing-resistant")
    page.goto(f"{site}account/projects/kiln/")
    expect(page.locator(".standing")).to_contain_text("needs a passkey or security key")
    give_role(page, "ada")
    expect(page.get_by_role("alert")).to_contain_text("AUTHN-3.3")
    page.goto(f"{site}account/security/")
    enrol_passkey(page)

    page.goto(f"{site}account/projects/kiln/")
    give_role(page, "ada")
    expect(page.locator(".said")).to_contain_text("ada is asked to be publisher of kiln")
    # A token is worth what its owner had proved when it was made.
    assert server.upload(wheel("kiln", "2.0"), token).json["code"] == "needs-stronger-proof"
    assert server.upload(wheel("kiln", "2.0"), make_token(page, site)).status == 200


@pytest.mark.principle("AUTHN-3.2")
def test_a_new_password_and_a_revoked_session_end_what_other_devices_hold(server: Live, device: Devices) -> None:
    here, there = device(), device()
    authenticator_of(here)
    site = register(here, server, "nell", PASSWORD)
    secret = enrol_codes(here)
    again: tuple[str, ...] = ()

    def sign_in_there() -> None:
        nonlocal again
        give_password(there, site, "nell")
        give_code(there, fresh_code(server, "nell", secret))
        if not again:
            again = (mailed_link(server, "nell@example.org", "sign-in/confirm/"),)
            there.goto(again[0])
            there.get_by_role("button", name="Yes, sign me in").click()
        expect(there).to_have_url(f"{site}account/security/")

    sign_in_there()
    here.goto(f"{site}account/security/")
    here.get_by_role("button", name=re.compile("^End: ")).click()
    expect(here.locator(".said")).to_have_text("The session has ended.")
    there.reload()
    expect(there).to_have_url(f"{site}sign-in/?next=account/security/")

    sign_in_there()
    here.goto(f"{site}account/password/")
    here.get_by_label("Present password").fill(PASSWORD)
    here.get_by_label("New password").fill(f"{PASSWORD}, at dusk")
    here.get_by_role("button", name="Change it").click()
    expect(here.locator(".said")).to_contain_text("every other session has ended")
    there.get_by_role("button", name="Make recovery codes").click()
    expect(there).to_have_url(re.compile(f"^{re.escape(site)}sign-in/"))


def test_who_leaves_types_the_name_and_is_gone(server: Live, device: Devices) -> None:
    page = device()
    authenticator_of(page)
    site = register(page, server, "lou")
    enrol_passkey(page)
    page.get_by_role("link", name="remove your account").click()
    for typed, stays in (("loo", True), ("lou", False)):
        page.get_by_label("Account name").fill(typed)
        page.get_by_role("button", name="Remove my account for ever").click()
        if stays:
            expect(page.get_by_role("alert")).to_contain_text("Your account is still there")
    expect(page.locator(".said")).to_have_text("Your account is removed.")
    expect(page).to_have_url(f"{site}sign-in/")
    page.goto(f"{site}account/security/")
    expect(page).to_have_url(f"{site}sign-in/?next=account/security/")
    page.goto(f"{site}user/lou/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not found")
    page.goto(f"{site}register/")
    page.get_by_label("Account name").fill("lou")
    page.get_by_label("E-mail address").fill("other@example.org")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_contain_text("No account was made")
