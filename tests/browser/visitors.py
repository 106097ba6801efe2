"""People at a real browser: a device with an authenticator in it, and what somebody does with an account there.

Principles: none
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Final

import pyotp
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from tests.live import Live

SECONDS: Final = 20
PASSWORD: Final = "nine grey herons over the quiet weir"
AUTHENTICATOR: Final = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """A virtual authenticator of the browser (WebAuthn 3, 11)."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        session.send("WebAuthn.enable")
        self._id = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def verifies(self, holds: bool) -> None:
        """Have the owner confirm by fingerprint or PIN from now on, or somebody else fail to."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": holds})


#: Opens a page of another fresh profile, which comes from an address of its own.
Devices = Callable[[], Page]


@contextmanager
def devices(browser: Browser, seed: int = 1) -> Iterator[Devices]:
    """Yield what opens devices. The server has to believe X-Forwarded-For, so that each has limits of its own."""
    opened: list[BrowserContext] = []

    def another() -> Page:
        source = f"10.{seed}.{len(opened)}.{time.monotonic_ns() % 250}"
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, extra_http_headers={"X-Forwarded-For": source}
        )
        opened.append(context)
        return context.new_page()

    try:
        yield another
    finally:
        for context in opened:
            context.close()


def authenticator_of(page: Page) -> Authenticator:
    """Put an authenticator into the page's device."""
    return Authenticator(page.context.new_cdp_session(page))


def mailed_link(server: Live, to: str, path: str, *, besides: tuple[str, ...] = ()) -> str:
    """Return the newest link to `path` in a letter to an address, which is waited for; none of `besides`."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        # Names begin with the moment at which the letter was posted.
        for letter in sorted(server.data.joinpath("outbox").rglob("*.eml"), reverse=True):
            read = message_from_bytes(letter.read_bytes(), policy=default)
            body = read.get_body(("plain",))
            found = re.search(rf"http://localhost:\d+/{path}\S+", body.get_content() if body else "")
            if found and read["To"] == to and found[0] not in besides:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"nobody mailed {to} a link to {path}")


def alter(server: Live, statement: str, *values: str) -> None:
    """Change the books behind the server's back: a test's way of letting time pass."""
    with closing(sqlite3.connect(server.data / "strongroom.db", timeout=SECONDS)) as books:
        changed = books.execute(statement, values).rowcount
        books.commit()
    assert changed > 0, statement


def ago(**past: int) -> str:
    """Return a moment that has passed, as the books keep it."""
    return (datetime.now(UTC) - timedelta(**past)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fresh_code(server: Live, name: str, secret: str) -> str:
    """Return a code that is good now: the half minute in which none is good twice has passed."""
    alter(server, "UPDATE account SET totp_counter = 0 WHERE name = ?", name)
    return pyotp.TOTP(secret).now()


def wrong_code(secret: str) -> str:
    """Return six digits that are no code now."""
    generator = pyotp.TOTP(secret)
    return next(code for code in ("000000", "111111", "222222") if not generator.verify(code, valid_window=2))


def register(page: Page, server: Live, name: str, password: str = "", start: str = "register/") -> str:
    """Make an account and verify its address; return the site's address."""
    site = server.site
    page.goto(start if start.startswith("http") else f"{site}{start}")
    page.get_by_label("Account name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator(".said")).to_contain_text("A link is on its way")
    page.goto(mailed_link(server, f"{name}@example.org", "account/verify/"))
    page.get_by_role("button", name="Verify the address").click()
    expect(page.locator(".said")).to_have_text(f"{name}@example.org is verified.")
    return site


def enrol_passkey(page: Page, label: str = "a key of glass") -> None:
    """Enrol a passkey from the page of the account."""
    page.get_by_role("link", name=re.compile("Enrol a(nother)? passkey or key")).first.click()
    page.get_by_label("What do you call it?").fill(label)
    page.get_by_role("button", name="Enrol it").click()
    expect(page.get_by_role("table", name="Passkeys and security keys")).to_contain_text(label)


def enrol_codes(page: Page) -> str:
    """Enrol one-time codes from the page of the account; return their secret."""
    page.get_by_role("button", name="Enrol one-time codes").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("One-time code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.locator(".said")).to_have_text("One-time codes are enrolled.")
    return secret


def make_recovery_codes(page: Page) -> list[str]:
    """Make recovery codes from the page of the account and try the first; return those that are left."""
    page.get_by_role("button", name="Make recovery codes").click()
    codes = page.locator(".codes code").all_inner_texts()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".said")).to_contain_text("9 are left")
    return codes[1:]


def give_password(page: Page, site: str, name: str, password: str = PASSWORD, then: str = "") -> None:
    """Sign in with a password, as far as that leads."""
    page.goto(f"{site}sign-in/{then and f'?next={then}'}")
    page.get_by_label("Account name or e-mail address").fill(name)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_code(page: Page, code: str) -> None:
    """Answer with a one-time code."""
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name=re.compile("^(Sign in|Confirm)$")).click()


def sign_out(page: Page) -> None:
    """Sign out, from any page of accounts."""
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator(".said")).to_have_text("You are signed out.")


def make_token(page: Page, site: str) -> str:
    """Make a token for every project, and return it."""
    page.goto(f"{site}account/tokens/")
    page.get_by_role("checkbox", name=re.compile("Every project of mine")).check()
    for box in page.locator("input[type=checkbox][name=projects]").all():
        box.uncheck()
    page.get_by_role("button", name="Make the token").click()
    said = page.locator(".command code").first
    expect(said).to_contain_text("srm_u")
    return said.inner_text()


def give_role(page: Page, name: str, role: str = "publisher") -> None:
    """Give somebody a role, from the page of a project."""
    form = page.locator("details", has_text="Give somebody a role")
    if form.get_attribute("open") is None:
        form.get_by_text("Give somebody a role").click()
    form.get_by_label("Account name").fill(name)
    form.locator(f"input[value={role}]").check()
    form.get_by_role("button", name="Give the role").click()
