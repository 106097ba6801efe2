"""Write what was measured as docs/benchmarks.md.

Principles: none
"""

from statistics import median
from typing import Any

from benchmarks.bars import bars, middle, per_second
from benchmarks.rows import DISTURBED, LOADED, PUBLISHED

HEAD = """# Benchmarks

`./run bench` measures Strongroom and its peers on one machine and writes this page. The figures are of the machine
below; the ratios are what to compare. Each server ran alone, rounds in turn ({rounds}); every figure is the median of
the rounds. Pages and files: `wrk -t2 -c32` for {seconds} s after 1 s of warming up, on the same cores as the server.
Publishing: wheels of 1.1 kB as twine sends them, over connections kept open. Each server held {projects:,} projects of
5 wheels, one project of {many:,}, and one wheel of 100 kB. nginx serves the same pages from disk: it is the most that
the machine can do.
"""


def document(results: dict[str, Any]) -> str:
    """Return the page: the machine, the bars, the figures, what was seen besides."""
    sections = [
        HEAD.format(**results["effort"]),
        machine(results),
        verdicts(results),
        rates(results),
        latencies(results),
    ]
    return "\n".join([*sections, costs(results), growth(results)]).rstrip() + "\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def machine(results: dict[str, Any]) -> str:
    """Return what the figures were measured on, and with which versions."""
    told = results["machine"] | {name: each["version"] for name, each in results["servers"].items()}
    return f"Measured {results['when']}.\n\n" + table(["", ""], [[name, value] for name, value in told.items()])


def verdicts(results: dict[str, Any]) -> str:
    """Return every bar with its verdict, and how many were passed."""
    all_bars = list(bars(results))
    told = [each.verdict for each in all_bars]
    summary = f"{told.count('pass')} passed, {told.count('MISSED')} missed, {told.count('not measured')} not measured."
    head = "| Bar | Measured | Limit | |\n|---|---|---|---|\n"
    return f"## The bars\n\n{summary}\n\n{head}" + "\n".join(each.row() for each in all_bars) + "\n"


def rates(results: dict[str, Any]) -> str:
    """Return requests a second, a row a question, a column a server."""
    names = list(results["servers"])
    rows = []
    for row, title in (LOADED | PUBLISHED).items():
        cells = []
        for name in names:
            rate = per_second(results, name, row)
            rounds = [each[row] for each in results["servers"][name]["rounds"] if row in each]
            why = rounds[0].get("absent", "—") if rounds else "—"
            mark = " †" if rounds and median(each.get("others", 0) for each in rounds) > DISTURBED else ""
            cells.append(why if rate is None else f"{rate:,.{0 if rate >= 100 else 1}f}{mark}")
        rows.append([title, *cells])
    note = f"† other programs used more than {DISTURBED:.0%} of the machine meanwhile.\n"
    return (
        "## Answers a second\n\n" + table(["", *names], rows) + (note if any("†" in c for r in rows for c in r) else "")
    )


def latencies(results: dict[str, Any]) -> str:
    """Return the middle and the slowest hundredth of the answers' times, in milliseconds."""
    names = list(results["servers"])
    rows = []
    for row, title in (LOADED | PUBLISHED).items():
        cells = [title]
        for name in names:
            rounds = [each[row] for each in results["servers"][name]["rounds"] if "p50_ms" in each.get(row, {})]
            middles = [median(each[key] for each in rounds) if rounds else None for key in ("p50_ms", "p99_ms")]
            cells.append(
                " / ".join(f"{value:,.2g}" if value < 10 else f"{value:,.0f}" for value in middles if value is not None)
                or "—"
            )
        rows.append(cells)
    return "## Milliseconds until an answer: half of them, all but one in a hundred\n\n" + table(["", *names], rows)


def costs(results: dict[str, Any]) -> str:
    """Return what each server costs beside time: start, memory, disk, errors."""
    rows = []
    for name, each in results["servers"].items():
        start = middle(results, name, lambda r: float(r["cold-start"])) or 0
        idle, busy = (middle(results, name, lambda r, k=key: float(r[k]["pss"])) or 0 for key in ("idle", "busy"))  # type: ignore[misc]
        bad = sum(r[row].get("bad", 0) for r in each["rounds"] for row in LOADED | PUBLISHED if row in r)
        disk = each.get("database_bytes_per_file")
        rows.append(
            [
                name,
                f"{start:.2f} s",
                f"{idle:.0f} MB",
                f"{busy:.0f} MB",
                f"{disk:,.0f} bytes" if disk else "—",
                str(bad),
                each["fill"],
            ]
        )
    head = ["", "cold start", "memory idle (PSS)", "after load", "database, a file", "errors", "filling"]
    return "## Costs\n\n" + table(head, rows)


def growth(results: dict[str, Any]) -> str:
    """Return Strongroom alone at growing sizes; nothing when that was not measured."""
    steps = results.get("scale", [])
    if not steps:
        return ""
    rows = [
        [
            f"{step['projects']:,}",
            *(f"{step[row]['per_second']:,.0f}" for row in ("small-html", "file", "root-json", "publish-8")),
            f"{step['filling_per_second']:,.0f}",
            f"{step['idle']['pss']:.0f} MB",
            f"{step['cold-start']:.2f} s",
            f"{step['database_bytes_per_file']:,.0f}",
        ]
        for step in steps
    ]
    head = [
        "projects",
        "page/s",
        "100 kB file/s",
        "root JSON/s",
        "publish by 8 /s",
        "filling /s",
        "memory idle",
        "cold start",
        "database bytes a file",
    ]
    return "## Growth, Strongroom alone\n\n" + table(head, rows)
