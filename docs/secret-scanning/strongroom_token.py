"""Find tokens of Strongroom package repositories with detect-secrets: `detect-secrets scan -p strongroom_token.py`.

Made by tools/scanner_rules.py; change the pattern there, not here.

Principles: AUTHZ-3.2
"""

import re
import zlib
from collections.abc import Iterator

from detect_secrets.plugins.base import RegexBasedDetector

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class StrongroomTokenDetector(RegexBasedDetector):
    """Finds tokens whose checksum holds, so that what only looks like a token is none."""

    secret_type = "Strongroom token"  # noqa: S105 (the name of a kind)
    denylist = (re.compile(r"srm_(?:[a-z0-9]{2,12}_)?[a-z][0-9A-Za-z]{43}[0-9A-Za-z]{6}"),)

    def analyze_string(self, string: str) -> Iterator[str]:
        """Yield the tokens in a line."""
        for token in super().analyze_string(string):
            if checksum(token[:-6]) == token[-6:]:
                yield token


def checksum(body: str) -> str:
    """Return the last six characters of a token: the CRC-32 of all before them, in base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
