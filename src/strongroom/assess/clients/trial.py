"""Trying clients by themselves, without any repository: each alone, on every probe of the CLI track.

Principles: CLI-1.1, CLI-2.1, CLI-3.1, CLI-3.2, CLI-3.3
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from strongroom.assess.clients.bench import Client
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.health import Health
from strongroom.assess.journal import Journal
from strongroom.assess.probing import Finding, Outcome, Probe
from strongroom.assess.run import Clocks, asked
from strongroom.assess.stage import Chance, Stage
from strongroom.assess.wire import Redactor, Transcript, Wire


class Nowhere:
    """No target at all."""

    title = "nowhere"

    def can(self, op: Op) -> bool:
        """Report that nothing can be asked of nowhere."""
        return False

    def lacks(self, op: Op) -> str:
        """Return nothing: nothing is documented of nowhere."""
        return ""

    def perform(self, op: Op, **given: Any) -> Answer:
        """Refuse, with KeyError: nothing can be asked of nowhere."""
        raise KeyError(op)


@dataclass(frozen=True, slots=True)
class OneClient:
    """The clients of a trial: one."""

    client: Client

    def here(self) -> list[Client]:
        """Return the one client."""
        return [self.client]


def trials(
    clients: Iterable[Client], probes: Sequence[Probe], clocks: Clocks, chance: Chance
) -> Iterator[tuple[Client, Finding]]:
    """Yield what each probe of the CLI track finds of each client, as it is found."""
    for client in clients:
        for probe in probes:
            if probe.clause.startswith("CLI-"):
                yield client, asked(probe, _stage(client, clocks, chance), clocks)


def _stage(client: Client, clocks: Clocks, chance: Chance) -> Stage:
    wire = Wire(httpx2.Client(), "http://nowhere.invalid/", Transcript(Redactor()), Health())
    return Stage(
        target=Nowhere(), base="", wire=wire, prefix="srprobe", journal=Journal(), chance=chance, sleep=clocks.sleep,
        clock=clocks.seconds, tools={"clients": OneClient(client)},
    )  # fmt: skip


def table(found: Mapping[str, Sequence[Finding]]) -> str:
    """Return the findings as a table for a terminal: a row for each clause, a column for each client."""
    clauses = sorted({each.clause for findings in found.values() for each in findings})
    width = max([10, *map(len, found)]) + 2
    lines = ["clause".ljust(10) + "".join(name.ljust(width) for name in found)]
    for clause in clauses:
        cells = [_outcome(findings, clause).ljust(width) for findings in found.values()]
        lines.append(clause.ljust(10) + "".join(cells).rstrip())
    for name, findings in found.items():
        wanting = [f for f in findings if f.outcome is not Outcome.MET]
        lines += ["", *(f"{name}, {each.clause}: {_own_words(each, name)}" for each in wanting)]
    return "\n".join(lines) + "\n"


def plain(found: Mapping[str, Sequence[Finding]]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the findings as plain values: for each client and clause the outcome and what was seen."""
    return {
        name: {f.clause: {"outcome": f.outcome.value, "saw": _own_words(f, name)} for f in findings}
        for name, findings in found.items()
    }


def _outcome(findings: Sequence[Finding], clause: str) -> str:
    return next((each.outcome.value for each in findings if each.clause == clause), "")


def _own_words(finding: Finding, name: str) -> str:
    return " ".join(finding.saw.removeprefix(f"{name}: ").split())
