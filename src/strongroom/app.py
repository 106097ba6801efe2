"""The composition root: the only module that knows every other.

Principles: none
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.routing import Route, Router

from strongroom import __version__, settings
from strongroom.formats import Limits
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.refusals import Refused
from strongroom.outbound.rendering import ChildRenderer
from strongroom.packages.index import Index
from strongroom.packages.people import Registry
from strongroom.packages.ports import Blobs
from strongroom.packages.publishing import Quota, Road
from strongroom.packages.removal import Cellar
from strongroom.settings import Settings
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql.migrate import upgrade
from strongroom.storage.sql.vault import SqlVault, open_engine
from strongroom.transparency.changelog import project_changes
from strongroom.web.browse import Browse
from strongroom.web.edge import Edge
from strongroom.web.files import Files, ShortFiles
from strongroom.web.guard import Guard, Pace
from strongroom.web.http import INERT, answer
from strongroom.web.metrics import Metrics
from strongroom.web.multipart import FormLimits
from strongroom.web.pages import CSP, STATIC, Pages
from strongroom.web.rendered import RenderedPages
from strongroom.web.setup import Setup
from strongroom.web.shortcut import Shortcut
from strongroom.web.site import Site
from strongroom.web.upload import Upload
from strongroom.web.wellknown import Contact, WellKnown
from strongroom.web.xmlrpc import XmlRpc

#: Raise it when a page is rendered otherwise and neither the version nor a static file says so.
RENDERING: Final = 3


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
        return Road(self.vault, self.blobs, self.index, quota, settings.now)

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
    format = PyPIFormat(Limits(limits.unpacked_bytes, limits.archive_ratio, limits.archive_members), render)
    store = DiskPages(folder / "pages")
    return Repository(chosen, vault, open_blobs(chosen), store, Index(vault, format, store), format, render)


def is_there(chosen: Settings) -> bool:
    """Report whether the settings name a repository that exists: a database is named, or lies in the folder."""
    path = chosen.database.removeprefix("sqlite:///")
    return path == chosen.database or Path(path).exists()


def make_private(folder: Path, database: str) -> None:
    """Make the data folder: a web server may pass through it; its owner alone lists and reads."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    (folder / "incoming").mkdir(exist_ok=True, mode=0o700)
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


@dataclass(frozen=True, slots=True)
class Served:
    """A repository as an ASGI application, with the shortcut that its connections take."""

    application: Any
    shortcut: Shortcut


def serve_application(repository: Repository) -> Served:
    """Make ready to serve: begin the epoch of pages, finish what a crash left undone, and wire the edge."""
    chosen = repository.settings
    rendering = (__version__, str(RENDERING), *sorted(STATIC))
    repository.store.begin_epoch((settings.boot_id(), chosen.site_url, chosen.title, *rendering))
    repository.store.sweep()
    if isinstance(repository.blobs, DiskBlobs):
        repository.blobs.sweep(repository.vault.names_digest)
    repository.index.catch_up()
    metrics = Metrics(repository.vault.counts)
    pages = Pages(chosen.title, chosen.site_url)
    rendered = RenderedPages(repository.store.current, CSP.encode(), repository.store.serial_at)
    router = Router(routes(repository, pages, rendered, metrics), redirect_slashes=False, default=nothing_here)
    short = ShortFiles(str(repository.files_folder)) if repository.files_folder else None
    pace = Pace(chosen.limits.body_grace_seconds, chosen.limits.body_bytes_per_second)
    return Served(Guard(Edge(router, pages, metrics), pace), Shortcut(rendered, short, metrics))


def projectors(repository: Repository) -> Callable[[], object]:
    """Return what brings everything that is derived from the events up to date.

    Called the first time it also takes away the pages of past epochs, which would hold up a start.
    """
    past = [repository.store.end_past_epochs]

    def project() -> None:
        while past:
            past.pop()()
        repository.index.catch_up()
        project_changes(repository.vault)

    return project


def routes(repository: Repository, pages: Pages, rendered: RenderedPages, metrics: Metrics) -> list[Route]:
    """Return every address that is answered."""
    chosen = repository.settings
    url = chosen.site_url
    browse = Browse(repository.index, repository.format, repository.blobs, rendered, pages, url, repository.render)
    site = Site(repository.vault, pages, chosen.title, url, metrics.exposition)
    form_limits = FormLimits(chosen.limits.file_bytes, chosen.limits.form_bytes)
    upload = Upload(repository.road(), repository.format, form_limits, chosen.data / "incoming")
    setup = Setup(repository.registry(), pages, chosen.title, url)
    mirrors = XmlRpc(repository.vault)
    read: list[tuple[str, Any]] = [
        ("/simple/{name}/", browse.simple),
        ("/simple/{name}", browse.simple),
        ("/simple/", browse.simple_root),
        ("/simple", browse.simple_root),
        ("/packages/{path:path}", Files(repository.blobs, repository.files_folder)),
        ("/pypi/{name}/json", browse.json),
        ("/pypi/{name}/json/", browse.json),
        ("/pypi/{name}/{version}/json", browse.json),
        ("/pypi/{name}/{version}/json/", browse.json),
        ("/project/{name}/", browse.project),
        ("/project/{name}", browse.project),
        ("/project/{name}/{version}/", browse.project),
        ("/project/{name}/{version}", browse.project),
        ("/user/{name}/", site.user),
        ("/problems/", site.problems),
        ("/policies/{slug}/", site.policy),
        ("/policies/", site.policy),
        ("/static/{name}", site.static),
        ("/changes.json", site.changes),
        ("/rss/updates.xml", site.feed),
        ("/rss/packages.xml", site.feed),
        ("/healthz", site.health),
        ("/metrics", site.metric),
        ("/robots.txt", site.robots),
        *well_known(chosen).routes(),
        ("/", site.home),
    ]
    return [
        Route("/legacy/", Plain(upload, "POST"), methods=None),
        Route("/pypi", Plain(mirrors, "POST"), methods=None),
        Route("/pypi/", Plain(mirrors, "POST"), methods=None),
        Route("/setup/{secret}", Plain(setup, "GET", "HEAD", "POST"), methods=None),
        *(Route(path, Plain(endpoint, "GET", "HEAD"), methods=None) for path, endpoint in read),
    ]


def well_known(chosen: Settings) -> WellKnown:
    """Return what is under /.well-known/, with the contact that the operator has set."""
    said = chosen.security
    contact = None
    if said.contact and said.expires is not None:
        contact = Contact(said.contact, said.expires, said.policy, said.safe_harbour)
    return WellKnown(chosen.title, f"Strongroom {__version__}", chosen.site_url, contact)


async def nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """Refuse an address that is not answered."""
    raise Refused("not-found", "There is nothing at this address.")


class Plain:
    """Hands Starlette an ASGI application that it passes requests to untouched, when their method is one of these."""

    def __init__(self, endpoint: Any, *methods: str) -> None:
        self._endpoint: Final = endpoint
        self._methods: Final = methods

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on, or say which methods there are (RFC 9110, 15.5.6)."""
        if scope["method"] not in self._methods:
            allow = [(b"allow", ", ".join(self._methods).encode()), *INERT]
            await answer(send, 405, f"This address takes {allow[0][1].decode()}.\n".encode(), b"text/plain", allow)
            return
        await self._endpoint(scope, receive, send)
