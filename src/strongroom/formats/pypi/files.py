"""What wheels and source distributions have in common once they are opened.

Principles: GEN-2.1
"""

from dataclasses import dataclass

from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.metadata import CoreMetadata
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose archive is safe: the name and version in its file name (canonical), and where its metadata is."""

    project: str
    version: str
    kind: str
    tag: str
    metadata_file: bytes
    members: frozenset[str]
    license_folder: str


@upholds("GEN-2.1")
def require_own_metadata(opened: Opened, metadata: CoreMetadata) -> None:
    """Refuse a file whose metadata is of another project or version than its name says."""
    if (opened.project, opened.version) != (metadata.project.text, metadata.version):
        raise Refused(
            "filename-mismatch",
            f"The file is named as {opened.project} {opened.version}, its metadata is of {metadata.project} "
            f"{metadata.version}; build it again.",
            principle="GEN-2.1",
        )


def require_license_files(opened: Opened, metadata: CoreMetadata) -> None:
    """Refuse metadata that names a licence file which is not there (PEP 639)."""
    for path in metadata.fields.get("license_files", ()):
        if f"{opened.license_folder}/{path}" not in opened.members:
            raise Refused(
                "license-file-missing",
                f"The licence file {shown(path)} is not in {shown(opened.license_folder)}; include it.",
            )
