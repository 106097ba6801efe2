"""Passwords: what is strong enough, and how one is kept.

Principles: AUTHN-1.3
"""

import base64
from typing import Final

from argon2 import PasswordHasher

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

SHORTEST: Final = 12
LONGEST: Final = 4096

# RFC 9106, section 4, second recommended option scaled to a small machine: 64 MiB, 3 passes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def hash_password(password: Secret) -> str:
    """Return the Argon2id string to keep; Refused when the password is too short or absurdly long."""
    text = password.reveal()
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused(
            "weak-password", f"A password has at least {SHORTEST} characters. A sentence is easy to remember."
        )
    return _HASHER.hash(text)


def new_password(random_part: bytes) -> Secret:
    """Return a password made of 20 random bytes, in groups that a person can type."""
    text = base64.b32encode(random_part[:20]).decode().lower()
    return Secret("-".join(text[at : at + 8] for at in range(0, len(text), 8)))
