"""Where leaked tokens are reported: by scanning programmes, signed; and by anybody who holds one.

Principles: AUTHZ-3.2, AUTHN-1.5
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guesser
from strongroom.authz.leaks import (
    HEADERS,
    LIMIT_BYTES,
    SURRENDER,
    Origin,
    Signatures,
    parse_report,
    parse_surrender,
    pattern_of,
)
from strongroom.authz.tokens import PREFIX
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Clock, Vault
from strongroom.people.leaks import surrender, take_report
from strongroom.principles import upholds
from strongroom.web.guard import Body
from strongroom.web.http import INERT, Receive, Scope, Send, answer, header, refuse
from strongroom.web.people.visiting import Door, source_of

#: Both names of the address: the second is what GitHub's programme is told elsewhere.
DISCLOSE: Final = ("/_/secrets/disclose-token", "/_/github/disclose-token")
PATTERN_PAGE: Final = "/.well-known/token-pattern.json"

_NOTHING: Final = [(b"cache-control", b"no-store"), *INERT]
_FOR_AN_HOUR: Final = [(b"cache-control", b"public, max-age=3600"), *INERT]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The endpoints, each an ASGI application. `site_url` ends in a slash; `infix` marks this instance's tokens."""

    vault: Vault
    clock: Clock
    signatures: Signatures
    door: Door
    site_url: str
    infix: str

    def routes(self) -> Sequence[tuple[str, Any]]:
        """Return each address that takes a POST with what answers it."""
        return [*((path, self.disclose) for path in DISCLOSE), (SURRENDER, self.surrender)]

    async def disclose(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a signed report: 204 whatever was in it; 404 without the headers of a form, 400 when it is not signed.

        The signature is over the raw bytes, and is verified before anybody reads them.
        """
        try:
            origin, key_id, signature = self._signer(scope)
            body = await bounded(Body(receive))
            await run_in_threadpool(self._report, origin, key_id, signature, body)
        except Refused as refused:
            await refuse(scope, send, refused, [(b"connection", b"close")])
        else:
            await answer(send, 204, b"", b"text/plain", _NOTHING)

    async def surrender(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the tokens that are shown: 204, whether they were alive, dead or nobody's."""
        guesser = Guesser(Visit(source_of(scope, self.door.proxies)))
        try:
            body = await bounded(Body(receive))
            await run_in_threadpool(self._surrender, guesser, body)
        except Refused as refused:
            await refuse(scope, send, refused, [(b"connection", b"close")])
        else:
            await answer(send, 204, b"", b"text/plain", _NOTHING)

    async def pattern(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the regular expression of tokens, and where they are reported."""
        await answer(send, 200, published(self.site_url, self.infix), b"application/json", _FOR_AN_HOUR)

    def _signer(self, scope: Scope) -> tuple[Origin, str, str]:
        """Return who says that they signed; Refused when nobody does, or several do."""
        said = {
            origin: [header(scope["headers"], name.encode()).decode("latin-1") for name in names]
            for origin, names in HEADERS.items()
            if self.signatures.takes(origin)
        }
        signers = [origin for origin, values in said.items() if any(values)]
        if not signers:
            raise Refused("not-found", "This address takes signed reports of leaked tokens, and this is none.")
        if len(signers) > 1:
            raise _unsigned("The report is signed in two forms at once.")
        key_id, signature = said[signers[0]]
        return signers[0], key_id, signature

    @upholds("AUTHZ-3.2b")
    def _report(self, origin: Origin, key_id: str, signature: str, body: bytes) -> None:
        if not self.signatures.is_signed(origin, key_id, signature, body):
            raise _unsigned("No known reporter has signed these bytes.")
        try:
            report = parse_report(body)
        except ValueError as error:
            raise Refused("bad-request", f"The report cannot be read: {error}.", principle="AUTHZ-3.2") from None
        take_report(self.vault, self.clock, f"reporter:{origin}:{key_id[:100]}", report)

    def _surrender(self, guesser: Guesser, body: bytes) -> None:
        try:
            shown = parse_surrender(body)
        except ValueError as error:
            raise Refused("bad-request", f"That cannot be read: {error}.", principle="AUTHZ-3.2") from None
        surrender(self.vault, self.clock, guesser, shown)


@upholds("AUTHZ-3.2a")
def published(site_url: str, infix: str) -> bytes:
    """Return what scanning programmes are told: the pattern, its checksum in words, and where to report."""
    said = {
        "prefix": PREFIX,
        "pattern": pattern_of(),
        "pattern_here": pattern_of(infix),
        "checksum": "The last 6 characters are the CRC-32 of all before them, in base 62 with the digits 0-9 A-Z a-z.",
        "report": f"{site_url}{DISCLOSE[0][1:]}",
        "revoke": f"{site_url}{SURRENDER[1:]}",
        "policy": f"{site_url}policies/leaked-tokens/",
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)


async def bounded(body: Body) -> bytes:
    """Return the whole body; Refused when it has more than a mebibyte."""
    whole = bytearray()
    async for piece in body.pieces():
        whole += piece
        if len(whole) > LIMIT_BYTES:
            await body.discard(4 * LIMIT_BYTES)
            raise Refused("report-too-large", f"A report has at most {LIMIT_BYTES} bytes. Send several.")
    return bytes(whole)


def _unsigned(says: str) -> Refused:
    return Refused("report-unsigned", says, principle="AUTHZ-3.2")
