"""Passwords: what is strong enough, and how one is kept.

Principles: AUTHN-1.3, AUTHN-1.5
"""

import base64
from collections.abc import Iterable
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

SHORTEST: Final = 12
LONGEST: Final = 4096

#: zxcvbn takes no more, and nothing beyond makes a password weaker.
_LOOKED_AT: Final = 72

#: "3: safely unguessable" of zxcvbn's 0 to 4.
LEAST_SCORE: Final = 3


class Hashing(Protocol):
    """Turns passwords into what may be kept. Slow by design; an adapter bounds how much of it runs at once."""

    def hash(self, password: Secret) -> str:
        """Return the string to keep."""

    def matches(self, kept: str, password: Secret) -> bool:
        """Report whether `kept` was made from this password; for `kept` "" False, after as long a time."""

    def is_dated(self, kept: str) -> bool:
        """Report whether `kept` should be made anew, its costs being those of another time."""


class Argon2:
    """Argon2id, with the costs of RFC 9106, section 4, second recommended option on one lane: 3 passes over 64 MiB."""

    def __init__(self, passes: int = 3, memory_kibibytes: int = 64 * 1024) -> None:
        self._hasher: Final = PasswordHasher(time_cost=passes, memory_cost=memory_kibibytes, parallelism=1)
        # Nobody's password: what no password is known to hash to, at the same costs. To make a real one takes as long
        # as a sign-in, at every start.
        costs = f"m={memory_kibibytes},t={passes},p=1"
        self._nobodys: Final = f"$argon2id$v=19${costs}${_unpadded(bytes(16))}${_unpadded(bytes(32))}"

    def hash(self, password: Secret) -> str:
        """Return the Argon2id string to keep."""
        return self._hasher.hash(password.reveal())

    def matches(self, kept: str, password: Secret) -> bool:
        """Report whether `kept` was made from this password; for `kept` "" False, after as long a time."""
        try:
            # Whoever has no account, or no password, is refused after the same work: time tells nobody who is here.
            return self._hasher.verify(kept or self._nobodys, password.reveal()) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    def is_dated(self, kept: str) -> bool:
        """Report whether `kept` should be made anew, its costs being those of another time."""
        return self._hasher.check_needs_rehash(kept)


def _unpadded(value: bytes) -> str:
    """Return base64 as the PHC string format has it: "the '=' padding characters are removed"."""
    return base64.b64encode(value).decode().rstrip("=")


def require_length(password: Secret) -> None:
    """Refuse a password that is absurdly long before any work is done on it."""
    if len(password.reveal()) > LONGEST:
        raise Refused("weak-password", f"A password has at most {LONGEST} characters.")


def require_strong(password: Secret, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short, long, or soon guessed by who knows `about` its owner: name, address."""
    require_length(password)
    text = password.reveal()
    if len(text) < SHORTEST:
        raise Refused(
            "weak-password", f"A password has at least {SHORTEST} characters. A sentence is easy to remember."
        )
    found = zxcvbn(text[:_LOOKED_AT], user_inputs=list(about), max_length=_LOOKED_AT)
    if found["score"] < LEAST_SCORE:
        why = found["feedback"]["warning"] or "It is made of what guessers try first."
        raise Refused("weak-password", f"That password is soon guessed: {why.rstrip('.')}. Take several unusual words.")


def new_password(random_part: bytes) -> Secret:
    """Return a password made of 20 random bytes, in groups that a person can type."""
    text = base64.b32encode(random_part[:20]).decode().lower()
    return Secret("-".join(text[at : at + 8] for at in range(0, len(text), 8)))
