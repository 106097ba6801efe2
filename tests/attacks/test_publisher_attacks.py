"""Attacks on trusted publishing that happened, or that auditors found elsewhere, by name and date; each is refused.

"TOB-1" and so on are findings of an audit of another index in 2026.

Principles: AUTHZ-3.1
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from joserfc.jwk import ECKey
from tests.outbound.workload_issuer import Build
from tests.trusting import ANVIL, GITLAB_BUILD, HERE, TrustWorld, trusting

from strongroom.authz.providers import generic
from strongroom.authz.publishers import LEEWAY
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.publishers import Wanted, add_publisher

pytestmark = pytest.mark.principle("AUTHZ-3.1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrustWorld]:
    """ada owns anvil."""
    with trusting(tmp_path / "town") as made:
        made.town.project(made.ada)
        yield made


def refused(world: TrustWorld, token: str, code: str) -> str:
    """Expect the refusal, and that nothing was minted; return what it says."""
    before = world.town.events().count("token.minted")
    with pytest.raises(Refused) as caught:
        world.exchange(token)
    assert caught.value.code == code, caught.value.says
    assert caught.value.principle == "AUTHZ-3.1"
    assert world.town.events().count("token.minted") == before
    return caught.value.says


def test_red_hat_packages_2026_the_same_workflow_file_on_another_branch_publishes_nothing(world: TrustWorld) -> None:
    """June 2026: 32 packages, 96 versions; the publisher was bound to the name of a file that any branch may have."""
    world.add(ref="refs/tags/v*")
    says = refused(world, world.github.github(HERE, Build(ref="refs/heads/patch-1")), "invalid-publisher")
    assert "ref (refs/heads/patch-1)" in says
    assert world.minted(Build(ref="refs/tags/v1.0")).project == ANVIL


def test_red_hat_packages_2026_a_branch_that_nobody_protects_has_no_environment(world: TrustWorld) -> None:
    world.add(environment="release", protected="yes")
    refused(world, world.github.github(HERE, Build(ref="refs/heads/patch-1")), "invalid-publisher")
    unprotected = Build(environment="release", protected=False)
    refused(world, world.github.github(HERE, unprotected), "invalid-publisher")


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
def test_tanstack_2026_a_valid_identity_from_an_event_that_strangers_cause_is_refused(
    world: TrustWorld, event: str
) -> None:
    """11 May 2026, CVE-2026-45321: 84 versions in six minutes, by a job that a stranger's pull request had begun."""
    world.add()
    assert event in refused(world, world.github.github(HERE, Build(event=event)), "invalid-publisher")


def test_tanstack_2026_a_merge_requests_pipeline_publishes_nothing(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    build = replace(GITLAB_BUILD, event="merge_request_event")
    refused(world, world.gitlab.gitlab(HERE, build), "invalid-publisher")


@pytest.mark.parametrize(
    "event",
    [
        None,
        "",
        7,
        ["push"],
        {"is": "push"},
        "Pull_Request_Target",
        " workflow_run",
        "workflow_run\n",
        "work\u200bflow_run",
    ],
)
def test_a_build_that_does_not_say_what_has_caused_it_publishes_nothing(world: TrustWorld, event: object) -> None:
    world.add()
    refused(world, world.github.github(HERE, event_name=event), "invalid-publisher")
    world.add_gitlab(world.gitlab)
    said = "Merge_Request_Event" if event == "Pull_Request_Target" else event
    said = "merge_request_event " if event == " workflow_run" else said
    refused(world, world.gitlab.gitlab(HERE, GITLAB_BUILD, pipeline_source=said), "invalid-publisher")


@pytest.mark.parametrize("event", ["pull_request", "push", "parent_pipeline"])
@pytest.mark.parametrize(
    "ref",
    ["refs/pull/7/merge", "refs/merge-requests/7/head", "refs/merge-requests/7/train", "main", "", "REFS/heads/x"],
)
def test_what_is_neither_branch_nor_tag_publishes_nothing(world: TrustWorld, event: str, ref: str) -> None:
    world.add()
    world.add_gitlab(world.gitlab)
    refused(world, world.github.github(HERE, Build(ref=ref, event=event)), "invalid-publisher")
    build = replace(GITLAB_BUILD, ref=ref, event=event)
    refused(world, world.gitlab.gitlab(HERE, build), "invalid-publisher")


def test_a_child_pipeline_of_a_branch_publishes(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    build = replace(GITLAB_BUILD, event="parent_pipeline")
    assert world.exchange(world.gitlab.gitlab(HERE, build)).project == ANVIL


def test_repository_resurrection_who_takes_over_a_deleted_name_has_other_numbers(world: TrustWorld) -> None:
    """Owner and repository are named as before; their ids are new."""
    world.add()
    world.minted()
    for taken_over in (Build(owner_id="4800"), Build(repository_id="9999")):
        assert "made anew" in refused(world, world.github.github(HERE, taken_over), "invalid-publisher")
    assert world.minted().project == ANVIL


def test_repository_resurrection_on_gitlab(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    world.exchange(world.gitlab.gitlab(HERE, GITLAB_BUILD))
    for taken_over in (replace(GITLAB_BUILD, owner_id="1"), replace(GITLAB_BUILD, repository_id="1")):
        refused(world, world.gitlab.gitlab(HERE, taken_over), "invalid-publisher")


def test_repository_resurrection_before_the_first_use_when_the_owner_named_the_numbers(world: TrustWorld) -> None:
    world.town.prove(world.ada)
    fields = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    wanted = Wanted("github", fields, world.github.url, {"repository_id": "4711"})
    add_publisher(world.desk, world.ada.visitor, ANVIL, wanted)
    refused(world, world.github.github(HERE, Build(repository_id="9999")), "invalid-publisher")
    assert world.minted().project == ANVIL


def test_a_token_without_its_numbers_is_nobodys(world: TrustWorld) -> None:
    world.add()
    refused(world, world.github.github(HERE, repository_id=None), "invalid-publisher")


def test_token_replay_the_same_token_is_exchanged_once(world: TrustWorld) -> None:
    world.add()
    token = world.github.github(HERE)
    world.exchange(token)
    refused(world, token, "invalid-reuse-token")
    refused(world, f" {token}\n", "invalid-payload")


def test_tob_1_a_token_is_remembered_for_longer_than_its_leeway(world: TrustWorld) -> None:
    """TOB-1: the lock on `jti` ended before the leeway did, and the token was good once more."""
    world.add()
    token = world.github.github(HERE)
    world.exchange(token)
    world.town.clock.wait(seconds=300 + LEEWAY.total_seconds() - 1)
    with world.town.vault.writing() as books:
        books.publishers.sweep(world.town.clock())
    refused(world, token, "invalid-reuse-token")
    world.town.clock.wait(seconds=1)
    refused(world, token, "invalid-token")


def test_tob_2_of_eight_that_come_at_once_with_one_token_one_is_served(world: TrustWorld) -> None:
    """TOB-2: the `jti` was looked for first and kept later, and two could come between."""
    world.add()
    world.minted()  # so that the issuer's keys are known: while they are fetched nobody waits for them in a thread
    world.town.clock.wait(minutes=1)
    token = world.github.github(HERE)
    together = Barrier(8)

    def race(_: int) -> str:
        together.wait()
        try:
            return str(world.exchange(token).project)
        except Refused as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        came = sorted(pool.map(race, range(8)))
    assert came == ["anvil"] + ["invalid-reuse-token"] * 7


def test_tob_12_an_issuer_of_ones_own_vouches_for_nobody_elses_builds(world: TrustWorld) -> None:
    """TOB-12: an enterprise's issuer could say that a build was of a repository on the public one."""
    world.trust()
    world.add()
    lie = world.gitlab.token(Build().github(), HERE)
    refused(world, lie, "invalid-publisher")
    pretending = world.gitlab.token(Build().github(), HERE, iss=world.github.url)
    refused(world, pretending, "invalid-token")


def test_issuer_confusion_the_same_path_on_another_gitlab_is_another_publisher(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    says = refused(world, world.other_gitlab.gitlab(HERE, GITLAB_BUILD), "invalid-publisher")
    assert "of that issuer" in says
    world.add_gitlab(world.other_gitlab, ProjectName("pypi", "tongs"))
    came = world.exchange(world.other_gitlab.gitlab(HERE, GITLAB_BUILD))
    assert came.project.text == "tongs"
    assert world.exchange(world.gitlab.gitlab(HERE, GITLAB_BUILD)).project == ANVIL


def test_issuer_confusion_one_gitlabs_name_in_anothers_token_is_refused(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    host = world.gitlab.host
    lie = world.other_gitlab.token(GITLAB_BUILD.gitlab(host), HERE, iss=world.gitlab.url)
    refused(world, lie, "invalid-token")


def test_issuer_confusion_who_describes_itself_as_another_gives_no_keys(world: TrustWorld) -> None:
    world.add()
    world.github.names_itself = "https://token.actions.githubusercontent.com"
    refused(world, world.github.github(HERE), "invalid-token")


def test_an_issuer_that_is_trusted_as_another_kind_now_is_no_publishers(world: TrustWorld) -> None:
    world.add_gitlab(world.gitlab)
    trusted = replace(world.desk.house.trusted, issuers={world.gitlab.url: "github"})
    world.town.desk = replace(world.desk, house=replace(world.desk.house, trusted=trusted))
    refused(world, world.gitlab.gitlab(HERE, GITLAB_BUILD, repository="acme/anvil"), "invalid-publisher")


def test_an_issuer_that_nobody_trusts_is_not_even_asked(world: TrustWorld) -> None:
    world.add()
    untrusted = world.github.github(HERE, iss="https://evil.example")
    refused(world, untrusted, "invalid-payload")
    refused(world, world.gitlab.gitlab(HERE, GITLAB_BUILD), "invalid-publisher")
    assert world.gitlab.asked == []


@pytest.mark.parametrize(
    "audience", ["other.example", f"{HERE}:8000", "", f"{HERE} ", [HERE, "other.example"], ["other.example"], [], None]
)
def test_audience_confusion_a_token_for_another_instance_is_worth_nothing_here(
    world: TrustWorld, audience: object
) -> None:
    world.add()
    refused(world, world.github.github(HERE, aud=audience), "invalid-token")


def test_audience_confusion_between_two_instances_in_both_directions(world: TrustWorld) -> None:
    world.add()
    staging = world.desk.house
    for_staging = world.github.github("staging.example")
    refused(world, for_staging, "invalid-token")
    for_here = world.github.github(HERE)
    world.town.desk = replace(world.desk, house=replace(staging, audience="staging.example"))
    refused(world, for_here, "invalid-token")
    assert world.exchange(for_staging).project == ANVIL


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("exp", -31), ("exp", None), ("exp", "soon"), ("exp", True), ("exp", 2**60),
        ("iat", 31), ("iat", None), ("nbf", 31), ("nbf", "now"), ("jti", None), ("jti", ""), ("jti", 7),
    ],
)  # fmt: skip
def test_a_token_of_another_time_or_without_a_name_is_refused(world: TrustWorld, claim: str, value: object) -> None:
    world.add()
    moved = int(world.town.clock.now.timestamp()) + value if type(value) is int and abs(value) == 31 else value
    refused(world, world.github.token({**Build().github(), claim: moved}, HERE), "invalid-token")


def unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_token_that_nobody_signed_is_refused(world: TrustWorld) -> None:
    world.add()
    _, claims, _ = world.github.github(HERE).split(".")
    kid = world.github.keys[0].kid
    none = unpadded(json.dumps({"alg": "none", "kid": kid}).encode())
    refused(world, f"{none}.{claims}.", "invalid-token")
    header = unpadded(json.dumps({"alg": "HS256", "kid": kid}).encode())
    public = world.github.keys[0].as_pem(private=False)
    mac = hmac.digest(public, f"{header}.{claims}".encode(), hashlib.sha256)
    refused(world, f"{header}.{claims}.{unpadded(mac)}", "invalid-token")


def test_an_algorithm_that_is_not_the_providers_is_refused(world: TrustWorld) -> None:
    world.add()
    world.github.use_elliptic()
    refused(world, world.github.github(HERE), "invalid-token")


def test_a_signature_that_is_written_in_a_second_way_does_not_make_a_second_token(world: TrustWorld) -> None:
    """An elliptic signature (r, s) is as good as (r, n - s): a digest of the whole token would be another."""
    world.providers["generic:forge"] = generic(
        "forge", "", world.gitlab.url, ("sub",), (), {}, ("ES256",)
    )  # fmt: skip
    world.trust()
    world.town.desk = replace(
        world.desk, house=replace(world.desk.house, trusted=replace(world.desk.house.trusted, issuers={}))
    )
    world.town.prove(world.ada)
    add_publisher(world.desk, world.ada.visitor, ANVIL, Wanted("generic:forge", {"sub": "build"}))
    world.gitlab.use_elliptic()
    assert isinstance(world.gitlab.keys[0], ECKey)
    token = world.gitlab.token({"sub": "build"}, HERE)
    said, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other = order - int.from_bytes(raw[32:])
    twin = f"{said}.{unpadded(raw[:32] + other.to_bytes(32))}"
    world.exchange(token)
    refused(world, twin, "invalid-reuse-token")


def test_an_issuer_that_falls_silent_is_believed_for_an_hour_and_no_longer(world: TrustWorld) -> None:
    world.add()
    world.minted()
    world.github.is_silent = True
    world.town.clock.wait(minutes=59)
    assert world.minted().project == ANVIL
    world.town.clock.wait(minutes=1)
    refused(world, world.github.github(HERE), "invalid-token")
    world.github.is_silent = False
    refused(world, world.github.github(HERE), "invalid-token")
    world.town.clock.wait(minutes=1)
    assert world.minted().project == ANVIL


def test_a_key_that_is_not_known_has_the_keys_fetched_again_at_most_once_a_minute(world: TrustWorld) -> None:
    world.add()
    world.minted()
    asked = len(world.github.asked)
    world.github.rotate("second")
    for _ in range(20):
        refused(world, world.github.github(HERE), "invalid-token")
    assert len(world.github.asked) == asked
    world.town.clock.wait(minutes=1)
    assert world.minted().project == ANVIL
    for number in range(20):
        refused(world, world.github.github(HERE, header_={"kid": f"made-up-{number}"}), "invalid-token")
    assert len(world.github.asked) == asked + 2


def test_a_reusable_workflow_of_another_repository_runs_only_if_it_was_named(world: TrustWorld) -> None:
    foreign = "mallory/flows/.github/workflows/build.yml@refs/heads/main"
    world.add()
    refused(world, world.github.github(HERE, Build(job_workflow_ref=foreign)), "invalid-publisher")
    other_branch = "acme/anvil/.github/workflows/build.yml@refs/heads/patch-1"
    refused(world, world.github.github(HERE, Build(job_workflow_ref=other_branch)), "invalid-publisher")
    world.add(reusable_workflow="acme/flows/.github/workflows/build.yml@refs/tags/v*")
    named = "acme/flows/.github/workflows/build.yml@refs/tags/v2"
    assert world.minted(Build(job_workflow_ref=named)).project == ANVIL
    refused(world, world.github.github(HERE, Build(job_workflow_ref=foreign)), "invalid-publisher")


@pytest.mark.parametrize(
    "build",
    [
        Build(repository="anvil-fork"), Build(owner="acme-"), Build(workflow="Release.yml"),
        Build(workflow="x-release.yml"),
        Build(owner="acme/anvil", repository="x"), Build(repository="anvil/x"), Build(owner="acmé"),
        Build(repository="ANVI\u0130L"), Build(workflow="release.yml@refs/heads/main/../x"),
    ],
)  # fmt: skip
def test_what_looks_like_the_build_and_is_not_is_refused(world: TrustWorld, build: Build) -> None:
    world.add()
    refused(world, world.github.github(HERE, build), "invalid-publisher")


def test_a_kelvin_sign_is_no_k(world: TrustWorld) -> None:
    world.add(owner="kettle")
    refused(world, world.github.github(HERE, Build(owner="\u212aettle")), "invalid-publisher")
    assert world.minted(Build(owner="KETTLE")).project == ANVIL
