"""Tar archives that tools read differently, or that would harm who unpacks them.

Principles: GEN-2.3
"""

import gzip
from collections.abc import Iterator

from vectors.archives.tar_building import END, PKG_INFO, TOP, member, packed, pax, sdist

Vector = tuple[str, str, str, bytes]


def tar_vectors() -> Iterator[Vector]:
    """Yield each vector: its name, the refusal's code, what is wrong in a sentence, and the file."""
    yield from _paths()
    yield from _links()
    yield from _kinds()
    yield from _extensions()
    yield from _frames()
    yield from _layout()


def _paths() -> Iterator[Vector]:
    names = {
        "parent": ("archive-path-escapes", f"{TOP}/../../etc/cron.d/evil", "A member climbs out of the folder."),
        "absolute": ("archive-path-absolute", "/etc/cron.d/evil", "A member has an absolute path."),
        "backslash": ("archive-path-backslash", f"{TOP}\\..\\evil", "A member climbs out by a backslash, on Windows."),
        "dot": ("archive-path-not-plain", f"{TOP}/./a.py", "A member has a second spelling by a dot."),
        "slash": ("tar-folder", f"{TOP}/a.py/", "A file is named like a folder."),
        "newline": ("archive-path-unprintable", f"{TOP}/a\n.py", "A member's name adds a line to listings."),
        "twice": ("archive-path-twice", f"{TOP}/PKG-INFO", "Two members have one name."),
        "case": ("archive-paths-collide", f"{TOP}/pkg-info", "Two members are one file on Windows and macOS."),
        "below-file": ("archive-paths-collide", f"{TOP}/PKG-INFO/x", "A file is also the folder of another."),
    }
    for name, (code, path, says) in names.items():
        yield f"tar-path-{name}", code, says, sdist(member(path, b"evil"))
    yield "tar-path-not-utf8", "tar-name-encoding", "A name is no UTF-8.", sdist(member(b"anvil-1.0/\xff"))
    long = pax({"path": f"{TOP}/" + "a/" * 600 + "a"}) + member("short", b"evil")
    yield "tar-path-long", "archive-path-length", "A member's path is longer than systems allow.", sdist(long)
    hidden = pax({"path": f"{TOP}/../../evil"}) + member(f"{TOP}/good", b"evil")
    yield (
        "tar-path-pax-parent",
        "archive-path-escapes",
        "An extension header renames a member to climb out.",
        sdist(hidden),
    )


def _links() -> Iterator[Vector]:
    targets = {
        "absolute": ("/etc/passwd", "A link has an absolute target."),
        "parent": ("../../etc/passwd", "A link leads out of the folder."),
        "top": ("..", "A link leads to what is above the top folder."),
        "empty": ("", "A link has no target."),
        "backslash": ("..\\..\\evil", "A link leads out by a backslash, on Windows."),
    }
    for name, (target, says) in targets.items():
        link = member(f"{TOP}/link", kind=b"2", link=target)
        yield f"tar-link-{name}", "tar-link-escapes", says, sdist(link)
    chain = member(f"{TOP}/a/b/deep", kind=b"2", link=".") + member(
        f"{TOP}/out", kind=b"2", link="a/b/deep/../../../.."
    )
    yield "tar-link-chain", "tar-link-escapes", "A link goes through another link, then up.", sdist(chain)
    through = member(f"{TOP}/link", kind=b"2", link="docs") + member(f"{TOP}/link/evil", b"evil")
    yield "tar-link-through", "archive-paths-collide", "A member is written through a link.", sdist(through)
    renamed = member("././@LongLink", b"/etc/passwd\0", kind=b"K") + member(f"{TOP}/link", kind=b"2", link="good")
    yield "tar-link-long", "tar-link-escapes", "An extension header gives a link another target.", sdist(renamed)
    many = b"".join(member(f"{TOP}/l{number}", kind=b"2", link="PKG-INFO") for number in range(1001))
    yield "tar-links-many", "tar-too-many-links", "There are more links than any source has.", sdist(many)


def _kinds() -> Iterator[Vector]:
    yield (
        "tar-hard-link",
        "tar-hard-link",
        "A member is a hard link to a file of the machine.",
        sdist(member(f"{TOP}/a", kind=b"1", link="/etc/passwd")),
    )
    for name, kind in {"character": b"3", "block": b"4", "fifo": b"6", "contiguous": b"7", "unknown": b"Z"}.items():
        yield (
            f"tar-kind-{name}",
            "tar-special-member",
            f"A member is of a special kind ({name}).",
            sdist(member(f"{TOP}/a", kind=kind)),
        )
    yield (
        "tar-kind-sparse",
        "tar-special-member",
        "A member is sparse: small in the archive, huge on disk.",
        sdist(member(f"{TOP}/a", kind=b"S")),
    )
    sparse = pax({"GNU.sparse.major": "1", "GNU.sparse.realsize": "1099511627776"}) + member(f"{TOP}/a")
    yield "tar-pax-sparse", "tar-sparse", "An extension header makes a member sparse.", sdist(sparse)
    yield (
        "tar-folder-content",
        "tar-size",
        "A folder has content, in which a member hides.",
        sdist(member(f"{TOP}/a", member(f"{TOP}/hidden", b"evil"), kind=b"5")),
    )
    yield (
        "tar-link-content",
        "tar-size",
        "A link has content, in which a member hides.",
        sdist(member(f"{TOP}/a", member(f"{TOP}/hidden", b"evil"), kind=b"2", link="PKG-INFO")),
    )


def _extensions() -> Iterator[Vector]:
    inner = member(f"{TOP}/hidden", b"evil")
    sized = pax({"size": "0"}) + member(f"{TOP}/a", inner)
    yield "tar-pax-size", "tar-size", "Header and extension differ in a size, and a member hides between.", sdist(sized)
    yield "tar-pax-size-text", "tar-size", "A size is no number.", sdist(pax({"size": "-1"}) + member(f"{TOP}/a"))
    twice = pax({"path": f"{TOP}/a"}) + pax({"path": f"{TOP}/b"}) + member(f"{TOP}/c")
    yield "tar-pax-twice", "tar-extension", "Two extension headers name one member.", sdist(twice)
    mixed = member("././@LongLink", b"x\0", kind=b"L") + pax({"path": f"{TOP}/b"}) + member(f"{TOP}/c")
    yield "tar-long-name-and-pax", "tar-extension", "Two kinds of extension header name one member.", sdist(mixed)
    yield (
        "tar-pax-global",
        "tar-extension",
        "A header renames every member that follows.",
        sdist(pax({"path": f"{TOP}/a"}, kind=b"g"), member(f"{TOP}/b")),
    )
    yield (
        "tar-pax-charset",
        "tar-extension",
        "A header changes the alphabet of names.",
        sdist(pax({"hdrcharset": "BINARY"}), member(f"{TOP}/b")),
    )
    for name, body in {
        "length": b"99 path=x\n",
        "no-equals": b"9 pathxx\n",
        "no-newline": b"9 path=xx",
        "zero": b"0 a=\n",
    }.items():
        broken = member("PaxHeaders/a", body, kind=b"x") + member(f"{TOP}/a")
        yield f"tar-pax-{name}", "tar-extension", f"An extension header is malformed ({name}).", sdist(broken)
    same = member("PaxHeaders/a", b"9 path=a\n9 path=b\n", kind=b"x") + member(f"{TOP}/a")
    yield "tar-pax-same", "tar-extension", "An extension header names a member twice.", sdist(same)
    for name, kind in {"name": b"L", "link": b"K"}.items():
        hides = member("././@LongLink", f"{TOP}/a".encode() + b"\0/../../evil\0", kind=kind)
        renamed = sdist(hides + member(f"{TOP}/b", kind=b"2" if name == "link" else b"0", link="PKG-INFO"))
        yield f"tar-long-{name}-nul", "tar-extension", f"A long {name} goes on after its end.", renamed
    for name, kind in {"file": b"0", "folder": b"5"}.items():
        linked = sdist(pax({"linkpath": "PKG-INFO"}) + member(f"{TOP}/a", kind=kind))
        yield f"tar-pax-link-{name}", "tar-extension", f"A {name} is said to be a link too.", linked
    linked = sdist(member("././@LongLink", b"PKG-INFO\0", kind=b"K") + member(f"{TOP}/a", b"x"))
    yield "tar-long-link-file", "tar-extension", "A file is said to be a link too, the GNU way.", linked
    huge = member("././@LongLink", b"a" * 70_000, kind=b"L") + member(f"{TOP}/a")
    yield "tar-long-name-huge", "tar-extension", "A name has 70,000 characters.", sdist(huge)
    comments = member("PaxHeaders", b"12 comment=\n", kind=b"x") * 5
    yield "tar-extensions-many", "tar-extension", "Headers without end describe one member.", sdist(comments)
    yield "tar-extension-alone", "tar-extension", "An extension header has no member.", sdist(pax({"path": "x"}))


def _frames() -> Iterator[Vector]:
    good = sdist()
    yield "gzip-trailing", "gzip-trailing-data", "Bytes follow the gzip stream.", good + b"hidden"
    yield "gzip-two-members", "gzip-trailing-data", "A second gzip stream follows.", good + gzip.compress(b"x", mtime=0)
    yield "gzip-truncated", "gzip-truncated", "The stream is cut short.", good[:-12]
    yield "gzip-checksum", "gzip-malformed", "The stream's checksum is wrong.", good[:-8] + b"\0" * 4 + good[-4:]
    yield "gzip-not-gzip", "gzip-malformed", "The file is an unpacked tar.", gzip.decompress(good)
    yield "gzip-empty", "gzip-truncated", "The file is empty.", b""
    yield (
        "tar-trailing",
        "tar-trailing-data",
        "A member hides after the end mark.",
        sdist(end=END + member(f"{TOP}/hidden", b"evil") + END),
    )
    yield (
        "tar-lone-zero-block",
        "tar-trailing-data",
        "A member hides after half an end mark.",
        sdist(end=END[:512] + member(f"{TOP}/hidden", b"evil") + END),
    )
    yield "tar-no-end", "tar-truncated", "The archive has no end mark.", sdist(end=b"")
    yield (
        "tar-cut-member",
        "tar-truncated",
        "A member ends early.",
        packed([member(f"{TOP}/PKG-INFO", PKG_INFO)[:-300]]),
    )
    yield (
        "tar-checksum",
        "tar-checksum",
        "A header's checksum is wrong.",
        sdist(member(f"{TOP}/a", checksum=b"000001\0 ")),
    )
    yield "tar-negative-size", "tar-header", "A size is negative.", sdist(member(f"{TOP}/a", size=b"\xff" * 12))
    yield (
        "tar-wide-size",
        "tar-header",
        "A size is of more than 33 bits.",
        sdist(member(f"{TOP}/a", size=b"\x80" + bytes(10) + b"\x01")),
    )
    yield "tar-size-text", "tar-header", "A size is no octal number.", sdist(member(f"{TOP}/a", size=b"0x000000010\0"))
    yield (
        "tar-gnu-prefix",
        "tar-header",
        "A path is longer for some tools than for others.",
        sdist(member("a", magic=b"ustar  \0", prefix=TOP.encode())),
    )
    yield "tar-not-a-tar", "tar-checksum", "The stream holds no tar.", packed([b"0" * 2048])


def _layout() -> Iterator[Vector]:
    yield "sdist-two-tops", "sdist-layout", "A member lies outside the one top folder.", sdist(member("setup.py"))
    yield (
        "sdist-other-top",
        "sdist-layout",
        "The top folder is of another release.",
        packed([member("anvil-2.0/PKG-INFO", PKG_INFO), END]),
    )
    yield (
        "sdist-no-metadata",
        "sdist-without-metadata",
        "There is no metadata.",
        packed([member(f"{TOP}/setup.py"), END]),
    )
    yield (
        "sdist-metadata-folder",
        "sdist-without-metadata",
        "The metadata is a folder.",
        packed([member(f"{TOP}/PKG-INFO", kind=b"5"), END]),
    )
    yield (
        "sdist-metadata-link",
        "sdist-without-metadata",
        "The metadata is a link.",
        packed([member(f"{TOP}/PKG-INFO", kind=b"2", link="other"), member(f"{TOP}/other", PKG_INFO), END]),
    )
    yield (
        "sdist-other-name",
        "filename-mismatch",
        "The metadata is of another project.",
        sdist(metadata=PKG_INFO.replace(b"anvil", b"hammer")),
    )
