"""Trusted publishers: which build may publish to which project, and whether an identity token is such a build's.

Nothing here verifies signatures; what is handed in as claims was verified. A publisher belongs to one project; a
pending one to a project that is not there yet, whose name it does not reserve.

Principles: AUTHZ-3.1
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from strongroom.authn.accounts import AccountName
from strongroom.authz.providers import PROVIDERS, Provider, require_event
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

TOKEN_LIFE: Final = timedelta(minutes=15)
PENDING_LIFE: Final = timedelta(days=30)
MOST_PENDING: Final = 3
MOST_OF_A_PROJECT: Final = 50
#: How many publishers one account may have for one build: each is looked at when it asks. Others' count for themselves,
#: so that nobody takes anybody's place.
MOST_OF_A_BUILD: Final = 200
LEEWAY: Final = timedelta(seconds=30)
#: What was spent is remembered for longer than any clock of ours could take the token for good.
_SPARE: Final = timedelta(seconds=5)
LONGEST_TOKEN: Final = 16 * 1024
_LONGEST_VALUE: Final = 1000
_DEEPEST: Final = 3


@dataclass(frozen=True, slots=True)
class Publisher:
    """A build that may publish to `project`.

    `fields` is what its owner typed, `pinned` the immutable claims of the first token that was seen, by claim; empty
    until then. `account` is who added it, and who owns the project that a pending one makes. `expires` None: it is not
    pending.
    """

    identifier: str
    provider: str
    issuer: str
    fields: Mapping[str, str]
    project: ProjectName
    account: AccountName
    created: datetime
    expires: datetime | None = None
    pinned: Mapping[str, str] = field(default_factory=dict)
    last_used: datetime | None = None

    @property
    def is_pending(self) -> bool:
        """Whether its project is not there yet."""
        return self.expires is not None

    @property
    def words(self) -> str:
        """The publisher in one line, as people read it."""
        title = PROVIDERS[self.provider].title if self.provider in PROVIDERS else self.provider
        return f"{title}: {', '.join(f'{name} {said}' for name, said in self.fields.items())}"


class PublisherBook(Protocol):
    """Trusted publishers, inside one open transaction; what was spent; and which further issuers are trusted."""

    def add_publisher(self, publisher: Publisher, subject: str) -> None:
        """Keep a new publisher; `subject` is by what `candidates` finds it."""

    def publisher(self, identifier: str) -> Publisher | None:
        """Return a publisher, or None."""

    def publishers_of(self, project: ProjectName) -> Sequence[Publisher]:
        """Return the publishers of a project, pending ones too, oldest first."""

    def pending_of(self, account: AccountName) -> Sequence[Publisher]:
        """Return the pending publishers that the account has added, oldest first."""

    def candidates(self, issuer: str, subject: str, project: ProjectName | None = None) -> Sequence[Publisher]:
        """Return the publishers of this issuer and subject, of one project where it is named, oldest first."""

    def number_of(self, issuer: str, subject: str, account: AccountName) -> int:
        """Return how many publishers of this issuer and subject the account has added."""

    def is_used(self, issuer: str) -> bool:
        """Report whether any publisher is of this issuer."""

    def pin(self, identifier: str, pinned: Mapping[str, str], used: datetime) -> None:
        """Keep the immutable claims of a publisher, and when it was used."""

    def remove_publisher(self, identifier: str) -> bool:
        """Take a publisher away; report whether it was there."""

    def settle(self, project: ProjectName, owner: AccountName) -> Sequence[Publisher]:
        """Make the owner's pending publishers of a new project lasting, take others' away and return those."""

    def expired(self, now: datetime) -> Sequence[Publisher]:
        """Return the pending publishers whose time is over."""

    def spend(self, digest: str, until: datetime) -> bool:
        """Remember that an identity token was used; False, and no effect, when it had been."""

    def sweep(self, now: datetime) -> int:
        """Forget what was spent and could not be used again anyway; return how much."""

    def issuers(self) -> Mapping[str, str]:
        """Return the further issuers that administrators trust, each with the name of its provider."""

    def trust_issuer(self, issuer: str, provider: str) -> None:
        """Trust an issuer as one of a provider's kind."""

    def distrust_issuer(self, issuer: str) -> bool:
        """Trust it no more; report whether it was trusted."""


class KeysAwaited(Refused):
    """An issuer is asked for its keys at this moment, by another request: it is known in a few seconds."""

    def __init__(self) -> None:
        super().__init__(
            "try-again", "The keys of this token's issuer are fetched at this moment. Try again in a few seconds."
        )


class Identities(Protocol):
    """Reads identity tokens. It alone knows keys, and fetches them from issuers."""

    def issuer_of(self, token: str) -> str:
        """Return who a token says that it is from, unverified. Refused("invalid-payload") when it is none."""

    def claims_of(self, token: str, issuer: str, algorithms: Collection[str]) -> Mapping[str, Any]:
        """Return the claims, once the issuer's signature is verified. Refused("invalid-token") when it is not.

        KeysAwaited, at once, while the issuer is asked for its keys already: nobody holds a thread to wait for them.
        """


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom the operator trusts: providers, and issuers beside the providers' own, each with its provider's name."""

    providers: Mapping[str, Provider] = field(default_factory=lambda: PROVIDERS)
    issuers: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> Provider:
        """Return a provider; Refused when there is none of that name here."""
        if name not in self.providers:
            raise Refused("no-such-provider", f"Trusted here are: {', '.join(sorted(self.providers))}.")
        return self.providers[name]

    @upholds("AUTHZ-3.1")
    def provider_of(self, issuer: str, more: Mapping[str, str]) -> Provider:
        """Return the provider that an issuer is of; `more` are issuers that administrators trust. Refused otherwise."""
        name = self.issuers.get(issuer) or more.get(issuer)
        for each in self.providers.values():
            if each.name == name or (name is None and any(_fits(own, issuer, each) for own in each.issuers)):
                return each
        raise Refused("invalid-payload", "Nobody here trusts the issuer of this identity token.", principle="AUTHZ-3.1")

    def issuer_for(self, provider: Provider, fields: Mapping[str, str], asked: str, more: Mapping[str, str]) -> str:
        """Return the issuer of a publisher with these fields; Refused when `asked` is none of the provider's here.

        `asked` may be "" where there is only one that it can be.
        """
        own = [_TEMPLATE.sub(lambda found: fields.get(found[1], ""), each) for each in provider.issuers]
        others = [issuer for issuer, name in {**more, **self.issuers}.items() if name == provider.name]
        known = [*own, *others]
        if asked in known or (not asked and len(known) == 1):
            return asked or known[0]
        shown = ", ".join(sorted(known)) or "none: an administrator trusts one first"
        raise Refused("no-such-issuer", f"The issuers of {provider.title} here are: {shown}.", principle="AUTHZ-3.1")


_TEMPLATE: Final = re.compile(r"\{([^{}]+)\}")


def _fits(template: str, issuer: str, provider: Provider) -> bool:
    patterns = {each.name: each.pattern for each in provider.fields}
    return _compiled(template, lambda name: patterns[name]).fullmatch(issuer) is not None


def _compiled(template: str, fill: Any) -> re.Pattern[str]:
    pieces = _TEMPLATE.split(template)
    made = "".join(re.escape(piece) if at % 2 == 0 else fill(piece) for at, piece in enumerate(pieces))
    # ASCII: else the Kelvin sign is a k, and the long s an s, where case does not count.
    return re.compile(made, re.ASCII)


def parse_fields(provider: Provider, raw: Mapping[str, str]) -> dict[str, str]:
    """Return what an owner typed, empty fields left out; ValueError says which field is missing, wrong or unknown."""
    said = {name: text.strip() for name, text in raw.items() if text.strip()}
    known = {each.name: each for each in provider.fields}
    unknown = said.keys() - known.keys()
    if unknown:
        raise ValueError(f"{provider.title} has no {', '.join(sorted(unknown))}; it has {', '.join(known)}.")
    for name, each in known.items():
        if name not in said and each.is_needed:
            raise ValueError(f"{name} is missing: {each.about}.")
        if name in said and not re.fullmatch(each.pattern, said[name]):
            raise ValueError(f"{name} is not written as it should be: {each.about}.")
    return {name: said[name] for name in known if name in said}


def subject_of(provider: Provider, fields: Mapping[str, str]) -> str:
    """Return by what publishers with these fields are found: the first rule's claim as it will be, in small letters."""
    return _TEMPLATE.sub(lambda found: fields[found[1]], provider.rules[0].says[0]).lower()


def claimed(publisher: Publisher) -> tuple[datetime, str]:
    """Return by what publishers are put in the order in which they claimed a build."""
    return publisher.created, publisher.identifier


def outruns(first: Publisher, later: Publisher) -> bool:
    """Report whether another account waited for the same project, by this build too, when `later` was added."""
    if first.expires is None or not later.is_pending or first.account == later.account:
        return False
    return first.project == later.project and claimed(first) < claimed(later) and later.created < first.expires


def warning_of(provider: Provider, fields: Mapping[str, str]) -> str:
    """Return what to say of a publisher that every branch of its repository can use, "" when it is bound."""
    if fields.keys() & set(provider.bounds):
        return ""
    return f"Every branch can publish: whoever may push one can. Name one of: {', '.join(provider.bounds)}."


def read_claims(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as text: numbers and truths too, those in objects by their path; lists and very long ones not."""
    found: dict[str, str] = {}
    _read(raw, "", found, 0)
    return found


def _read(raw: Mapping[str, Any], before: str, found: dict[str, str], depth: int) -> None:
    for name, value in raw.items():
        key = f"{before}{name}"
        match value:
            case bool():
                found.setdefault(key, "true" if value else "false")
            case str() if len(value) <= _LONGEST_VALUE:
                found.setdefault(key, value)
            case int():
                found.setdefault(key, str(value))
            case dict() if depth < _DEEPEST:
                _read(value, f"{key}/", found, depth + 1)


@upholds("AUTHZ-3.1")
def require_identity(raw: Mapping[str, Any], provider: Provider, issuer: str, audience: str, now: datetime) -> datetime:
    """Refuse a verified token that is another issuer's, for another audience, not of this time, or of a denied event.

    Returns when it expires.
    """
    if raw.get("iss") != issuer:
        raise _untrusted("it is of another issuer")
    # One audience, and this instance: a token that is good elsewhere too could be used here by whoever got it there.
    if raw.get("aud") not in (audience, [audience]):
        raise _untrusted(f"its audience is not {audience}, or not that alone")
    expires, issued = _moment(raw, "exp"), _moment(raw, "iat")
    if now >= expires + LEEWAY:
        raise _untrusted("it has expired")
    if issued > now + LEEWAY or ("nbf" in raw and _moment(raw, "nbf") > now + LEEWAY):
        raise _untrusted("it is not valid yet")
    require_event(raw, read_claims(raw), provider)
    return expires


def _moment(raw: Mapping[str, Any], claim: str) -> datetime:
    value = raw.get(claim)
    # RFC 7519, 2: "A JSON numeric value representing the number of seconds".
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**37:
        raise _untrusted(f"its {claim} is no time")
    return datetime.fromtimestamp(value, UTC)


def _untrusted(why: str) -> Refused:
    return Refused("invalid-token", f"The identity token is refused: {why}.", principle="AUTHZ-3.1")


@upholds("AUTHZ-3.1")
def spent_as(provider: Provider, issuer: str, raw: Mapping[str, Any], token: str) -> str:
    """Return under what a token is remembered once it was used: its name at its issuer, else all of it.

    All but its signature: an elliptic one can be written in a second way, and would be another token then.
    """
    if not provider.has_jti:
        return hashlib.sha256(b"whole\0" + token.strip().rpartition(".")[0].encode()).hexdigest()
    jti = raw.get("jti")
    if not isinstance(jti, str) or not jti:
        raise _untrusted("it has no jti")
    return hashlib.sha256(f"jti\0{issuer}\0{jti}".encode()).hexdigest()


def spent_until(expires: datetime) -> datetime:
    """Return until when a token must be remembered that expires then."""
    return expires + LEEWAY + _SPARE
