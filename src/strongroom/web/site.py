"""The rest of the site: home and search, people, the first administrator, feeds, health.

Principles: AUTHN-1.3, GEN-2.1, GEN-3.2
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson
from jinja2 import Environment, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from strongroom.authn.accounts import parse_account_name
from strongroom.kernel.refusals import Refused
from strongroom.packages.criticality import Rule
from strongroom.packages.ports import Vault
from strongroom.transparency.changelog import PROJECTOR, project_changes
from strongroom.web.http import INERT, SAFE, Receive, Scope, Send, answer
from strongroom.web.pages import CSP, STATIC, Pages
from strongroom.web.problems import STATUS
from strongroom.web.rendered import HTML

_FEED: Final = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string(
    """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0">
<channel>
<title>{{ title }}</title>
<link>{{ site_url }}</link>
<description>{{ description }}</description>
<language>en</language>
{% for change in changes %}
<item>
<title>{{ change.name }} {{ change.version }}</title>
<link>{{ site_url }}project/{{ change.name }}/{% if change.version %}{{ change.version }}/{% endif %}</link>
<guid isPermaLink="false">{{ site_url }}#serial-{{ change.serial }}</guid>
<pubDate>{{ change.time.strftime("%a, %d %b %Y %H:%M:%S GMT") }}</pubDate>
</item>
{% endfor %}
</channel>
</rss>
"""
)
_FOUND: Final = 50
_FEED_LINES: Final = 100
_MOST_CHANGES: Final = 5000
_LONGEST_QUERY: Final = 200


@dataclass(frozen=True, slots=True)
class Site:
    """The endpoints, each an ASGI application."""

    vault: Vault
    pages: Pages
    title: str
    site_url: str
    metrics: Callable[[], bytes]
    rule: Rule

    async def home(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/`: search, what is new, how to use it."""
        said = Request(scope).query_params.get("q", "")[:_LONGEST_QUERY]
        query = "".join(c if c.isprintable() else " " for c in said)  # PostgreSQL holds no NUL, and no page shows one
        await _show(send, await run_in_threadpool(self._home, query))

    async def user(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/user/<name>/`."""
        await _show(send, await run_in_threadpool(self._user, scope["path_params"]["name"]))

    async def problems(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/problems/`: every refusal, which the addresses of problem documents point into."""
        await _show(send, self.pages.problems(sorted(STATUS.items())))

    async def policy(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/policies/` and `/policies/<slug>/`."""
        slug = scope["path_params"].get("slug", "")
        facts = await run_in_threadpool(self._critical) if slug == "critical" else {}
        page = self.pages.policy(slug, **facts)
        if page is None:
            raise Refused("not-found", "There is no such policy.")
        await _show(send, page)

    async def static(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/static/<name>`; the name holds the content's digest, so it never changes."""
        found = STATIC.get(scope["path_params"]["name"])
        if found is None:
            raise Refused("not-found", "There is no such file.")
        body, kind = found
        headers = [(b"cache-control", b"public, max-age=31536000, immutable"), *INERT]
        await answer(send, 200, body, kind.encode(), headers)

    async def changes(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/changes.json?since=N`: the public changelog, at most 5,000 lines at a time."""
        since = Request(scope).query_params.get("since", "0")
        if not (since.isascii() and since.isdigit()) or len(since) > 18:
            raise Refused("bad-request", "since is a serial: a whole number.")
        await answer(send, 200, await run_in_threadpool(self._changes, int(since)), b"application/json", INERT)

    async def feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/rss/updates.xml` and `/rss/packages.xml`."""
        only_new = scope["path"].endswith("packages.xml")
        body = await run_in_threadpool(self._feed, only_new)
        await answer(send, 200, body, b"application/rss+xml; charset=utf-8", INERT)

    async def health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/healthz`: 200 when the books can be read."""
        serial = await run_in_threadpool(self._serial)
        await answer(send, 200, b"ok %d\n" % serial, b"text/plain", [(b"cache-control", b"no-store"), *INERT])

    async def metric(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/metrics`, for Prometheus."""
        body = await run_in_threadpool(self.metrics)
        await answer(send, 200, body, b"text/plain; version=0.0.4; charset=utf-8", INERT)

    async def robots(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `/robots.txt`: pages for people may be found, machinery need not be."""
        body = b"User-agent: *\nDisallow: /simple/\nDisallow: /packages/\nDisallow: /pypi/\nDisallow: /setup/\n"
        await answer(send, 200, body, b"text/plain", INERT)

    def _home(self, query: str) -> bytes:
        with self.vault.reading() as books:
            found = books.shelf.search(query, _FOUND)
            projects, files = books.shelf.counts(only_listed=True)
        return self.pages.home(query, found, projects, files)

    def _user(self, raw: str) -> bytes:
        try:
            name = parse_account_name(raw)
        except ValueError:
            raise Refused("not-found", "There is nobody of that name.") from None
        with self.vault.reading() as books:
            known = books.accounts.account(name)
            hidden = {each.text for each in books.shelf.private_projects()}
            projects = [each for each in books.roles.projects_of(name) if each[0] not in hidden] if known else []
        if known is None:
            raise Refused("not-found", "There is nobody of that name.")
        return self.pages.user(str(name), [(project, role.value) for project, role in projects])

    def _changes(self, since: int) -> bytes:
        project_changes(self.vault)
        with self.vault.reading() as books:
            lines = books.events.changes_after(since, _MOST_CHANGES)
            # Whoever asks again from here misses nothing: neither what this answer has no room for, nor what has
            # happened and is not in the changelog yet.
            reached = lines[-1].serial if len(lines) == _MOST_CHANGES else books.events.cursor(PROJECTOR)
        return orjson.dumps(
            {
                "last_serial": reached,
                "changes": [
                    {
                        "serial": line.serial,
                        "time": line.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                        "name": line.name,
                        "version": line.version,
                        "action": line.action,
                    }
                    for line in lines
                ],
            }
        )

    def _feed(self, only_new: bool) -> bytes:
        project_changes(self.vault)
        with self.vault.reading() as books:
            changes = books.events.newest_changes(_FEED_LINES, only_new_projects=only_new)
        description = "The newest projects" if only_new else "The newest releases"
        return _FEED.render(title=self.title, site_url=self.site_url, description=description, changes=changes).encode()

    def _critical(self) -> dict[str, object]:
        with self.vault.reading() as books:
            vouchers = books.factors.vouchers()
            hidden = {each.text for each in books.shelf.private_projects()}
            return {
                "rule": self.rule,
                "critical": [each for each in books.critical.critical() if each.project not in hidden],
                "vouchers": sum(each.account is None for each in vouchers),
            }

    def _serial(self) -> int:
        with self.vault.reading() as books:
            return books.events.newest()


async def _show(send: Send, page: bytes) -> None:
    headers = [(b"content-security-policy", CSP.encode()), (b"cache-control", b"no-store"), *SAFE]
    await answer(send, 200, page, HTML, headers)
