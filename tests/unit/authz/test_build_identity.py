"""What a certificate must say for each trusted publisher is worked out from its fields and the ids it is pinned to.

Principles: AUTHZ-3.3
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from strongroom.authn.accounts import AccountName
from strongroom.authz.build_identity import (
    DENIED_TRIGGERS,
    BuildIdentity,
    expectations,
    identity_of,
    publisher_object,
    require_built_by,
    said_of,
    server_of,
    shown,
)
from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import Publisher
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHZ-3.3")

GITHUB = "https://token.actions.githubusercontent.com"
ANVIL = "https://github.com/acme/anvil"
CLAIMS = {
    "issuer": GITHUB,
    "source_repository_uri": ANVIL,
    "source_repository_ref": "refs/tags/v1",
    "source_repository_digest": "c0ffee",
    "source_repository_identifier": "1001",
    "source_repository_owner_identifier": "77",
    "build_config_uri": f"{ANVIL}/.github/workflows/release.yml@refs/tags/v1",
    "build_signer_uri": f"{ANVIL}/.github/workflows/release.yml@refs/tags/v1",
    "build_trigger": "release",
}


def github(**fields: str) -> BuildIdentity:
    return BuildIdentity("github", GITHUB, {"repository": "acme/anvil", "workflow": "release.yml"} | fields)


def publisher(provider: str, fields: Mapping[str, str], pinned: Mapping[str, str], issuer: str = GITHUB) -> Publisher:
    project, since = ProjectName("pypi", "anvil"), datetime(2026, 1, 1, tzinfo=UTC)
    return Publisher("p", provider, issuer, fields, project, AccountName("ada"), since, pinned=pinned)


@pytest.mark.parametrize(
    "identity",
    [
        github(),
        github(repository="ACME/Anvil"),
        github(ref="refs/tags/v1"),
        github(ref="refs/tags/v*"),
        github(ref="refs/**"),
        github(sha="c0ffee"),
        github(repository_id="1001", owner_id="77"),
        github(reusable_workflow="acme/anvil/.github/workflows/release.yml@refs/tags/v*"),
        github(build_trigger="release"),
    ],
)
def test_the_build_itself_is_let_through(identity: BuildIdentity) -> None:
    require_built_by(identity, CLAIMS)


@pytest.mark.parametrize(
    ("identity", "claim"),
    [
        (github(repository="acme/anvi"), "repository"),
        (github(repository="acme/anvil2"), "repository"),
        (github(workflow="Release.yml"), "workflow"),
        (github(workflow="release"), "workflow"),
        (github(ref="refs/heads/*"), "ref"),
        (github(ref="refs/*"), "ref"),
        (github(sha="decaf"), "commit"),
        (github(repository_id="1002"), "repository number"),
        (github(owner_id="78"), "owner number"),
        (github(server="https://github.acme.example"), "repository"),
        (github(reusable_workflow="acme/flows/.github/workflows/build.yml@refs/tags/v1"), "signing workflow"),
        (github(build_trigger="push"), "event"),
        (BuildIdentity("github", f"{GITHUB}/acme", github().fields), "identity provider"),
    ],
)
def test_another_build_is_refused_by_the_claim_that_differs(identity: BuildIdentity, claim: str) -> None:
    with pytest.raises(Refused, match=f"its {claim} is ") as refused:
        require_built_by(identity, CLAIMS)
    assert refused.value.principle == "AUTHZ-3.3"


def test_a_workflow_that_ran_at_a_commit_names_the_commit() -> None:
    at_commit = f"{ANVIL}/.github/workflows/release.yml@c0ffee"
    require_built_by(github(), CLAIMS | {"build_config_uri": at_commit, "build_signer_uri": at_commit})


def test_a_workflow_at_a_ref_that_the_certificate_does_not_name_is_refused() -> None:
    other = f"{ANVIL}/.github/workflows/release.yml@refs/heads/evil"
    with pytest.raises(Refused, match="its workflow is"):
        require_built_by(github(), CLAIMS | {"build_config_uri": other})


@pytest.mark.parametrize("missing", [name for name in CLAIMS if name not in ("build_trigger", "source_repository_ref")])
def test_a_claim_that_is_expected_and_not_there_is_met_by_nothing(missing: str) -> None:
    identity = github(repository_id="1001", owner_id="77", sha="c0ffee")
    with pytest.raises(Refused, match="attestation-invalid"):
        require_built_by(identity, {name: said for name, said in CLAIMS.items() if name != missing})


def test_events_that_strangers_can_cause_are_denied_and_a_provider_may_deny_more() -> None:
    for trigger in DENIED_TRIGGERS:
        with pytest.raises(Refused, match=f"a run that {trigger} began"):
            require_built_by(github(), CLAIMS | {"build_trigger": trigger})
    known = publisher("github", {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}, {})
    assert "issue_comment" in identity_of(known).denied_triggers


def test_a_github_publisher_is_expected_with_the_ids_it_is_pinned_to() -> None:
    fields = {"owner": "acme", "repository": "anvil", "workflow": "release.yml", "ref": "refs/tags/v*"}
    known = publisher("github", fields, {"repository_id": "1001", "repository_owner_id": "77"})
    require_built_by(identity_of(known), CLAIMS)
    for claim in ("source_repository_identifier", "source_repository_owner_identifier"):
        with pytest.raises(Refused, match="number is 9"):
            require_built_by(identity_of(known), CLAIMS | {claim: "9"})


def test_a_gitlab_publisher_is_expected_on_its_own_host() -> None:
    fields = {"namespace": "acme/tools", "project": "anvil", "workflow": ".gitlab-ci.yml"}
    known = publisher("gitlab", fields, {"project_id": "5"}, "https://git.acme.example")
    there = "https://git.acme.example/acme/tools/anvil"
    claims = {
        "issuer": "https://git.acme.example",
        "source_repository_uri": there,
        "source_repository_ref": "refs/heads/main",
        "source_repository_identifier": "5",
        "build_config_uri": f"{there}//.gitlab-ci.yml@refs/heads/main",
    }
    require_built_by(identity_of(known), claims)
    with pytest.raises(Refused, match=r"identity provider is https://gitlab\.com; expected https://git\.acme"):
        require_built_by(identity_of(known), claims | {"issuer": "https://gitlab.com"})


def test_a_forgejo_publisher_may_keep_its_workflows_where_forgejo_looks_for_them() -> None:
    issuer, there = "https://git.acme.example/api/actions", "https://git.acme.example/acme/anvil"
    known = publisher("forgejo", {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}, {}, issuer)
    for folder in ("forgejo", "gitea", "github"):
        workflow = f"{there}/.{folder}/workflows/release.yml@refs/tags/v1"
        moved = {"source_repository_uri": there, "build_config_uri": workflow, "build_signer_uri": workflow}
        require_built_by(identity_of(known), CLAIMS | moved | {"issuer": issuer})


@pytest.mark.parametrize(
    ("provider", "fields", "claims"),
    [
        ("google", {"email": "b@acme.iam.example"}, {"subject": "b@acme.iam.example"}),
        (
            "circleci",
            {"organization": "o", "project": "p", "pipeline": "d"},
            {"build_signer_uri": "https://circleci.com/api/v2/projects/p/pipeline-definitions/d"},
        ),
        ("buildkite", {"organization": "acme", "pipeline": "anvil"}, {"subject": "https://buildkite.com/acme/anvil"}),
        (
            "kubernetes",
            {"namespace": "ci", "service_account": "bot"},
            {"subject": "https://kubernetes.io/namespaces/ci/serviceaccounts/bot"},
        ),
    ],
)
def test_other_providers_are_expected_by_the_name_that_their_certificates_bear(
    provider: str, fields: dict[str, str], claims: dict[str, str]
) -> None:
    identity = identity_of(publisher(provider, fields, {}, "https://issuer.example"))
    require_built_by(identity, claims | {"issuer": "https://issuer.example"})
    with pytest.raises(Refused, match="attestation-invalid"):
        require_built_by(identity, {name: f"{said}x" for name, said in claims.items()} | {"issuer": identity.issuer})


def test_every_provider_has_an_identity_or_is_refused_in_words() -> None:
    for name, provider in PROVIDERS.items():
        known = publisher(name, {field.name: "x" for field in provider.fields}, {}, "https://issuer.example")
        try:
            assert len(expectations(identity_of(known), {})) > 1
        except Refused as refused:
            assert (refused.code, name) == ("attestation-needs-publisher", "activestate")


def test_a_publisher_is_written_as_clients_of_pep_740_know_it() -> None:
    assert publisher_object(github(environment="pypi")) == {
        "kind": "GitHub",
        "claims": None,
        "repository": "acme/anvil",
        "workflow": "release.yml",
        "environment": "pypi",
    }
    other = BuildIdentity("kubernetes", "https://issuer.example", {"subject": "s"})
    assert publisher_object(other) == {"kind": "kubernetes", "claims": None, "subject": "s"}


def test_words_are_short_and_printable() -> None:
    assert said_of(github()) == "GitHub Actions, repository acme/anvil, workflow release.yml"
    assert said_of(BuildIdentity("google", "i", {"email": "b@c.example"})) == "Google Cloud, account b@c.example"
    assert shown("a\nb\x1b" + "x" * 999).isprintable()


def test_the_server_of_a_repository_is_told_by_its_issuer() -> None:
    assert server_of(github()) == "https://github.com"
    assert server_of(BuildIdentity("github", f"{GITHUB}/acme", {})) == "https://github.com"
    assert server_of(BuildIdentity("github", "https://ghe.example/_services/token", {})) == "https://ghe.example"
    assert (
        server_of(BuildIdentity("github", "https://x.example", {"server": "https://y.example/"})) == "https://y.example"
    )
