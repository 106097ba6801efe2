"""What a build gets for its identity token: a token for one project and 15 minutes.

Principles: AUTHN-1.5, AUTHZ-3.1
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, give_back, reserve
from strongroom.authz.build_identity import shown
from strongroom.authz.choosing import chosen, is_unchanged, pins_of
from strongroom.authz.providers import Provider
from strongroom.authz.publishers import (
    TOKEN_LIFE,
    Identities,
    Publisher,
    outruns,
    read_claims,
    require_identity,
    spent_as,
    spent_until,
)
from strongroom.authz.roles import Right
from strongroom.authz.tokens import RANDOM_BYTES, Kind, Token, mint
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import Books
from strongroom.people.desk import Desk
from strongroom.people.publishers import record, same_build

_LONGEST_LABEL: Final = 200
#: That a publisher was used is written down this often at most.
_TOUCHED: Final = timedelta(hours=1)
#: How often a publisher is chosen that is changed before it has its token.
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Minted:
    """What a build gets: a token for one project, and until when."""

    secret: Secret
    expires: datetime
    project: ProjectName


@dataclass(frozen=True, slots=True)
class _Build:
    """Who asks, once its identity token is verified: of what provider and issuer, what is claimed, and for how long."""

    provider: Provider
    issuer: str
    raw: Mapping[str, Any]
    claims: Mapping[str, str]
    expires: datetime

    @property
    def subject(self) -> str:
        """By what its publishers are found."""
        return self.claims.get(self.provider.rules[0].claim, "").lower()

    @property
    def guesser(self) -> Guesser:
        """The build as one who guesses: it is counted by itself, so that strangers from one network lock out nobody."""
        return Guesser(Visit("build " + hashlib.sha256(f"{self.issuer}\0{self.subject}".encode()).hexdigest()))


def exchange(desk: Desk, identities: Identities, token: str, project: ProjectName | None) -> Minted:
    """Return a token of 15 minutes for the identity token of a trusted publisher's build. Each is exchanged once.

    What is refused of a build is counted, before its publishers are looked at: Refused("too-many-attempts") looks at
    none (AUTHN-1.5). They are looked at before anybody who writes has to wait: anybody may claim a build in numbers.
    """
    build = _identified(desk, identities, token)
    with desk.vault.writing() as books:
        reserved = reserve(books.tallies, Guess.MINT, build.guesser, desk.clock())
    for _ in range(_TRIES):
        with desk.vault.reading() as books:
            candidates = _standing(desk, books.publishers.candidates(build.issuer, build.subject, project))
        publisher = chosen(candidates, build.provider, build.claims, project)
        with desk.vault.writing() as books:
            now = books.publishers.publisher(publisher.identifier)
            if now is None or not is_unchanged(now, publisher, build.provider, build.claims):
                continue
            _require_settled(desk, books, now)
            # In the transaction that keeps what is minted: of two that come with one token, one is refused.
            if not books.publishers.spend(
                spent_as(build.provider, build.issuer, build.raw, token), spent_until(build.expires)
            ):
                raise Refused(
                    "invalid-reuse-token",
                    "This identity token was exchanged already. Ask the issuer for a new one.",
                    principle="AUTHZ-3.1",
                )
            give_back(books.tallies, reserved, desk.clock())
            return _minted(desk, books, now, build.provider, build.claims)
    with desk.vault.writing() as books:
        give_back(books.tallies, reserved, desk.clock())
    raise Refused("try-again", "The publishers of this build are changed at this moment. Try again in a few seconds.")


def _identified(desk: Desk, identities: Identities, token: str) -> _Build:
    """Return who asks; Refused when the token is not verified.

    Who it says that it is from is read first, unverified, only to choose whose keys would verify it; no issuer is asked
    for keys whom nobody trusts, nor one of whom no publisher here is.
    """
    issuer = identities.issuer_of(token)
    trusted = desk.house.trusted
    with desk.vault.reading() as books:
        provider = trusted.provider_of(issuer, books.publishers.issuers())
        if not books.publishers.is_used(issuer):
            raise Refused("invalid-publisher", "No trusted publisher here is of that issuer.", principle="AUTHZ-3.1")
    raw = identities.claims_of(token, issuer, provider.algorithms)
    expires = require_identity(raw, provider, issuer, desk.house.audience, desk.clock())
    return _Build(provider, issuer, raw, read_claims(raw), expires)


def burn(desk: Desk, secret: Secret) -> None:
    """End a token that was minted for a build, as whoever holds it asks; no effect on any other."""
    with desk.vault.writing() as books:
        bearer = books.tokens.bearer_of(secret.fingerprint())
        if bearer is None or not bearer.token.publisher:
            return
        if books.tokens.revoke_token(bearer.token.identifier, desk.clock()):
            detail = {
                "token": bearer.token.identifier,
                "publisher": bearer.token.publisher,
                "label": bearer.token.label,
            }
            books.events.record([Happening(Event.TOKEN_REVOKED, bearer.actor, detail=detail)], desk.clock())


def _standing(desk: Desk, candidates: Sequence[Publisher]) -> Sequence[Publisher]:
    """Leave out what waited in vain and is not swept yet, so that it stands in nobody's way; unless it is all."""
    now = desk.clock()
    return [each for each in candidates if each.expires is None or now < each.expires] or candidates


def _require_settled(desk: Desk, books: Books, publisher: Publisher) -> None:
    if publisher.expires is None:
        return
    account = books.accounts.account(publisher.account)
    # An account that was made later is another person's, though it has the name.
    is_same = account is not None and not account.is_disabled and account.created <= publisher.created
    is_late = any(outruns(each, publisher) for each in same_build(desk, books, publisher))
    is_over = desk.clock() >= publisher.expires or not is_same or is_late
    if is_over or books.shelf.project(publisher.project) is not None:
        raise Refused(
            "invalid-pending-publisher",
            f"The pending publisher of {publisher.project} is over: it was not used in time, its account is gone, "
            "somebody else has made the project, or waited for it before.",
            principle="AUTHZ-3.1",
        )


def _minted(desk: Desk, books: Books, publisher: Publisher, provider: Provider, claims: Mapping[str, str]) -> Minted:
    now = desk.clock()
    secret = mint(desk.chance(RANDOM_BYTES), kind=Kind.PUBLISHER, infix=desk.infix)
    token = Token(
        identifier=desk.chance(8).hex(),
        fingerprint=secret.fingerprint(),
        account=None,
        rights=frozenset({Right.PUBLISH}),
        projects=frozenset({publisher.project}),
        created=now,
        expires=now + TOKEN_LIFE,
        label=publisher.words[:_LONGEST_LABEL],
        publisher=publisher.identifier,
        project_owner=publisher.account if publisher.is_pending else None,
        started_by=" ".join(shown(claims.get(provider.starter, "")).split()),
    )
    books.tokens.add_token(token)
    pinned = pins_of(provider, claims)
    if publisher.last_used is None or now - publisher.last_used > _TOUCHED:
        books.publishers.pin(publisher.identifier, pinned, now)
    actor = f"publisher:{publisher.identifier}"
    if publisher.last_used is None:
        record(desk, books, Event.PUBLISHER_PINNED, actor, replace(publisher, pinned=pinned))
    told = ("sub", "ref", "sha", "run_id", "job_id", "pipeline_id", provider.starter)
    seen = {name: claims[name] for name in told if name in claims}
    record(desk, books, Event.TOKEN_MINTED, actor, publisher, token=token.identifier, claims=seen)
    return Minted(secret, token.expires, publisher.project)
