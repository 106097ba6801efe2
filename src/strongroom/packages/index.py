"""Keeping the pages true: what must be made anew when something changes, and what a crash left undone.

Principles: GEN-3.2
"""

from collections.abc import Callable
from typing import Final

from strongroom.kernel.names import ProjectName
from strongroom.packages.ports import IndexPages, Vault

PROJECTOR: Final = "index-pages"
_BATCH: Final = 1000


def catch_up(vault: Vault, pages: IndexPages, parse_name: Callable[[str], ProjectName]) -> int:
    """Make anew the pages of every project that an event after the cursor speaks of; return how many events there were.

    Idempotent: a crash in the middle repeats a page, and loses none.
    """
    seen = 0
    while True:
        with vault.reading() as books:
            events = books.events.after(books.events.cursor(PROJECTOR), _BATCH)
        if not events:
            return seen
        for name in sorted({event.what.project for event in events if event.what.event.changes_index}):
            pages.refresh(parse_name(name))
        with vault.writing() as books:
            books.events.advance(PROJECTOR, events[-1].serial)
        seen += len(events)
