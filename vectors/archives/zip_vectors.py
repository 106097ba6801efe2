"""Zip archives that tools read differently, or that would harm who unpacks them.

Principles: GEN-2.3
"""

import struct
import zlib
from collections.abc import Iterator

from vectors.archives.zip_building import CODE, Entry, deflated, record_of, wheel_entries, wide_end, zipped

Vector = tuple[str, str, str, bytes]


def zip_vectors() -> Iterator[Vector]:
    """Yield each vector: its name, the refusal's code, what is wrong in a sentence, and the file."""
    yield from _paths()
    yield from _members()
    yield from _disagreements()
    yield from _frames()
    yield from _wide()


def _with(*entries: Entry) -> bytes:
    """Return a good wheel with `entries` in addition, which its RECORD lists where their names are text."""
    good = wheel_entries()
    named = {entry.name.decode(): entry.body for entry in [*good[:-1], *entries] if entry.name != b"anvil/\xff.py"}
    return zipped([*wheel_entries(record=record_of(named)), *entries])


def _paths() -> Iterator[Vector]:
    names = {
        "parent": ("archive-path-escapes", b"../evil.py", "A member climbs out of the folder."),
        "inner-parent": ("archive-path-escapes", b"anvil/../../evil.py", "A member climbs out from within."),
        "absolute": ("archive-path-absolute", b"/etc/cron.d/evil", "A member has an absolute path."),
        "drive": ("archive-path-absolute", b"C:evil.py", "A member has a drive letter."),
        "backslash": ("archive-path-backslash", b"..\\evil.py", "A member climbs out by a backslash, on Windows."),
        "dot": ("archive-path-not-plain", b"anvil/./a.py", "A member has a second spelling by a dot."),
        "double-slash": ("archive-path-not-plain", b"anvil//a.py", "A member has a second spelling by two slashes."),
        "empty": ("archive-path-length", b"", "A member has no name."),
        "long": ("archive-path-length", b"a/" * 600 + b"a", "A member's path is longer than systems allow."),
        "nul": ("archive-path-unprintable", b"anvil/a.py\0.txt", "A member's name ends early for some tools."),
        "newline": ("archive-path-unprintable", b"anvil/a\n.py", "A member's name adds a line to listings."),
        "right-to-left": ("archive-path-unprintable", "anvil/\u202eyp.exe".encode(), "A name is shown reversed."),
        "not-utf8": ("zip-name-encoding", b"anvil/\xff.py", "A name marked as UTF-8 is none."),
    }
    for name, (code, path, says) in names.items():
        yield f"zip-path-{name}", code, says, _with(Entry(path))
    unmarked = Entry("anvil/\u00e9.py".encode(), both={"flags": 0})
    yield (
        "zip-path-unmarked",
        "zip-name-encoding",
        "A name is UTF-8 for one tool, code page 437 for another.",
        _with(unmarked),
    )
    pairs = {
        "twice": ("archive-path-twice", b"anvil/__init__.py", "Two members have one name, and different bytes."),
        "case": ("archive-paths-collide", b"anvil/__INIT__.py", "Two members are one file on Windows and macOS."),
        "below-file": ("archive-paths-collide", b"anvil/__init__.py/x", "A file is also the folder of another."),
    }
    for name, (code, path, says) in pairs.items():
        yield f"zip-paths-{name}", code, says, _with(Entry(path, b"evil = 1\n"))
    forms = [Entry("anvil/caf\u00e9.py".encode()), Entry("anvil/cafe\u0301.py".encode())]
    yield "zip-paths-unicode", "archive-paths-collide", "Two members are one file on macOS.", _with(*forms)


def _members() -> Iterator[Vector]:
    yield (
        "zip-symlink",
        "zip-special-member",
        "A member is a symbolic link.",
        _with(Entry(b"anvil/a", b"/etc/passwd", mode=0o120777)),
    )
    yield "zip-device", "zip-special-member", "A member is a device.", _with(Entry(b"anvil/a", b"", mode=0o060644))
    yield "zip-folder-with-content", "zip-folder", "A folder has content.", _with(Entry(b"anvil/a/", CODE))
    yield (
        "zip-folder-without-slash",
        "zip-folder",
        "A folder is named like a file.",
        _with(Entry(b"anvil/a", b"", mode=0o040755)),
    )
    yield "zip-encrypted", "zip-encrypted", "A member is encrypted.", _with(Entry(b"anvil/a", both={"flags": 1}))
    yield (
        "zip-strong-encryption",
        "zip-encrypted",
        "A member is encrypted strongly.",
        _with(Entry(b"anvil/a", both={"flags": 0x41})),
    )
    yield (
        "zip-patched-data",
        "zip-flags",
        "A member has a flag of which tools know nothing.",
        _with(Entry(b"anvil/a", both={"flags": 0x20})),
    )
    yield (
        "zip-bzip2",
        "zip-method",
        "A member is packed by a method that installers may lack.",
        _with(Entry(b"anvil/a", both={"method": 12})),
    )
    descriptor = struct.pack("<IIII", 0x08074B50, zlib.crc32(CODE), len(CODE), len(CODE))
    streamed = Entry(b"anvil/a", both={"flags": 8}, local={"crc": 0, "packed": 0, "unpacked": 0}, after=descriptor)
    yield "zip-data-descriptor", "zip-data-descriptor", "A member's sizes stand after it.", _with(streamed)
    yield "zip-checksum", "zip-checksum", "A member's checksum is wrong.", _with(Entry(b"anvil/a", both={"crc": 1}))
    yield (
        "zip-size-short",
        "zip-content",
        "A member unpacks to more than it says.",
        _with(Entry(b"anvil/a", CODE * 9, deflate=True, both={"unpacked": 9})),
    )
    yield (
        "zip-size-long",
        "zip-content",
        "A member unpacks to less than it says.",
        _with(Entry(b"anvil/a", CODE, deflate=True, both={"unpacked": 999})),
    )
    yield "zip-stored-sizes", "zip-size", "A stored member has two sizes.", _with(Entry(b"a", both={"unpacked": 3}))
    yield (
        "zip-broken-deflate",
        "zip-content",
        "A member does not unpack.",
        _with(Entry(b"anvil/a", CODE, deflate=True, packed=b"\xff" * 20)),
    )
    yield (
        "zip-cut-deflate",
        "zip-content",
        "A member's stream ends early.",
        _with(Entry(b"anvil/a", CODE * 99, deflate=True, packed=deflated(CODE * 99)[:-3])),
    )
    yield (
        "zip-hidden-in-deflate",
        "zip-content",
        "Bytes hide after a member's stream.",
        _with(Entry(b"anvil/a", CODE, deflate=True, packed=deflated(CODE) + b"hidden")),
    )


def _disagreements() -> Iterator[Vector]:
    lies = {
        "name": Entry(b"anvil/a", local_name=b"anvil/b"),
        "size": Entry(b"anvil/a", local={"packed": 5, "unpacked": 5}),
        "checksum": Entry(b"anvil/a", local={"crc": 7}),
        "method": Entry(b"anvil/a", deflate=True, local={"method": 0}),
        "flags": Entry(b"anvil/a", local={"flags": 2}),
        "signature": Entry(b"anvil/a", local={"signature": 0x04034B51}),
    }
    for name, entry in lies.items():
        says = f"Front and back of the archive differ in a member's {name}."
        yield f"zip-headers-{name}", "zip-headers-disagree", says, _with(entry)
    yield "zip-member-comment", "zip-comment", "A member has a comment.", _with(Entry(b"anvil/a", comment=b"PK"))
    second = struct.pack("<HHBI", 0x7075, 5 + 6, 1, zlib.crc32(b"anvil/a")) + b"evil.py"[:6]
    yield (
        "zip-second-name",
        "zip-second-name",
        "A member has a second name in an extra field.",
        _with(Entry(b"anvil/a", central_extra=second)),
    )
    yield (
        "zip-extra-field",
        "zip-extra-field",
        "An extra field is longer than its room.",
        _with(Entry(b"anvil/a", central_extra=b"\x01\x00\xff\x00")),
    )


def _frames() -> Iterator[Vector]:
    entries = wheel_entries()
    whole = zipped(entries)
    hidden = zipped([Entry(b"evil.py")])
    yield "zip-prepended", "zip-gap", "A program stands before the archive.", zipped(entries, before=b"#!/bin/sh\nid\n")
    yield "zip-gap", "zip-gap", "Bytes hide between members and directory.", zipped(entries, gap=b"hidden")
    yield (
        "zip-unlisted-member",
        "zip-gap",
        "A member is in front and not in the back.",
        zipped([*entries[:-1], Entry(entries[-1].name, entries[-1].body, after=hidden[:60])]),
    )
    yield "zip-trailing", "zip-comment", "Bytes follow the archive.", whole + b"\0\0\0hidden"
    yield "zip-two-archives", "zip-end", "A second archive follows, and hides the first.", whole + hidden
    yield (
        "zip-second-end",
        "zip-end",
        "A second end record hides in the comment.",
        zipped(entries, comment=zipped([]), end={"comment_length": 22}),
    )
    yield "zip-comment", "zip-comment", "The archive's comment is not text.", zipped(entries, comment=b"\0\1\2")
    yield (
        "zip-comment-length",
        "zip-end",
        "The comment is shorter than said.",
        zipped(entries, end={"comment_length": 9}),
    )
    yield "zip-before-end", "zip-end", "Bytes hide before the end record.", zipped(entries, before_end=b"hidden")
    yield "zip-truncated", "zip-end", "The archive is cut short.", whole[:-30]
    yield "zip-empty-file", "zip-end", "The file is empty.", b""
    yield "zip-not-a-zip", "zip-end", "The file is no zip at all.", b"GIF89a" * 20
    yield (
        "zip-count-low",
        "zip-directory",
        "The directory lists more than counted.",
        zipped(entries, end={"here": 2, "entries": 2}),
    )
    yield (
        "zip-count-high",
        "zip-directory",
        "The directory lists less than counted.",
        zipped(entries, end={"here": 9, "entries": 9}),
    )
    yield "zip-count-two", "zip-end", "The end record has two counts.", zipped(entries, end={"here": 2})
    yield (
        "zip-directory-record",
        "zip-directory",
        "The directory has an unknown record.",
        _with(Entry(b"anvil/a", central={"signature": 0x05054B50})),
    )
    yield "zip-other-disk", "zip-comment", "A member lies on another disk.", _with(Entry(b"a", central={"disk": 1}))
    first = len(zipped([entries[0]])) - 22 - 46 - len(entries[0].name)
    overlap = [*entries[:1], Entry(b"anvil/a", central={"offset": first - 4}), *entries[1:]]
    yield "zip-overlap", "zip-overlap", "Two members share bytes.", zipped(overlap)
    shared = [*entries, Entry(b"anvil/again.py", central={"offset": 0})]
    yield "zip-shared-content", "zip-overlap", "Two names share one content.", zipped(shared)


def _wide() -> Iterator[Vector]:
    mask = 0xFFFFFFFF
    size = struct.pack("<HHQ", 1, 8, len(CODE))
    yield (
        "zip64-size-lies",
        "zip-headers-disagree",
        "The 64-bit size is another one in the back.",
        _with(Entry(b"a", CODE, deflate=True, central={"unpacked": mask}, central_extra=struct.pack("<HHQ", 1, 8, 99))),
    )
    yield (
        "zip64-twice",
        "zip-zip64",
        "A member has two 64-bit sizes.",
        _with(Entry(b"anvil/a", central={"unpacked": mask}, central_extra=size * 2)),
    )
    yield (
        "zip64-unasked",
        "zip-zip64",
        "A member has a 64-bit size that its header does not ask for.",
        _with(Entry(b"anvil/a", central_extra=size)),
    )
    yield (
        "zip64-missing",
        "zip-zip64",
        "A member's header asks for a 64-bit size that is not there.",
        _with(Entry(b"anvil/a", central={"unpacked": mask})),
    )
    entries = wheel_entries()
    plain = zipped(entries)
    count, length, offset = struct.unpack("<HII", plain[-12:-2])
    at = offset + length
    ends = {
        "locator-lies": wide_end(count, length, offset, at=at - 1),
        "count-lies": wide_end(count + 1, length, offset, at=at),
        "offset-lies": wide_end(count, length, offset - 46, at=at),
        "size-lies": wide_end(count, length, offset, at=at, size=60),
    }
    for name, record in ends.items():
        says = f"The 64-bit end record differs from the other one ({name})."
        yield f"zip64-end-{name}", "zip-zip64", says, plain[:-22] + record + plain[-22:]
