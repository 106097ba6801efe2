"""The policies of the repository: only those that the software keeps today.

Principles: GEN-2.1
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: `templates/policies/<slug>.html` holds its text. `since` is the day of this version of it.

    `clauses` are those that the page speaks of: the repository's self-description says so.
    """

    title: str
    says: str
    version: int
    since: str
    principle: str
    clauses: tuple[str, ...]


POLICIES: Final[Mapping[str, Policy]] = {
    "removal": Policy(
        "Removal and yanking",
        "What can be taken away and by whom, and what stays for ever.",
        version=1,
        since="2026-11-21",
        principle="GEN-2.1",
        clauses=("GEN-2.1c",),
    ),
}
