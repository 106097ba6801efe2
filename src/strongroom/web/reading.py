"""Reading what is not public, over HTTP: a token by basic authentication, as installers send it, or a session.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Visitor
from strongroom.people.reading import Reader, ReadingRoom
from strongroom.web.http import INERT, Receive, Scope, Send, answer, header
from strongroom.web.people.visiting import Door, agent_of, source_of, visitor_of
from strongroom.web.upload import token_of

#: A bad credential is answered by 401, so that a client asks its keyring for another (RFC 7235, 3.1).
_BAD: Final = frozenset({"unknown-token", "token-expired", "token-revoked", "passwords-not-taken"})
#: What everybody may have, however private the instance is: it says nothing of what is kept.
_OPEN: Final = ("/healthz", "/static/", "/robots.txt", "/.well-known/", "/policies/", "/problems/")
#: But this policy lists projects.
_NAMES_PROJECTS: Final = "/policies/critical"

Answer = TypeVar("Answer")
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Readers:
    """Decides over HTTP who may read what."""

    room: ReadingRoom
    door: Door

    async def admit_to(self, scope: Scope, name: ProjectName) -> bool:
        """Refuse whoever may not read the project; report whether it is private, so that nothing of it is kept."""
        return await self.asked(scope, lambda reader: self.room.admit_to(reader, name))

    async def admit_to_file(self, scope: Scope, filename: str, digest: Sha256) -> None:
        """Refuse whoever may not read a file that is concealed."""
        await self.asked(scope, lambda reader: self.room.admit_to_file(reader, filename, digest))

    async def may_read(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/_/may-read` with 204, or refuse: a web server in front asks it for each page and file it holds."""
        await self.asked(scope, self.room.admit)
        await answer(send, 204, b"", b"text/plain", [(b"cache-control", b"no-store"), *INERT])

    def guarded(self, application: Application) -> Any:
        """Return the application, behind the door where the whole instance is private."""
        return Private(self, application) if self.room.is_private else application

    async def asked(self, scope: Scope, ask: Callable[[Reader], Answer]) -> Answer:
        """Ask the reading room about whoever sent the request; a bad credential is answered by 401."""
        try:
            return await run_in_threadpool(ask, self._reader(scope))
        except Refused as refused:
            if refused.code not in _BAD:
                raise
            if refused.code == "unknown-token":
                await run_in_threadpool(self._count, scope)
            raise Refused("no-token", refused.says, principle=refused.principle) from None

    def _reader(self, scope: Scope) -> Reader:
        if header(scope["headers"], b"authorization"):
            visit = Visit(source_of(scope, self.door.proxies), agent_of(scope))
            return Reader(Visitor(visit), token_of(scope["headers"]).fingerprint())
        return Reader(visitor_of(scope, self.door))

    def _count(self, scope: Scope) -> None:
        """Count a token that nobody holds: guessing at them is no faster here than where files are uploaded."""
        with self.room.desk.vault.writing() as books:
            guesser = Guesser(Visit(source_of(scope, self.door.proxies)))
            reserve(books.tallies, Guess.TOKEN, guesser, self.room.desk.clock())


@dataclass(frozen=True, slots=True)
class Private:
    """An ASGI application that is for people with an account; a browser goes to the sign-in and comes back."""

    readers: Readers
    application: Application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in whoever may read."""
        if scope["path"].startswith(_OPEN) and not scope["path"].startswith(_NAMES_PROJECTS):
            await self.application(scope, receive, send)
            return
        try:
            await self.readers.asked(scope, self.readers.room.admit)
        except Refused as refused:
            browses = header(scope["headers"], b"accept").startswith(b"text/html")
            if refused.code not in ("no-token", "no-session") or not browses:
                raise
            where = f"/sign-in/?next={quote(scope['path'].lstrip('/'))}".encode()
            headers = [(b"location", where), (b"cache-control", b"no-store"), *INERT]
            await answer(send, 303, b"", b"text/plain", headers)
            return
        await self.application(scope, receive, send)
