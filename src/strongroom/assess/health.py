"""The guard of the target's health: a measurement that hurts what it measures is stopped.

Principles: none
"""

import threading
import time
from collections.abc import Callable
from statistics import median

_ENOUGH = 50
_WORST_SHARE = 0.02
_WORST_FACTOR = 3.0
_WORST_SECONDS = 2.0
_SILENT_IN_A_ROW = 5


class SafetyAbort(Exception):
    """The target is no longer well; nothing more is sent to it but what cleans up."""


class TargetLost(Exception):
    """The target answers no more, so the measurement ends here, incomplete."""


class Health:
    """Watches answers and pace.

    Raises TargetLost when five requests in a row got no answer; one that only looks is also ended by five errors of the
    server in a row, and by being asked for fewer requests. An `active` measurement raises SafetyAbort when more
    than 2 % of at least 50 answers were server errors, when answers take three times as long as at first (and more
    than two seconds), or when 429 comes where nothing was tried that should be refused.
    """

    def __init__(
        self,
        *,
        active: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._active = active
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._answers = 0
        self._errors = 0
        self._silent = 0
        self._seconds: list[float] = []
        self._next_at = 0.0
        self.cleaning = False

    def wait(self, pace_seconds: float) -> None:
        """Wait until the next request may be sent: no two start within `pace_seconds` of each other."""
        with self._lock:
            now = self._clock()
            at = max(now, self._next_at)
            self._next_at = at + pace_seconds
        if at > now:
            self._sleep(at - now)

    def saw(self, status: int | None, seconds: float, *, expects_refusals: bool = False) -> None:
        """Count one answer; None is no answer. While cleaning up, nothing is raised."""
        with self._lock:
            self._answers += 1
            self._errors += status is not None and status >= 500
            self._silent = self._in_a_row(status, expects_refusals)
            self._seconds.append(seconds)
            complaint = self._complaint(status, expects_refusals) if self._active else ""
        if self.cleaning:
            return
        if self._silent >= _SILENT_IN_A_ROW:
            raise TargetLost(f"{_SILENT_IN_A_ROW} requests in a row got no answer, or none but an error of the target")
        if complaint:
            raise SafetyAbort(complaint)

    def _in_a_row(self, status: int | None, expects_refusals: bool) -> int:
        if status is None or (not self._active and (status >= 500 or (status == 429 and not expects_refusals))):
            return self._silent + 1
        return self._silent if status == 429 and not self._active else 0

    def _complaint(self, status: int | None, expects_refusals: bool) -> str:
        if status == 429 and not expects_refusals:
            return "the target asks for fewer requests (429) where nothing was tried that it should limit"
        if self._answers >= _ENOUGH and self._errors > _WORST_SHARE * self._answers:
            return f"{self._errors} of {self._answers} answers were server errors"
        recent, first = self._seconds[-20:], self._seconds[:20]
        if self._answers >= _ENOUGH and median(recent) > max(_WORST_SECONDS, _WORST_FACTOR * median(first)):
            return "answers take three times as long as at first"
        return ""
