"""Tokens that people make for themselves, in a session.

Principles: AUTHN-3.2, AUTHZ-1.1, AUTHZ-1.2
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from strongroom.authn.assurance import Action
from strongroom.authz.roles import Right
from strongroom.authz.tokens import LONGEST_LIFE, Token, require_life
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people.desk import Desk, Visitor, acting, seen_from
from strongroom.people.registry import new_token

MOST_TOKENS: Final = 200
WARN_BEFORE: Final = timedelta(days=14)
#: What may be asked for in a session; people are managed in a session, not by token.
RIGHTS: Final = frozenset({Right.PUBLISH, Right.YANK, Right.REMOVE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it is asked for. `projects` empty: all of the owner's, and new ones."""

    label: str
    rights: frozenset[Right]
    projects: Collection[ProjectName]
    life: timedelta


def create_token(desk: Desk, visitor: Visitor, wanted: Wanted) -> tuple[Secret, Token]:
    """Mint a token, and return it: the only time that anybody sees it. It is worth what its session had proved."""
    if not wanted.rights or wanted.rights - RIGHTS:
        raise Refused("bad-request", "A token is for one or more of: publish, yank, remove.")
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.CREATE_TOKEN)
        now = desk.clock()
        require_life(now, now + min(wanted.life, LONGEST_LIFE))
        live = [each for each in books.tokens.tokens_of(who.name) if each.revoked is None and each.expires > now]
        if len(live) >= MOST_TOKENS:
            raise Refused("too-many-tokens", f"An account has at most {MOST_TOKENS} live tokens. Revoke one.")
        secret, token = new_token(
            desk.chance,
            desk.infix,
            who.name,
            wanted.rights,
            frozenset(wanted.projects) or None,
            now,
            now + wanted.life,
            who.session.strength,
            wanted.label,
        )
        books.tokens.add_token(token)
        detail = {
            "token": token.identifier,
            "account": str(who.name),
            "label": token.label,
            "rights": sorted(token.rights),
            "projects": None if token.projects is None else sorted(map(str, token.projects)),
            "expires": token.expires.isoformat(),
            **seen_from(visitor),
        }
        books.events.record([Happening(Event.TOKEN_CREATED, str(who.name), detail=detail)], now)
    return secret, token


def revoke_own_token(desk: Desk, visitor: Visitor, identifier: str) -> None:
    """Revoke one of one's own tokens; another's is as if it were not there."""
    with desk.vault.writing() as books:
        who = acting(desk, books, visitor, Action.REVOKE_TOKEN)
        if books.tokens.token(who.name, identifier) is None or not books.tokens.revoke_token(identifier, desk.clock()):
            raise Refused("no-such-token", f"You have no live token {identifier[:40]}.")
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
