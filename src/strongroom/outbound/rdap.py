"""Registries are asked since when a domain is registered, and whether it still is (RDAP: RFC 7480, 9082, 9083, 9224).

Principles: AUTHN-2.1
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from strongroom.authn.domains import Registration, Registry, is_local_name
from strongroom.outbound.fetching import Answer, Unanswered, fetch, is_loopback, require_safe_url

LIMIT_ANSWER_BYTES: Final = 256 * 1024
LIMIT_BOOTSTRAP_BYTES: Final = 4 << 20
MOST_REDIRECTIONS: Final = 3
_BOOTSTRAP_LIFE: Final = timedelta(days=1)
_BOOTSTRAP_RETRY: Final = timedelta(minutes=1)
_REST: Final = timedelta(minutes=5)
_NO_ANSWER: Final = Registration(Registry.NO_ANSWER)
# RFC 9083, 10.2.3: "reregistration: The object instance was registered subsequently to initially being registered."
_CREATED: Final = ("registration", "reregistration")


class Registries:
    """The registries of the world, found by the bootstrap file of RFC 9224 (`dns.json`), which is kept for a day.

    No server is asked more often than once in `pace_seconds`, and one that says "too many requests" is left alone for
    five minutes. Addresses are https; those of this machine are believed only of a bootstrap on this machine. For one
    thread at a time. ValueError for a bootstrap address that is not safe.
    """

    def __init__(
        self,
        bootstrap_url: str,
        *,
        clock: Callable[[], datetime],
        timeout_seconds: float = 5.0,
        pace_seconds: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bootstrap_url = require_safe_url(bootstrap_url)
        self._clock, self._sleep = clock, sleep
        self._timeout_seconds, self._pace_seconds = timeout_seconds, pace_seconds
        self._services: Mapping[str, str] | None = None
        self._services_until = self._next_try = datetime.min.replace(tzinfo=UTC)
        self._free_at: dict[str, datetime] = {}

    def registration(self, domain: str) -> Registration:
        """Return what the registry of a registrable domain, in A-labels, says of it."""
        services = self._bootstrap()
        if services is None:
            return Registration(Registry.NONE) if is_local_name(domain) else _NO_ANSWER
        base = next((services[zone] for zone in _zones_above(domain) if zone in services), None)
        if base is None:
            return Registration(Registry.NONE)
        try:
            # RFC 9082, 3.1.3: "Syntax: domain/<domain name>".
            answer = self._asked(urljoin(base, f"domain/{domain}"))
            return _read(answer, domain)
        except (Unanswered, ValueError):
            return _NO_ANSWER

    def _bootstrap(self) -> Mapping[str, str] | None:
        now = self._clock()
        if now >= self._services_until and now >= self._next_try:
            self._next_try = now + _BOOTSTRAP_RETRY
            try:
                answer = fetch(
                    self._bootstrap_url, limit_bytes=LIMIT_BOOTSTRAP_BYTES, timeout_seconds=self._timeout_seconds
                )
                if answer.status == 200:
                    self._services = read_bootstrap(answer.body)
                    self._services_until = now + _BOOTSTRAP_LIFE
            except (Unanswered, ValueError):
                # Yesterday's file is better than none: servers of registries seldom move.
                return self._services
        return self._services

    def _asked(self, url: str) -> Answer:
        for _ in range(1 + MOST_REDIRECTIONS):
            self._require_allowed(url)
            self._wait_for(urlsplit(url).netloc)
            answer = fetch(
                url,
                headers={"Accept": "application/rdap+json"},
                limit_bytes=LIMIT_ANSWER_BYTES,
                timeout_seconds=self._timeout_seconds,
            )
            if answer.status == 429:
                self._free_at[urlsplit(url).netloc] = self._clock() + _REST
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            url = urljoin(url, answer.headers.get("location", ""))
        raise Unanswered(f"{url}: redirected too often")

    def _require_allowed(self, url: str) -> None:
        require_safe_url(url)
        # A registry on the network must not lead us to what listens on this machine only.
        if is_loopback(urlsplit(url).hostname or "") and not is_loopback(urlsplit(self._bootstrap_url).hostname or ""):
            raise ValueError(f"{url} is on this machine")

    def _wait_for(self, server: str) -> None:
        now = self._clock()
        wait = (self._free_at.get(server, now) - now).total_seconds()
        if wait > self._pace_seconds:
            raise Unanswered(f"{server} asked to be left alone")
        if wait > 0:
            self._sleep(wait)
        self._free_at[server] = now + timedelta(seconds=max(wait, 0) + self._pace_seconds)


def _zones_above(domain: str) -> Sequence[str]:
    # RFC 9224, 4: "the longest match" of labels, from the right.
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def read_bootstrap(body: bytes) -> Mapping[str, str]:
    """Return zone → base address (RFC 9224, section 3); ValueError when the file is not of that shape."""
    try:
        services = json.loads(body)["services"]
        return {
            zone.lower(): base if base.endswith("/") else f"{base}/"
            for zones, bases in services
            # RFC 9224, 3: "an array of one or more base RDAP URLs"; the first that is under cover is taken.
            for base in sorted(map(str, bases), key=lambda each: not each.startswith("https:"))[:1]
            for zone in map(str, zones)
        }
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("that is no bootstrap file of RDAP") from error


def _read(answer: Answer, domain: str) -> Registration:
    if answer.status == 404:
        return Registration(Registry.NOT_FOUND)
    if answer.status != 200:
        return _NO_ANSWER
    try:
        return read_domain(answer.body, domain)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("that is no domain as RDAP describes one") from error


def read_domain(body: bytes, domain: str) -> Registration:
    """Return what an RDAP domain object says (RFC 9083, 5.3); ValueError, KeyError, TypeError … when it is none."""
    found: Any = json.loads(body)
    name = str(found.get("ldhName", domain)).lower().rstrip(".")
    if found["objectClassName"] != "domain" or name != domain:
        raise ValueError("the answer is about something else")
    times: dict[str, list[datetime]] = {}
    for event in found.get("events", []):
        if (action := str(event["eventAction"]).lower()) in (*_CREATED, "expiration"):
            moment = datetime.fromisoformat(event["eventDate"])
            times.setdefault(action, []).append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    created = [moment for action in _CREATED for moment in times.get(action, [])]
    return Registration(
        Registry.FOUND,
        max(created, default=None),
        max(times.get("expiration", []), default=None),
        frozenset(str(each).lower() for each in found.get("status", [])),
    )
