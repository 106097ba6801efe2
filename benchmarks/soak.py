"""Publish and read for some minutes, then ask: did an answer fail, did memory grow, is every file still right?

Principles: none
"""

import argparse
import hashlib
import re
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urljoin

from benchmarks import wheels
from benchmarks.machine import memory_mb
from benchmarks.peers import CACHE
from benchmarks.peers.strongroom import Strongroom
from benchmarks.rows import HTML, get
from benchmarks.uploads import publish

READERS = 2
BATCH = 50
WARM_SECONDS = 30
MOST_GROWTH_MB = 30.0


@dataclass
class Watch:
    """What was seen: reads, failed reads, and the memory of the server by second since the start."""

    reads: int = 0
    failures: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def growth_mb(self) -> float:
        """Return how much the last quarter's smallest figure is above the smallest of the quarter after warming up."""
        warm = [mb for seconds, mb in self.memory if seconds >= WARM_SECONDS] or [mb for _, mb in self.memory]
        quarter = max(1, len(warm) // 4)
        return min(warm[-quarter:]) - min(warm[:quarter])


def read(server: Strongroom, projects: int, watch: Watch, done: threading.Event) -> None:
    """Read pages and files, and compare each file with what was made, until `done`."""
    number = 0
    while not done.is_set():
        number = (number + 7) % projects
        made = next(wheels.small_set(1, first=number))
        try:
            page = get(f"{server.simple}{made.project}/", HTML)
            link = re.search(rb'href="([^"#]*/' + re.escape(made.filename.encode()) + rb')["#]', page.body)
            if link is None:
                raise ValueError(f"{made.filename} is not listed")
            url = urljoin(f"{server.simple}{made.project}/", link[1].decode())
            with urllib.request.urlopen(url, timeout=60) as answer:
                if hashlib.sha256(answer.read(1_000_000)).digest() != hashlib.sha256(made.content).digest():
                    watch.failures.append(f"{made.filename} came back as other bytes")
            watch.reads += 1
        except (OSError, ValueError) as broken:
            watch.failures.append(repr(broken))


def main() -> int:
    """Soak for the minutes asked for; return 1 when something failed or memory grew."""
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    seconds = parser.parse_args().minutes * 60
    server, watch, done, projects = Strongroom(CACHE / "soak", 8478), Watch(), threading.Event(), 100
    server.folder.parent.mkdir(parents=True, exist_ok=True)
    server.prepare()
    server.start()
    began, published, refused = time.monotonic(), 0, []
    try:
        publish(wheels.small_set(projects, versions=1), server.endpoint(), at_once=4, limit_seconds=300)
        readers = [threading.Thread(target=read, args=(server, projects, watch, done)) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        number = 0
        while (elapsed := time.monotonic() - began) < seconds:
            batch = [wheels.wheel(wheels.project_name(n % projects), f"2.0.{n}") for n in range(number, number + BATCH)]
            result = publish(batch, server.endpoint(), at_once=4, limit_seconds=60)
            number, published = number + BATCH, published + len(result.seconds)
            refused += result.refused
            watch.memory.append((elapsed, memory_mb(server.pids)["pss"]))
        done.set()
        for reader in readers:
            reader.join()
    finally:
        done.set()
        server.stop()
    grown = watch.growth_mb()
    print(f"{published} files published, {watch.reads} read back whole, in {seconds / 60:.0f} minutes")
    print(f"memory {watch.memory[0][1]:.0f} MB, then {watch.memory[-1][1]:.0f} MB: {grown:+.1f} MB after warming up")
    print(*refused[:5], *watch.failures[:5], sep="\n")
    failed = bool(refused or watch.failures or grown > MOST_GROWTH_MB)
    print("the soak found something" if failed else "nothing failed, nothing grew")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
