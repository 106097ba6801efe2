"""Reports of leaked tokens are verified: who may sign them, by which keys, over the very bytes that came.

Reporters' keys are the operator's: in the settings, and in the folder `reporters` of the data, one PEM file a key. Keys
of GitHub's programme are fetched from where GitHub publishes them, when the operator has said where that is.

Principles: AUTHZ-3.2
"""

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from strongroom.authz.leaks import Origin, parse_key_id
from strongroom.kernel.refusals import Refused
from strongroom.outbound.fetching import Unanswered, fetch
from strongroom.packages.ports import Clock
from strongroom.principles import upholds

FRESH: Final = timedelta(minutes=30)
#: An unknown key may be a new one, but nobody makes us ask more often than this.
FLOOR: Final = timedelta(minutes=1)
#: Keys that could not be asked for again are believed for so long.
STALE: Final = timedelta(hours=24)
LIMIT_PEM_BYTES: Final = 16 * 1024
_LIMIT_LIST_BYTES: Final = 256 * 1024
_LIMIT_SIGNATURE: Final = 1024
_MOST_KEYS: Final = 100
_SECONDS: Final = 10
_LEAST_BITS: Final = 256

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def read_key(pem: str) -> PublicKey:
    """Return the public key in a PEM text; ValueError unless it is on a curve of 256 bits or more, or Ed25519."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("that is no public key in PEM") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= _LEAST_BITS:
        return key
    raise ValueError("reports are signed by ECDSA on P-256 or a larger curve, or by Ed25519")


def read_keys(said: Sequence[str]) -> Mapping[str, PublicKey]:
    """Return keys by their identifiers, each given as `ID: PEM` or as `ID: path of a PEM file`.

    ValueError, saying which, when one is no key, and OSError when there is no such file.
    """
    keys = {}
    for each in said:
        name, _, rest = (part.strip() for part in each.partition(":"))
        pem = rest if rest.startswith("-----BEGIN ") else _read(Path(rest))
        try:
            keys[parse_key_id(name)] = read_key(pem)
        except ValueError as error:
            raise ValueError(f"the key of the reporter {name[:100]!r}: {error}") from None
    return keys


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LIMIT_PEM_BYTES).decode()


@upholds("AUTHZ-3.2b")
def is_by(key: PublicKey, signature: str, body: bytes) -> bool:
    """Report whether the holder of the key signed these bytes: ECDSA over SHA-256 in DER, or Ed25519; in base64."""
    if len(signature) > _LIMIT_SIGNATURE:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, body)
        else:
            key.verify(raw, body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


class GitHubKeys:
    """The keys by which GitHub signs, as it publishes them; asked for when needed, and kept for half an hour."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url: Final = url
        self._clock: Final = clock
        self._turn: Final = threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._asked: datetime | None = None
        self._answered: datetime | None = None

    def key(self, key_id: str) -> PublicKey | None:
        """Return the key of this name, or None; Refused("try-again") when nobody could be asked for too long."""
        with self._turn:
            now = self._clock()
            age = FRESH if key_id in self._keys else FLOOR
            if self._asked is None or now - self._asked >= age:
                self._ask(now)
            if self._answered is None or now - self._answered > STALE:
                raise Refused(
                    "try-again",
                    "The keys that GitHub signs with could not be asked for. Send the report again later.",
                    principle="AUTHZ-3.2",
                )
            return self._keys.get(key_id)

    def _ask(self, now: datetime) -> None:
        self._asked = now
        try:
            answer = fetch(self._url, limit_bytes=_LIMIT_LIST_BYTES, timeout_seconds=_SECONDS)
            if answer.status == 200:
                self._keys, self._answered = read_list(answer.body), now
        except (Unanswered, ValueError):
            return  # what is known stays known for a day


def read_list(body: bytes) -> Mapping[str, PublicKey]:
    """Return the keys in GitHub's list; ValueError when it is none. Keys of other kinds are passed over."""
    try:
        listed: Any = json.loads(body)["public_keys"]
        pairs = [(str(each["key_identifier"]), str(each["key"])) for each in listed[:_MOST_KEYS]]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("that is no list of public keys") from error
    keys = {}
    for name, pem in pairs:
        try:
            keys[name] = read_key(pem)
        except ValueError:
            continue
    return keys


class ReporterKeys:
    """Everybody who may report: the `Signatures` of a server."""

    def __init__(
        self,
        folder: Path,
        reporters: Mapping[str, PublicKey],
        github: Mapping[str, PublicKey],
        published: GitHubKeys | None = None,
    ) -> None:
        """Take keys by their identifiers; the folder need not be there."""
        self._folder: Final = folder
        self._own: Final = dict(reporters)
        self._github: Final = dict(github)
        self._published: Final = published

    def takes(self, origin: Origin) -> bool:
        """Report whether reports of this form are taken at all."""
        return origin is Origin.STRONGROOM or bool(self._github) or self._published is not None

    def is_signed(self, origin: Origin, key_id: str, signature: str, body: bytes) -> bool:
        """Report whether the holder of this key signed these very bytes; a key of one form is none of the other."""
        key = self._of_github(key_id) if origin is Origin.GITHUB else self._of_reporter(key_id)
        return key is not None and is_by(key, signature, body)

    def _of_github(self, key_id: str) -> PublicKey | None:
        if key_id in self._github or self._published is None:
            return self._github.get(key_id)
        return self._published.key(key_id)

    def _of_reporter(self, key_id: str) -> PublicKey | None:
        if key_id in self._own:
            return self._own[key_id]
        try:
            return read_key(_read(path_of(self._folder, key_id)))
        except (OSError, ValueError):
            return None


def path_of(folder: Path, key_id: str) -> Path:
    """Return where a reporter's key lies; ValueError when that is no identifier of a key."""
    return folder / f"{parse_key_id(key_id)}.pem"


def trust(folder: Path, key_id: str, pem: str) -> None:
    """Let the holder of a key report leaked tokens, from now on; ValueError when that is no key that may."""
    path = path_of(folder, key_id)
    read_key(pem)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(pem)
    beside.replace(path)


def distrust(folder: Path, key_id: str) -> bool:
    """Let the holder of a key report no longer; report whether they could."""
    path = path_of(folder, key_id)
    was_there = path.is_file()
    path.unlink(missing_ok=True)
    return was_there


def trusted(folder: Path) -> list[str]:
    """Return the identifiers of the keys in the folder, by name."""
    return sorted(each.stem for each in folder.glob("*.pem"))
