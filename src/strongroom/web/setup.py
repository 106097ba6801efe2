"""Enrolling the first administrator, by a link that works once.

Principles: AUTHN-1.3, AUTHN-3.2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import segno
from starlette.concurrency import run_in_threadpool

from strongroom.authn.accounts import parse_account_name, parse_email
from strongroom.authn.second_factor import enrolment_uri
from strongroom.authz.tokens import parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people.registry import (
    Newcomer,
    Registry,
    enrol_first_administrator,
    new_totp_secret,
    require_invitation,
)
from strongroom.web.guard import Body
from strongroom.web.http import SAFE, Receive, Scope, Send, answer
from strongroom.web.pages import CSP, Pages
from strongroom.web.problems import status_of
from strongroom.web.rendered import HTML

_LONGEST_FORM_BYTES: Final = 16 * 1024
_MOST_TRIES: Final = 20


@dataclass(slots=True)
class Setup:
    """The endpoint `/setup/<secret>`. `tries` counts wrong codes of this process: there are not many."""

    registry: Registry
    pages: Pages
    title: str
    site_url: str
    tries: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the form, or take it."""
        try:
            link = parse_token(scope["path_params"]["secret"])
        except ValueError:
            await _show(send, 410, self.pages.setup_gone())
            return
        if scope["method"] == "POST":
            status, page = await run_in_threadpool(self._enrol, link, await _form(receive))
        else:
            status, page = await run_in_threadpool(self._offer, link, {}, "")
        await _show(send, status, page)

    def _offer(self, link: Secret, said: Mapping[str, str], error: str) -> tuple[int, bytes]:
        try:
            with self.registry.vault.reading() as books:
                require_invitation(books, link, self.registry.clock())
        except Refused as refused:
            return status_of(refused), self.pages.setup_gone()
        # The secret goes round with the form: whoever holds the link may choose it, and nobody else sees it.
        kept = said.get("totp_secret", "")
        totp = _base32(kept) if kept else new_totp_secret(self.registry)
        uri = enrolment_uri(totp, account=said.get("name") or "administrator", issuer=self.title)
        page = self.pages.setup_form(
            error=error,
            name=said.get("name", ""),
            email=said.get("email", ""),
            totp_secret=totp.reveal(),
            qr_svg=segno.make(uri, error="m").svg_inline(scale=5, omitsize=True),
        )
        return 422 if error else 200, page

    def _enrol(self, link: Secret, said: Mapping[str, str]) -> tuple[int, bytes]:
        if self.tries >= _MOST_TRIES:
            raise Refused(
                "too-many-attempts",
                "Too many wrong codes. Restart the repository for another link.",
                principle="AUTHN-1.5",
            )
        try:
            totp = _base32(said.get("totp_secret", ""))
            newcomer = Newcomer(
                parse_account_name(said.get("name", "")),
                parse_email(said.get("email", "")),
                Secret(said.get("password", "")),
                totp,
            )
            secret, _ = enrol_first_administrator(self.registry, link, newcomer, said.get("code", ""))
        except ValueError as error:
            return self._offer(link, {**said, "totp_secret": ""}, str(error))
        except Refused as refused:
            if refused.code == "enrolment-spent":
                return status_of(refused), self.pages.setup_gone()
            self.tries += refused.code == "wrong-code"
            return self._offer(link, said, refused.says)
        return 200, self.pages.setup_done(name=str(newcomer.name), token=secret.reveal(), site_url=self.site_url)


def _base32(text: str) -> Secret:
    if len(text) != 32 or set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        raise ValueError("The form came back without its secret. Scan the new code below.")
    return Secret(text)


async def _form(receive: Receive) -> Mapping[str, str]:
    body = bytearray()
    async for piece in Body(receive).pieces():
        body += piece
        if len(body) > _LONGEST_FORM_BYTES:
            raise Refused("bad-form", "The form is too long.")
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=20)
    except ValueError:
        raise Refused("bad-form", "The form is not well-formed.") from None
    return {key: values[0] for key, values in fields.items()}


async def _show(send: Send, status: int, page: bytes) -> None:
    headers = [(b"content-security-policy", CSP.encode()), (b"cache-control", b"no-store"), *SAFE]
    await answer(send, status, page, HTML, headers)
