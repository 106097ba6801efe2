"""Uploads that wait for a second person: kept, shown to nobody who installs, published when somebody else approves.

Principles: AUTHZ-2.1
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from strongroom.formats import Offered
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused

if TYPE_CHECKING:
    from strongroom.packages.ports import Books

#: How long an upload waits; then it is forgotten, and its file name is free again.
HOLD_LIFE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Held:
    """An upload that waits. `uploader` is who sent it, as events name them, by the token `token`.

    `started_by`: who started the build that sent it, as its issuer calls them; "" when no build did, or it is not said.
    """

    project: ProjectName
    version: str
    offered: Offered
    uploader: str
    token: str
    uploaded: datetime
    expires: datetime
    metadata_sha256: Sha256
    started_by: str = ""


class HoldBook(Protocol):
    """Uploads that wait, inside one open transaction."""

    def add_held(self, held: Held) -> None:
        """Keep an upload that waits."""

    def held(self, filename: str) -> Held | None:
        """Return the upload of this file that waits, also one whose time is over, or None."""

    def held_of(self, name: ProjectName) -> Sequence[Held]:
        """Return what waits in the project, oldest first."""

    def held_before(self, moment: datetime) -> Sequence[Held]:
        """Return what has waited past its time."""

    def remove_held(self, filename: str) -> None:
        """Forget an upload that waits."""

    def all_held(self) -> Sequence[Held]:
        """Return everything that waits."""


def require_not_waiting(waiting: Held | None, digest: Sha256) -> bool:
    """Report whether nothing waits under the name; False when these very bytes do. Refuse when others do."""
    if waiting is None:
        return True
    if waiting.offered.digests.sha256 != digest:
        raise Refused(
            "waits-already",
            f"Another {waiting.offered.filename} waits until a second person approves of it. Decline that one first.",
            principle="AUTHZ-2.1",
        )
    return False


def hold(books: "Books", held: Held) -> None:
    """Keep an upload until a second person approves, and say so to those who can; in the open transaction."""
    books.holds.add_held(held)
    digests = held.offered.digests
    detail = {"sha256": digests.sha256.hex, "size": held.offered.size_bytes, "token": held.token}
    what = Happening(
        Event.FILE_HELD, held.uploader, str(held.project), held.version, held.offered.filename, detail
    )  # fmt: skip
    books.events.record([what], held.uploaded)
