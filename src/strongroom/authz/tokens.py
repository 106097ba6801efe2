"""API tokens: minted narrow, shown once, stored hashed, always ending.

A token is `srm_`, the instance's infix and `_` where it has one, a letter for its kind, 43 base62 characters (256
random bits) and 6 base62 characters of CRC-32 over all before them, so that a scanner can tell a token from noise
without asking anybody. The published pattern is `PATTERN`.

Principles: AUTHZ-1.1, AUTHZ-1.2
"""

import ipaddress
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
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
MOST_NETWORKS: Final = 20
#: What a token can be used for at all. To remove, and to manage, takes a fresh proof of who asks, and a token is none;
#: what was reported is told by letters. Tokens that were made with more rights before stay as they are, and cannot
#: use them either.
TOKEN_RIGHTS: Final = frozenset({Right.READ, Right.PUBLISH, Right.YANK})

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Kind(StrEnum):
    """The letter after the prefix: who the token stands for."""

    USER = "u"
    PUBLISHER = "p"
    SESSION = "s"
    DEVICE = "d"
    TICKET = "t"


@dataclass(frozen=True, slots=True)
class Token:
    """What storage keeps of a token.

    It stands for `account`, or, minted for a trusted publisher, for `publisher` (its identifier) and for no account;
    then `project_owner` is who owns the project that its first upload makes, if it may make one.
    `projects` None: every project of its owner, and new ones. Else those, and all whose names begin with one of
    `prefixes`. `networks`: where it may be used from, in CIDR notation; none: from anywhere. `parent` is the token that
    it was derived from. `strength` is how strongly its owner had proved who they are when it was made; what the
    operator hands out, the operator vouches for. `started_by` is who started the build that it was minted for, as the
    issuer calls them; shown, and nothing is decided by it.
    """

    identifier: str
    fingerprint: str
    account: AccountName | None
    rights: frozenset[Right]
    projects: frozenset[ProjectName] | None
    created: datetime
    expires: datetime
    revoked: datetime | None = None
    last_used: datetime | None = None
    strength: Strength = Strength.PHISHING_RESISTANT
    label: str = ""
    prefixes: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    parent: str = ""
    publisher: str = ""
    project_owner: AccountName | None = None
    started_by: str = ""

    @property
    def proved(self) -> datetime | None:
        """None: a token is no fresh proof of who holds it."""
        return None


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token and the account that it stands for; one that was minted for a trusted publisher stands for none."""

    token: Token
    account: Account | None

    @property
    def actor(self) -> str:
        """Who acts, as events name it; no account's name has a colon."""
        return str(self.account.name) if self.account else f"publisher:{self.token.publisher}"


class TokenBook(Protocol):
    """The tokens, inside one open transaction."""

    def bearer_of(self, fingerprint: str) -> Bearer | None:
        """Return who holds the token with this fingerprint, or None."""

    def add_token(self, token: Token) -> None:
        """Keep a new token."""

    def tokens_of(self, account: AccountName) -> tuple[Token, ...]:
        """Return the account's tokens, newest first, the revoked ones too."""

    def revoke_token(self, identifier: str, when: datetime) -> bool:
        """Revoke the token; report whether there was one that was not revoked yet."""

    def is_revoked(self, identifier: str) -> bool:
        """Report whether the token was revoked; one that is not known counts as revoked."""

    def revoke_derived(self, identifier: str, when: datetime) -> int:
        """Revoke every live token that was derived from this one, or from such a one; return how many there were."""

    def revoke_tokens_of_publisher(self, publisher: str, when: datetime) -> int:
        """Revoke every live token that was minted for the publisher; return how many there were."""

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


def parse_rights(raw: Iterable[str]) -> frozenset[Right]:
    """Return the rights that a new token is asked for. Refused when there is none, or one that no token can use."""
    asked = frozenset(raw)
    offered = f"A token is for one or more of: {', '.join(each for each in Right if each in TOKEN_RIGHTS)}."
    others = [each.words for each in Right if each in asked - TOKEN_RIGHTS]
    if others:
        offered += f" None can {others[0]} a project: sign in for that."
    if not asked or not asked <= TOKEN_RIGHTS:
        raise Refused("bad-request", offered, principle="AUTHZ-1.1")
    return frozenset(map(Right, asked))


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
    if not covers(token, project):
        raise Refused(
            "token-out-of-scope",
            f"This token is not for {project}. Use the token that was made for it.",
            principle="AUTHZ-1.1",
        )


def parse_projects(
    raw: Iterable[str], parse_name: Callable[[str], ProjectName]
) -> tuple[frozenset[ProjectName], frozenset[str]]:
    """Return the names that a token is asked for, and the beginnings of names; ValueError for what is neither.

    A * alone is no beginning: a token for every project is asked for as such.
    """
    asked = frozenset(raw)
    if "*" in asked:
        raise ValueError("Before a * stands how names begin. A token for every project is asked for by naming none.")
    names = frozenset(parse_name(each) for each in asked if not each.endswith("*"))
    return names, frozenset(parse_name(f"{each[:-1]}0").text[:-1] for each in asked if each.endswith("*"))


def facts_of(token: Token) -> dict[str, object]:
    """Return all that one judges a token by, as JSON has it; `projects` None: every one of its owner's."""
    return {
        "id": token.identifier,
        "label": token.label,
        "rights": sorted(token.rights),
        "projects": None if token.projects is None else sorted(map(str, token.projects)),
        "prefixes": sorted(token.prefixes),
        "networks": list(token.networks),
        "created": token.created.isoformat(),
        "expires": token.expires.isoformat(),
        "last_used": token.last_used.isoformat() if token.last_used else None,
        "revoked": token.revoked.isoformat() if token.revoked else None,
        "parent": token.parent,
    }


def scope_of(token: Token) -> list[str]:
    """Return the names, and the beginnings of names, of what a token is for, as people write them."""
    return sorted([*map(str, token.projects or ()), *(f"{prefix}*" for prefix in token.prefixes)])


def covers(token: Token, project: ProjectName) -> bool:
    """Report whether the token is for this project, by its name or by the beginning of its name."""
    if token.projects is None:
        return True
    return project in token.projects or any(project.text.startswith(prefix) for prefix in token.prefixes)


@upholds("AUTHZ-1.1")
def require_source(token: Token, source: str) -> None:
    """Refuse a token that is used from outside the networks that it was made for; an unknown source is outside."""
    if not token.networks:
        return
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        address = None
    if address is None or not any(address in ipaddress.ip_network(network) for network in token.networks):
        raise Refused(
            "token-out-of-place",
            f"This token works from {', '.join(token.networks)} only, and this request came from elsewhere.",
            principle="AUTHZ-1.1",
        )


@upholds("AUTHZ-1.1")
def require_narrower(parent: Token, child: Token) -> None:
    """Refuse a derived token that could do anything that the one it comes from cannot."""
    if found := _wider(parent, child):
        raise Refused(
            "token-not-narrower",
            "A derived token can do nothing that the one it comes from cannot. "
            f"That one does not have: {', '.join(found)}.",
            principle="AUTHZ-1.1",
        )


def _wider(parent: Token, child: Token) -> list[str]:
    """Return in words what the child has and the parent has not."""
    found = [f"the right to {right}" for right in sorted(child.rights - parent.rights)]
    if parent.projects is not None and child.projects is None:
        found.append("every project")
    if parent.projects is not None:
        found += [f"the project {each}" for each in sorted(child.projects or ()) if not covers(parent, each)]
        for prefix in sorted(child.prefixes):
            if not any(prefix.startswith(wider) for wider in parent.prefixes):
                found.append(f"projects that begin with {prefix}")
    if parent.networks and not child.networks:
        found.append("every network")
    if parent.networks:
        found += [f"the network {each}" for each in child.networks if not _is_inside(each, parent.networks)]
    if child.expires > parent.expires:
        found.append(f"a life after {parent.expires:%Y-%m-%d}")
    return found


def _is_inside(network: str, wider: Sequence[str]) -> bool:
    inner = ipaddress.ip_network(network)
    for each in wider:
        outer = ipaddress.ip_network(each)
        if inner.version == outer.version and outer.supernet_of(inner):  # type: ignore[arg-type]
            return True
    return False


def parse_networks(raw: Sequence[str]) -> tuple[str, ...]:
    """Return networks in CIDR notation, in canonical form; ValueError for what is none, and for more than 20."""
    if len(raw) > MOST_NETWORKS:
        raise ValueError(f"A token has at most {MOST_NETWORKS} networks.")
    try:
        return tuple(dict.fromkeys(str(ipaddress.ip_network(each.strip())) for each in raw))
    except ValueError:
        raise ValueError("A network is written like 192.0.2.0/24 or 2001:db8::/32.") from None


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), 6)
