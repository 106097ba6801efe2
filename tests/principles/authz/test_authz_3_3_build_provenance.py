"""AUTHZ-3.3: attestations are verified on entry, bound to the file, served and shown; forged ones are refused.

Principles: AUTHZ-3.3
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.outbound.private_sigstore import Build, Document, Forgery, PrivateSigstore, as_field
from tests.worlds import ADA, ANVIL, BOB, FORMAT, Made, World, wheel

from strongroom.authz.publishers import Publisher
from strongroom.authz.roles import Right
from strongroom.authz.tokens import Token
from strongroom.formats import Limits
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Happening
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused
from strongroom.outbound.attesting import SigstoreVerifier
from strongroom.packages.approval import approve
from strongroom.packages.removal import remove_release

pytestmark = pytest.mark.principle("AUTHZ-3.3")

SIGSTORE = PrivateSigstore()
HOME, MOVED = Build(), Build(repository="acme-labs/anvil", repository_number="2002")


@pytest.fixture(autouse=True)
def trust(world: World, tmp_path: Path) -> None:
    """The repository trusts a Sigstore of its own, and anvil trusts the builds of acme/anvil."""
    path = tmp_path / "trusted_root.json"
    path.write_text(SIGSTORE.trusted_root())
    world.road = replace(world.road, verifier=SigstoreVerifier(path))


def trusted(world: World, build: Build = HOME, pinned: Mapping[str, str] | None = None) -> Token:
    """Add a trusted publisher for the build, and return a token as one is minted for it."""
    owner, repository = build.repository.split("/")
    fields = {"owner": owner, "repository": repository, "workflow": build.workflow}
    name, now = f"publisher of {build.repository}", world.clock()
    known = Publisher(name, "github", build.issuer, fields, ANVIL, ADA, now, pinned=pinned or {})
    token = Token(
        identifier=f"minted for {build.repository}",
        fingerprint=Sha256.of(name.encode()).hex,
        account=None,
        rights=frozenset({Right.PUBLISH}),
        projects=frozenset({ANVIL}),
        created=now,
        expires=now + timedelta(days=1),
        label=name,
        publisher=name,
        project_owner=ADA,
    )
    with world.vault.writing() as books:
        books.publishers.add_publisher(known, build.repository)
        books.tokens.add_token(token)
    return token


def with_attestations(made: Made, *attestations: Document) -> Made:
    return replace(made, claims={**made.claims, "attestations": [as_field(*attestations)]})


def attested(made: Made, build: Build = HOME, forgery: Forgery | None = None) -> Made:
    """Return the file with an attestation of its build beside it."""
    digest = Sha256.of(made.content).hex
    return with_attestations(made, SIGSTORE.attest(made.filename, digest, build, forgery or Forgery()))


def said(world: World) -> list[Happening]:
    with world.vault.reading() as books:
        return [recorded.what for recorded in books.events.after(0, 1000)]


def test_what_was_verified_is_kept_with_the_file(world: World) -> None:
    assert world.publish(trusted(world), attested(wheel())).is_new
    with world.vault.reading() as books:
        kept = books.provenances.provenance_of(wheel().filename)
    assert kept is not None
    assert kept.publisher == "GitHub Actions, repository acme/anvil, workflow release.yml"


def test_both_indexes_name_the_provenance_of_a_file_that_has_one(world: World) -> None:
    world.publish(world.token()[1], wheel(version="0.9"))
    world.publish(trusted(world), attested(wheel()))
    address = f"../../integrity/anvil/1.0/{wheel().filename}/provenance"
    files = json.loads(world.read("simple/anvil/index.json") or "")["files"]
    assert [file["provenance"] for file in files] == [None, address]
    assert (world.read("simple/anvil/index.html") or "").count("data-provenance=") == 1
    assert f'data-provenance="{address}"' in (world.read("simple/anvil/index.html") or "")


def test_the_address_of_provenance_is_whole_where_the_site_has_one(world: World) -> None:
    # PEP 740: "The value of this attribute MUST be a fully qualified URL".
    world.publish(trusted(world), attested(wheel()))
    pages = PyPIFormat(Limits(), site_url="https://packages.example/").index_pages(world.listing())
    (file,) = json.loads(pages["simple/anvil/index.json"])["files"]
    assert file["provenance"].startswith("https://packages.example/integrity/anvil/1.0/")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (attested(wheel(), MOVED), "its repository is https://github.com/acme-labs/anvil"),
        (attested(wheel(), forgery=Forgery(other_key_signs=True)), "its signature is not over its statement"),
        (
            with_attestations(wheel(), SIGSTORE.attest(wheel().filename, Sha256.of(b"tin").hex)),
            "the one that arrived has",
        ),
        (
            with_attestations(wheel(), PrivateSigstore().attest(wheel().filename, Sha256.of(wheel().content).hex)),
            "no authority",
        ),
        (replace(wheel(), claims={**wheel().claims, "attestations": ["[]"]}), "no list of one or two"),
        (replace(wheel(), claims={**wheel().claims, "attestations": ["[]", "[]"]}), "no JSON"),
    ],
)
def test_a_forged_attestation_refuses_the_file_and_leaves_nothing_behind(world: World, made: Made, words: str) -> None:
    token, before = trusted(world), world.events()
    with pytest.raises(Refused, match="attestation-invalid") as refused:
        world.publish(token, made)
    assert words in refused.value.says
    assert world.events() == before
    assert list(world.blobs.keys()) == []


def test_the_number_that_a_publisher_is_pinned_to_binds_its_attestations_too(world: World) -> None:
    token = trusted(world, pinned={"repository_id": "1001"})
    with pytest.raises(Refused, match="its repository number is 9; expected 1001"):
        world.publish(token, attested(wheel(), Build(repository_number="9")))
    assert world.publish(token, attested(wheel())).is_new


def test_an_accounts_own_token_stands_for_no_build(world: World) -> None:
    with pytest.raises(Refused, match="attestation-needs-publisher"):
        world.publish(world.token()[1], attested(wheel()))


def test_once_attested_a_stolen_token_publishes_nothing(world: World) -> None:
    # GhostAction 2025, Mastra 2026: a token of a person got out, and the missing provenance was the sign that it had.
    world.publish(trusted(world), attested(wheel()))
    with pytest.raises(Refused, match="provenance-lost") as refused:
        world.publish(world.token()[1], wheel(version="1.1", body="import os\n"))
    assert refused.value.principle == "AUTHZ-3.3"
    assert world.filenames() == [wheel().filename]


def test_removing_what_was_attested_lowers_nothing(world: World) -> None:
    world.publish(trusted(world), attested(wheel()))
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")
    with pytest.raises(Refused, match="provenance-lost"):
        world.publish(world.token()[1], wheel(version="1.1"))


def test_another_build_than_before_is_taken_and_its_owners_hear_of_it_once(world: World) -> None:
    world.publish(trusted(world), attested(wheel()))
    moved = trusted(world, MOVED)
    for tag in ("py3-none-any", "cp311-abi3-any"):
        world.publish(moved, attested(wheel(version="2.0", tag=tag), MOVED))
    world.publish(moved, attested(wheel(version="2.1"), MOVED))
    changes = [each for each in said(world) if each.event == "release.provenance.changed"]
    assert [(each.version, each.detail["since"]) for each in changes] == [("2.0", "1.0")]
    assert "repository was https://github.com/acme/anvil, is https://github.com/acme-labs/anvil" in str(
        changes[0].detail
    )


def test_a_project_may_demand_attestations_from_its_first_file_on(world: World) -> None:
    world.road = replace(world.road, policy=frozenset({Demand.ATTESTATIONS}))
    token = trusted(world)
    with pytest.raises(Refused, match="attestation-required"):
        world.publish(token, wheel())
    assert world.publish(token, attested(wheel())).is_new


def test_a_file_that_waited_for_a_second_person_is_verified_again_and_keeps_its_provenance(world: World) -> None:
    token = trusted(world)
    world.publish(token, attested(wheel()))
    world.road = replace(world.road, policy=frozenset({Demand.TWO_PEOPLE}))
    assert world.publish(token, attested(wheel(version="1.1"))).is_held
    approve(world.road, FORMAT, lambda books, held: str(BOB), wheel(version="1.1").filename)
    with world.vault.reading() as books:
        assert books.provenances.provenance_of(wheel(version="1.1").filename) is not None


def test_a_file_that_waited_is_not_published_when_its_publisher_is_gone(world: World) -> None:
    token = trusted(world)
    world.publish(token, attested(wheel()))
    world.road = replace(world.road, policy=frozenset({Demand.TWO_PEOPLE}))
    world.publish(token, attested(wheel(version="1.1")))
    with world.vault.writing() as books:
        books.publishers.remove_publisher(token.publisher)
    with pytest.raises(Refused, match="attestation-needs-publisher"):
        approve(world.road, FORMAT, lambda books, held: str(BOB), wheel(version="1.1").filename)
