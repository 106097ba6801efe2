"""A mailbox that is a folder: a repository that has no relay keeps its letters there, a file for each.

Principles: AUTHN-1.1, AUTHN-1.4
"""

import os
import threading
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path
from typing import Final

from strongroom.assess.mailbox import LIMIT_MESSAGE_BYTES, LIMIT_MESSAGES, read_mail
from strongroom.assess.stage import Message

OUTBOX: Final = "outbox"
"""Where a repository keeps its letters, below its data folder."""

_LIMIT_ENTRIES: Final = 20_000

_Seen = tuple[int, int]
"""What tells that a file is not what it was: its size in bytes, and when it was changed last, in nanoseconds."""


class OutboxMailbox:
    """The letters (`*.eml`, RFC 5322) that a repository writes to a folder from now on; those before are nobody's here.

    A letter longer than a mebibyte, one more than two thousand, and what is no file of its own are left alone.
    `domain` is what the addresses of the run's people end in.
    """

    def __init__(self, folder: Path, domain: str = "strongroom-probe.invalid") -> None:
        self.domain = domain
        self._folder: Final = folder
        self._before: Final = frozenset(name for name, _ in self._listed())
        self._arrived: Final[dict[str, tuple[_Seen, list[Message]]]] = {}
        self._lock: Final = threading.Lock()

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address, the oldest first; addresses differ by no letter's case."""
        with self._lock:
            self._look()
            return [each for _, found in self._arrived.values() for each in found if each.to == address.lower()]

    def _look(self) -> None:
        for name, seen in sorted(self._listed(), key=lambda each: (each[1][1], each[0])):
            known = self._arrived.get(name)
            if name in self._before or (known and known[0] == seen):
                continue
            if known is None and len(self._arrived) >= LIMIT_MESSAGES:
                break
            # A dictionary keeps the order in which letters were seen first: a count of them stays true.
            self._arrived[name] = seen, _letter(self._folder / name)

    def _listed(self) -> list[tuple[str, _Seen]]:
        found: list[tuple[str, _Seen]] = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".eml") and entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        found.append((entry.name, (state.st_size, state.st_mtime_ns)))
                    if len(found) >= _LIMIT_ENTRIES:
                        break
        except FileNotFoundError:
            return found  # taken away while we looked
        return found


def _letter(path: Path) -> list[Message]:
    """Return a letter once for each of its recipients; nothing when it cannot be read or is too long."""
    try:
        # What was a file a moment ago may be a link, or a pipe that never ends, by now.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(LIMIT_MESSAGE_BYTES + 1)
    if len(content) > LIMIT_MESSAGE_BYTES:
        return []
    head = message_from_bytes(content)
    recipients = getaddresses([str(each) for name in ("to", "cc") for each in head.get_all(name, [])])
    subject, text = read_mail(content)
    return [Message(address.lower(), subject, text) for _, address in recipients if address]
