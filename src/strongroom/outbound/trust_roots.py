"""The trust roots of Sigstores: those that the operator believes, and which of them an attestation is held against.

One is the setting's, or the public one that its client ships. The operator trusts further ones by command: each is a
file in the folder `sigstores` of the data. They are never mixed: an attestation is verified wholly against the one
whose log it names. A file is read again when it has changed.

Principles: AUTHZ-3.3
"""

import hashlib
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from strongroom.authz.build_identity import shown
from strongroom.kernel.refusals import Refused

if TYPE_CHECKING:
    from sigstore.verify import Verifier

SIGSTORES: Final = "sigstores"
"""Where further trust roots lie, below the data folder."""

LARGEST_BYTES: Final = 4 * 1024 * 1024
_BUNDLED: Final = ("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")
_MOST: Final = 100
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

_State = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Root:
    """A trust root that was read: its digest, the ids of its logs of signatures, and what verifies against it."""

    state: _State
    digest: str
    logs: frozenset[str]
    verifier: "Verifier"


class TrustRoots:
    """Every trust root; several threads may use it. `first` None: the public good instance's."""

    def __init__(self, first: Path | None = None, folder: Path | None = None) -> None:
        self._first, self._folder = first, folder
        self._turn: Final = threading.Lock()
        self._read: dict[Path, Root] = {}

    def root_of(self, log: object) -> Root:
        """Return the root whose logs have this id, the first where none has; Refused when one cannot be read.

        What cannot be read might have been the one: then nothing can be believed.
        """
        with self._turn:
            try:
                found = [self._current(path) for path in self._paths()]
            except (OSError, ValueError) as error:
                raise Refused(
                    "trust-root-unreadable",
                    f"Attestations cannot be verified now: a trust root is not readable ({shown(str(error))}). Tell "
                    "the operator: it is the setting provenance.trust_root or one of `strongroom admin sigstore list`.",
                    principle="AUTHZ-3.3",
                ) from None
        return next((each for each in found if isinstance(log, str) and log in each.logs), found[0])

    def names(self) -> dict[str, str]:
        """Return what each trust root is called, by its SHA-256; one that cannot be read is left out."""
        first, *further = self._paths()
        called = {first: "the Sigstore of this repository’s settings" if self._first else "the public Sigstore"}
        called |= {path: f"the private Sigstore {path.stem}" for path in further}
        found = {}
        for path, words in reversed(called.items()):
            try:
                found[hashlib.sha256(path.read_bytes()).hexdigest()] = words
            except OSError:
                continue
        return found

    def _paths(self) -> list[Path]:
        first = self._first or Path(str(files("sigstore").joinpath(*_BUNDLED)))
        folder = self._folder
        return [first, *([folder / f"{name}.json" for name in trusted(folder)] if folder else [])]

    def _current(self, path: Path) -> Root:
        there = path.stat()
        state = (there.st_mtime_ns, there.st_size, there.st_ino)
        known = self._read.get(path)
        if known is None or known.state != state:
            known = self._read[path] = read_root(path, state)
        return known


def read_root(path: Path, state: _State = (0, 0, 0)) -> Root:
    """Return the trust root in a file; ValueError when it is none, OSError when there is no such file."""
    from sigstore.errors import Error as SigstoreError
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

    with path.open("rb") as file:
        raw = file.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ValueError(f"more than {LARGEST_BYTES} bytes")
    try:
        verifier = Verifier(trusted_root=TrustedRoot.from_file(str(path)))
        logs = frozenset(_logs(json.loads(raw)))
    except (SigstoreError, ValueError, TypeError, KeyError, AttributeError) as error:
        # What its parser says of it speaks of the parser; the first line is of the file.
        why = shown(str(error).partition("\n")[0])
        raise ValueError(
            f"that is no trust root of Sigstore, a JSON file named trusted_root.json as a rule ({why})"
        ) from None
    return Root(state, hashlib.sha256(raw).hexdigest(), logs, verifier)


def _logs(document: Any) -> list[str]:
    return [str(log["logId"]["keyId"]) for log in document["tlogs"]]


def trust(folder: Path, name: str, text: str) -> None:
    """Believe a further Sigstore from now on, known as `name`; ValueError when that is no trust root, or no name."""
    path = _path(folder, name)
    if path.stem not in trusted(folder) and len(trusted(folder)) >= _MOST:
        raise ValueError(f"there are {_MOST} already")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    try:
        beside.write_text(text, "utf-8")
        read_root(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def distrust(folder: Path, name: str) -> bool:
    """Believe a Sigstore no longer; report whether it was believed. What was verified stays verified."""
    path = _path(folder, name)
    was_there = path.is_file()
    path.unlink(missing_ok=True)
    return was_there


def trusted(folder: Path) -> Sequence[str]:
    """Return the names of the further Sigstores, in order."""
    return sorted(each.stem for each in folder.glob("*.json"))


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError("a Sigstore is called by small letters, digits and hyphens, 63 at most")
    return folder / f"{name}.json"
