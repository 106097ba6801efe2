"""The JSON API of people: every deed at `/api/v1/<deed>`.

A program carries its session in `Authorization: Bearer`, and gets secrets as values. A browser's script sends the
browser's cookies, and gets secrets as cookies alone: no script ever holds a session.

Principles: AUTHN-1.3, AUTHN-1.5, AUTHN-3.1
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool

from strongroom.authn.throttle import TooMany
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Visitor
from strongroom.web.http import INERT, Receive, Scope, Send, answer, header, refuse
from strongroom.web.people.cookies import CHALLENGE, DEVICE, SESSION, cookies_of, forgotten, planted, said
from strongroom.web.people.deeds import Counter, Deed, Reply, done
from strongroom.web.people.taking import Lanes, body_of, from_json
from strongroom.web.people.visiting import Door, is_browser, require_own_page, visitor_of

PREFIX: Final = "/api/v1/"
_NO_STORE: Final = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class Api:
    """The endpoint: an ASGI application for `POST /api/v1/<deed>`."""

    counter: Counter
    door: Door
    deeds: Mapping[str, Deed]
    lanes: Lanes
    openapi: Callable[[], bytes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do the deed, and answer with what came of it."""
        try:
            reply = await self._done(scope, receive)
        except Refused as refused:
            wait = [(b"retry-after", str(refused.wait_seconds).encode())] if isinstance(refused, TooMany) else []
            await refuse(scope, send, refused, [*wait, (b"connection", b"close")])
            return
        body, headers = told(reply, is_browser(scope))
        await answer(send, 200, body, b"application/json", [*INERT, _NO_STORE, *headers])

    async def description(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/api/v1/openapi.json`."""
        await answer(send, 200, await run_in_threadpool(self.openapi), b"application/json", INERT)

    async def _done(self, scope: Scope, receive: Receive) -> Reply:
        require_own_page(scope, self.door)
        deed = self.deeds.get(scope["path"].removeprefix(PREFIX).strip("/"))
        if deed is None:
            raise Refused("not-found", "There is no such deed; /api/v1/openapi.json lists them all.")
        if not header(scope["headers"], b"content-type").lower().startswith(b"application/json"):
            raise Refused("bad-request", "Send JSON, and say so: Content-Type: application/json.")
        visitor = visitor_of(scope, self.door)
        fields = from_json(deed.fields, await body_of(receive), held_by(scope))
        visitor = with_device(visitor, getattr(fields, "device", ""))
        return await self.lanes.run(
            deed.is_slow, lambda: done(deed, self.counter, visitor, fields), deed.least_seconds,
            source=visitor.visit.host,
        )  # fmt: skip


def held_by(scope: Scope) -> dict[str, str]:
    """Return the fields that a browser's cookies fill in: the sign-in that it has begun."""
    cookies = cookies_of(scope)
    return {"challenge": cookies[CHALLENGE]} if CHALLENGE in cookies else {}


def with_device(visitor: Visitor, said: str) -> Visitor:
    """Return the visitor with the device that a program names; a browser has its own in a cookie."""
    from strongroom.authz.tokens import parse_token

    if not said:
        return visitor
    try:
        return Visitor(visitor.visit, visitor.session, parse_token(said))
    except ValueError:
        return visitor


def told(reply: Reply, browser: bool) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the body and the headers of a reply."""
    secrets = {"session": reply.session, "device": reply.device, "challenge": reply.challenge}
    values: dict[str, Any] = {**reply.values}
    if browser:
        values["go"] = reply.go
        return orjson.dumps(values), [*cookies_for(reply), *([said(reply.said)] if reply.said else [])]
    values |= {name: secret.reveal() for name, secret in secrets.items() if secret is not None}
    return orjson.dumps(values), []


def cookies_for(reply: Reply) -> list[tuple[bytes, bytes]]:
    """Return the headers by which a browser keeps what a reply brings, and forgets what it ends."""
    headers = []
    if reply.session is not None:
        headers += [planted(SESSION, reply.session), forgotten(CHALLENGE)]
    if reply.device is not None:
        headers.append(planted(DEVICE, reply.device))
    if reply.challenge is not None:
        headers.append(planted(CHALLENGE, reply.challenge))
    if reply.ends:
        headers.append(forgotten(SESSION))
    return headers
