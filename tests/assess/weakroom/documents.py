"""Documents of the room: security.txt, the policies that it names, and what the room says of itself.

Principles: none
"""

from datetime import timedelta
from typing import Any

import httpx2
from tests.assess.weakroom.room import HOST, No, Request, Room, flaw, route

STALE_SECURITY_TXT = flaw("GEN-1.1a stale-security-txt")
NO_SAFE_HARBOUR = flaw("GEN-1.1b no-safe-harbour")
AIMS_UNMEASURED = flaw("GEN-1.1c aims-unmeasured")
RECOVERY_UNVERSIONED = flaw("AUTHN-1.2a recovery-unversioned")
REMOVAL_UNSAID = flaw("GEN-2.1c removal-unsaid")

DISCLOSURE = """<h1>Disclosure</h1>
<p>Please report a vulnerability to security@weakroom.test; we answer within three working hours.</p>"""
SAFE = "<p>We will not pursue legal action against whoever researches in good faith.</p>"
TIMELY = "<p>We aim at a remedy within 90 days.</p>"
MEASURED = "<p>In the last year that was so for 97 % of the reports.</p>"
RECOVERY = """<h1>Recovery</h1>
<p>To recover an account you prove your address and one more thing: a recovery code, or a second factor.</p>"""
REMOVAL = """<h1>Removal</h1>
<p>An owner can remove a version. It is never used again, and its name stays taken.</p>"""


@route("GET", "/.well-known/security.txt")
def security_txt(room: Room, request: Request) -> Any:
    """Show whom to tell, until when that is so, and where the policy is."""
    expires = request.at + timedelta(days=-1 if room.has(STALE_SECURITY_TXT) else 200)
    lines = [
        "Contact: mailto:security@weakroom.test",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Policy: https://{HOST}/policies/disclosure",
    ]
    return "\r\n".join([*lines, ""])


@route("GET", "/.well-known/package-repository-security.json")
def self_description(room: Room, request: Request) -> Any:
    """Show what the room says of itself."""
    documents = {
        "/policies/disclosure": ["GEN-1.1a", "GEN-1.1b", "GEN-1.1c"],
        "/policies/recovery": ["AUTHN-1.2a"],
        "/policies/unpublish": ["GEN-2.1c"],
    }
    return {
        "version": 1,
        "framework": {"name": "Principles for Package Repository Security", "version": "0.1"},
        "repository": {"title": "Weakroom"},
        "updated": "2026-01-01",
        "documents": [{"url": url, "clauses": clauses} for url, clauses in documents.items()],
    }


@route("GET", "/policies/{about}")
def policy(room: Room, request: Request, about: str) -> Any:
    """Show a policy."""
    pages = {
        "disclosure": [
            DISCLOSURE,
            "" if room.has(NO_SAFE_HARBOUR) else SAFE,
            TIMELY,
            "" if room.has(AIMS_UNMEASURED) else MEASURED,
        ],
        "recovery": [
            RECOVERY,
            "" if room.has(RECOVERY_UNVERSIONED) else "<p>Version 2, in force since 2026-01-01.</p>",
        ],
        "unpublish": ["<h1>Removal</h1>" if room.has(REMOVAL_UNSAID) else REMOVAL],
    }
    if about not in pages:
        raise No(404, "no-such-policy")
    return page("".join(pages[about]))


def page(body: str) -> httpx2.Response:
    """Return a page as browsers take it."""
    return httpx2.Response(200, html=f"<html><head><title>Weakroom</title></head><body>{body}</body></html>")
