"""Time-based one-time codes (RFC 6238).

Principles: AUTHN-1.3
"""

import base64
from datetime import datetime
from typing import Final

import pyotp

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.principles import upholds

#: RFC 6238, 5.2: "We RECOMMEND that at most one time step is allowed as the network delay."
STEPS_OF_DELAY: Final = 1


def totp_secret(random_part: bytes) -> Secret:
    """Return a base32 secret made of 20 random bytes (RFC 4226, requirement R6: 160 bits recommended)."""
    return Secret(base64.b32encode(random_part[:20]).decode())


def enrolment_uri(secret: Secret, *, account: str, issuer: str) -> str:
    """Return the `otpauth://` address that an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret.reveal()).provisioning_uri(name=account, issuer_name=issuer)


@upholds("AUTHN-1.3a")
def require_code(secret: Secret, code: str, now: datetime) -> None:
    """Refuse a code that is not the one of this moment, give or take one step of 30 seconds (AUTHN-1.3 a)."""
    if not pyotp.TOTP(secret.reveal()).verify(code.strip().replace(" ", ""), for_time=now, valid_window=STEPS_OF_DELAY):
        raise Refused(
            "wrong-code", "That code does not match. Check the clock of your device and enter the newest code."
        )
