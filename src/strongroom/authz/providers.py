"""Who vouches for builds: each provider of workload identities as data, and nothing of any of them in code.

A rule compares one claim with a template. In a template `{name}` is what the owner typed into that field, `{=claim}` is
another claim of the same token, `{*}` is anything without an `@`, and `{host}` is the host of the issuer.

Principles: AUTHZ-3.1
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

RS256: Final = ("RS256",)


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a project's owner types. `pattern` fits it whole; `folds`: upper and lower case are the same."""

    name: str
    about: str
    pattern: str
    is_needed: bool = True
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One claim, and the templates of which one fits it whole.

    `when`: only for publishers that have this field; `unless`: only for those that have it not. `is_glob`: in what the
    owner typed, `*` is anything within one part of a path and `**` is anything at all.
    """

    claim: str
    says: tuple[str, ...]
    when: str = ""
    unless: str = ""
    is_glob: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """One kind of issuer, and what its identity tokens must say.

    `issuers` are its own, exact, with fields as in templates; the operator may trust more of the same kind. The first
    of `rules` is by whom publishers are found: its template has fields only, and all of them are needed. `immutable`
    are claims that nobody can take over. `denied` are values that a claim must not have, and it must be there; `ref` is
    the claim that must be a branch or a tag. `has_jti`: the issuer names every token (RFC 7519, 4.1.7); else a whole
    token is what is used once. `bounds` are the fields that keep another branch, or another environment, out.
    `starter` is the claim that names who started the build, "" where there is none: people are shown it.
    """

    name: str
    title: str
    issuers: tuple[str, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    immutable: tuple[str, ...] = ()
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ref: str = ""
    algorithms: tuple[str, ...] = RS256
    has_jti: bool = False
    bounds: tuple[str, ...] = ()
    starter: str = ""


_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SLUG: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
_TEXT: Final = r"[^\x00-\x1f\x7f]{1,255}"
#: With at most two `*`: each more would let its owner make us compare for longer.
_REF_CHARACTERS: Final = r"(?!(?:[^*]*\*+){3})[^\x00-\x20\x7f~^:?\[\\@]{1,240}"
#: What anybody may cause who can open an issue, comment, or send a pull request: the code that then runs was chosen by
#: the repository, what it works on was not (CVE-2026-45321).
_BY_STRANGERS: Final = frozenset(
    {
        "pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment",
        "pull_request_review", "pull_request_review_comment", "pull_request_comment", "fork", "watch", "gollum",
    }
)  # fmt: skip

_REF: Final = Field(
    "ref",
    "branch or tag, in full: refs/heads/main, or refs/tags/v* for every tag that begins with v",
    rf"refs/(heads|tags)/{_REF_CHARACTERS}",
    is_needed=False,
)
_PROTECTED: Final = Field("protected", "yes: only from protected branches and tags", "yes", is_needed=False)
_ENVIRONMENT: Final = Field("environment", "deployment environment", _TEXT, is_needed=False)
_REF_IS_PROTECTED: Final = Rule("ref_protected", ("true",), when="protected")

GITHUB: Final = Provider(
    name="github",
    title="GitHub Actions",
    issuers=("https://token.actions.githubusercontent.com",),
    fields=(
        Field("owner", "user or organisation", r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", folds=True),
        Field("repository", "name of the repository", r"[A-Za-z0-9._-]{1,100}", folds=True),
        Field("workflow", "file in .github/workflows, as release.yml", r"[^/@\x00-\x1f\x7f]{1,200}\.ya?ml"),
        Field(_ENVIRONMENT.name, _ENVIRONMENT.about, _TEXT, is_needed=False, folds=True),
        _REF,
        _PROTECTED,
        Field(
            "reusable_workflow",
            "the workflow of another repository that builds, as acme/flows/.github/workflows/build.yml@refs/tags/v1",
            rf"[A-Za-z0-9-]{{1,39}}/[A-Za-z0-9._-]{{1,100}}/\.github/workflows/[^*/@\x00-\x1f]{{1,200}}\.ya?ml"
            rf"@{_REF_CHARACTERS}",
            is_needed=False,
        ),
    ),
    rules=(
        Rule("repository", ("{owner}/{repository}",)),
        Rule("repository_owner", ("{owner}",)),
        Rule(
            "workflow_ref",
            (
                "{owner}/{repository}/.github/workflows/{workflow}@{=ref}",
                "{owner}/{repository}/.github/workflows/{workflow}@{=sha}",
            ),
        ),
        # What runs is of the same commit as what was asked for, unless the owner has named what else may.
        Rule(
            "job_workflow_ref",
            (
                "{owner}/{repository}/.github/workflows/{*}@{=ref}",
                "{owner}/{repository}/.github/workflows/{*}@{=sha}",
            ),
            unless="reusable_workflow",
        ),
        Rule("job_workflow_ref", ("{reusable_workflow}",), when="reusable_workflow", is_glob=True),
        Rule("environment", ("{environment}",), when="environment"),
        Rule("ref", ("{ref}",), when="ref", is_glob=True),
        _REF_IS_PROTECTED,
    ),
    immutable=("repository_id", "repository_owner_id"),
    denied={"event_name": _BY_STRANGERS},
    ref="ref",
    has_jti=True,
    bounds=("environment", "ref", "protected"),
    starter="actor",
)

GITLAB: Final = Provider(
    name="gitlab",
    title="GitLab CI/CD",
    issuers=("https://gitlab.com",),
    fields=(
        Field("namespace", "group, with its subgroups, or user", rf"{_SLUG}(/{_SLUG}){{0,20}}", folds=True),
        Field("project", "name of the project in its address", _SLUG, folds=True),
        Field("workflow", "file of the pipeline, as .gitlab-ci.yml", r"[^@\x00-\x1f\x7f]{1,200}\.ya?ml"),
        _ENVIRONMENT,
        _REF,
        _PROTECTED,
    ),
    rules=(
        Rule("project_path", ("{namespace}/{project}",)),
        Rule(
            "ci_config_ref_uri",
            (
                "{host}/{namespace}/{project}//{workflow}@{=ref_path}",
                "{host}/{namespace}/{project}//{workflow}@{=sha}",
            ),
        ),
        Rule("environment", ("{environment}",), when="environment"),
        Rule("ref_path", ("{ref}",), when="ref", is_glob=True),
        _REF_IS_PROTECTED,
    ),
    immutable=("project_id", "namespace_id"),
    denied={"pipeline_source": frozenset({"merge_request_event", "external_pull_request_event"})},
    ref="ref_path",
    has_jti=True,
    bounds=("environment", "ref", "protected"),
    starter="user_login",
)

#: Issuers of Forgejo and Gitea are those that the operator trusts: `https://HOST/api/actions`.
FORGEJO: Final = Provider(
    name="forgejo",
    title="Forgejo or Gitea Actions",
    issuers=(),
    fields=(
        Field("owner", "user or organisation", _SLUG, folds=True),
        Field("repository", "name of the repository", _SLUG, folds=True),
        Field("workflow", "file in .forgejo/workflows, as release.yml", r"[^/@\x00-\x1f\x7f]{1,200}\.ya?ml"),
        _REF,
        _PROTECTED,
    ),
    rules=(
        Rule("repository", ("{owner}/{repository}",)),
        Rule("repository_owner", ("{owner}",)),
        Rule(
            "workflow_ref",
            tuple(
                f"{{owner}}/{{repository}}/.{host}/workflows/{{workflow}}@{{={at}}}"
                for host in ("forgejo", "gitea", "github")
                for at in ("ref", "sha")
            ),
        ),
        Rule("ref", ("{ref}",), when="ref", is_glob=True),
        _REF_IS_PROTECTED,
    ),
    immutable=("repository_id", "repository_owner_id"),
    denied={"event_name": _BY_STRANGERS},
    ref="ref",
    algorithms=("RS256", "ES256", "EdDSA"),
    bounds=("ref", "protected"),
    starter="actor",
)

GOOGLE: Final = Provider(
    name="google",
    title="Google Cloud",
    issuers=("https://accounts.google.com",),
    fields=(
        Field("email", "address of the service account", r"[^@\s\x00-\x1f]{1,100}@[A-Za-z0-9.-]{1,150}", folds=True),
        Field("sub", "its unique id", r"[0-9]{1,60}", is_needed=False),
    ),
    rules=(
        Rule("email", ("{email}",)),
        Rule("email_verified", ("true",)),
        Rule("sub", ("{sub}",), when="sub"),
    ),
    immutable=("sub",),
    bounds=("email",),
)

ACTIVESTATE: Final = Provider(
    name="activestate",
    title="ActiveState",
    issuers=("https://platform.activestate.com/api/v1/oauth/oidc",),
    fields=(
        Field("organization", "organisation, as in its address", _SLUG),
        Field("project", "project, as in its address", _SLUG),
        Field("actor", "who starts the build", _SLUG),
    ),
    rules=(
        Rule("sub", ("org:{organization}:project:{project}",)),
        Rule("organization", ("{organization}",)),
        Rule("project", ("{project}",)),
        Rule("actor", ("{actor}",)),
        Rule("builder", ("pypi-publisher",)),
    ),
    immutable=("organization_id", "project_id", "actor_id"),
    bounds=("actor",),
    starter="actor",
)

#: All that is typed here is an id: nobody can take it over, and nothing need be pinned.
CIRCLECI: Final = Provider(
    name="circleci",
    title="CircleCI",
    issuers=("https://oidc.circleci.com/org/{organization}",),
    fields=(
        Field("organization", "id of the organisation", _ID),
        Field("project", "id of the project", _ID),
        Field("pipeline", "id of the pipeline's definition", _ID, is_needed=False),
        Field("ref", _REF.about, _REF.pattern, is_needed=False),
    ),
    rules=(
        Rule("oidc.circleci.com/project-id", ("{project}",)),
        Rule("oidc.circleci.com/pipeline-definition-id", ("{pipeline}",), when="pipeline"),
        Rule("oidc.circleci.com/vcs-ref", ("{ref}",), when="ref", is_glob=True),
    ),
    # Whoever has got into a job by SSH runs what they like.
    denied={"oidc.circleci.com/ssh-rerun": frozenset({"true"})},
    bounds=("pipeline", "ref"),
)

BUILDKITE: Final = Provider(
    name="buildkite",
    title="Buildkite",
    issuers=("https://agent.buildkite.com",),
    fields=(
        Field("organization", "organisation, as in its address", _SLUG),
        Field("pipeline", "pipeline, as in its address", _SLUG),
        Field("branch", "branch, as main or release-*", _REF_CHARACTERS, is_needed=False),
        Field("tag", "tag, as v*", _REF_CHARACTERS, is_needed=False),
        Field("step", "key of the step that publishes", _SLUG, is_needed=False),
    ),
    rules=(
        Rule("organization_slug", ("{organization}",)),
        Rule("pipeline_slug", ("{pipeline}",)),
        Rule("build_branch", ("{branch}",), when="branch", is_glob=True),
        Rule("build_tag", ("{tag}",), when="tag", is_glob=True),
        Rule("step_key", ("{step}",), when="step"),
    ),
    immutable=("organization_id", "pipeline_id"),
    bounds=("branch", "tag"),
)

#: A cluster's issuer is one that the operator trusts; a claim in an object is named by its path.
KUBERNETES: Final = Provider(
    name="kubernetes",
    title="Kubernetes service account",
    issuers=(),
    fields=(
        Field("namespace", "namespace", r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"),
        Field("service_account", "name of the service account", r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"),
    ),
    rules=(
        Rule("sub", ("system:serviceaccount:{namespace}:{service_account}",)),
        Rule("kubernetes.io/namespace", ("{namespace}",)),
        Rule("kubernetes.io/serviceaccount/name", ("{service_account}",)),
    ),
    immutable=("kubernetes.io/serviceaccount/uid",),
    algorithms=("RS256", "ES256"),
    bounds=("service_account",),
)

PROVIDERS: Final[Mapping[str, Provider]] = {
    each.name: each
    for each in (GITHUB, GITLAB, FORGEJO, GOOGLE, ACTIVESTATE, CIRCLECI, BUILDKITE, KUBERNETES)
}  # fmt: skip


@upholds("AUTHZ-3.1")
def require_event(raw: Mapping[str, Any], claims: Mapping[str, str], provider: Provider) -> None:
    """Refuse a build that strangers may have caused, that does not say what has, or of what is no branch and no tag.

    `claims` are those of `raw` as text.
    """
    for claim, values in provider.denied.items():
        said = claims.get(claim, "")
        is_word = isinstance(raw.get(claim, said), str | bool)
        # What is not written as issuers write it may be a denied one to somebody who reads it otherwise.
        if (
            not is_word
            or not re.fullmatch(r"[!-~]+( [!-~]+)*", said)
            or said.lower() in {each.lower() for each in values}
        ):
            raise _strange(f"whose {claim} is {said[:100] or 'missing'}: who does not work on the project")
    ref = claims.get(provider.ref, "") if provider.ref else "refs/heads/"
    # A pull request of anybody's has a ref too: refs/pull/1/merge, refs/merge-requests/1/head.
    if not ref.startswith(("refs/heads/", "refs/tags/")):
        raise _strange(f"whose {provider.ref} ({ref[:100] or 'missing'}) is no branch and no tag: a stranger")


def _strange(why: str) -> Refused:
    says = f"Nothing is published by a build {why} may have caused it."
    return Refused("invalid-publisher", says, principle="AUTHZ-3.1")


def generic(
    name: str,
    title: str,
    issuer: str,
    required: tuple[str, ...],
    immutable: tuple[str, ...],
    denied: Mapping[str, frozenset[str]],
    algorithms: tuple[str, ...] = RS256,
    *,
    has_jti: bool = False,
) -> Provider:
    """Return a provider whose claims the operator names: owners type a value for each of `required`, to the letter."""
    if not required:
        raise ValueError(f"provider {name}: without a required claim every build of its issuer would be trusted")
    for claim in required:
        # In a template these stand for something else than what the owner types.
        if claim in ("host", "*") or claim.startswith("=") or not claim or {"{", "}"} & set(claim):
            raise ValueError(f"provider {name}: a required claim cannot be named {claim!r}")
    return Provider(
        name=f"generic:{name}",
        title=title or name,
        issuers=(issuer,),
        fields=tuple(Field(claim, f"the claim {claim}", _TEXT) for claim in required),
        rules=tuple(Rule(claim, (f"{{{claim}}}",)) for claim in required),
        immutable=immutable,
        denied=denied,
        algorithms=algorithms,
        has_jti=has_jti,
        bounds=required,
    )
