"""Tokens that people make for themselves, in a session.

Principles: AUTHN-3.2, AUTHZ-1.1, AUTHZ-1.2
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action
from strongroom.authz.roles import Right
from strongroom.authz.tokens import (
    TOKEN_RIGHTS,
    Token,
    parse_rights,
    require_life,
    require_live,
    require_narrower,
    require_source,
    scope_of,
)
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk, Visitor, acting, seen_from
from strongroom.people.registry import new_token

MOST_TOKENS: Final = 200
WARN_BEFORE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it is asked for. No `projects` and no `prefixes`: all of the owner's projects, and new ones.

    `prefixes`: every project whose name begins so. `networks`: where it may be used from; none: from anywhere. What a
    derived token does not ask for is as in the one that it comes from: `rights` and `life` None, the others empty.
    """

    label: str
    rights: frozenset[Right] | None
    projects: Collection[ProjectName]
    life: timedelta | None
    prefixes: Collection[str] = ()
    networks: tuple[str, ...] = ()

    @property
    def scope(self) -> frozenset[ProjectName] | None:
        """The projects by name; None for every one."""
        return frozenset(self.projects) if self.projects or self.prefixes else None


def create_token(desk: Desk, visitor: Visitor, wanted: Wanted) -> tuple[Secret, Token]:
    """Mint a token, and return it: the only time that anybody sees it. It is worth what its session had proved."""
    rights, life = parse_rights(wanted.rights or ()), wanted.life or timedelta()
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.CREATE_TOKEN)
        now = desk.clock()
        require_life(now, now + life)
        _require_room(books, who.name, now)
        secret, token = new_token(
            desk.chance,
            desk.infix,
            who.name,
            rights,
            wanted.scope,
            now,
            now + life,
            who.session.strength,
            wanted.label,
            frozenset(wanted.prefixes),
            wanted.networks,
        )
        _keep(books, token, str(who.name), visitor, now)
    return secret, token


def derive_token(desk: Desk, visitor: Visitor, parent: Secret, wanted: Wanted) -> tuple[Secret, Token]:
    """Mint a narrower token out of one, for whoever holds it: it can do nothing more, nor longer, nor elsewhere.

    No session is needed: holding the wider token is proof enough for less. It ends with the one that it comes from.
    """
    if wanted.rights is not None:
        parse_rights(wanted.rights)
    with desk.vault.writing() as books:
        bearer = books.tokens.bearer_of(parent.fingerprint())
        if bearer is None or bearer.account is None:
            raise Refused(
                "unknown-token", "Only a token of an account gives others, and nobody here holds this one.",
                principle="AUTHZ-1.1",
            )  # fmt: skip
        wider, now = bearer.token, desk.clock()
        require_live(wider, now)
        require_source(wider, visitor.visit.source)
        require_action(Action.PUBLISH, bearer.account, wider, now)
        expires = wider.expires if wanted.life is None else min(now + wanted.life, wider.expires)
        require_life(now, expires if wanted.life is None else now + wanted.life)
        _require_room(books, bearer.account.name, now)
        secret, token = new_token(
            desk.chance,
            desk.infix,
            bearer.account.name,
            wanted.rights if wanted.rights is not None else parse_rights(wider.rights & TOKEN_RIGHTS),
            wanted.scope if wanted.scope is not None else wider.projects,
            now,
            expires,
            wider.strength,
            wanted.label,
            frozenset(wanted.prefixes) if wanted.scope is not None else wider.prefixes,
            wanted.networks or wider.networks,
            wider.identifier,
        )
        require_narrower(wider, token)
        _keep(books, token, str(bearer.account.name), visitor, now)
    return secret, token


def _require_room(books: Books, name: AccountName, now: datetime) -> None:
    if len(live(books.tokens.tokens_of(name), now)) >= MOST_TOKENS:
        raise Refused("too-many-tokens", f"An account has at most {MOST_TOKENS} live tokens. Revoke one.")


def _keep(books: Books, token: Token, actor: str, visitor: Visitor, now: datetime) -> None:
    books.tokens.add_token(token)
    scope = None if token.projects is None else scope_of(token)
    detail = {
        "token": token.identifier,
        "account": str(token.account),
        "label": token.label,
        "rights": sorted(token.rights),
        "projects": scope,
        "networks": list(token.networks),
        "expires": token.expires.isoformat(),
        **({"parent": token.parent} if token.parent else {}),
        **seen_from(visitor),
    }
    books.events.record([Happening(Event.TOKEN_CREATED, actor, detail=detail)], now)


def revoke_own_token(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """Revoke one of one's own tokens; another's is as if it were not there."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.REVOKE_TOKEN)
        if books.tokens.token(who.name, identifier) is None or not books.tokens.revoke_token(identifier, desk.clock()):
            raise Refused("no-such-token", f"You have no live token {identifier[:40]}.")
        books.tokens.revoke_derived(identifier, desk.clock())
        detail = {"token": identifier, "account": str(who.name), **seen_from(visitor)}
        books.events.record([Happening(Event.TOKEN_REVOKED, str(who.name), detail=detail)], desk.clock())


def warn_of_ends(desk: Desk) -> int:
    """Write an event for every token that ends within two weeks, once; return how many."""
    now = desk.clock()
    with desk.vault.writing() as books:
        ending = books.tokens.ending_before(now + WARN_BEFORE, now)
        if ending:
            books.events.record([_ends(token) for token in ending], now)
    return len(ending)


def _ends(token: Token) -> Happening:
    detail = {"token": token.identifier, "account": str(token.account), "expires": token.expires.isoformat()}
    return Happening(Event.TOKEN_EXPIRES_SOON, "strongroom", detail={**detail, "label": token.label})


def live(tokens: Sequence[Token], now: datetime) -> list[Token]:
    """Return those that still work."""
    return [each for each in tokens if each.revoked is None and each.expires > now]
