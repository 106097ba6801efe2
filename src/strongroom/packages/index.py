"""Keeping the pages true: taken away when something changes, made by the first reader, never older than the books.

A page is put in place only while its project's turn is held and only when the project's serial is still the one that it
was made of; so two processes that render at once cannot leave the older page behind.

Principles: GEN-2.1
"""

from collections.abc import Callable, Mapping
from typing import Final

from strongroom.formats import Format
from strongroom.kernel.names import ProjectName
from strongroom.packages.ports import Books, PageStore, Vault

PROJECTOR: Final = "index-pages"
#: The topic of the pages that list every project: no project has this name.
ROOT: Final = "/"
_BATCH: Final = 1000


#: Makes a page of what was read, outside the transaction.
Render = Callable[[], bytes]


class Index:
    """The `IndexPages` of one repository."""

    def __init__(self, vault: Vault, format: Format, store: PageStore) -> None:
        self._vault: Final = vault
        self._format: Final = format
        self._store: Final = store
        self._forgotten_at: dict[str, int] = {}

    def forget(self, name: ProjectName) -> None:
        """Take the project's pages away, and those that list every project: whoever asks next has them made.

        When this returns, no reader is served what was true before the call.
        """
        with self._vault.reading() as books:
            newest = books.events.newest()
        with self._store.turn(name.text):
            for folder in self._format.folders(name):
                self._store.forget(folder)
        with self._store.turn(ROOT):
            for path in self._format.root_paths:
                self._store.forget(path)
        self._forgotten_at[name.text] = newest

    def make_root(self) -> Mapping[str, bytes]:
        """Return the pages that list every project, and keep them unless something changed meanwhile."""
        with self._vault.reading() as books:
            root = books.shelf.root()
        pages = self._format.root_pages(root)
        with self._store.turn(ROOT):
            with self._vault.reading() as books:
                still_true = books.events.newest() == root.serial
            for path, body in pages.items() if still_true else ():
                self._store.write(path, body, root.serial)
        return pages

    def make_listing(self, name: ProjectName) -> Mapping[str, bytes]:
        """Return the index pages of a project that nobody has made yet, and keep them if they are still true."""
        with self._vault.reading() as books:
            listing = books.shelf.listing(name)
        pages = self._format.index_pages(listing) if listing else {}
        if listing is not None and pages:
            self._keep(name, listing.project.serial, pages)
        return pages

    def make(self, name: ProjectName, path: str, read: Callable[[Books], Render | bytes | None]) -> bytes | None:
        """Return the page that `read` finds in the books, and keep it if it is still true; None: there is none.

        What takes long is not done inside the transaction: `read` may return what makes the page afterwards.
        """
        with self._vault.reading() as books:
            project = books.shelf.project(name)
            found = read(books) if project else None
        body = found() if callable(found) else found
        if project is not None and body is not None:
            self._keep(name, project.serial, {path: body})
        return body

    def _keep(self, name: ProjectName, serial: int, pages: Mapping[str, bytes]) -> None:
        with self._store.turn(name.text):
            with self._vault.reading() as books:
                now = books.shelf.project(name)
            # A page of a private project is kept nowhere, so that no web server in front can show it.
            if now is not None and now.serial == serial and not now.is_private:
                for path, body in pages.items():
                    self._store.write(path, body, serial)

    def catch_up(self) -> int:
        """Take away the pages of every project that a new event speaks of; return how many new events there were.

        Idempotent: a crash in the middle takes a page away twice and leaves none that is old.
        """
        seen = 0
        while True:
            with self._vault.reading() as books:
                events = books.events.after(books.events.cursor(PROJECTOR), _BATCH)
            if not events:
                return seen
            newest = {e.what.project: e.serial for e in events if e.what.event.changes_index and e.what.project}
            for project, serial in newest.items():
                if self._forgotten_at.get(project, 0) < serial:
                    self.forget(self._format.parse_name(project))
            with self._vault.writing() as books:
                books.events.advance(PROJECTOR, events[-1].serial)
            # Of a copy: a thread that publishes adds to it at any moment.
            self._forgotten_at = {name: at for name, at in self._forgotten_at.copy().items() if at > events[-1].serial}
            seen += len(events)
