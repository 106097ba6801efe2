"""Passwords that the world already knows: who can tell, and what follows.

Principles: AUTHN-2.4
"""

from enum import Enum
from typing import Protocol, assert_never

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.principles import upholds


class Exposure(Enum):
    """What a breach list says of a password; `UNKNOWN` when it gave no answer that can be used."""

    NEVER_SEEN = "never seen"
    LEAKED = "leaked"
    UNKNOWN = "unknown"


class BreachList(Protocol):
    """A list of passwords that have leaked."""

    def exposure(self, password: Secret) -> Exposure:
        """Return what the list says. It never raises for a list that is silent or broken: that is `UNKNOWN`."""


@upholds("AUTHN-2.4a")
def require_unleaked(exposure: Exposure) -> None:
    """Refuse a new password unless a list has said that it never leaked (AUTHN-2.4 a).

    For registration and change. At login a leaked password, or a silent list, is for the caller to warn of.
    """
    match exposure:
        case Exposure.NEVER_SEEN:
            return
        case Exposure.LEAKED:
            raise Refused(
                "leaked-password",
                "This password is in a public list of leaked passwords, where attackers look first. Choose another.",
                principle="AUTHN-2.4",
            )
        case Exposure.UNKNOWN:
            raise Refused(
                "breach-list-silent",
                "Whether this password has leaked cannot be told at this moment. Try again in a few minutes.",
                principle="AUTHN-2.4",
            )
        case _:
            assert_never(exposure)
