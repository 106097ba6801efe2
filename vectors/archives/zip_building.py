"""Writes zip archives and wheels byte by byte, so that every field can be made to lie.

Principles: GEN-2.3
"""

import base64
import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FOLDER = "anvil-1.0.dist-info"
METADATA = b"Metadata-Version: 2.4\nName: anvil\nVersion: 1.0\nSummary: Falls on coyotes\n"
WHEEL = b"Wheel-Version: 1.0\nGenerator: acme 1\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
CODE = b"WEIGHT_KG = 50\n"

_LOCAL = {"signature": "I", "version": "H", "flags": "H", "method": "H", "time": "H", "date": "H", "crc": "I",
          "packed": "I", "unpacked": "I", "name_length": "H", "extra_length": "H"}  # fmt: skip
_CENTRAL = {"signature": "I", "made_by": "H", "version": "H", "flags": "H", "method": "H", "time": "H", "date": "H",
            "crc": "I", "packed": "I", "unpacked": "I", "name_length": "H", "extra_length": "H", "comment_length": "H",
            "disk": "H", "internal": "H", "external": "I", "offset": "I"}  # fmt: skip
_END = {"signature": "I", "disk": "H", "first_disk": "H", "here": "H", "entries": "H", "length": "I", "offset": "I",
        "comment_length": "H"}  # fmt: skip

Lies = Mapping[str, int]


@dataclass(frozen=True)
class Entry:
    """A member, and the lies of its headers: field name to value, in the local and in the central header."""

    name: bytes
    body: bytes = CODE
    deflate: bool = False
    mode: int = 0o100644
    local: Lies = field(default_factory=dict)
    central: Lies = field(default_factory=dict)
    both: Lies = field(default_factory=dict)
    local_name: bytes | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    packed: bytes | None = None
    after: bytes = b""

    def packed_body(self) -> bytes:
        """Return the bytes that stand in the archive for the body."""
        if self.packed is not None:
            return self.packed
        return deflated(self.body) if self.deflate else self.body


def deflated(body: bytes) -> bytes:
    """Return `body` as a raw deflate stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def zipped(
    entries: Sequence[Entry],
    *,
    before: bytes = b"",
    gap: bytes = b"",
    before_end: bytes = b"",
    after: bytes = b"",
    comment: bytes = b"",
    end: Lies | None = None,
) -> bytes:
    """Return the archive of `entries`, with the given bytes before, between and after its parts."""
    content, directory = bytearray(before), bytearray()
    for entry in entries:
        central = _central(entry, len(content))
        content += _local(entry) + entry.packed_body() + entry.after
        directory += central
    content += gap
    fields = {"signature": 0x06054B50, "disk": 0, "first_disk": 0, "here": len(entries), "entries": len(entries),
              "length": len(directory), "offset": len(content), "comment_length": len(comment)}  # fmt: skip
    return bytes(content + directory) + before_end + _pack(_END, {**fields, **(end or {})}) + comment + after


def wide_end(entries: int, length: int, offset: int, *, at: int, **lies: int) -> bytes:
    """Return a zip64 end record that lies at `at`, and its locator."""
    fields = {"size": 44, "entries": entries, "length": length, "offset": offset, "at": at, **lies}
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, fields["size"], 45, 45, 0, 0, fields["entries"],
                         fields["entries"], fields["length"], fields["offset"])  # fmt: skip
    return record + struct.pack("<IIQI", 0x07064B50, 0, fields["at"], 1)


def record_of(bodies: Mapping[str, bytes]) -> bytes:
    """Return the RECORD that lists `bodies`, and itself."""
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip('=')},{len(body)}"
        for name, body in bodies.items()
    ]
    return "\n".join([*lines, f"{FOLDER}/RECORD,,", ""]).encode()


def wheel_entries(files: Mapping[str, bytes] | None = None, record: bytes | None = None) -> list[Entry]:
    """Return the members of a good wheel of anvil 1.0, with `files` added or replaced; an empty body leaves one out."""
    bodies = {"anvil/__init__.py": CODE, f"{FOLDER}/METADATA": METADATA, f"{FOLDER}/WHEEL": WHEEL, **(files or {})}
    bodies = {name: body for name, body in bodies.items() if body}
    full = {**bodies, f"{FOLDER}/RECORD": record_of(bodies) if record is None else record}
    return [Entry(name.encode(), body) for name, body in full.items() if body]


def _local(entry: Entry) -> bytes:
    name = entry.name if entry.local_name is None else entry.local_name
    fields = {**_shared(entry), "signature": 0x04034B50, "name_length": len(name),
              "extra_length": len(entry.local_extra), **entry.both, **entry.local}  # fmt: skip
    return _pack(_LOCAL, fields) + name + entry.local_extra


def _central(entry: Entry, offset: int) -> bytes:
    fields = {**_shared(entry), "signature": 0x02014B50, "made_by": 3 << 8 | 20, "name_length": len(entry.name),
              "extra_length": len(entry.central_extra), "comment_length": len(entry.comment), "disk": 0, "internal": 0,
              "external": entry.mode << 16, "offset": offset, **entry.both, **entry.central}  # fmt: skip
    return _pack(_CENTRAL, fields) + entry.name + entry.central_extra + entry.comment


def _shared(entry: Entry) -> dict[str, int]:
    return {"version": 20, "flags": 0 if entry.name.isascii() else 0x800, "method": 8 if entry.deflate else 0,
            "time": 0, "date": 0x21, "crc": zlib.crc32(entry.body), "packed": len(entry.packed_body()),
            "unpacked": len(entry.body)}  # fmt: skip


def _pack(layout: Mapping[str, str], fields: Mapping[str, int]) -> bytes:
    return struct.pack("<" + "".join(layout.values()), *(fields[name] for name in layout))
