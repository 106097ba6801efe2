"""A browser for the tests, and the accessibility rules it runs.

Principles: none
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.samples import rendered
from tests.browser.serving import CHROMIUM, launched, served

from strongroom.web.pages import Pages

ROOT = Path(__file__).parents[2]
AXE_VERSION = "4.14.1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium; install it first where it is missing and that is allowed."""
    if not CHROMIUM.exists():
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            pytest.fail(f"these tests need {CHROMIUM}: sudo apt-get install chromium")
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", "chromium"], check=True)
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def axe() -> Path:
    """Return the path of axe-core, fetched once into the project's cache."""
    folder = ROOT / ".cache" / "npm"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists() or AXE_VERSION.encode() not in script.read_bytes()[:200]:
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("these tests need npm: sudo apt-get install npm")
        folder.mkdir(parents=True, exist_ok=True)
        wanted = f"axe-core@{AXE_VERSION}"
        subprocess.run([npm, "install", "--silent", "--prefix", folder, "--ignore-scripts", wanted], check=True)
    return script


@pytest.fixture(scope="session")
def pages() -> dict[str, bytes]:
    """Return every kind of page by name."""
    return dict(rendered(Pages("Strongroom", "http://127.0.0.1:8000/")))


@pytest.fixture(scope="session")
def site(pages: dict[str, bytes]) -> Iterator[str]:
    """Serve every kind of page, and return the address."""
    with served(pages) as address:
        yield address
