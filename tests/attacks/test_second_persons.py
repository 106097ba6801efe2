"""Two people are two people: what waits is published by nobody who sent it, in whatever clothes they come.

Principles: AUTHN-3.2, AUTHZ-2.1
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.test_audit_findings_2026 import bench, identifier_of, make_acme
from tests.attacks.test_stolen_rights import ANVIL, DAY, PUBLISH, demand, joined, narrow, published
from tests.people_world import PeopleWorld, Person
from tests.trusting import GITLAB_BUILD, HERE, TrustWorld, trusting
from tests.worlds import wheel

from strongroom.authz.leaks import Place
from strongroom.authz.roles import Role
from strongroom.kernel.events import Event
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.approval import forget_stale
from strongroom.people import demands, leaks, members, projects
from strongroom.people.publishers import remove_publisher
from strongroom.people.tokens import Wanted, derive_token, revoke_own_token


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrustWorld]:
    """ada and bob publish anvil, whose uploads wait for a second person."""
    with trusting(tmp_path / "town") as made:
        made.town.project(made.ada)
        yield made


def waiting(town: PeopleWorld, token: Secret) -> str:
    """Upload something that waits, and return its name."""
    made = wheel(version=f"9.{len(town.recorded())}")
    assert town.publish(token, made).is_held
    return made.filename


def refused(town: PeopleWorld, person: Person, filename: str, code: str) -> None:
    """Expect that the person publishes nothing by approving, and that nobody can have the file."""
    before = published(town)
    town.prove(person)
    with pytest.raises(Refused) as caught:
        projects.approve(bench(town), person.visitor, filename)
    assert caught.value.code == code, caught.value.says
    assert published(town) == before


@pytest.mark.principle("AUTHZ-2.1")
def test_nobody_approves_of_their_own_upload_by_another_session_or_token(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    token = town.token(ada.visitor)
    derived = derive_token(town.desk, ada.stranger, token, Wanted("ci", PUBLISH, (ANVIL,), DAY))[0]
    for sent in (token, derived, narrow(town, ada)):
        name = waiting(town, sent)
        refused(town, ada, name, "needs-second-person")
        town.sign_in(ada)
        refused(town, ada, name, "needs-second-person")
        town.prove(bob)
        projects.approve(bench(town), bob.visitor, name)
    assert len(published(town)) == 4


@pytest.mark.principle("AUTHZ-2.1")
def test_nobody_is_the_second_person_of_a_build_of_their_own(world: TrustWorld) -> None:
    """Who has taken over one account adds a build of their own to the project, publishes by it, and approves."""
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    world.add()
    name = waiting(town, world.minted().secret)
    refused(town, ada, name, "needs-second-person")
    town.prove(bob)
    projects.approve(bench(town), bob.visitor, name)


@pytest.mark.principle("AUTHZ-2.1")
def test_what_waits_says_who_started_the_build_that_sent_it(world: TrustWorld) -> None:
    """Whoever approves sees that it was not they who pushed; nothing is decided by it."""
    town, ada = world.town, world.ada
    joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    world.add()
    world.add_gitlab(world.gitlab)
    by_gitlab = world.exchange(world.gitlab.gitlab(HERE, replace(GITLAB_BUILD, starter=" ada\n \u202elab ")))
    names = {
        waiting(town, world.minted().secret): "octo-ada",
        waiting(town, by_gitlab.secret): "ada lab",
        waiting(town, town.token(ada.visitor)): "",
    }
    with town.vault.reading() as books:
        assert {each.offered.filename: each.started_by for each in books.holds.held_of(ANVIL)} == names
    minted = str([each.what.detail for each in town.recorded() if each.what.event is Event.TOKEN_MINTED])
    assert "'actor': 'octo-ada'" in minted
    assert "'user_login': ' ada" in minted


@pytest.mark.principle("AUTHZ-2.1")
def test_what_a_build_sent_that_nobody_trusts_any_more_is_not_published(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    publisher = world.add()
    name = waiting(town, world.minted().secret)
    town.prove(ada)
    remove_publisher(town.desk, ada.visitor, publisher.identifier)
    refused(town, bob, name, "token-revoked")
    projects.decline(bench(town), bob.visitor, name)


@pytest.mark.principle("AUTHZ-2.1")
@pytest.mark.parametrize("how", ["role", "account", "token", "leak", "handed over"])
def test_what_waits_is_not_published_once_its_sender_could_not_send_it(world: TrustWorld, how: str) -> None:
    town, ada = world.town, world.ada
    bob, carol = joined(town, ada, "bob"), joined(town, ada, "carol")
    demand(town, ada, Demand.TWO_PEOPLE)
    town.prove(bob)
    token = town.token(bob.visitor)
    name, code = waiting(town, token), "not-allowed"
    second = carol
    if how == "role":
        members.take_role(town.desk, town.index, ada.visitor, ANVIL, bob.name)
    elif how == "account":
        town.change(bob, is_disabled=True)
    elif how == "token":
        revoke_own_token(town.desk, bob.visitor, identifier_of(town, token))
        code = "token-revoked"
    elif how == "leak":
        with town.vault.writing() as books:
            leaks.revoke_found(books, {token.fingerprint(): Place("", "a test")}, "finder", town.clock())
        code = "token-revoked"
    else:
        make_acme(town, ada)
        town.prove(ada)
        projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
        second = ada
    refused(town, second, name, code)


@pytest.mark.principle("AUTHZ-2.1")
@pytest.mark.parametrize("role", [None, Role.READER, Role.SECURITY_CONTACT, Role.PEOPLE_MANAGER])
def test_who_may_not_publish_is_nobodys_second_person(world: TrustWorld, role: Role | None) -> None:
    town, ada = world.town, world.ada
    demand(town, ada, Demand.TWO_PEOPLE)
    name = waiting(town, town.token(ada.visitor))
    eve = joined(town, ada, "eve", role) if role else town.maintainer("eve")
    # Whoever has no part in the project does not even hear that something waits.
    code = "not-allowed" if role else "no-such-upload"
    refused(town, eve, name, code)
    with pytest.raises(Refused, match=code):
        projects.decline(bench(town), eve.visitor, name)


@pytest.mark.principle("AUTHZ-2.1", "AUTHZ-3.1", "AUTHZ-3.3")
@pytest.mark.parametrize(
    ("demanded", "code"),
    [(Demand.TRUSTED_PUBLISHING, "trusted-publishing-only"), (Demand.ATTESTATIONS, "attestation-required")],
)
def test_what_waits_is_judged_by_the_policy_of_today(world: TrustWorld, demanded: Demand, code: str) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    name = waiting(town, town.token(ada.visitor))
    demand(town, ada, Demand.TWO_PEOPLE, demanded)
    refused(town, bob, name, code)


@pytest.mark.principle("AUTHN-3.2")
def test_nobody_approves_for_a_sender_whose_second_factor_is_gone(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    name = waiting(town, town.token(ada.visitor))
    with town.desk.vault.writing() as books:
        account = books.accounts.account(ada.name)
        assert account is not None
        books.accounts.change_account(replace(account, totp_secret="", keys=0))
        for key in books.factors.keys_of(ada.name):
            books.factors.remove_key(ada.name, key.identifier)
    refused(town, bob, name, "not-allowed")


@pytest.mark.principle("AUTHZ-2.1")
def test_what_waited_too_long_is_published_by_nobody_and_its_name_is_free(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    name = waiting(town, town.token(ada.visitor))
    town.clock.wait(days=14)
    town.sign_in(bob)
    refused(town, bob, name, "no-such-upload")
    assert forget_stale(town.road) == 1
    assert list(town.road.blobs.concealed_keys()) == []


@pytest.mark.principle("AUTHZ-2.1")
def test_a_policy_that_is_lifted_publishes_nothing_that_waits(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    demand(town, ada, Demand.TWO_PEOPLE)
    token = town.token(ada.visitor)
    name = waiting(town, token)
    before = published(town)
    demands.lift(town.desk, town.road, "the operator", ANVIL, Demand.TWO_PEOPLE)
    assert published(town) == before
    refused(town, ada, name, "needs-second-person")


@pytest.mark.principle("AUTHN-3.2", "AUTHZ-2.1")
def test_a_second_person_proves_again(world: TrustWorld) -> None:
    town, ada = world.town, world.ada
    bob = joined(town, ada, "bob")
    demand(town, ada, Demand.TWO_PEOPLE)
    name = waiting(town, town.token(ada.visitor))
    town.clock.wait(minutes=16)
    with pytest.raises(Refused, match="prove-again"):
        projects.approve(bench(town), bob.visitor, name)
    town.change(bob, totp_secret="")
    with pytest.raises(Refused, match="needs-second-factor"):
        projects.approve(bench(town), bob.visitor, name)
