"""The state of a release in words: what is so, what it means, what to do.

Principles: GEN-2.1, GEN-2.3
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from strongroom.formats.pypi.simple import version_order
from strongroom.kernel.records import ProjectFacts, ReleaseRecord, Status


@dataclass(frozen=True, slots=True)
class State:
    """One thing to know before installing. `tone` is danger, caution or note; `version` is one to look at instead."""

    tone: str
    title: str
    reason: str
    means: str
    version: str = ""


# The meanings are those of PEP 792.
_STATUS: Final = {
    Status.QUARANTINED: (
        "danger",
        "This project is in quarantine",
        "It is held to be unsafe. No index lists its files, so installers find none of them until the quarantine ends. "
        "If you have installed it, compare your files with the digests below and remove them.",
    ),
    Status.ARCHIVED: (
        "caution",
        "This project is archived",
        "Its owners expect to publish nothing more, security fixes included. What is here stays installable.",
    ),
    Status.DEPRECATED: (
        "caution",
        "This project is deprecated",
        "It is obsolete, and may have been replaced by another one. What is here stays installable.",
    ),
}


def states(facts: ProjectFacts, release: ReleaseRecord, *, pinned: bool) -> tuple[State, ...]:
    """Return what to know of the release, the worst first; nothing when there is nothing against it."""
    found = []
    newest = newest_of(facts.releases)
    instead = newest.version if newest is not None and newest.version != release.version else ""
    if facts.project.status is not Status.ACTIVE:
        tone, title, means = _STATUS[facts.project.status]
        found.append(State(tone, title, _reason(facts.project.status_reason), means))
    if release.yanked is not None:
        found.append(_yanked(release, instead))
    elif instead and pinned and newest is not None and _is_behind(release, newest):
        found.append(State("note", "There is a newer version", "", "This page is about an older release.", instead))
    if release.is_prerelease:
        means = "Installers pass it over unless they are asked for this version, or for pre-releases."
        found.append(State("note", "This is a pre-release", "", means, "" if _is_named(found, instead) else instead))
    order = ("danger", "caution", "note")
    return tuple(sorted(found, key=lambda state: order.index(state.tone)))


def newest_of(releases: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """Return the release that an installer would choose: the newest that is not yanked, final ones before others."""
    live = [release for release in releases if release.yanked is None]
    final = [release for release in live if not release.is_prerelease]
    return max(final or live, key=lambda release: version_order(release.version), default=None)


def _yanked(release: ReleaseRecord, instead: str) -> State:
    means = "Installers choose it only where exactly this version is asked for (PEP 592). Its files stay as they were."
    return State("caution", f"Version {release.version} is yanked", _reason(release.yanked or ""), means, instead)


def _reason(given: str) -> str:
    return given or "No reason was given."


def _is_behind(release: ReleaseRecord, newest: ReleaseRecord) -> bool:
    return version_order(newest.version) > version_order(release.version)


def _is_named(found: Sequence[State], version: str) -> bool:
    return any(state.version == version for state in found)
