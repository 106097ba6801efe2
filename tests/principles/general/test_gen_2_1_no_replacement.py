"""GEN-2.1: a published version is never replaced, and what was removed never comes back.

Principles: GEN-2.1
"""

import json

import pytest
from tests.worlds import ADA, ANVIL, BOB, FORMAT, World, wheel

from strongroom.authz.roles import Role
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import BlobKey
from strongroom.packages.removal import remove_file, remove_project, remove_release

pytestmark = pytest.mark.principle("GEN-2.1")


def test_a_published_file_cannot_be_replaced_by_other_bytes(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel(body="iron"))
    with pytest.raises(Refused, match="file-exists") as refused:
        world.publish(token, wheel(body="tin"))
    assert refused.value.principle == "GEN-2.1"
    assert world.events().count("file.published") == 1


def test_the_very_same_bytes_again_change_nothing_and_are_no_error(world: World) -> None:
    _, token = world.token()
    assert world.publish(token, wheel()).is_new
    before = world.events()
    assert not world.publish(token, wheel()).is_new
    assert world.events() == before


def test_an_equal_version_spelled_otherwise_is_the_same_version(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel(version="1.0"))
    with pytest.raises(Refused, match="file-exists"):
        world.publish(token, wheel(version="1.0.0", body="tin"))


def test_a_removed_file_cannot_be_reborn_not_even_as_itself(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel())
    world.publish(token, wheel(tag="py3-none-win32"))
    remove_file(world.cellar, FORMAT, "ada", wheel().filename)
    for again in (wheel(), wheel(body="tin")):
        with pytest.raises(Refused, match="filename-removed"):
            world.publish(token, again)


def test_a_version_whose_last_file_was_removed_is_closed(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel())
    remove_file(world.cellar, FORMAT, "ada", wheel().filename)
    with pytest.raises(Refused, match="version-removed"):
        world.publish(token, wheel(tag="py3-none-win32"))


def test_a_removed_release_takes_no_file_under_any_name_or_spelling(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel(version="1.0"))
    world.publish(token, wheel(version="2.0"))
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0.0")
    for again in (wheel(version="1.0", tag="py2-none-any"), wheel(version="1.0.0", tag="py3-none-win32")):
        with pytest.raises(Refused, match="version-removed"):
            world.publish(token, again)
    assert world.filenames() == [wheel(version="2.0").filename]


def test_the_name_of_a_removed_project_stays_with_its_owner(world: World) -> None:
    _, adas = world.token(ADA)
    _, bobs = world.token(BOB)
    world.publish(adas, wheel(version="1.0"))
    remove_project(world.cellar, FORMAT, "ada", ANVIL)
    with pytest.raises(Refused, match="not-allowed"):
        world.publish(bobs, wheel(version="2.0"))
    with pytest.raises(Refused, match="version-removed"):
        world.publish(adas, wheel(version="1.0", tag="py2-none-any"))
    world.publish(adas, wheel(version="2.0"))
    assert world.filenames() == [wheel(version="2.0").filename]


def test_what_is_removed_is_served_no_longer(world: World) -> None:
    _, token = world.token()
    made = wheel()
    world.publish(token, made)
    assert world.read("simple/anvil/index.json")
    remove_project(world.cellar, FORMAT, "ada", ANVIL)
    assert world.read("simple/anvil/index.json") is None
    for leaf in (made.filename, f"{made.filename}.metadata"):
        with pytest.raises(KeyError):
            world.blobs.open(BlobKey(made.offered().digests.sha256, leaf))


def test_metadata_of_a_release_never_changes_after_its_first_file(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel(more="Requires-Dist: idna\n"))
    world.publish(token, wheel(tag="py3-none-win32", more="Requires-Dist: evil\n"))
    with world.vault.reading() as books:
        facts = books.shelf.facts(ANVIL)
    assert facts is not None
    assert [release.metadata["requires_dist"] for release in facts.releases] == [["idna"]]


def test_a_form_that_says_other_than_the_file_is_refused(world: World) -> None:
    _, token = world.token()
    made = wheel()
    lying = type(made)(made.filename, made.content, {**made.claims, "summary": ["It is light"]})
    with pytest.raises(Refused, match="metadata-mismatch"):
        world.publish(token, lying)
    assert "file.published" not in world.events()


def test_the_same_bytes_cannot_hide_under_another_project(world: World) -> None:
    _, token = world.token()
    made = wheel()
    with pytest.raises(Refused, match=r"mismatch|dist-info"):
        world.publish(token, type(made)("hammer-1.0-py3-none-any.whl", made.content, {"name": ["hammer"]}))


def test_the_page_tells_the_truth_as_soon_as_the_upload_is_answered(world: World) -> None:
    _, token = world.token()
    for version in ("1.0", "1.1", "1.2"):
        made = wheel(version=version)
        world.publish(token, made)
        page = json.loads(world.read("simple/anvil/index.json") or "{}")
        assert page["files"][-1]["hashes"]["sha256"] == made.offered().digests.sha256.hex


def test_removal_leaves_an_event_for_each_thing_removed(world: World) -> None:
    _, token = world.token()
    world.publish(token, wheel())
    remove_project(world.cellar, FORMAT, "ada", ANVIL)
    assert world.events()[-3:] == ["file.removed", "release.removed", "project.removed"]
    with world.vault.reading() as books:
        assert books.roles.roles_of(ADA, ANVIL) == {Role.OWNER}
