"""Project names and versions of the Python ecosystem, parsed once.

Principles: GEN-2.1
"""

import re

from packaging.utils import canonicalize_name
from packaging.version import Version

from strongroom.kernel.names import ProjectName

ECOSYSTEM = "pypi"
NAME_LIMIT_CHARACTERS = 100
VERSION_LIMIT_CHARACTERS = 100

# "The name … must only contain ASCII letters, digits, underscores, hyphens, and/or periods, and must start and end
# with an ASCII letter or digit." (Names and normalization, PEP 508)
_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE | re.ASCII)


def parse_name(raw: str) -> ProjectName:
    """Return the canonical project name that `raw` spells (PEP 503).

    ValueError when `raw` is no name by PEP 508, or longer than 100 characters.
    """
    if len(raw) > NAME_LIMIT_CHARACTERS or not _NAME.fullmatch(raw):
        raise ValueError("not a Python project name (PEP 508), or longer than 100 characters")
    # "The name should be lowercased with all runs of the characters ., -, or _ replaced with a single - character."
    return ProjectName(ECOSYSTEM, canonicalize_name(raw))


def parse_version(raw: str) -> str:
    """Return the canonical spelling of the version `raw` (PEP 440), as `1.0rc1` for `v1.0-RC.1`.

    ValueError when `raw` is no version, is longer than 100 characters, or is a local version.
    """
    if len(raw) > VERSION_LIMIT_CHARACTERS:
        raise ValueError("a version of more than 100 characters")
    version = Version(raw)
    # "Local version identifiers SHOULD NOT be used when publishing upstream projects to a public index server."
    if version.local is not None:
        raise ValueError("a local version (the part after +) cannot be published")
    return str(version)


def version_key(version: str) -> Version:
    """Return the key by which versions sort, oldest first; `1.0` and `1.0.0` have equal keys (PEP 440)."""
    return Version(version)


def is_prerelease(version: str) -> bool:
    """Report whether installers pass this version over unless asked for it (alpha, beta, candidate, development)."""
    return Version(version).is_prerelease
