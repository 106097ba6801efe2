"""A list of leaked passwords on this disk: SHA-1 digests of 20 bytes each, sorted, and a few added by hand.

The list as a whole is the file `breached.sha1`; `added.sha1` beside it holds what was added since, in no order.

Principles: AUTHN-2.4
"""

import fcntl
import hashlib
import mmap
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from strongroom.authn.breaches import Exposure

SORTED: Final = "breached.sha1"
ADDED: Final = "added.sha1"
LIMIT_ADDED: Final = 100_000
_DIGEST_BYTES: Final = 20
# 12 bits of the digest choose the bucket: of 900 million digests, 220,000 fall into each.
_BUCKETS: Final = 4096
_LIMIT_BUFFER_BYTES: Final = 16 * 1024
_MOST_FREQUENT: Final = 4000
#: Long ones that everybody has read of, which makes them as good as short ones to a guesser.
_FAMOUS: Final = (
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "CorrectHorseBatteryStaple",
    "correct-horse-battery-staple",
    "thequickbrownfoxjumpsoverthelazydog",
    "the quick brown fox jumps over the lazy dog",
)
_ENDINGS: Final = ("", "1", "12", "123", "1234", "12345", "!", "1!", "123!", "1234!")
# "SHA1" or "SHA1:count", as the downloaders of the public list write it; a count of 0 is padding.
_LINE: Final = re.compile(rb"([0-9A-Fa-f]{40})(?::([0-9]{1,12}))?\s*")


class OfflineList:
    """The list in a folder. Files are opened for each question, so an import counts from the moment it is done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_imported(self) -> bool:
        """Report whether a whole list has been imported: only then does silence of the list mean anything."""
        return (self._folder / SORTED).exists()

    def exposure(self, digest: bytes) -> Exposure:
        """Return what is known of a password by its SHA-1; `UNKNOWN` when no list was imported, or it is damaged."""
        try:
            if _is_added(self._folder / ADDED, digest):
                return Exposure.LEAKED
            return _look_up(self._folder / SORTED, digest)
        except OSError:
            return Exposure.UNKNOWN


def _is_added(path: Path, digest: bytes) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return digest in _cut(file.read(LIMIT_ADDED * _DIGEST_BYTES))


def _cut(block: bytes) -> Iterator[bytes]:
    """Yield the whole digests in a block; one that was cut off at its end was never added."""
    whole = len(block) - len(block) % _DIGEST_BYTES
    return (block[at : at + _DIGEST_BYTES] for at in range(0, whole, _DIGEST_BYTES))


def _look_up(path: Path, digest: bytes) -> Exposure:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0 or size % _DIGEST_BYTES:
            return Exposure.UNKNOWN
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as digests:
            low, high = 0, size // _DIGEST_BYTES
            while low < high:
                middle = (low + high) // 2
                found = digests[middle * _DIGEST_BYTES : (middle + 1) * _DIGEST_BYTES]
                if found == digest:
                    return Exposure.LEAKED
                low, high = (middle + 1, high) if found < digest else (low, middle)
    return Exposure.NEVER_SEEN


def add(password: str, folder: Path) -> None:
    """Add one password to the list in a folder, durably; ValueError when 100,000 were added: import a list then."""
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ADDED).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        held = list(_cut(file.read(LIMIT_ADDED * _DIGEST_BYTES)))
        if digest in held:
            return
        if len(held) >= LIMIT_ADDED:
            raise ValueError(f"{LIMIT_ADDED} passwords were added one by one; import a list instead")
        # What a crash cut off goes, or all that follows would be out of step.
        file.truncate(len(held) * _DIGEST_BYTES)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())


def import_list(lines: Iterable[bytes], folder: Path) -> int:
    """Replace the list in a folder by the digests in `lines`, and return how many different ones there were.

    A line is `SHA1` or `SHA1:count` in hexadecimal; order is free, blank lines are skipped. ValueError for any other
    line, and for no digest at all; the list is then what it was. Two passes over the disk: digests are dealt into
    4,096 buckets, each is sorted in memory. 900 million lines need 18 GB beside the old list and the new one while it
    runs, about 130 MiB of memory, and half an hour of one core (2.1 µs a line).
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as place:
        buckets = Path(place)
        _deal(lines, buckets)
        count = _join(buckets, buckets / "sorted")
        if not count:
            raise ValueError("there is no digest in this list")
        (buckets / "sorted").replace(folder / SORTED)
    kept = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(kept)
    finally:
        os.close(kept)
    return count


def _deal(lines: Iterable[bytes], buckets: Path) -> None:
    held = [bytearray() for _ in range(_BUCKETS)]
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            if line.strip():
                raise ValueError(f"line {number} is not a SHA-1 in hexadecimal, with or without a count")
            continue
        if match[2] is not None and not int(match[2]):
            continue
        bucket = int(match[1][:3], 16)
        held[bucket] += bytes.fromhex(match[1].decode())
        if len(held[bucket]) >= _LIMIT_BUFFER_BYTES:
            _spill(buckets, bucket, held[bucket])
    for bucket, rest in enumerate(held):
        if rest:
            _spill(buckets, bucket, rest)


def _spill(buckets: Path, bucket: int, held: bytearray) -> None:
    # Opened each time: 4,096 open files are more than a process may have.
    with (buckets / f"{bucket:03x}").open("ab") as file:
        file.write(held)
    held.clear()


def _join(buckets: Path, target: Path) -> int:
    count = 0
    with target.open("wb") as made:
        # The name of a bucket is the beginning of its digests.
        for path in sorted(buckets.glob("[0-9a-f][0-9a-f][0-9a-f]")):
            digests = sorted(set(_cut(path.read_bytes())))
            path.unlink()
            count += len(digests)
            made.write(b"".join(digests))
        made.flush()
        os.fsync(made.fileno())
    return count


def digest_lines(passwords: Iterable[str]) -> Iterator[bytes]:
    """Yield the line of each password, for `import_list`."""
    for password in passwords:
        yield hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().encode()


def common_passwords() -> Iterator[str]:
    """Yield zxcvbn's bundled list of frequent passwords: what a host without internet can import at least.

    The most frequent come also as people write them where capitals, digits and marks are demanded, which is how
    attackers try them: `Password123!`. About 90,000 in all.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    frequent = FREQUENCY_LISTS["passwords"]
    yield from frequent
    yield from _FAMOUS
    for word in filter(str.isalpha, frequent[:_MOST_FREQUENT]):
        for written in (word, word.capitalize()):
            yield from (written + ending for ending in _ENDINGS)
