"""Leave to do more than look: which targets are never touched, and what proves that a target is the asker's own.

Principles: none
"""

import hashlib
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from strongroom.assess.probing import Safety
from strongroom.assess.wire import Unreachable, Wire

NONCE_PATH: Final = "/.well-known/strongroom-assess.txt"


class NotAllowed(Exception):
    """The measurement may not do this to this target; the text says why and what would allow it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be done, up to which safety class, and what proves it; the report shows it."""

    safety: Safety
    proof: str


def public_registries() -> frozenset[str]:
    """Return the SHA-256, in hexadecimal, of every host that is measured passively only."""
    text = files(__package__).joinpath("public_registries.txt").read_text("utf-8")
    return frozenset(line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#"))


def is_public_registry(url: str) -> bool:
    """Report whether an address belongs to a public registry, or to a host below one."""
    labels = (urlsplit(url).hostname or "").rstrip(".").lower().split(".")
    known = public_registries()
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return any(hashlib.sha256(name.encode()).hexdigest() in known for name in names)


def require_may_ask(url: str, wanted: Safety) -> None:
    """Refuse, before anything is sent, to do more to a public registry than look at it: NotAllowed."""
    if wanted > Safety.PASSIVE and is_public_registry(url):
        raise NotAllowed("this is a public registry: it is looked at, never tried, whatever the flags")


def is_loopback(url: str) -> bool:
    """Report whether every address of the host is this machine's own; a host that cannot be resolved is not."""
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None)
        return bool(found) and all(ipaddress.ip_address(str(each[4][0])).is_loopback for each in found)
    except (OSError, ValueError):
        return False


def consent(
    url: str,
    wanted: Safety,
    wire: Wire,
    *,
    run: str,
    now: datetime,
    data: Path | None,
    loopback: Callable[[str], bool] = is_loopback,
) -> Consent:
    """Return what may be done to the target; NotAllowed when more is wanted than anything proves.

    Up to ACCOUNT nothing but the asker's word is needed, and SANDBOX and IRREVERSIBLE need proof of control: the
    target is on this machine, or its data folder is at hand, or a nonce that names this run lies under /.well-known/.
    A public registry is never more than looked at.
    """
    if wanted is Safety.PASSIVE:
        return Consent(wanted, "")
    require_may_ask(url, wanted)
    if wanted <= Safety.ACCOUNT:
        return Consent(wanted, "asked for by whoever runs the assessment")
    if data is not None:
        return Consent(wanted, f"the data folder of the repository is at hand: {data}")
    if loopback(url):
        return Consent(wanted, "the repository is on this machine")
    return _by_nonce(wanted, wire, run, now)


def _by_nonce(wanted: Safety, wire: Wire, run: str, now: datetime) -> Consent:
    says = f"{run} {wanted.name.lower()} until=YYYY-MM-DD"
    ask = f"put a line like this at {NONCE_PATH} of the target: {says!r}, and name this run with --run {run}"
    try:
        reply = wire.send("GET", NONCE_PATH)
    except Unreachable as lost:
        raise NotAllowed(f"no proof of control could be read ({lost}); {ask}") from None
    for line in reply.text.splitlines() if reply.status == 200 else ():
        if grants(line, run, wanted, now):
            return Consent(wanted, f"{NONCE_PATH} says: {line.strip()}")
    raise NotAllowed(f"nothing proves that this repository is yours; {ask}")


def grants(line: str, run: str, wanted: Safety, now: datetime) -> bool:
    """Report whether a line of the nonce file names this run, a class that is high enough, and a day not yet over."""
    match line.split():
        case [named, level, until] if named == run and until.startswith("until="):
            try:
                last = datetime.strptime(until.removeprefix("until="), "%Y-%m-%d").date()  # noqa: DTZ007 - a day, in UTC
                return Safety[level.upper()] >= wanted and now.date() <= last
            except (KeyError, ValueError):
                return False
    return False
