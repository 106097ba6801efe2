"""Who signs in at the organisation's provider is who the provider says; nobody gets in with a token made for another.

Principles: AUTHN-3.2
"""

import json
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from tests.outbound.identity_provider import IdentityProvider, identity_provider, rsa_key
from tests.outbound.loopback import Reply, serving

from strongroom.authn.assurance import Strength
from strongroom.authn.organisation import Provider, identity_of
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.outbound.id_tokens import read_keys
from strongroom.outbound.oidc import LIMIT_ANSWER_BYTES, RelyingParty, challenge_of

BACK = "https://packages.example/account/organisation/back"
VERIFIER = "verifier-" * 5
NONCE = "the nonce of this sign-in"
Claims = dict[str, Any]


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as made:
        yield made


def party(provider: IdentityProvider, clock: Clock | None = None, **others: Any) -> RelyingParty:
    settings = Provider(others.pop("issuer", provider.issuer), provider.client_id)
    secret = others.pop("secret", Secret(provider.client_secret))
    return RelyingParty(settings, secret, BACK, clock or Clock(), timeout_seconds=others.pop("timeout", 2.0))


def visit(relying: RelyingParty, nonce: str = NONCE) -> dict[str, str]:
    """Do what the browser does: go where it is sent, and return the parameters that it comes back with."""
    answer = httpx2.get(relying.authorization_url("the state", nonce, VERIFIER), trust_env=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK)
    came = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert came["state"] == "the state"
    return came


def sign_in(relying: RelyingParty) -> Claims:
    came = visit(relying)
    return relying.finish(came["code"], NONCE, VERIFIER, iss=came["iss"])


def refused(relying: RelyingParty, why: str, code: str = "sign-in-refused") -> None:
    with pytest.raises(Refused, match=code) as refusal:
        sign_in(relying)
    assert why in " ".join(refusal.value.__notes__)
    assert why not in refusal.value.says


def test_a_person_signs_in(provider: IdentityProvider) -> None:
    claims = sign_in(party(provider))
    assert (claims["sub"], claims["nonce"], claims["iss"]) == ("ada-1", NONCE, provider.issuer)
    assert identity_of(claims, Provider(provider.issuer, provider.client_id)).name == "ada"


def test_the_browser_is_sent_with_pkce_state_and_nonce(provider: IdentityProvider) -> None:
    provider.more = {"authorization_endpoint": f"{provider.issuer}/authorize?tenant=7"}
    url = party(provider).authorization_url("s", "n", VERIFIER, max_age_seconds=0)
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "tenant": "7",
        "response_type": "code",
        "client_id": "strongroom",
        "redirect_uri": BACK,
        "scope": "openid profile email",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "max_age": "0",
    }
    # RFC 7636, appendix B.
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("methods", [None, ["client_secret_post"], ["client_secret_basic", "client_secret_post"]])
def test_the_client_proves_itself_as_the_provider_wants_it(provider: IdentityProvider, methods: list[str]) -> None:
    provider.more = {"token_endpoint_auth_methods_supported": methods} if methods else {}
    assert sign_in(party(provider))["sub"] == "ada-1"
    refused(party(provider, secret=Secret("wrong")), "neither code nor client")


def test_a_public_client_has_pkce_alone(provider: IdentityProvider) -> None:
    provider.client_secret = ""
    assert sign_in(party(provider, secret=None))["sub"] == "ada-1"


@pytest.mark.parametrize(
    ("algorithm", "make"),
    [
        ("PS256", lambda: RSAKey.generate_key(2048, {"kid": "k"})),
        ("ES256", lambda: ECKey.generate_key("P-256", {"kid": "k"})),
        ("ES384", lambda: ECKey.generate_key("P-384", {"kid": "k"})),
        pytest.param(
            "EdDSA",
            lambda: OKPKey.generate_key("Ed25519", {"kid": "k"}),
            marks=pytest.mark.filterwarnings("ignore:EdDSA"),
        ),
        ("Ed25519", lambda: OKPKey.generate_key("Ed25519", {"kid": "k"})),
    ],
)
def test_every_kind_of_key_pair_is_taken(provider: IdentityProvider, algorithm: str, make: Callable[[], Any]) -> None:
    provider.algorithm, provider.key = algorithm, make()
    assert sign_in(party(provider))["sub"] == "ada-1"


def test_a_token_without_a_key_id_is_taken_where_there_is_one_key(provider: IdentityProvider) -> None:
    provider.spoil = lambda claims: provider.signed(claims, header={"alg": "RS256"})
    assert sign_in(party(provider))["sub"] == "ada-1"


def changed(**others: Any) -> Callable[[IdentityProvider, Claims], str]:
    return lambda provider, claims: provider.signed({**claims, **others})


def without(name: str) -> Callable[[IdentityProvider, Claims], str]:
    return lambda provider, claims: provider.signed({key: value for key, value in claims.items() if key != name})


def by_a_stranger(provider: IdentityProvider, claims: Claims) -> str:
    return provider.signed(claims, key=rsa_key("a stranger's"))


def carrying_its_own_key(provider: IdentityProvider, claims: Claims) -> str:
    own = rsa_key("my own")
    header = {"alg": "RS256", "kid": provider.key.kid, "jwk": own.as_dict(private=False)}
    return provider.signed(claims, key=own, header=header)


def with_other_claims(provider: IdentityProvider, claims: Claims) -> str:
    header, _, signature = provider.signed(claims).split(".")
    return f"{header}.{provider.body({**claims, 'sub': 'root'})}.{signature}"


@pytest.mark.principle("AUTHN-3.2")
@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (IdentityProvider.unsigned, "'none'"),
        (IdentityProvider.with_public_key_as_secret, "'HS256'"),
        (by_a_stranger, "BadSignature"),
        (carrying_its_own_key, "BadSignature"),
        (with_other_claims, "BadSignature"),
        (changed(iss="https://evil.example"), "iss"),
        (changed(aud="another client"), "aud"),
        (changed(aud=[]), "aud"),
        (changed(aud=["strongroom", "another"]), "another client"),
        (changed(aud=["strongroom", "another"], azp="another"), "another client"),
        (changed(azp="another"), "another client"),
        (changed(azp=None), "another client"),
        (changed(nonce="the nonce of another sign-in"), "nonce"),
        (changed(nonce=[NONCE]), "nonce"),
        (changed(nonce=""), "nonce"),
        (changed(exp=int(time.time()) - 61), "exp"),
        (changed(exp="tomorrow"), "exp"),
        (changed(iat=int(time.time()) + 600), "in the future"),
        (changed(nbf=int(time.time()) + 600), "not yet valid"),
        (changed(sub=7), "sub"),
        *((without(name), name) for name in ("iss", "sub", "aud", "exp", "iat", "nonce")),
        (lambda provider, claims: "a.b.c", "DecodeError"),
        (lambda provider, claims: "a.b.c.d.e", "no signed token"),
        (lambda provider, claims: "x" * 70_000, "no signed token"),
    ],
)
def test_a_token_that_is_not_as_it_must_be_is_refused(
    provider: IdentityProvider, attack: Callable[[IdentityProvider, Claims], str], why: str
) -> None:
    provider.spoil = lambda claims: attack(provider, claims)
    refused(party(provider), why)


def test_headers_that_nobody_knows_say_nothing(provider: IdentityProvider) -> None:
    header = {"alg": "RS256", "kid": provider.key.kid, "x5c": ["M" * 2000], "own": 1}
    provider.spoil = lambda claims: provider.signed(claims, header=header)
    assert sign_in(party(provider))["sub"] == "ada-1"


def test_clocks_may_differ_by_a_minute(provider: IdentityProvider) -> None:
    now = int(time.time())
    provider.person |= {"exp": now - 30, "iat": now + 30}
    assert sign_in(party(provider))["sub"] == "ada-1"


@pytest.mark.principle("AUTHN-3.2")
def test_a_code_is_good_once_and_for_the_browser_that_asked(provider: IdentityProvider) -> None:
    relying = party(provider)
    code = visit(relying)["code"]
    with pytest.raises(Refused, match="sign-in-refused"):
        relying.finish(code, NONCE, "another-verifier-" * 3)
    code = visit(relying)["code"]
    assert relying.finish(code, NONCE, VERIFIER)
    with pytest.raises(Refused, match="sign-in-refused"):
        relying.finish(code, NONCE, VERIFIER)
    with pytest.raises(Refused, match="sign-in-refused") as replayed:
        relying.finish(visit(relying, "an older nonce")["code"], NONCE, VERIFIER)
    assert "nonce" in " ".join(replayed.value.__notes__)


@pytest.mark.principle("AUTHN-3.2")
def test_an_answer_that_another_issuer_sent_is_refused_before_its_code_goes_anywhere(
    provider: IdentityProvider,
) -> None:
    provider.more = {"authorization_response_iss_parameter_supported": True}
    relying = party(provider)
    came = visit(relying)
    for iss in ("https://evil.example", provider.issuer + "/", "", None):
        with pytest.raises(Refused, match="sign-in-refused"):
            relying.finish(came["code"], NONCE, VERIFIER, iss=iss)
    assert not [asked for asked in provider.place.asked if asked.path == "/token"]
    assert relying.finish(came["code"], NONCE, VERIFIER, iss=provider.issuer)


def test_without_that_promise_an_answer_may_name_nobody_but_no_other(provider: IdentityProvider) -> None:
    relying = party(provider)
    assert relying.finish(visit(relying)["code"], NONCE, VERIFIER)
    with pytest.raises(Refused, match="sign-in-refused"):
        relying.finish(visit(relying)["code"], NONCE, VERIFIER, iss="https://evil.example")


@pytest.mark.principle("AUTHN-3.2")
def test_a_provider_that_describes_itself_as_another_is_refused(provider: IdentityProvider) -> None:
    for issuer in ("https://evil.example", provider.issuer + "/", None):
        provider.more = {"issuer": issuer}
        with pytest.raises(Refused, match="sign-in-refused"):
            party(provider).authorization_url("s", "n", VERIFIER)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", ["http://idp.example/", "javascript:alert(1)", "", None, "file:///etc/passwd"])
def test_a_place_in_the_clear_is_no_place(provider: IdentityProvider, name: str, url: str | None) -> None:
    provider.more = {name: url}
    with pytest.raises(Refused, match="sign-in-refused"):
        party(provider).authorization_url("s", "n", VERIFIER)


@pytest.mark.parametrize("issuer", ["http://idp.example", "idp.example", ""])
def test_an_issuer_in_the_clear_is_no_issuer(provider: IdentityProvider, issuer: str) -> None:
    with pytest.raises(ValueError, match=r"not https|no address"):
        party(provider, issuer=issuer)


def keys_asked(provider: IdentityProvider) -> int:
    return sum(asked.path == "/keys" for asked in provider.place.asked)


def test_a_new_key_is_found_and_the_old_one_is_worth_nothing_then(provider: IdentityProvider) -> None:
    clock = Clock()
    relying, old = party(provider, clock), provider.key
    assert sign_in(relying)
    provider.rotate()
    refused(relying, "second")
    clock.ahead = timedelta(seconds=61)
    provider.person |= {"exp": int(time.time()) + 600}
    assert sign_in(relying)
    assert keys_asked(provider) == 2
    provider.spoil = lambda claims: provider.signed(claims, key=old, header={"alg": "RS256", "kid": old.kid})
    refused(relying, "first")


def test_tokens_with_invented_keys_do_not_make_us_ask_for_keys_each_time(provider: IdentityProvider) -> None:
    relying = party(provider)
    provider.spoil = lambda claims: provider.signed(claims, header={"alg": "RS256", "kid": "invented"})
    for _ in range(5):
        refused(relying, "invented")
    assert keys_asked(provider) == 1


def test_keys_are_fetched_again_after_an_hour(provider: IdentityProvider) -> None:
    clock = Clock()
    relying = party(provider, clock)
    provider.person |= {"exp": int(time.time()) + 9000}
    for ahead, times in ((0, 1), (59, 1), (61, 2)):
        clock.ahead = timedelta(minutes=ahead)
        assert sign_in(relying)
        assert keys_asked(provider) == times


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(500), Reply(200, b""), Reply(200, b"[]"), Reply(200, b"[" * 100_000), Reply(200, b'"x"'),
        Reply(302, b"", {"Location": "https://evil.example/"}), Reply(200, b" " * (LIMIT_ANSWER_BYTES + 1)),
        Reply(200, b"{" + b" " * 40, drip_seconds=0.05),
    ],
    ids=lambda reply: f"{reply.status}-{len(reply.body)}-{reply.drip_seconds}" if isinstance(reply, Reply) else reply,
)  # fmt: skip
def test_a_provider_that_gives_no_answer_lets_nobody_in(provider: IdentityProvider, path: str, reply: Reply) -> None:
    relying = party(provider, timeout=0.5)
    began = relying.authorization_url("s", NONCE, VERIFIER)
    code = dict(parse_qsl(urlsplit(httpx2.get(began, trust_env=False).headers["location"]).query))["code"]
    provider.answers[path] = reply
    fresh = party(provider, timeout=0.5)
    with pytest.raises(Refused, match="try-again"):
        fresh.finish(code, NONCE, VERIFIER)


def test_an_answer_without_an_identity_token_is_refused(provider: IdentityProvider) -> None:
    for body in ({}, {"id_token": None}, {"id_token": 3}, {"access_token": "x"}):
        provider.answers["/token"] = Reply(200, json.dumps(body).encode())
        refused(party(provider), "no identity token")


def test_a_provider_that_is_not_there_lets_nobody_in() -> None:
    with serving(lambda _: Reply()) as place:
        url = place.url
    relying = RelyingParty(Provider(url, "strongroom"), None, BACK, Clock())
    with pytest.raises(Refused, match="try-again"):
        relying.authorization_url("s", "n", VERIFIER)


@pytest.mark.parametrize("verifier", ["", "short", "x" * 129, "ü" * 50, "a b" * 20])
def test_a_verifier_has_the_shape_of_the_specification(provider: IdentityProvider, verifier: str) -> None:
    relying = party(provider)
    with pytest.raises(ValueError, match="43 to 128"):
        relying.authorization_url("s", "n", verifier)
    with pytest.raises(ValueError, match="43 to 128"):
        relying.finish("code", "n", verifier)


@pytest.mark.filterwarnings("ignore")
def test_keys_that_cannot_sign_are_passed_over() -> None:
    good = ECKey.generate_key("P-256", {"kid": "good"}).as_dict(private=True)
    short = RSAKey.generate_key(1024, {"kid": "short"}).as_dict(private=False)
    odd: list[Any] = [{"kty": "oct", "k": "c2VjcmV0", "kid": "o"}, {"kty": "RSA"}, 3, None, {**good, "use": "enc"}]
    (key,) = read_keys(json.dumps({"keys": [*odd, short, good]}).encode())
    assert key.kid == "good"
    assert not key.is_private
    for bad in (b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": 3}', b"[" * 100_000):
        with pytest.raises(ValueError, match="set of keys"):
            read_keys(bad)


def test_a_provider_that_others_wrote_signs_people_in() -> None:
    # The library that it is made with warns of itself, whatever is asked of warnings.
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        oidc_provider_mock = import_module("oidc_provider_mock")
        ada = oidc_provider_mock.User(
            sub="ada",
            claims={"email": "ada@example.org", "email_verified": True, "groups": ["operators"], "acr": "phr"},
        )
        with oidc_provider_mock.run_server_in_thread(user_claims=[ada]) as server:
            issuer = f"http://localhost:{server.server_port}"
            settings = Provider(issuer, "strongroom", administrators=frozenset({"operators"}))
            relying = RelyingParty(settings, Secret("anything"), BACK, Clock())
            url = relying.authorization_url("s", NONCE, VERIFIER)
            body = urlencode({"sub": "ada"}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = httpx2.post(url, content=body, headers=headers, trust_env=False)
            code = dict(parse_qsl(urlsplit(answer.headers["location"]).query))["code"]
            identity = identity_of(relying.finish(code, NONCE, VERIFIER), settings)
    assert (identity.issuer, identity.subject, identity.email) == (issuer, "ada", "ada@example.org")
    assert identity.email_verified
    assert identity.is_administrator
    assert identity.strength is Strength.PHISHING_RESISTANT
