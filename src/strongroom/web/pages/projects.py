"""What the page of a release shows, worked out of the records.

Principles: GEN-2.1
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from strongroom.authz.policies import WORDS
from strongroom.authz.provenance import Provenance
from strongroom.formats.pypi.simple import file_path, version_order
from strongroom.kernel.records import Demand, FileRecord, Policy, ProjectFacts, ReleaseRecord, Status
from strongroom.web.pages.metadata import Metadata, read
from strongroom.web.pages.provenance import ProvenanceShown, provenance_of
from strongroom.web.pages.states import State, newest_of, states

_RECENT: Final = 10


@dataclass(frozen=True, slots=True)
class House:
    """What the page says of how a project is run: all that is demanded of its uploads, and who hears of weaknesses.

    `contacts` are accounts, `teams` teams of its organisation. `forgotten`: since when attestations of earlier files
    are no reason to demand any; `attested`: the version whose files are one, "" where none is. `readers` says who
    alone reads it, "" where everybody does. `roots` is what the trust roots in use are called, by their SHA-256.
    """

    policy: Policy = frozenset()
    contacts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    forgotten: datetime | None = None
    attested: str = ""
    readers: str = ""
    roots: Mapping[str, str] = field(default_factory=dict)

    @property
    def demands(self) -> tuple[str, ...]:
        """Everything that is demanded of an upload beyond what is demanded of all, in words."""
        said = [words for demand, words in WORDS.items() if demand in self.policy]
        if self.attested and Demand.ATTESTATIONS not in self.policy:
            said.append(f"Every file comes with attestations, since earlier files have them: {self.attested} had.")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, and where it is served from the root of the site."""

    record: FileRecord
    path: str
    kind: str
    python: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One line of the history."""

    version: str
    created: datetime
    files: int
    yanked: str | None
    is_prerelease: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """Everything that the template of a release needs. `recent` and `older` are versions, the newest first."""

    facts: ProjectFacts
    release: ReleaseRecord
    metadata: Metadata
    states: tuple[State, ...]
    standing: str
    is_served: bool
    is_installable: bool
    files: tuple[FileRow, ...]
    wheels: int
    commands: tuple[tuple[str, str], ...]
    pins: str
    recent: tuple[VersionRow, ...]
    older: tuple[VersionRow, ...]
    provenance: ProvenanceShown


def view(
    facts: ProjectFacts,
    release: ReleaseRecord,
    site_url: str,
    provenances: Mapping[str, Provenance],
    *,
    pinned: bool,
    with_token: bool = False,
) -> ReleasePage:
    """Return what the page of `release` shows; `pinned` and `provenances` as in `Pages.project`.

    `with_token`: nobody installs it without a token, so the addresses of the index name the user that goes with one.
    """
    files = tuple(_row(file) for file in sorted(_files_of(facts, release), key=_file_order))
    versions = _versions(facts, release)
    name, is_served = facts.project.name.text, facts.project.status is not Status.QUARANTINED
    scheme, _, rest = site_url.partition("://")
    index = f"{scheme}://__token__@{rest}simple/" if with_token else f"{site_url}simple/"
    return ReleasePage(
        facts,
        release,
        read(release.metadata),
        states(facts, release, pinned=pinned),
        _standing(facts, release),
        is_served,
        is_installable=is_served and bool(files),
        files=files,
        wheels=sum(each.record.kind == "bdist_wheel" for each in files),
        commands=(
            ("pip", f"pip install --index-url {index} {name}=={release.version}"),
            ("uv", f"uv pip install --default-index {index} {name}=={release.version}"),
        ),
        pins=_pins(name, release.version, [each.record for each in files]),
        recent=versions[:_RECENT],
        older=versions[_RECENT:],
        provenance=provenance_of(facts, release, provenances),
    )


def _files_of(facts: ProjectFacts, release: ReleaseRecord) -> Iterable[FileRecord]:
    return (file for file in facts.files if file.version == release.version)


def _file_order(file: FileRecord) -> tuple[bool, str]:
    return file.kind != "sdist", file.filename


def _row(file: FileRecord) -> FileRow:
    if file.kind == "sdist":
        return FileRow(file, file_path(file), "Source", "")
    # "{distribution}-{version}(-{build tag})?-{python tag}-{abi tag}-{platform tag}.whl" (PEP 427)
    return FileRow(file, file_path(file), "Wheel", file.filename.split("-")[-3])


def _standing(facts: ProjectFacts, release: ReleaseRecord) -> str:
    """Return in a few words which of the project's releases this is."""
    newest = newest_of(facts.releases)
    if newest is not None and newest.version == release.version:
        return "Newest release"
    if newest is not None and version_order(newest.version) > version_order(release.version):
        return "Older release"
    return "Pre-release" if release.is_prerelease else "Release"


def _pins(name: str, version: str, files: Sequence[FileRecord]) -> str:
    """Return the lines of a requirements file that admit these bytes and no others."""
    lines = [f"{name}=={version}", *(f"    --hash=sha256:{file.digests.sha256}" for file in files)]
    return " \\\n".join(lines)


def _versions(facts: ProjectFacts, shown: ReleaseRecord) -> tuple[VersionRow, ...]:
    counts = Counter(file.version for file in facts.files)
    newest_first = sorted(facts.releases, key=lambda release: version_order(release.version), reverse=True)
    return tuple(
        VersionRow(
            release.version,
            release.created,
            counts[release.version],
            release.yanked,
            release.is_prerelease,
            release.version == shown.version,
        )
        for release in newest_first
    )
