"""Tell the licence of every distribution that Strongroom runs with, and fail on one that its users could not accept.

No GPL or AGPL library is imported. The LGPL is accepted where it is named below.

Principles: none
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).parents[1] / "requirements" / "server.txt"
ACCEPTED_LGPL = frozenset({"psycopg", "psycopg-binary", "psycopg-pool"})
#: Read in the files of distributions whose metadata say nothing.
READ_IN_FILES = {"pysqlite3": "Zlib", "sigstore-models": "MIT"}
COPYLEFT = re.compile(r"\b(A|L)?GPL|GNU (Affero|Lesser|Library)? ?General Public")
LESSER = re.compile(r"\bLGPL|GNU (Lesser|Library) General Public")
FREE = re.compile(
    r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Unlicense|Public Domain|Zlib|0BSD)\b", re.I
)


def locked(text: str) -> list[str]:
    """Return the names of the distributions that a lock pins for this machine."""
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if re.match(r"[a-zA-Z0-9]", line))
    found = (Requirement(line) for line in lines)
    return [each.name for each in found if each.marker is None or each.marker.evaluate()]


def licence_of(metadata: Distribution) -> str:
    """Return what a distribution says of its licence: the expression, else the classifiers, else a line of text."""

    def told(field: str) -> list[str]:
        return metadata.metadata.get_all(field) or []

    classifiers = [each.split(" :: ")[-1] for each in told("Classifier") if each.startswith("License ::")]
    free_text = [each.strip().partition("\n")[0] for each in told("License")]
    return " or ".join(told("License-Expression") or classifiers or free_text)


def objection(name: str, licence: str) -> str | None:
    """Return why a distribution may not be used, or None. A choice of licences is as free as its freest one."""
    if not licence:
        return "says nothing of its licence"
    choices = re.split(r"\s+or\s+|;", licence, flags=re.I)
    if any(FREE.search(choice) and not COPYLEFT.search(choice) for choice in choices):
        return None
    if LESSER.search(licence) and name.lower() in ACCEPTED_LGPL:
        return None
    if COPYLEFT.search(licence):
        return "is under the GPL's terms"
    return "has a licence that nobody has judged: add it to tools/licences.py once somebody has"


def main() -> int:
    """Judge every locked distribution; return 1 when one may not be used or is not installed."""
    bad = 0
    names = locked(LOCK.read_text())
    for name in names:
        try:
            licence = licence_of(distribution(name)) or READ_IN_FILES.get(name, "")
        except PackageNotFoundError:
            bad += 1
            print(f"{name} is locked and not installed")
            continue
        if why := objection(name, licence):
            bad += 1
            print(f"{name} {why}: {licence or '-'}")
    print(f"{len(names)} distributions, {bad} that may not be used")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
