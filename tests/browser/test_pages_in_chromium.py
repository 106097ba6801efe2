"""The pages in a real browser: usable by everybody, obedient to their own policy, as wide as the screen.

Principles: none
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from tests.browser.samples import rendered

from strongroom.web.pages import Pages

pytestmark = pytest.mark.browser

NAMES = [name for name, _ in rendered(Pages("Strongroom", "http://127.0.0.1:8000/"))]
WIDTHS = (1280, 390)

RUN_AXE = """async () => (await axe.run(document)).violations.map(
    each => `${each.id}: ${each.help}: ${each.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)"""
OVERFLOW = """() => [...document.querySelectorAll("body *")]
    .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        && !each.closest(".unseen, .description pre, .description .scroll, thead"))
    .map(each => each.outerHTML.slice(0, 120))"""
FOCUSED = """() => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    return {
        name: each.tagName + ":" + (each.textContent.trim() || each.id),
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        visible: box.width > 0 && box.bottom > 0 && box.right > 0,
        place: [...document.querySelectorAll("*")].indexOf(each),
        inMain: !!each.closest("main"),
    };
}"""


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_wrong_in_any_colour_at_any_width(browser: Browser, site: str, axe: Path, name: str) -> None:
    # axe is no script of ours, so the policy would keep it out.
    with browser.new_context(bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(site + name)
        page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
        page.add_script_tag(path=axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            assert page.evaluate(RUN_AXE) == [], f"light, {width}"
            page.emulate_media(color_scheme="dark")
            assert page.evaluate(RUN_AXE) == [], f"dark, {width}"


def test_axe_would_find_what_is_wrong(browser: Browser, site: str, axe: Path) -> None:
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(site + "home")
        page.evaluate("() => { document.querySelector('label').remove(); document.body.style.color = '#ccc'; }")
        page.add_script_tag(path=axe)
        found = " ".join(page.evaluate(RUN_AXE))
        assert "label" in found and "color-contrast" in found


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_the_screen(browser: Browser, site: str, name: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site + name)
        page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
        for width in (1280, 800, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            assert page.evaluate(OVERFLOW) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_needs_nothing_that_its_policy_forbids(browser: Browser, site: str, name: str) -> None:
    said: list[str] = []
    asked: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        said.append(message.text)

    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        assert page.goto(site + name, wait_until="load")
        assert page.evaluate("() => document.styleSheets.length") == 1
    assert said == []
    assert [url for url in asked if not url.startswith(site)] == []


def test_the_first_key_press_reaches_the_skip_link_and_it_leads_past_the_header(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(site + "project")
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name="Skip to the content")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["inMain"]


@pytest.mark.parametrize(
    "name", ["home", "project", "setup-refused", "problem-403", "account-sign-in-refused", "account-security"]
)
def test_tab_walks_the_page_in_reading_order_and_always_shows_where_it_is(
    browser: Browser, site: str, name: str
) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(site + name)
        places = []
        for _ in range(150):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["name"].startswith("BODY"):
                break
            assert focused["outline"] >= 2, focused
            assert focused["visible"], focused
            places.append(focused["place"])
        assert len(places) > 5
        assert places == sorted(places)


def test_a_command_is_copied_as_it_is_written(browser: Browser, site: str) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(site + "project")
        button = page.get_by_role("button", name="Copy: Install with pip")
        button.click()
        expect(button).to_have_text("Copied")
        expect(page.get_by_role("status")).to_have_text("Copied: Install with pip")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert copied == "pip install --index-url http://127.0.0.1:8000/simple/ anvil-forge==2.1.0"


def test_without_script_everything_is_there_but_the_buttons(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + "project")
        expect(page.locator(".command").first).to_contain_text("pip install")
        expect(page.locator(".copy")).to_have_count(0)
        page.get_by_text("Pin these bytes").click()
        expect(page.get_by_text("--hash=sha256:").first).to_be_visible()


def test_a_table_that_reads_as_a_list_is_still_a_table_to_a_screen_reader(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 900}) as context:
        page = context.new_page()
        page.goto(site + "project")
        table = page.get_by_role("table", name="Files of version 2.1.0")
        expect(table.get_by_role("columnheader")).to_have_text(["File and SHA-256", "Kind", "Size", "Uploaded"])
        assert table.get_by_role("row").count() == 6


def test_the_error_summary_leads_to_the_field(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site + "setup-refused")
        page.get_by_role("link", name="That code does not match").click()
        field = page.get_by_label("Six-digit code")
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(re.compile("newest code"))
        assert field.get_attribute("aria-invalid") == "true"


def test_a_description_cannot_leave_its_box(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page: Page = context.new_page()
        page.goto(site + "project")
        forged = page.get_by_role("heading", name="This release was verified by the operator")
        box, own = page.locator(".description").bounding_box(), forged.bounding_box()
        assert box and own
        assert box["x"] <= own["x"] and box["y"] <= own["y"]
        assert own["y"] + own["height"] <= box["y"] + box["height"]
        expect(page.locator(".description .state, .description [style]")).to_have_count(0)
        expect(page.locator("#files")).to_have_count(1)
