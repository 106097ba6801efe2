"""The JSON API of Python indexes: `/pypi/<name>/json` and `/pypi/<name>/<version>/json`.

Principles: GEN-2.1
"""

from collections.abc import Sequence
from typing import Final

import orjson

from strongroom.formats.pypi.simple import file_path, moment, stable_metadata, version_order
from strongroom.kernel.records import FileRecord, ProjectFacts, ReleaseRecord

#: Keys of core metadata that the API gives as they are, with what it says when the file says nothing.
_AS_THEY_ARE: Final[dict[str, object]] = {
    "author": None,
    "author_email": None,
    "classifiers": [],
    "description_content_type": None,
    "download_url": None,
    "dynamic": None,
    "home_page": None,
    "keywords": None,
    "license": None,
    "license_expression": None,
    "license_files": None,
    "maintainer": None,
    "maintainer_email": None,
    "platform": None,
    "provides_extra": None,
    "requires_dist": None,
    "requires_python": None,
    "summary": None,
}


def project_json(facts: ProjectFacts, description: str, base_url: str, version: str | None = None) -> bytes | None:
    """Return the JSON document of a project, or of one version of it; None when there is no such version.

    `description` is the text of the release that the document is about (see `newest`), `base_url` ends in a slash.
    """
    release = newest(facts) if version is None else _named(facts, version)
    if release is None:
        return None
    by_version: dict[str, list[FileRecord]] = {known.version: [] for known in facts.releases}
    for file in facts.files:
        by_version[file.version].append(file)
    document: dict[str, object] = {
        "info": _info(facts, release, description, base_url),
        "last_serial": facts.project.serial,
        "ownership": {
            "organization": None,
            "roles": [{"role": "Owner", "user": owner} for owner in facts.owners],
        },
        "urls": [_file(file, base_url) for file in by_version[release.version]],
        "vulnerabilities": [],
    }
    if version is None:
        ordered = sorted(by_version, key=version_order)
        document["releases"] = {known: [_file(file, base_url) for file in by_version[known]] for known in ordered}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def newest(facts: ProjectFacts) -> ReleaseRecord | None:
    """Return the release to show: not yanked before yanked, final before pre-release, then the highest version."""
    return max(facts.releases, key=_preference, default=None)


def _preference(release: ReleaseRecord) -> tuple[bool, bool, object]:
    return release.yanked is None, not release.is_prerelease, version_order(release.version)


def _named(facts: ProjectFacts, version: str) -> ReleaseRecord | None:
    return next((release for release in facts.releases if release.version == version), None)


def _info(facts: ProjectFacts, release: ReleaseRecord, description: str, base_url: str) -> dict[str, object]:
    page = f"{base_url}project/{facts.project.name}/"
    info: dict[str, object] = {key: release.metadata.get(key, default) for key, default in _AS_THEY_ARE.items()}
    return info | {
        "bugtrack_url": None,
        "description": description,
        "docs_url": None,
        "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
        "name": facts.project.display_name,
        "package_url": page,
        "project_url": page,
        "project_urls": _project_urls(release.metadata.get("project_urls")),
        "release_url": f"{page}{release.version}/",
        "version": release.version,
        "yanked": release.yanked is not None,
        "yanked_reason": release.yanked or None,
    }


def _project_urls(urls: object) -> dict[str, str] | None:
    if isinstance(urls, dict):
        return {str(label): str(url) for label, url in urls.items()} or None
    if isinstance(urls, Sequence) and not isinstance(urls, str):
        pairs = [str(line).partition(",") for line in urls]
        return {label.strip(): url.strip() for label, _, url in pairs} or None
    return None


def _file(file: FileRecord, base_url: str) -> dict[str, object]:
    digest = stable_metadata(file)
    return {
        "comment_text": None,
        "core-metadata": {"sha256": digest} if digest else False,
        "digests": {
            "blake2b_256": file.digests.blake2b_256,
            "md5": file.digests.md5,
            "sha256": file.digests.sha256.hex,
        },
        "downloads": -1,
        "filename": file.filename,
        "has_sig": False,
        "md5_digest": file.digests.md5,
        "packagetype": file.kind,
        "python_version": file.tag,
        "requires_python": file.requires_python,
        "size": file.size_bytes,
        "upload_time": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S"),
        "upload_time_iso_8601": moment(file),
        "url": f"{base_url}{file_path(file)}",
        "yanked": file.yanked is not None,
        "yanked_reason": file.yanked or None,
    }
