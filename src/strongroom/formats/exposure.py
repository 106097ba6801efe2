"""Secrets of the repository in what is offered to it: found while the bytes of a file pass, wherever they are cut.

Whoever sends a token in a package has shown it to everybody who can read the package, or would have: the file is
refused, and the refusal carries what must be ended. The secret itself is never kept, nor said.

Principles: AUTHZ-3.2
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

_SHOWN_CHARACTERS: Final = 80
#: Whoever fills a file with tokens is refused after so many: the rest would die, if at all, by another report.
_MOST: Final = 1000
#: What begins like a secret takes a closer look, which costs some forty times as much as passing by.
_LIMIT_LOOKED_BYTES: Final = 64 * 1024 * 1024


class Search(Protocol):
    """Finds secrets in bytes. What holds no `mark` holds none, and none is longer than `longest` bytes."""

    @property
    def mark(self) -> bytes:
        """What every secret begins with."""

    @property
    def longest(self) -> int:
        """The most bytes that a secret has."""

    def fingerprints_in(self, content: bytes) -> Sequence[str]:
        """Return the fingerprint of every secret in the content."""


class Exposed(Refused):
    """A file was refused since secrets of this repository are in it, the first of them in the member at `path`."""

    def __init__(self, path: str, fingerprints: Iterable[str]) -> None:
        super().__init__(
            "token-in-upload",
            f"A token of this repository's form is in {path!a}. If it was one of ours it is revoked: take it out, "
            "build the file again, and send it with another token.",
            principle="AUTHZ-3.2",
        )
        self.path: Final = path
        self.fingerprints: Final = tuple(fingerprints)


class Lookout:
    """Watches the bytes of one file pass, member by member, for secrets; without a `search` it sees nothing."""

    __slots__ = ("_found", "_looked_bytes", "_mark", "_mark_text", "_path", "_reach", "_search", "_tail", "_where")

    def __init__(self, search: Search | None) -> None:
        self._search = search
        self._mark = search.mark if search else b""
        self._mark_text = self._mark.decode()
        self._reach = search.longest - 1 if search else 0
        self._path = ""
        self._where = ""
        self._tail = b""
        self._found: dict[str, None] = {}
        self._looked_bytes = 0

    def enter(self, path: str) -> None:
        """Begin another member; its name is looked at as well."""
        self._path, self._tail = path, b""
        if self._mark and self._mark_text in path:
            self._look(path.encode())

    def see(self, piece: bytes) -> None:
        """Look at the next bytes of the member."""
        mark, tail = self._mark, self._tail
        if not mark:
            return
        # A piece is not copied unless there is something in it, or across the cut before it.
        if mark in piece or (tail and mark in tail + piece[: self._reach]):
            self._look(tail + piece)
        self._tail = piece[-self._reach :] if len(piece) >= self._reach else (tail + piece)[-self._reach :]

    @upholds("AUTHZ-3.2")
    def require_clear(self) -> None:
        """Refuse the file when there was a secret in it."""
        if self._found:
            raise Exposed(self._where, self._found)

    def _look(self, content: bytes) -> None:
        if self._search is None or len(self._found) >= _MOST:
            return
        self._looked_bytes += len(content)
        if self._looked_bytes > _LIMIT_LOOKED_BYTES:
            raise Refused(
                "too-many-lookalikes",
                f"Too much of the file looks like tokens of this repository, which begin with {self._mark.decode()}; "
                "leave that out.",
                principle="AUTHZ-3.2",
            )
        found = self._search.fingerprints_in(content)[:_MOST]
        if found and not self._found:
            # A member may be named by the very token.
            self._where = self._path.split(self._mark_text)[0][:_SHOWN_CHARACTERS] or "the name of a member"
        self._found.update(dict.fromkeys(found))
