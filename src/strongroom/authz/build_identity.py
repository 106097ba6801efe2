"""Who may have built a file: what a trusted publisher says of itself, held against what a signing certificate says.

A certificate of Sigstore speaks in claims (Fulcio's OID arc 1.3.6.1.4.1.57264.1); a trusted publisher in the words of
its provider. What is expected of each claim is worked out here, purely, so that every mismatch has its own words.

Principles: AUTHZ-3.3
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from strongroom.authz.providers import PROVIDERS, Provider
from strongroom.authz.publishers import Publisher
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

#: The claims of a certificate, by the last number of their OID below 1.3.6.1.4.1.57264.1, as Fulcio lists them.
CLAIMS: Final[Mapping[int, str]] = {
    8: "issuer",
    9: "build_signer_uri",
    10: "build_signer_digest",
    11: "runner_environment",
    12: "source_repository_uri",
    13: "source_repository_digest",
    14: "source_repository_ref",
    15: "source_repository_identifier",
    16: "source_repository_owner_uri",
    17: "source_repository_owner_identifier",
    18: "build_config_uri",
    19: "build_config_digest",
    20: "build_trigger",
    21: "run_invocation_uri",
    22: "source_repository_visibility_at_signing",
}
#: The name in the certificate's subject alternative name: an address of a workflow, or an e-mail address.
SUBJECT: Final = "subject"

#: What a claim is called where people read it.
WORDS: Final[Mapping[str, str]] = {
    "issuer": "identity provider",
    "build_signer_uri": "signing workflow",
    "source_repository_uri": "repository",
    "source_repository_digest": "commit",
    "source_repository_ref": "ref",
    "source_repository_identifier": "repository number",
    "source_repository_owner_identifier": "owner number",
    "build_config_uri": "workflow",
    "build_trigger": "event",
    "run_invocation_uri": "run",
    SUBJECT: "signer",
}

GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
#: Events whose workflows run with rights of the repository on what strangers sent (TanStack, May 2026).
DENIED_TRIGGERS: Final = frozenset({"pull_request_target", "workflow_run"})
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class BuildIdentity:
    """Who uploads: a trusted publisher, in the words of its provider.

    `provider`: github, gitlab, google, circleci, or any other name. `issuer` is that of its identity tokens, exactly.
    `fields`, by provider (those in brackets need not be there, and are held against the certificate when they are):

    - github, forgejo: repository, workflow [environment, ref, sha, repository_id, owner_id, server, reusable_workflow]
    - gitlab: repository, workflow_filepath [environment, ref, sha, repository_id, owner_id, server]
    - google: email
    - circleci: project_id, pipeline_definition_id [ref]

    A field whose name is a claim's (`CLAIMS`, `subject`) is expected as it is, for every provider; another provider
    has only those, and needs `source_repository_uri`, `build_signer_uri` or `subject`. In `ref` and
    `reusable_workflow`, `*` is anything within one part of a path and `**` anything at all. `environment` is shown
    only: no certificate holds it. An empty value is as good as none.
    """

    provider: str
    issuer: str
    fields: Mapping[str, str]
    denied_triggers: frozenset[str] = DENIED_TRIGGERS

    def field(self, name: str) -> str:
        """Return a field's value, "" when it is not said."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a claim must be: one of `values`, whose first `folded` characters are equal whatever their case.

    `is_glob`: the values are patterns, in which the case of letters counts throughout.
    """

    claim: str
    values: tuple[str, ...]
    folded: int = 0
    is_glob: bool = False

    def is_met(self, found: str) -> bool:
        """Report whether the certificate says so."""
        if self.is_glob:
            return any(re.fullmatch(_pattern(value), found, re.ASCII) for value in self.values)
        at = self.folded
        return (found[:at].lower(), found[at:]) in {(value[:at].lower(), value[at:]) for value in self.values}


def identity_of(publisher: Publisher, providers: Mapping[str, Provider] = PROVIDERS) -> BuildIdentity:
    """Return whose the attestations of a trusted publisher's uploads must be: its fields, and the ids it is pinned to.

    A provider whose builds no certificate of Sigstore names gets an identity that every attestation is refused for.
    """
    said, pinned = publisher.fields, publisher.pinned
    fields: dict[str, str] = {}
    match publisher.provider:
        case "github" | "forgejo":
            kept = ("workflow", "environment", "ref", "reusable_workflow")
            fields = {"repository": f"{said['owner']}/{said['repository']}"} | {n: said.get(n, "") for n in kept}
            fields |= {"repository_id": pinned.get("repository_id", "")}
            fields |= {"owner_id": pinned.get("repository_owner_id", "")}
        case "gitlab":
            fields = {"repository": f"{said['namespace']}/{said['project']}", "workflow_filepath": said["workflow"]}
            fields |= {"environment": said.get("environment", ""), "ref": said.get("ref", "")}
            fields |= {"repository_id": pinned.get("project_id", ""), "owner_id": pinned.get("namespace_id", "")}
        case "google":
            fields = {"email": said["email"]}
        case "circleci":
            fields = {"project_id": said["project"], "pipeline_definition_id": said.get("pipeline", "")}
            fields |= {"ref": said.get("ref", "")}
        case "buildkite":
            fields = {SUBJECT: f"https://buildkite.com/{said['organization']}/{said['pipeline']}"}
        case "kubernetes":
            account = f"namespaces/{said['namespace']}/serviceaccounts/{said['service_account']}"
            fields = {SUBJECT: f"https://kubernetes.io/{account}"}
    provider = providers.get(publisher.provider)
    denied = frozenset[str]().union(*provider.denied.values()) if provider else frozenset[str]()
    return BuildIdentity(publisher.provider, publisher.issuer, fields, DENIED_TRIGGERS | denied)


@upholds("AUTHZ-3.3a")
def require_built_by(identity: BuildIdentity, claims: Mapping[str, str]) -> None:
    """Refuse an attestation that was signed for another build than the upload comes from (AUTHZ-3.3 a).

    `claims` are those of the signing certificate, by name; a claim that it lacks is met by nothing.
    """
    for expected in expectations(identity, claims):
        found = claims.get(expected.claim, "")
        if not found or not expected.is_met(found):
            raise Refused(
                "attestation-invalid",
                f"The attestation was signed for another build than the one that uploads: its {WORDS[expected.claim]} "
                f"is {shown(found) or 'not said'}; expected {shown(expected.values[0])}. Attest in the job that "
                "uploads, or correct the project's trusted publisher.",
                principle="AUTHZ-3.3",
            )
    trigger = claims.get("build_trigger", "")
    if trigger in identity.denied_triggers:
        raise Refused(
            "attestation-invalid",
            f"The attestation was signed in a run that {shown(trigger)} began, and such runs may be steered by "
            "strangers. Publish from a push, a tag, a release or by hand.",
            principle="AUTHZ-3.3",
        )


def expectations(identity: BuildIdentity, claims: Mapping[str, str]) -> tuple[Expected, ...]:
    """Return what the certificate must say for this identity; Refused when the identity cannot be looked for.

    `claims` supply the ref and the commit that the certificate itself names, which the workflow's address ends in.
    """
    of_provider = _PROVIDERS.get(identity.provider, _others)
    expected = [Expected("issuer", (identity.issuer,)), *of_provider(identity, claims)]
    known = {*CLAIMS.values(), SUBJECT}
    said = sorted(name for name, value in identity.fields.items() if name in known and value)
    expected += [Expected(name, (identity.field(name),)) for name in said]
    if not identity.issuer or len(expected) == 1:
        raise _unknown(identity)
    return tuple(expected)


def publisher_object(identity: BuildIdentity) -> dict[str, object]:
    """Return the publisher as a provenance object names it (PEP 740: `kind`, `claims`, and what the kind has)."""
    kind, names = _KINDS.get(identity.provider, (identity.provider, ()))
    named = {name: identity.field(name) or None for name in names}
    return {"kind": kind, "claims": None, **(named if names else dict(identity.fields))}


def said_of(identity: BuildIdentity) -> str:
    """Return the publisher in few words: `GitHub Actions, repository acme/anvil, workflow release.yml`."""
    kind = PROVIDERS[identity.provider].title if identity.provider in PROVIDERS else identity.provider
    workflow = identity.field("workflow") or identity.field("workflow_filepath")
    parts = [
        f"{word} {value}"
        for word, value in (
            ("repository", identity.field("repository")),
            ("workflow", workflow),
            ("account", identity.field("email")),
            ("project", identity.field("project_id")),
        )
        if value
    ]
    return ", ".join([kind, *map(shown, parts)])


def shown(text: str) -> str:
    """Return what a stranger wrote in one printable line, cut short."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def server_of(identity: BuildIdentity) -> str:
    """Return the address of the server that the repository is on, without a slash at its end."""
    if identity.field("server"):
        return identity.field("server").rstrip("/")
    if identity.issuer == GITHUB_ISSUER or identity.issuer.startswith(f"{GITHUB_ISSUER}/"):
        return "https://github.com"
    there = urlsplit(identity.issuer)
    return f"{there.scheme}://{there.netloc}"


def _forge(identity: BuildIdentity, claims: Mapping[str, str], folders: tuple[str, ...], name: str) -> list[Expected]:
    """Return what is expected of a build on a forge.

    `name` is that of the field with the workflow's file, which lies in one of `folders` below the repository's address.
    """
    workflow = identity.field(name)
    if not identity.field("repository") or not workflow:
        raise _unknown(identity)
    repository = f"{server_of(identity)}/{identity.field('repository')}"
    # The address of a workflow ends in the ref or in the commit that it ran at, which only the certificate knows.
    at = [claims[name] for name in ("source_repository_ref", "source_repository_digest") if claims.get(name)]
    # Forges hold names of owners and repositories equal whatever their case, and tell them as they were written once.
    folded = len(repository)
    workflows = tuple(f"{repository}{folder}{workflow}@{each}" for folder in folders for each in at or ["…"])
    expected = [
        Expected("source_repository_uri", (repository,), folded),
        Expected("build_config_uri", workflows, folded),
    ]
    return expected + [
        Expected(claim, (identity.field(field),), is_glob=field == "ref")
        for field, claim in (
            ("ref", "source_repository_ref"),
            ("sha", "source_repository_digest"),
            ("repository_id", "source_repository_identifier"),
            ("owner_id", "source_repository_owner_identifier"),
        )
        if identity.field(field)
    ]


def _github(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    return [*_forge(identity, claims, ("/.github/workflows/",), "workflow"), *_reused(identity, claims)]


def _forgejo(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    folders = tuple(f"/.{kind}/workflows/" for kind in ("forgejo", "gitea", "github"))
    return [*_forge(identity, claims, folders, "workflow"), *_reused(identity, claims)]


def _reused(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    """Return what is expected of the workflow that signs: of another repository only if the owner has named it."""
    reused = identity.field("reusable_workflow")
    if reused:
        return [Expected("build_signer_uri", (f"{server_of(identity)}/{reused}",), is_glob=True)]
    repository = claims.get("source_repository_uri", "")
    signer = claims.get("build_signer_uri", "")
    # What signs lies in the repository that is built: its address is that of the repository, and a path below it.
    inside = signer if repository and signer.lower().startswith(f"{repository}/".lower()) else f"{repository}/…"
    return [Expected("build_signer_uri", (inside,))]


def _gitlab(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    return _forge(identity, claims, ("//",), "workflow_filepath")


def _google(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    if not identity.field("email"):
        raise _unknown(identity)
    return [Expected(SUBJECT, (identity.field("email"),))]


def _circleci(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    project, pipeline = identity.field("project_id"), identity.field("pipeline_definition_id")
    if not project or not pipeline:
        raise _unknown(identity)
    signer = f"https://circleci.com/api/v2/projects/{project}/pipeline-definitions/{pipeline}"
    ref = identity.field("ref")
    return [
        Expected("build_signer_uri", (signer,)),
        *([Expected("source_repository_ref", (ref,), is_glob=True)] if ref else []),
    ]


def _others(identity: BuildIdentity, claims: Mapping[str, str]) -> list[Expected]:
    if not any(identity.field(name) for name in ("source_repository_uri", "build_signer_uri", SUBJECT)):
        raise _unknown(identity)
    return []


def _pattern(glob: str) -> str:
    pieces = re.split(r"(\*+)", glob)
    return "".join(
        re.escape(piece) if at % 2 == 0 else ("[^/]*" if piece == "*" else ".*") for at, piece in enumerate(pieces)
    )


def _unknown(identity: BuildIdentity) -> Refused:
    return Refused(
        "attestation-needs-publisher",
        f"What {shown(identity.provider) or 'this publisher'} builds cannot be told by a certificate, so its "
        "attestations cannot be verified. Upload without them, or from a provider that Sigstore certifies.",
        principle="AUTHZ-3.3",
    )


_PROVIDERS: Final[Mapping[str, Callable[[BuildIdentity, Mapping[str, str]], list[Expected]]]] = {
    "github": _github,
    "forgejo": _forgejo,
    "gitlab": _gitlab,
    "google": _google,
    "circleci": _circleci,
}
#: Kind and fields of each publisher as clients of PEP 740 know it.
_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "github": ("GitHub", ("repository", "workflow", "environment")),
    "gitlab": ("GitLab", ("repository", "workflow_filepath", "environment")),
    "google": ("Google", ("email",)),
    "circleci": ("CircleCI", ("project_id", "pipeline_definition_id", "vcs_origin", "vcs_ref")),
}
