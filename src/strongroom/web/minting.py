"""What upload tools ask in a build: for whom an identity token is to be made, and what it is exchanged for.

The addresses and the shape of the answers are those that twine, uv and others know from the public index; PEP 807 (a
draft) is how they find them.

Principles: AUTHN-1.5, AUTHZ-3.1
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import orjson
from anyio import to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, TooMany, reserve
from strongroom.authz.publishers import Identities, KeysAwaited
from strongroom.authz.tokens import parse_token
from strongroom.formats import Format
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Desk
from strongroom.people.minting import Minted, burn, exchange
from strongroom.web.http import INERT, REASON, Receive, Scope, Send, answer
from strongroom.web.people.taking import body_of
from strongroom.web.people.visiting import Door, source_of
from strongroom.web.problems import problem, reason_phrase, status_of, wait_of

AUDIENCE: Final = "/_/oidc/audience"
MINT: Final = "/_/oidc/mint-token"
MINT_BEFORE: Final = "/_/oidc/github/mint-token"
BURN: Final = "/_/oidc/burn-token"
DISCOVERY: Final = "/.well-known/pytp"
#: The paths at which files are uploaded: for these, and no others, there is trusted publishing.
UPLOADS: Final = ("/legacy/", "/legacy")
_THREADS: Final = 4
_MOST_WAITING: Final = 64
#: Longer than an issuer is given to say what it is and to give its keys (outbound/issuers.py).
_PATIENCE_SECONDS: Final = 12
_PAUSE_SECONDS: Final = 0.25
#: Whoever comes again may have what they ask for.
_LATER: Final = (429, 503)
_NO_STORE: Final = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class Minting:
    """The endpoints, each an ASGI application. An issuer that is slow to answer holds up its own builds alone."""

    desk: Desk
    identities: Identities
    format: Format
    door: Door
    lane: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_THREADS))
    patient: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_MOST_WAITING))

    def routes(self) -> Sequence[tuple[str, Any, tuple[str, ...]]]:
        """Return each address with what answers it, and its methods."""
        return (
            (AUDIENCE, self.audience, ("GET", "HEAD")),
            (MINT, self.mint, ("POST",)),
            (MINT_BEFORE, self.mint, ("POST",)),
            (BURN, self.burn, ("POST",)),
            (DISCOVERY, self.discover, ("GET", "HEAD")),
        )

    async def audience(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for whom identity tokens are to be made: for this instance and no other."""
        if not self.desk.house.trusted.providers:
            await _refuse(scope, send, _not_enabled(), 403)
            return
        await _answer(send, {"audience": self.desk.house.audience})

    async def discover(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `?discover=PATH` with where to ask, when PATH takes uploads (PEP 807, draft)."""
        path = Request(scope).query_params.get("discover", "")
        if path not in UPLOADS or not self.desk.house.trusted.providers:
            raise Refused("not-found", "There is no trusted publishing for that path.")
        root = self.door.origin.rstrip("/")
        places = {"audience-endpoint": f"{root}{AUDIENCE}", "token-mint-endpoint": f"{root}{MINT}"}
        await _answer(send, places)

    async def mint(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Exchange an identity token: `{"token": …}`, and `"project"` where the build may publish to several."""
        try:
            token, project = self._asked(await body_of(receive))
            minted = await self._exchanged(token, project)
        except Refused as refused:
            told = await self._counted(scope, refused)
            # What is no fault of the token's is said as such: tools take 422 as final.
            await _refuse(scope, send, told, status if (status := status_of(told)) in _LATER else 422)
            return
        said = {"success": True, "token": minted.secret.reveal(), "expires": int(minted.expires.timestamp())}
        await _answer(send, {**said, "project": str(minted.project)})

    async def burn(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End a token that was minted, once its build has no more to upload: uv asks for it.

        204, whether it was one that lived: whoever holds a token may end it, and hears nothing of any other.
        """
        try:
            said = orjson.loads(await body_of(receive))
            secret = parse_token(said["token"])
        except (ValueError, TypeError, KeyError, AttributeError):
            refused = Refused("invalid-payload", 'Send JSON: {"token": …}, a token that was minted here.')
            await _refuse(scope, send, refused, 422)
            return
        await run_in_threadpool(burn, self.desk, secret)
        await answer(send, 204, b"", b"text/plain", [*INERT, _NO_STORE])

    def _asked(self, body: bytes) -> tuple[str, ProjectName | None]:
        if not self.desk.house.trusted.providers:
            raise _not_enabled()
        try:
            said = orjson.loads(body)
            token, named = said["token"], said.get("project")
            project = None if named is None else self.format.parse_name(named)
        except (ValueError, TypeError, KeyError, AttributeError):
            token, project = None, None
        if not isinstance(token, str) or not token.isascii():
            raise Refused("invalid-payload", 'Send JSON: {"token": …}, and "project" where a build has several.')
        return token.strip(), project

    async def _exchanged(self, token: str, project: ProjectName | None) -> Minted:
        if self.lane.statistics().tasks_waiting >= _MOST_WAITING:
            raise Refused("try-again", "Too many builds ask at this moment. Try again in a minute.")
        until = anyio.current_time() + _PATIENCE_SECONDS
        while True:
            try:
                return await to_thread.run_sync(exchange, self.desk, self.identities, token, project, limiter=self.lane)
            except KeysAwaited:
                # Who waits for keys waits here, without a thread: builds whose issuer answers are served meanwhile.
                if anyio.current_time() >= until or self.patient.available_tokens < 1:
                    raise
            async with self.patient:
                await anyio.sleep(_PAUSE_SECONDS)

    async def _counted(self, scope: Scope, refused: Refused) -> Refused:
        """Count what was refused; return the refusal, or that of one try too many (AUTHN-1.5)."""
        if not refused.code.startswith("invalid-"):
            return refused
        try:
            await run_in_threadpool(self._count, Guesser(Visit(source_of(scope, self.door.proxies))))
        except TooMany as too_many:
            return too_many
        return refused

    def _count(self, guesser: Guesser) -> None:
        with self.desk.vault.writing() as books:
            reserve(books.tallies, Guess.MINT, guesser, self.desk.clock())


def _not_enabled() -> Refused:
    return Refused("not-enabled", "Trusted publishing is turned off here.")


async def _answer(send: Send, said: dict[str, Any]) -> None:
    await answer(send, 200, orjson.dumps(said), b"application/json", [*INERT, _NO_STORE])


async def _refuse(scope: Scope, send: Send, refused: Refused, status: int) -> None:
    """Send a refusal as the tools read it, with what a problem document says beside it (RFC 9457)."""
    document = orjson.loads(problem(refused)[1])
    document |= {
        "status": status,
        "message": "Token request failed",
        "errors": [{"code": refused.code, "description": refused.says}],
    }
    reason = scope.get("extensions", {}).get(REASON)
    if reason is not None:
        reason["phrase"] = reason_phrase(refused)
    headers = [*INERT, _NO_STORE, *wait_of(refused)]
    await answer(send, status, orjson.dumps(document), b"application/json", headers)
