"""One gzip stream, unpacked as it is read, and never beyond the limits.

Principles: GEN-2.3
"""

import zlib
from collections.abc import Callable
from typing import BinaryIO

from strongroom.formats import Limits
from strongroom.formats.pypi.archives.bombs import require_bounded
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

CHUNK_BYTES = 64 * 1024


class Inflated:
    """The bytes inside a file that is one gzip member and nothing else.

    Refused when the stream is malformed, cut short, followed by anything, or unpacks to more than the limits allow.
    """

    def __init__(self, content: BinaryIO, size_bytes: int, limits: Limits) -> None:
        content.seek(0)
        self._content = content
        self._packed_bytes = size_bytes
        self._limits = limits
        self._unpacked_bytes = 0
        self._waiting = bytearray()
        self._packed = b""
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end."""
        while len(self._waiting) < count and self._more():
            pass
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken

    def skip(self, count: int, see: Callable[[bytes], None]) -> None:
        """Pass over `count` bytes, each of which `see` gets to see; Refused when the stream has fewer."""
        while count:
            piece = self.read(min(count, CHUNK_BYTES))
            see(piece)
            taken = len(piece)
            if not taken:
                raise _refused("tar-truncated", "A member of the archive ends early")
            count -= taken

    @upholds("GEN-2.3")
    def require_only_zeros_left(self) -> None:
        """Refuse a stream whose rest, after the archive's end mark, hides anything but padding."""
        while rest := self.read(CHUNK_BYTES):
            if rest.strip(b"\0"):
                raise _refused("tar-trailing-data", "Something follows the end of the tar archive")

    def _more(self) -> bool:
        if self._inflate.eof:
            self._require_end()
            return False
        if not self._packed:
            self._packed = self._content.read(CHUNK_BYTES)
            if not self._packed:
                raise _refused("gzip-truncated", "The gzip stream is cut short")
        try:
            unpacked = self._inflate.decompress(self._packed, CHUNK_BYTES)
        except zlib.error:
            raise _refused("gzip-malformed", "The file is no gzip stream, or a broken one") from None
        self._packed = self._inflate.unconsumed_tail
        self._unpacked_bytes += len(unpacked)
        require_bounded(self._unpacked_bytes, self._packed_bytes, self._limits)
        self._waiting += unpacked
        return True

    @upholds("GEN-2.3")
    def _require_end(self) -> None:
        """Refuse a file in which anything follows the first gzip member: some readers would go on, others stop."""
        if self._inflate.unused_data or self._content.read(1):
            raise _refused("gzip-trailing-data", "Something follows the gzip stream")


def _refused(code: str, what: str) -> Refused:
    return Refused(code, f"{what}; build the file again.", principle="GEN-2.3")
