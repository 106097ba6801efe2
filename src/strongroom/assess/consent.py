"""Leave to do more than look: which targets are never touched, and what proves that a target is the asker's own.

Principles: none
"""

import hashlib
import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx2

from strongroom.assess.probing import Safety
from strongroom.assess.wire import Unreachable, Wire

NONCE_PATH: Final = "/.well-known/strongroom-assess.txt"
LONGEST_ADDRESS: Final = 2000

_HOST: Final = re.compile(rb"[a-z0-9][a-z0-9._-]*|[0-9a-f:.]*:[0-9a-f:.]*")


class NotAllowed(Exception):
    """The measurement may not do this to this target; the text says why and what would allow it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be done, up to which safety class, and what proves it; the report shows it."""

    safety: Safety
    proof: str


def parse_address(text: str) -> str:
    """Return the address of a target with a slash at its end, its host as it will be asked for.

    ValueError when it is no web address, or holds what is none of a target's: a name, a password, a question.
    """
    try:
        url = httpx2.URL(text.strip()) if len(text) <= LONGEST_ADDRESS else httpx2.URL()
    except httpx2.InvalidURL as wrong:
        raise ValueError(f"this is no address: {wrong}") from None
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host):
        raise ValueError("the address of a repository begins with https:// or http://, and names a host")
    if url.userinfo:
        raise ValueError("an address stands in every report: no name and no password in it, say them with --account")
    if url.query or url.fragment:
        raise ValueError("the address of a repository ends before ? and #")
    path = url.raw_path.decode("ascii")
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path if path.endswith('/') else path + '/'}"


def public_registries() -> frozenset[str]:
    """Return the SHA-256, in hexadecimal, of every host that is measured passively only."""
    text = files(__package__).joinpath("public_registries.txt").read_text("utf-8")
    return frozenset(line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#"))


def is_public_registry(url: str) -> bool:
    """Report whether an address belongs to a public registry, or to a host below one."""
    labels = _host_as_asked(url).rstrip(".").lower().split(".")
    known = public_registries()
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return any(hashlib.sha256(name.encode()).hexdigest() in known for name in names)


def _host_as_asked(url: str) -> str:
    # What is compared must be what is resolved: the client takes 。 for a dot, and so would the network.
    try:
        return unquote(httpx2.URL(url).raw_host.decode("ascii"))
    except httpx2.InvalidURL:
        return urlsplit(url).hostname or ""


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


def is_here(url: str) -> bool:
    """Report whether every address of the host is one of this machine's, not only those of loopback."""
    host = urlsplit(url).hostname or ""
    try:
        found = {(each[0], str(each[4][0])) for each in socket.getaddrinfo(host, None)}
        for family, address in found:
            with socket.socket(family, socket.SOCK_STREAM) as own:
                own.bind((address, 0))
        return bool(found)
    except OSError:
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
    here: Callable[[str], bool] = is_here,
) -> Consent:
    """Return what may be done to the target; NotAllowed when more is wanted than anything proves.

    Up to ACCOUNT nothing but the asker's word is needed, and SANDBOX and IRREVERSIBLE need proof of control: the
    target is on loopback, or it is on this machine and its data folder is at hand, or a nonce that names this run lies
    under /.well-known/. That somebody has a folder proves nothing of another machine. A public registry is never more
    than looked at.
    """
    if wanted is Safety.PASSIVE:
        return Consent(wanted, "")
    require_may_ask(url, wanted)
    if wanted <= Safety.ACCOUNT:
        return Consent(wanted, "asked for by whoever runs the assessment")
    if data is not None and (loopback(url) or here(url)):
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
