"""Of several who ask for the same page that nobody has made yet, one makes it.

Principles: none
"""

import asyncio

import pytest

from strongroom.web.turns import Turns


def test_one_at_a_time_for_one_topic_and_nobody_waits_for_another() -> None:
    turns, order = Turns(), list[str]()

    async def work(topic: str, name: str, seconds: float) -> None:
        async with turns.of(topic):
            order.append(f"+{name}")
            await asyncio.sleep(seconds)
            order.append(f"-{name}")

    async def main() -> None:
        await asyncio.gather(work("a", "1", 0.03), work("a", "2", 0.0), work("b", "3", 0.0))

    asyncio.run(main())
    assert order.index("-1") < order.index("+2")
    assert order.index("+3") < order.index("-1")
    assert len(turns) == 0


def test_a_turn_that_fails_or_is_given_up_is_passed_on() -> None:
    turns = Turns()

    async def main() -> str:
        with pytest.raises(RuntimeError):
            async with turns.of("a"):
                raise RuntimeError
        async with turns.of("a"):
            waiting = asyncio.create_task(_take(turns))
            await asyncio.sleep(0)
            waiting.cancel()
        async with turns.of("a"):
            return "had it"

    assert asyncio.run(main()) == "had it"
    assert len(turns) == 0


async def _take(turns: Turns) -> None:
    async with turns.of("a"):
        pass
