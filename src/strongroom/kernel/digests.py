"""Content digests.

Principles: none
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Sha256:
    """A SHA-256 digest, held as 64 lower-case hexadecimal digits."""

    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the digest written in `text`; ValueError when it is not 64 lower-case hexadecimal digits."""
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            raise ValueError("not a SHA-256 digest")
        return cls(text)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Return the digest of `content`."""
        return cls(hashlib.sha256(content).hexdigest())

    def __str__(self) -> str:
        return self.hex


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of one file, by every algorithm that clients and the JSON API speak of."""

    sha256: Sha256
    blake2b_256: str
    md5: str
