"""Taking a request to a deed: its body bounded and parsed, the deed done in a bounded number of threads.

Principles: AUTHN-1.5
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar, get_origin
from urllib.parse import parse_qsl

import anyio
import orjson
from anyio import to_thread
from pydantic import ValidationError

from strongroom.kernel.refusals import Refused
from strongroom.web.guard import Body
from strongroom.web.http import Receive
from strongroom.web.people.deeds import Fields

LIMIT_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 60
#: Threads that serve people. What hashes passwords has its own few, so that neither readers of the index nor those who
#: sign in with a passkey wait for it.
_THREADS: Final = 6
_SLOW_THREADS: Final = 2
_MOST_WAITING: Final = 64
#: So many of one source are hashed or wait to be: whoever sends more waits alone, and not everybody with them.
_MOST_OF_A_SOURCE: Final = 4

T = TypeVar("T")


class Lanes:
    """Two lanes of threads, each with a bounded queue: a deed that hashes a password, and any other."""

    def __init__(self) -> None:
        self._lanes: Final = {False: anyio.CapacityLimiter(_THREADS), True: anyio.CapacityLimiter(_SLOW_THREADS)}
        self._slow_of: Final[Counter[str]] = Counter()

    async def run(
        self, is_slow: bool, perform: Callable[[], T], least_seconds: float = 0.0, *, source: str = ""
    ) -> T:  # fmt: skip
        """Run a deed when its turn has come, and end no sooner than `least_seconds` from now.

        Refused when too many wait already; also when too many slow ones of one `source` do.
        """
        lane = self._lanes[is_slow]
        if lane.statistics().tasks_waiting >= _MOST_WAITING:
            raise Refused("try-again", "Too many people are being served at this moment. Try again in a minute.")
        begun = anyio.current_time()
        try:
            with self._counted(source if is_slow else ""):
                return await to_thread.run_sync(perform, limiter=lane)
        finally:
            await anyio.sleep_until(begun + least_seconds)

    @contextmanager
    def _counted(self, source: str) -> Iterator[None]:
        if not source:
            yield
            return
        if self._slow_of[source] >= _MOST_OF_A_SOURCE:
            raise Refused("try-again", "Too many passwords from where you are wait to be looked at. Try again soon.")
        self._slow_of[source] += 1
        try:
            yield
        finally:
            self._slow_of[source] -= 1
            if not self._slow_of[source]:
                del self._slow_of[source]


async def body_of(receive: Receive) -> bytes:
    """Return the body of a request; Refused when it is longer than any deed takes."""
    body = bytearray()
    async for piece in Body(receive).pieces():
        body += piece
        if len(body) > LIMIT_BYTES:
            raise Refused("bad-form", "The request is too long.")
    return bytes(body)


def from_json(kind: type[Fields], body: bytes, held: Mapping[str, str]) -> Fields:
    """Return the fields of a JSON request; `held` are those that a browser's cookies fill in. Refused when wrong."""
    try:
        said = orjson.loads(body) if body.strip() else {}
    except ValueError:
        raise Refused("bad-request", "The body is no JSON.") from None
    if not isinstance(said, dict):
        raise Refused("bad-request", "The body is a JSON object.")
    return _made(kind, {**_wanted(kind, held), **said})


def from_form(kind: type[Fields], body: bytes, held: Mapping[str, str]) -> tuple[Fields, dict[str, str]]:
    """Return the fields of a form, and beside them what belongs to no deed (`next`). Refused when wrong."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused("bad-form", "The form is not well-formed.") from None
    said: dict[str, Any] = dict(_wanted(kind, held))
    beside: dict[str, str] = {}
    for name, value in pairs:
        if name not in kind.model_fields:
            beside[name] = value
        elif get_origin(kind.model_fields[name].annotation) is list:
            said.setdefault(name, []).append(value)
        else:
            said[name] = value
    return _made(kind, {**_unticked(kind), **said}), beside


def _unticked(kind: type[Fields]) -> dict[str, Any]:
    """Return what a form says by leaving a field out: a browser sends no box that is not ticked.

    A program says what it means: without a default of its own such a field is needed in JSON.
    """
    empty: dict[type, Any] = {bool: False, list: []}
    needed = {name: field.annotation for name, field in kind.model_fields.items() if field.is_required()}
    return {name: empty[what] for name, each in needed.items() if (what := get_origin(each) or each) in empty}


def _wanted(kind: type[Fields], held: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in held.items() if name in kind.model_fields}


def _made(kind: type[Fields], said: Mapping[str, Any]) -> Fields:
    try:
        return kind.model_validate(said)
    except ValidationError as wrong:
        # Names of fields and what is wrong with them; never what was in them.
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors(include_input=False)]
        raise Refused("bad-request", "; ".join(problems)[:500]) from None
