"""Secrets that do not leak by accident.

Principles: AUTHZ-1.2
"""

import hashlib
import hmac
from typing import Final, final


@final
class Secret:
    """Text that prints as dots, never equals anything, and is stored only as a hash."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def fingerprint(self) -> str:
        """Return the SHA-256, in hexadecimal: what storage may keep of a secret that is random and long."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    def matches(self, fingerprint: str) -> bool:
        """Report, in constant time, whether `fingerprint` was made from this secret."""
        return hmac.compare_digest(self.fingerprint(), fingerprint)

    def reveal(self) -> str:
        """Return the text. Call it only where the secret is shown to its owner, once."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare secrets with matches()")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled or copied")
