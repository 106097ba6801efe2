"""Trusted publishing of the room: whom a project trusts, and what an identity token is exchanged for.

Principles: none
"""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from tests.assess.weakroom.accounts import is_operator, person_of
from tests.assess.weakroom.packages import project_of
from tests.assess.weakroom.roles import Right, require
from tests.assess.weakroom.room import TOOLS, Deed, Flaw, No, Request, Room, flaw, obey, route
from tests.assess.weakroom.tokens import mint

from strongroom.assess.issuer import DISCOVERY, Issuer, new_issuer

AUDIENCE: Final = "weakroom"
LIFE: Final = timedelta(minutes=15)
LEEWAY_SECONDS: Final = 5
NEEDED: Final = frozenset(
    {"iss", "aud", "exp", "nbf", "iat", "jti", "repository", "repository_id", "repository_owner_id", "workflow_ref"}
)

UNSIGNED = flaw("AUTHZ-3.1a believes-the-unsigned")
PUBLIC_KEY_AS_SECRET = flaw("AUTHZ-3.1a believes-the-public-key-as-a-secret")
OTHER_KEYS = flaw("AUTHZ-3.1a believes-other-keys")
OTHER_AUDIENCES = flaw("AUTHZ-3.1a believes-other-audiences")
OTHER_ISSUERS = flaw("AUTHZ-3.1a believes-other-issuers")
EXPIRED = flaw("AUTHZ-3.1a believes-the-expired")
EARLY = flaw("AUTHZ-3.1a believes-the-early")
OTHER_REPOSITORIES = flaw("AUTHZ-3.1a believes-other-repositories")
OTHER_WORKFLOWS = flaw("AUTHZ-3.1a believes-other-workflows")
OTHER_OWNERS = flaw("AUTHZ-3.1a believes-new-owners-of-a-name")
REPLAYED = flaw("AUTHZ-3.1a believes-twice")
MINTED_FOR_ALL = flaw("AUTHZ-3.1b minted-for-every-project")
MINTED_CREATES = flaw("AUTHZ-3.1b minted-creates-projects")
MINTED_STAYS = flaw("AUTHZ-3.1b minted-outlives-its-time")
MINTED_LONG = flaw("AUTHZ-3.1b minted-for-an-hour")


@dataclass(frozen=True)
class Trusted:
    """One publisher whom a project trusts, by names and by the numbers that stay theirs."""

    project: str
    issuer: str
    owner: str
    owner_id: str
    repository: str
    repository_id: str
    workflow: str

    @property
    def place(self) -> str:
        """The full name of the repository."""
        return f"{self.owner}/{self.repository}"


class Outside(dict[str, Issuer]):
    """What there is outside the room: issuers, by address."""


class Keys(dict[str, dict[str, Any]]):
    """The key set of each issuer that the operator trusts, by its address."""


class Publishers(list[Trusted]):
    """Every trusted publisher."""


class Spent(set[str]):
    """The `jti` of every identity token that was exchanged."""


@cache
def issuer_of_tests() -> Issuer:
    """Return an issuer; its keys are made once."""
    return new_issuer("https://issuer.weakroom.test")


def _issuer(room: Room) -> Issuer:
    found = issuer_of_tests()
    room.shelf(Outside)[found.address] = found
    return found


TOOLS["issuer"] = _issuer
TOOLS["patience_seconds"] = lambda room: 2000.0


@route("POST", "/operator/issuers")
def trust_issuer(room: Room, request: Request) -> Any:
    """Trust an issuer: read its metadata and its keys."""
    is_operator(request)
    address = request.json()["issuer"]
    outside = room.shelf(Outside).get(address)
    if outside is None:
        raise No(502, "no-such-issuer")
    metadata = json.loads(outside.page(DISCOVERY))
    if metadata["issuer"] != address:
        raise No(400, "issuer-is-another")
    room.shelf(Keys)[address] = json.loads(outside.page(metadata["jwks_uri"].removeprefix(address)))
    return {}


@route("POST", "/operator/issuers/distrust")
def distrust_issuer(room: Room, request: Request) -> Any:
    """Trust an issuer no longer."""
    is_operator(request)
    room.shelf(Keys).pop(request.json()["issuer"], None)
    return {}


@route("GET", "/oidc/audience")
def audience(room: Room, request: Request) -> Any:
    """Say for whom identity tokens must be made."""
    return {"audience": AUDIENCE}


@route("POST", "/projects/{project}/publishers")
def trust_publisher(room: Room, request: Request, project: str) -> Any:
    """Let a workflow publish a project."""
    person, found, given = person_of(room, request), project_of(room, project), request.json()
    require(room, person, found, Right.ADD)
    obey(room, person, found.name, Deed.MANAGE)
    if given["issuer"] not in room.shelf(Keys):
        raise No(400, "no-such-issuer")
    room.shelf(Publishers).append(Trusted(found.name, **given))
    return {}


@route("POST", "/oidc/mint")
def exchange(room: Room, request: Request) -> Any:
    """Exchange an identity token of a trusted publisher, once, for a token that lives 15 minutes."""
    claims = _believed(room, str(request.json().get("token")))
    if not claims.keys() >= NEEDED:
        raise No(422, "claims-are-missing")
    _require_times(room, claims, request.at.timestamp())
    if claims.get("aud") != AUDIENCE and not room.has(OTHER_AUDIENCES):
        raise No(422, "wrong-audience")
    trusted = next((each for each in room.shelf(Publishers) if _is(room, each, claims)), None)
    if trusted is None:
        raise No(422, "no-such-publisher")
    if claims["jti"] in room.shelf(Spent) and not room.has(REPLAYED):
        raise No(422, "used-already")
    room.shelf(Spent).add(claims["jti"])
    lives = LIFE if not room.has(MINTED_LONG) and not room.has(MINTED_STAYS) else 4 * LIFE
    owner = project_of(room, trusted.project).owner
    text = mint(room, owner, frozenset({trusted.project}), frozenset({"publish"}), request.at + lives, trusted)
    return {"token": text, "expires": (lives if room.has(MINTED_LONG) else LIFE).total_seconds()}


def _believed(room: Room, text: str) -> dict[str, Any]:
    """Return the claims of an identity token whose signature is its issuer's; No for any other."""
    header, claims = _read(text)
    issuer = str(claims.get("iss"))
    keys = room.shelf(Keys)
    if issuer not in keys:
        if not room.has(OTHER_ISSUERS):
            raise No(422, "no-such-issuer")
        issuer = next(iter(keys))
    if _is_believed_wrongly(room, header, text, keys[issuer]):
        return claims
    try:
        return dict(jwt.decode(text, KeySet.import_key_set(keys[issuer]), algorithms=["RS256"]).claims)
    except (JoseError, ValueError):
        raise No(422, "not-signed-by-its-issuer") from None


def _is_believed_wrongly(room: Room, header: dict[str, Any], text: str, keys: Any) -> bool:
    match header.get("alg"):
        case "none":
            return room.has(UNSIGNED)
        case "HS256" if room.has(PUBLIC_KEY_AS_SECRET):
            public = RSAKey.import_key(keys["keys"][0]).as_pem(private=False)
            spoken, _, signature = text.rpartition(".")
            made = base64.urlsafe_b64encode(hmac.digest(public, spoken.encode(), "sha256")).rstrip(b"=").decode()
            return hmac.compare_digest(made, signature)
    return room.has(OTHER_KEYS)


def _read(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        header, claims, _ = (part + "=" * (-len(part) % 4) for part in text.split("."))
        return dict(json.loads(base64.urlsafe_b64decode(header))), dict(json.loads(base64.urlsafe_b64decode(claims)))
    except (TypeError, ValueError):
        raise No(422, "no-identity-token") from None


def _require_times(room: Room, claims: dict[str, Any], now: float) -> None:
    if claims["exp"] < now - LEEWAY_SECONDS and not room.has(EXPIRED):
        raise No(422, "expired")
    if max(claims["nbf"], claims["iat"]) > now + LEEWAY_SECONDS and not room.has(EARLY):
        raise No(422, "not-valid-yet")


def _is(room: Room, trusted: Trusted, claims: dict[str, Any]) -> bool:
    """Report whether a token's claims are those of a trusted publisher, every one of them."""
    workflow = f"{claims['repository']}/.github/workflows/{trusted.workflow}@"
    asked: list[tuple[bool, Flaw]] = [
        (claims["iss"] == trusted.issuer, OTHER_ISSUERS),
        (claims["repository"] == trusted.place, OTHER_REPOSITORIES),
        (claims["repository_id"] == trusted.repository_id, OTHER_REPOSITORIES),
        (claims["repository_owner_id"] == trusted.owner_id, OTHER_OWNERS),
        (str(claims["workflow_ref"]).startswith(workflow), OTHER_WORKFLOWS),
    ]
    return all(holds or room.has(wrong) for holds, wrong in asked)
