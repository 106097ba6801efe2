"""Accounts: who can hold a role, and the addresses that they can be reached at.

Principles: AUTHN-1.1
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from strongroom.kernel.refusals import Refused


@dataclass(frozen=True, slots=True, order=True)
class AccountName:
    """A checked account name. Only `parse_account_name` makes one."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account.

    `email` is its primary address. `handle` is the WebAuthn user handle, base64url of 32 random bytes.
    `password_hash` is an Argon2 string, "" for an account without a password; `totp_secret` is base32, "" when none is
    enrolled; `totp_counter` is the last time step that was accepted; `keys` is how many authenticators are enrolled.
    `vouched` is the strength (`authn/assurance.py`) its organisation vouches for, until `vouched_until`.
    """

    name: AccountName
    email: str
    email_verified: bool
    is_administrator: bool
    created: datetime
    handle: str = ""
    password_hash: str = ""
    must_change_password: bool = False
    totp_secret: str = ""
    totp_counter: int = 0
    keys: int = 0
    is_disabled: bool = False
    had_factor: bool = False
    read_only_until: datetime | None = None
    vouched: int = 0
    vouched_until: datetime | None = None

    def __repr__(self) -> str:
        return f"Account({self.name})"


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address of an account. `standing` is what is known of its domain (`authn/domains.py`), "" for nothing.

    `removed` keeps an address for a while after it was taken away: its owner is still told of what follows.
    """

    identifier: int
    account: AccountName
    address: str
    is_primary: bool
    verified: datetime | None
    standing: str = ""
    checked: datetime | None = None
    removed: datetime | None = None

    @property
    def domain(self) -> str:
        """The domain, in small letters."""
        return self.address.rpartition("@")[2].lower()

    @property
    def recovers(self) -> bool:
        """Whether an account may be recovered through it: verified, and its domain was found well when last judged.

        A domain that was never judged counts, since it was reached to verify the address; one that could not be
        judged does not (AUTHN-2.1 b).
        """
        return self.verified is not None and self.removed is None and self.standing in ("", "well")


class AccountBook(Protocol):
    """The accounts and their addresses, inside one open transaction."""

    def account(self, name: AccountName) -> Account | None:
        """Return the account, or None."""

    def account_by_handle(self, handle: str) -> Account | None:
        """Return the account with this WebAuthn user handle, or None."""

    def account_by_address(self, address: str) -> Account | None:
        """Return the account that has verified this address, in any letter's case, or None."""

    def accounts(self, words: str, limit: int) -> Sequence[Account]:
        """Return accounts whose name or address holds `words`, by name."""

    def add_account(self, account: Account) -> None:
        """Add an account and its primary address; Refused("account-exists") when the name is taken or alike.

        Also when somebody else has verified the address and this one comes verified.
        """

    def change_account(self, account: Account) -> None:
        """Keep what has changed of an account: factors, password, state; never its name, addresses or keys."""

    def remove_account(self, name: AccountName, when: datetime) -> None:
        """Forget the person: password, factors, sessions, places, roles. The name stays taken.

        Where nobody else owns a project, it stays theirs: its name comes into no other hands.
        The addresses count as removed: they are told of it, and forgotten by `forget_former`.
        """

    def erase_account(self, name: AccountName) -> None:
        """Take an account away as if it had never been, its name too: only for one that never was anything."""

    def forget_former(self, before: datetime) -> int:
        """Forget addresses that were removed before a moment; return how many."""

    def held_alone(self, name: AccountName) -> Sequence[str]:
        """Return the projects with files that the account owns, and nobody else who can act, by name.

        Somebody owns a project themselves, by a team, or as an owner of its organisation. Whoever is disabled, or has
        left, cannot act.
        """

    def any_administrator(self) -> bool:
        """Report whether an administrator exists who is not disabled."""

    def administrators(self) -> Sequence[AccountName]:
        """Return the administrators who are not disabled, by name."""

    def addresses(self, name: AccountName) -> Sequence[Address]:
        """Return the account's addresses, primary first, the removed ones last."""

    def add_address(self, name: AccountName, address: str, *, verified: datetime | None) -> Address:
        """Add an address that is not primary; Refused("address-taken") when the account has it already."""

    def verify_address(self, identifier: int, when: datetime) -> None:
        """Mark the address as verified, its domain as not judged yet."""

    def make_primary(self, name: AccountName, identifier: int) -> None:
        """Make an address of the account its primary one."""

    def drop_address(self, identifier: int, when: datetime) -> None:
        """Take an address away; it is kept as removed."""

    def set_standing(self, identifier: int, standing: str, when: datetime, *, is_lost: bool) -> None:
        """Keep what was found of the address's domain; `is_lost` takes its verification."""

    def add_enrolment(self, fingerprint: str, expires: datetime) -> None:
        """Replace whatever one-time enrolment link there was by this one."""

    def enrolment_expires(self, fingerprint: str) -> datetime | None:
        """Return when the unused enrolment link with this fingerprint expires; None when there is no such link."""

    def use_enrolment(self, fingerprint: str) -> bool:
        """Spend the link; report whether it was there to be spent."""

    def addresses_to_check(self, before: datetime, limit: int) -> Sequence[Address]:
        """Return verified addresses not checked since `before`, those longest ago first."""

    def unfinished_before(self, moment: datetime, limit: int) -> Sequence[AccountName]:
        """Return accounts made before `moment` that never verified an address and hold nothing."""


#: Removed addresses are told of what happens for this long.
FORMER_DAYS: Final = 30


def parse_account_name(raw: str) -> AccountName:
    """Return the account name; ValueError unless 1 to 50 of a-z 0-9 - _ . that begin and end with a-z0-9."""
    name = raw.strip().lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]{0,48}[a-z0-9])?", name):
        raise ValueError(
            "An account name has 1 to 50 letters, digits, '-', '_' or '.'; its first and last are letters or digits."
        )
    return AccountName(name)


#: Names that would speak for the repository, or for nobody. Not given to people who register.
RESERVED: Final = frozenset(
    {
        "abuse",
        "account",
        "accounts",
        "admin",
        "administrator",
        "administrators",
        "api",
        "everybody",
        "hostmaster",
        "me",
        "mailer-daemon",
        "nobody",
        "no-reply",
        "noreply",
        "null",
        "operator",
        "postmaster",
        "register",
        "root",
        "security",
        "sign-in",
        "staff",
        "strongroom",
        "support",
        "system",
        "token",
        "webmaster",
    }
)


def skeleton(name: AccountName) -> str:
    """Return what a name looks like at a glance: two names with one skeleton are easily taken for each other."""
    text = re.sub(r"[._-]", "", name.text)
    return text.replace("rn", "m").replace("vv", "w").replace("cl", "d").translate(str.maketrans("lio5", "110s"))


def parse_email(raw: str) -> str:
    """Return the address; ValueError when it cannot be one (RFC 5321 limits, one @, a dotted or local domain)."""
    address = raw.strip()
    if len(address) > 254 or not re.fullmatch(
        r"[^@\s<>\"',;\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", address
    ):
        raise ValueError("That is not an e-mail address.")
    return address


_RESERVED_AT_A_GLANCE: Final = frozenset(skeleton(AccountName(each)) for each in RESERVED)


def is_reserved(name: AccountName) -> bool:
    """Report whether a name would speak for the repository, or is easily taken for one that would."""
    return skeleton(name) in _RESERVED_AT_A_GLANCE


def require_free_name(name: AccountName) -> None:
    """Refuse a name that would speak for the repository."""
    if is_reserved(name):
        raise Refused("name-reserved", f"The name {name} is kept for the repository itself. Choose another.")
