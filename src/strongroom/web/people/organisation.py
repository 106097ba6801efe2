"""The way to an organisation's provider and back.

Principles: AUTHN-3.2
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from strongroom.kernel.refusals import Refused
from strongroom.people import organisation
from strongroom.people.organisation import Organisation, Returned
from strongroom.web.http import SAFE, Headers, Receive, Scope, Send, answer
from strongroom.web.people.api import cookies_for
from strongroom.web.people.cookies import CHALLENGE, cookies_of, planted, secret_in
from strongroom.web.people.deeds import SECURITY, Counter, came_of
from strongroom.web.people.forms import is_own_path
from strongroom.web.people.taking import Lanes
from strongroom.web.people.visiting import Door, visitor_of

_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The endpoints `/organisation/begin` and `/organisation/finish`; refused where no provider is configured."""

    counter: Counter
    door: Door
    lanes: Lanes
    organisation: Organisation | None
    root: str

    async def begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the browser to the provider."""
        there = self._there()
        visitor = visitor_of(scope, self.door)
        asked = Request(scope).query_params.get("next", "")
        next_page = asked if is_own_path(asked) else SECURITY
        url, secret = await self.lanes.run(
            False, lambda: organisation.begin(self.counter.desk, there, visitor, next_page)
        )  # fmt: skip
        await _send_to(send, url, [planted(CHALLENGE, secret)])

    async def finish(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the browser back from the provider, with a session or a refusal."""
        there = self._there()
        said = Request(scope).query_params
        held = secret_in(cookies_of(scope), CHALLENGE)
        if held is None or said.get("error") or not said.get("code") or not said.get("state"):
            raise Refused("sign-in-refused", "The provider did not sign you in, or you began in another browser.")
        returned = Returned(said["code"][:_LONGEST], said["state"][:_LONGEST], said.get("iss"))
        visitor = visitor_of(scope, self.door)
        signed_in, next_page = await self.lanes.run(
            False, lambda: organisation.finish(self.counter.desk, there, visitor, held, returned)
        )  # fmt: skip
        await _send_to(send, f"{self.root}{next_page}", cookies_for(came_of(signed_in)))

    def _there(self) -> Organisation:
        if self.organisation is None:
            raise Refused("not-found", "No organisation signs in here.")
        return self.organisation


async def _send_to(send: Send, url: str, headers: Headers) -> None:
    always = [(b"location", url.encode()), (b"cache-control", b"no-store"), *SAFE]
    await answer(send, 303, b"", b"text/plain", [*always, *headers])
