"""What an active run uses of the machine that it runs on: other addresses to come from, and a relay for its mail.

Principles: AUTHN-1.4, AUTHN-1.5
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from strongroom.assess.deadline import transport
from strongroom.assess.mailbox import MailSink

SOURCES: Final = tuple(f"127.0.0.{number}" for number in range(2, 14))
"""Loopback addresses other than the one that everything else comes from; Linux has them without asking."""

_CONNECT_SECONDS: Final = 2.0
_PORTS: Final = {"http": 80, "https": 443}


@contextmanager
def other_sources(url: str, timeout_seconds: float) -> Iterator[list[httpx2.Client]]:
    """Yield a client for each of this machine's other addresses from which a target on loopback can be reached.

    None where the target is elsewhere, or where this machine has no such addresses.
    """
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                httpx2.Client(
                    transport=transport(source),
                    timeout=timeout_seconds,
                    follow_redirects=False,
                    trust_env=False,
                )
            )
            for source in (SOURCES if reaches(url, SOURCES[0]) else ())
        ]


def reaches(url: str, source: str) -> bool:
    """Report whether a target can be reached from one of this machine's addresses."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))
    try:
        with socket.create_connection(address, _CONNECT_SECONDS, (source, 0)):
            return True
    except OSError:
        return False


@contextmanager
def relay(port: int, domain: str) -> Iterator[dict[str, Any]]:
    """Take mail on a port of this machine, and yield where it can be read, as `mailbox`; nothing for port 0."""
    if not port:
        yield {}
        return
    with MailSink(domain, port=port) as sink:
        yield {"mailbox": sink}
