"""Sign-in through an organisation's own identity provider: what its claims are worth here.

The provider says who somebody is; how strong a proof that was counts only as far as the operator has mapped it.

Principles: AUTHN-3.2
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeGuard

from strongroom.authn.accounts import parse_email
from strongroom.authn.assurance import Strength
from strongroom.kernel.refusals import Refused

LIMIT_GROUPS: Final = 1000
LIMIT_TEXT: Final = 255
LEEWAY_SECONDS: Final = 60
_LAST_SECOND: Final = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())

#: OpenID Connect Extended Authentication Profile ACR Values 1.0: phishing-resistant, and hardware-protected as well.
USUAL_ACR: Final = {"phr": Strength.PHISHING_RESISTANT, "phrh": Strength.PHISHING_RESISTANT}
#: RFC 8176, 2: "mfa: Multiple-factor authentication". One that names a single factor is not more than a password.
USUAL_AMR: Final = {"mfa": Strength.TOTP}


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider, as the operator has set it up.

    `acr` and `amr` say what the provider's words for a sign-in are worth; a word that is in neither is worth a
    password. `least` is the weakest sign-in that is let in at all. Who is in a group of `administrators` administers
    the repository; when `members` names groups, who is in none of them stays outside; when `email_domains` names
    domains, so does who has no verified address there.
    """

    issuer: str
    client_id: str
    title: str = "your organisation"
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    acr_values: tuple[str, ...] = ()
    acr: Mapping[str, Strength] = field(default_factory=lambda: dict(USUAL_ACR))
    amr: Mapping[str, Strength] = field(default_factory=lambda: dict(USUAL_AMR))
    least: Strength = Strength.PASSWORD
    administrators: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    email_domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in. `issuer` and `subject` together are the person; all else may change from one time to the next.

    `email` is "" when the provider gave none that can be one; `auth_time` None when it did not say when it saw the
    person.
    """

    issuer: str
    subject: str
    name: str
    email: str
    email_verified: bool
    groups: frozenset[str]
    is_administrator: bool
    strength: Strength
    auth_time: datetime | None


def identity_of(claims: Mapping[str, Any], provider: Provider) -> Identity:
    """Return who the claims of a verified identity token speak of (OpenID Connect Core 1.0, 2 and 5.1).

    Refused("sign-in-refused") when they speak of nobody, or of somebody whom the operator's settings keep outside.
    """
    subject = claims.get("sub")
    # OpenID Connect Core, 2: "It MUST NOT exceed 255 ASCII characters in length."
    if claims.get("iss") != provider.issuer or not isinstance(subject, str) or not _is_short_ascii(subject):
        raise _refused("The identity provider did not say who signed in.")
    groups = _groups(claims.get(provider.groups_claim))
    email = _email(claims.get("email"))
    identity = Identity(
        provider.issuer,
        subject,
        _name(claims),
        email,
        # A provider that writes "true" as text has not said it.
        bool(email) and claims.get("email_verified") is True,
        groups,
        bool(groups & provider.administrators),
        strength_of(claims, provider),
        _auth_time(claims),
    )
    _require_welcome(identity, provider)
    return identity


def strength_of(claims: Mapping[str, Any], provider: Provider) -> Strength:
    """Return what the sign-in is worth: the most that the operator's mapping gives, and never less than a password."""
    acr, amr = claims.get("acr"), claims.get("amr")
    methods = [amr] if isinstance(amr, str) else amr if isinstance(amr, list) else []
    worth = [provider.amr.get(each, Strength.PASSWORD) for each in methods if isinstance(each, str)]
    if isinstance(acr, str):
        worth.append(provider.acr.get(acr, Strength.PASSWORD))
    return max(worth, default=Strength.PASSWORD)


def _require_welcome(identity: Identity, provider: Provider) -> None:
    if provider.members and not identity.groups & provider.members:
        raise _refused("Your account at the identity provider is in no group that may use this repository.")
    if provider.email_domains:
        domain = identity.email.rpartition("@")[2].lower()
        if not identity.email_verified or domain not in {each.lower() for each in provider.email_domains}:
            raise _refused("Your account at the identity provider has no verified e-mail address of this organisation.")
    if identity.strength < provider.least:
        raise Refused(
            "sign-in-refused",
            f"You signed in with {identity.strength.words}; this repository asks for {provider.least.words}. "
            "Sign in at the identity provider with it, then try again.",
            principle="AUTHN-3.2",
        )


def _refused(says: str) -> Refused:
    return Refused("sign-in-refused", f"{says} Ask whoever administers it.")


def _is_short_ascii(text: str) -> bool:
    return 0 < len(text) <= LIMIT_TEXT and text.isascii() and text.isprintable()


def _groups(raw: object) -> frozenset[str]:
    match raw:
        case None:
            return frozenset()
        case str():
            return frozenset({raw})
        case list() if len(raw) <= LIMIT_GROUPS and all(isinstance(each, str) for each in raw):
            return frozenset(raw)
        case _:
            # Half a list of groups could be the half that keeps somebody outside.
            raise _refused("The identity provider's list of your groups cannot be read.")


def _email(raw: object) -> str:
    try:
        return parse_email(raw) if isinstance(raw, str) else ""
    except ValueError:
        return ""


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("preferred_username", "nickname", "name"):
        text = claims.get(claim)
        if isinstance(text, str) and text.strip():
            return "".join(c for c in text.strip() if c.isprintable())[:LIMIT_TEXT]
    return ""


def _auth_time(claims: Mapping[str, Any]) -> datetime | None:
    seen, issued = claims.get("auth_time"), claims.get("iat")
    if seen is None:
        return None
    if not _is_moment(seen) or not _is_moment(issued) or seen > issued + LEEWAY_SECONDS:
        raise _refused("The identity provider did not say when it saw you.")
    return datetime.fromtimestamp(int(seen), UTC)


def _is_moment(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_SECOND
