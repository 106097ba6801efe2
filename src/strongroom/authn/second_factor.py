"""One-time codes by the clock (RFC 6238), and recovery codes.

Principles: AUTHN-1.3
"""

import base64
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import pyotp

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.principles import upholds

#: RFC 6238, 5.2: "We RECOMMEND that at most one time step is allowed as the network delay."
STEPS_OF_DELAY: Final = 1
STEP_SECONDS: Final = 30

RECOVERY_CODES: Final = 10
_CODE_BYTES: Final = 10


def totp_secret(random_part: bytes) -> Secret:
    """Return a base32 secret made of 20 random bytes (RFC 4226, requirement R6: 160 bits recommended)."""
    return Secret(base64.b32encode(random_part[:20]).decode())


def enrolment_uri(secret: Secret, *, account: str, issuer: str) -> str:
    """Return the `otpauth://` address that an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret.reveal()).provisioning_uri(name=account, issuer_name=issuer)


@upholds("AUTHN-1.3a", "AUTHN-1.3b")
def require_code(secret: Secret, code: str, now: datetime, *, after: int = 0) -> int:
    """Return the time step of a code that is right now, give or take one step; Refused when it is wrong or was used.

    `after` is the last step that was accepted. RFC 6238, 5.2: "The verifier MUST NOT accept the second attempt of the
    OTP after the successful validation has been issued for the first OTP": no step is accepted that is not later.
    """
    # Where no secret is enrolled no code is right: the code of an empty secret is anybody's to reckon.
    if not secret.reveal():
        raise _wrong()
    # Exactly six ASCII digits, as shown or in two groups of three: no other spelling of a used code is a new code.
    given = code.strip()
    if re.fullmatch(r"[0-9]{3} [0-9]{3}", given):
        given = given.replace(" ", "")
    current = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret.reveal())
    right = 0
    for step in range(current - STEPS_OF_DELAY, current + STEPS_OF_DELAY + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), given.encode("utf-8", "replace")):
            right = step
    if right <= after or not re.fullmatch(r"[0-9]{6}", given):
        raise _wrong()
    return right


def _wrong() -> Refused:
    return Refused(
        "wrong-code",
        "That code does not match, or was used already. Check the clock of your device and enter the newest code.",
        principle="AUTHN-1.3",
    )


def new_recovery_codes(chance: Callable[[int], bytes]) -> tuple[Secret, ...]:
    """Return ten codes of 80 random bits each, in groups that a person can type."""
    return tuple(_grouped(base64.b32encode(chance(_CODE_BYTES)).decode().lower()) for _ in range(RECOVERY_CODES))


def parse_recovery_code(raw: str) -> Secret:
    """Return the code as it was shown, however it was typed: capitals, spaces, hyphens; ValueError when it is none."""
    text = re.sub(r"[\s-]", "", raw.strip().lower())
    if not re.fullmatch(r"[a-z2-7]{16}", text):
        raise ValueError("A recovery code has 16 letters and digits, in four groups.")
    return _grouped(text)


def _grouped(text: str) -> Secret:
    return Secret("-".join(text[at : at + 4] for at in range(0, len(text), 4)))
