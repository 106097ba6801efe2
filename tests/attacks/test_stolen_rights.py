"""Stolen tokens, bypasses, old invitations: what was stolen does no more than it was made for.

Principles: AUTHN-3.2, AUTHZ-1.1, AUTHZ-2.1, AUTHZ-3.1
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.attacks.test_audit_findings_2026 import accept, bench, identifier_of, make_acme
from tests.people_world import PeopleWorld, Person
from tests.worlds import FORMAT, wheel

from strongroom.authn.assurance import Strength
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.authz.tokens import mint
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import administration, invitations, members, organisations, projects
from strongroom.people import demands as demands_of
from strongroom.people.desk import Visitor
from strongroom.people.registry import Registry, add_token, remove_person
from strongroom.people.tokens import Wanted, create_token, derive_token, revoke_own_token

ANVIL = ProjectName("pypi", "anvil")
PUBLISH = frozenset({Right.PUBLISH})
DAY = timedelta(days=1)


def demand(town: PeopleWorld, owner: Person, *demands: Demand) -> None:
    """Let anvil demand this of every upload."""
    town.prove(owner)
    demands_of.set_policy(bench(town), owner.visitor, ANVIL, frozenset(demands))


def joined(town: PeopleWorld, owner: Person, name: str, role: Role = Role.PUBLISHER) -> Person:
    """Return somebody who has accepted a role in anvil."""
    person = town.maintainer(name)
    members.give_role(town.desk, town.index, owner.visitor, ANVIL, person.name, role)
    accept(town, person)
    return person


def narrow(
    town: PeopleWorld, person: Person, *, projects: tuple[ProjectName, ...] = (ANVIL,), **more: object
) -> Secret:
    """Make a token of a person that publishes to anvil, narrower yet perhaps."""
    town.prove(person)
    return create_token(town.desk, person.visitor, Wanted("ci", PUBLISH, projects, 7 * DAY, **more))[0]  # type: ignore[arg-type]


def published(town: PeopleWorld) -> set[str]:
    """Return the versions of anvil that anybody can have."""
    with town.vault.reading() as books:
        facts = books.shelf.facts(ANVIL)
    return {each.version for each in facts.files} if facts else set()


# -- Mastra, 16 June 2026: a token that passed by the second factor published to a project that demanded two


@pytest.mark.principle("AUTHN-3.2")
def test_mastra_2026_a_token_that_was_got_with_less_than_two_factors_publishes_nothing(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    token = town.token(ada.visitor)
    with town.vault.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE token SET strength = {int(Strength.PASSWORD)}")
    with pytest.raises(Refused, match="needs-stronger-proof"):
        town.publish(token)


@pytest.mark.principle("AUTHN-3.2")
def test_mastra_2026_there_is_no_way_to_make_a_token_with_less(town: PeopleWorld) -> None:
    ada = town.register()
    with pytest.raises(Refused, match="needs-second-factor"):
        town.token(ada.visitor)


@pytest.mark.principle("AUTHN-3.2", "AUTHZ-1.1")
def test_mastra_2026_who_loses_the_factor_publishes_nothing_by_an_old_token_or_one_derived_from_it(
    town: PeopleWorld,
) -> None:
    ada = town.maintainer()
    town.project(ada)
    token = town.token(ada.visitor)
    derived = derive_token(town.desk, ada.stranger, token, Wanted("less", PUBLISH, (ANVIL,), DAY))[0]
    town.publish(derived)
    town.change(ada, totp_secret="")
    for each in (token, derived):
        with pytest.raises(Refused, match="needs-second-factor"):
            town.publish(each)
    with pytest.raises(Refused, match="needs-second-factor"):
        derive_token(town.desk, ada.stranger, token, Wanted("more", PUBLISH, (ANVIL,), DAY))


@pytest.mark.principle("AUTHZ-3.1")
def test_mastra_2026_where_only_builds_publish_no_persons_token_does_not_the_owners_either(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    bob = joined(town, ada, "bob")
    stolen = [town.token(ada.visitor), narrow(town, bob)]
    for each in stolen:
        town.publish(each)
    demand(town, ada, Demand.TRUSTED_PUBLISHING)
    before = published(town)
    for each in stolen:
        with pytest.raises(Refused, match="trusted-publishing-only"):
            town.publish(each)
    assert published(town) == before


@pytest.mark.principle("AUTHZ-3.1")
def test_mastra_2026_what_an_organisation_demands_no_owner_of_a_project_lowers(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    town.project(ada)
    make_acme(town, ada, (bob, OrganisationRole.MEMBER))
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    members.give_role(town.desk, town.index, ada.visitor, ANVIL, bob.name, Role.OWNER)
    accept(town, bob)
    demands_of.set_organisation_policy(bench(town), ada.visitor, "acme", frozenset({Demand.TRUSTED_PUBLISHING}))
    town.prove(bob)
    demands_of.set_policy(bench(town), bob.visitor, ANVIL, frozenset())
    with pytest.raises(Refused, match="trusted-publishing-only"):
        town.publish(town.token(bob.visitor))
    # Nor by taking the project out of it, into their own hands or into an organisation of their own.
    organisations.create(town.desk, bob.visitor, "bobs", "")
    for where in ("", "bobs"):
        with pytest.raises(Refused, match="not-allowed"):
            projects.transfer(town.desk, town.index, bob.visitor, ANVIL, where)


# -- GhostAction, 5 September 2025: 3,325 long-lived tokens were stolen from workflows


@pytest.mark.principle("AUTHZ-1.1")
def test_ghost_action_2025_a_stolen_token_reaches_the_one_project_that_it_was_made_for(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    hammer = town.project(ada, "hammer")
    stolen = narrow(town, ada)
    for other in (hammer.text, "brand-new"):
        with pytest.raises(Refused, match="token-out-of-scope"):
            town.publish(stolen, wheel(other, "6.6"))
    with pytest.raises(Refused, match="token-not-narrower"):
        derive_token(town.desk, ada.stranger, stolen, Wanted("wider", PUBLISH, (hammer,), DAY))
    with pytest.raises(Refused, match="token-not-narrower"):
        derive_token(town.desk, ada.stranger, stolen, Wanted("wider", PUBLISH, (), DAY, prefixes=("anvil",)))
    with pytest.raises(Refused, match="token-not-narrower"):
        derive_token(town.desk, ada.stranger, stolen, Wanted("more", PUBLISH | {Right.YANK}, (ANVIL,), DAY))


@pytest.mark.principle("AUTHZ-1.1")
@pytest.mark.parametrize("right", sorted(set(Right) - {Right.READ, Right.PUBLISH, Right.YANK}))
def test_no_token_is_made_for_what_no_token_can_do(town: PeopleWorld, right: Right) -> None:
    ada = town.maintainer()
    town.project(ada)
    rights = PUBLISH | {right}
    wanted = Wanted("all", rights, (ANVIL,), DAY)
    registry = Registry(town.vault, town.desk.clock, town.desk.chance, "")
    said = f"None can {right.words} a project"
    with pytest.raises(Refused, match=said):
        create_token(town.desk, ada.visitor, wanted)
    with pytest.raises(Refused, match=said):
        derive_token(town.desk, ada.stranger, narrow(town, ada), wanted)
    with pytest.raises(Refused, match=said):
        add_token(registry, "test", ada.name, rights, None)


@pytest.mark.principle("AUTHZ-1.1")
def test_a_token_that_was_once_made_to_remove_as_well_publishes_still_and_gives_narrower_ones(
    town: PeopleWorld,
) -> None:
    ada = town.maintainer()
    town.project(ada)
    secret = narrow(town, ada)
    with town.vault.writing() as books:
        bearer = books.tokens.bearer_of(secret.fingerprint())
        assert bearer is not None
        older = mint(b"older" * 8)
        rights = bearer.token.rights | {Right.REMOVE}
        books.tokens.add_token(
            replace(bearer.token, identifier="older", fingerprint=older.fingerprint(), rights=rights)
        )  # fmt: skip
    town.publish(older, wheel(version="7.0"))
    town.publish(derive_token(town.desk, ada.stranger, older, Wanted("", PUBLISH, (), DAY))[0], wheel(version="7.1"))


@pytest.mark.principle("AUTHZ-1.1")
def test_ghost_action_2025_a_prefix_reaches_no_name_that_only_contains_it(town: PeopleWorld) -> None:
    ada = town.maintainer()
    stolen = narrow(town, ada, projects=(), prefixes=("acme-",))
    town.publish(stolen, wheel("acme-core"))
    for other in ("acme", "acmecore", "not-acme-core"):
        with pytest.raises(Refused, match="token-out-of-scope"):
            town.publish(stolen, wheel(other))


@pytest.mark.principle("AUTHZ-1.1")
@pytest.mark.parametrize("source", ["203.0.113.66", "198.51.100.10", "2001:db8::10", "", "unknown", "::ffff:10.0.0.1"])
def test_ghost_action_2025_a_stolen_token_works_from_its_own_network_alone(town: PeopleWorld, source: str) -> None:
    from io import BytesIO

    from strongroom.packages.publishing import Presented, publish

    ada = town.maintainer()
    town.project(ada)
    stolen = narrow(town, ada, networks=("192.0.2.0/24", "2001:db8:1::/48"))
    made = wheel(version="6.6")

    def sent(source: str) -> bool:
        presented = Presented(stolen.fingerprint(), source)
        return publish(town.road, FORMAT, presented, made.offered(), BytesIO(made.content)).is_new

    with pytest.raises(Refused, match="token-out-of-place"):
        sent(source)
    with pytest.raises(Refused, match="token-out-of-place"):
        derive_token(town.desk, ada.stranger, stolen, Wanted("less", PUBLISH, (ANVIL,), DAY))
    with pytest.raises(Refused, match="token-not-narrower"):
        elsewhere = Wanted("elsewhere", PUBLISH, (ANVIL,), DAY, networks=("203.0.113.0/24",))
        derive_token(town.desk, Visitor(ada.visit), stolen, elsewhere)
    assert sent("192.0.2.10")
    assert not sent("2001:db8:1::5")  # the same bytes once more


@pytest.mark.principle("AUTHZ-1.1")
def test_ghost_action_2025_a_stolen_token_ends_and_all_that_was_made_of_it_before_or_after(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    stolen = narrow(town, ada)
    derived = derive_token(town.desk, ada.stranger, stolen, Wanted("mine now", PUBLISH, (ANVIL,), 300 * DAY))[0]
    again = derive_token(town.desk, ada.stranger, derived, Wanted("and again", PUBLISH, (ANVIL,), 300 * DAY))[0]
    town.publish(again)
    revoke_own_token(town.desk, ada.visitor, identifier_of(town, stolen))
    for each in (stolen, derived, again):
        with pytest.raises(Refused, match="token-revoked"):
            town.publish(each)
        with pytest.raises(Refused, match="token-revoked"):
            derive_token(town.desk, ada.stranger, each, Wanted("once more", PUBLISH, (ANVIL,), DAY))


@pytest.mark.principle("AUTHZ-1.1")
def test_ghost_action_2025_a_token_from_an_old_workflow_has_ended(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    stolen = narrow(town, ada)
    derived = derive_token(town.desk, ada.stranger, stolen, Wanted("longer", PUBLISH, (ANVIL,), 300 * DAY))[0]
    for life in (timedelta(days=366), timedelta(days=3650), timedelta(0), -DAY):
        town.prove(ada)
        with pytest.raises(Refused, match="token-life"):
            create_token(town.desk, ada.visitor, Wanted("for ever", PUBLISH, (ANVIL,), life))
    town.clock.wait(days=7)
    for each in (stolen, derived):
        with pytest.raises(Refused, match="token-expired"):
            town.publish(each)


# -- invitations outlive nobody's rights


@pytest.mark.principle("AUTHZ-2.1")
@pytest.mark.parametrize("what", ["right", "account", "left"])
def test_an_invitation_is_worth_nothing_once_who_sent_it_may_give_nothing(town: PeopleWorld, what: str) -> None:
    ada, root = town.maintainer(), town.administrator("rita")
    town.project(ada)
    bob, mallory = joined(town, ada, "bob", Role.PEOPLE_MANAGER), town.maintainer("mallory")
    members.give_role(town.desk, town.index, bob.visitor, ANVIL, mallory.name, Role.PUBLISHER)
    if what == "right":
        members.take_role(town.desk, town.index, ada.visitor, ANVIL, bob.name)
    elif what == "account":
        town.prove(root)
        administration.disable(town.desk, root.visitor, bob.name, "taken over")
    else:
        remove_person(town.desk, "bob", bob.name)
    with pytest.raises(Refused, match="not-allowed"):
        accept(town, mallory)
    with pytest.raises(Refused, match="not-allowed"):
        town.publish(town.token(mallory.visitor))


@pytest.mark.principle("AUTHZ-2.1")
def test_an_owners_invitation_to_own_dies_when_they_are_owner_no_more(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    bob, mallory = joined(town, ada, "bob", Role.OWNER), town.maintainer("mallory")
    members.give_role(town.desk, town.index, bob.visitor, ANVIL, mallory.name, Role.OWNER)
    members.give_role(town.desk, town.index, ada.visitor, ANVIL, bob.name, Role.PEOPLE_MANAGER)
    members.take_role(town.desk, town.index, ada.visitor, ANVIL, bob.name, Role.OWNER)
    with pytest.raises(Refused, match="not-allowed"):
        accept(town, mallory)


@pytest.mark.principle("AUTHZ-2.1")
def test_an_old_invitation_brings_nobody_back(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    town.project(ada)
    make_acme(town, ada)
    for role in (Role.OWNER, Role.READER):
        members.give_role(town.desk, town.index, ada.visitor, ANVIL, bob.name, role)
    for place in (OrganisationRole.OWNER, OrganisationRole.MEMBER):
        organisations.set_member(town.desk, ada.visitor, "acme", bob.name, place)
    known = {each.role: each.identifier for each in invitations.mine(town.desk, bob.visitor) if each.project}
    kept = {each.role: each.identifier for each in invitations.mine(town.desk, bob.visitor) if not each.project}
    invitations.accept(town.desk, town.index, bob.visitor, known["reader"])
    invitations.accept(town.desk, town.index, bob.visitor, kept["member"])
    members.take_role(town.desk, town.index, ada.visitor, ANVIL, bob.name)
    organisations.remove_member(town.desk, ada.visitor, "acme", bob.name)
    for identifier in (*known.values(), *kept.values()):
        with pytest.raises(Refused, match="no-such-invitation"):
            invitations.accept(town.desk, town.index, bob.visitor, identifier)


@pytest.mark.principle("AUTHZ-2.1")
def test_who_manages_people_does_not_take_back_what_only_an_owner_gives(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.project(ada)
    bob, carol = joined(town, ada, "bob", Role.PEOPLE_MANAGER), town.maintainer("carol")
    members.give_role(town.desk, town.index, ada.visitor, ANVIL, carol.name, Role.OWNER)
    offered = invitations.mine(town.desk, carol.visitor)[0].identifier
    with pytest.raises(Refused, match="no-such-invitation"):
        invitations.withdraw(town.desk, bob.visitor, offered)
    invitations.withdraw(town.desk, ada.visitor, offered)
