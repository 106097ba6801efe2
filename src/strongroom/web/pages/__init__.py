"""The pages that people read: records in, HTML out, nothing else.

Principles: GEN-2.1, AUTHN-1.3
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from strongroom.authz.provenance import Provenance
from strongroom.kernel.records import Found, ProjectFacts, ReleaseRecord
from strongroom.principles import upholds
from strongroom.principles.catalogue import principle as principle_named
from strongroom.web.pages.descriptions import fitted
from strongroom.web.pages.enrolment import field_of
from strongroom.web.pages.policies import POLICIES
from strongroom.web.pages.projects import House, view
from strongroom.web.pages.refusals import grouped, what_to_do
from strongroom.web.pages.static import ACCOUNT, ICON, SCRIPT, STATIC, STYLE
from strongroom.web.pages.words import FILTERS

__all__ = ["CSP", "CSP_SCRIPTED", "STATIC", "Pages"]

#: What a browser may do on every page. Nothing inline, nothing from elsewhere.
CSP: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

#: The same for pages whose own script may ask the site itself, to speak with an authenticator.
CSP_SCRIPTED: Final = f"{CSP}; connect-src 'self'"


class Pages:
    """Every page of one repository: `title` is what it is called, `site_url` its own address, ending with a slash."""

    def __init__(self, title: str, site_url: str) -> None:
        self.root: Final = urlsplit(site_url).path or "/"
        self._always = {
            "title": title,
            "site_url": site_url,
            "root": self.root,
            "style": f"{self.root}static/{STYLE}",
            "script": f"{self.root}static/{SCRIPT}",
            "account_script": f"{self.root}static/{ACCOUNT}",
            "icon": f"{self.root}static/{ICON}",
        }

    def home(self, query: str, found: Sequence[Found], projects: int, files: int) -> bytes:
        """Return the front page: `found` are the results for `query`, or the newest projects when it is "".

        `projects` and `files` are how many there are in all.
        """
        return self._render("home.html", query=query, found=found, projects=projects, files=files)

    def project(
        self,
        facts: ProjectFacts,
        release: ReleaseRecord,
        description_html: str | None,
        provenances: Mapping[str, Provenance] = MappingProxyType({}),
        house: House = House(),  # noqa: B008 (frozen)
        *,
        pinned: bool,
    ) -> bytes:
        """Return the page of one release of a project.

        `description_html` has been sanitised; None when there is none. `pinned` says that the address names the
        version, so that the reader must be told when there is a newer one. `provenances` are those of all files of the
        project that have one, by file name. `house` is how the project is run.
        """
        description, has_pictures = fitted(description_html or "")
        return self._render(
            "project.html",
            page=view(
                facts, release, self._always["site_url"], provenances, pinned=pinned, with_token=bool(house.readers)
            ),
            house=house,
            demands=house.demands,
            description=Markup(description),  # noqa: S704 (sanitised by the format before it came here)
            has_pictures=has_pictures,
        )

    def user(self, name: str, projects: Sequence[tuple[str, str]]) -> bytes:
        """Return the page of one account; `projects` are pairs of project and role."""
        return self._render("user.html", name=name, projects=projects)

    def setup_form(self, *, error: str, name: str, email: str, totp_secret: str, qr_svg: str) -> bytes:
        """Return the form that enrols the first administrator; `error` is "" until an attempt was refused.

        `qr_svg` is an SVG element made here, of the enrolment address of `totp_secret`.
        """
        return self._render(
            "setup_form.html",
            error=error,
            error_field=field_of(error),
            name=name,
            email=email,
            totp_secret=totp_secret,
            qr_svg=Markup(qr_svg),  # noqa: S704 (drawn by us)
        )

    def setup_done(self, *, name: str, token: str, site_url: str) -> bytes:
        """Return the page that shows the first administrator's token, this once."""
        return self._render("setup_done.html", name=name, token=token, site_url=site_url)

    def setup_gone(self) -> bytes:
        """Return the page behind an enrolment link that was used, replaced or has expired."""
        return self._render("setup_gone.html")

    def of_people(self, template: str, **facts: Any) -> bytes:
        """Return a page of `account/`: what it needs stands in `web/people/views.py`."""
        return self._render(template, **facts)

    def problem(self, *, status: int, title: str, says: str, principle: str) -> bytes:
        """Return the page that tells a person what happened, why, and what to do; `principle` is an id or ""."""
        return self._render(
            "problem.html",
            status=status,
            heading=title,
            says=says,
            principle=principle_named(principle) if principle else None,
            to_do=what_to_do(status),
        )

    def problems(self, codes: Sequence[tuple[str, int]]) -> bytes:
        """Return the page that explains every refusal; `codes` are pairs of code and HTTP status, 400 being usual."""
        return self._render("problems.html", groups=grouped(codes))

    @upholds("GEN-2.1c")
    def policy(self, slug: str, **facts: Any) -> bytes | None:
        """Return a policy, public (GEN-2.1 c), or for "" or "index" the list of them; None when there is none.

        `facts` are what only some of them show: `rule`, `critical` and `vouchers` for the one of critical projects.
        """
        if slug in ("", "index"):
            return self._render("policies/index.html", policies=POLICIES)
        if slug not in POLICIES:
            return None
        return self._render(f"policies/{slug}.html", policy=POLICIES[slug], **facts)

    def _render(self, template: str, **facts: Any) -> bytes:
        return _environment().get_template(template).render(self._always | facts).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("strongroom.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= FILTERS
    return environment
