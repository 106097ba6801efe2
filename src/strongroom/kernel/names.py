"""Names that have already been checked.

Principles: none
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ProjectName:
    """A project's canonical name. Only a format's `parse_name` makes one."""

    ecosystem: str
    text: str

    def __str__(self) -> str:
        return self.text
