"""Small words of HTTP over ASGI: answers as bytes, conditional requests, what the client would like.

Principles: none
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from strongroom.kernel.refusals import Refused
from strongroom.web.problems import PROBLEM_TYPE, problem, reason_phrase

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

#: A header that says what the client would like is read up to this many bytes.
LONGEST_ACCEPT: Final = 1000

#: ASGI extension: a dictionary in which the application may put the reason phrase of its answer under "phrase".
REASON: Final = "strongroom.reason"

SAFE: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
#: For what no browser should ever run: index pages, files, machine-readable answers.
INERT: Final = [*SAFE, (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'")]


def header(headers: Headers, name: bytes) -> bytes:
    """Return the header's value, several joined by a comma, b"" when there is none."""
    found = [value for key, value in headers if key == name]
    return found[0] if len(found) == 1 else b", ".join(found)


def is_unchanged(if_none_match: bytes, etag: bytes) -> bool:
    """Report whether the client holds this representation already (RFC 9110, 13.1.2: weak comparison)."""
    if if_none_match == etag:
        return True
    tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return b"*" in tags or etag in tags


@lru_cache(maxsize=1024)
def _quality(accept: bytes, *names: str) -> tuple[float, ...]:
    wanted: dict[str, float] = {}
    for item in accept.decode("latin-1").split(",")[:50]:
        name, *parameters = [part.strip().lower() for part in item.split(";")]
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            wanted[name] = max(0.0, min(float(weight), 1.0))  # in this order "nan" is 0, as all nonsense is
        except ValueError:
            wanted[name] = 0.0
    found = []
    for name in names:
        broader = (name, f"{name.split('/')[0]}/*", "*/*", "*")
        found.append(next((wanted[key] for key in broader if key in wanted), 0.0))
    return tuple(found)


def quality(accept: bytes, *names: str) -> tuple[float, ...]:
    """Return how much the client wants each of `names`, 0 to 1 (RFC 9110, 12.4.2 and 12.5); 0 of each if absurdly long.

    A name is a media type or a coding. What is not listed has the quality of `type/*`, `*/*` or `*`, else 0.
    """
    # Strangers choose what is remembered: its length is bounded before it is.
    return _quality(accept, *names) if len(accept) <= LONGEST_ACCEPT else (0.0,) * len(names)


def coding(accept_encoding: bytes) -> str:
    """Return the suffix of the twin to send: "zst", "gz", or "" for the page as it is."""
    if not accept_encoding:
        return ""
    zstd, gzip = quality(accept_encoding, "zstd", "gzip")
    if zstd and zstd >= gzip:
        return "zst"
    return "gz" if gzip else ""


async def answer(send: Send, status: int, body: bytes, kind: bytes, headers: Headers = ()) -> None:
    """Send one whole answer."""
    first = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*first, *headers]})
    await send({"type": "http.response.body", "body": body})


async def refuse(scope: Scope, send: Send, refused: Refused, headers: Headers = ()) -> None:
    """Send a refusal: a problem document (RFC 9457), with its sentence in the reason phrase too."""
    status, body = problem(refused)
    reason = scope.get("extensions", {}).get(REASON)
    if reason is not None:
        reason["phrase"] = reason_phrase(refused)
    extra = [(b"www-authenticate", b'Basic realm="strongroom"')] if status == 401 else []
    await answer(send, status, body, PROBLEM_TYPE, [*INERT, (b"cache-control", b"no-store"), *extra, *headers])
