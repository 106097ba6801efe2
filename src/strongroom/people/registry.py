"""People as the operator adds and removes them, and the first administrator: rows and events, in one transaction.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-3.2, AUTHZ-1.1, AUTHZ-1.2
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from webauthn.helpers import bytes_to_base64url

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.breaches import BreachList, Exposure, require_unleaked
from strongroom.authn.passwords import Argon2, Hashing, require_strong
from strongroom.authn.second_factor import require_code, totp_secret
from strongroom.authz.roles import Right
from strongroom.authz.tokens import LONGEST_LIFE, RANDOM_BYTES, Token, mint, parse_rights, require_life, scope_of
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books, Clock, Vault
from strongroom.people.stakes import require_nobody_left_behind

ENROLMENT_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Registry:
    """What adding people needs of the world. `infix` marks this instance in its tokens.

    `breaches` None: passwords are made here, of chance, and no list can know them.
    """

    vault: Vault
    clock: Clock
    chance: Callable[[int], bytes]
    infix: str
    hashing: Hashing = field(default_factory=Argon2)
    breaches: BreachList | None = None


class Where(Protocol):
    """Where people are kept, and what time it is there."""

    @property
    def vault(self) -> Vault:
        """The books."""

    @property
    def clock(self) -> Clock:
        """The time."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to be added, already parsed."""

    name: AccountName
    email: str
    password: Secret
    totp: Secret


def add_person(registry: Registry, actor: str, newcomer: Newcomer, *, administrator: bool = False) -> None:
    """Add an account whose address the actor vouches for and whose second factor is enrolled already.

    Refused when the name or address is taken, or the password weak.
    """
    password_hash = _hashed(registry, newcomer)  # slow by design, so before the transaction
    with registry.vault.writing() as books:
        _enter(books, registry, actor, newcomer, password_hash, administrator=administrator)


def add_token(
    registry: Registry,
    actor: str,
    account: AccountName,
    rights: frozenset[Right],
    projects: frozenset[ProjectName] | None,
    life: timedelta = LONGEST_LIFE,
    prefixes: frozenset[str] = frozenset(),
    networks: tuple[str, ...] = (),
) -> tuple[Secret, Token]:
    """Mint a token for an account, keep its fingerprint, and return it: the only time that anybody sees it.

    `projects` None: every project of the account, and new ones. Refused when there is no such account, no token can
    use such rights, or the life is longer than a year.
    """
    parse_rights(rights)
    with registry.vault.writing() as books:
        if books.accounts.account(account) is None:
            raise Refused("no-such-account", f"There is no account named {account}.")
        return _mint(books, registry, actor, account, rights, projects, life, prefixes, networks)


def revoke_token(registry: Registry, actor: str, identifier: str) -> None:
    """Revoke a token by its identifier; Refused when there is none that still lives."""
    with registry.vault.writing() as books:
        owner = books.tokens.owner_of(identifier)
        if not books.tokens.revoke_token(identifier, registry.clock()):
            raise Refused("no-such-token", f"There is no live token {identifier}.")
        books.tokens.revoke_derived(identifier, registry.clock())
        detail = {"token": identifier, **({"account": str(owner)} if owner else {})}
        books.events.record([Happening(Event.TOKEN_REVOKED, actor, detail=detail)], registry.clock())


def remove_person(where: Where, actor: str, name: AccountName) -> None:
    """Remove an account: its tokens die, what is known of the person is forgotten, its name is never given again.

    Refused when there is no such account, or when nobody else who can act owns a project that still has files, or an
    organisation that others are in.
    """
    now = where.clock()
    with where.vault.writing() as books:
        if books.accounts.account(name) is None:
            raise Refused("no-such-account", f"There is no account named {name}.")
        if list(books.accounts.administrators()) == [name]:
            raise Refused("last-administrator", f"{name} is the only administrator. Make another one first.")
        if alone := books.accounts.held_alone(name):
            raise Refused(
                "last-owner",
                f"{name} is the only owner of {', '.join(alone[:5])}{' and others' if len(alone) > 5 else ''}: "
                "give each another owner, or remove it first.",
                principle="AUTHZ-2.1",
            )
        require_nobody_left_behind(books, name)
        revoked = books.tokens.revoke_tokens_of(name, now)
        books.accounts.remove_account(name, now)
        detail = {"account": str(name), "tokens_revoked": revoked}
        books.events.record([Happening(Event.ACCOUNT_REMOVED, actor, detail=detail)], now)


def invite_first_administrator(registry: Registry) -> Secret | None:
    """Return the secret of a new one-time enrolment link, while there is no administrator; else None."""
    with registry.vault.writing() as books:
        if books.accounts.any_administrator():
            return None
        secret = mint(registry.chance(RANDOM_BYTES), infix=registry.infix)
        books.accounts.add_enrolment(secret.fingerprint(), registry.clock() + ENROLMENT_LIFE)
        return secret


def require_invitation(books: Books, link: Secret, now: datetime) -> None:
    """Refuse an enrolment link that was used, is too old, or never was."""
    expires = books.accounts.enrolment_expires(link.fingerprint())
    if expires is None or now >= expires or books.accounts.any_administrator():
        raise Refused(
            "enrolment-spent",
            "This link was used or has expired. Restart the repository: without an administrator it prints another.",
            principle="AUTHN-1.3",
        )


def enrol_first_administrator(registry: Registry, link: Secret, newcomer: Newcomer, code: str) -> tuple[Secret, Token]:
    """Spend the link: add the administrator, whose second factor the code proves, and return a first token."""
    now = registry.clock()
    with registry.vault.reading() as books:
        require_invitation(books, link, now)
    require_code(newcomer.totp, code, now)
    password_hash = _hashed(registry, newcomer)
    with registry.vault.writing() as books:
        require_invitation(books, link, now)
        books.accounts.use_enrolment(link.fingerprint())
        _enter(books, registry, str(newcomer.name), newcomer, password_hash, administrator=True)
        rights = frozenset({Right.PUBLISH, Right.YANK})
        return _mint(books, registry, str(newcomer.name), newcomer.name, rights, None, timedelta(days=90))


def new_totp_secret(registry: Registry) -> Secret:
    """Return a secret for an authenticator application."""
    return totp_secret(registry.chance(20))


def _enter(
    books: Books, registry: Registry, actor: str, newcomer: Newcomer, password_hash: str, *, administrator: bool
) -> None:
    now = registry.clock()
    books.accounts.add_account(
        Account(
            name=newcomer.name,
            email=newcomer.email,
            email_verified=True,
            is_administrator=administrator,
            created=now,
            handle=bytes_to_base64url(registry.chance(32)),
            password_hash=password_hash,
            totp_secret=newcomer.totp.reveal(),
            had_factor=True,
        )
    )
    detail = {"account": str(newcomer.name), "administrator": administrator, "second_factor": "totp"}
    books.events.record([Happening(Event.ACCOUNT_CREATED, actor, detail=detail)], now)


def _mint(
    books: Books,
    registry: Registry,
    actor: str,
    account: AccountName,
    rights: frozenset[Right],
    projects: frozenset[ProjectName] | None,
    life: timedelta,
    prefixes: frozenset[str] = frozenset(),
    networks: tuple[str, ...] = (),
) -> tuple[Secret, Token]:
    now = registry.clock()
    require_life(now, now + life)
    strength = Strength.PHISHING_RESISTANT  # the operator vouches for who gets it
    secret, token = new_token(
        registry.chance, registry.infix, account, rights, projects, now, now + life, strength, "", prefixes, networks
    )  # fmt: skip
    books.tokens.add_token(token)
    detail = {
        "token": token.identifier,
        "account": str(account),
        "rights": sorted(rights),
        "projects": None if projects is None else scope_of(token),
        "expires": token.expires.isoformat(),
    }
    books.events.record([Happening(Event.TOKEN_CREATED, actor, detail=detail)], now)
    return secret, token


def new_token(
    chance: Callable[[int], bytes],
    infix: str,
    account: AccountName,
    rights: frozenset[Right],
    projects: frozenset[ProjectName] | None,
    created: datetime,
    expires: datetime,
    strength: Strength,
    label: str,
    prefixes: frozenset[str] = frozenset(),
    networks: tuple[str, ...] = (),
    parent: str = "",
) -> tuple[Secret, Token]:
    """Return a new token's secret, and what is kept of it."""
    secret = mint(chance(RANDOM_BYTES), infix=infix)
    token = Token(
        chance(8).hex(), secret.fingerprint(), account, rights, projects, created, expires,
        strength=strength, label=" ".join(label.split())[:100], prefixes=prefixes, networks=networks, parent=parent,
    )  # fmt: skip
    return secret, token


def _hashed(registry: Registry, newcomer: Newcomer) -> str:
    require_strong(newcomer.password, (newcomer.name.text, newcomer.email))
    # A list that is silent stops no operator from enrolling: it is asked again whenever this password signs in.
    if registry.breaches is not None and registry.breaches.exposure(newcomer.password) is Exposure.LEAKED:
        require_unleaked(Exposure.LEAKED)
    return registry.hashing.hash(newcomer.password)
