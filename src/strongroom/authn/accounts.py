"""Accounts: who can hold a role, and what an account must have proved first.

Principles: AUTHN-1.1
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


@dataclass(frozen=True, slots=True, order=True)
class AccountName:
    """A checked account name. Only `parse_account_name` makes one."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `password_hash` is an Argon2 string; `totp_secret` is base32, "" when none is enrolled."""

    name: AccountName
    email: str
    email_verified: bool
    is_administrator: bool
    created: datetime
    password_hash: str = ""
    totp_secret: str = ""

    def __repr__(self) -> str:
        return f"Account({self.name})"


class AccountBook(Protocol):
    """The accounts, inside one open transaction."""

    def account(self, name: AccountName) -> Account | None:
        """Return the account, or None."""

    def add_account(self, account: Account) -> None:
        """Add an account; Refused("account-exists") when the name or the address is taken."""

    def remove_account(self, name: AccountName) -> None:
        """Forget the person: address, password, factors. The name stays taken, and `account` finds nobody by it."""

    def held_alone(self, name: AccountName) -> Sequence[str]:
        """Return the projects with files of which the account is the only owner, by name."""

    def any_administrator(self) -> bool:
        """Report whether an administrator exists."""

    def add_enrolment(self, fingerprint: str, expires: datetime) -> None:
        """Replace whatever one-time enrolment link there was by this one."""

    def enrolment_expires(self, fingerprint: str) -> datetime | None:
        """Return when the unused enrolment link with this fingerprint expires; None when there is no such link."""

    def use_enrolment(self, fingerprint: str) -> bool:
        """Spend the link; report whether it was there to be spent."""


def parse_account_name(raw: str) -> AccountName:
    """Return the account name; ValueError unless 1 to 50 of a-z 0-9 - _ . that begin and end with a-z0-9."""
    name = raw.strip().lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]{0,48}[a-z0-9])?", name):
        raise ValueError(
            "An account name has 1 to 50 letters, digits, '-', '_' or '.'; its first and last are letters or digits."
        )
    return AccountName(name)


def parse_email(raw: str) -> str:
    """Return the address; ValueError when it cannot be one (RFC 5321 limits, one @, a dotted or local domain)."""
    address = raw.strip()
    if len(address) > 254 or not re.fullmatch(
        r"[^@\s<>\"',;\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", address
    ):
        raise ValueError("That is not an e-mail address.")
    return address


@upholds("AUTHN-1.1")
def require_verified_email(account: Account) -> None:
    """Refuse an account whose address nobody has verified (AUTHN-1.1 a)."""
    if not account.email_verified:
        raise Refused(
            "email-not-verified",
            f"The e-mail address of {account.name} is not verified. Verify it, then publish again.",
            principle="AUTHN-1.1",
        )
