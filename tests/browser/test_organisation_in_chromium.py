"""A repository that only invites, and whose organisation signs its members in, in a real browser.

Principles: AUTHN-1.1, AUTHN-3.2
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
    devices,
    enrol_codes,
    mailed_link,
    make_token,
    register,
)
from tests.live import Live, live
from tests.outbound.identity_provider import IdentityProvider, identity_provider
from tests.worlds import wheel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    """The organisation's provider, with vivian at the browser."""
    with identity_provider() as made:
        yield made


@pytest.fixture(scope="module")
def server(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository whose organisation is Example Works."""
    folder = tmp_path_factory.mktemp("organisation")
    folder.joinpath("secret").write_text(provider.client_secret)
    chosen = {
        "ORGANISATION__ISSUER": provider.issuer,
        "ORGANISATION__CLIENT_ID": provider.client_id,
        "ORGANISATION__CLIENT_SECRET_FILE": str(folder / "secret"),
        "ORGANISATION__TITLE": "Example Works",
        "ORGANISATION__MEMBERS": '["engineers"]',
        "BREACHES__SERVICE": "",
        "TRUSTED_PROXIES": '["127.0.0.1"]',
    }
    with live(folder, **chosen) as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """What opens another device."""
    with devices(browser, seed=3) as another:
        yield another


@pytest.fixture
def vivian(provider: IdentityProvider) -> None:
    """Sit at the provider as vivian, an engineer."""
    provider.person = {
        "sub": "vivian-7",
        "preferred_username": "vivian",
        "email": "vivian@works.example",
        "email_verified": True,
        "groups": ["engineers"],
        "amr": ["pwd", "otp", "mfa"],
    }


@pytest.mark.usefixtures("vivian")
@pytest.mark.principle("AUTHN-3.2")
def test_a_member_signs_in_through_the_provider_publishes_and_confirms_there_again(
    server: Live, device: Devices
) -> None:
    page, site = device(), server.site
    page.goto(f"{site}organisation/begin?next=account/tokens/")
    expect(page).to_have_url(f"{site}account/tokens/")
    assert server.upload(wheel("works"), make_token(page, site)).status == 200

    alter(server, "UPDATE session SET proved = ? WHERE account = 'vivian'", ago(minutes=16))
    page.goto(f"{site}account/tokens/")
    expect(page).to_have_url(f"{site}account/prove/?next=account/tokens/")
    expect(page.get_by_label("One-time code")).to_have_count(0)
    page.get_by_role("link", name="Confirm with Example Works").click()
    expect(page).to_have_url(f"{site}account/tokens/")
    make_token(page, site)


@pytest.mark.usefixtures("vivian")
@pytest.mark.principle("AUTHN-3.2")
def test_whose_membership_is_over_stays_outside_and_loses_what_they_had(
    server: Live, provider: IdentityProvider, device: Devices
) -> None:
    page, site = device(), server.site
    page.goto(f"{site}organisation/begin?next=account/security/")
    expect(page.get_by_role("heading", level=1)).to_have_text("vivian")
    provider.person["groups"] = ["visitors"]
    other = device()
    other.goto(f"{site}organisation/begin?next=account/security/")
    expect(other.locator("main")).to_contain_text("in no group that may use this repository")
    page.reload()
    expect(page).to_have_url(f"{site}sign-in/?next=account/security/")


@pytest.mark.principle("AUTHN-1.1")
def test_an_invitation_is_good_for_the_address_that_it_was_mailed_to_and_once(server: Live, device: Devices) -> None:
    page, site = device(), server.site
    page.goto(f"{site}register/")
    expect(page.get_by_role("heading", name="People register here by invitation")).to_be_visible()
    expect(page.get_by_label("Account name")).to_have_count(0)
    server.admin("user", "invite", "gwen@example.org")
    # The command may know another port than the one on which this server listens.
    link = f"{site}register/{mailed_link(server, 'gwen@example.org', 'register/').partition('/register/')[2]}"
    page.goto(link)
    page.get_by_label("Account name").fill("gwen")
    page.get_by_label("E-mail address").fill("mallory@example.org")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("alert").get_by_role("link", name=re.compile("another address")).click()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    register(page, server, "gwen", PASSWORD, start=link)
    enrol_codes(page)

    again = device()
    again.goto(link)
    again.get_by_label("Account name").fill("gwendolyn")
    again.get_by_label("E-mail address").fill("gwen@example.org")
    again.get_by_role("button", name="Make the account").click()
    expect(again.get_by_role("alert")).to_contain_text("No account was made")
