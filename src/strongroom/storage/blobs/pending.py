"""Counting the uploads of the same bytes that are under way, so that one that fails takes nothing from the others.

Principles: GEN-2.1
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

from strongroom.kernel.digests import Sha256


class Pending:
    """How many uploads of each digest have put their bytes and are not in the books yet, in this process."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._count: Final[Counter[str]] = Counter()

    def begin(self, digest: Sha256) -> None:
        """Count one more. Before its bytes are put: whoever withdraws meanwhile then leaves them."""
        with self._lock:
            self._count[digest.hex] += 1

    def end(self, digest: Sha256, if_last: Callable[[], None]) -> None:
        """Count one less, and do `if_last` when no other is under way; none begins meanwhile."""
        with self._lock:
            self._count[digest.hex] -= 1
            if self._count[digest.hex] <= 0:
                del self._count[digest.hex]
                if_last()
