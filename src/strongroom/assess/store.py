"""The store of runs: a folder for each, with its document, its transcript and its journal; nothing is overwritten.

Principles: none
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from strongroom.assess.document import Assessment, from_document, to_text

DOCUMENT: Final = "assessment.json"
BEGUN: Final = "begun.json"
TRANSCRIPT: Final = "transcript.jsonl"
JOURNAL: Final = "journal.jsonl"
LIMIT_BYTES: Final = 64 << 20
LONGEST_NAME: Final = 120


def read_document(path: Path) -> Assessment:
    """Return the assessment of a file; ValueError when it is none or too long, OSError when it cannot be read."""
    if path.stat().st_size > LIMIT_BYTES:
        raise ValueError(f"{path} is longer than {LIMIT_BYTES} bytes")
    try:
        plain = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is no JSON") from None
    if not isinstance(plain, dict):
        raise ValueError(f"{path} is no assessment")
    return from_document(plain)


@dataclass(frozen=True, slots=True)
class Store:
    """Every run under one folder, `TARGET/TIME-RUN/`."""

    folder: Path

    def open_run(self, url: str, run: str, now: datetime) -> Path:
        """Make the folder of a new run, which its owner alone may read, and return it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / _name(url) / f"{now:%Y%m%dT%H%M%SZ}-{_word(run)}"
        path.mkdir(parents=True, mode=0o700)
        return path

    def keep(self, path: Path, assessment: Assessment) -> None:
        """Keep a run's assessment in its folder."""
        (path / DOCUMENT).write_text(to_text(assessment), "utf-8")

    def runs(self, url: str) -> Iterator[Path]:
        """Yield the folders of a target's runs that ended, the newest first."""
        for path in sorted((self.folder / _name(url)).glob("*"), reverse=True):
            if (path / DOCUMENT).is_file():
                yield path

    def newest(self, url: str) -> Assessment | None:
        """Return a target's newest assessment that can still be read, None when there is none."""
        return next(self.kept(url), None)

    def kept(self, url: str) -> Iterator[Assessment]:
        """Yield a target's assessments that can still be read, the newest first.

        Addresses that differ by a sign which no folder's name holds share a folder; each has its own assessments.
        """
        for path in self.runs(url):
            try:
                found = read_document(path / DOCUMENT)
            except ValueError:
                continue
            if found.circumstances.url == url:
                yield found

    def find(self, run: str) -> Path:
        """Return the folder of the run of this name; ValueError when there is none."""
        found = sorted(self.folder.glob(f"*/*-{_word(run)}"))
        if not found:
            raise ValueError(f"there is no run {run} under {self.folder}")
        return found[-1]


def _name(url: str) -> str:
    parts = urlsplit(url)
    return _word(f"{parts.hostname or 'nowhere'}-{parts.port or parts.scheme}{parts.path.rstrip('/')}")


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text).lstrip(".")[:LONGEST_NAME] or "run"
