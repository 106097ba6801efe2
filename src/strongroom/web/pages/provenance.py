"""What a release's page says of who built its files: in words first, with what is proved, and with what is not.

The words follow the attestation style guide of the OpenSSF: repository, commit, workflow and run by name; no badge.

Principles: AUTHZ-3.3
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from strongroom.authz.provenance import Built, Change, Provenance, Standing, State, standings
from strongroom.formats.pypi.integrity import kind_of, provenance_path
from strongroom.kernel.records import FileRecord, ProjectFacts, ReleaseRecord
from strongroom.principles import upholds

_ADDRESS: Final = re.compile(r"https://[!-~]+")
#: Where a commit is found below the address of a repository, by the host.
_COMMITS: Final = (("https://github.com/", "commit"), ("https://gitlab.com/", "-/commit"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the certificate says, and where it leads, "" where it leads nowhere safe."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BuildShown:
    """One run, and the files that it vouches for: pairs of a file's name and the address of its provenance."""

    facts: tuple[Fact, ...]
    files: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    publisher: str
    verified: datetime
    trust_root: str


@dataclass(frozen=True, slots=True)
class ProvenanceShown:
    """The section of a page. `tone` is "" or caution; `missing` are files of which nobody says who built them."""

    title: str
    says: str
    tone: str
    change: Change | None
    builds: tuple[BuildShown, ...]
    missing: tuple[str, ...]


@upholds("AUTHZ-3.3a")
def provenance_of(
    facts: ProjectFacts, release: ReleaseRecord, provenances: Mapping[str, Provenance]
) -> ProvenanceShown:
    """Return what is known of who built the files of a release, of `provenances` by file name (AUTHZ-3.3 a)."""
    files = [file for file in facts.files if file.version == release.version]
    standing = standings(_built(file, provenances) for file in facts.files).get(release.version, Standing(State.NONE))
    missing = tuple(sorted(file.filename for file in files if file.filename not in provenances))
    title, says = _words(standing, len(files), len(missing))
    tone = "" if standing.state in (State.NONE, State.FULL) else "caution"
    return ProvenanceShown(title, says, tone, standing.change, _builds(facts, files, provenances), missing)


def _built(file: FileRecord, provenances: Mapping[str, Provenance]) -> Built:
    found = provenances.get(file.filename)
    return Built(file.version, found.builder if found else None, file.uploaded)


def _words(standing: Standing, files: int, missing: int) -> tuple[str, str]:
    before = standing.before
    match standing.state:
        case State.NONE:
            return "Nobody attests who built this", (
                "Its uploader was known and allowed, as it says below; from which source the files were made is not "
                "proved. A project adds attestations by publishing from its workflow."
            )
        case State.FULL:
            since = f", the same that built {before}" if before else ""
            return "One workflow attests to every file", f"Its identity was proved when the files came{since}."
        case State.PARTIAL:
            return f"Attested: {files - missing} of {files} files", "Of the others nobody says who built them."
        case State.INCONSISTENT:
            return "The files were built in different places", "Each is attested, by one of several workflows."
        case State.LOST:
            return f"Attestations are gone: {before} had them, this has none", (
                f"Whoever published this did not, or could not, attest it from the workflow that built {before}. "
                "Ask the project why before you install it."
            )
        case State.CHANGED:
            return f"Built elsewhere than {before}", (
                "The attestations are in order, and name another build than that of the version before. Projects move; "
                "so do thieves. Make sure that the project says so, too."
            )


def _builds(
    facts: ProjectFacts, files: Sequence[FileRecord], provenances: Mapping[str, Provenance]
) -> tuple[BuildShown, ...]:
    """Return the runs, files of the same run together."""
    runs: dict[tuple[object, ...], list[FileRecord]] = {}
    for file in sorted(files, key=lambda each: each.filename):
        if file.filename in provenances:
            found = provenances[file.filename]
            key = (_facts(found), found.publisher, found.predicate_types, found.trust_root)
            runs.setdefault(key, []).append(file)
    name = facts.project.name
    return tuple(
        _shown(
            [provenances[file.filename] for file in members],
            [(file.filename, provenance_path(name, file.version, file.filename)) for file in members],
        )
        for members in runs.values()
    )


def _shown(found: Sequence[Provenance], files: Sequence[tuple[str, str]]) -> BuildShown:
    first = found[0]
    kinds = tuple(kind_of(each) for each in first.predicate_types)
    newest = max(each.verified for each in found)
    return BuildShown(_facts(first), tuple(files), kinds, first.publisher, newest, first.trust_root)


def _facts(found: Provenance) -> tuple[Fact, ...]:
    repository, commit = found.claim("source_repository_uri"), found.claim("source_repository_digest")
    builder = found.builder
    folder = next((path for host, path in _COMMITS if repository.startswith(host)), "")
    facts = (
        Fact("Repository", repository, _safe(repository)),
        Fact("Commit", commit, _safe(f"{repository}/{folder}/{commit}") if folder and commit else ""),
        Fact("Branch or tag", found.claim("source_repository_ref")),
        Fact("Workflow", builder.workflow),
        Fact("Begun by", found.claim("build_trigger")),
        Fact("Run", found.claim("run_invocation_uri"), _safe(found.claim("run_invocation_uri"))),
        Fact("Runner", found.claim("runner_environment").strip('"')),
        Fact("Identity by", builder.issuer),
    )
    return tuple(fact for fact in facts if fact.value)


def _safe(url: str) -> str:
    return url if _ADDRESS.fullmatch(url) else ""
