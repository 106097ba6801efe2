"""The pages that are made on demand: index pages that nobody asked for yet, the JSON API, pages for people.

Principles: GEN-2.1
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool

from strongroom.authz.provenance import Provenance, attested_since, forgotten_since
from strongroom.authz.roles import Role
from strongroom.formats import FileName
from strongroom.formats.pypi import PyPIFormat, description_of
from strongroom.formats.pypi.description import TOO_SLOW, render
from strongroom.formats.pypi.integrity import INTEGRITY_TYPE, provenance_path
from strongroom.formats.pypi.json_api import newest, project_json
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Policy, ProjectFacts, ProjectRecord, ReleaseRecord, Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.index import Index, Render
from strongroom.packages.ports import BlobKey, Blobs, Books
from strongroom.web.http import INERT, Receive, Scope, Send, answer, header, quality
from strongroom.web.pages import Pages
from strongroom.web.pages.projects import House
from strongroom.web.reading import Readers
from strongroom.web.rendered import HTML, JSON, Kept, RenderedPages, View, conditional, index_view, wanted_coding
from strongroom.web.turns import Turns

_LONGEST_DESCRIPTION_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Browse:
    """Everything under `/simple/`, `/pypi/`, `/integrity/` and `/project/`: an ASGI application for each."""

    index: Index
    format: PyPIFormat
    blobs: Blobs
    rendered: RenderedPages
    pages: Pages
    site_url: str
    render: Callable[[str, str], str]
    readers: Readers
    demands: Policy
    root_names: Callable[[], Mapping[str, str]] = dict
    turns: Turns = field(default_factory=Turns)

    async def simple_root(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/simple/`: every project."""
        if await _redirected(scope, send, "/simple/"):
            return
        view = index_view("simple", scope["headers"])
        await self._answer(scope, send, view, lambda: self.index.make_root()[view.path], None)

    async def simple(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/simple/<name>/`: the files of one project."""
        name = self._name(scope)
        if await _redirected(scope, send, f"/simple/{name}/"):
            return
        view = index_view(f"simple/{name}", scope["headers"])
        await self._answer(scope, send, view, lambda: self.index.make_listing(name).get(view.path), name)

    async def json(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/pypi/<name>/json` and `/pypi/<name>/<version>/json`."""
        name, version = self._name(scope), self._version(scope)
        if await _redirected(scope, send, f"/pypi/{name}/{version}/json" if version else f"/pypi/{name}/json"):
            return
        view = View(f"pypi/{name}/{version}/index.json" if version else f"pypi/{name}/index.json", JSON)
        await self._answer(
            scope, send, view, lambda: self.index.make(name, view.path, self._json_of(name, version)), name
        )

    async def provenance(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/integrity/<name>/<version>/<filename>/provenance`: the provenance object of a file (PEP 740)."""
        name, version, filename = self._name(scope), self._version(scope) or "", scope["path_params"]["filename"]
        try:
            file = self.format.parse_filename(filename)
        except ValueError:
            raise Refused("not-found", "There is no such file here.") from None
        if (file.project, file.version) != (name, version):
            raise Refused("not-found", "There is no such file here.")
        path = provenance_path(name, version, file.text)
        if await _redirected(scope, send, f"/{path}"):
            return
        wanted, plain = quality(header(scope["headers"], b"accept") or b"*/*", INTEGRITY_TYPE, JSON.decode())
        view = View(f"{path}.json", JSON if plain > wanted else INTEGRITY_TYPE.encode())
        await self._answer(scope, send, view, lambda: self.index.make(name, view.path, self._provenance_of(file)), name)

    async def project(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/project/<name>/` and `/project/<name>/<version>/`, for people."""
        name, version = self._name(scope), self._version(scope)
        if await _redirected(scope, send, f"/project/{name}/{version}/" if version else f"/project/{name}/"):
            return
        view = View(f"project/{name}/{version}/index.html" if version else f"project/{name}/index.html", HTML)
        await self._answer(
            scope, send, view, lambda: self.index.make(name, view.path, self._page_of(name, version)), name
        )

    async def _answer(
        self, scope: Scope, send: Send, view: View, make: Callable[[], bytes | None], name: ProjectName | None
    ) -> None:
        suffix = wanted_coding(scope["headers"])
        kept = self.rendered.find(view, suffix)
        if kept is None:
            # No page of a private project is ever kept: whoever asks for one is asked who they are, each time.
            if name is not None and await self.readers.admit_to(scope, name):
                await self._answer_privately(send, view, make)
                return
            kept = await self._made(view, suffix, make)
        if conditional(kept, scope["headers"]):
            headers = [h for h in kept.headers if h[0] not in (b"content-type", b"content-length", b"content-encoding")]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
        await send({"type": "http.response.body", "body": kept.body})

    async def _answer_privately(self, send: Send, view: View, make: Callable[[], bytes | None]) -> None:
        body = await run_in_threadpool(make)
        if body is None:
            raise Refused("not-found", "There is no such project or version here.")
        kept = self.rendered.unkept(view, body)
        public = (b"cache-control", b"access-control-allow-origin")
        headers = [h for h in kept.headers if h[0] not in public]
        headers.append((b"cache-control", b"private, no-store"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": kept.body})

    async def _made(self, view: View, suffix: str, make: Callable[[], bytes | None]) -> Kept:
        async with self.turns.of(view.path.rpartition("/")[0]):
            # Whoever had the turn before has made it.
            if (kept := self.rendered.find(view, suffix)) is not None:
                return kept
            body = await run_in_threadpool(make)
        if body is None:
            raise Refused("not-found", "There is no such project or version here.")
        # Somebody may have changed the project meanwhile and taken the page away again: what was made is sent.
        return self.rendered.find(view, suffix) or self.rendered.unkept(view, body)

    def _name(self, scope: Scope) -> ProjectName:
        try:
            return self.format.parse_name(scope["path_params"]["name"])
        except ValueError:
            raise Refused("not-found", "That is no project's name.") from None

    def _version(self, scope: Scope) -> str | None:
        raw = scope["path_params"].get("version")
        try:
            return None if raw is None else self.format.parse_version(raw)
        except ValueError:
            raise Refused("not-found", "That is no version.") from None

    def _json_of(self, name: ProjectName, version: str | None) -> Callable[[Books], bytes | None]:
        def read(books: Books) -> bytes | None:
            facts = books.shelf.facts(name)
            release = _shown(facts, version)
            if facts is None or release is None:
                return None
            text = self._description(facts, release)[0]
            return project_json(facts, text, self.site_url, None if version is None else release.version)

        return read

    def _provenance_of(self, file: FileName) -> Callable[[Books], bytes | None]:
        def read(books: Books) -> bytes | None:
            project = books.shelf.project(file.project)
            if project is None or project.status is Status.QUARANTINED:
                return None
            found = books.provenances.provenance_of(file.text)
            return found.document.encode() if found else None

        return read

    def _page_of(self, name: ProjectName, version: str | None) -> Callable[[Books], Render | None]:
        def read(books: Books) -> Render | None:
            facts = books.shelf.facts(name)
            release = _shown(facts, version, even_quarantined=True)
            if facts is None or release is None:
                return None
            text, content_type = self._description(facts, release)
            provenances, house = books.provenances.provenances_of(name), self._house_of(books, facts)
            return lambda: self._page(
                facts, release, text, content_type, provenances, house, pinned=version is not None
            )

        return read

    def _page(
        self,
        facts: ProjectFacts,
        release: ReleaseRecord,
        text: str,
        content_type: str,
        provenances: Mapping[str, Provenance],
        house: House,
        *,
        pinned: bool,
    ) -> bytes:
        try:
            rendered = self.render(text, content_type) if text.strip() else None
        except Refused as refused:
            if refused.code != TOO_SLOW:
                raise
            rendered = render(text, "text/plain")
        return self.pages.project(facts, release, rendered, provenances, house, pinned=pinned)

    def _house_of(self, books: Books, facts: ProjectFacts) -> House:
        project = facts.project
        organisation = books.organisations.organisation(project.organisation)
        people, teams = books.roles.people_of(project.name), books.organisations.teams_on(project.name)
        history = books.provenances.history_of(project.name)
        return House(
            project.policy | self.demands | (organisation.policy if organisation else frozenset()),
            tuple(str(name) for name, role in people if role is Role.SECURITY_CONTACT),
            tuple(team for team, role in teams if role is Role.SECURITY_CONTACT),
            forgotten_since(project.provenance_forgotten, history),
            attested_since(history, project.provenance_forgotten),
            self._readers_of(project),
            self.root_names() if history else {},
        )

    def _readers_of(self, project: ProjectRecord) -> str:
        if project.is_private:
            return "whoever has a role in it"
        return "whoever has an account here" if self.readers.room.is_private else ""

    def _description(self, facts: ProjectFacts, release: ReleaseRecord) -> tuple[str, str]:
        first = next((file for file in facts.files if file.version == release.version), None)
        if first is None:
            return "", ""
        try:
            with self.blobs.open(BlobKey(first.digests.sha256, f"{first.filename}.metadata")) as metadata:
                return description_of(metadata.read(_LONGEST_DESCRIPTION_BYTES))
        except KeyError:
            return "", ""  # `strongroom admin fsck` tells of it; the page shows what the books know


def _shown(facts: ProjectFacts | None, version: str | None, *, even_quarantined: bool = False) -> ReleaseRecord | None:
    if facts is None or not facts.files:
        return None
    if facts.project.status is Status.QUARANTINED and not even_quarantined:
        return None
    if version is None:
        return newest(facts)
    return next((release for release in facts.releases if release.version == version), None)


async def _redirected(scope: Scope, send: Send, canonical: str) -> bool:
    # PEP 503: "… redirect … to the normalized name"; also where the last slash is missing. Always on this host.
    if scope["path"] == canonical or (canonical.endswith("/json") and scope["path"] == f"{canonical}/"):
        return False
    headers = [(b"location", canonical.encode()), (b"cache-control", b"no-cache"), *INERT]
    await answer(send, 301, b"", b"text/plain", headers)
    return True
