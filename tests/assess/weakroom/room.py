"""The room: what is kept, which flaws are switched on, and how a request finds who answers it.

Principles: none
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2

from strongroom.assess.stage import Message

HOST: Final = "weakroom.test"
BASE: Final = f"http://{HOST}/"


class Flaw(str):
    """The name of one flaw: a clause's id and a few words, as in `GEN-2.1a replaced-bytes`."""

    @property
    def clause(self) -> str:
        """The clause that the flaw breaks."""
        return self.partition(" ")[0]


FLAWS: Final[list[Flaw]] = []
"""Every flaw there is; each module of the room adds its own with `flaw`."""


def flaw(name: str) -> Flaw:
    """Add a flaw, and return it for the code that has it."""
    found = Flaw(name)
    FLAWS.append(found)
    return found


@dataclass
class Request:
    """One request, taken apart."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; an empty one when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class No(Exception):
    """A refusal, with its status and a word that says why."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.more = status, code, more


Handler = Callable[..., Any]
_ROUTES: Final[list[tuple[str, re.Pattern[str], Handler]]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Enter a handler: called with the room, the request and what `{name}` in the path stands for.

    It returns JSON, text, bytes, or a whole httpx2.Response, and raises No.
    """
    pattern = re.compile(re.sub(r"\{([a-z_]+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")

    def enter(handler: Handler) -> Handler:
        _ROUTES.append((method, pattern, handler))
        return handler

    return enter


class Deed(StrEnum):
    """What people do that rules speak of."""

    PUBLISH_BY_TOKEN = "publish by token"
    PUBLISH_BY_PASSWORD = "publish by password"
    MANAGE = "manage by session"
    MAKE_TOKEN = "make a token"
    HOLD_ROLE = "hold a role"


RULES: Final[list[Callable[["Room", Any, str, Deed], None]]] = []
"""Rules of who may do what: each is called with room, account, project (may be empty) and deed, and raises No."""

JOBS: Final[list[Callable[["Room"], None]]] = []
"""What a schedule would run; the operator runs it by hand."""


TOOLS: Final[dict[str, Callable[["Room"], Any]]] = {}
"""What a run on the room has in its `tools`, by name, made for each room."""


def obey(room: "Room", account: Any, project: str, deed: Deed) -> None:
    """Hold a deed against every rule; to be called before it is done. For HOLD_ROLE, of the one who shall hold it."""
    for rule in RULES:
        rule(room, account, project, deed)


class ManualClock:
    """A clock that moves when somebody waits, so that a test of minutes takes none."""

    def __init__(self) -> None:
        self.moment = 1_790_000_000.0

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.fromtimestamp(self.moment, UTC)

    def seconds(self) -> float:
        """Return seconds since 1970."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.moment += seconds


@dataclass
class Room:
    """What the repository keeps. `shelves` is where each of its modules keeps its own, by the module's name.

    `asked` are the flaws after which somebody asked: a flaw that nobody asked after cannot have changed anything.
    """

    flaws: frozenset[str] = frozenset()
    clock: ManualClock = field(default_factory=ManualClock)
    mail: list[Message] = field(default_factory=list)
    shelves: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    asked: set[Flaw] = field(default_factory=set)
    base: str = BASE

    @property
    def origin(self) -> str:
        """The origin of the room's address."""
        return self.base.rstrip("/")

    @property
    def host(self) -> str:
        """The host of the room's address."""
        return urlsplit(self.base).hostname or ""

    def has(self, name: Flaw) -> bool:
        """Report whether a flaw is switched on, and remember that somebody asked."""
        self.asked.add(name)
        return name in self.flaws

    def shelf(self, kind: type, name: str = "") -> Any:
        """Return what a module keeps, made by `kind()` when it is asked for first."""
        return self.shelves.setdefault(name or kind.__name__, kind())

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail."""
        self.mail.append(Message(to, subject, text))

    def record(self, kind: str, project: str = "", **more: Any) -> None:
        """Add an event to the public feed."""
        self.events.append({"serial": len(self.events) + 1, "kind": kind, "project": project, **more})

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        parts = urlsplit(str(request.url))
        asked = Request(
            method=request.method,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.read(),
            at=self.clock.now(),
        )
        self.clock.sleep(0.01)
        try:
            return _response(_dispatch(self, asked))
        except No as no:
            waits = {"Retry-After": str(no.more["retry_after"])} if "retry_after" in no.more else {}
            return httpx2.Response(no.status, json={"code": no.code, **no.more}, headers=waits)

    def transport(self) -> httpx2.MockTransport:
        """Return the way to the room, for an HTTP client in this process."""
        return httpx2.MockTransport(self.answer)


def _dispatch(room: Room, request: Request) -> Any:
    matches = [(method, found, handler) for method, p, handler in _ROUTES if (found := p.match(request.path))]
    for method, found, handler in matches:
        if method == request.method:
            return handler(room, request, **found.groupdict())
    raise No(405 if matches else 404, "no-such-method" if matches else "no-such-page")


def _response(made: Any) -> httpx2.Response:
    if isinstance(made, httpx2.Response):
        return made
    if isinstance(made, bytes):
        return httpx2.Response(200, content=made)
    if isinstance(made, str):
        return httpx2.Response(200, text=made)
    return httpx2.Response(200, json=made)


@dataclass
class RoomMailbox:
    """The mailbox of people whose mail the room sends."""

    room: Room
    domain: str = "mail.weakroom.test"

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address, the oldest first."""
        return [mail for mail in self.room.mail if mail.to == address]
