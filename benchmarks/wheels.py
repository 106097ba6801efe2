"""Make small, valid wheels that are the same bytes on every machine.

Principles: none
"""

import base64
import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

LONG_AGO = (2024, 1, 1, 0, 0, 0)
PROJECT_WITH_MANY = "bench-many-files"
PROJECT_WITH_LARGE = "bench-large-file"
LARGE_BYTES = 100_000
WHEEL_FILE = b"Wheel-Version: 1.0\nGenerator: bench 1\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel: its file, and what its metadata says, which is what an uploader claims."""

    project: str
    version: str
    filename: str
    content: bytes
    metadata: bytes
    fields: tuple[tuple[str, str], ...]


def project_name(number: int) -> str:
    """Return the name of project `number`: 16 letters that nobody could confuse with another project's."""
    digest = hashlib.sha256(f"project {number}".encode()).digest()
    return "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in digest[:8])


def small_set(projects: int, *, first: int = 0, versions: int = 5) -> Iterator[Wheel]:
    """Yield `versions` small wheels for each of `projects` projects."""
    for number in range(first, first + projects):
        for version in range(versions):
            yield wheel(project_name(number), f"1.{version}.0")


def many_files(count: int) -> Iterator[Wheel]:
    """Yield the wheels of the one project with many files."""
    return (wheel(PROJECT_WITH_MANY, f"0.{version}.0") for version in range(count))


def large_file() -> Wheel:
    """Return the one wheel of 100 kB, of which nothing can be compressed."""
    return wheel(PROJECT_WITH_LARGE, "1.0.0", random.Random(1).randbytes(LARGE_BYTES))


def wheel(project: str, version: str, payload: bytes = b"") -> Wheel:
    """Return a wheel that any installer takes: METADATA 2.1, WHEEL, and a RECORD that names every file."""
    stem = f"{project.replace('-', '_')}-{version}"
    module = project.replace("-", "_")
    fields = (
        ("metadata_version", "2.1"),
        ("name", project),
        ("version", version),
        ("summary", f"A package of {project}, for measuring"),
        ("author_email", "Bench <bench@example.org>"),
        ("license", "MIT"),
        ("requires_python", ">=3.8"),
    )
    headers = (f"{field.replace('_', '-').title()}: {value}\n" for field, value in fields)
    metadata = "".join(headers).encode()
    files = {
        f"{module}/__init__.py": f'"""A package for measuring."""\n\n__version__ = "{version}"\n'.encode(),
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": WHEEL_FILE,
    }
    if payload:
        files[f"{module}/payload.bin"] = payload
    record = "".join(f"{path},sha256={_urlsafe_digest(body)},{len(body)}\n" for path, body in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n".encode()
    return Wheel(project, version, f"{stem}-py3-none-any.whl", _zipped(files), metadata, fields)


def _urlsafe_digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, body in files.items():
            member = zipfile.ZipInfo(path, LONG_AGO)
            member.external_attr = 0o100644 << 16
            member.compress_type = zipfile.ZIP_STORED if path.endswith(".bin") else zipfile.ZIP_DEFLATED
            archive.writestr(member, body)
    return buffer.getvalue()
