"""Pages and forms of people: a page is looked at, its form does a deed, and a refusal stands on the page itself.

Everything here works without script but what needs an authenticator.

Principles: AUTHN-1.3, AUTHN-3.1
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote

from strongroom.authn.throttle import TooMany
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Visitor
from strongroom.web.http import SAFE, Headers, Receive, Scope, Send, answer
from strongroom.web.pages import CSP_SCRIPTED
from strongroom.web.people.api import cookies_for, held_by
from strongroom.web.people.cookies import SAID, cookies_of, forgotten, said, what_was_said
from strongroom.web.people.deeds import Counter, Deed, Reply, done
from strongroom.web.people.taking import Lanes, body_of, from_form
from strongroom.web.people.views import Shown, Views
from strongroom.web.people.visiting import Door, require_own_page, visitor_of
from strongroom.web.problems import status_of
from strongroom.web.rendered import HTML

PREFIX: Final = "/do/"
#: What the page that confirms who one is answers to; whoever was sent there comes back afterwards.
_CONFIRM: Final = frozenset({"prove-again", "needs-stronger-proof"})
#: Addresses that name nothing, and the pages where one names it.
_LEADS_TO: Final = {"account/": "account/security/", "account/publishers/": "account/projects/"}
_LONGEST_NEXT: Final = 300
_LONGEST_QUERY: Final = 100
#: With "no-referrer" a browser sets the Origin of a form to null (Fetch, "append a request Origin header"): our own
#: forms could not say where they come from. Other sites still learn nothing.
SAFE_WITH_FORMS: Final = (
    (b"referrer-policy", b"same-origin"),
    *(each for each in SAFE if each[0] != b"referrer-policy"),
)


@dataclass(frozen=True, slots=True)
class Forms:
    """The endpoints: pages by GET, deeds by POST at `/do/<deed>`."""

    counter: Counter
    door: Door
    deeds: Mapping[str, Deed]
    lanes: Lanes
    views: Views
    root: str

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page. Who must be signed in for it and is not goes to the sign-in first, and comes back."""
        visitor = visitor_of(scope, self.door)
        path = scope["path"].removeprefix("/")
        query = _query_of(scope)
        if path in _LEADS_TO and not query:
            await self._send_to(send, _LEADS_TO[path], [])
            return
        told = what_was_said(cookies_of(scope))
        try:
            shown = await self.lanes.run(
                False, lambda: self.views.page(path, visitor, Shown(told, next=_next_of(scope), query=query))
            )
        except Refused as refused:
            if refused.code not in ("no-session", *_CONFIRM):
                raise
            where = "sign-in/" if refused.code == "no-session" else "account/prove/"
            await self._send_to(send, f"{where}?next={quote(path)}", [])
            return
        await self._show(send, 200, shown, [forgotten(SAID)] if told else [])

    async def deed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do a deed, and send the browser on; or show the page again, with why not."""
        require_own_page(scope, self.door)
        deed = self.deeds.get(scope["path"].removeprefix(PREFIX).strip("/"))
        if deed is None or deed.by_script:
            raise Refused("not-found", "There is no such form.")
        visitor = visitor_of(scope, self.door)
        body = await body_of(receive)
        typed = _plain(body)
        next_page = typed.get("next", "") if is_own_path(typed.get("next", "")) else ""
        try:
            fields, _ = from_form(deed.fields, body, held_by(scope))
            reply = await self.lanes.run(
                deed.is_slow, lambda: done(deed, self.counter, visitor, fields), deed.least_seconds,
                source=visitor.visit.host,
            )  # fmt: skip
        except Refused as refused:
            await self._refused(send, deed, visitor, refused, typed, next_page)
            return
        await self._done(send, visitor, reply, next_page)

    async def _done(self, send: Send, visitor: Visitor, reply: Reply, next_page: str) -> None:
        headers = cookies_for(reply)
        if reply.show:
            fresh = Visitor(visitor.visit, reply.session or visitor.session, visitor.device)
            page = await self.lanes.run(False, lambda: self.views.once(reply.show, fresh, reply.values))
            await self._show(send, 200, page, headers)
            return
        # What must come next comes next; only who is done goes where they were going.
        go = reply.go
        if next_page and reply.challenge is not None:
            go = f"{go}?next={quote(next_page)}"
        elif next_page and not _insists(reply):
            go = next_page
        await self._send_to(send, go, [*headers, *([said(reply.said)] if reply.said else [])])

    async def _refused(
        self, send: Send, deed: Deed, visitor: Visitor, refused: Refused, typed: Mapping[str, str], next_page: str
    ) -> None:  # fmt: skip
        if refused.code == "no-session" and deed.needs_session:
            await self._send_to(send, f"sign-in/?next={quote(deed.page)}", [said(refused.says)])
            return
        if refused.code in _CONFIRM:
            where = next_page or deed.page + _rest(deed.page, typed)
            await self._send_to(send, f"account/prove/?next={quote(where)}", [said(refused.says)])
            return
        wait = [(b"retry-after", str(refused.wait_seconds).encode())] if isinstance(refused, TooMany) else []
        again = Shown(error=refused, typed=typed, next=next_page)
        path = deed.page + _rest(deed.page, typed)
        try:
            page = await self.lanes.run(False, lambda: self.views.page(path, visitor, again))
        except Refused:
            raise refused from None
        await self._show(send, status_of(refused), page, wait)

    async def _show(self, send: Send, status: int, page: bytes, headers: Headers) -> None:
        always = [
            (b"content-security-policy", CSP_SCRIPTED.encode()),
            (b"cache-control", b"no-store"),
            *SAFE_WITH_FORMS,
        ]
        await answer(send, status, page, HTML, [*always, *headers])

    async def _send_to(self, send: Send, path: str, headers: Headers) -> None:
        always = [(b"location", f"{self.root}{path}".encode()), (b"cache-control", b"no-store"), *SAFE]
        await answer(send, 303, b"", b"text/plain", [*always, *headers])


def _next_of(scope: Scope) -> str:
    """Return the page that the address names to go to afterwards; "" when it names none, or none of this site."""
    found = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))).get("next", "")
    return found if is_own_path(found) else ""


def _query_of(scope: Scope) -> str:
    """Return what is searched for; no database holds a NUL, and no page shows what cannot be printed."""
    said = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))).get("q", "")[:_LONGEST_QUERY]
    return "".join(c if c.isprintable() else " " for c in said).strip()


def is_own_path(path: str) -> bool:
    """Report whether a page named by a form is a page of this site, and nothing that leads elsewhere."""
    if not path or len(path) > _LONGEST_NEXT or path.startswith(("/", "\\", ".")):
        return False
    return all(c.isascii() and (c.isalnum() or c in "-_./~") for c in path) and "//" not in path and ".." not in path


def _insists(reply: Reply) -> bool:
    return bool(reply.values.get("must_change"))


def _plain(body: bytes) -> dict[str, str]:
    """Return what was typed and may be shown again: nothing that is secret."""
    hidden = {"password", "new_password", "code", "recovery_code"}
    typed: dict[str, str] = {}
    try:
        for name, value in parse_qsl(body.decode("utf-8")):
            # Of what was ticked several times all is kept: a token that is asked for again must not become a wider one.
            if name not in hidden:
                typed[name] = f"{typed[name]} {value}" if name in typed else value
    except ValueError:
        return {}
    return typed


def _rest(page: str, typed: Mapping[str, str]) -> str:
    """Return what follows a page's address where a link or a project belongs to it."""
    value = typed.get(_NAMED_BY.get(page, "link"), "")
    if page not in _WITH_REST or not value:
        return ""
    return quote(value.rstrip("/").rsplit("/", 1)[-1], safe="") + ("/" if page in _CLOSED else "")


_NAMED_BY: Final = {
    "register/": "invitation",
    "account/projects/": "project",
    "account/publishers/": "project",
    "account/organisations/": "organisation",
    "recover/under-way/": "recovery",
    "admin/accounts/": "name",
}
_WITH_REST: Final = frozenset({
    "sign-in/confirm/", "recover/link/", "recover/second/", "recover/cancel/", "account/verify/", *_NAMED_BY,
})  # fmt: skip
_CLOSED: Final = frozenset({
    "recover/under-way/", "account/projects/", "account/publishers/", "account/organisations/", "admin/accounts/",
})  # fmt: skip
