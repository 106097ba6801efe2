"""AUTHZ-3.1: a build's identity token is exchanged, once, for a token that is good for one project and 15 minutes.

Principles: AUTHZ-3.1
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.outbound.workload_issuer import Build
from tests.trusting import ANVIL, GITLAB_BUILD, HERE, TrustWorld, trusting
from tests.worlds import wheel

from strongroom.authz.publishers import MOST_PENDING, Publisher
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.publishers import (
    Wanted,
    add_publisher,
    own_pending,
    publishers_of,
    remove_publisher,
    sweep_publishers,
)

pytestmark = pytest.mark.principle("AUTHZ-3.1")

TONGS = ProjectName("pypi", "tongs")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrustWorld]:
    """ada owns anvil, which trusts nobody yet."""
    with trusting(tmp_path / "town") as made:
        made.town.project(made.ada)
        yield made


def test_an_honest_build_publishes_without_anybodys_token(world: TrustWorld) -> None:
    world.add()
    minted = world.minted()
    assert minted.expires - world.town.clock.now == timedelta(minutes=15)
    assert minted.project == ANVIL
    assert world.publish(minted.secret).is_new


def test_a_minted_token_publishes_to_its_project_alone(world: TrustWorld) -> None:
    world.town.project(world.ada, "tongs")
    world.add()
    minted = world.minted()
    for name in ("tongs", "hammer"):
        with pytest.raises(Refused, match="token-out-of-scope"):
            world.publish(minted.secret, wheel(name, "2.0"))


def test_a_minted_token_is_dead_after_15_minutes(world: TrustWorld) -> None:
    world.add()
    minted = world.minted()
    world.town.clock.wait(minutes=15)
    with pytest.raises(Refused, match="token-expired"):
        world.publish(minted.secret)


def test_a_minted_token_dies_with_its_publisher(world: TrustWorld) -> None:
    publisher = world.add()
    minted = world.minted()
    remove_publisher(world.desk, world.ada.visitor, publisher.identifier)
    with pytest.raises(Refused, match="token-revoked"):
        world.publish(minted.secret)
    with pytest.raises(Refused, match="invalid-publisher"):
        world.minted()


def test_gitlab_builds_publish_too(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    minted = world.exchange(world.gitlab.gitlab(HERE, GITLAB_BUILD))
    assert world.publish(minted.secret).is_new


def test_owners_hear_of_a_publisher_added_used_first_and_removed(world: TrustWorld) -> None:
    publisher = world.add()
    world.minted()
    world.minted()
    remove_publisher(world.desk, world.ada.visitor, publisher.identifier)
    said = [each.subject for each in world.town.letters(world.ada.email) if "trusted publisher" in each.subject]
    assert [" ".join(each.split()[1:]) for each in said] == [
        "A trusted publisher of anvil was added",
        "A trusted publisher of anvil was used for the first time",
        "A trusted publisher of anvil was removed",
    ]
    (pinned,) = [each.text for each in world.town.letters(world.ada.email) if "first time" in each.subject]
    assert "repository_id 4711" in " ".join(pinned.split())


def test_whoever_may_not_manage_publishers_adds_none_and_sees_none(world: TrustWorld) -> None:
    bob = world.town.maintainer("bob")
    with pytest.raises(Refused, match="not-allowed"):
        world.add(by=bob)
    publisher = world.add()
    with pytest.raises(Refused, match="not-allowed"):
        publishers_of(world.desk, bob.visitor, ANVIL)
    with pytest.raises(Refused, match="not-allowed"):
        remove_publisher(world.desk, bob.visitor, publisher.identifier)


def test_adding_a_publisher_takes_a_fresh_second_factor(world: TrustWorld) -> None:
    world.town.clock.wait(minutes=16)
    wanted = Wanted("github", {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}, world.github.url)
    with pytest.raises(Refused, match="prove-again"):
        add_publisher(world.desk, world.ada.visitor, ANVIL, wanted)


def test_a_critical_projects_publishers_are_managed_with_a_passkey(world: TrustWorld) -> None:
    world.town.make_critical(ANVIL)
    with pytest.raises(Refused, match=r"needs-phishing-resistant|prove-stronger"):
        world.add()


def test_a_publisher_that_every_branch_can_use_is_listed_with_a_warning(world: TrustWorld) -> None:
    world.add()
    world.add(environment="release")
    loose, bound = publishers_of(world.desk, world.ada.visitor, ANVIL)
    assert "Every branch can publish" in loose.warning
    assert bound.warning == ""


def test_a_pending_publisher_makes_its_project_and_lasts(world: TrustWorld) -> None:
    world.add(TONGS)
    (waiting,) = own_pending(world.desk, world.ada.visitor)
    assert waiting.publisher.expires == world.town.clock.now + timedelta(days=30)
    minted = world.minted()
    assert world.publish(minted.secret, wheel("tongs", "1.0")).is_new
    assert own_pending(world.desk, world.ada.visitor) == []
    with world.town.vault.reading() as books:
        assert [name for name, _ in books.roles.people_of(TONGS)] == [world.ada.name]
    assert world.publish(world.minted().secret, wheel("tongs", "1.1")).is_new


def test_a_pending_publisher_reserves_no_name_and_dies_when_another_makes_the_project(world: TrustWorld) -> None:
    world.add(TONGS)
    minted = world.minted()
    bob = world.town.maintainer("bob")
    world.town.project(bob, "tongs")
    with pytest.raises(Refused, match="token-revoked"):
        world.publish(minted.secret, wheel("tongs", "2.0"))
    with pytest.raises(Refused, match="invalid-publisher"):
        world.minted()
    assert any("was removed" in each.subject for each in world.town.letters(world.ada.email))


def test_a_pending_publisher_ends_after_30_days(world: TrustWorld) -> None:
    world.add(TONGS)
    world.town.clock.wait(days=30)
    with pytest.raises(Refused, match="invalid-pending-publisher"):
        world.minted()
    assert sweep_publishers(world.desk) == 1
    assert "publisher.removed" in world.town.events()


def test_an_account_waits_for_three_projects_at_most(world: TrustWorld) -> None:
    for number in range(MOST_PENDING):
        world.add(ProjectName("pypi", f"tongs-{number}"))
    with pytest.raises(Refused, match="too-many-publishers"):
        world.add(TONGS)


def test_of_several_publishers_of_a_project_the_most_specific_one_is_used(world: TrustWorld) -> None:
    world.add()
    narrow = world.add(environment="release")
    world.minted(Build(environment="Release"))
    with world.town.vault.reading() as books:
        used = books.publishers.publisher(narrow.identifier)
    assert used is not None
    assert used.last_used == world.town.clock.now


def test_a_build_that_several_projects_trust_names_one(world: TrustWorld) -> None:
    world.town.project(world.ada, "tongs")
    world.add()
    world.add(TONGS)
    with pytest.raises(Refused, match=r"It may publish anvil, tongs, and a token is for one"):
        world.minted()
    assert world.exchange(world.github.github(HERE), TONGS).project == TONGS


def test_nobody_steps_in_front_of_a_publisher_that_was_used(world: TrustWorld) -> None:
    world.add()
    world.minted()
    mallory = world.town.maintainer("mallory")
    world.town.project(mallory, "tongs")
    world.town.clock.wait(minutes=1)
    world.add(TONGS, by=mallory, ref="refs/heads/main")
    assert world.minted().project == ANVIL


def test_nobody_steps_in_front_of_a_publisher_that_was_never_used(world: TrustWorld) -> None:
    world.add()
    mallory = world.town.maintainer("mallory")
    world.town.project(mallory, "tongs")
    world.town.clock.wait(minutes=1)
    world.add(TONGS, by=mallory, ref="refs/heads/*", environment="release")
    build = Build(environment="release")
    assert world.minted(build).project == ANVIL
    assert world.exchange(world.github.github(HERE, build), TONGS).project == TONGS


def test_a_later_publisher_that_was_used_by_name_does_not_step_in_front(world: TrustWorld) -> None:
    world.add()
    mallory = world.town.maintainer("mallory")
    world.town.project(mallory, "tongs")
    world.town.clock.wait(minutes=1)
    world.add(TONGS, by=mallory)
    assert world.exchange(world.github.github(HERE), TONGS).project == TONGS
    assert world.minted().project == ANVIL


def test_who_lets_a_build_publish_first_has_it_where_no_project_is_named(world: TrustWorld) -> None:
    mallory = world.town.maintainer("mallory")
    world.town.project(mallory, "tongs")
    world.add(TONGS, by=mallory)
    world.town.clock.wait(minutes=1)
    world.add(ref="refs/heads/main")
    assert world.minted().project == TONGS
    assert world.exchange(world.github.github(HERE), ANVIL).project == ANVIL


def rival(world: TrustWorld, name: str = "mallory") -> Publisher:
    """Keep somebody's pending publisher for tongs by ada's build, beside hers: as one from before it was refused."""
    person = world.town.maintainer(name)
    made = replace(
        world.add(ProjectName("pypi", f"of-{name}"), by=person), identifier=name, project=TONGS,
    )  # fmt: skip
    with world.town.vault.writing() as books:
        books.publishers.add_publisher(made, "acme/anvil")
    return made


def test_nobody_waits_for_a_project_with_a_build_that_another_account_waits_with(world: TrustWorld) -> None:
    world.add(TONGS)
    world.town.clock.wait(minutes=1)
    mallory = world.town.maintainer("mallory")
    for field, said in (("ref", "refs/heads/main"), ("workflow", "other.yml"), ("owner", "ACME"), ("owner", "acme")):
        with pytest.raises(Refused, match="publisher-exists"):
            world.add(TONGS, mallory, None, **{field: said})
    world.add(TONGS, by=mallory, repository="tongs")
    minted = world.minted()
    assert world.publish(minted.secret, wheel("tongs", "1.0")).is_new
    with world.town.vault.reading() as books:
        assert [name for name, _ in books.roles.people_of(TONGS)] == [world.ada.name]


def test_a_later_rival_for_a_name_never_gets_the_build_of_the_first(world: TrustWorld) -> None:
    first = world.add(TONGS, ref="refs/tags/v*")
    world.town.clock.wait(minutes=1)
    rival(world)
    with pytest.raises(Refused, match="invalid-pending-publisher"):
        world.exchange(world.github.github(HERE), TONGS)
    tagged = world.github.github(HERE, Build(ref="refs/tags/v1"))
    assert world.exchange(tagged, TONGS).project == TONGS
    with world.town.vault.reading() as books:
        used = books.publishers.publisher(first.identifier)
    assert used is not None
    assert used.last_used is not None


def test_a_later_rival_dies_with_the_first_whether_it_was_swept_or_not(world: TrustWorld) -> None:
    first = world.add(TONGS)
    world.town.clock.wait(minutes=1)
    late = rival(world)
    assert first.expires is not None
    assert late.expires is not None
    world.town.clock.now = first.expires
    with pytest.raises(Refused, match="invalid-pending-publisher"):
        world.exchange(world.github.github(HERE), TONGS)
    sweep_publishers(world.desk)
    with pytest.raises(Refused, match="invalid-publisher"):
        world.exchange(world.github.github(HERE), TONGS)
    with world.town.vault.reading() as books:
        assert list(books.publishers.publishers_of(TONGS)) == []
    assert world.town.events().count("publisher.removed") == 2


def test_a_later_rival_dies_when_the_first_is_taken_away(world: TrustWorld) -> None:
    first = world.add(TONGS)
    world.town.clock.wait(minutes=1)
    rival(world)
    remove_publisher(world.desk, world.ada.visitor, first.identifier)
    with world.town.vault.reading() as books:
        assert list(books.publishers.publishers_of(TONGS)) == []


def test_once_the_first_has_waited_in_vain_another_may_wait(world: TrustWorld) -> None:
    first = world.add(TONGS)
    assert first.expires is not None
    world.town.clock.now = first.expires
    assert world.add(TONGS, by=world.town.maintainer("bob")).is_pending
    assert world.exchange(world.github.github(HERE), TONGS).project == TONGS
