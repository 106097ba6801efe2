"""Lists of files as indexes give them: the simple index in HTML and JSON, the package document of npm.

Each file is `{filename, url, sha256, version, yanked, provenance}`; what the index does not say is empty.

Principles: none
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from strongroom.assess.markup import Tag, pieces

File = dict[str, Any]


def simple_files(text: str, document: Any) -> list[File] | None:
    """Return the files of a simple index page, JSON (PEP 691) or HTML (PEP 503); None when it is neither."""
    if isinstance(document, Mapping):
        entries = document.get("files")
        return [_from_json(e) for e in entries if isinstance(e, Mapping)] if isinstance(entries, list) else None
    if "<a" not in text.lower() and "<html" not in text.lower():
        return None
    return [_from_anchor(piece.attributes) for piece in pieces(text) if isinstance(piece, Tag) and _is_link(piece)]


def _from_json(entry: Mapping[str, Any]) -> File:
    hashes = entry.get("hashes")
    return {
        "filename": str(entry.get("filename", "")),
        "url": str(entry.get("url", "")),
        "sha256": str(hashes.get("sha256", "")) if isinstance(hashes, Mapping) else "",
        "version": "",
        "yanked": bool(entry.get("yanked")),
        "provenance": str(entry.get("provenance") or ""),
    }


def _is_link(tag: Tag) -> bool:
    return tag.name == "a" and not tag.closes and bool(tag.attributes.get("href"))


def _from_anchor(given: Mapping[str, str]) -> File:
    address, _, fragment = given["href"].partition("#")
    return {
        "filename": unquote(address.rstrip("/").rsplit("/", 1)[-1]),
        "url": given["href"],
        "sha256": fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else "",
        "version": "",
        "yanked": "data-yanked" in given,
        "provenance": given.get("data-provenance", ""),
    }


def packument_files(document: Any) -> list[File] | None:
    """Return the archives of an npm package document, one a version; None when it is no such document."""
    versions = document.get("versions") if isinstance(document, Mapping) else None
    if not isinstance(versions, Mapping):
        return None
    found = []
    for version, entry in versions.items():
        dist = entry.get("dist") if isinstance(entry, Mapping) else None
        if isinstance(dist, Mapping):
            url = str(dist.get("tarball", ""))
            found.append({
                "filename": url.rsplit("/", 1)[-1], "url": url, "sha256": "", "version": str(version), "yanked": False,
                "provenance": "", "integrity": _hex_of(str(dist.get("integrity", ""))),
            })  # fmt: skip
    return found


def _hex_of(integrity: str) -> str:
    _, _, encoded = integrity.partition("-")
    try:
        return base64.b64decode(encoded, validate=True).hex()
    except binascii.Error:
        return ""
