"""Packages that probes publish: small, inert, the same bytes for the same name, and named after the run.

Principles: none
"""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import Final

from packaging.utils import parse_sdist_filename, parse_wheel_filename

_MOMENT: Final = (2026, 1, 1, 0, 0, 0)
_EPOCH: Final = 1767225600
_WHEEL: Final = b"Wheel-Version: 1.0\nGenerator: strongroom-assess\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of one version. `form` are the fields that an upload form carries beside the file."""

    project: str
    version: str
    filename: str
    content: bytes
    filetype: str
    summary: str = "A package of an assessment, to be removed."

    @property
    def sha256(self) -> str:
        """The digest of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def form(self) -> dict[str, str]:
        """The fields of the upload form (the legacy API), beside the file."""
        return {
            ":action": "file_upload",
            "protocol_version": "1",
            "metadata_version": "2.1",
            "name": self.project,
            "version": self.version,
            "summary": self.summary,
            "filetype": self.filetype,
            "pyversion": "py3" if self.filetype == "bdist_wheel" else "source",
            "sha256_digest": self.sha256,
            "md5_digest": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "blake2_256_digest": hashlib.blake2b(self.content, digest_size=32).hexdigest(),
        }


def _metadata(project: str, version: str, summary: str, requires: tuple[str, ...] = ()) -> bytes:
    lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", f"Summary: {summary}"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in requires), ""]).encode()


def wheel(
    project: str,
    version: str,
    *,
    body: str = "",
    summary: str = "A package of an assessment, to be removed.",
    requires: tuple[str, ...] = (),
) -> Artefact:
    """Return a pure wheel whose one module holds `body`; other bodies are other bytes under the same name."""
    stem = project.replace("-", "_").lower()
    folder = f"{stem}-{version}.dist-info"
    members = {
        f"{stem}.py": (body or f'"""{project}."""\n').encode(),
        f"{folder}/METADATA": _metadata(project, version, summary, requires),
        f"{folder}/WHEEL": _WHEEL,
    }
    record = [f"{name},sha256={_urlsafe(content)},{len(content)}" for name, content in members.items()]
    members[f"{folder}/RECORD"] = ("\n".join([*record, f"{folder}/RECORD,,"]) + "\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return Artefact(project, version, f"{stem}-{version}-py3-none-any.whl", out.getvalue(), "bdist_wheel", summary)


def sdist(
    project: str, version: str, *, body: str = "", summary: str = "A package of an assessment, to be removed."
) -> Artefact:
    """Return a source distribution that builds without the network; `body` is its setup.py, empty for the plain one."""
    stem = project.replace("-", "_").lower()
    folder = f"{stem}-{version}"
    members = {
        "PKG-INFO": _metadata(project, version, summary),
        "pyproject.toml": b'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        "setup.py": (body or f"from setuptools import setup\nsetup(name={project!r}, version={version!r})\n").encode(),
        f"{stem}.py": f'"""{project}."""\n'.encode(),
    }
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), _EPOCH, 0o644
            archive.addfile(entry, io.BytesIO(content))
    content = gzip.compress(plain.getvalue(), mtime=_EPOCH)
    return Artefact(project, version, f"{stem}-{version}.tar.gz", content, "sdist", summary)


def version_in(filename: str) -> str:
    """Return the version that a file's name tells, empty when it tells none."""
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename.removesuffix(".tgz") + ".tar.gz" * filename.endswith(".tgz"))[1])
    except ValueError:
        return ""


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
