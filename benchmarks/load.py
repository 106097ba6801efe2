"""Load one address with wrk and read what it says.

Principles: none
"""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.machine import busy_seconds, cpu_seconds

THREADS = 2
CONNECTIONS = 32
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What a few seconds of load came to. `others` is the share of the machine that neither wrk nor the server used."""

    per_second: float
    p50_ms: float
    p99_ms: float
    bad: int
    server_ms: float
    others: float


def load(url: str, headers: dict[str, str], *, seconds: int, pids: list[int]) -> Load:
    """Load `url` with GET requests for `seconds`; `pids` are the server, whose processor time is told too."""
    if not (urlsplit(url).hostname or "").startswith("127."):
        raise ValueError(f"{url} is not on this machine")
    options = [f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    for name, value in headers.items():
        options += ["-H", f"{name}: {value}"]
    busy, server, children, began = busy_seconds(), cpu_seconds(pids), _children_seconds(), time.monotonic()
    run = subprocess.run(["wrk", *options, url], capture_output=True, text=True, timeout=seconds + 90, check=True)
    wall = time.monotonic() - began
    server = cpu_seconds(pids) - server
    others = busy_seconds() - busy - server - (_children_seconds() - children)
    requests = max(1, int(_number(r"(\d+) requests in", run.stdout)))
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", run.stdout)
    return Load(
        per_second=_number(r"Requests/sec:\s+([\d.]+)", run.stdout),
        p50_ms=_duration("50%", run.stdout),
        p99_ms=_duration("99%", run.stdout),
        bad=int(_number(r"Non-2xx or 3xx responses: (\d+)", run.stdout))
        + sum(map(int, errors.groups() if errors else ())),
        server_ms=round(server * 1000 / requests, 4),
        others=round(max(0.0, others) / (wall * (os.cpu_count() or 1)), 3),
    )


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _duration(percentile: str, text: str) -> float:
    found = re.search(rf"^\s+{percentile}\s+([\d.]+)(us|ms|s|m)$", text, re.MULTILINE)
    return round(float(found[1]) * _MILLISECONDS[found[2]], 3) if found else 0.0
