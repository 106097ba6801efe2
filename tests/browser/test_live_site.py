"""The real server in a real browser: the first administrator enrols, publishes, and looks at what came of it.

Principles: AUTHN-1.3
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live import Live, live
from tests.worlds import wheel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository, with ada in it and no administrator yet."""
    with live(tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says of the pages."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page of a fresh profile at 1280 pixels."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        yield opened


def setup_link(server: Live) -> str:
    """Return the one-time link that the server printed when it started."""
    said = (server.data.parent / "server.log").read_text()
    found = re.search(r"http://\S+/setup/\S+", said)
    assert found, said
    return found[0]


@pytest.mark.principle("AUTHN-1.3")
def test_the_first_administrator_enrols_by_the_link_once_and_publishes(
    server: Live, page: Page, complaints: list[str]
) -> None:
    page.goto(setup_link(server))
    secret = page.locator("input[name=totp_secret]").get_attribute("value") or ""
    page.get_by_label("Account name").fill("grace")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password").fill("a sentence is easy to remember")
    page.locator("#code").fill("000000" if pyotp.TOTP(secret).now() != "000000" else "111111")
    page.locator("main button[type=submit]").click()
    expect(page.locator("#error")).to_contain_text("code")
    assert page.locator("#name").input_value() == "grace"
    assert page.locator("input[name=totp_secret]").get_attribute("value") == secret

    page.get_by_label("Password").fill("a sentence is easy to remember")
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.locator("main button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("srm_")
    token = re.search(r"srm_[0-9A-Za-z]{50}", page.content())
    assert token

    assert server.upload(wheel("tongs"), token[0]).status == 200
    page.goto(f"{server.url}user/grace/")
    page.get_by_role("link", name="tongs").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("tongs 1.0")
    # A wrong code is answered 422, which the browser tells its console; nothing else may be there.
    assert [said for said in complaints if "422" not in said] == []

    page.goto(setup_link(server))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Enrol")
    assert page.locator("form input[name=password]").count() == 0


def test_every_kind_of_page_of_the_live_site_passes_axe_and_its_own_policy(
    server: Live, browser: Browser, axe: Path, complaints: list[str]
) -> None:
    server.publish(wheel("anvil", more="Description-Content-Type: text/markdown\n\n# Anvil\n\nIt is *heavy*.\n"))
    server.admin("yank", "anvil==1.0", "--reason", "cracked")
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        for path in (
            "",
            "?q=anvil",
            "project/anvil/",
            "user/ada/",
            "problems/",
            "policies/",
            "policies/removal/",
            "no",
        ):
            page.goto(f"{server.url}{path}")
            page.add_script_tag(path=axe)
            found = page.evaluate("() => axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
            assert found == [], path


def test_a_yank_is_told_in_words_on_the_page_at_once(server: Live, page: Page) -> None:
    server.publish(wheel("hammer"))
    page.goto(f"{server.url}project/hammer/")
    expect(page.locator("main")).to_contain_text("Not yanked")
    server.admin("yank", "hammer==1.0", "--reason", "the head comes off")
    page.reload()
    expect(page.locator("main")).to_contain_text("the head comes off")
