"""Enrolling the first administrator, by a link that works once.

Principles: AUTHN-1.3, AUTHN-3.2
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import segno
from starlette.concurrency import run_in_threadpool

from strongroom.authn.accounts import parse_account_name, parse_email
from strongroom.authn.assurance import Strength
from strongroom.authn.second_factor import enrolment_uri
from strongroom.authn.throttle import Guess, Guesser, TooMany
from strongroom.authz.tokens import parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people.desk import Desk, Visitor, guessing
from strongroom.people.registry import (
    Newcomer,
    Registry,
    enrol_first_administrator,
    new_totp_secret,
    require_invitation,
)
from strongroom.people.sign_in import open_session
from strongroom.web.guard import Body
from strongroom.web.http import Receive, Scope, Send, answer
from strongroom.web.pages import CSP, Pages
from strongroom.web.people.api import cookies_for
from strongroom.web.people.deeds import came_of
from strongroom.web.people.forms import SAFE_WITH_FORMS
from strongroom.web.people.visiting import Door, require_own_page, visitor_of
from strongroom.web.problems import status_of
from strongroom.web.rendered import HTML

_LONGEST_FORM_BYTES: Final = 16 * 1024

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Setup:
    """The endpoint `/setup/<secret>`. Wrong codes are counted as those of any other enrolment are (AUTHN-1.5)."""

    registry: Registry
    desk: Desk
    door: Door
    pages: Pages
    title: str
    site_url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the form, or take it."""
        try:
            link = parse_token(scope["path_params"]["secret"])
        except ValueError:
            await _show(send, 410, self.pages.setup_gone())
            return
        if scope["method"] == "POST":
            require_own_page(scope, self.door)
            said, visitor = await _form(receive), visitor_of(scope, self.door)
            status, page, headers = await run_in_threadpool(self._enrol, link, said, visitor)
            await _show(send, status, page, headers)
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

    def _enrol(self, link: Secret, said: Mapping[str, str], visitor: Visitor) -> tuple[int, bytes, list[Header]]:
        try:
            totp = _base32(said.get("totp_secret", ""))
            newcomer = Newcomer(
                parse_account_name(said.get("name", "")),
                parse_email(said.get("email", "")),
                Secret(said.get("password", "")),
                totp,
            )
            with guessing(self.desk, Guess.SECOND_FACTOR, Guesser(visitor.visit, f"setup {link.fingerprint()}")):
                secret, _ = enrol_first_administrator(self.registry, link, newcomer, said.get("code", ""))
        except ValueError as error:
            return *self._offer(link, {**said, "totp_secret": ""}, str(error)), []
        except TooMany:
            raise
        except Refused as refused:
            if refused.code == "enrolment-spent":
                return status_of(refused), self.pages.setup_gone(), []
            return *self._offer(link, said, refused.says), []
        page = self.pages.setup_done(name=str(newcomer.name), token=secret.reveal(), site_url=self.site_url)
        return 200, page, self._signed_in(visitor, newcomer)

    def _signed_in(self, visitor: Visitor, newcomer: Newcomer) -> list[Header]:
        """Begin the first session in this browser, which is known from now on."""
        with self.desk.vault.writing() as books:
            account = books.accounts.account(newcomer.name)
            if account is None:
                return []
            begun = open_session(self.desk, books, visitor, account, Strength.TOTP, is_first=True)
            return cookies_for(came_of(begun))


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


async def _show(send: Send, status: int, page: bytes, more: Sequence[Header] = ()) -> None:
    headers = [(b"content-security-policy", CSP.encode()), (b"cache-control", b"no-store"), *SAFE_WITH_FORMS, *more]
    await answer(send, status, page, HTML, headers)
