"""What is kept of second factors: enrolled keys, recovery codes, identities elsewhere, vouchers for keys.

Principles: AUTHN-1.3, AUTHN-2.2, AUTHN-3.3
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from strongroom.authn.accounts import AccountName
from strongroom.authn.passkeys import Key


@dataclass(frozen=True, slots=True)
class Codes:
    """How an account stands with its recovery codes. `are_ready`: one of the set has been tried, so they count."""

    made: datetime | None
    left: int
    are_ready: bool


@dataclass(frozen=True, slots=True)
class Voucher:
    """A code for which a maker of security keys sends one. `account` None: it is still to be had."""

    code: str
    account: AccountName | None
    given: datetime | None


class FactorBook(Protocol):
    """Keys, recovery codes, identities and vouchers, inside one open transaction."""

    def key(self, identifier: str) -> Key | None:
        """Return the key with this credential id, whoever's it is, or None."""

    def keys_of(self, name: AccountName) -> Sequence[Key]:
        """Return the account's keys, oldest first."""

    def add_key(self, key: Key) -> None:
        """Keep a new key; Refused("key-exists") when it is enrolled already, at whichever account."""

    def use_key(self, identifier: str, counter: int, when: datetime) -> None:
        """Remember the key's counter, and that it was used."""

    def remove_key(self, name: AccountName, identifier: str) -> Key | None:
        """Take a key of the account away and return it; None when the account has no such key."""

    def set_codes(self, name: AccountName, fingerprints: Iterable[str], when: datetime) -> None:
        """Replace the account's recovery codes; the new ones do not count until one of them has been tried."""

    def use_code(self, name: AccountName, fingerprint: str, when: datetime) -> bool:
        """Spend a recovery code of the account; report whether there was one that was not spent."""

    def codes_ready(self, name: AccountName) -> None:
        """Remember that one of the account's codes has been tried."""

    def codes_of(self, name: AccountName) -> Codes:
        """Return how the account stands with its recovery codes."""

    def forget_factors_of(self, name: AccountName) -> None:
        """Forget every key, recovery code and identity of the account."""

    def identity(self, issuer: str, subject: str) -> AccountName | None:
        """Return whose account a person at an organisation's provider has, or None."""

    def keep_identity(self, issuer: str, subject: str, name: AccountName, groups: str, when: datetime) -> None:
        """Keep, or keep anew, which account a person at a provider has."""

    def identities_of(self, name: AccountName) -> Sequence[tuple[str, str, datetime]]:
        """Return issuer, subject and last sign-in of the account's identities."""

    def add_vouchers(self, codes: Iterable[str]) -> int:
        """Add voucher codes; return how many were new."""

    def voucher_of(self, name: AccountName) -> Voucher | None:
        """Return the voucher that the account was given, or None."""

    def give_voucher(self, name: AccountName, when: datetime) -> Voucher | None:
        """Give the account a voucher; None when none is left."""

    def vouchers(self) -> Sequence[Voucher]:
        """Return every voucher, given or not."""
