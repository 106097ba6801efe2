"""Who built a file, from what: what attestations say, what is kept of them, and what may never be lost again.

An attestation (PEP 740) is a signed statement that one file, by name and digest, came out of one build. It is read here
without belief; `outbound/attesting.py` verifies its signature, certificate and log entry against a trust root.

Principles: AUTHZ-3.3
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from strongroom.authz.build_identity import SUBJECT, WORDS, BuildIdentity, shown
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


@dataclass(frozen=True, slots=True)
class Builder:
    """What a file was built by: a workflow of a repository, as the certificate names them; "" is not said.

    `repository_number` is the forge's own, which a repository made anew under an old name does not inherit.
    """

    issuer: str
    repository: str
    workflow: str
    repository_number: str = ""

    def is_same(self, other: "Builder") -> bool:
        """Report whether both are one: by name, and by number where both have one."""
        numbers = {self.repository_number, other.repository_number} - {""}
        return len(numbers) < 2 and (self.issuer, self.repository.lower(), self.workflow) == (
            other.issuer,
            other.repository.lower(),
            other.workflow,
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was verified of one file's attestations when it was uploaded, and with what.

    `document` is the provenance object that clients are served (PEP 740), as JSON. `publisher` names the uploader in
    words, `claims` are those of the signing certificate by name (`build_identity.CLAIMS`, `subject`), `log_index` the
    place in the public log of signatures. `trust_root` is the SHA-256 of the trust root that it was verified against.
    """

    document: str
    publisher: str
    predicate_types: tuple[str, ...]
    claims: Mapping[str, str]
    log_index: int
    verified: datetime
    trust_root: str

    def claim(self, name: str) -> str:
        """Return what the certificate claims, "" when it says nothing of it."""
        return self.claims.get(name, "")

    @property
    def builder(self) -> Builder:
        """What the file was built by."""
        return builder_of(self.claims)


def builder_of(claims: Mapping[str, str]) -> Builder:
    """Return what a file was built by, of the claims of the certificate that signed for it."""
    repository, workflow = claims.get("source_repository_uri", ""), claims.get("build_config_uri", "")
    if not repository or not workflow.startswith(f"{repository}/"):
        # No path in the repository: what the certificate names its holder by is the same in every run.
        inner = claims.get(SUBJECT) or claims.get("build_signer_uri", "")
    else:
        # The address of a workflow ends in what it ran at, which is another each time.
        for name in ("source_repository_ref", "source_repository_digest"):
            workflow = workflow.removesuffix(f"@{claims.get(name, '')}")
        inner = workflow.removeprefix(repository).lstrip("/")
    return Builder(claims.get("issuer", ""), repository, inner, claims.get("source_repository_identifier", ""))


class AttestationVerifier(Protocol):
    """Verifies attestations against one trust root, without asking anybody."""

    def verify(
        self, attestations: str, filename: str, sha256: Sha256, identity: BuildIdentity | None, now: datetime
    ) -> Provenance:
        """Return what the attestations prove of this file, all of them verified.

        `attestations` is the form field of that name (PEP 740): a JSON list. `identity` is the trusted publisher that
        uploads, or that the project has configured; None: there is none. Raises Refused (AUTHZ-3.3) for the first
        check that fails, with what failed, what was expected and what to do.
        """


@dataclass(frozen=True, slots=True)
class Built:
    """By what files of one version were built, and when the newest of those was uploaded; `builder` None: unsaid."""

    version: str
    builder: Builder | None
    uploaded: datetime


class ProvenanceBook(Protocol):
    """The provenance of files, inside one open transaction. What a file had is kept when it is removed."""

    def add_provenance(self, filename: str, provenance: Provenance) -> None:
        """Keep the provenance of a file that was just entered; ValueError when there is no such file, or it has one."""

    def provenance_of(self, filename: str) -> Provenance | None:
        """Return the provenance of a live file, or None."""

    def provenances_of(self, project: ProjectName) -> Mapping[str, Provenance]:
        """Return the provenance of every live file of the project that has one, by file name."""

    def history_of(self, project: ProjectName) -> Sequence[Built]:
        """Return by what the project's files with provenance were built, newest first, removed ones too.

        One line for each run that built files of a version; at most 200. Files without any are left out: an empty
        history is that of a project that never had it.
        """

    def forget_provenance(self, project: ProjectName, now: datetime) -> None:
        """Let no provenance up to now be a reason to demand any: the project's record says so; all of it is kept."""


@upholds("AUTHZ-3.3a")
def require_publisher(identity: BuildIdentity | None) -> BuildIdentity:
    """Refuse attestations that come with no build's identity: nobody could say whose they must be (AUTHZ-3.3 a)."""
    if identity is None:
        raise Refused(
            "attestation-needs-publisher",
            "Attestations are taken from a trusted publisher: whose they must be is not known when an account's own "
            "token uploads. Add a trusted publisher to the project and upload from its workflow, or upload without "
            "attestations.",
            principle="AUTHZ-3.3",
        )
    return identity


def forgotten_since(forgotten: datetime | None, history: Sequence[Built]) -> datetime | None:
    """Return since when earlier provenance is no reason to demand any; None when it is one, by newer files perhaps."""
    return forgotten if forgotten is not None and all(each.uploaded <= forgotten for each in history) else None


def attested_since(history: Sequence[Built], forgotten: datetime | None) -> str:
    """Return the newest version whose files are a reason to demand attestations of every other; "" when none is."""
    counted = (each for each in history if forgotten is None or each.uploaded > forgotten)
    return next((each.version for each in counted if each.builder is not None), "")


@upholds("AUTHZ-3.3a")
def require_kept(history: Sequence[Built], *, is_attested: bool, forgotten: datetime | None = None) -> None:
    """Refuse a file without attestations in a project that had them: present once, demanded after (AUTHZ-3.3).

    Whoever steals a token then gets no further than whoever has none: only the build can publish. `history` holds what
    was removed too, so that removing old releases lowers nothing. `forgotten`: what is not newer counts no more,
    by the operator's word (`ProjectRecord.provenance_forgotten`).
    """
    before = attested_since(history, forgotten)
    if before and not is_attested:
        raise Refused(
            "provenance-lost",
            f"Files of this project come with attestations since version {before} at the latest; this one has "
            "none. Upload it from the project's workflow: twine and uv send the attestations that lie beside the file.",
            principle="AUTHZ-3.3",
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Another build than that of version `since`: each of `differs` is what differs, what it was, and what it is."""

    since: str
    differs: tuple[tuple[str, str, str], ...]

    @property
    def words(self) -> str:
        """The change in one line: `repository was …, is …`."""
        return "; ".join(f"{what} was {was or 'not said'}, is {now or 'not said'}" for what, was, now in self.differs)


def change_of(history: Sequence[Built], version: str, offered: Provenance) -> Change | None:
    """Return how the build of this file differs from that of the version before; None when it does not.

    Also None for the first version that has provenance, and when another file of this version told of it already.
    """
    builder = offered.builder
    told = any(each.version == version and each.builder and each.builder.is_same(builder) for each in history)
    before = [each for each in history if each.version != version and each.builder is not None]
    if told or not before:
        return None
    last = [each.builder for each in before if each.version == before[0].version and each.builder]
    return None if any(each.is_same(builder) for each in last) else difference(before[0].version, last[0], builder)


def difference(since: str, was: Builder, now: Builder) -> Change:
    """Return in which words one builder differs from another."""
    pairs = (
        (WORDS["issuer"], was.issuer, now.issuer),
        (WORDS["source_repository_uri"], was.repository, now.repository),
        (WORDS["build_config_uri"], was.workflow, now.workflow),
        (WORDS["source_repository_identifier"], was.repository_number, now.repository_number),
    )
    return Change(since, tuple((what, shown(a), shown(b)) for what, a, b in pairs if a != b))


class State(StrEnum):
    """What a release's provenance is like, beside that of the release before."""

    NONE = "none"
    FULL = "full"
    #: Some of its files have none.
    PARTIAL = "partial"
    #: Its files were built by different workflows or repositories.
    INCONSISTENT = "inconsistent"
    #: It has none, and the release before had.
    LOST = "lost"
    #: A file was built by what built none of the release before.
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Standing:
    """The provenance of one release: its state, and how its build differs from the one before when it does.

    `before` is the version that it is compared with, the last one that has provenance; "" when none has.
    """

    state: State
    change: Change | None = None
    before: str = ""


def standings(files: Iterable[Built]) -> Mapping[str, Standing]:
    """Return the standing of every release, by version; `files` has a line for each file, with or without builder.

    The release before is the one whose first file was uploaded last before this one's, of those that have provenance.
    """
    releases: dict[str, list[Built]] = {}
    for file in sorted(files, key=lambda each: each.uploaded):
        releases.setdefault(file.version, []).append(file)
    found: dict[str, Standing] = {}
    before: tuple[str, list[Builder]] | None = None
    for version, members in releases.items():
        builders = [each.builder for each in members if each.builder is not None]
        found[version] = _standing(builders, len(members), before)
        if builders:
            before = (version, builders)
    return found


def _standing(builders: Sequence[Builder], files: int, before: tuple[str, list[Builder]] | None) -> Standing:
    since, known = before or ("", [])
    if not builders:
        return Standing(State.LOST if known else State.NONE, before=since)
    new = [each for each in builders if known and not any(each.is_same(old) for old in known)]
    if new:
        return Standing(State.CHANGED, difference(since, known[0], new[0]), since)
    if len(builders) < files:
        return Standing(State.PARTIAL, before=since)
    is_one = all(each.is_same(builders[0]) for each in builders)
    return Standing(State.FULL if is_one else State.INCONSISTENT, before=since)
