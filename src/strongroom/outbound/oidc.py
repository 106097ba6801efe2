"""Sign-in at an organisation's identity provider: the authorization code flow with PKCE, and nothing else.

OpenID Connect Core 1.0, section 3.1; Discovery 1.0; RFC 7636 (S256); RFC 9207 (who answered); RFC 9700 (practice).

Principles: AUTHN-3.2
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from strongroom.authn.organisation import Provider
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.outbound.fetching import Answer, Unanswered, fetch, is_loopback, require_safe_url
from strongroom.outbound.id_tokens import Expected, PublicKey, UnknownKey, Untrusted, read_keys, verified_claims

LIMIT_ANSWER_BYTES: Final = 256 * 1024
KEYS_LIFE: Final = timedelta(hours=1)
KEYS_REST: Final = timedelta(seconds=60)
_PLACES_LIFE: Final = timedelta(hours=1)
# RFC 7636, 4.1: "code-verifier = 43*128unreserved".
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class _Places:
    authorization: str
    token: str
    keys: str
    secret_in_form: bool
    names_itself: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class _Keys:
    held: Sequence[PublicKey]
    fetched: datetime


class RelyingParty:
    """One identity provider, and this repository as its client.

    What the provider publishes of itself is fetched when it is first needed and kept for an hour; a key that is not
    known has the keys fetched again, at most once a minute. Several threads may use it. ValueError for an issuer or
    `redirect_uri` that is neither https nor on this machine.
    """

    def __init__(
        self,
        provider: Provider,
        client_secret: Secret | None,
        redirect_uri: str,
        clock: Callable[[], datetime],
        *,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._provider, self._secret, self._clock = provider, client_secret, clock
        self._timeout_seconds = timeout_seconds
        self._redirect_uri = require_safe_url(redirect_uri)
        self._is_local = is_loopback(urlsplit(require_safe_url(provider.issuer)).hostname or "")
        self._places: _Places | None = None
        self._keys: _Keys | None = None
        self._lock = threading.Lock()

    def authorization_url(self, state: str, nonce: str, verifier: str, *, max_age_seconds: int | None = None) -> str:
        """Return where to send the browser. All three are fresh, random, and kept with the browser's session.

        `max_age_seconds` asks the provider to see the person again if it last did longer ago; whether it has is for
        the caller to read from `auth_time`. Refused("try-again") when the provider does not answer, ValueError for a
        `verifier` of another shape than RFC 7636 has it.
        """
        _require_verifier(verifier)
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(dict.fromkeys(("openid", *self._provider.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        if self._provider.acr_values:
            asked["acr_values"] = " ".join(self._provider.acr_values)
        if max_age_seconds is not None:
            asked["max_age"] = str(max_age_seconds)
        place = self._found().authorization
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"

    def finish(self, code: str, nonce: str, verifier: str, *, iss: str | None = None) -> dict[str, Any]:
        """Return the claims of the identity token that the code is exchanged for, verified.

        The caller has compared `state` with the session's, and passes the answer's `iss` parameter if it had one.
        Refused("sign-in-refused") for whatever does not prove who signed in, Refused("try-again") when the provider
        does not answer.
        """
        _require_verifier(verifier)
        places = self._found()
        # RFC 9207, 2.4: "If the value does not match the expected issuer identifier, clients MUST reject the
        # authorization response"; and where the provider says that it sends one, an answer without is another's.
        if iss != self._provider.issuer and (iss is not None or places.names_itself):
            raise _refused("the answer came from another provider")
        token = self._exchanged(places, code, verifier)
        expected = Expected(self._provider.issuer, self._provider.client_id, nonce)
        try:
            try:
                return verified_claims(token, self._known_keys(places, anew=False), expected, self._clock())
            except UnknownKey:
                return verified_claims(token, self._known_keys(places, anew=True), expected, self._clock())
        except Untrusted as error:
            raise _refused(str(error)) from error

    def _found(self) -> _Places:
        now = self._clock()
        if self._places is None or now >= self._places.until:
            # Discovery, 4: "concatenating the string /.well-known/openid-configuration to the Issuer".
            document = self._document(f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            # 4.3: "The issuer value returned MUST be identical to the Issuer URL that was directly used".
            if document.get("issuer") != self._provider.issuer:
                raise _refused("the provider describes itself as another")
            methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            self._places = _Places(
                self._address(document, "authorization_endpoint"),
                self._address(document, "token_endpoint"),
                self._address(document, "jwks_uri"),
                "client_secret_basic" not in methods,
                document.get("authorization_response_iss_parameter_supported") is True,
                now + _PLACES_LIFE,
            )
        return self._places

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        try:
            url = require_safe_url(str(document.get(name, "")))
        except ValueError as error:
            raise _refused(f"the provider's {name} is no safe address") from error
        # A provider on the network must not lead us to what listens on this machine only.
        if is_loopback(urlsplit(url).hostname or "") and not self._is_local:
            raise _refused(f"the provider's {name} is on this machine")
        return url

    def _known_keys(self, places: _Places, *, anew: bool) -> Sequence[PublicKey]:
        with self._lock:
            age = self._clock() - self._keys.fetched if self._keys is not None else KEYS_LIFE
            if self._keys is None or age >= (KEYS_REST if anew else KEYS_LIFE):
                answer = self._fetched(places.keys)
                try:
                    self._keys = _Keys(read_keys(answer.body), self._clock())
                except ValueError as error:
                    raise _silent("no keys") from error
            return self._keys.held

    def _exchanged(self, places: _Places, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._secret is None:
            form["client_id"] = self._provider.client_id
        elif places.secret_in_form:
            form |= {"client_id": self._provider.client_id, "client_secret": self._secret.reveal()}
        else:
            # RFC 6749, 2.3.1: both are "encoded using the application/x-www-form-urlencoded encoding algorithm".
            pair = f"{quote_plus(self._provider.client_id)}:{quote_plus(self._secret.reveal())}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = self._fetched(places.token, headers=headers, content=urlencode(form).encode())
        token = _object(answer).get("id_token")
        if not isinstance(token, str):
            raise _refused("no identity token came back")
        return token

    def _document(self, url: str) -> Mapping[str, Any]:
        return _object(self._fetched(url))

    def _fetched(self, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Answer:
        try:
            answer = fetch(
                url,
                headers=headers or {"Accept": "application/json"},
                content=content,
                limit_bytes=LIMIT_ANSWER_BYTES,
                timeout_seconds=self._timeout_seconds,
            )
        except Unanswered as error:
            raise _silent(str(error)) from error
        # RFC 6749, 5.2: a code or client that is refused is answered by 400 or 401.
        if content is not None and answer.status in (400, 401, 403):
            raise _refused(f"the provider took neither code nor client ({answer.status})")
        if answer.status != 200:
            raise _silent(f"status {answer.status}")
        return answer


def challenge_of(verifier: str) -> str:
    """Return the code challenge: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _require_verifier(verifier: str) -> None:
    if not _VERIFIER.fullmatch(verifier):
        raise ValueError("a code verifier has 43 to 128 characters of A-Z a-z 0-9 - . _ ~")


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _silent("no JSON") from error
    if not isinstance(document, dict):
        raise _silent("no object")
    return document


def _refused(why: str) -> Refused:
    refused = Refused(
        "sign-in-refused",
        "The identity provider's answer does not prove who you are. Start again from the sign-in page.",
    )
    # For the log: whoever tries is not told which check it was.
    refused.add_note(why)
    return refused


def _silent(why: str) -> Refused:
    refused = Refused(
        "try-again", "The identity provider gives no answer that can be used. Try again in a few minutes."
    )
    refused.add_note(why)
    return refused
