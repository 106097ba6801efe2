"""The simple repository API 1.4: HTML (PEP 503) and JSON (PEP 691), with PEP 592, 629, 658, 700, 714, 740 and 792.

Addresses are relative, so that the same bytes serve under any host and any path; but that of provenance, by its PEP.

Principles: CLI-1.1, GEN-2.1
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import orjson
from jinja2 import Environment, StrictUndefined
from packaging.version import Version

from strongroom.formats.pypi.integrity import provenance_path
from strongroom.kernel.records import FileRecord, Listing, Root, Status

API_VERSION: Final = "1.4"
HTML_TYPE: Final = "application/vnd.pypi.simple.v1+html"
JSON_TYPE: Final = "application/vnd.pypi.simple.v1+json"

_ENVIRONMENT: Final = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

_PROJECT: Final = _ENVIRONMENT.from_string(
    """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="{{ api_version }}">
<meta name="pypi:project-status" content="{{ project.status }}">
{% if project.status_reason %}
<meta name="pypi:project-status-reason" content="{{ project.status_reason }}">
{% endif %}
<title>Links for {{ project.name }}</title>
</head>
<body>
<h1>Links for {{ project.name }}</h1>
{% for file in files %}
<a href="{{ file.url }}#sha256={{ file.sha256 }}"
{%- if file.requires_python %} data-requires-python="{{ file.requires_python }}"{% endif %}
{%- if file.yanked is not none %} data-yanked="{{ file.yanked }}"{% endif %}
{%- if file.metadata %}
 data-dist-info-metadata="sha256={{ file.metadata }}" data-core-metadata="sha256={{ file.metadata }}"
{%- endif %}
{%- if file.provenance %} data-provenance="{{ file.provenance }}"{% endif %}>
{{- file.filename }}</a><br>
{% endfor %}
</body>
</html>
<!--SERIAL {{ project.serial }}-->
"""
)

_ROOT: Final = _ENVIRONMENT.from_string(
    """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="{{ api_version }}">
<title>Simple index</title>
</head>
<body>
{% for name, serial in projects %}
<a href="{{ name }}/">{{ name }}</a><br>
{% endfor %}
</body>
</html>
<!--SERIAL {{ serial }}-->
"""
)


def index_pages(listing: Listing, site_url: str = "") -> Mapping[str, bytes]:
    """Return the HTML and the JSON page of one project by path; none when the project has no file to show.

    `site_url` ends in a slash; without it the addresses of provenance are relative, as all others are.
    """
    if not listing.files:
        return {}
    folder = f"simple/{listing.project.name}"
    files = [] if listing.project.status is Status.QUARANTINED else sorted(listing.files, key=_order)
    return {
        f"{folder}/index.html": _html(listing, files, site_url),
        f"{folder}/index.json": _json(listing, files, site_url),
    }


def root_pages(root: Root) -> Mapping[str, bytes]:
    """Return the HTML and the JSON page that list every project, by path."""
    html = _ROOT.render(api_version=API_VERSION, projects=root.projects, serial=root.serial)
    json = orjson.dumps(
        {
            "meta": {"api-version": API_VERSION, "_last-serial": root.serial},
            "projects": [{"name": name, "_last-serial": serial} for name, serial in root.projects],
        }
    )
    return {"simple/index.html": html.encode(), "simple/index.json": json}


def file_path(file: FileRecord) -> str:
    """Return where the file is served, from the root of the site: under its digest, by its own name.

    Mirrors (bandersnatch) take a file only from an address whose path begins with `/packages/`.
    """
    digest = file.digests.sha256.hex
    return f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{file.filename}"


def stable_metadata(file: FileRecord) -> str | None:
    """Return the SHA-256 of the file's metadata, None when installing the file may find other metadata.

    PEP 658: "The presence of the attribute indicates the distribution … MUST contain a Core Metadata file that will not
    be modified when the distribution is processed and/or installed." What a source distribution needs is known once it
    is built: resolvers that took its PKG-INFO for it would leave dependencies out.
    """
    return file.metadata_sha256.hex if file.kind == "bdist_wheel" else None


def moment(file: FileRecord) -> str:
    """Return when the file was uploaded, as PEP 700 wants it: "yyyy-mm-ddThh:mm:ss.ffffffZ"."""
    return file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=65536)
def version_order(version: str) -> Version:
    """Return the key by which versions sort."""
    return Version(version)


def _order(file: FileRecord) -> tuple[Version, str]:
    return version_order(file.version), file.filename


def _html(listing: Listing, files: list[FileRecord], site_url: str) -> bytes:
    rows = [
        {
            "url": f"../../{file_path(file)}",
            "sha256": file.digests.sha256.hex,
            "requires_python": file.requires_python,
            "yanked": file.yanked,
            "metadata": stable_metadata(file),
            "provenance": _provenance(listing, file, site_url),
            "filename": file.filename,
        }
        for file in files
    ]
    return _PROJECT.render(api_version=API_VERSION, project=listing.project, files=rows).encode()


def _json(listing: Listing, files: list[FileRecord], site_url: str) -> bytes:
    status = {"status": listing.project.status.value}
    if listing.project.status_reason:
        status["reason"] = listing.project.status_reason
    return orjson.dumps(
        {
            "meta": {"api-version": API_VERSION, "_last-serial": listing.project.serial},
            "name": listing.project.name.text,
            "project-status": status,
            "versions": sorted({file.version for file in files}, key=version_order),
            "files": [_json_file(file, _provenance(listing, file, site_url)) for file in files],
        }
    )


def _provenance(listing: Listing, file: FileRecord, site_url: str) -> str | None:
    # PEP 740: "The value of this attribute MUST be a fully qualified URL, signaling that the file's provenance can be
    # found at the given URL."
    path = provenance_path(listing.project.name, file.version, file.filename)
    return f"{site_url or '../../'}{path}" if file.has_provenance else None


def _json_file(file: FileRecord, provenance: str | None) -> dict[str, object]:
    # PEP 714: "clients … MUST … prefer core-metadata"; both keys are given, as long as clients read the old one.
    digest = stable_metadata(file)
    metadata = {"sha256": digest} if digest else False
    return {
        "filename": file.filename,
        "url": f"../../{file_path(file)}",
        "hashes": {"sha256": file.digests.sha256.hex},
        "requires-python": file.requires_python,
        "size": file.size_bytes,
        "upload-time": moment(file),
        "yanked": False if file.yanked is None else (file.yanked or True),
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "provenance": provenance,
    }
