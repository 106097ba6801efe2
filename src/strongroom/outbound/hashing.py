"""Hashing passwords in a few threads of their own, which give way to everything else.

A hash takes a tenth of a second and 64 MiB on purpose. A storm of sign-ins must cost those who sign in, and nobody who
reads the index.

Principles: AUTHN-1.5
"""

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from strongroom.authn.passwords import Argon2, Hashing
from strongroom.kernel.secrets import Secret

#: Of nice(2): beside a thread that reads the index, one that hashes gets a tenth of the processor.
_NICENESS: Final = 10


class HashingPool:
    """The `Hashing` of a server: half of the processors at most, at a low priority."""

    def __init__(self, hashing: Hashing | None = None) -> None:
        self._hashing: Final = hashing or Argon2()
        at_once = max(1, (os.cpu_count() or 1) // 2)
        self._threads: Final = ThreadPoolExecutor(at_once, "hashing", initializer=_give_way)

    def hash(self, password: Secret) -> str:
        """Return the string to keep."""
        return self._threads.submit(self._hashing.hash, password).result()

    def matches(self, kept: str, password: Secret) -> bool:
        """Report whether `kept` was made from this password; for `kept` "" False, after as long a time."""
        return self._threads.submit(self._hashing.matches, kept, password).result()

    def is_dated(self, kept: str) -> bool:
        """Report whether `kept` should be made anew."""
        return self._hashing.is_dated(kept)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True)


def _give_way() -> None:
    # On Linux a thread has a priority of its own, and its number is taken for a process's.
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
