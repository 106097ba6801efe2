"""The edge inside the guard: routes, counts, and turns every refusal into an answer that its reader can use.

Principles: none
"""

from typing import Any, Final

from starlette.exceptions import HTTPException

from strongroom.kernel.refusals import Refused
from strongroom.web.guard import Disconnected
from strongroom.web.http import INERT, SAFE, Message, Receive, Scope, Send, answer, header, refuse
from strongroom.web.metrics import Metrics
from strongroom.web.pages import CSP, Pages
from strongroom.web.problems import status_of, title_of
from strongroom.web.rendered import HTML

_KINDS: Final = frozenset({"simple", "packages", "legacy", "pypi", "project", "user", "static", "rss", "changes.json"})


class Edge:
    """An ASGI application around the router."""

    def __init__(self, router: Any, pages: Pages, metrics: Metrics) -> None:
        self._router: Final = router
        self._pages: Final = pages
        self._metrics: Final = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"])
            await send(message)

        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        if scope["path"] == "/legacy":
            headers = [(b"location", b"/legacy/"), *INERT]
            await answer(counting, 308, b"The upload address ends in a slash: /legacy/\n", b"text/plain", headers)
            return
        try:
            await self._router(scope, receive, counting)
        except HTTPException as missing:
            code = "not-found" if missing.status_code == 404 else "bad-request"
            await self._refuse(scope, counting, Refused(code, "There is nothing at this address."))
        except Refused as refused:
            await self._refuse(scope, counting, refused)
        except Disconnected:
            raise
        except Exception:
            self._count(scope, 500)  # which is what the guard makes of it
            raise

    def _count(self, scope: Scope, status: int) -> None:
        first = scope["path"].split("/")[1]
        self._metrics.answers.labels(first if first in _KINDS else "site", str(status)).inc()

    async def _refuse(self, scope: Scope, send: Send, refused: Refused) -> None:
        # The body of a POST may still be under way: its connection can carry nothing else.
        close = [(b"connection", b"close")] if scope["method"] == "POST" else []
        if not _is_browser(scope):
            await refuse(scope, send, refused, close)
            return
        status = status_of(refused)
        page = self._pages.problem(
            status=status,
            title=title_of(refused),
            says=refused.says,
            principle=refused.principle,
        )
        headers = [(b"content-security-policy", CSP.encode()), (b"cache-control", b"no-store"), *SAFE, *close]
        await answer(send, status, page, HTML, headers)


def _is_browser(scope: Scope) -> bool:
    return header(scope["headers"], b"accept").startswith(b"text/html")
