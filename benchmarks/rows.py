"""What is asked of every server, and how one run of one server goes.

Principles: none
"""

import re
import time
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin

from benchmarks import wheels
from benchmarks.load import Load, load
from benchmarks.machine import memory_mb
from benchmarks.peers import Server
from benchmarks.uploads import Published, publish

HTML, JSON = "text/html", "application/vnd.pypi.simple.v1+json"
#: The share of the machine that others may use in a measurement that counts.
DISTURBED = 0.1
LONGEST_PAGE_BYTES = 64 * 1024 * 1024

#: Each row's key and what it is called. The first eight are loaded with wrk, the others have a way of their own.
LOADED = {
    "small-html": "project page, 5 files, HTML",
    "small-json": "project page, 5 files, JSON",
    "not-modified": "the same page, not modified (304)",
    "many-html": "project page, many files, HTML",
    "many-json": "project page, many files, JSON",
    "root-html": "list of all projects, HTML",
    "root-json": "list of all projects, JSON",
    "file": "a wheel of 100 kB",
}
PUBLISHED = {"publish-1": "publish, one connection", "publish-8": "publish, eight connections"}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often things are measured."""

    seconds: int
    rounds: int
    publish_seconds: int
    projects: int
    many: int


FULL = Effort(seconds=5, rounds=3, publish_seconds=8, projects=2000, many=1000)
QUICK = Effort(seconds=1, rounds=1, publish_seconds=3, projects=100, many=100)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its status, its type, its validator and its bytes."""

    status: int
    type: str
    etag: str
    body: bytes


def get(url: str, accept: str) -> Page:
    """Return what `url` answers; URLError when it answers with an error."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=120) as answer:
        told = answer.headers
        body = answer.read(LONGEST_PAGE_BYTES)
        return Page(answer.status, told.get("Content-Type", ""), told.get("ETag", ""), body)


def path_of(row: str) -> str:
    """Return which page under the simple root a row loads."""
    if row.startswith("root"):
        return ""
    return f"{wheels.PROJECT_WITH_MANY if row.startswith('many') else wheels.project_name(42)}/"


def target(server: Server, row: str) -> tuple[str, dict[str, str]] | str:
    """Return the address and headers of a row, or in words why this server cannot be asked."""
    if row == "file":
        listing = get(f"{server.simple}{wheels.PROJECT_WITH_LARGE}/", HTML)
        link = re.search(rb'href="([^"#]*\.whl)', listing.body)
        return (urljoin(f"{server.simple}x/", link[1].decode()), {}) if link else "the file is not listed"
    accept = JSON if row.endswith("json") else HTML
    url = server.simple + path_of(row)
    page = get(url, accept)
    if accept == JSON and "json" not in page.type:
        return "not served"
    if row == "not-modified":
        return (url, {"Accept": accept, "If-None-Match": page.etag}) if page.etag else "no validator sent"
    return url, {"Accept": accept}


def measure(server: Server, rows: list[str], effort: Effort, batch: int) -> dict[str, Any]:
    """Start a server, ask it everything once, stop it; return the figures by row."""
    found: dict[str, Any] = {"cold-start": server.start()}
    try:
        time.sleep(1.5)
        found["idle"] = memory_mb(server.pids)
        for row in LOADED:
            if row in rows:
                found[row] = loaded(server, row, effort)
        for row, at_once in (("publish-1", 1), ("publish-8", 8)):
            if row in rows and server.takes_uploads:
                found[row] = published(server, at_once, effort, batch)
        found["busy"] = memory_mb(server.pids)
    finally:
        server.stop()
    return found


def loaded(server: Server, row: str, effort: Effort) -> dict[str, Any]:
    """Load one row after a second of warming up; a row that the server cannot serve says so.

    One that other programs disturbed is loaded again, up to three times, and the quietest is kept.
    """
    where = target(server, row)
    if isinstance(where, str):
        return {"absent": where}
    url, headers = where
    load(url, headers, seconds=1, pids=server.pids)
    tries: list[Load] = []
    while len(tries) < 3 and not any(each.others <= DISTURBED for each in tries):
        tries.append(load(url, headers, seconds=effort.seconds, pids=server.pids))
    return asdict(min(tries, key=lambda each: each.others))


def published(server: Server, at_once: int, effort: Effort, batch: int) -> dict[str, Any]:
    """Publish new versions of different projects for some seconds."""
    names = [wheels.project_name(number) for number in range(effort.projects)]
    fresh = (wheels.wheel(names[n % len(names)], f"2.{batch}.{at_once}{n:05}") for n in range(2400))
    return figures(publish(fresh, server.endpoint(), at_once=at_once, limit_seconds=effort.publish_seconds))


def figures(result: Published) -> dict[str, Any]:
    """Return the figures of one batch, with the first answers that were no yes."""
    return {
        "per_second": result.per_second,
        "p50_ms": result.percentile_ms(0.5),
        "p99_ms": result.percentile_ms(0.99),
        "bad": len(result.refused),
        "answers": result.refused[:3],
    }
