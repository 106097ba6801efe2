"""API tokens: minted narrow, shown once, stored hashed, always ending.

A token is `srm_`, the instance's infix and `_` where it has one, a letter for its kind, 43 base62 characters (256
random bits) and 6 base62 characters of CRC-32 over all before them, so that a scanner can tell a token from noise
without asking anybody. The published pattern is `PATTERN`.

Principles: AUTHZ-1.1, AUTHZ-1.2
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authz.roles import Right
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.principles import upholds

PREFIX: Final = "srm_"
PATTERN: Final = r"srm_(?:[a-z0-9]{2,12}_)?[a-z][0-9A-Za-z]{43}[0-9A-Za-z]{6}"
RANDOM_BYTES: Final = 32
LONGEST_LIFE: Final = timedelta(days=365)

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Kind(StrEnum):
    """The letter after the prefix: who the token stands for."""

    USER = "u"
    SESSION = "s"
    DEVICE = "d"
    TICKET = "t"


@dataclass(frozen=True, slots=True)
class Token:
    """What storage keeps of a token. `projects` None: every project of its owner, and new ones.

    `strength` is how strongly its owner had proved who they are when it was made; what the operator hands out, the
    operator vouches for.
    """

    identifier: str
    fingerprint: str
    account: AccountName
    rights: frozenset[Right]
    projects: frozenset[ProjectName] | None
    created: datetime
    expires: datetime
    revoked: datetime | None = None
    last_used: datetime | None = None
    strength: Strength = Strength.PHISHING_RESISTANT
    label: str = ""

    @property
    def proved(self) -> datetime | None:
        """None: a token is no fresh proof of who holds it."""
        return None


class TokenBook(Protocol):
    """The tokens, inside one open transaction."""

    def bearer_of(self, fingerprint: str) -> tuple[Token, Account] | None:
        """Return the token with this fingerprint and the account it stands for, or None."""

    def add_token(self, token: Token) -> None:
        """Keep a new token."""

    def tokens_of(self, account: AccountName) -> tuple[Token, ...]:
        """Return the account's tokens, newest first, the revoked ones too."""

    def revoke_token(self, identifier: str, when: datetime) -> bool:
        """Revoke the token; report whether there was one that was not revoked yet."""

    def revoke_tokens_of(self, account: AccountName, when: datetime) -> int:
        """Revoke every live token of the account; return how many there were."""

    def token(self, account: AccountName, identifier: str) -> Token | None:
        """Return a token of the account by its identifier, or None."""

    def owner_of(self, identifier: str) -> AccountName | None:
        """Return whose token it is, or None."""

    def ending_before(self, moment: datetime, now: datetime) -> Sequence[Token]:
        """Return live tokens that end before `moment` whose owners were not told yet, and remember that they are."""

    def touch_token(self, identifier: str, when: datetime) -> None:
        """Remember that the token was used."""


@upholds("AUTHZ-1.2")
def mint(random_part: bytes, *, kind: Kind = Kind.USER, infix: str = "") -> Secret:
    """Return a new token made of 32 random bytes, beginning with the repository's own prefix (AUTHZ-1.2)."""
    body = PREFIX + (f"{infix}_" if infix else "") + kind + _base62(int.from_bytes(random_part[:RANDOM_BYTES]), 43)
    return Secret(body + _checksum(body))


def parse_token(raw: str) -> Secret:
    """Return the token in `raw`; ValueError when it is not of our form or its checksum fails (a typing error, say)."""
    text = raw.strip()
    if not re.fullmatch(PATTERN, text) or _checksum(text[:-6]) != text[-6:]:
        raise ValueError("not a token of this repository")
    return Secret(text)


def require_life(created: datetime, expires: datetime) -> None:
    """Refuse a token that would live longer than a year, or not at all."""
    if not created < expires <= created + LONGEST_LIFE:
        raise Refused(
            "token-life", f"A token lives between one moment and {LONGEST_LIFE.days} days.", principle="AUTHZ-1.1"
        )


def require_live(token: Token, now: datetime) -> None:
    """Refuse a token that was revoked or has expired."""
    if token.revoked is not None:
        raise Refused("token-revoked", "This token was revoked. Make a new one.", principle="AUTHZ-3.2")
    if now >= token.expires:
        raise Refused(
            "token-expired", f"This token expired on {token.expires:%Y-%m-%d}. Make a new one.", principle="AUTHZ-1.1"
        )


@upholds("AUTHZ-1.1")
def require_scope(token: Token, right: Right, project: ProjectName) -> None:
    """Refuse a token that was not made for this right, or not for this project (AUTHZ-1.1 a)."""
    if right not in token.rights:
        raise Refused("token-out-of-scope", f"This token was not made to {right}.", principle="AUTHZ-1.1")
    if token.projects is not None and project not in token.projects:
        raise Refused(
            "token-out-of-scope",
            f"This token is not for {project}. Use the token that was made for it.",
            principle="AUTHZ-1.1",
        )


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), 6)
