"""Which projects are critical: many depend on them, so their maintainers sign in with what cannot be phished.

Principles: AUTHN-2.3, AUTHN-3.3
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from strongroom.kernel.names import ProjectName
from strongroom.principles import upholds

#: Maintainers are told this long before more is asked of them.
NOTICE: Final = timedelta(days=30)
DOWNLOAD_DAYS: Final = 180

OPERATOR: Final = "named by the operator"
DOWNLOADS: Final = "among the most downloaded"
DEPENDENTS: Final = "many projects here depend on it"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule in force, as the policy page prints it.

    `top_share` of all projects by downloads in 180 days; any on which `dependents_share` of all projects depend, but
    at least `least_dependents` of them.
    """

    top_share: float = 0.01
    dependents_share: float = 0.05
    least_dependents: int = 10


@dataclass(frozen=True, slots=True)
class Critical:
    """A critical project. From `enforced` on, who publishes or manages it needs a passkey or security key."""

    project: str
    reason: str
    designated: datetime
    enforced: datetime


class CriticalBook(Protocol):
    """What is critical, and what that is reckoned from, inside one open transaction."""

    def critical(self) -> Sequence[Critical]:
        """Return every critical project, by name."""

    def is_critical(self, name: ProjectName, now: datetime) -> bool:
        """Report whether the project is critical and its rule in force."""

    def designate(self, name: ProjectName, reason: str, designated: datetime, enforced: datetime) -> None:
        """Make a project critical, or change why and from when."""

    def undesignate(self, name: ProjectName) -> bool:
        """Make a project critical no more; report whether it was."""

    def add_downloads(self, day: str, counts: Mapping[str, int]) -> None:
        """Add downloads of one day (YYYY-MM-DD), by the names of files; a name that is no file counts nowhere."""

    def downloads_since(self, day: str) -> Mapping[str, int]:
        """Return the downloads of every project since a day, by name."""

    def forget_downloads_before(self, day: str) -> None:
        """Forget counts that no rule looks at any more."""

    def dependencies(self) -> Iterable[tuple[str, Sequence[str]]]:
        """Yield every project with files, and the requirements that its newest release states."""


@upholds("AUTHN-2.3")
def reckoned(
    rule: Rule, projects: int, downloads: Mapping[str, int], dependents: Mapping[str, int]
) -> Mapping[str, str]:
    """Return each project that the rule makes critical, and why. `projects` is how many there are in all."""
    found: dict[str, str] = {}
    most = sorted((name for name, count in downloads.items() if count > 0), key=lambda name: (-downloads[name], name))
    for name in most[: int(projects * rule.top_share)]:
        found[name] = DOWNLOADS
    least = max(rule.least_dependents, rule.dependents_share * projects)
    for name, count in dependents.items():
        if count >= least:
            found[name] = f"{found[name]}, and {DEPENDENTS}" if name in found else DEPENDENTS
    return found
