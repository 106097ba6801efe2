"""File names of wheels and source distributions, taken apart.

Principles: GEN-2.1
"""

import re

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)

from strongroom.formats import FileName
from strongroom.formats.pypi.names import parse_name

# A name in a folder has at most 255 bytes on most file systems, and that of its metadata file is longer by ".metadata".
LONGEST = 255 - len(".metadata")


def parse_filename(raw: str) -> FileName:
    """Return the file name, taken apart; ValueError when it is neither a wheel's nor a source distribution's.

    Sources: the binary and source distribution format specifications (PEP 427, PEP 491, PEP 625).
    """
    if len(raw) > LONGEST or not re.fullmatch(r"[A-Za-z0-9_.+!-]+", raw) or raw.startswith((".", "-")):
        raise ValueError(f"A file name is made of letters, digits and . _ - + ! and has at most {LONGEST} characters.")
    return _wheel(raw) if raw.endswith(".whl") else _sdist(raw)


def identity(version: str) -> str:
    """Return what is equal for versions that PEP 440 holds equal: "1.0" and "1.0.0" are both "1"."""
    return canonicalize_version(version, strip_trailing_zero=True)


def _wheel(raw: str) -> FileName:
    try:
        name, version, build, tags = parse_wheel_filename(raw)
    except InvalidWheelFilename:
        raise ValueError(
            "That is not a wheel's file name: {name}-{version}(-{build})-{python}-{abi}-{platform}.whl"
        ) from None
    tag = "-".join([*(str(part) for part in build if part != ""), *sorted(map(str, tags))])
    return FileName(raw, parse_name(name), str(version), identity(str(version)), "bdist_wheel", tag)


def _sdist(raw: str) -> FileName:
    try:
        name, version = parse_sdist_filename(raw)
    except InvalidSdistFilename:
        raise ValueError("That is not a source distribution's file name: {name}-{version}.tar.gz") from None
    return FileName(raw, parse_name(name), str(version), identity(str(version)), "sdist", "source")
