"""What the room looks for in uploads: digests and snippets that are known to be bad.

Principles: none
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from tests.assess.weakroom.accounts import is_operator
from tests.assess.weakroom.packages import Attempt, check
from tests.assess.weakroom.room import Request, Room, flaw, route

MISSES_DIGESTS = flaw("GEN-2.3a misses-known-digests")
MISSES_SNIPPETS = flaw("GEN-2.3a misses-known-snippets")
PASSES_UNSEEN = flaw("GEN-2.3a passes-what-the-scanner-did-not-see")

_SNIPPET: Final = re.compile(rb"exec\(\s*(?:base64\.|__import__\(.base64.\)\.)b64decode")


class KnownBad(set[str]):
    """The SHA-256, in hexadecimal, of every file that is known to be bad."""


class Broken(list[bool]):
    """Whether the scanner fails: the last entry says so."""


@check
def is_scanned(room: Room, attempt: Attempt) -> None:
    """Hold a file that is known to be bad, and one that could not be looked at."""
    upload = attempt.upload
    if any(room.shelf(Broken)[-1:]):
        upload.held = not room.has(PASSES_UNSEEN)
        return
    known = upload.sha256 in room.shelf(KnownBad) and not room.has(MISSES_DIGESTS)
    snippet = any(map(_SNIPPET.search, _members(upload.filename, upload.content))) and not room.has(MISSES_SNIPPETS)
    upload.held = known or snippet


def _members(filename: str, content: bytes) -> Iterator[bytes]:
    if filename.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            yield from (wheel.read(name) for name in wheel.namelist())
    else:
        with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
            yield from (found.read() for each in sdist if (found := sdist.extractfile(each)))


@route("POST", "/operator/known-bad")
def know_bad(room: Room, request: Request) -> Any:
    """Enter a digest that is known to be bad."""
    is_operator(request)
    room.shelf(KnownBad).add(request.json()["sha256"])
    return {}


@route("POST", "/operator/scanner")
def break_scanner(room: Room, request: Request) -> Any:
    """Let the scanner fail, or work again."""
    is_operator(request)
    room.shelf(Broken).append(request.json()["broken"])
    return {}
