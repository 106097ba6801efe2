"""The Python ecosystem: wheels, source distributions, core metadata, the simple index.

Principles: GEN-2.1
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from strongroom.formats import FileName, Inspected, Limits, Offered
from strongroom.formats.exposure import Lookout, Search
from strongroom.formats.pypi import filenames, names
from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.compare import require_claims_agree, require_same
from strongroom.formats.pypi.description import Renderer, render, require_renders
from strongroom.formats.pypi.files import Opened, require_license_files, require_own_metadata
from strongroom.formats.pypi.metadata import description_of, parse_metadata
from strongroom.formats.pypi.sdist import open_sdist
from strongroom.formats.pypi.wheel import open_wheel
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Listing, Root
from strongroom.kernel.refusals import Refused

__all__ = ["PyPIFormat", "description_of"]


class PyPIFormat:
    """The format of the Python Package Index: wheels and source distributions."""

    ecosystem = names.ECOSYSTEM
    root_paths: Sequence[str] = ("simple/index.html", "simple/index.json")

    def __init__(
        self, limits: Limits, render: Renderer = render, search: Search | None = None, site_url: str = ""
    ) -> None:
        """Take what archives may cost, what renders descriptions, and what finds secrets; None looks for none.

        `site_url` ends in a slash; it stands before the few addresses that may not be relative.
        """
        self._limits = limits
        self._render = render
        self._search = search
        self._site_url = site_url

    def parse_name(self, raw: str) -> ProjectName:
        """Return the canonical name (PEP 503); ValueError when `raw` is no name of a Python project."""
        return names.parse_name(raw)

    def parse_version(self, raw: str) -> str:
        """Return the canonical version (PEP 440); ValueError when `raw` is no version, or a local one."""
        return names.parse_version(raw)

    def parse_filename(self, raw: str) -> FileName:
        """Return the file name, taken apart; ValueError when it is neither a wheel's nor a source distribution's."""
        return filenames.parse_filename(raw)

    def identity(self, version: str) -> str:
        """Return what is equal for versions that an installer holds equal (1.0 and 1.0.0); ValueError for none."""
        return filenames.identity(names.parse_version(version))

    def folders(self, name: ProjectName) -> Sequence[str]:
        """Return the folders of the index pages, of the JSON API, of provenance and of the pages for people."""
        return f"simple/{name}/", f"pypi/{name}/", f"integrity/{name}/", f"project/{name}/"

    def index_pages(self, listing: Listing) -> Mapping[str, bytes]:
        """Return the HTML and the JSON page of one project by path; none when the project has no file to show."""
        from strongroom.formats.pypi import simple

        return simple.index_pages(listing, self._site_url)

    def root_pages(self, root: Root) -> Mapping[str, bytes]:
        """Return the HTML and the JSON page that list every project, by path."""
        from strongroom.formats.pypi import simple

        return simple.root_pages(root)

    def version_key(self, version: str) -> object:
        """Return a key by which canonical versions sort, oldest first."""
        return names.version_key(version)

    def inspect(self, offered: Offered, content: BinaryIO) -> Inspected:
        """Return what the file says of itself; Refused when it is unsafe, or when its claims differ from it.

        `content` is seekable and holds `offered.size_bytes` bytes; it is read in chunks, and never extracted.
        """
        try:
            return self._inspect(offered, content)
        except ValueError as error:
            raise Refused(
                "file-unreadable", f"The file cannot be read: {shown(str(error))}; build it again.", principle="GEN-2.3"
            ) from None

    def _inspect(self, offered: Offered, content: BinaryIO) -> Inspected:
        lookout = Lookout(self._search)
        opened = self._open(offered, content, lookout)
        lookout.require_clear()
        metadata = parse_metadata(opened.metadata_file)
        require_own_metadata(opened, metadata)
        require_license_files(opened, metadata)
        _require_file_claims(offered, opened.kind)
        require_claims_agree(offered.claims, metadata)
        require_renders(metadata.description, metadata.content_type, self._render)
        return Inspected(
            project=metadata.project,
            display_name=metadata.display_name,
            version=metadata.version,
            filename=offered.filename,
            kind=opened.kind,
            tag=opened.tag,
            requires_python=metadata.requires_python,
            metadata=metadata.fields,
            metadata_file=opened.metadata_file,
            is_prerelease=names.is_prerelease(metadata.version),
        )

    def _open(self, offered: Offered, content: BinaryIO, lookout: Lookout) -> Opened:
        name = offered.filename
        if len(name) <= filenames.LONGEST and name.isascii():
            if name.endswith(".whl"):
                return open_wheel(offered, content, self._limits, lookout)
            if name.endswith(".tar.gz"):
                return open_sdist(offered, content, self._limits, lookout)
        raise Refused(
            "filename-invalid",
            f"The file {shown(name)} is neither a wheel (.whl) nor a source distribution (.tar.gz); build one.",
        )


def _require_file_claims(offered: Offered, kind: str) -> None:
    actual = {
        "filetype": kind,
        "sha256_digest": offered.digests.sha256.hex,
        "blake2_256_digest": offered.digests.blake2b_256,
        "md5_digest": offered.digests.md5,
    }
    for field, value in actual.items():
        for claimed in offered.claims.get(field, ()):
            if claimed:
                require_same(field, claimed.strip().lower(), value)
