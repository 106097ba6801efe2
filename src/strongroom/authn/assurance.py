"""How strongly a person has proved who they are, and how strongly they must.

Principles: AUTHN-3.2
"""

from strongroom.authn.accounts import Account
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


@upholds("AUTHN-3.2")
def require_second_factor(account: Account) -> None:
    """Refuse a maintainer who has no second factor, whatever credential they came with (AUTHN-3.2 a)."""
    if not account.totp_secret:
        raise Refused(
            "needs-second-factor",
            f"Everybody who publishes has a second factor, and {account.name} has none. Enrol one, then publish again.",
            principle="AUTHN-3.2",
        )
