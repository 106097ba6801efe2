"""The assessor's only way to the target: every exchange is bounded, counted, redacted and written down.

Principles: none
"""

import hashlib
import ipaddress
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx2

from strongroom import __version__
from strongroom.assess.deadline import within
from strongroom.assess.health import Health

USER_AGENT: Final = f"strongroom-assess/{__version__}"
LIMIT_BODY_BYTES: Final = 20 << 20
EXCHANGE_SECONDS: Final = 30.0
EXCERPT_CHARACTERS: Final = 2000
KEPT_HEADERS: Final = (
    "content-type", "location", "retry-after", "www-authenticate", "x-pypi-last-serial", "etag", "cache-control",
    "server",
)  # fmt: skip
_SHORTEST_SECRET = 6


Reveals = Callable[[bytes, Mapping[str, str]], Iterable[str]]
"""Names the secrets in an answer, given its body and its headers."""


def is_public_host(host: str) -> bool:
    """Report whether a host is there, and every one of its addresses is on the public network."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
        return bool(found) and all(ipaddress.ip_address(str(each[4][0])).is_global for each in found)
    except (OSError, ValueError):
        return False


class Unreachable(Exception):
    """The target gave no answer: refused, timed out, or broke off."""


class BudgetSpent(Exception):
    """A probe has used all the requests or all the time that it may use."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `number` is the exchange's place in the transcript; header names are in lower case."""

    number: int
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    seconds: float

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer as the transcript keeps them: no secret, no more than an excerpt."""

    number: int
    probe: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    sha256: str
    excerpt: str
    seconds: float


_CALLED_SECRET: Final = re.compile(
    r'("[a-z_]*(?:token|session|device|secret|password|challenge|ticket)"\s*:\s*")[^"]{16,}(")', re.IGNORECASE
)


class Redactor:
    """Takes every secret that it was told of out of a text, and whatever an answer itself calls one."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, secret: str) -> str:
        """Remember a secret, and return it."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets.add(secret)
        return secret

    def clean(self, text: str) -> str:
        """Return the text with dots in place of every secret, the longest first."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "•••")
        # An answer may bring more than the driver reads out of it, a device's secret beside a session's.
        return _CALLED_SECRET.sub(r"\1•••\2", text)


class Transcript:
    """The exchanges of a run, in memory and, when there is a path, a line of JSON each as they happen."""

    def __init__(self, redactor: Redactor, path: Path | None = None) -> None:
        self.exchanges: list[Exchange] = []
        self.redactor = redactor
        self._path = path
        self._lock = threading.Lock()

    def add(
        self, probe: str, method: str, url: str, status: int, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> int:
        """Keep one exchange, redacted, and return its number. A status of 0 means that no answer came."""
        kept = {name: self.redactor.clean(headers[name]) for name in KEPT_HEADERS if name in headers}
        excerpt = self.redactor.clean(body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace"))[:EXCERPT_CHARACTERS]
        with self._lock:
            number = len(self.exchanges) + 1
            digest = hashlib.sha256(body).hexdigest()
            url = self.redactor.clean(url)
            exchange = Exchange(number, probe, method, url, status, kept, digest, excerpt, round(seconds, 4))
            self.exchanges.append(exchange)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(exchange), ensure_ascii=False) + "\n")
        return number


@dataclass
class Budget:
    """What one probe may use."""

    requests: int
    seconds: float
    began: float = field(default_factory=time.monotonic)

    def spend(self) -> None:
        """Count one request; BudgetSpent when there is nothing left."""
        self.requests -= 1
        if self.requests < 0:
            raise BudgetSpent("the probe has sent all the requests that it may send")
        if time.monotonic() - self.began > self.seconds:
            raise BudgetSpent("the probe has taken all the time that it may take")


class Wire:
    """One probe's connection to one target: `Wire.for_probe` makes the next probe's, which shares all but the budget.

    Redirections are followed on the same host only, and only for GET and HEAD, at most five.
    """

    def __init__(
        self,
        client: httpx2.Client,
        base: str,
        transcript: Transcript,
        health: Health,
        *,
        pace_seconds: float = 0.0,
        probe: str = "",
        budget: Budget | None = None,
        aside: str = "",
    ) -> None:
        self._client = client
        self.base = base if base.endswith("/") else base + "/"
        self.transcript = transcript
        self._health = health
        self._pace_seconds = pace_seconds
        self.probe = probe
        self._budget = budget or Budget(200, 60)
        self._aside = aside

    def for_probe(self, probe: str, budget: Budget) -> "Wire":
        """Return a wire to the same target whose exchanges are counted for `probe`."""
        return Wire(
            self._client, self.base, self.transcript, self._health,
            pace_seconds=self._pace_seconds, probe=probe, budget=budget, aside=self._aside,
        )  # fmt: skip

    def beside(self, address: str) -> "Wire":
        """Return a wire to the same target, over which a tool of the run's own can be told something, too.

        What is sent below its `address`, by what may go elsewhere, counts for nothing: it is not the target's answer.
        """
        return Wire(
            self._client, self.base, self.transcript, self._health,
            pace_seconds=self._pace_seconds, probe=self.probe, budget=self._budget, aside=address,
        )  # fmt: skip

    def through(self, client: httpx2.Client) -> "Wire":
        """Return a wire for the same probe, out of the same budget, by another way: from another address, say."""
        return Wire(
            client, self.base, self.transcript, self._health,
            pace_seconds=self._pace_seconds, probe=self.probe, budget=self._budget, aside=self._aside,
        )  # fmt: skip

    def learn(self, secret: str) -> str:
        """Keep a secret out of everything that is written down from now on, and return it."""
        return self.transcript.redactor.learn(secret)

    def begin(self) -> None:
        """Count one exchange that goes another way than over this wire, and keep the pace; BudgetSpent as in `send`."""
        self._budget.spend()
        self._health.wait(self._pace_seconds)

    def note(self, method: str, what: str, status: int, body: bytes, seconds: float) -> int:
        """Write down an exchange that went another way, and return its number; a status of 0 is no answer of HTTP."""
        number = self.transcript.add(self.probe, method, what, status, {}, body, seconds)
        self._health.saw(status or 200, seconds, expects_refusals=True)
        return number

    def is_cleaning(self, so: bool) -> None:
        """Say whether what follows takes away what the run made; the health guard then ends nothing."""
        self._health.cleaning = so

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        elsewhere: bool = False,
        expects_refusals: bool = False,
        follows: bool = True,
        reveals: Reveals = lambda body, headers: (),
    ) -> Reply:
        """Send one request and return its answer.

        `path` is resolved against the target's address; another host is refused with ValueError unless `elsewhere`, and
        one in a private network even then, where the target is in the public one.
        A redirection is returned as it came unless `follows`. `reveals` names the secrets in an answer, from its body
        and its headers, before anything of it is written down. Raises Unreachable, BudgetSpent, and SafetyAbort when
        the target is no longer well.
        """
        url = urljoin(self.base, path)
        if elsewhere and self._aside and url.startswith(self._aside):
            own = Wire(self._client, self._aside, self.transcript, Health(), probe=self.probe, budget=Budget(1, 60))
            return own.send(method, url, headers=self._headers_for(url, headers or {}), content=content, follows=False)
        for _ in range(6):
            if urlsplit(url).netloc != urlsplit(self.base).netloc and not (elsewhere and self._may_reach(url)):
                raise ValueError(f"{url} is not on the host that is measured")
            reply = self._once(method, url, self._headers_for(url, headers or {}), content, expects_refusals, reveals)
            if not follows or reply.status not in (301, 302, 303, 307, 308) or method not in ("GET", "HEAD"):
                return reply
            try:
                url = urljoin(url, reply.headers.get("location", ""))
                strange = urlsplit(url).netloc != urlsplit(self.base).netloc
            except ValueError:
                return reply
            if strange and not elsewhere:
                return reply
        return reply

    def _headers_for(self, url: str, headers: Mapping[str, str]) -> Mapping[str, str]:
        # What opens the target is shown to nobody else, and not in the open where it began under cover.
        if urlsplit(url)[:2] == urlsplit(self.base)[:2]:
            return headers
        return {name: value for name, value in headers.items() if name.lower() not in ("authorization", "cookie")}

    def _may_reach(self, url: str) -> bool:
        # A repository on the public network must not lead whoever measures it into their own.
        there, here = urlsplit(url), urlsplit(self.base)
        return there.scheme in ("http", "https") and (
            is_public_host(there.hostname or "") or not is_public_host(here.hostname or "")
        )

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        lenient: bool,
        reveals: Reveals,
    ) -> Reply:
        self._budget.spend()
        self._health.wait(self._pace_seconds)
        began = time.monotonic()
        try:
            request = self._client.build_request(
                method, url, headers={"User-Agent": USER_AGENT, **headers}, content=content
            )
            with within(EXCHANGE_SECONDS):
                response = self._client.send(request, stream=True)
                try:
                    body = _bounded(response.iter_bytes())
                finally:
                    response.close()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            self.transcript.add(self.probe, method, url, 0, {}, str(error).encode(), time.monotonic() - began)
            self._health.saw(None, time.monotonic() - began)
            raise Unreachable(f"{method} {url}: {error or type(error).__name__}") from error
        seconds = time.monotonic() - began
        lowered = {name.lower(): value for name, value in response.headers.items()}
        for secret in reveals(body, lowered):
            self.learn(secret)
        number = self.transcript.add(self.probe, method, url, response.status_code, lowered, body, seconds)
        self._health.saw(response.status_code, seconds, expects_refusals=lenient)
        return Reply(number, response.status_code, lowered, body, url, seconds)


def _bounded(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LIMIT_BODY_BYTES:
            raise Unreachable(f"the answer is longer than {LIMIT_BODY_BYTES} bytes")
    return bytes(body)
