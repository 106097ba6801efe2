"""An invented ecosystem, runes: it shows that the core and the stores know no ecosystem but by `Format`.

A file is `NAME@NUMBER.rune`, and holds `rune NAME NUMBER` and a line of wisdom. Numbers are versions; 007 equals 7.

Principles: none
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from tests.worlds import Made

from strongroom.formats import FileName, Inspected, Offered
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Listing, Root
from strongroom.kernel.refusals import Refused

ECOSYSTEM = "runes"


def rune(name: str, number: str, wisdom: str = "iron sinks") -> Made:
    """Return a file of this ecosystem."""
    return Made(f"{name}@{number}.rune", f"rune {name} {number}\n{wisdom}\n".encode(), {})


class ToyFormat:
    """The format of runes."""

    ecosystem = ECOSYSTEM
    root_paths: Sequence[str] = ("scrolls/all.txt",)

    def parse_name(self, raw: str) -> ProjectName:
        """Return the name; ValueError unless it is made of small letters."""
        if not re.fullmatch(r"[a-z]+", raw):
            raise ValueError("no rune has this name")
        return ProjectName(ECOSYSTEM, raw)

    def parse_version(self, raw: str) -> str:
        """Return the number as it was written; ValueError when it is none."""
        if not re.fullmatch(r"[0-9]{1,9}", raw):
            raise ValueError("no number")
        return raw

    def parse_filename(self, raw: str) -> FileName:
        """Return the file name, taken apart."""
        name, _, number = raw.removesuffix(".rune").partition("@")
        if not raw.endswith(".rune"):
            raise ValueError("no rune")
        project, version = self.parse_name(name), self.parse_version(number)
        return FileName(raw, project, version, self.identity(version), "rune", "stone")

    def identity(self, version: str) -> str:
        """Return the number without its leading zeros."""
        return str(int(self.parse_version(version)))

    def version_key(self, version: str) -> object:
        """Return the number."""
        return int(version)

    def folders(self, name: ProjectName) -> Sequence[str]:
        """Return the one folder of a rune."""
        return (f"scrolls/{name}/",)

    def index_pages(self, listing: Listing) -> Mapping[str, bytes]:
        """Return one page, a line a file."""
        lines = [f"{file.filename} {file.digests.sha256} {file.yanked}" for file in listing.files]
        return {f"scrolls/{listing.project.name}/page.txt": "\n".join(lines).encode()} if lines else {}

    def root_pages(self, root: Root) -> Mapping[str, bytes]:
        """Return one page, a line a project."""
        return {"scrolls/all.txt": "\n".join(name for name, _ in root.projects).encode()}

    def inspect(self, offered: Offered, content: BinaryIO) -> Inspected:
        """Return what the rune says of itself."""
        file, first = self.parse_filename(offered.filename), content.readline(200).decode("ascii")
        if first != f"rune {file.project} {file.version}\n":
            raise Refused("rune-lies", "The rune says another name than its file.")
        wisdom = content.read(10_000)
        metadata = {"summary": wisdom.decode("ascii").strip(), "weight": hashlib.sha256(wisdom).hexdigest()[:4]}
        return Inspected(
            file.project, file.project.text, file.version, file.text, "rune", "stone", None, metadata, wisdom, False
        )
