"""Reports: every one a view of the same assessment.

Principles: none
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from strongroom.assess.document import Assessment, to_text


@dataclass(frozen=True, slots=True)
class View:
    """One way to show an assessment: the name of the file that it goes to, and what makes it."""

    filename: str
    make: Callable[[Assessment], str]


VIEWS: Final[Mapping[str, View]] = {"json": View("assessment.json", to_text)}
"""Every view by the name that `-f` takes."""
