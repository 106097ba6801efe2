"""Makes the hostile archives and the list of how each is refused.

    python -m vectors.archives.make

Small ones are kept in `hostile/`, for any repository to test itself with; bombs are only made when they are tested.

Principles: GEN-2.1, GEN-2.3
"""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

from vectors.archives.tar_building import END, PKG_INFO, TOP, member
from vectors.archives.tar_vectors import tar_vectors
from vectors.archives.wheel_vectors import wheel_vectors
from vectors.archives.zip_building import Entry, record_of, wheel_entries, zipped
from vectors.archives.zip_vectors import zip_vectors

HERE = Path(__file__).parent
Vector = tuple[str, str, str, bytes]


def bombs() -> Iterator[Vector]:
    """Yield the archives that are too large, packed or unpacked, to be kept."""
    zeros = Entry(b"anvil/zeros", bytes(64 << 20), deflate=True)
    yield "bomb-ratio.whl", "archive-bomb", "64 MiB of zeros are packed into 64 kB.", zipped([*wheel_entries(), zeros])
    liar = Entry(b"anvil/zeros", bytes(64 << 20), deflate=True, both={"unpacked": 9})
    listed = record_of({"anvil/zeros": b"", **{entry.name.decode(): entry.body for entry in wheel_entries()[:-1]}})
    lying = zipped([*wheel_entries(record=listed), liar])
    yield "bomb-liar.whl", "zip-content", "64 MiB of zeros say that they are 9 bytes.", lying
    claims = Entry(b"anvil/huge", both={"unpacked": 0xFFFFFFFE, "packed": 15, "method": 8})
    yield "bomb-claim.whl", "archive-bomb", "A member says that it has 4 GiB.", zipped([*wheel_entries(), claims])
    many = [Entry(b"a%d" % number, b"") for number in range(60_000)]
    yield "bomb-count.whl", "archive-too-many-members", "There are 60,000 empty members.", zipped(many)
    metadata = Entry(b"anvil-1.0.dist-info/METADATA", b"Summary: x\n" * 300_000, deflate=True)
    others = [entry for entry in wheel_entries() if entry.name != metadata.name]
    yield "bomb-metadata.whl", "metadata-too-large", "The metadata has 3.3 MB.", zipped([*others, metadata])
    yield "bomb-ratio.tar.gz", "archive-bomb", "64 MiB of zeros are packed into 64 kB.", _bomb(64)
    headers = b"".join(member(f"{TOP}/{number}") for number in range(60_000))
    yield "bomb-count.tar.gz", "archive-too-many-members", "There are 60,000 empty members.", _packed(headers)
    info = member(f"{TOP}/PKG-INFO", b"Summary: x\n" * 300_000)
    yield "bomb-metadata.tar.gz", "metadata-too-large", "The metadata has 3.3 MB.", _packed(info + END)


def small() -> Iterator[Vector]:
    """Yield the archives that are kept; their names end as files of their kind do."""
    for name, code, says, content in [*zip_vectors(), *wheel_vectors()]:
        yield f"{name}.whl", code, says, content
    for name, code, says, content in tar_vectors():
        yield f"{name}.tar.gz", code, says, content


def _packed(tar: bytes) -> bytes:
    return gzip.compress(member(f"{TOP}/LICENSE", PKG_INFO) + tar, 9, mtime=0)


def _bomb(mebibytes: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        stream.write(member(f"{TOP}/PKG-INFO", PKG_INFO))
        stream.write(member(f"{TOP}/zeros", size=b"%011o\0" % (mebibytes << 20)))
        for _ in range(mebibytes):
            stream.write(bytes(1 << 20))
        stream.write(END)
    return packed.getvalue()


def main() -> None:
    """Write the archives, and what is expected of each."""
    folder = HERE / "hostile"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    lines = ["# How each archive is refused; made by make.py."]
    for name, code, says, content in [*small(), *bombs()]:
        if not name.startswith("bomb-"):
            (folder / name).write_bytes(content)
        lines += ["", f"[{json.dumps(name)}]", f"refused = {json.dumps(code)}", f"because = {json.dumps(says)}"]
    (HERE / "expected.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
