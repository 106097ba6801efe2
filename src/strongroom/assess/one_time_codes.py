"""One-time codes by the clock (RFC 6238), as an authenticator application makes them.

Principles: none
"""


def code_at(secret: str, seconds: float) -> str:
    """Return the six-digit code of a base32 secret at a moment, in seconds since 1970."""
    import pyotp

    return pyotp.TOTP(secret).at(int(seconds))
