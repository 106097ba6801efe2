"""Publishers' rules as data: what each provider's honest build says, and what each of its claims is worth.

Principles: AUTHZ-3.1
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.outbound.workload_issuer import Build

from strongroom.authn.accounts import AccountName
from strongroom.authz.choosing import strangers
from strongroom.authz.comparing import wrong_claims
from strongroom.authz.providers import PROVIDERS, Provider, generic, require_event
from strongroom.authz.publishers import (
    Publisher,
    Trusted,
    parse_fields,
    read_claims,
    spent_as,
    subject_of,
    warning_of,
)
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHZ-3.1")

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORG, PROJECT = "3b7d2f3e-1c2a-4a5b-9d10-2bbf3c4d5e6f", "6a1b2c3d-4e5f-6789-abcd-ef0123456789"
FORGEJO = {
    **Build().github(),
    "workflow_ref": "acme/anvil/.forgejo/workflows/release.yml@refs/heads/main",
}
HONEST: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, Any]]] = {
    "github": (
        "https://token.actions.githubusercontent.com",
        {
            "owner": "acme", "repository": "anvil", "workflow": "release.yml", "environment": "release",
            "ref": "refs/heads/*", "protected": "yes",
        },
        Build(environment="release").github(),
    ),
    "gitlab": (
        "https://gitlab.com",
        {
            "namespace": "acme", "project": "anvil", "workflow": "ci/release.yml", "environment": "release",
            "ref": "refs/heads/main", "protected": "yes",
        },
        Build(workflow="ci/release.yml", environment="release").gitlab("gitlab.com"),
    ),
    "forgejo": (
        "https://forge.example/api/actions",
        {
            "owner": "acme", "repository": "anvil", "workflow": "release.yml", "ref": "refs/heads/main",
            "protected": "yes",
        },
        FORGEJO,
    ),
    "google": (
        "https://accounts.google.com",
        {"email": "ci@acme.iam.gserviceaccount.com", "sub": "1098"},
        {"email": "ci@acme.iam.gserviceaccount.com", "email_verified": True, "sub": "1098"},
    ),
    "activestate": (
        "https://platform.activestate.com/api/v1/oauth/oidc",
        {"organization": "acme", "project": "anvil", "actor": "ada"},
        {
            "sub": "org:acme:project:anvil", "organization": "acme", "project": "anvil", "actor": "ada",
            "builder": "pypi-publisher", "organization_id": "o1", "project_id": "p1", "actor_id": "a1",
        },
    ),
    "circleci": (
        f"https://oidc.circleci.com/org/{ORG}",
        {"organization": ORG, "project": PROJECT, "pipeline": ORG, "ref": "refs/tags/v*"},
        {
            "oidc.circleci.com/project-id": PROJECT, "oidc.circleci.com/pipeline-definition-id": ORG,
            "oidc.circleci.com/vcs-ref": "refs/tags/v1", "oidc.circleci.com/ssh-rerun": False,
        },
    ),
    "buildkite": (
        "https://agent.buildkite.com",
        {"organization": "acme", "pipeline": "anvil", "branch": "release-*", "tag": "v*", "step": "publish"},
        {
            "organization_slug": "acme", "pipeline_slug": "anvil", "build_branch": "release-1", "build_tag": "v1",
            "step_key": "publish", "organization_id": ORG, "pipeline_id": PROJECT,
        },
    ),
    "kubernetes": (
        "https://cluster.example",
        {"namespace": "ci", "service_account": "publisher"},
        {
            "sub": "system:serviceaccount:ci:publisher",
            "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "publisher", "uid": ORG}},
        },
    ),
}  # fmt: skip


def mismatches(publisher: Publisher, provider: Provider, claims: Mapping[str, str]) -> list[str]:
    """Return the claims that are not as the publisher's rules say."""
    return list(wrong_claims(provider, publisher.issuer, publisher.fields, claims))


def publisher(name: str) -> Publisher:
    issuer, fields, _ = HONEST[name]
    typed = parse_fields(PROVIDERS[name], fields)
    return Publisher("p", name, issuer, typed, ProjectName("pypi", "anvil"), AccountName("ada"), NOW)


def test_every_provider_is_tried_here() -> None:
    assert set(HONEST) == set(PROVIDERS)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_build_is_its_publisher(name: str) -> None:
    provider, claims = PROVIDERS[name], read_claims(HONEST[name][2])
    assert mismatches(publisher(name), provider, claims) == []
    assert strangers(publisher(name), provider, claims) == []
    assert subject_of(provider, publisher(name).fields) == claims[provider.rules[0].claim].lower()
    assert warning_of(provider, publisher(name).fields) == ""


@pytest.mark.parametrize(
    ("name", "claim"), [(name, rule.claim) for name in HONEST for rule in PROVIDERS[name].rules]
)  # fmt: skip
def test_each_claim_counts_when_it_is_another_and_when_it_is_missing(name: str, claim: str) -> None:
    provider, claims = PROVIDERS[name], read_claims(HONEST[name][2])
    for changed in ({**claims, claim: f"x/{claims[claim]}"}, {k: v for k, v in claims.items() if k != claim}):
        assert claim in mismatches(publisher(name), provider, changed)


@pytest.mark.parametrize(
    ("name", "claim"), [(name, claim) for name in HONEST for claim in PROVIDERS[name].immutable]
)  # fmt: skip
def test_each_immutable_claim_counts(name: str, claim: str) -> None:
    provider, claims = PROVIDERS[name], read_claims(HONEST[name][2])
    first = publisher(name)
    pinned = Publisher(
        first.identifier, first.provider, first.issuer, first.fields, first.project, first.account, first.created,
        pinned={claim: claims[claim]},
    )  # fmt: skip
    assert strangers(pinned, provider, claims) == []
    assert strangers(pinned, provider, {**claims, claim: "other"}) == [claim]
    assert strangers(first, provider, {k: v for k, v in claims.items() if k != claim}) == [claim]


@pytest.mark.parametrize(
    ("glob", "ref", "fits"),
    [
        ("refs/tags/v*", "refs/tags/v1.0", True), ("refs/tags/v*", "refs/tags/v1/x", False),
        ("refs/tags/v*", "refs/heads/v1", False), ("refs/heads/**", "refs/heads/a/b", True),
        ("refs/tags/v1.0", "refs/tags/v1x0", False), ("refs/heads/main", "refs/heads/main2", False),
        ("refs/tags/v*", "refs/tags/v1\nrefs", True), ("refs/tags/*-rc*", "refs/tags/1-rc2", True),
    ],
)  # fmt: skip
def test_a_star_is_within_one_part_and_two_are_anything(glob: str, ref: str, fits: bool) -> None:
    provider = PROVIDERS["github"]
    fields = {"owner": "acme", "repository": "anvil", "workflow": "release.yml", "ref": glob}
    made = Publisher("p", "github", "i", fields, ProjectName("pypi", "a"), AccountName("ada"), NOW)
    assert ("ref" not in mismatches(made, provider, read_claims(Build(ref=ref).github()))) is fits


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": ""}, {"owner": "a/b"}, {"repository": "a b"}, {"workflow": ".github/workflows/release.yml"},
        {"workflow": "release.sh"}, {"workflow": "a@b.yml"}, {"ref": "main"}, {"ref": "refs/heads/***a*b*c"},
        {"ref": "refs/heads/a b"}, {"protected": "no"}, {"colour": "red"}, {"environment": "a\nb"},
        {"reusable_workflow": "a/b/.github/workflows/c.yml"},
    ],
)  # fmt: skip
def test_what_is_not_written_as_it_should_be_is_not_taken(wrong: Mapping[str, str]) -> None:
    good = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        parse_fields(PROVIDERS["github"], {**good, **wrong})


def test_a_publisher_without_a_bound_is_warned_of() -> None:
    fields = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    assert "environment" in warning_of(PROVIDERS["github"], fields)


def test_an_issuer_is_its_providers_own_or_one_that_was_trusted() -> None:
    trusted = Trusted(issuers={"https://gitlab.example": "gitlab"})
    assert trusted.provider_of("https://gitlab.com", {}).name == "gitlab"
    assert trusted.provider_of("https://gitlab.example", {}).name == "gitlab"
    assert trusted.provider_of("https://forge.example", {"https://forge.example": "forgejo"}).name == "forgejo"
    assert trusted.provider_of(HONEST["circleci"][0], {}).name == "circleci"
    for stranger in ("https://gitlab.com/", "https://GITLAB.com", "https://oidc.circleci.com/org/x", "", "https://x"):
        with pytest.raises(Refused, match="invalid-payload"):
            trusted.provider_of(stranger, {})
    with pytest.raises(Refused, match="invalid-payload"):
        trusted.provider_of("https://x", {"https://x": "a-provider-that-was-turned-off"})


def test_the_issuer_of_a_publisher_is_said_where_there_are_several() -> None:
    trusted = Trusted(issuers={"https://gitlab.example": "gitlab"})
    gitlab, circle = PROVIDERS["gitlab"], PROVIDERS["circleci"]
    assert Trusted().issuer_for(gitlab, {}, "", {}) == "https://gitlab.com"
    assert trusted.issuer_for(gitlab, {}, "https://gitlab.example", {}) == "https://gitlab.example"
    assert Trusted().issuer_for(circle, {"organization": ORG}, "", {}) == HONEST["circleci"][0]
    for asked in ("", "https://elsewhere.example"):
        with pytest.raises(Refused, match="no-such-issuer"):
            trusted.issuer_for(gitlab, {}, asked, {})
    with pytest.raises(Refused, match="an administrator trusts one first"):
        Trusted().issuer_for(PROVIDERS["forgejo"], {}, "", {})


def test_a_provider_of_ones_own_takes_the_claims_that_it_was_told() -> None:
    made = generic("forge", "", "https://forge.example", ("sub", "team/name"), ("uid",), {})
    fields = parse_fields(made, {"sub": "a.*", "team/name": "x"})
    found = Publisher(
        "p", made.name, "https://forge.example", fields, ProjectName("pypi", "a"), AccountName("ada"), NOW
    )
    assert mismatches(found, made, read_claims({"sub": "a.*", "team": {"name": "x"}})) == []
    assert mismatches(found, made, read_claims({"sub": "a.b", "team": {"name": "x"}})) == ["sub"]
    wider = generic("forge", "", "https://forge.example", ("sub", "team/name", "uid"), (), {})
    assert mismatches(found, wider, read_claims({"sub": "a.*", "team": {"name": "x"}, "uid": "1"})) == ["uid"]
    with pytest.raises(ValueError, match="without a required claim"):
        generic("forge", "", "https://forge.example", (), (), {})


@pytest.mark.parametrize("name", ["host", "*", "=sub", "=", "", "{sub}", "a}b"])
def test_a_provider_of_ones_own_requires_no_claim_that_means_something_in_a_template(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        generic("forge", "", "https://forge.example", ("sub", name), (), {})


def test_a_job_that_was_entered_by_ssh_publishes_nothing_nor_one_that_does_not_say() -> None:
    provider, raw = PROVIDERS["circleci"], HONEST["circleci"][2]
    claim = "oidc.circleci.com/ssh-rerun"
    for said, why in ((True, "true"), ("true", "true"), (None, "missing")):
        changed = {**raw, claim: said}
        with pytest.raises(Refused, match=f"whose {claim} is {why}"):
            require_event(changed, read_claims(changed), provider)


@pytest.mark.parametrize("name", ["github", "forgejo", "gitlab", "circleci"])
def test_each_claim_with_denied_values_must_be_there(name: str) -> None:
    provider, raw = PROVIDERS[name], HONEST[name][2]
    require_event(raw, read_claims(raw), provider)
    for claim in (*provider.denied, *([provider.ref] if provider.ref else [])):
        for said in (None, ["push"], "", f"{raw[claim]}\n", *(each.upper() for each in provider.denied.get(claim, ()))):
            if claim == provider.ref and said and not isinstance(said, list):
                continue
            with pytest.raises(Refused, match="invalid-publisher"):
                require_event({**raw, claim: said}, read_claims({**raw, claim: said}), provider)


def test_a_token_with_a_name_is_spent_by_its_name_at_its_issuer_and_another_as_a_whole() -> None:
    github, google = PROVIDERS["github"], PROVIDERS["google"]
    assert spent_as(github, "i", {"jti": "1"}, "a.b.c") == spent_as(github, "i", {"jti": "1"}, "x.y.z")
    assert spent_as(github, "i", {"jti": "1"}, "a.b.c") != spent_as(github, "j", {"jti": "1"}, "a.b.c")
    assert spent_as(google, "i", {"jti": "1"}, "a.b.c") == spent_as(google, "i", {"jti": "2"}, "a.b.d")
    assert spent_as(google, "i", {}, "a.b.c") != spent_as(google, "i", {}, "a.c.c")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=10), json, max_size=6), st.sampled_from(sorted(HONEST)))
def test_whatever_the_claims_are_they_are_text_and_no_publishers(claims: dict[str, Any], name: str) -> None:
    read = read_claims(claims)
    assert all(isinstance(value, str) for value in read.values())
    assert mismatches(publisher(name), PROVIDERS[name], read)
