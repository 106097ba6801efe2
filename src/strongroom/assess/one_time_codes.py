"""One-time codes by the clock (RFC 6238), as an authenticator application makes them.

Principles: none
"""

import base64

LEAST_BYTES = 20


def code_at(secret: str, seconds: float) -> str:
    """Return the six-digit code of a base32 secret at a moment, in seconds since 1970; ValueError when it is none."""
    import pyotp

    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    # "append zeros to the end of K to create a B byte string" (RFC 2104): a short key and a padded one are the same.
    return pyotp.TOTP(base64.b32encode(key.ljust(LEAST_BYTES, b"\0")).decode()).at(int(seconds))
