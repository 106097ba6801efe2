"""Turns: of several readers who ask for the same page that nobody has made yet, one makes it and the others wait.

Principles: none
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted_by: int = 0


class Turns:
    """One turn at a time for each topic, within one event loop; nothing is kept of a topic that nobody waits for."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def of(self, topic: str) -> AsyncIterator[None]:
        """Wait for the turn of a topic, and hold it."""
        turn = self._turns.setdefault(topic, _Turn())
        turn.wanted_by += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted_by -= 1
            if not turn.wanted_by:
                del self._turns[topic]

    def __len__(self) -> int:
        return len(self._turns)
