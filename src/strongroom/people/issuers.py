"""Which issuers of identity tokens are trusted beside the providers' own, as administrators say.

Principles: AUTHN-3.2, AUTHZ-3.1
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from strongroom.kernel.events import Event, Happening
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.people.administration import administrator
from strongroom.people.desk import Desk, Visitor, seen_from


def issuers_of(desk: Desk) -> Mapping[str, Sequence[str]]:
    """Return the issuers that are trusted beside the providers' own, by the name of the provider."""
    with desk.vault.reading() as books:
        known = {**books.publishers.issuers(), **desk.house.trusted.issuers}
    return {name: sorted(each for each in known if known[each] == name) for name in set(known.values())}


def trust_issuer(desk: Desk, visitor: Visitor, issuer: str, provider: str) -> None:
    """Trust an issuer as one of a provider's kind, as an administrator who is signed in."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        believe_issuer(desk, books, str(who.name), issuer, provider, **seen_from(visitor))


def distrust_issuer(desk: Desk, visitor: Visitor, issuer: str) -> None:
    """Trust an issuer no more, as an administrator who is signed in."""
    with desk.vault.writing() as books:
        who = administrator(desk, books, visitor)
        disbelieve_issuer(desk, books, str(who.name), issuer, **seen_from(visitor))


def believe_issuer(desk: Desk, books: Books, actor: str, issuer: str, provider: str, **seen: object) -> None:
    """Trust an issuer as one of a provider's kind: a GitLab of one's own, a Forgejo, a cluster."""
    parts = urlsplit(issuer)
    # What is neither https nor on this machine is asked for no keys (outbound/fetching.py).
    if parts.scheme not in ("https", "http") or not parts.netloc or "@" in parts.netloc or not issuer.isascii():
        raise Refused("bad-request", "An issuer is an address, exactly as its tokens name it: https://…")
    named = desk.house.trusted.named(provider)
    books.publishers.trust_issuer(issuer, named.name)
    detail = {"label": f"{issuer} ({named.title})", "account": actor, **seen}
    books.events.record([Happening(Event.ISSUER_TRUSTED, actor, detail=detail)], desk.clock())


def disbelieve_issuer(desk: Desk, books: Books, actor: str, issuer: str, **seen: object) -> None:
    """Trust an issuer no more: none of its tokens is exchanged from now on."""
    if not books.publishers.distrust_issuer(issuer):
        raise Refused("no-such-issuer", "No administrator trusts that issuer; the settings may.")
    detail = {"label": issuer, "account": actor, **seen}
    books.events.record([Happening(Event.ISSUER_DISTRUSTED, actor, detail=detail)], desk.clock())
