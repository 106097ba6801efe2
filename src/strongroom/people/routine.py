"""What is done by the clock: each chore at its interval, remembered in the books, so that a restart repeats nothing.

Principles: AUTHN-2.1, AUTHN-2.3
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from strongroom.authn.accounts import FORMER_DAYS
from strongroom.authn.sessions import DEVICE_LIFE
from strongroom.people.desk import Desk


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done every so often."""

    name: str
    every: timedelta
    do: Callable[[], object]


def run_due(desk: Desk, chores: Sequence[Chore], *, all_now: bool = False) -> list[str]:
    """Do what is due, or everything; return the names of what was done. A chore that fails is due again at once."""
    done = []
    for chore in chores:
        now = int(desk.clock().timestamp())
        with desk.vault.reading() as books:
            last = books.events.cursor(f"chore:{chore.name}")
        if all_now or now - last >= chore.every.total_seconds():
            chore.do()
            with desk.vault.writing() as books:
                books.events.advance(f"chore:{chore.name}", now)
            done.append(chore.name)
    return done


def sweep(desk: Desk) -> int:
    """Take away sessions, tickets, devices and counts that have ended; return how many."""
    now = desk.clock()
    with desk.vault.writing() as books:
        former = books.accounts.forget_former(now - timedelta(days=FORMER_DAYS))
        return former + books.sessions.sweep(now, now - DEVICE_LIFE) + books.tallies.sweep(now)
