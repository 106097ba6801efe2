"""Who asks: where from, with which secrets; and whether a browser was made to ask by another site.

Principles: AUTHN-1.5, AUTHN-3.2
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from strongroom.authn.sessions import Visit
from strongroom.authz.tokens import parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people.desk import Visitor
from strongroom.web.http import Scope, header
from strongroom.web.people.cookies import DEVICE, SESSION, cookies_of, secret_in

_LONGEST_AGENT: Final = 200
_MOST_HOPS: Final = 20
#: No program that is no browser sends it: its presence tells a browser that keeps the rules of fetch metadata.
_FETCH_SITE: Final = b"sec-fetch-site"


@dataclass(frozen=True, slots=True)
class Door:
    """What the edge knows of the site: its origin, and the proxies whose word on the source of a request counts."""

    origin: str
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()


def networks(said: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return networks, given as addresses or in CIDR form; ValueError when one is neither."""
    return tuple(ip_network(each, strict=False) for each in said)


def source_of(scope: Scope, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return the address that a request comes from.

    X-Forwarded-For is read only from a proxy that is trusted, from its end, up to the first that is none of ours:
    whatever stands before was written by strangers.
    """
    peer = scope.get("client")
    address = str(peer[0]) if peer else "unknown"
    forwarded = header(scope["headers"], b"x-forwarded-for").decode("latin-1")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()][-_MOST_HOPS:]
    while hops and _is_trusted(address, proxies):
        address = _plain(hops.pop())
    return address[:64]


def _is_trusted(address: str, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies if network.version == parsed.version)


def _plain(hop: str) -> str:
    try:
        return str(ip_address(hop.strip("[]")))
    except ValueError:
        return "unknown"


def agent_of(scope: Scope) -> str:
    """Return what the client says it is, in a line of at most 200 printable characters."""
    raw = header(scope["headers"], b"user-agent").decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in raw).split())[:_LONGEST_AGENT]


def is_browser(scope: Scope) -> bool:
    """Report whether a browser asks: it says so by fetch metadata or an Origin, which scripts cannot take away."""
    return bool(header(scope["headers"], _FETCH_SITE) or header(scope["headers"], b"origin"))


def visitor_of(scope: Scope, door: Door) -> Visitor:
    """Return who asks. A session is taken from `Authorization: Bearer`, else from the cookie; never from both."""
    visit = Visit(source_of(scope, door.proxies), agent_of(scope))
    bearer = bearer_of(scope)
    if bearer is not None:
        return Visitor(visit, bearer, None)
    cookies = cookies_of(scope)
    return Visitor(visit, secret_in(cookies, SESSION), secret_in(cookies, DEVICE))


def bearer_of(scope: Scope) -> Secret | None:
    """Return the session that a program carries in its header (RFC 6750), None when it carries none."""
    scheme, _, value = header(scope["headers"], b"authorization").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return parse_token(value)
    except ValueError:
        raise Refused("no-session", "That is no session of this repository. Sign in again.") from None


def require_own_page(scope: Scope, door: Door) -> None:
    """Refuse what a browser was made to send by a page of another site (CSRF).

    Who carries `Authorization: Bearer` was made to by no page; other schemes browsers send along by themselves. A
    browser says where a request comes from: "Sec-Fetch-Site" (Fetch Metadata), else "Origin" (RFC 6454); one that says
    neither is no browser of today, and holds no cookie of ours for another site's page anyway (SameSite).
    """
    if header(scope["headers"], b"authorization").lower().startswith(b"bearer "):
        return
    site = header(scope["headers"], _FETCH_SITE).decode("latin-1")
    origin = header(scope["headers"], b"origin").decode("latin-1")
    is_own = site in ("", "same-origin", "none") and (not origin or _same(origin, door.origin))
    if not is_own:
        raise Refused(
            "cross-site",
            "This was sent by a page of another site, or from another address of this one. Go to this site's own "
            "address and do it there.",
        )


def _same(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.lower()) == (second.scheme, second.netloc.lower())
