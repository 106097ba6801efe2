"""The end of a zip archive: where its central directory lies and how many members it lists.

Principles: GEN-2.3
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

DIRECTORY_LIMIT_BYTES = 32 * 1024 * 1024

_END = struct.Struct("<IHHHHIIH")
_LOCATOR = struct.Struct("<IIQI")
_WIDE_END = struct.Struct("<IQHHIIQQQQ")
_END_SIGNATURE, _LOCATOR_SIGNATURE, _WIDE_SIGNATURE = 0x06054B50, 0x07064B50, 0x06064B50


@dataclass(frozen=True, slots=True)
class End:
    """Where the central directory starts, its size in bytes, and the number of its entries."""

    directory_at: int
    directory_bytes: int
    entries: int


@upholds("GEN-2.3")
def read_end(content: BinaryIO, size_bytes: int) -> End:
    """Return what the end record says; Refused unless it is the file's last 22 bytes and touches the directory.

    So there is no archive comment, nothing after the archive, and no second end record that another tool could find.
    """
    if size_bytes < _END.size:
        raise _not_a_zip()
    content.seek(size_bytes - _END.size)
    signature, disk, first_disk, here, entries, length, offset, comment = _END.unpack(content.read(_END.size))
    if signature != _END_SIGNATURE or comment:
        raise _not_a_zip()
    narrow = (here, entries, length, offset)
    ends_at = size_bytes - _END.size
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
        "The file does not end as a zip archive without comment ends: it is no zip, cut short, or followed by more.",
        principle="GEN-2.3",
    )


def _unclear(code: str, what: str) -> Refused:
    return Refused(code, f"{what}: tools would read this zip differently; build it again.", principle="GEN-2.3")
