"""What a member of an archive may be called, whatever the kind of archive.

Principles: GEN-2.3
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

PATH_LIMIT_CHARACTERS = 1024
_SHOWN_CHARACTERS = 80
_DRIVE = re.compile(r"[A-Za-z]:")


def shown(text: str) -> str:
    """Return `text` quoted, in ASCII, and shortened to 80 characters, so that a refusal may safely repeat it."""
    return ascii(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")


@upholds("GEN-2.3")
def require_safe_path(path: str) -> None:
    """Refuse a member path that could be written anywhere but under the folder it is unpacked into.

    A path is relative, of `/`-separated plain parts, of printable characters, and at most 1,024 of them long; only a
    folder ends in `/`. What Windows, macOS and Linux would read differently is refused too.
    """
    if not path or len(path) > PATH_LIMIT_CHARACTERS:
        raise _refused("archive-path-length", path, "has an empty or an overlong path; shorten it")
    if not path.isprintable():
        raise _refused("archive-path-unprintable", path, "has control or invisible characters in its path; rename it")
    if "\\" in path:
        raise _refused("archive-path-backslash", path, "has a backslash in its path; separate folders with /")
    if path.startswith("/") or _DRIVE.match(path):
        raise _refused("archive-path-absolute", path, "has an absolute path; make it relative")
    parts = path.removesuffix("/").split("/")
    if ".." in parts:
        raise _refused("archive-path-escapes", path, "points out of the archive; remove the .. from its path")
    if "" in parts or "." in parts:
        raise _refused("archive-path-not-plain", path, "has an empty or a . part in its path; write the path plainly")


@upholds("GEN-2.3")
def require_distinct_paths(members: Iterable[tuple[str, bool]]) -> None:
    """Refuse members of which one would overwrite or hide another where they are unpacked.

    `members` are pairs of a path and whether it is a folder. Paths that differ only by case or by Unicode
    normalisation are one file on Windows and macOS; a file cannot also be the folder of another.
    """
    keyed = sorted((folded(path), path, is_folder) for path, is_folder in members)
    for (key, path, is_folder), (next_key, next_path, _) in pairwise(keyed):
        if key == next_key and path == next_path:
            raise _refused("archive-path-twice", path, "is there twice; keep one")
        # NUL sorts before every printable character, so what lies under a file follows it at once.
        if key == next_key or (not is_folder and next_key.startswith(key + "\0")):
            raise _refused("archive-paths-collide", path, f"and {shown(next_path)} would be one file; rename one")


def folded(path: str) -> str:
    """Return a key that is equal for paths which some file system takes for one; folders are separated by NUL."""
    key = path.removesuffix("/").replace("/", "\0")
    if key.isascii():
        return key.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", key).casefold())


def _refused(code: str, path: str, what: str) -> Refused:
    return Refused(code, f"The member {shown(path)} {what}.", principle="GEN-2.3")
