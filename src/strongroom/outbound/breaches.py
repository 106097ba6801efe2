"""Lists of leaked passwords: the range protocol of Have I Been Pwned, and a list on this disk.

Principles: AUTHN-2.4
"""

import hashlib
import re
from typing import Final

from strongroom.authn.breaches import Exposure
from strongroom.kernel.secrets import Secret
from strongroom.outbound.breach_files import OfflineList
from strongroom.outbound.fetching import Unanswered, fetch, require_safe_url

LIMIT_ANSWER_BYTES: Final = 1 << 20
# A line of the range protocol: what follows the five digits of the prefix, and how often it was seen.
_LINE: Final = re.compile(rb"([0-9A-Fa-f]{35}):([0-9]{1,12})\r?")


def sha1_of(password: Secret) -> bytes:
    """Return the 20 bytes by which breach lists know a password."""
    return hashlib.sha1(password.reveal().encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


class RangeList:
    """A breach list that is asked over the network by k-anonymity: five hexadecimal digits of a SHA-1 leave, no more.

    `url` is what stands before the prefix, as in `https://breaches.example/range`; ValueError unless it is https, or
    http on this machine. Anything but a well-formed answer in time is `UNKNOWN`.
    """

    def __init__(self, url: str, timeout_seconds: float = 3.0) -> None:
        self._url = require_safe_url(url).rstrip("/")
        self._timeout_seconds = timeout_seconds

    def exposure(self, password: Secret) -> Exposure:
        """Return what the list says of the password; the whole range is read, whether or not it is in there."""
        wanted = sha1_of(password).hex().upper()
        try:
            answer = fetch(
                f"{self._url}/{wanted[:5]}",
                # Answers are then of one size, whichever prefix was asked for.
                headers={"Add-Padding": "true", "Accept": "text/plain"},
                limit_bytes=LIMIT_ANSWER_BYTES,
                timeout_seconds=self._timeout_seconds,
            )
        except Unanswered:
            return Exposure.UNKNOWN
        return _read_range(answer.body, wanted[5:].encode()) if answer.status == 200 else Exposure.UNKNOWN


def _read_range(body: bytes, suffix: bytes) -> Exposure:
    lines = [_LINE.fullmatch(line) for line in body.split(b"\n") if line.strip()]
    # A page that is no range says nothing; an empty one neither, as every prefix has entries.
    if not lines or None in lines:
        return Exposure.UNKNOWN
    # "Padded entries always have a password count of 0 and can be discarded once received."
    seen = {line[1].upper() for line in lines if line is not None and int(line[2]) > 0}
    return Exposure.LEAKED if suffix in seen else Exposure.NEVER_SEEN


class Breaches:
    """The breach list of a repository: an imported one answers alone, else the one on the network, else nobody.

    What the operator added by hand has leaked, whoever answers for the rest.
    """

    def __init__(self, offline: OfflineList | None, service: RangeList | None) -> None:
        self._offline = offline
        self._service = service

    def exposure(self, password: Secret) -> Exposure:
        """Return what is known of the password; `UNKNOWN` when no list is there to answer."""
        if self._offline is not None:
            seen = self._offline.exposure(sha1_of(password))
            if seen is Exposure.LEAKED or self._offline.is_imported():
                return seen
        return self._service.exposure(password) if self._service is not None else Exposure.UNKNOWN
