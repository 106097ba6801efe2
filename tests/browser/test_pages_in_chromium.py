"""The pages in a real browser: usable by everybody, obedient to their own policy, as wide as the screen.

Principles: none
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from tests.browser.samples import rendered

from strongroom.web.pages import Pages

pytestmark = pytest.mark.browser

NAMES = [name for name, _ in rendered(Pages("Strongroom", "http://127.0.0.1:8000/"))]
#: How every page is looked at. axe takes nearly all of the time, and what it finds hangs on colours and on the layout.
LOOKS = ((1280, "light"), (390, "dark"))
#: Samples that together hold every kind of element, which axe looks at in the other two ways as well.
RICH = frozenset({"project", "project-quarantined", "setup-refused", "account-security-in-danger", "account-sign-in"})
OTHER_LOOKS = ((1280, "dark"), (390, "light"))
OTHER_WIDTHS = (800, 320)

RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    each => `${each.id}: ${each.help}: ${each.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)"""
TOO_WIDE = """() => {
    const wide = document.documentElement.clientWidth + 1;
    return [...document.querySelectorAll("body *")]
        .filter(each => each.getBoundingClientRect().right > wide
            && !each.closest(".unseen, .description pre, .description .scroll, thead"))
        .map(each => each.outerHTML.slice(0, 120))
        .concat(document.documentElement.scrollWidth < wide ? [] : ["the page itself"]);
}"""
#: What would take the keyboard out of the reading order, or where nobody sees it.
ASTRAY = """() => [...document.querySelectorAll("[tabindex]")].filter(each => each.tabIndex > 0)
    .concat([...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")].filter(each =>
        each.tabIndex >= 0 && !each.disabled && !each.hidden && !each.checkVisibility()))
    .map(each => each.outerHTML.slice(0, 120))"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"
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


@pytest.fixture(scope="module")
def window(browser: Browser, axe: Path) -> Iterator[Page]:
    """One window for every page: a profile for each would take longer than the pages do.

    axe comes in as a script of the browser's, which no policy of a page concerns.
    """
    with browser.new_context(reduced_motion="reduce") as context:
        context.add_init_script(path=axe)
        yield context.new_page()


@pytest.fixture
def told(window: Page) -> Iterator[list[str]]:
    """What the browser's console says, and what is asked of the site, while one page is looked at."""
    heard: list[str] = []

    def say(message: ConsoleMessage) -> None:
        heard.append(f"console: {message.text}")

    def fail(error: Exception) -> None:
        heard.append(f"error: {error}")

    def ask(request: Request) -> None:
        heard.append(f"asked: {request.url}")

    window.on("console", say)
    window.on("pageerror", fail)
    window.on("request", ask)
    yield heard
    window.remove_listener("console", say)
    window.remove_listener("pageerror", fail)
    window.remove_listener("request", ask)


def look(page: Page, width: int, scheme: str, *, with_axe: bool = True) -> list[str]:
    """Return what is wrong with the page that is open, at a width and in a colour."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    wrong = page.evaluate(TOO_WIDE) + (page.evaluate(RUN_AXE) if with_axe else [])
    return [f"{width} {scheme}: {each}" for each in wrong]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody_as_wide_as_the_screen_and_obeys_its_own_policy(
    window: Page, told: list[str], site: str, name: str
) -> None:
    assert window.goto(site + name, wait_until="load")
    assert window.evaluate("() => document.styleSheets.length") == 1
    assert [each for each in told if not each.startswith(f"asked: {site}")] == []
    window.evaluate(OPEN_ALL)
    assert window.evaluate(ASTRAY) == []
    wrong = [each for width, scheme in LOOKS for each in look(window, width, scheme)]
    wrong += [each for width in OTHER_WIDTHS for each in look(window, width, "light", with_axe=False)]
    if name in RICH:
        wrong += [each for width, scheme in OTHER_LOOKS for each in look(window, width, scheme)]
    assert wrong == []


def test_what_is_wrong_would_be_found(window: Page, site: str) -> None:
    window.goto(site + "home")
    window.evaluate("""() => {
        document.querySelector("label").remove();
        document.body.style.color = "#ccc";
        document.querySelector("main").insertAdjacentHTML("beforeend",
            "<div id=wide>wide</div><button tabindex=3>first</button>");
        document.getElementById("wide").style.width = "2000px";
    }""")
    found = " ".join(look(window, 1280, "light"))
    for wrong in ("label: ", "color-contrast: ", '<div id="wide"', "the page itself"):
        assert wrong in found, found
    assert any("first" in each for each in window.evaluate(ASTRAY))


def test_what_a_policy_forbids_is_told(window: Page, told: list[str], site: str) -> None:
    window.goto(site + "home")
    window.evaluate("""() => new Promise(done => {
        const script = document.createElement("script");
        script.src = "http://127.0.0.1:1/"; script.onerror = done; document.body.append(script);
    })""")
    assert any("Content Security Policy" in each for each in told)


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
