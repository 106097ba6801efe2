"""The queue of letters: written in the transaction of what they tell of, sent later, tried again when they must be.

Principles: AUTHN-1.4
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

#: After this many failures a letter is given up; the waits between them add up to about a day.
MOST_ATTEMPTS: Final = 12
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter in the queue. `key` names what it was made of, so that it is made once."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    created: datetime
    identifier: int = 0
    attempts: int = 0
    problem: str = ""
    due: datetime | None = None


class LetterBox(Protocol):
    """The queue of letters, inside one open transaction."""

    def add_letter(self, letter: Queued) -> None:
        """Put a letter into the queue; no effect when one with its key was there."""

    def take_letters(self, now: datetime, until: datetime, limit: int) -> Sequence[Queued]:
        """Return letters whose time has come, oldest first, and put them off: nobody else takes them until `until`."""

    def drop_letter(self, identifier: int) -> None:
        """Take a letter out of the queue: it was sent."""

    def postpone_letter(self, identifier: int, until: datetime | None, problem: str) -> None:
        """Remember a failure; `until` None gives the letter up: what it said is forgotten, its failure is kept."""

    def waiting(self, now: datetime) -> int:
        """Return how many letters are due."""

    def queue(self) -> tuple[int, int]:
        """Return how many letters wait, and how many were given up."""


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when a letter that has failed so many times is tried again; None when it is given up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    wait = min(_FIRST_WAIT.total_seconds() * 2.0**attempts, _LONGEST_WAIT.total_seconds())
    return now + timedelta(seconds=wait)
