"""Measure, keep the figures in .cache/bench/results.json, write docs/benchmarks.md.

Principles: none
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import machine, report, wheels
from benchmarks.bars import bars
from benchmarks.growth import grow
from benchmarks.peers import CACHE, Server
from benchmarks.peers.devpi import Devpi
from benchmarks.peers.nginx import Nginx
from benchmarks.peers.pypiserver import Pypiserver
from benchmarks.peers.strongroom import PROGRAM, Strongroom, StrongroomBehindNginx
from benchmarks.rows import FULL, HTML, JSON, LOADED, PUBLISHED, QUICK, Effort, get, measure, path_of

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def file_set(effort: Effort) -> Iterator[wheels.Wheel]:
    """Yield the files that every server holds."""
    yield from wheels.small_set(effort.projects)
    yield from wheels.many_files(effort.many)
    yield wheels.large_file()


def file_count(effort: Effort) -> int:
    """Return how many files that is."""
    return effort.projects * 5 + effort.many + 1


def servers(folder: Path, chosen: list[str]) -> list[Server]:
    """Return the chosen servers; Strongroom first, since nginx then serves its very pages."""
    alone = Strongroom(folder / "strongroom", 8471)
    plain = Nginx(folder / "nginx", 8475)
    every: list[Server] = [
        alone,
        StrongroomBehindNginx(folder / "strongroom", 8471, 8472),
        plain,
        Nginx(folder / "nginx", 8476, with_file_cache=False),
        Devpi(folder / "devpi", 8473),
        Pypiserver(folder / "pypiserver", 8474),
    ]
    return [each for each in every if not chosen or each.name in chosen]


def filled(server: Server, effort: Effort) -> str:
    """Have the server hold the files, and say how they came there; one that holds them already is left alone."""
    note = server.folder / "filled"
    key = hashlib.sha256(repr((effort.projects, effort.many, next(wheels.small_set(1)))).encode()).hexdigest()
    if note.exists() and note.read_text().startswith(key) and not server.refill:
        return note.read_text().partition("\n")[2]
    print(f"filling {server.name}", flush=True)
    server.prepare()
    server.start()
    said = server.fill(file_set(effort))
    size = server.database_bytes()
    server.stop()
    print(f"  {said}", flush=True)
    note.write_text(f"{key}\n{json.dumps({'said': said.partition(chr(10))[0], 'database_bytes': size})}")
    return note.read_text().partition("\n")[2]


def lend_pages(source: Server, nginx: Nginx) -> None:
    """Have nginx serve the pages of `source`, byte for byte, so that both send the same."""
    source.start()
    for row in ("small", "many", "root"):
        path = path_of(row)
        nginx.replace_page(path, get(source.simple + path, HTML).body, get(source.simple + path, JSON).body)
    source.stop()


def help_seconds() -> float:
    """Return how long `strongroom --help` takes, the median of ten."""
    times = []
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run([PROGRAM, "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return median(times)


def run(effort: Effort, rows: list[str], chosen: list[Server]) -> dict[str, Any]:
    """Fill and measure the chosen servers, in turn, and return all figures."""
    results: dict[str, Any] = {
        "when": time.strftime("%Y-%m-%d"),
        "machine": machine.facts(),
        "effort": asdict(effort),
        "servers": {},
    }
    for server in chosen:
        told = json.loads(filled(server, effort))
        size = told["database_bytes"]
        results["servers"][server.name] = {
            "version": server.version(),
            "fill": told["said"],
            "database_bytes_per_file": None if size is None else size / file_count(effort),
            "rounds": [],
        }
    by_name = {each.name: each for each in chosen}
    if isinstance(nginx := by_name.get("nginx"), Nginx) and "strongroom" in by_name:
        lend_pages(by_name["strongroom"], nginx)
    for number in range(effort.rounds):
        for server in chosen:
            print(f"round {number + 1}: {server.name}", flush=True)
            found = measure(server, rows, effort, batch=int(time.time()))
            results["servers"][server.name]["rounds"].append(found)
            print("  " + summary(found), flush=True)
    if "strongroom" in by_name:
        results["help_seconds"] = help_seconds()
    return results


def summary(found: dict[str, Any]) -> str:
    """Return one round of one server in a line."""
    rates = (
        f"{row} {each['per_second']:,.0f}"
        for row, each in found.items()
        if isinstance(each, dict) and "per_second" in each
    )
    return f"start {found['cold-start']:.2f} s, {found['idle']['pss']:.0f} MB, " + ", ".join(rates)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round on a small set; writes no page")
    parser.add_argument(
        "--only", action="append", metavar="ROW", choices=[*LOADED, *PUBLISHED], help="only this row; may be repeated"
    )
    parser.add_argument(
        "--server", action="append", default=[], metavar="NAME", help="only this server; may be repeated"
    )
    parser.add_argument("--scale-projects", default="", metavar="N,N,…", help="then Strongroom alone at these sizes")
    parser.add_argument("--rounds", type=int, metavar="N", help="instead of three")
    parser.add_argument("--report", action="store_true", help="write the page from the figures of last time")
    return parser.parse_args()


def main() -> int:
    """Measure what the command line asks for; return 1 when a bar is missed."""
    asked = arguments()
    effort, kept = QUICK if asked.quick else FULL, CACHE / ("quick.json" if asked.quick else "results.json")
    effort = replace(effort, rounds=asked.rounds) if asked.rounds else effort
    CACHE.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {"servers": {}}
    if not asked.report:
        rows = asked.only or [*LOADED, *PUBLISHED]
        fresh = run(effort, rows, servers(CACHE / ("quick" if asked.quick else "full"), asked.server))
        # A run of some servers leaves what is known of the others as it was.
        results = results | fresh | {"servers": results["servers"] | fresh["servers"]}
        if asked.scale_projects:
            sizes = [int(size) for size in asked.scale_projects.split(",")]
            results["scale"] = grow(Strongroom(CACHE / "scale", 8477), sizes, effort)
        kept.write_text(json.dumps(results, indent=1))
    text = report.document(results)
    if asked.quick or asked.only:
        print(text)
    else:
        PAGE.write_text(text)
        print(f"written: {PAGE}")
    missed = [each for each in bars(results) if each.verdict == "MISSED"]
    print(*(each.row() for each in missed), sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
