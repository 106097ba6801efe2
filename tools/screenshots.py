"""Take a picture of every kind of page, wide and narrow, light and dark.

    python -m tools.screenshots           all of them, into .cache/screenshots/
    python -m tools.screenshots project   only those whose name begins so

Principles: none
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.browser.samples import rendered
from tests.browser.serving import launched, served

from strongroom.web.pages import Pages

FOLDER = Path(__file__).parents[1] / ".cache" / "screenshots"
WIDTHS = (1280, 390)


def main(beginnings: list[str]) -> None:
    """Take the pictures of the pages whose names begin as asked."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = dict(rendered(Pages("Strongroom", "http://127.0.0.1:8000/")))
    wanted = [name for name in pages if name.startswith(tuple(beginnings) or "")]
    with served(pages) as address, sync_playwright() as playwright, launched(playwright) as browser:
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                page = browser.new_page(
                    viewport={"width": width, "height": 900},
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",
                )
                for name in wanted:
                    page.goto(address + name)
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
                page.close()
    print(f"{len(wanted) * len(WIDTHS) * 2} pictures in {FOLDER}")


if __name__ == "__main__":
    main(sys.argv[1:])
