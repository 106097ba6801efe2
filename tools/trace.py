"""Follow each principle from its code to its refusals, its tests and its probe, and fail when a thread is broken.

    python -m tools.trace             check every thread
    python -m tools.trace AUTHN-2.3   show one
    python -m tools.trace --matrix    print all of them as a table
    python -m tools.trace --settle    take out of pending.txt what is no longer missing

What is not there yet is listed in pending.txt, a line for each principle and piece. That list only shrinks.

Principles: none
"""

import subprocess
import sys
from pathlib import Path

from tools.marks import ID, Kind, Mark, marks_in

from strongroom.principles.catalogue import clause, principle, principles

ROOT = Path(__file__).parents[1]
PENDING = "tools/pending.txt"
DEMANDED = (Kind.CODE, Kind.TEST, Kind.PROBE)

Threads = dict[str, dict[Kind, list[Mark]]]
Piece = tuple[str, str]  # a principle's id and a kind


def threads(marks: list[Mark]) -> Threads:
    """Return the marks of every principle by kind; a clause's marks are its principle's."""
    found: Threads = {each.id: {kind: [] for kind in Kind} for each in principles()}
    for mark in marks:
        if is_known(mark.id):
            found[ID.fullmatch(mark.id)[1]][mark.kind].append(mark)  # type: ignore[index]  # is_known has matched it
    return found


def is_known(id: str) -> bool:
    """Report whether the catalogue has this principle, or this clause."""
    try:
        return bool(clause(id) if id[-1:].isalpha() else principle(id))
    except KeyError:
        return False


def parse_pending(text: str) -> set[Piece]:
    """Return the pieces that a pending list names; ValueError when a line is no piece."""
    pieces = set()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            id, _, kind = line.partition(" ")
            if not is_known(id) or kind not in DEMANDED:
                raise ValueError(f"{PENDING}: {line!r} is no principle and one of {', '.join(DEMANDED)}")
            pieces.add((id, kind))
    return pieces


def loose_ends(marks: list[Mark], pending: set[Piece], earlier: set[Piece] | None) -> list[str]:
    """Return every broken thread as a sentence; `earlier` is what was pending before, None when nobody knows."""
    missing = {(id, kind) for id, kinds in threads(marks).items() for kind in DEMANDED if not kinds[kind]}
    ends = [f"{m.path}:{m.line}: there is no principle {m.id}" for m in marks if not is_known(m.id)]
    ends += [f"{id} has no {kind}" for id, kind in sorted(missing - pending)]
    ends += [f"{id} has its {kind} now: settle it (./run trace --settle)" for id, kind in sorted(pending - missing)]
    if earlier is not None:
        ends += [f"{id} {kind} was not pending before: the list only shrinks" for id, kind in sorted(pending - earlier)]
    return ends


def pending_before(root: Path) -> set[Piece] | None:
    """Return what was pending in every version of the list that git knows; None without git or without a version."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout

    try:
        versions = [git("show", f"{commit}:{PENDING}") for commit in git("log", "--format=%H", "--", PENDING).split()]
    except (OSError, subprocess.CalledProcessError):
        return None
    return set.intersection(*map(parse_pending, versions)) if versions else None


def show(id: str, kinds: dict[Kind, list[Mark]]) -> None:
    """Print one thread: what the principle says, then each place."""
    print(f"{id}  {principle(id).title}")
    for each in principle(id).clauses:
        print(f"  {each.letter}  {each.text}{'' if each.required else ' (advised)'}")
    for kind in Kind:
        for mark in kinds[kind]:
            print(f"  {kind:8} {mark.path}:{mark.line} {mark.function}".rstrip())
        if kind in DEMANDED and not kinds[kind]:
            print(f"  {kind:8} none yet")


def matrix(found: Threads) -> str:
    """Return every thread as a Markdown table: how many places of each kind, and in which modules the code is."""
    lines = ["| Principle | Title | Code | Refusals | Tests | Probes |", "|---|---|---|---|---|---|"]
    for id, kinds in found.items():
        modules = sorted({f"`{mark.path.removeprefix('src/strongroom/')}`" for mark in kinds[Kind.CODE]})
        counts = [str(len(kinds[kind]) or "—") for kind in (Kind.REFUSAL, Kind.TEST, Kind.PROBE)]
        lines.append(f"| {' | '.join([id, principle(id).title, ', '.join(modules) or '—', *counts])} |")
    return "\n".join(lines)


def settle(marks: list[Mark], path: Path) -> None:
    """Take out of the pending list what is no longer missing; keep its comments and its order."""
    found = threads(marks)

    def is_missing(line: str) -> bool:
        id, _, kind = line.partition(" ")
        return not line or line.startswith("#") or not found[id][Kind(kind)]

    path.write_text("\n".join(filter(is_missing, path.read_text().splitlines())) + "\n")


def main(arguments: list[str]) -> int:
    """Do what the arguments ask, and return the exit status: 1 when a thread is broken, 2 when an id is unknown."""
    marks = list(marks_in(ROOT))
    found = threads(marks)
    match arguments:
        case ["--matrix"]:
            print(matrix(found))
            return 0
        case ["--settle"]:
            settle(marks, ROOT / PENDING)
        case [id] if id in found:
            show(id, found[id])
            return 0
        case [_, *_]:
            print(f"there is no principle {' '.join(arguments)}; the principles are {', '.join(found)}")
            return 2
    pending = parse_pending((ROOT / PENDING).read_text())
    ends = loose_ends(marks, pending, pending_before(ROOT))
    print(*ends, sep="\n", end="\n" if ends else "")
    whole = sum(all(kinds[kind] for kind in DEMANDED) for kinds in found.values())
    print(f"{len(found)} principles: {whole} threads whole, {len(pending)} pieces pending, {len(ends)} loose ends")
    return 1 if ends else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
