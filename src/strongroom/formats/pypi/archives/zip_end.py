"""The end of a zip archive: where its central directory lies and how many members it lists.

Principles: GEN-2.3
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

DIRECTORY_LIMIT_BYTES = 32 * 1024 * 1024
COMMENT_LIMIT_BYTES = 255

_END = struct.Struct("<4sHHHHIIH")
_LOCATOR = struct.Struct("<IIQI")
_WIDE_END = struct.Struct("<IQHHIIQQQQ")
_END_SIGNATURE, _LOCATOR_SIGNATURE, _WIDE_SIGNATURE = b"PK\x05\x06", 0x07064B50, 0x06064B50


@dataclass(frozen=True, slots=True)
class End:
    """Where the central directory starts, its size in bytes, and the number of its entries."""

    directory_at: int
    directory_bytes: int
    entries: int


@upholds("GEN-2.3")
def read_end(content: BinaryIO, size_bytes: int) -> End:
    """Return what the end record says; Refused unless it ends the file and touches the central directory.

    So nothing follows the archive, and there is no second end record that another tool could find. An archive comment
    is short and of printable ASCII, as some tools sign their work; no record can hide in that.
    """
    at, fields = _last_record(content, size_bytes)
    disk, first_disk, here, entries, length, offset, comment = fields
    if at + _END.size + comment != size_bytes:
        raise _not_a_zip()
    narrow = (here, entries, length, offset)
    ends_at = at
    end = End(offset, length, entries)
    locator = _locator(content, ends_at)
    if locator is not None:
        end = _wide_end(content, ends_at, locator, narrow)
        ends_at -= _LOCATOR.size + _WIDE_END.size
    elif here != entries or 0xFFFFFFFF in (length, offset):
        raise _unclear("zip-end", "The end record contradicts itself")
    if disk or first_disk or end.directory_at + end.directory_bytes != ends_at:
        raise _unclear("zip-end", "The central directory does not end where the end record starts")
    if end.directory_bytes > DIRECTORY_LIMIT_BYTES:
        raise _unclear("zip-directory-size", f"The central directory has more than {DIRECTORY_LIMIT_BYTES} bytes")
    return end


def _last_record(content: BinaryIO, size_bytes: int) -> tuple[int, tuple[int, ...]]:
    """Return where the last end record starts, and its fields without the signature."""
    tail_at = max(0, size_bytes - _END.size - COMMENT_LIMIT_BYTES)
    content.seek(tail_at)
    tail = content.read(size_bytes - tail_at)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or at + _END.size > len(tail):
        raise _not_a_zip()
    comment = tail[at + _END.size :]
    if not all(0x20 <= byte < 0x7F for byte in comment):
        raise _unclear("zip-comment", "The archive has a comment that is not printable ASCII, or something after it")
    return tail_at + at, _END.unpack_from(tail, at)[1:]


def _locator(content: BinaryIO, ends_at: int) -> int | None:
    """Return where the 64-bit end record is said to lie; None when there is no locator of one."""
    if ends_at < _LOCATOR.size:
        return None
    content.seek(ends_at - _LOCATOR.size)
    signature, disk, offset, disks = _LOCATOR.unpack(content.read(_LOCATOR.size))
    if signature != _LOCATOR_SIGNATURE:
        return None
    if disk or disks > 1:
        raise _unclear("zip-zip64", "The archive is spread over disks")
    return int(offset)


def _wide_end(content: BinaryIO, ends_at: int, at: int, narrow: tuple[int, int, int, int]) -> End:
    if at + _WIDE_END.size + _LOCATOR.size != ends_at:
        raise _unclear("zip-zip64", "The 64-bit end record is not where its locator says")
    content.seek(at)
    signature, size, _, _, disk, first_disk, here, entries, length, offset = _WIDE_END.unpack(
        content.read(_WIDE_END.size)
    )
    # "size of zip64 end of central directory record": without extensible data it is 44.
    if signature != _WIDE_SIGNATURE or size != 44 or disk or first_disk or here != entries:
        raise _unclear("zip-zip64", "The 64-bit end record is malformed")
    masks = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    wide = (here, entries, length, offset)
    if any(small not in (mask, large) for small, mask, large in zip(narrow, masks, wide, strict=True)):
        raise _unclear("zip-zip64", "The two end records differ")
    return End(offset, length, entries)


def _not_a_zip() -> Refused:
    return Refused(
        "zip-end",
        "The file does not end as a zip archive does: it is no zip, cut short, or followed by more; build it again.",
        principle="GEN-2.3",
    )


def _unclear(code: str, what: str) -> Refused:
    return Refused(code, f"{what}: tools would read this zip differently; build it again.", principle="GEN-2.3")
