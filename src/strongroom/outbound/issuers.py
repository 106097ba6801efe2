"""The keys of many issuers of workload identities, fetched when they are needed, and tokens verified by them.

OpenID Connect Discovery 1.0, section 4; RFC 7517. What an issuer publishes is kept for an hour, and asked for at most
once a minute, whether it answers or not: no token makes us ask more often. While an issuer is asked nobody waits for it
here, and few are asked at a time: one that takes connections and says nothing holds one thread.

Principles: AUTHZ-3.1
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from strongroom.authz.publishers import LONGEST_TOKEN, KeysAwaited
from strongroom.kernel.refusals import Refused
from strongroom.outbound.fetching import Unanswered, fetch, is_loopback, require_safe_url
from strongroom.outbound.id_tokens import (
    PublicKey,
    UnknownKey,
    Untrusted,
    read_keys,
    read_unverified,
    signed_claims,
)

LIMIT_ANSWER_BYTES: Final = 256 * 1024
KEYS_LIFE: Final = timedelta(hours=1)
KEYS_REST: Final = timedelta(seconds=60)
_MOST_ISSUERS: Final = 1000
#: Fewer than the threads that mint (web/minting.py): those whose keys are known go on.
_MOST_ASKED: Final = 3


@dataclass(slots=True)
class _Shelf:
    """What is known of one issuer; `tried` is when it was asked last, `is_asked` whether it is asked right now."""

    keys: Sequence[PublicKey] = ()
    fetched: datetime | None = None
    tried: datetime | None = None
    is_asked: bool = False


class Issuers:
    """Every issuer whose tokens are read; several threads may use it.

    The caller says which issuers are trusted: whatever it passes to `claims_of` is asked for its keys.
    """

    def __init__(self, clock: Callable[[], datetime], *, timeout_seconds: float = 5.0) -> None:
        self._clock, self._timeout_seconds = clock, timeout_seconds
        self._shelves: dict[str, _Shelf] = {}
        self._asked = 0
        self._lock = threading.Lock()

    def issuer_of(self, token: str) -> str:
        """Return who a token says that it is from, unverified. Refused("invalid-payload") when it is no token."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise Untrusted("it is too long")
            header, claims = read_unverified(token)
        except Untrusted as error:
            raise Refused("invalid-payload", f"That is no identity token: {error}.", principle="AUTHZ-3.1") from error
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or not isinstance(header.get("kid"), str):
            raise Refused(
                "invalid-payload", "The identity token names no issuer (iss), or no key (kid).", principle="AUTHZ-3.1"
            )
        return issuer

    def claims_of(self, token: str, issuer: str, algorithms: Collection[str]) -> Mapping[str, Any]:
        """Return the claims, once the issuer's signature is verified. Refused("invalid-token") when it is not.

        An issuer that does not answer verifies nothing. KeysAwaited while it, or too many others, are asked.
        """
        try:
            try:
                return signed_claims(token, self._keys(issuer, anew=False), algorithms)
            except UnknownKey:
                return signed_claims(token, self._keys(issuer, anew=True), algorithms)
        except Untrusted as error:
            refused = Refused(
                "invalid-token",
                "The identity token is refused: its issuer has not signed it with a key that it publishes now.",
                principle="AUTHZ-3.1",
            )
            refused.add_note(str(error))
            raise refused from error

    def _keys(self, issuer: str, *, anew: bool) -> Sequence[PublicKey]:
        with self._lock:
            shelf, now = self._shelf(issuer), self._clock()
            is_fresh = shelf.fetched is not None and now - shelf.fetched < KEYS_LIFE
            if is_fresh and not anew:
                return shelf.keys
            may_ask = shelf.tried is None or now - shelf.tried >= KEYS_REST
            if shelf.is_asked or (may_ask and self._asked >= _MOST_ASKED):
                raise KeysAwaited
            if not may_ask:
                if is_fresh:
                    return shelf.keys
                raise _silent(f"{issuer} was asked less than a minute ago")
            shelf.tried, shelf.is_asked = now, True
            self._asked += 1
        try:
            keys = self._fetched(issuer)
            with self._lock:
                shelf.keys, shelf.fetched = keys, now
            return keys
        finally:
            with self._lock:
                shelf.is_asked = False
                self._asked -= 1

    def _shelf(self, issuer: str) -> _Shelf:
        if issuer not in self._shelves and len(self._shelves) >= _MOST_ISSUERS:
            self._shelves.clear()
        return self._shelves.setdefault(issuer, _Shelf())

    def _fetched(self, issuer: str) -> Sequence[PublicKey]:
        try:
            # Discovery, 4: "concatenating the string /.well-known/openid-configuration to the Issuer".
            document = json.loads(self._body(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            # 4.3: "The issuer value returned MUST be identical to the Issuer URL that was directly used".
            if not isinstance(document, dict) or document.get("issuer") != issuer:
                raise _silent("the issuer describes itself as another")
            address = require_safe_url(str(document.get("jwks_uri", "")))
            # An issuer on the network must not lead us to what listens on this machine only.
            if _is_here(address) and not _is_here(issuer):
                raise _silent("the issuer's keys are on this machine")
            return read_keys(self._body(address))
        except (Unanswered, ValueError, RecursionError) as error:
            raise _silent(str(error)) from error

    def _body(self, url: str) -> bytes:
        answer = fetch(
            url,
            headers={"Accept": "application/json"},
            limit_bytes=LIMIT_ANSWER_BYTES,
            timeout_seconds=self._timeout_seconds,
        )
        if answer.status != 200:
            raise Unanswered(f"{url}: status {answer.status}")
        return answer.body


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _silent(why: str) -> Refused:
    refused = Refused(
        "invalid-token",
        "The identity token cannot be verified now: its issuer's keys could not be fetched. Try again in a minute.",
        principle="AUTHZ-3.1",
    )
    refused.add_note(why)
    return refused
