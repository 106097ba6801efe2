"""A zip reader for which an archive has one reading only, and every byte of the file belongs to it.

Written after PKWARE's APPNOTE 6.3.10. Zip files can be read from the front (local headers) or from the back (central
directory); the attacks on package archives live where both differ. Here the two must agree in every field, and local
headers, contents, central directory and end record must tile the file without a gap.

Principles: GEN-2.3
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from strongroom.formats import Limits
from strongroom.formats.pypi.archives.bombs import require_bounded, require_countable
from strongroom.formats.pypi.archives.paths import require_distinct_paths, require_safe_path, shown
from strongroom.formats.pypi.archives.zip64 import Sizes, widened
from strongroom.formats.pypi.archives.zip_end import End, read_end
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

STORED, DEFLATED = 0, 8
CHUNK_BYTES = 64 * 1024

_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL_SIGNATURE = 0x02014B50
_LOCAL_SIGNATURE = 0x04034B50
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DATA_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_HARMLESS_FLAGS = 0x0002 | 0x0004 | _UTF8


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One member: `path` ends in `/` when it is a folder; `starts_at` is where its packed bytes start."""

    path: str
    size_bytes: int
    packed_bytes: int
    crc: int
    method: int
    starts_at: int

    @property
    def is_folder(self) -> bool:
        """Report whether this member is a folder."""
        return self.path.endswith("/")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A header's fields that its twin must repeat, with what only the central directory knows."""

    name: bytes
    flags: int
    method: int
    crc: int
    sizes: Sizes
    mode: int


@upholds("GEN-2.3")
def read_zip(content: BinaryIO, size_bytes: int, limits: Limits) -> list[ZipMember]:
    """Return the members of the zip archive `content` of `size_bytes`, in the order of the file.

    Refused when front and back disagree, when a byte belongs to nothing, or when a member is unsafe. The members'
    own bytes are not read; `stream` does that, and checks them.
    """
    end = read_end(content, size_bytes)
    require_countable(end.entries, limits)
    entries = sorted(_central_entries(content, end), key=lambda entry: entry.sizes.offset)
    require_bounded(sum(entry.sizes.unpacked for entry in entries), size_bytes, limits)
    members = []
    position = 0
    for entry in entries:
        member, position = _located(content, entry, position)
        if position > end.directory_at:
            raise _unclear("zip-overlap", f"The member {shown(member.path)} runs into what follows it")
        members.append(member)
    if position != end.directory_at:
        raise _unclear("zip-gap", "Some bytes before the central directory belong to no member")
    require_distinct_paths((member.path, member.is_folder) for member in members)
    return members


@upholds("GEN-2.3")
def stream(content: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    """Yield a member's bytes in chunks of at most 64 KiB; Refused when they are not what its header says.

    Never more than the size that the header declares is unpacked: a bomb that lies of its size stops here.
    """
    content.seek(member.starts_at)
    unpacked_bytes = crc = 0
    for chunk in _unpacked(content, member):
        unpacked_bytes += len(chunk)
        if unpacked_bytes > member.size_bytes:
            raise _broken(member, "unpacks to more than its header says")
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if unpacked_bytes != member.size_bytes:
        raise _broken(member, "unpacks to less than its header says")
    if crc != member.crc:
        raise Refused(
            "zip-checksum", f"The checksum of {shown(member.path)} is wrong; build the file again.", principle="GEN-2.3"
        )


def read_member(content: BinaryIO, member: ZipMember, limit_bytes: int) -> bytes:
    """Return a member's bytes; Refused when there are more than `limit_bytes` of them."""
    if member.size_bytes > limit_bytes:
        raise Refused(
            "metadata-too-large",
            f"The member {shown(member.path)} has more than {limit_bytes} bytes; shorten it.",
            principle="GEN-2.3",
        )
    return b"".join(stream(content, member))


def _central_entries(content: BinaryIO, end: End) -> Iterator[_Entry]:
    content.seek(end.directory_at)
    directory = content.read(end.directory_bytes)
    position = 0
    for _ in range(end.entries):
        if position + _CENTRAL.size > len(directory):
            raise _unclear("zip-directory", "The central directory ends early")
        fields = _CENTRAL.unpack_from(directory, position)
        signature, made_by, _, flags, method, _, _, crc, packed, unpacked = fields[:10]
        name_length, extra_length, comment_length, disk, _, attributes, offset = fields[10:]
        if signature != _CENTRAL_SIGNATURE:
            raise _unclear("zip-directory", "The central directory has an unknown record")
        if comment_length or disk:
            raise _unclear("zip-comment", "A member has a comment or lies on another disk")
        position += _CENTRAL.size
        variable = directory[position : position + name_length + extra_length]
        position += name_length + extra_length
        if position > len(directory):
            raise _unclear("zip-directory", "The central directory ends early")
        sizes = widened(Sizes(unpacked, packed, offset), variable[name_length:])
        mode = attributes >> 16 if made_by >> 8 in {3, 19} or stat.S_ISLNK(attributes >> 16) else 0
        yield _Entry(variable[:name_length], flags, method, crc, sizes, mode)
    if position != len(directory):
        raise _unclear("zip-directory", "The central directory has more records than the end record counts")


def _located(content: BinaryIO, entry: _Entry, position: int) -> tuple[ZipMember, int]:
    """Return the member that starts at `position`, and where it ends; Refused when both its headers differ."""
    path = _path_of(entry)
    _require_plain(entry, path)
    if entry.sizes.offset != position:
        code = "zip-overlap" if entry.sizes.offset < position else "zip-gap"
        raise _unclear(code, f"The member {shown(path)} does not start where the one before it ends")
    content.seek(position)
    header = content.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise _unclear("zip-headers-disagree", f"The member {shown(path)} has no local header")
    signature, _, flags, method, _, _, crc, packed, unpacked, name_length, extra_length = _LOCAL.unpack(header)
    variable = content.read(name_length + extra_length)
    # A local header has no offset: it is widened with the one that the central directory gave, which cannot be masked.
    local = widened(Sizes(unpacked, packed, 0), variable[name_length:])
    same = (
        signature == _LOCAL_SIGNATURE
        and variable[:name_length] == entry.name
        and (flags, method, crc) == (entry.flags, entry.method, entry.crc)
        and (local.unpacked, local.packed) == (entry.sizes.unpacked, entry.sizes.packed)
    )
    if not same:
        raise _unclear("zip-headers-disagree", f"Local header and central directory differ on {shown(path)}")
    starts_at = position + _LOCAL.size + name_length + extra_length
    member = ZipMember(path, local.unpacked, local.packed, crc, method, starts_at)
    return member, starts_at + local.packed


def _path_of(entry: _Entry) -> str:
    if not entry.flags & _UTF8 and not entry.name.isascii():
        raise _unclear("zip-name-encoding", "A member's name is neither ASCII nor marked as UTF-8")
    try:
        path = entry.name.decode()
    except UnicodeDecodeError:
        raise _unclear("zip-name-encoding", "A member's name is not UTF-8") from None
    require_safe_path(path)
    return path


@upholds("GEN-2.3")
def _require_plain(entry: _Entry, path: str) -> None:
    """Refuse a member that is encrypted, packed by a rare method, a link or a device, or a folder with content."""
    if entry.flags & _ENCRYPTED:
        raise Refused("zip-encrypted", f"The member {shown(path)} is encrypted; ship it plain.", principle="GEN-2.3")
    if entry.flags & _DATA_DESCRIPTOR:
        raise _unclear("zip-data-descriptor", f"The member {shown(path)} has its sizes after its content")
    if entry.flags & ~_HARMLESS_FLAGS:
        raise _unclear("zip-flags", f"The member {shown(path)} has flags that packages do not use")
    if entry.method not in {STORED, DEFLATED}:
        raise Refused(
            "zip-method", f"Pack {shown(path)} by deflate or store it; no other method is read.", principle="GEN-2.3"
        )
    if stat.S_IFMT(entry.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Refused(
            "zip-special-member",
            f"The member {shown(path)} is a link or a device; ship the file itself.",
            principle="GEN-2.3",
        )
    is_folder = path.endswith("/")
    if (is_folder and entry.sizes.unpacked) or (stat.S_ISDIR(entry.mode) and not is_folder):
        raise _unclear("zip-folder", f"The member {shown(path)} is a folder by one sign and a file by another")
    if entry.method == STORED and entry.sizes.unpacked != entry.sizes.packed:
        raise _unclear("zip-size", f"The stored member {shown(path)} has two sizes")


def _unpacked(content: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    """Yield the member's content as it is unpacked, whatever its length."""
    left = member.packed_bytes
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
    while left:
        packed = content.read(min(left, CHUNK_BYTES))
        if not packed:
            raise _broken(member, "ends early")
        left -= len(packed)
        if inflate is None:
            yield packed
        else:
            yield from _inflated(inflate, packed, member)
    if inflate is not None:
        # All input is taken in, so what zlib still holds back is a few matches at most.
        yield inflate.flush()
        if not inflate.eof:
            raise _broken(member, "ends early")


def _inflated(inflate: "zlib._Decompress", packed: bytes, member: ZipMember) -> Iterator[bytes]:
    while packed:
        try:
            yield inflate.decompress(packed, CHUNK_BYTES)
        except zlib.error:
            raise _broken(member, "does not unpack") from None
        if inflate.unused_data:
            raise _broken(member, "has bytes after its packed content")
        packed = inflate.unconsumed_tail


def _unclear(code: str, what: str) -> Refused:
    return Refused(code, f"{what}: tools would read this zip differently; build it again.", principle="GEN-2.3")


def _broken(member: ZipMember, what: str) -> Refused:
    return Refused("zip-content", f"The member {shown(member.path)} {what}; build the file again.", principle="GEN-2.3")
