"""What mirrors of Python indexes ask by XML-RPC: every project with its serial, and what changed since a serial.

Three methods, read only. The words are those of the public changelog; `/changes.json` says the same to everybody else.

Principles: GEN-3.2
"""

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error, Fault, Unmarshaller, dumps

from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser
from starlette.concurrency import run_in_threadpool

from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Vault
from strongroom.transparency.changelog import project_changes
from strongroom.web.guard import Body
from strongroom.web.http import INERT, Receive, Scope, Send, answer, header

_LONGEST_CALL_BYTES: Final = 16 * 1024
_MOST_CHANGES: Final = 5000
_HIGHEST_SERIAL: Final = 2**63 - 1
# Codes of "Specification for Fault Code Interoperability" (xmlrpc-epi), which every client knows.
_NOT_WELL_FORMED: Final = -32700
_NO_SUCH_METHOD: Final = -32601
_BAD_PARAMETERS: Final = -32602


class XmlRpc:
    """The endpoint: an ASGI application for `POST /pypi`."""

    def __init__(self, vault: Vault) -> None:
        self._vault: Final = vault
        self._projects: tuple[int, bytes] = (-1, b"")
        self._methods: Final[Mapping[str, Callable[..., bytes]]] = {
            "changelog_last_serial": self._last_serial,
            "changelog_since_serial": self._since_serial,
            "list_packages_with_serial": self._packages_with_serial,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: 200 with its result, or with a fault."""
        kind = header(scope["headers"], b"content-type").partition(b";")[0].strip().lower()
        if kind not in (b"text/xml", b"application/xml"):
            raise Refused("bad-request", "This address takes XML-RPC: the content type is text/xml.")
        call = bytearray()
        async for piece in Body(receive).pieces():
            call += piece
            if len(call) > _LONGEST_CALL_BYTES:
                raise Refused("file-too-large", f"A call has at most {_LONGEST_CALL_BYTES} bytes.")
        try:
            body = await run_in_threadpool(self._answer, *parse_call(bytes(call)))
        except Fault as fault:
            body = dumps(fault, encoding="utf-8").encode()
        await answer(send, 200, body, b"text/xml; charset=utf-8", [(b"cache-control", b"no-store"), *INERT])

    def _answer(self, method: str, parameters: tuple[object, ...]) -> bytes:
        try:
            found = self._methods[method]
        except KeyError:
            raise Fault(_NO_SUCH_METHOD, f"There are {', '.join(sorted(self._methods))}; see /simple/.") from None
        return found(*parameters)

    def _last_serial(self, *unexpected: object) -> bytes:
        require_parameters(unexpected)
        with self._vault.reading() as books:
            return _told(books.events.newest())

    def _packages_with_serial(self, *unexpected: object) -> bytes:
        require_parameters(unexpected)
        with self._vault.reading() as books:
            serial, told = self._projects
            if serial != books.events.newest():
                root = books.shelf.root()
                serial, told = root.serial, _told(dict(root.projects))
                self._projects = serial, told
        return told

    def _since_serial(self, *parameters: object) -> bytes:
        require_parameters(parameters, int)
        since = int(str(parameters[0]))
        if not 0 <= since <= _HIGHEST_SERIAL:
            raise Fault(_BAD_PARAMETERS, "A serial is a whole number that a database can hold.")
        project_changes(self._vault)
        with self._vault.reading() as books:
            lines = books.events.changes_after(since, _MOST_CHANGES)
        return _told(
            [[line.name, line.version or None, int(line.time.timestamp()), line.action, line.serial] for line in lines]
        )


def parse_call(body: bytes) -> tuple[str, tuple[object, ...]]:
    """Return method and parameters of a call; Fault when it is none, or brings a document type of its own."""
    target = Unmarshaller()
    try:
        parser = DefusedExpatParser(target, forbid_dtd=True)
        parser.feed(body)
        parser.close()
        parameters, method = target.close(), target.getmethodname()
    except (ExpatError, DefusedXmlException, Error, ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise Fault(_NOT_WELL_FORMED, "That is no XML-RPC call.") from error
    if method is None:
        raise Fault(_NOT_WELL_FORMED, "That is no XML-RPC call.")
    return method, parameters


def require_parameters(parameters: tuple[object, ...], *kinds: type) -> None:
    """Refuse, with a Fault, parameters that are not just of these kinds; a truth value is no number."""
    if [type(each) for each in parameters] != list(kinds):
        wanted = ", ".join(kind.__name__ for kind in kinds) or "none"
        raise Fault(_BAD_PARAMETERS, f"The parameters of this method are: {wanted}.")


def _told(value: object) -> bytes:
    return dumps((value,), methodresponse=True, allow_none=True, encoding="utf-8").encode()  # type: ignore[arg-type]
