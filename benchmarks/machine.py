"""What the machine is, and what a process tree costs it, read from /proc.

Principles: none
"""

import os
import platform
import re
import subprocess
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, str]:
    """Return what a reader needs to judge the figures: processor, memory, system, and the versions of the tools."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return {
        "processor": f"{os.cpu_count()} × {model[1] if model else platform.machine()}",
        "memory": f"{int(memory[1]) / 1e6:.0f} GB" if memory else "unknown",
        "system": f"{system[1] if system else 'unknown'}, Linux {platform.release()}",
        "python": platform.python_version(),
        "wrk": _first_line("wrk", "--version"),
        "nginx": _first_line(nginx_path(), "-v"),
    }


def nginx_path() -> str:
    """Return nginx's path: Debian keeps it out of an ordinary user's search path."""
    return "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "nginx"


def _first_line(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True)
    return (run.stdout or run.stderr).partition("\n")[0].strip()


def family(pids: list[int]) -> list[int]:
    """Return `pids` and all processes that descend from them."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [*pids]
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting.extend(parents.get(each, []))
    return found


def memory_mb(pids: list[int]) -> dict[str, float]:
    """Return the resident (RSS) and the proportional (PSS) memory of process trees, in megabytes."""
    totals = {"rss": 0.0, "pss": 0.0}
    for each in family(pids):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        for name in totals:
            if found := re.search(rf"^{name}:\s*(\d+)", rollup, re.MULTILINE | re.IGNORECASE):
                totals[name] += int(found[1]) * 1024 / 1e6
    return {name: round(value, 1) for name, value in totals.items()}


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time that process trees have used."""
    total = 0
    for each in family(pids):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def busy_seconds() -> float:
    """Return the processor time that everything on the machine has used since it started."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS
