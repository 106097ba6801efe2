"""The extra fields of a zip header, and the 64-bit sizes that one of them may carry.

Principles: GEN-2.3
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from strongroom.kernel.refusals import Refused

MASK_32_BITS = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075


@dataclass(frozen=True, slots=True)
class Sizes:
    """A member's sizes, and the offset of its local header, in bytes."""

    unpacked: int
    packed: int
    offset: int


def widened(sizes: Sizes, extra: bytes) -> Sizes:
    """Return `sizes` with the fields that are masked (all ones) taken from the zip64 extra field.

    Refused when the extra fields are malformed, when the zip64 field carries more or less than what is masked, or
    when a field gives the member a second name: in each case tools differ in what they read.
    """
    if not extra and max(sizes.unpacked, sizes.packed, sizes.offset) < MASK_32_BITS:
        return sizes  # as nearly all members of nearly all wheels are
    fields = list(_fields(extra))
    wide = [body for number, body in fields if number == _ZIP64]
    if any(number == _UNICODE_PATH for number, _ in fields):
        raise _unclear("zip-second-name", "A member has a second name in an extra field")
    masked = [name for name in ("unpacked", "packed", "offset") if getattr(sizes, name) == MASK_32_BITS]
    if len(wide) > 1 or len(b"".join(wide)) != 8 * len(masked):
        raise _unclear("zip-zip64", "A member's 64-bit sizes do not match its 32-bit ones")
    if not masked:
        return sizes
    return replace(sizes, **dict(zip(masked, struct.unpack(f"<{len(masked)}Q", wide[0]), strict=True)))


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(extra):
        if position + 4 > len(extra):
            raise _unclear("zip-extra-field", "A member has a malformed extra field")
        number, length = struct.unpack_from("<HH", extra, position)
        position += 4 + length
        if position > len(extra):
            raise _unclear("zip-extra-field", "A member has a malformed extra field")
        yield number, extra[position - length : position]


def _unclear(code: str, what: str) -> Refused:
    return Refused(code, f"{what}: tools would read this zip differently; build it again.", principle="GEN-2.3")
