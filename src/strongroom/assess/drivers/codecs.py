"""Request bodies that no template can describe: the upload form of the Python index, a package document of npm.

Principles: none
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from strongroom.assess.artefacts import Artefact

Codec = Callable[[Mapping[str, Any]], tuple[str, bytes]]
"""Given an operation's parameters, returns a content type and a body."""


def legacy_upload(given: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the multipart form that twine sends for `file`, with its `attestations` when there are any (PEP 740)."""
    file: Artefact = given["file"]
    fields = dict(file.form)
    if given.get("attestations"):
        fields["attestations"] = json.dumps(given["attestations"])
    return multipart(fields, {"content": (file.filename, file.content)})


def multipart(fields: Mapping[str, str], attached: Mapping[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return a multipart form (RFC 7578): a content type with its boundary, and the body."""
    spoken = repr((sorted(fields.items()), sorted(attached))).encode()
    boundary = f"strongroom-{hashlib.sha256(spoken).hexdigest()[:32]}"
    body = bytearray()
    for name, value in fields.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, (filename, content) in attached.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        body += f"--{boundary}\r\n{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def npm_document(given: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the package document that `npm publish` puts for `file`: one version, its archive attached."""
    file: Artefact = given["file"]
    archive = f"{file.project}-{file.version}.tgz"
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(file.content).digest()).decode()
    shasum = hashlib.sha1(file.content, usedforsecurity=False).hexdigest()
    base = str(given.get("base", "")).rstrip("/")
    dist = {"integrity": integrity, "shasum": shasum, "tarball": f"{base}/{file.project}/-/{archive}"}
    version = {"name": file.project, "version": file.version, "description": file.summary, "dist": dist}
    attached = {
        "content_type": "application/octet-stream",
        "data": base64.b64encode(file.content).decode(),
        "length": len(file.content),
    }
    document = {
        "_id": file.project,
        "name": file.project,
        "description": file.summary,
        "dist-tags": {"latest": file.version},
        "versions": {file.version: version},
        "access": None,
        "_attachments": {archive: attached},
    }
    return "application/json", json.dumps(document).encode()


def npm_without_version(given: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the package document that `npm unpublish` puts back: `packument` without `version`."""
    kept, version = given["packument"], given["version"]
    versions = {each: entry for each, entry in _part(kept, "versions").items() if each != version}
    tags = {tag: each for tag, each in _part(kept, "dist-tags").items() if each != version}
    return "application/json", json.dumps({**kept, "versions": versions, "dist-tags": tags}).encode()


def _part(document: Any, name: str) -> Mapping[str, Any]:
    found = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(found, Mapping):
        raise ValueError(f"the package document has no {name}")
    return found


def npm_with_summary(given: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return `packument` with another `summary` for `version`, as somebody would put it who rewrites a release."""
    kept, version = given["packument"], given["version"]
    versions = _part(kept, "versions")
    versions = {**versions, version: {**_part(versions, version), "description": given["summary"]}}
    return "application/json", json.dumps({**kept, "versions": versions, "description": given["summary"]}).encode()


CODECS: Final[Mapping[str, Codec]] = {
    "legacy-upload": legacy_upload,
    "npm-document": npm_document,
    "npm-without-version": npm_without_version,
    "npm-with-summary": npm_with_summary,
}
