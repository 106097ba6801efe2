"""Source distributions: file name, layout, metadata.

Source: PEP 517 (layout), PEP 625 (file name), PEP 721 (safe archives). A `.zip` is not a source distribution any
more: "The file name of a sdist … `{name}-{version}.tar.gz`".

Principles: GEN-2.1, GEN-2.3
"""

from typing import BinaryIO

from packaging.utils import parse_sdist_filename

from strongroom.formats import Limits, Offered
from strongroom.formats.exposure import Lookout
from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.archives.tars import TarMember, read_tar
from strongroom.formats.pypi.files import Opened
from strongroom.formats.pypi.names import parse_name, parse_version
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

SUFFIX = ".tar.gz"


def open_sdist(offered: Offered, content: BinaryIO, limits: Limits, lookout: Lookout) -> Opened:
    """Return what a source distribution holds; Refused when its name, layout or any member breaks a rule.

    `lookout` sees every byte of every member.
    """
    top = offered.filename.removesuffix(SUFFIX)
    project, version = _named(offered.filename)
    members, kept = read_tar(content, offered.size_bytes, limits, lambda path: path == f"{top}/PKG-INFO", lookout)
    _require_one_top(members, top)
    if not kept:
        raise Refused(
            "sdist-without-metadata", f"The file {shown(f'{top}/PKG-INFO')} is missing; build the file again."
        )
    return Opened(
        project=project,
        version=version,
        kind="sdist",
        tag="source",
        metadata_file=kept[f"{top}/PKG-INFO"],
        members=frozenset(member.path for member in members if not member.is_folder),
        license_folder=top,
    )


@upholds("GEN-2.1")
def _named(filename: str) -> tuple[str, str]:
    """Return the canonical name and version in a file name; Refused when it does not spell them as PEP 625 says.

    Were other spellings allowed, one release could have two source distributions.
    """
    try:
        name, parsed = parse_sdist_filename(filename)
        project, version = parse_name(name), parse_version(str(parsed))
    except ValueError:
        raise _misnamed(filename, "{name}-{version}.tar.gz") from None
    expected = f"{project.text.replace('-', '_')}-{version}{SUFFIX}"
    if filename != expected:
        raise _misnamed(filename, expected)
    return project.text, version


def _require_one_top(members: list[TarMember], top: str) -> None:
    for member in members:
        if member.path.split("/", 1)[0] != top or (member.path == top and not member.is_folder):
            raise Refused(
                "sdist-layout",
                f"The member {shown(member.path)} is not in the folder {shown(top)}, where all must be; rebuild it.",
            )


def _misnamed(filename: str, expected: str) -> Refused:
    return Refused(
        "filename-invalid",
        f"A source distribution is named {expected} (PEP 625), not {shown(filename)}; build it with a current tool.",
        principle="GEN-2.1",
    )
