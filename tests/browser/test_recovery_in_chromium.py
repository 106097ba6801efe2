"""Getting back into an account whose factors are lost, in a real browser: proofs, waiting, an objection, the end.

Principles: AUTHN-1.2
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
    devices,
    enrol_codes,
    give_password,
    mailed_link,
    make_recovery_codes,
    make_token,
    register,
)
from tests.live import Live, live
from tests.worlds import wheel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository at which everybody may register."""
    chosen = {"ACCOUNTS__REGISTRATION": "open", "BREACHES__SERVICE": "", "TRUSTED_PROXIES": '["127.0.0.1"]'}
    with live(tmp_path_factory.mktemp("recovery"), **chosen) as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """What opens another device."""
    with devices(browser, seed=2) as another:
        yield another


def begin(page: Page, server: Live, name: str, besides: tuple[str, ...] = ()) -> str:
    """Begin a recovery by the mailed link; return the link."""
    page.goto(f"{server.site}recover/")
    page.get_by_label("A verified e-mail address").fill(f"{name}@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.locator(".said")).to_contain_text("a link is on its way")
    link = mailed_link(server, f"{name}@example.org", "recover/srm_", besides=besides)
    page.goto(link)
    page.get_by_text("All of them are lost").click()
    page.get_by_role("button", name="Begin the recovery").click()
    expect(page.locator(".summary")).to_have_text("One proof more is needed.")
    return link


def give_recovery_code(page: Page, code: str) -> None:
    """Give the second proof, and read until when it takes."""
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Give the code").click()
    expect(page.locator(".summary")).to_contain_text(re.compile(r"can be finished from \d{4}-\d\d-\d\d \d\d:\d\d UTC"))
    expect(page.get_by_role("button", name="Recover the account")).to_have_count(0)


@pytest.mark.principle("AUTHN-1.2")
def test_a_recovery_waits_can_be_stopped_by_the_owner_and_ends_in_an_account_that_only_reads(
    server: Live, device: Devices
) -> None:
    owner, other = device(), device()
    site = register(owner, server, "rosa", PASSWORD)
    enrol_codes(owner)
    codes = make_recovery_codes(owner)
    token = make_token(owner, site)

    link = begin(other, server, "rosa")
    give_recovery_code(other, codes[0])
    under_way = other.url
    owner.goto(f"{site}account/security/")
    expect(owner.get_by_role("heading", name="Somebody is recovering this account")).to_be_visible()
    owner.get_by_role("button", name="Stop the recovery").click()
    expect(owner.locator(".said")).to_have_text("The recovery was cancelled.")
    other.goto(under_way)
    expect(other.locator("main")).not_to_contain_text("It can be finished from")
    expect(other.get_by_role("heading", level=1)).not_to_contain_text("Recovery of rosa")

    begin(other, server, "rosa", besides=(link,))
    give_recovery_code(other, codes[1])
    alter(server, "UPDATE recovery SET ready = ? WHERE account = 'rosa' AND state = 'open'", ago(minutes=1))
    other.reload()
    expect(other.locator(".summary")).to_contain_text("The waiting is over")
    renewed = f"{PASSWORD}, in the rain"
    other.get_by_label("New password").fill(renewed)
    other.get_by_role("button", name="Recover the account").click()
    expect(other.locator(".said")).to_contain_text("only reads for 72 hours")

    # Nothing of what the account had before works any more.
    owner.goto(f"{site}account/security/")
    expect(owner).to_have_url(re.compile("/sign-in/"))
    assert server.upload(wheel("rope"), token).status == 403
    give_password(other, site, "rosa", renewed)
    expect(other.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    other.goto(mailed_link(server, "rosa@example.org", "sign-in/confirm/"))
    other.get_by_role("button", name="Yes, sign me in").click()
    expect(other.get_by_role("heading", name=re.compile("^This account only reads until"))).to_be_visible()
    expect(other.get_by_role("table", name="Tokens")).to_have_count(0)
    enrol_codes(other)
    other.goto(f"{site}account/tokens/")
    expect(other.locator("main")).to_contain_text("can read but not change anything until")


@pytest.mark.principle("AUTHN-1.2")
def test_every_address_is_mailed_a_link_that_stops_a_recovery_without_signing_in(server: Live, device: Devices) -> None:
    owner, other = device(), device()
    register(owner, server, "rune", PASSWORD)
    enrol_codes(owner)
    make_recovery_codes(owner)
    begin(other, server, "rune")
    under_way = other.url
    reader = device()
    reader.goto(mailed_link(server, "rune@example.org", "recover/cancel/"))
    reader.get_by_role("button", name="Stop the recovery").click()
    expect(reader.locator(".said")).to_contain_text("The recovery was cancelled.")
    other.goto(under_way)
    expect(other.get_by_role("heading", level=1)).not_to_contain_text("Recovery of rune")
