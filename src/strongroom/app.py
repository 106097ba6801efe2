"""The composition root of what is served: the web edge around one repository.

Principles: none
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from starlette.routing import Route, Router

from strongroom import __version__, settings
from strongroom.authn.passwords import Hashing
from strongroom.household import desk_of, organisation_of, party_of, rule_of, signatures_of
from strongroom.kernel.refusals import Refused
from strongroom.outbound.hashing import HashingPool
from strongroom.outbound.issuers import Issuers
from strongroom.packages.concealment import settle_all
from strongroom.people.criticality import count_downloads
from strongroom.people.desk import Desk
from strongroom.people.reading import ReadingRoom
from strongroom.people.registry import Registry
from strongroom.repository import Repository
from strongroom.settings import Settings
from strongroom.storage.blobs.disk import DiskBlobs
from strongroom.transparency.changelog import project_changes
from strongroom.web.browse import Browse
from strongroom.web.disclosure import PATTERN_PAGE, Disclosure
from strongroom.web.edge import Edge
from strongroom.web.files import Downloads, Files, ShortFiles
from strongroom.web.guard import Guard, Pace
from strongroom.web.http import INERT, answer
from strongroom.web.metrics import Metrics
from strongroom.web.minting import Minting
from strongroom.web.multipart import FormLimits
from strongroom.web.pages import CSP, STATIC, Pages
from strongroom.web.people.account_deeds import DEEDS as ACCOUNT_DEEDS
from strongroom.web.people.admin_deeds import DEEDS as ADMIN_DEEDS
from strongroom.web.people.api import Api
from strongroom.web.people.deeds import Counter, Deed
from strongroom.web.people.forms import Forms
from strongroom.web.people.openapi import openapi
from strongroom.web.people.organisation import Elsewhere
from strongroom.web.people.organisation_deeds import DEEDS as ORGANISATION_DEEDS
from strongroom.web.people.project_deeds import DEEDS as PROJECT_DEEDS
from strongroom.web.people.publisher_deeds import DEEDS as PUBLISHER_DEEDS
from strongroom.web.people.sign_in_deeds import DEEDS as SIGN_IN_DEEDS
from strongroom.web.people.taking import Lanes
from strongroom.web.people.views import Views
from strongroom.web.people.visiting import Door, networks
from strongroom.web.reading import Readers
from strongroom.web.rendered import RenderedPages
from strongroom.web.setup import Setup
from strongroom.web.shortcut import Shortcut
from strongroom.web.site import Site
from strongroom.web.upload import Upload
from strongroom.web.wellknown import Contact, WellKnown
from strongroom.web.xmlrpc import XmlRpc

#: Raise it when a page is rendered otherwise and neither the version nor a static file says so.
RENDERING: Final = 4


@dataclass(frozen=True, slots=True)
class Served:
    """A repository as an ASGI application, the shortcut that its connections take, and the desk behind both."""

    application: Any
    shortcut: Shortcut
    desk: Desk
    downloads: Downloads


def serve_application(repository: Repository, hashing: Hashing | None = None) -> Served:
    """Make ready to serve: begin the epoch of pages, finish what a crash left undone, and wire the edge."""
    chosen = repository.settings
    rendering = (__version__, str(RENDERING), *sorted(STATIC))
    demands = sorted(chosen.publishing.demands)
    repository.store.begin_epoch((settings.boot_id(), chosen.site_url, chosen.title, *rendering, *demands))
    repository.store.sweep()
    if isinstance(repository.blobs, DiskBlobs):
        repository.blobs.sweep(repository.vault.names_digest)
    repository.index.catch_up()
    metrics = Metrics(repository.vault.counts)
    pages = Pages(chosen.title, chosen.site_url)
    rendered = RenderedPages(repository.store.current, CSP.encode(), repository.store.serial_at)
    desk = desk_of(repository, hashing or HashingPool())
    readers = Readers(ReadingRoom(desk, chosen.private), door_of(chosen))
    settle_all(repository.vault, repository.blobs)
    downloads = Downloads()
    addresses = [
        *people_routes(repository, pages, desk),
        Route("/setup/{secret}", Plain(setup_of(repository, pages, desk), "GET", "HEAD", "POST"), methods=None),
        *minting_routes(repository, desk),
        *routes(repository, pages, rendered, metrics, downloads, readers),
    ]
    router = Router(addresses, redirect_slashes=False, default=nothing_here)
    short = ShortFiles(str(repository.files_folder), downloads) if repository.files_folder else None
    pace = Pace(chosen.limits.body_grace_seconds, chosen.limits.body_bytes_per_second)
    shortcut = Shortcut(rendered, short, metrics, is_open=not chosen.private)
    return Served(Guard(Edge(router, pages, metrics), pace), shortcut, desk, downloads)


def projectors(repository: Repository, served: Served) -> Callable[[], object]:
    """Return what brings everything that is derived from the events up to date, and writes down what was downloaded.

    Called the first time it also takes away the pages of past epochs, which would hold up a start.
    """
    past = [repository.store.end_past_epochs]

    def project() -> None:
        while past:
            past.pop()()
        repository.index.catch_up()
        project_changes(repository.vault)
        count_downloads(served.desk, served.downloads.taken(settings.now()))

    return project


def routes(
    repository: Repository,
    pages: Pages,
    rendered: RenderedPages,
    metrics: Metrics,
    downloads: Downloads,
    readers: Readers,
) -> list[Route]:
    """Return every address that is answered."""
    chosen = repository.settings
    url = chosen.site_url
    road = repository.road()
    browse = Browse(
        repository.index,
        repository.format,
        repository.blobs,
        rendered,
        pages,
        url,
        repository.render,
        readers,
        road.policy,
        repository.verifier.root_names,
    )
    site = Site(repository.vault, pages, chosen.title, url, metrics.exposition, rule_of(chosen))
    form_limits = FormLimits(chosen.limits.file_bytes, chosen.limits.form_bytes)
    incoming = chosen.data / "incoming"
    upload = Upload(road, repository.format, form_limits, incoming, door_of(chosen))
    mirrors = XmlRpc(repository.vault)
    leaks = disclosure_of(repository)
    read: list[tuple[str, Any]] = [
        ("/simple/{name}/", browse.simple),
        ("/simple/{name}", browse.simple),
        ("/simple/", browse.simple_root),
        ("/simple", browse.simple_root),
        ("/packages/{path:path}", Files(repository.blobs, repository.files_folder, downloads, readers)),
        ("/pypi/{name}/json", browse.json),
        ("/pypi/{name}/json/", browse.json),
        ("/pypi/{name}/{version}/json", browse.json),
        ("/pypi/{name}/{version}/json/", browse.json),
        ("/integrity/{name}/{version}/{filename}/provenance", browse.provenance),
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
        (PATTERN_PAGE, leaks.pattern),
        ("/", site.home),
    ]
    return [
        Route("/legacy/", Plain(upload, "POST"), methods=None),
        Route("/pypi", Plain(readers.guarded(mirrors), "POST"), methods=None),
        Route("/pypi/", Plain(readers.guarded(mirrors), "POST"), methods=None),
        *(Route(path, Plain(endpoint, "POST"), methods=None) for path, endpoint in leaks.routes()),
        Route("/_/may-read", Plain(readers.may_read, "GET", "HEAD"), methods=None),
        *(Route(path, Plain(readers.guarded(endpoint), "GET", "HEAD"), methods=None) for path, endpoint in read),
    ]


def minting_routes(repository: Repository, desk: Desk) -> list[Route]:
    """Return the addresses at which builds exchange their identity tokens."""
    minting = Minting(desk, Issuers(settings.now), repository.format, door_of(repository.settings))
    return [Route(path, Plain(endpoint, *methods), methods=None) for path, endpoint, methods in minting.routes()]


def door_of(chosen: Settings) -> Door:
    """Return what the edge knows of the site: its origin, and the proxies whose word counts."""
    return Door(party_of(chosen).origin, networks(chosen.trusted_proxies))


def disclosure_of(repository: Repository) -> Disclosure:
    """Return what takes reports of leaked tokens."""
    chosen = repository.settings
    signatures, door = signatures_of(chosen), door_of(chosen)
    return Disclosure(repository.vault, settings.now, signatures, door, chosen.site_url, chosen.token_infix)


def setup_of(repository: Repository, pages: Pages, desk: Desk) -> Setup:
    """Return the endpoint that enrols the first administrator."""
    chosen = repository.settings
    registry = Registry(desk.vault, desk.clock, desk.chance, desk.infix, desk.hashing, desk.breaches)
    return Setup(registry, desk, door_of(chosen), pages, chosen.title, chosen.site_url)


def people_routes(repository: Repository, pages: Pages, desk: Desk) -> list[Route]:
    """Return every address at which people are served: pages, forms, and the JSON API."""
    chosen = repository.settings
    deeds: dict[str, Deed] = {
        deed.path: deed
        for deed in (
            *SIGN_IN_DEEDS,
            *ACCOUNT_DEEDS,
            *ADMIN_DEEDS,
            *PUBLISHER_DEEDS,
            *PROJECT_DEEDS,
            *ORGANISATION_DEEDS,
        )
    }
    counter = Counter(desk, repository.format, repository.index, repository.road(), repository.cellar())
    door = door_of(chosen)
    lanes = Lanes()
    # Made when it is first asked for: no start waits for it.
    described = cache(lambda: openapi(chosen.title, __version__, chosen.site_url, deeds.values()))
    api = Api(counter, door, deeds, lanes, described)
    forms = Forms(counter, door, deeds, lanes, Views(counter, pages), pages.root)
    elsewhere = Elsewhere(counter, door, lanes, organisation_of(chosen), pages.root)
    looked_at = ("sign-in", "register", "recover", "account", "admin")
    return [
        Route("/api/v1/openapi.json", Plain(api.description, "GET", "HEAD"), methods=None),
        Route("/api/v1/{deed:path}", Plain(api, "POST"), methods=None),
        Route("/organisation/begin", Plain(elsewhere.begin, "GET"), methods=None),
        Route("/organisation/finish", Plain(elsewhere.finish, "GET"), methods=None),
        Route("/do/{deed:path}", Plain(forms.deed, "POST"), methods=None),
        *(Route(f"/{first}/{{rest:path}}", Plain(forms.page, "GET", "HEAD"), methods=None) for first in looked_at),
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
