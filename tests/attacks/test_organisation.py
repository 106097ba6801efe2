"""Organisation sign-in as a way in: no claim takes over an account, and what the provider takes away is gone.

Principles: AUTHN-3.2
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from tests.attacks.browsers import SiteClock
from tests.outbound.identity_provider import IdentityProvider, identity_provider
from tests.people_world import ELSEWHERE, HOME, ORIGIN, PeopleWorld, Person

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Strength, strength_held
from strongroom.authn.organisation import Provider
from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.outbound.oidc import RelyingParty
from strongroom.people import administration, organisation, security
from strongroom.people.desk import Visitor
from strongroom.people.organisation import Organisation, Returned
from strongroom.people.sign_in import SignedIn

pytestmark = pytest.mark.principle("AUTHN-3.2")

HERE, THERE = Visitor(HOME), Visitor(ELSEWHERE)
EVE = {
    "sub": "eve-1", "preferred_username": "eve", "email": "eve@corp.example.com", "email_verified": True,
    "groups": ["staff"], "amr": ["mfa"],
}  # fmt: skip


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as made:
        made.person = dict(EVE)
        yield made


@pytest.fixture
def there(town: PeopleWorld, provider: IdentityProvider) -> Organisation:
    """An organisation whose staff may come in, and whose leads administer."""
    town.clock = SiteClock()
    town.__post_init__()
    chosen = Provider(
        provider.issuer, provider.client_id, members=frozenset({"staff"}), administrators=frozenset({"leads"})
    )
    line = RelyingParty(chosen, Secret(provider.client_secret), f"{ORIGIN}/organisation/finish", town.clock)
    return Organisation(chosen, line)


def sent(url: str) -> Returned:
    """Do what a browser does at the provider, and return what it comes back with."""
    answer = httpx2.get(url, trust_env=False)
    came = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    return Returned(came["code"], came["state"], came.get("iss"))


def visit(town: PeopleWorld, there: Organisation, visitor: Visitor = HERE) -> SignedIn:
    url, held = organisation.begin(town.desk, there, visitor, "account/security/")
    return organisation.finish(town.desk, there, visitor, held, sent(url))[0]


def inside(came: SignedIn) -> Visitor:
    return Visitor(HOME, came.session, came.device)


def test_somebody_of_the_organisation_comes_in_as_they_are_vouched_for(town: PeopleWorld, there: Organisation) -> None:
    came = visit(town, there)
    assert (came.account, came.strength) == (AccountName("eve"), Strength.TOTP)
    assert town.publish(town.token(inside(came))).is_new


CLAIMS: list[Callable[[Person], dict[str, Any]]] = [
    lambda victim: {"email": victim.email},
    lambda victim: {"email": victim.email.upper()},
    lambda victim: {"email": victim.email, "preferred_username": victim.name.text},
]


@pytest.mark.parametrize("claims", CLAIMS)
def test_a_claim_of_somebodys_address_takes_no_account_over(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider, claims: Callable[[Person], dict[str, Any]]
) -> None:
    victim = town.maintainer()
    provider.person = {**EVE, **claims(victim)}
    with pytest.raises(Refused, match="sign-in-refused"):
        visit(town, there)
    with town.vault.reading() as books:
        assert books.factors.identities_of(victim.name) == []


def test_a_claim_of_somebodys_name_makes_another_account(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    victim = town.maintainer()
    provider.person = {**EVE, "preferred_username": "ada"}
    came = visit(town, there)
    assert came.account != victim.name
    assert security.look(town.desk, inside(came)).account.email == "eve@corp.example.com"


@pytest.mark.parametrize("name", ["admin", "root", "../../x", "", "a" * 300, "ада", "ada\x00", "strongroom"])
def test_whatever_a_provider_calls_somebody_their_name_here_is_a_plain_one_that_speaks_for_nobody(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider, name: str
) -> None:
    provider.person = {**EVE, "preferred_username": name}
    came = visit(town, there)
    assert came.account.text not in ("admin", "root", "strongroom")
    assert came.account.text.isascii() and len(came.account.text) <= 50


def test_an_address_that_the_provider_has_not_verified_makes_no_account(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    for said in (False, None, "true", 1):
        provider.person = {**EVE, "email_verified": said}
        with pytest.raises(Refused, match="sign-in-refused"):
            visit(town, there)


def test_an_answer_to_another_browsers_question_signs_nobody_in(town: PeopleWorld, there: Organisation) -> None:
    url, held = organisation.begin(town.desk, there, THERE, "account/security/")
    returned = sent(url)
    _, own = organisation.begin(town.desk, there, HERE, "account/security/")
    with pytest.raises(Refused, match="sign-in-refused"):
        organisation.finish(town.desk, there, HERE, own, returned)
    forged = Returned(returned.code, own.fingerprint(), returned.iss)
    with pytest.raises(Refused, match="sign-in-refused"):
        organisation.finish(town.desk, there, HERE, own, forged)
    assert held.fingerprint() == returned.state


def test_an_answer_is_good_once(town: PeopleWorld, there: Organisation) -> None:
    url, held = organisation.begin(town.desk, there, HERE, "account/security/")
    returned = sent(url)
    organisation.finish(town.desk, there, HERE, held, returned)
    with pytest.raises(Refused, match="ticket-spent"):
        organisation.finish(town.desk, there, HERE, held, returned)


def test_who_loses_the_group_loses_sessions_tokens_and_administration_at_the_next_look(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    provider.person = {**EVE, "groups": ["staff", "leads"]}
    came = visit(town, there)
    eve = inside(came)
    assert administration.find_accounts(town.desk, eve, "")
    token = town.token(eve)
    town.publish(token)
    provider.person = {**EVE, "groups": ["guests"]}
    with pytest.raises(Refused, match="sign-in-refused"):
        visit(town, there, THERE)
    with pytest.raises(Refused, match="no-session"):
        security.look(town.desk, eve)
    with pytest.raises(Refused, match=r"token-revoked|unknown-token"):
        town.publish(token)
    with town.vault.reading() as books:
        account = books.accounts.account(came.account)
    assert account is not None and not account.is_administrator
    assert strength_held(account, town.clock()) < Strength.TOTP


def test_who_is_no_lead_any_more_administers_nothing_from_the_next_sign_in_on(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    provider.person = {**EVE, "groups": ["staff", "leads"]}
    visit(town, there)
    provider.person = dict(EVE)
    came = visit(town, there)
    with pytest.raises(Refused, match="not-found"):
        administration.find_accounts(town.desk, inside(came), "")


def test_what_the_organisation_vouched_for_ends_after_thirty_days(town: PeopleWorld, there: Organisation) -> None:
    came = visit(town, there)
    token = town.token(inside(came))
    town.publish(token)
    town.clock.wait(days=29)
    town.publish(token)
    town.clock.wait(days=2)
    with pytest.raises(Refused, match=r"needs-second-factor|token-expired"):
        town.publish(token)
    with town.vault.reading() as books:
        account = books.accounts.account(came.account)
    assert account is not None and strength_held(account, town.clock()) < Strength.TOTP


def test_a_disabled_account_is_not_let_in_by_its_organisation(town: PeopleWorld, there: Organisation) -> None:
    came = visit(town, there)
    root = town.administrator("rita")
    administration.disable(town.desk, root.visitor, came.account, "a reason")
    with pytest.raises(Refused, match="account-disabled"):
        visit(town, there, THERE)


def test_a_weak_sign_in_at_the_provider_is_worth_a_password_here(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    for weak in (["pwd"], [], "otp", {"mfa": True}, ["MFA "]):
        provider.person = {**EVE, "amr": weak}
        came = visit(town, there)
        assert came.strength is Strength.PASSWORD
        with pytest.raises(Refused, match=r"needs-second-factor|needs-stronger-proof"):
            town.token(inside(came))


@pytest.mark.parametrize("claims", [{"groups": {"staff": True}}, {"groups": [7]}, {"groups": ["staff"], "sub": ""}])
def test_claims_that_cannot_be_read_let_nobody_in_and_end_nobodys_membership(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider, claims: dict[str, object]
) -> None:
    came = visit(town, there)
    provider.person = {**EVE, **claims}
    with pytest.raises(Refused):
        visit(town, there, THERE)
    assert security.look(town.desk, inside(came))


def test_a_sign_in_that_was_too_weak_ends_nobodys_membership(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    strict = Organisation(replace(there.provider, least=Strength.TOTP), there.asked)
    came = visit(town, strict)
    provider.person = {**EVE, "amr": ["pwd"]}
    with pytest.raises(Refused, match="sign-in-refused"):
        visit(town, strict, THERE)
    assert security.look(town.desk, inside(came))


def test_a_provider_that_asks_nobody_anew_renews_no_proof(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    came = visit(town, there)
    provider.person = {**EVE, "auth_time": int(town.clock().timestamp()) - 7200}
    with pytest.raises(Refused, match="sign-in-refused"):
        visit(town, there, inside(came))


def test_an_old_sign_in_at_the_provider_is_no_fresh_proof_here(
    town: PeopleWorld, there: Organisation, provider: IdentityProvider
) -> None:
    provider.person = {**EVE, "auth_time": int(town.clock().timestamp()) - 7200}
    came = visit(town, there)
    with pytest.raises(Refused, match="prove-again"):
        town.token(inside(came))


@pytest.mark.principle("AUTHN-1.5")
def test_ways_to_the_provider_are_counted_by_source_and_for_who_is_signed_in_by_device(
    town: PeopleWorld, there: Organisation
) -> None:
    came = visit(town, there)
    limits = LIMITS[Guess.BEGINNING]
    for _ in range(limits[Per.SOURCE][0].count - 1):
        organisation.begin(town.desk, there, HERE, "")
    with pytest.raises(Refused, match="too-many-attempts"):
        organisation.begin(town.desk, there, HERE, "")
    for _ in range(limits[Per.DEVICE][0].count):
        organisation.begin(town.desk, there, inside(came), "")
    with pytest.raises(Refused, match="too-many-attempts"):
        organisation.begin(town.desk, there, inside(came), "")
