"""A reader of gzipped tar archives for which an archive has one reading only; it streams, and extracts nothing.

Written after POSIX.1-2017 `pax` and the GNU tar manual. Tar readers differ most in how extension headers change the
member that follows (sizes above all), so an extension may name a member and nothing more.

Principles: GEN-2.3
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from strongroom.formats import Limits
from strongroom.formats.exposure import Lookout
from strongroom.formats.pypi.archives.bombs import require_countable
from strongroom.formats.pypi.archives.gzips import Inflated
from strongroom.formats.pypi.archives.links import require_links_inside
from strongroom.formats.pypi.archives.paths import require_distinct_paths, require_safe_path, shown
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

BLOCK_BYTES = 512
EXTENSION_LIMIT_BYTES = 64 * 1024
EXTENSIONS_LIMIT = 4

_ZEROS = bytes(BLOCK_BYTES)
_FILE, _OLD_FILE, _HARD_LINK, _LINK, _FOLDER = b"0", b"\0", b"1", b"2", b"5"
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_OCTAL = re.compile(rb" *([0-7]+)[ \0]*")
_PAX_RECORD = re.compile(rb"([1-9][0-9]{0,6}) ([^=\n]+)=")


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member: its path (without a final `/`), whether it is a folder, and where it points when it is a link."""

    path: str
    is_folder: bool
    link_target: str | None
    size_bytes: int


@dataclass(slots=True)
class _Named:
    """What extension headers said of the member that follows; None where they said nothing."""

    path: str | None = None
    link_target: str | None = None
    size_bytes: int | None = None


@upholds("GEN-2.3")
def read_tar(
    content: BinaryIO, size_bytes: int, limits: Limits, keep: Callable[[str], bool], lookout: Lookout
) -> tuple[list[TarMember], dict[str, bytes]]:
    """Return the members of the gzipped tar `content` of `size_bytes`, and the bytes of the files that `keep` picks.

    Refused when the archive is malformed, ambiguous, too large, or has an unsafe member. A kept file has at most
    `limits.metadata_bytes`. `lookout` sees the bytes of every member.
    """
    tar = Inflated(content, size_bytes, limits)
    members: list[TarMember] = []
    kept: dict[str, bytes] = {}
    for member in _members(tar, limits):
        if not (member.is_folder and member.path == "."):
            require_safe_path(member.path)
            members.append(member)
        lookout.enter(member.path)
        is_kept = member.link_target is None and not member.is_folder and keep(member.path)
        if is_kept:
            kept[member.path] = _read_kept(tar, member, limits)
            lookout.see(kept[member.path])
        else:
            tar.skip(_padded(member.size_bytes), lookout.see)
    tar.require_only_zeros_left()
    require_distinct_paths((member.path, member.is_folder) for member in members)
    require_links_inside({member.path: member.link_target for member in members if member.link_target is not None})
    return members, kept


def _members(tar: Inflated, limits: Limits) -> Iterator[TarMember]:
    named = _Named()
    members = extensions = 0
    while (header := tar.read(BLOCK_BYTES)) != _ZEROS:
        if len(header) < BLOCK_BYTES:
            raise _malformed("tar-truncated", "The archive has no end mark")
        _require_checksum(header)
        kind = header[156:157]
        size_bytes = _octal(header[124:136])
        if kind in {_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK}:
            extensions += 1
            if extensions > EXTENSIONS_LIMIT:
                raise _malformed("tar-extension", f"A member has more than {EXTENSIONS_LIMIT} extension headers")
            _extend(named, kind, _extension(tar, size_bytes))
            continue
        members += 1
        require_countable(members, limits)
        yield _member(header, kind, size_bytes, named)
        named, extensions = _Named(), 0
    if named != _Named():
        raise _malformed("tar-extension", "An extension header names no member")


def _member(header: bytes, kind: bytes, size_bytes: int, named: _Named) -> TarMember:
    path = _header_path(header)
    is_folder = kind == _FOLDER or (kind == _OLD_FILE and path.endswith("/"))
    if named.path is not None:
        path = named.path
    if is_folder:
        path = path.rstrip("/")
    elif path.endswith("/"):
        raise _malformed("tar-folder", f"The member {shown(path)} is named like a folder, and is none")
    path = path.removeprefix("./")
    target = None
    if kind == _LINK:
        target = named.link_target if named.link_target is not None else _text(_until_nul(header[157:257]))
    elif named.link_target is not None:
        raise _malformed("tar-extension", f"The member {shown(path)} has the target of a link, and is none")
    _require_kind(kind, path)
    # "If the size field … is specified to be other than zero for a link or a directory" readers differ in skipping it.
    if (is_folder or target is not None) and size_bytes:
        raise _malformed("tar-size", f"The folder or link {shown(path)} has content")
    if named.size_bytes not in (None, size_bytes):
        raise _malformed("tar-size", f"The member {shown(path)} has two sizes")
    return TarMember(path, is_folder, target, size_bytes)


@upholds("GEN-2.3")
def _require_kind(kind: bytes, path: str) -> None:
    """Refuse every kind of member but files, folders and symbolic links."""
    if kind == _HARD_LINK:
        raise Refused(
            "tar-hard-link", f"The member {shown(path)} is a hard link; ship the file itself.", principle="GEN-2.3"
        )
    if kind not in {_FILE, _OLD_FILE, _LINK, _FOLDER}:
        raise Refused(
            "tar-special-member",
            f"The member {shown(path)} is neither file, folder nor symbolic link; leave it out.",
            principle="GEN-2.3",
        )


def _header_path(header: bytes) -> str:
    name, prefix = _until_nul(header[:100]), _until_nul(header[345:500])
    if header[257:265] == b"ustar\x0000":
        return _text(prefix + b"/" + name if prefix else name)
    # GNU and old headers keep other things where ustar has its prefix; some readers would still take it for one.
    if prefix:
        raise _malformed("tar-header", "A header that is not ustar has a path prefix")
    return _text(name)


def _extension(tar: Inflated, size_bytes: int) -> bytes:
    if size_bytes > EXTENSION_LIMIT_BYTES:
        raise _malformed("tar-extension", f"An extension header has more than {EXTENSION_LIMIT_BYTES} bytes")
    body = tar.read(_padded(size_bytes))
    if len(body) < _padded(size_bytes):
        raise _malformed("tar-truncated", "An extension header ends early")
    return body[:size_bytes]


def _extend(named: _Named, kind: bytes, body: bytes) -> None:
    if kind == _LONG_NAME:
        _name(named, path=_text(_long(body)))
    elif kind == _LONG_LINK:
        _name(named, link_target=_text(_long(body)))
    else:
        records = dict(_pax_records(body))
        known = records.keys() & {"path", "linkpath", "size", "hdrcharset"}
        if any(key.startswith("GNU.sparse") for key in records):
            raise _malformed("tar-sparse", "The archive has a sparse file")
        if (kind == _PAX_GLOBAL and known) or "hdrcharset" in known:
            raise _malformed("tar-extension", "A pax header renames or resizes more than one member")
        size = records.get("size")
        if size is not None and not re.fullmatch("[0-9]{1,15}", size):
            raise _malformed("tar-size", "A pax header has a size that is no number")
        _name(named, records.get("path"), records.get("linkpath"), None if size is None else int(size))


def _long(body: bytes) -> bytes:
    """Return the name that a GNU header holds; Refused when it goes on after the NUL that ends it."""
    if b"\0" in body.rstrip(b"\0"):
        raise _malformed("tar-extension", "A long name has a NUL in it")
    return body.rstrip(b"\0")


def _name(
    named: _Named, path: str | None = None, link_target: str | None = None, size_bytes: int | None = None
) -> None:
    """Add to what is known of the next member; Refused when an extension said it already."""
    for field, value in (("path", path), ("link_target", link_target), ("size_bytes", size_bytes)):
        if value is None:
            continue
        if getattr(named, field) is not None:
            raise _malformed("tar-extension", "Two extension headers say the same of one member")
        setattr(named, field, value)


def _pax_records(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the records `"%d %s=%s\\n", <length>, <keyword>, <value>` of a pax header; each keyword once."""
    seen = set()
    position = 0
    while position < len(body):
        match = _PAX_RECORD.match(body, position)
        end = position + int(match[1]) if match else 0
        if not match or end > len(body) or end <= match.end() or body[end - 1 : end] != b"\n":
            raise _malformed("tar-extension", "A pax header is malformed")
        key = _text(match[2])
        if key in seen:
            raise _malformed("tar-extension", "A pax header says the same twice")
        seen.add(key)
        # Only a path must be text; what other keywords hold is nobody's business here.
        if key in {"path", "linkpath", "size", "hdrcharset"} or key.startswith("GNU.sparse"):
            yield key, _text(body[match.end() : end - 1])
        position = end


def _require_checksum(header: bytes) -> None:
    expected = sum(header) - sum(header[148:156]) + 8 * ord(" ")
    if _octal(header[148:156]) != expected:
        raise _malformed("tar-checksum", "A header's checksum is wrong")


def _octal(field: bytes) -> int:
    match = _OCTAL.fullmatch(field)
    if not match:
        raise _malformed("tar-header", "A header has a size or checksum that is no octal number")
    return int(match[1], 8)


def _until_nul(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _malformed("tar-name-encoding", "A member's name is not UTF-8") from None


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES


def _read_kept(tar: Inflated, member: TarMember, limits: Limits) -> bytes:
    if member.size_bytes > limits.metadata_bytes:
        raise Refused(
            "metadata-too-large",
            f"The member {shown(member.path)} has more than {limits.metadata_bytes} bytes; shorten it.",
            principle="GEN-2.3",
        )
    body = tar.read(_padded(member.size_bytes))
    if len(body) < _padded(member.size_bytes):
        raise _malformed("tar-truncated", f"The member {shown(member.path)} ends early")
    return body[: member.size_bytes]


def _malformed(code: str, what: str) -> Refused:
    return Refused(code, f"{what}: tools would read this tar differently; build it again.", principle="GEN-2.3")
