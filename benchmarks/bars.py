"""The bars that Strongroom holds itself to, each a ratio to a peer or a plain limit.

Principles: none
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.rows import LOADED, PUBLISHED

PAGES = ("small-html", "small-json", "many-html", "many-json")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is about, the figure, the limit. `at_least` tells on which side of the limit is good."""

    about: str
    figure: float | None
    limit: float
    at_least: bool
    unit: str = "×"

    @property
    def verdict(self) -> str:
        """Return pass or missed, and neither when there is no figure."""
        if self.figure is None:
            return "not measured"
        return "pass" if (self.figure >= self.limit) == self.at_least or self.figure == self.limit else "MISSED"

    def row(self) -> str:
        """Return the bar as a row of a Markdown table."""
        figure = "—" if self.figure is None else f"{self.figure:,.3g} {self.unit}"
        sign = "≥" if self.at_least else "≤"
        return f"| {self.about} | {figure} | {sign} {self.limit:g} {self.unit} | {self.verdict} |"


def per_second(results: dict[str, Any], server: str, row: str) -> float | None:
    """Return the median rate of a row over all rounds; None when the server was not asked, or does not serve it."""
    rounds = results["servers"].get(server, {}).get("rounds", [])
    rates = [each[row]["per_second"] for each in rounds if row in each and "per_second" in each[row]]
    return median(rates) if rates else None


def middle(results: dict[str, Any], server: str, figure: Callable[[dict[str, Any]], float]) -> float | None:
    """Return the median of a figure of each round; None when the server was not measured."""
    rounds = results["servers"].get(server, {}).get("rounds", [])
    return median(map(figure, rounds)) if rounds else None


def ratio(results: dict[str, Any], row: str, server: str, peer: str) -> float | None:
    """Return how many times as fast `server` is as `peer`; None unless both were measured."""
    ours, theirs = per_second(results, server, row), per_second(results, peer, row)
    return ours / theirs if ours is not None and theirs else None


def bars(results: dict[str, Any]) -> Iterator[Bar]:
    """Yield every bar with its figure."""

    def against(peer: str, row: str, limit: float, server: str = "strongroom") -> Bar:
        titles = LOADED | PUBLISHED
        return Bar(f"{server} : {peer}, {titles[row]}", ratio(results, row, server, peer), limit, at_least=True)

    yield from (against("nginx", row, 0.25) for row in ("small-html", "small-json", "not-modified"))
    yield against("nginx", "file", 0.15)
    # The shipped configuration keeps no file cache, since a page must never be stale: compared with nginx run alike.
    yield from (against("nginx, no file cache", row, 0.9, "strongroom+nginx") for row in LOADED)
    yield from (against("devpi", row, 30) for row in PAGES)
    yield from (against("pypiserver", row, 100) for row in PAGES if not row.endswith("json"))
    yield from (against(peer, "file", 3) for peer in ("devpi", "pypiserver"))
    yield from (against("devpi", row, 1.2) for row in PUBLISHED)
    yield from (against("pypiserver", row, 5) for row in PUBLISHED)
    yield from costs(results)
    yield from growth(results.get("scale", []))


def costs(results: dict[str, Any]) -> Iterator[Bar]:
    """Yield the bars of what Strongroom costs when it stands alone."""
    ours = results["servers"].get("strongroom", {})
    bad = [each[row].get("bad", 0) for each in ours.get("rounds", []) for row in LOADED | PUBLISHED if row in each]
    yield Bar("answers that were an error", float(sum(bad)) if bad else None, 0, False, "")
    yield Bar("cold start", middle(results, "strongroom", lambda each: float(each["cold-start"])), 1.5, False, "s")
    yield Bar(
        "memory, idle (PSS)", middle(results, "strongroom", lambda each: float(each["idle"]["pss"])), 160, False, "MB"
    )
    yield Bar("database, a file", ours.get("database_bytes_per_file"), 5000, False, "bytes")
    yield Bar("`strongroom --help`", results.get("help_seconds"), 0.2, False, "s")


def growth(steps: list[dict[str, Any]]) -> Iterator[Bar]:
    """Yield the bars of what more projects cost; nothing when only one size was measured."""
    by_size = {step["projects"]: step for step in steps}
    for small, large in ((2_000, 20_000), (2_000, 200_000)):
        if small in by_size and large in by_size:
            first, last = by_size[small], by_size[large]
            pages = first["small-html"]["per_second"] / last["small-html"]["per_second"]
            rates = last["publish-8"]["per_second"] / first["publish-8"]["per_second"]
            yield Bar(f"project page, {small:,} : {large:,} projects", pages, 1.2, at_least=False)
            yield Bar(f"publishing, {large:,} : {small:,} projects", rates, 0.9, at_least=True)
