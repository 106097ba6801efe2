"""Source distributions that build without the network, beside the wheels of `tests.worlds`.

Principles: none
"""

import gzip
import io
import tarfile
from pathlib import Path

from tests.worlds import Made, wheel

# The backend lies in the source distribution itself (PEP 517, "in-tree build backends") and wants nothing.
_PYPROJECT = """\
[build-system]
requires = []
build-backend = "making"
backend-path = ["."]

[project]
name = "{name}"
version = "{version}"
"""
_BACKEND = """\
import base64, hashlib, pathlib, zipfile

STEM, MODULE = "{stem}", "{module}"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    entries = {{
        f"{{MODULE}}.py": pathlib.Path(f"{{MODULE}}.py").read_bytes(),
        f"{{STEM}}.dist-info/METADATA": pathlib.Path("PKG-INFO").read_bytes().rstrip() + b"\\n{later}\\n",
        f"{{STEM}}.dist-info/WHEEL": b"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    digest = lambda content: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record = "".join(f"{{name}},sha256={{digest(content)}},{{len(content)}}\\n" for name, content in entries.items())
    entries[f"{{STEM}}.dist-info/RECORD"] = (record + f"{{STEM}}.dist-info/RECORD,,\\n").encode()
    with zipfile.ZipFile(pathlib.Path(folder) / f"{{STEM}}-py3-none-any.whl", "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return f"{{STEM}}-py3-none-any.whl"
"""


def sdist(
    name: str = "anvil",
    version: str = "1.0",
    *,
    body: str = "WEIGHT = 150\n",
    more: str = "",
    metadata_version: str = "2.2",
    later: str = "",
) -> Made:
    """Return a source distribution that any installer builds alone.

    `more` is added to its PKG-INFO, `later` (one line) to the metadata of the wheel that is built of it.
    """
    module = name.replace("-", "_")
    stem = f"{module}-{version}"
    metadata = f"Metadata-Version: {metadata_version}\nName: {name}\nVersion: {version}\nSummary: It is heavy\n{more}\n"
    entries = {
        "PKG-INFO": metadata,
        "pyproject.toml": _PYPROJECT.format(name=name, version=version),
        "making.py": _BACKEND.format(stem=stem, module=module, later=later),
        f"{module}.py": body,
    }
    out = io.BytesIO()
    packed = gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="")
    with packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in entries.items():
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    claims = {
        "metadata_version": [metadata_version],
        "name": [name],
        "version": [version],
        "filetype": ["sdist"],
        "pyversion": ["source"],
    }
    return Made(f"{stem}.tar.gz", out.getvalue(), claims)


def on_disk(folder: Path, *files: Made) -> list[Path]:
    """Write files into a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.filename).write_bytes(file.content)
    return [folder / file.filename for file in files]


def pinned(*files: Made) -> str:
    """Return a requirements file that pins the files by version and digest."""
    lines: dict[str, list[str]] = {}
    for file in files:
        of = f"{file.claims['name'][0]}=={file.claims['version'][0]}"
        lines.setdefault(of, []).append(f"--hash=sha256:{file.offered().digests.sha256.hex}")
    return "".join(f"{of} {' '.join(digests)}\n" for of, digests in lines.items())


__all__ = ["Made", "on_disk", "pinned", "sdist", "wheel"]
