"""Small worlds to tell stories in: a repository in a folder, ada who publishes anvils, wheels made on the spot.

Principles: none
"""

import base64
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from tests.books import empty_vault

from strongroom.authn.accounts import AccountName
from strongroom.authn.passwords import Argon2
from strongroom.authz.roles import Right
from strongroom.authz.tokens import LONGEST_LIFE, Token
from strongroom.formats import Limits, Offered
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Listing
from strongroom.kernel.secrets import Secret
from strongroom.packages.index import Index
from strongroom.packages.ports import Blobs
from strongroom.packages.publishing import Presented, Quota, Receipt, Road, publish
from strongroom.packages.removal import Cellar
from strongroom.people.registry import Newcomer, Registry, add_person, add_token, new_totp_secret
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

ANVIL = ProjectName("pypi", "anvil")
ADA = AccountName("ada")
BOB = AccountName("bob")
FORMAT = PyPIFormat(Limits())


#: Argon2 at costs that no real repository has: a test of something else need not wait for it.
CHEAP = Argon2(passes=1, memory_kibibytes=8)


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def chance() -> Callable[[int], bytes]:
    """Return a source of bytes that are different each time, and the same in each run."""
    numbers = count()
    return lambda length: hashlib.sha512(str(next(numbers)).encode()).digest()[:length]


@dataclass
class World:
    """One repository, and what its people hold."""

    vault: SqlVault
    blobs: Blobs
    store: DiskPages
    clock: Clock = field(default_factory=Clock)
    chance: Callable[[int], bytes] = field(default_factory=chance)

    def __post_init__(self) -> None:
        self.index = Index(self.vault, FORMAT, self.store)
        self.road = Road(self.vault, self.blobs, self.index, Quota(10**9), self.clock)
        self.cellar = Cellar(self.vault, self.blobs, self.index, self.clock)
        self.registry = Registry(self.vault, self.clock, self.chance, "", CHEAP)

    def person(self, name: AccountName) -> None:
        """Add somebody with a verified address and a second factor."""
        password = Secret("correct horse battery staple")
        totp = new_totp_secret(self.registry)
        add_person(self.registry, "test", Newcomer(name, f"{name}@example.org", password, totp))

    def token(
        self,
        owner: AccountName = ADA,
        *projects: ProjectName,
        rights: frozenset[Right] = frozenset({Right.PUBLISH}),
        life: timedelta = LONGEST_LIFE,
    ) -> tuple[Secret, Token]:
        """Mint a token for the projects named, or for all."""
        return add_token(self.registry, "test", owner, rights, frozenset(projects) or None, life)

    def publish(self, token: Token, file: "Made") -> Receipt:
        """Publish as the upload endpoint would."""
        return publish(self.road, FORMAT, Presented(token.fingerprint), file.offered(), io.BytesIO(file.content))

    def listing(self, name: ProjectName = ANVIL) -> Listing:
        """Return what the project's pages would be made of now."""
        with self.vault.reading() as books:
            found = books.shelf.listing(name)
        assert found is not None
        return found

    def filenames(self, name: ProjectName = ANVIL) -> list[str]:
        """Return the names of the project's files."""
        return [file.filename for file in self.listing(name).files]

    def page(self, path: str) -> str | None:
        """Return a rendered page from disk, None when it is not there."""
        found = self.store.current / path
        return found.read_text() if found.exists() else None

    def read(self, path: str) -> str | None:
        """Return a page of anvil's as a reader gets it: from disk, else made anew; None when there is none."""
        made = self.page(path)
        if made is None and path in (pages := self.index.make_listing(ANVIL)):
            made = pages[path].decode()
        return made

    def events(self) -> list[str]:
        """Return the names of all events, oldest first."""
        with self.vault.reading() as books:
            return [recorded.what.event.value for recorded in books.events.after(0, 10_000)]


@cache
def _peopled() -> bytes:
    """Return a database with ada and bob in it, made once: passwords are slow to hash, as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "books.db"
        world = World(empty_vault(path), MemoryBlobs(), DiskPages(Path(folder) / "pages"))
        world.person(ADA)
        world.person(BOB)
        world.vault.close()
        return path.read_bytes()


def workshop(folder: Path, blobs: Blobs | None = None) -> World:
    """Return a repository on SQLite in a folder, with ada and bob."""
    (folder / "books.db").write_bytes(_peopled())
    vault = SqlVault(open_engine(sqlite_url(folder / "books.db")))
    store = DiskPages(folder / "pages")
    store.begin_epoch(("test",))
    return World(vault, blobs or MemoryBlobs(), store)


def disk(folder: Path) -> DiskBlobs:
    """Return blobs in a folder."""
    return DiskBlobs(folder / "files", folder / "incoming")


@dataclass(frozen=True)
class Made:
    """A file, and what its uploader would claim of it."""

    filename: str
    content: bytes
    claims: Mapping[str, Sequence[str]]

    def offered(self) -> Offered:
        """Return the file as the upload endpoint would offer it."""
        digests = Digests(
            Sha256.of(self.content),
            hashlib.blake2b(self.content, digest_size=32).hexdigest(),
            hashlib.md5(self.content).hexdigest(),
        )
        return Offered(self.filename, self.claims, len(self.content), digests)


def wheel(
    name: str = "anvil",
    version: str = "1.0",
    *,
    body: str = "WEIGHT = 150\n",
    more: str = "",
    tag: str = "py3-none-any",
) -> Made:
    """Return a wheel that any installer takes; `more` is added to its METADATA."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: It is heavy\n{more}\n".encode()
    pure = "true" if tag.endswith("none-any") else "false"
    entries = {
        f"{name.replace('-', '_')}.py": body.encode(),
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{path},sha256={_urlsafe(content)},{len(content)}\n" for path, content in entries.items())
    entries[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), content)
    claims = {
        "metadata_version": ["2.1"],
        "name": [name],
        "version": [version],
        "summary": ["It is heavy"],
        "filetype": ["bdist_wheel"],
        "pyversion": ["py3"],
    }
    return Made(f"{stem}-{tag}.whl", out.getvalue(), claims)


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
