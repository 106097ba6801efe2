"""Adding people and their tokens: the rows and the events, in one transaction.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-3.2, AUTHZ-1.1, AUTHZ-1.2
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.passwords import hash_password
from strongroom.authn.second_factor import require_code, totp_secret
from strongroom.authz.roles import Right
from strongroom.authz.tokens import LONGEST_LIFE, RANDOM_BYTES, Token, mint, require_life
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books, Clock, Vault

ENROLMENT_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Registry:
    """What adding people needs of the world. `infix` marks this instance in its tokens."""

    vault: Vault
    clock: Clock
    chance: Callable[[int], bytes]
    infix: str


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
    password_hash = hash_password(newcomer.password)  # slow by design, so before the transaction
    with registry.vault.writing() as books:
        _enter(books, registry, actor, newcomer, password_hash, administrator=administrator)


def add_token(
    registry: Registry,
    actor: str,
    account: AccountName,
    rights: frozenset[Right],
    projects: frozenset[ProjectName] | None,
    life: timedelta = LONGEST_LIFE,
) -> tuple[Secret, Token]:
    """Mint a token for an account, keep its fingerprint, and return it: the only time that anybody sees it.

    `projects` None: every project of the account, and new ones. Refused when there is no such account, or the life is
    longer than a year.
    """
    with registry.vault.writing() as books:
        if books.accounts.account(account) is None:
            raise Refused("no-such-account", f"There is no account named {account}.")
        return _mint(books, registry, actor, account, rights, projects, life)


def revoke_token(registry: Registry, actor: str, identifier: str) -> None:
    """Revoke a token by its identifier; Refused when there is none that still lives."""
    with registry.vault.writing() as books:
        if not books.tokens.revoke_token(identifier, registry.clock()):
            raise Refused("no-such-token", f"There is no live token {identifier}.")
        books.events.record([Happening(Event.TOKEN_REVOKED, actor, detail={"token": identifier})], registry.clock())


def remove_person(registry: Registry, actor: str, name: AccountName) -> None:
    """Remove an account: its tokens die, what is known of the person is forgotten, its name is never given again.

    Refused when there is no such account, or when it is the only owner of a project that still has files.
    """
    now = registry.clock()
    with registry.vault.writing() as books:
        if books.accounts.account(name) is None:
            raise Refused("no-such-account", f"There is no account named {name}.")
        if alone := books.accounts.held_alone(name):
            raise Refused(
                "last-owner",
                f"{name} is the only owner of {', '.join(alone[:5])}{' and others' if len(alone) > 5 else ''}: "
                "give each another owner, or remove it first.",
                principle="AUTHZ-2.1",
            )
        revoked = books.tokens.revoke_tokens_of(name, now)
        books.accounts.remove_account(name)
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
    password_hash = hash_password(newcomer.password)
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
            password_hash=password_hash,
            totp_secret=newcomer.totp.reveal(),
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
) -> tuple[Secret, Token]:
    now = registry.clock()
    require_life(now, now + life)
    secret = mint(registry.chance(RANDOM_BYTES), infix=registry.infix)
    identifier = registry.chance(8).hex()
    token = Token(identifier, secret.fingerprint(), account, rights, projects, now, now + life)
    books.tokens.add_token(token)
    detail = {
        "token": identifier,
        "account": str(account),
        "rights": sorted(rights),
        "projects": None if projects is None else sorted(map(str, projects)),
        "expires": token.expires.isoformat(),
    }
    books.events.record([Happening(Event.TOKEN_CREATED, actor, detail=detail)], now)
    return secret, token
