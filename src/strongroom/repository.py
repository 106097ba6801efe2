"""The composition root of what is kept: one repository, opened, for commands and for the web alike.

Principles: none
"""

from dataclasses import dataclass
from pathlib import Path

from strongroom import settings
from strongroom.authz.leaks import TokenSearch
from strongroom.authz.policies import parse_policy
from strongroom.formats import Limits
from strongroom.formats.pypi import PyPIFormat
from strongroom.outbound.attesting import SigstoreVerifier
from strongroom.outbound.rendering import ChildRenderer
from strongroom.outbound.trust_roots import SIGSTORES
from strongroom.packages.index import Index
from strongroom.packages.ports import Blobs
from strongroom.packages.publishing import Quota, Road
from strongroom.packages.removal import Cellar
from strongroom.people.registry import Registry
from strongroom.settings import Settings
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql.migrate import upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository, opened: what commands and the web edge work with."""

    settings: Settings
    vault: SqlVault
    blobs: Blobs
    store: DiskPages
    index: Index
    format: PyPIFormat
    render: ChildRenderer
    verifier: SigstoreVerifier

    def close(self) -> None:
        """Close the books, and end the child that renders."""
        self.render.close()
        self.vault.close()

    @property
    def files_folder(self) -> Path | None:
        """Where the files lie when they lie on this disk."""
        return self.blobs.folder if isinstance(self.blobs, DiskBlobs) else None

    def road(self) -> Road:
        """Return what publishing needs."""
        quota = Quota(self.settings.limits.project_bytes)
        demands = parse_policy(list(self.settings.publishing.demands))
        return Road(self.vault, self.blobs, self.index, quota, settings.now, demands, self.verifier)

    def cellar(self) -> Cellar:
        """Return what removal and yanking need."""
        return Cellar(self.vault, self.blobs, self.index, settings.now)

    def registry(self) -> Registry:
        """Return what adding people needs."""
        return Registry(self.vault, settings.now, settings.random_bytes, self.settings.token_infix)


def open_repository(chosen: Settings) -> Repository:
    """Open, or make, the repository that the settings describe, at the newest schema."""
    folder = chosen.data
    make_private(folder, chosen.database)
    vault = SqlVault(open_engine(chosen.database))
    upgrade(vault.engine)
    limits = chosen.limits
    render = ChildRenderer()
    archives = Limits(limits.unpacked_bytes, limits.archive_ratio, limits.archive_members)
    format = PyPIFormat(archives, render, TokenSearch(), chosen.site_url)
    store = DiskPages(folder / "pages")
    verifier = SigstoreVerifier(chosen.provenance.trust_root, folder / SIGSTORES)
    return Repository(chosen, vault, open_blobs(chosen), store, Index(vault, format, store), format, render, verifier)


def is_there(chosen: Settings) -> bool:
    """Report whether the settings name a repository that exists: a database is named, or lies in the folder."""
    path = chosen.database.removeprefix("sqlite:///")
    return path == chosen.database or Path(path).exists()


def make_private(folder: Path, database: str) -> None:
    """Make the data folder: a web server may pass through it; its owner alone lists and reads."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    for private in ("incoming", "outbox"):
        (folder / private).mkdir(exist_ok=True, mode=0o700)
    path = database.removeprefix("sqlite:///")
    if path != database and not Path(path).exists():
        # Password hashes and second factors are in it. SQLite gives its log the mode of the database.
        Path(path).touch(mode=0o600)


def open_blobs(chosen: Settings) -> Blobs:
    """Open the blob store: a bucket when one is set, else a folder."""
    s3 = chosen.s3
    if not s3.bucket:
        return DiskBlobs(chosen.data / "files", chosen.data / "incoming")
    from strongroom.storage.blobs.s3 import S3Blobs, open_bucket

    if s3.access_key_file is None or s3.secret_key_file is None:
        raise ValueError("An S3 store needs s3.access_key_file and s3.secret_key_file.")
    bucket = open_bucket(
        s3.bucket,
        endpoint=s3.endpoint,
        region=s3.region,
        access_key=s3.access_key_file.read_text().strip(),
        secret_key=s3.secret_key_file.read_text().strip(),
    )
    return S3Blobs(bucket)
