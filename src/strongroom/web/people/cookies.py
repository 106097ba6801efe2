"""Cookies: what a browser holds for us, and how it is told to.

Principles: AUTHN-3.2
"""

import base64
from collections.abc import Mapping
from typing import Final

from strongroom.authz.tokens import parse_token
from strongroom.kernel.secrets import Secret
from strongroom.web.http import Scope

# RFC 6265bis, 4.1.3.2: a name that begins with "__Host-" is taken only when Secure, for the whole site, without a
# Domain: no neighbour on another host and no page without TLS can plant it.
SESSION: Final = "__Host-session"
DEVICE: Final = "__Host-device"
CHALLENGE: Final = "__Host-challenge"
SAID: Final = "__Host-said"

_ALWAYS: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
_LONGEST: Final = 8192
_MOST: Final = 50

LIVES: Final[Mapping[str, int]] = {SESSION: 12 * 3600, DEVICE: 180 * 86400, CHALLENGE: 1800, SAID: 60}


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request; of several with one name the first, as browsers send the most special first.

    Only a semicolon parts two cookies, and only a blank or a tab stands around one (RFC 6265bis, 5.6): read otherwise,
    what a neighbouring host may plant ("a=b,__Host-session=…") would pass for what only we can.
    """
    # RFC 9113, 8.2.3: several fields "MUST be concatenated … using the two-octet delimiter "; "".
    raw = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    found: dict[str, str] = {}
    for pair in raw[:_LONGEST].split(";")[:_MOST]:
        name, equals, value = pair.strip(" \t").partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def secret_in(cookies: Mapping[str, str], name: str) -> Secret | None:
    """Return the secret that a cookie holds; None when there is none, or something that was never ours."""
    try:
        return parse_token(cookies.get(name, ""))
    except ValueError:
        return None


def planted(name: str, secret: Secret) -> tuple[bytes, bytes]:
    """Return the header that gives a browser a secret to hold."""
    return b"set-cookie", f"{name}={secret.reveal()}; Max-Age={LIVES[name]}; {_ALWAYS}".encode()


def forgotten(name: str) -> tuple[bytes, bytes]:
    """Return the header that has a browser forget a cookie."""
    return b"set-cookie", f"{name}=; Max-Age=0; {_ALWAYS}".encode()


def said(text: str) -> tuple[bytes, bytes]:
    """Return the header by which the next page tells what has just been done."""
    safe = base64.urlsafe_b64encode(text.encode()[:600]).decode()
    return b"set-cookie", f"{SAID}={safe}; Max-Age={LIVES[SAID]}; {_ALWAYS}".encode()


def what_was_said(cookies: Mapping[str, str]) -> str:
    """Return what the last deed had to say; "" when it said nothing."""
    try:
        return base64.urlsafe_b64decode(cookies.get(SAID, "")).decode("utf-8", "replace")
    except ValueError:
        return ""
