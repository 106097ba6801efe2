"""`RECORD`: the list of a wheel's files with their digests and sizes.

Source: the binary distribution format, "The .dist-info directory"; recording installed projects (PEP 376, 627).

Principles: GEN-2.1
"""

import base64
import binascii
import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from strongroom.formats.exposure import Lookout
from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.archives.zips import ZipMember, read_member, stream
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

RECORD_LIMIT_BYTES = 32 * 1024 * 1024
# "RECORD.jws … and RECORD.p7s … are not mentioned in RECORD at all since they can only be added after [it]".
_UNSIGNED = ("RECORD", "RECORD.jws", "RECORD.p7s")
# "The hash algorithm must be sha256 or better; specifically, md5, sha1 … are not permitted".
_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class _Row:
    algorithm: str
    digest: bytes
    size: str


@upholds("GEN-2.1")
def require_record_agrees(content: BinaryIO, members: Mapping[str, ZipMember], folder: str, lookout: Lookout) -> None:
    """Refuse a wheel whose `RECORD` does not list exactly its files, each with its true digest and size.

    Every member is unpacked here, in chunks, so this is also where each member's checksum is verified, and what
    `lookout` sees. `folder` is the wheel's `.dist-info` folder.
    """
    path = f"{folder}/RECORD"
    if path not in members:
        raise Refused("wheel-incomplete", f"The file {shown(path)} is missing; build the wheel again.")
    # Only the wheel's own: a wheel may carry others', in a vendored `.dist-info`, as files like any other.
    unsigned = frozenset(f"{folder}/{name}" for name in _UNSIGNED)
    rows = _rows(read_member(content, members[path], RECORD_LIMIT_BYTES), unsigned)
    files = {name for name, member in members.items() if not member.is_folder}
    if unlisted := files - rows.keys() - unsigned:
        raise _differs(f"does not list {shown(min(unlisted))}")
    if missing := rows.keys() - files - unsigned:
        raise _differs(f"lists {shown(min(missing))}, which is not there")
    for name, member in members.items():
        row = rows.get(name)
        hasher = hashlib.new(row.algorithm) if row and name not in unsigned and not member.is_folder else None
        lookout.enter(name)
        for chunk in stream(content, member):
            lookout.see(chunk)
            if hasher:
                hasher.update(chunk)
        if hasher and row and (hasher.digest() != row.digest or row.size not in ("", str(member.size_bytes))):
            raise _differs(f"has another digest or size of {shown(name)}")


def _rows(raw: bytes, unsigned: frozenset[str]) -> dict[str, _Row]:
    rows: dict[str, _Row] = {}
    try:
        for fields in csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True):
            if not fields:
                continue
            path, digest, size = fields
            if path in rows:
                raise _differs(f"lists {shown(path)} twice")
            rows[path] = _Row("", b"", size) if path in unsigned else _row(path, digest, size)
    except (ValueError, csv.Error):
        raise _differs("is no UTF-8 table of path, digest and size") from None
    return rows


def _row(path: str, digest: str, size: str) -> _Row:
    algorithm, _, encoded = digest.partition("=")
    if algorithm not in _ALGORITHMS:
        raise Refused(
            "record-digest",
            f"RECORD gives {shown(path)} no digest by SHA-256 or better; build the wheel with a current tool.",
            principle="GEN-2.1",
        )
    try:
        return _Row(algorithm, base64.urlsafe_b64decode(encoded.rstrip("=") + "=="), size)
    except binascii.Error:
        return _Row(algorithm, b"", size)


def _differs(how: str) -> Refused:
    return Refused(
        "record-mismatch",
        f"RECORD {how}: the wheel was changed after it was built; build it again.",
        principle="GEN-2.1",
    )
