"""Writes gzipped tar archives and source distributions byte by byte, so that every field can be made to lie.

Principles: GEN-2.3
"""

import gzip
from collections.abc import Iterable

TOP = "anvil-1.0"
PKG_INFO = b"Metadata-Version: 2.4\nName: anvil\nVersion: 1.0\nSummary: Falls on coyotes\n"
END = bytes(1024)


def member(
    name: str | bytes,
    body: bytes = b"",
    *,
    kind: bytes = b"0",
    link: str = "",
    size: bytes | None = None,
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    checksum: bytes | None = None,
) -> bytes:
    """Return one tar member: its header of 512 bytes, and its body padded to blocks."""
    raw = name if isinstance(name, bytes) else name.encode()
    head = raw.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + (size or b"%011o\0" % len(body)) + b"00000000000\0"
    tail = kind + link.encode().ljust(100, b"\0") + magic + bytes(80) + prefix.ljust(155, b"\0") + bytes(12)
    total = sum(head) + 8 * 32 + sum(tail)
    return head + (b"%06o\0 " % total if checksum is None else checksum) + tail + body + bytes(-len(body) % 512)


def pax(records: dict[str, str], *, kind: bytes = b"x") -> bytes:
    """Return a pax extension header that carries `records`."""
    body = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode()
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        body += str(length).encode() + rest
    return member("PaxHeaders/anvil", body, kind=kind)


def sdist(*extra: bytes, end: bytes = END, metadata: bytes = PKG_INFO) -> bytes:
    """Return a good source distribution of anvil 1.0, with the members `extra` after its own."""
    return packed([member(f"{TOP}/PKG-INFO", metadata), *extra, end])


def packed(parts: Iterable[bytes]) -> bytes:
    """Return the parts as one gzip stream that has no time in it."""
    return gzip.compress(b"".join(parts), 9, mtime=0)
