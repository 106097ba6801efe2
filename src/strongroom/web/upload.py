"""The upload endpoint, as twine and uv speak to it.

Principles: AUTHN-1.5, AUTHZ-1.1, AUTHZ-3.2, GEN-2.1
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, TooMany, reserve
from strongroom.authz.tokens import parse_token, require_live, require_source
from strongroom.formats import Format, Offered
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.publishing import Presented, Receipt, Road, publish, require_bearer
from strongroom.people.leaks import ending_exposed
from strongroom.web.guard import Body
from strongroom.web.http import INERT, Headers, Receive, Scope, Send, answer, header, refuse
from strongroom.web.multipart import FormLimits, UploadForm
from strongroom.web.people.visiting import Door, source_of

USER: Final = "__token__"
_SMALL_BYTES: Final = 256 * 1024
_ACTION: Final = ":action"
_HELD: Final = b"The file is kept, and published when a second person approves of it.\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """The endpoint: an ASGI application for `POST /legacy/`."""

    road: Road
    format: Format
    limits: FormLimits
    folder: Path
    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one file. The answer is 200 with an empty body, or a problem document; never a redirect."""
        body = Body(receive)
        try:
            secret = token_of(scope["headers"])
            presented = Presented(secret.fingerprint(), source_of(scope, self.door.proxies))
            if not is_small(scope["headers"]):
                await run_in_threadpool(self._require_known, presented)
            receipt = await self._take(scope, body, presented)
        except Refused as refused:
            refused = await self._counted(scope, refused)
            # All that an honest client may send: cut off before, it, or nginx for it, may not read why it was refused.
            await body.discard(self.limits.file_bytes + self.limits.form_bytes)
            await refuse(scope, send, refused, [(b"connection", b"close")])
        else:
            await answer(send, 200, _HELD if receipt.is_held else b"", b"text/plain; charset=utf-8", INERT)

    async def _counted(self, scope: Scope, refused: Refused) -> Refused:
        """Count a token that nobody holds; return the refusal, or that of one try too many (AUTHN-1.5).

        Only what is wrong is counted: nobody who holds a token waits because somebody else guesses.
        """
        if refused.code != "unknown-token":
            return refused
        guesser = Guesser(Visit(source_of(scope, self.door.proxies)))
        try:
            await run_in_threadpool(self._count, guesser)
        except TooMany as too_many:
            return too_many
        return refused

    def _count(self, guesser: Guesser) -> None:
        with self.road.vault.writing() as books:
            reserve(books.tallies, Guess.TOKEN, guesser, self.road.clock())

    def _require_known(self, presented: Presented) -> None:
        with self.road.vault.reading() as books:
            bearer = require_bearer(books, presented.fingerprint)
        require_live(bearer.token, self.road.clock())
        require_source(bearer.token, presented.source)

    async def _take(self, scope: Scope, body: Body, presented: Presented) -> Receipt:
        with UploadForm(header(scope["headers"], b"content-type"), self.limits, self.folder) as form:
            async for piece in body.pieces():
                form.feed(piece)
            fields, offered, content = form.finish()
            require_action(scope["query_string"], fields)
            if offered is None or content is None:
                raise Refused("bad-form", "Upload payload does not have a file: the field is named content.")
            try:
                self.format.parse_filename(offered.filename)
            except ValueError as error:
                raise Refused("bad-form", str(error)) from None
            return await run_in_threadpool(self._publish, presented, offered, content)

    def _publish(self, presented: Presented, offered: Offered, content: BinaryIO) -> Receipt:
        with ending_exposed(self.road.vault, self.road.clock, offered.filename):
            return publish(self.road, self.format, presented, offered, content)


def token_of(headers: Headers) -> Secret:
    """Return the token that the request carries; Refused when it carries none, or something else.

    Basic authentication with the user name `__token__` (RFC 7617), or `Authorization: Bearer` (RFC 6750).
    """
    scheme, _, value = header(headers, b"authorization").decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        user, _, raw = _basic(value).partition(":")
        if user != USER:
            raise Refused(
                "passwords-not-taken",
                f"Use a token: the user name is {USER}, the password the token. Passwords are not taken here.",
                principle="AUTHN-3.2",
            )
    elif scheme.lower() in ("bearer", "token"):
        raw = value
    else:
        raise Refused("no-token", f"Use a token: the user name is {USER}, the password is the token.")
    try:
        return parse_token(raw)
    except ValueError:
        raise Refused(
            "unknown-token",
            "That is no token of this repository, or it was cut short. A token begins with srm_ and has a checksum.",
            principle="AUTHZ-1.2",
        ) from None


def is_small(headers: Headers) -> bool:
    """Report whether the body is so short that it costs less to take it than to ask first who sends it."""
    length = header(headers, b"content-length")
    return len(length) < 10 and length.isdigit() and int(length) <= _SMALL_BYTES


def require_action(query: bytes, fields: Mapping[str, Sequence[str]]) -> None:
    """Refuse what is not a file upload of protocol version 1."""
    asked = parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else []
    said = [*fields.get(_ACTION, ()), *(value for key, value in asked if key == _ACTION)]
    if any(action in ("submit", "submit_pkg_info", "doc_upload") for action in said):
        raise Refused("no-longer-offered", "Projects are made by their first upload: send the file (file_upload).")
    if any(action != "file_upload" for action in said) or not said:
        raise Refused("bad-form", "The :action of an upload is file_upload.")
    if any(version not in ("", "1") for version in fields.get("protocol_version", ())):
        raise Refused("bad-form", "The protocol_version of an upload is 1.")


def _basic(value: str) -> str:
    try:
        return base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except ValueError:
        raise Refused("no-token", "The Authorization header is not well-formed (RFC 7617).") from None
