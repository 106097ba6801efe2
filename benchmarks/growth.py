"""Strongroom alone, at growing numbers of projects: what costs more because there is more?

Principles: none
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from benchmarks import wheels
from benchmarks.peers.strongroom import Strongroom
from benchmarks.rows import Effort, measure
from benchmarks.uploads import publish

ROWS = ["small-html", "file", "root-json", "publish-8"]
LONGEST_FILL_SECONDS = 2 * 3600
BATCH = 5_000


def grow(server: Strongroom, sizes: list[int], effort: Effort) -> list[dict[str, Any]]:
    """Publish up to each size by the real road, a wheel a project, and measure there."""
    server.prepare()
    steps: list[dict[str, Any]] = []
    there = 0
    for size in sizes:
        server.start()
        fresh = wheels.small_set(size - there, first=there, versions=1)
        rate = fill(server, fresh)
        if not there:
            publish([wheels.large_file()], server.endpoint(), at_once=1, limit_seconds=60)
        server.stop()
        there = size
        step = measure(server, ROWS, effort, batch=size)
        step |= {"projects": size, "filling_per_second": rate, "database_bytes_per_file": disk(server) / size}
        steps.append(step)
        print(f"{size:,} projects: filled at {rate:.0f}/s, page {step['small-html']['per_second']:,.0f}/s", flush=True)
    return steps


def disk(server: Strongroom) -> int:
    """Return the size of the database."""
    return server.database_bytes() or 0


def fill(server: Strongroom, fresh: Iterator[wheels.Wheel]) -> float:
    """Publish all, some thousands at a time, so that not every request is in memory at once; return files a second."""
    files, seconds = 0, 0.0
    while batch := list(islice(fresh, BATCH)):
        result = publish(batch, server.endpoint(), at_once=8, limit_seconds=LONGEST_FILL_SECONDS)
        if result.refused:
            raise RuntimeError(f"{len(result.refused)} files were refused, first: {result.refused[0]}")
        files, seconds = files + len(result.seconds), seconds + result.wall_seconds
    return files / seconds if seconds else 0.0
