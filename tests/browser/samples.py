"""Invented projects, rich enough to show what every page does with them.

Principles: none
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import segno
from tests.browser.admin_samples import admin_pages
from tests.browser.people_samples import people_pages
from tests.browser.project_samples import project_pages

from strongroom.authz.provenance import Provenance
from strongroom.formats.pypi.description import render
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, FileRecord, Found, ProjectFacts, ProjectRecord, ReleaseRecord, Status
from strongroom.packages.criticality import Critical, Rule
from strongroom.web.pages import Pages
from strongroom.web.pages.policies import POLICIES
from strongroom.web.pages.projects import House
from strongroom.web.problems import STATUS

NOON: Final = datetime(2026, 11, 3, 12, 4, tzinfo=UTC)
README: Final = (Path(__file__).parent / "sample_readme.md").read_text("utf-8")
README_RST: Final = (Path(__file__).parent / "sample_readme.rst").read_text("utf-8")
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN: Final = "srm_u0000000000000000000000000000000000000000000example"

METADATA: Final[Mapping[str, object]] = {
    "name": "anvil-forge",
    "summary": "Forge, temper and verify configuration files, with a plan you can read before anything changes.",
    "author": "Ada Smith",
    "author_email": "ada@example.org",
    "maintainer": "The Anvil people",
    "license_expression": "Apache-2.0 OR MIT",
    "requires_python": ">=3.10",
    "keywords": ["configuration", "forge", "verification"],
    "project_urls": {
        "Documentation": "https://docs.example.org/anvil-forge/latest/",
        "Source": "https://code.example.org/anvil/anvil-forge",
        "Issues": "https://code.example.org/anvil/anvil-forge/issues",
        "Trap": "javascript:alert(1)",
    },
    "requires_dist": [
        "attrs>=25.1",
        "click<9,>=8.3",
        "packaging>=26.0",
        'tomli>=2.4; python_version < "3.11"',
        'httpx2>=2.16; extra == "http"',
        'uvloop>=0.23; extra == "http" and sys_platform == "linux"',
        'pytest>=9; extra == "test"',
    ],
    "provides_extra": ["http", "test"],
    "classifiers": [
        "Development Status :: 5 - Production/Stable",
        "Intended Audience :: System Administrators",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.14",
        "Topic :: Security",
        "Topic :: System :: Systems Administration",
    ],
}


def release(version: str, days: int, *, yanked: str | None = None, early: bool = False) -> ReleaseRecord:
    """Return a release that is `days` old."""
    return ReleaseRecord(version, METADATA, early, NOON - timedelta(days=days), yanked)


def file(filename: str, version: str, size_bytes: int, days: int, *, yanked: str | None = None) -> FileRecord:
    """Return a file of a name, with digests made of it."""
    seed = filename.encode()
    return FileRecord(
        filename,
        version,
        "bdist_wheel" if filename.endswith(".whl") else "sdist",
        "source",
        size_bytes,
        Digests(Sha256.of(seed), Sha256.of(seed + b"b").hex, "0" * 32),
        Sha256.of(seed + b".metadata"),
        ">=3.10",
        NOON - timedelta(days=days),
        "ada" if days % 2 else "anvil-release-robot",
        yanked,
    )


def pair(version: str, days: int, yanked: str | None = None) -> tuple[FileRecord, FileRecord]:
    """Return the source distribution and the wheel of a version."""
    return (
        file(f"anvil_forge-{version}.tar.gz", version, 184_312 + days, days, yanked=yanked),
        file(f"anvil_forge-{version}-py3-none-any.whl", version, 96_004 + days, days, yanked=yanked),
    )


def facts(status: Status = Status.ACTIVE, reason: str = "") -> ProjectFacts:
    """Return a project with a few versions: a yanked one, a pre-release, one with many wheels."""
    project = ProjectRecord(
        ProjectName("pypi", "anvil-forge"), "Anvil-Forge", status, reason, 91, NOON - timedelta(days=900)
    )
    releases = (
        release("1.9.0", 410),
        release("2.0.0", 190, yanked="Writes world-readable files (ANVIL-2026-1). Use 2.0.1."),
        release("2.0.1", 188),
        release("2.1.0rc1", 34, early=True),
        release("2.1.0", 3),
    )
    files = [each for one in releases for each in pair(one.version, (NOON - one.created).days, one.yanked)]
    for python in ("cp311", "cp312", "cp313"):
        files.append(
            file(
                f"anvil_forge-2.1.0-{python}-{python}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                "2.1.0",
                1_284_551,
                3,
            )
        )
    return ProjectFacts(project, releases, tuple(files), ("ada", "anvil-release-robot"))


def attested(project: ProjectFacts, *versions: str, repository: str = "anvil/anvil-forge") -> dict[str, Provenance]:
    """Return what is proved of every file of some versions."""
    there = f"https://github.com/{repository}"
    claims = {
        "issuer": "https://token.actions.githubusercontent.com",
        "source_repository_uri": there,
        "source_repository_ref": "refs/tags/v2.1.0",
        "source_repository_digest": "4f1d3a5b" * 5,
        "source_repository_identifier": "772247423",
        "build_config_uri": f"{there}/.github/workflows/release.yml@refs/tags/v2.1.0",
        "build_trigger": "release",
        "runner_environment": "github-hosted",
        "run_invocation_uri": f"{there}/actions/runs/12169989787/attempts/1",
    }
    publisher = f"GitHub Actions, repository {repository}, workflow release.yml"
    types = ("https://index.example/attestations/publish/v1", "https://slsa.dev/provenance/v1")
    found = Provenance("{}", publisher, types, claims, 153454663, NOON, Sha256.of(b"root").hex)
    return {file.filename: found for file in project.files if file.version in versions}


def many() -> ProjectFacts:
    """Return a project with sixty versions."""
    project = ProjectRecord(ProjectName("pypi", "anvil-forge"), "anvil-forge", Status.ACTIVE, "", 91, NOON)
    releases = tuple(release(f"{n // 10}.{n % 10}.0", 900 - 10 * n, yanked="" if n == 7 else None) for n in range(60))
    files = tuple(each for n, one in enumerate(releases) for each in pair(one.version, 900 - 10 * n, one.yanked))
    return ProjectFacts(project, releases, files, ("ada",))


def long_names() -> ProjectFacts:
    """Return a project of which everything is as long as it may be."""
    name = "x" * 60 + "-" + "industrial" * 3 + "-toolkit"
    version = "20261103.1.2.3.4.5.6.7.post1234567890.dev1234567890"
    words = "Unbreakable" * 8 + " summary with a very long word in it that has to end somewhere."
    metadata = {
        "summary": words,
        "license": "Licence-of-" + "y" * 80,
        "author": "Someone-With-" + "z" * 60,
        "keywords": "one,two three," + "w" * 70,
        "home_page": "https://example.org/" + "path/" * 30,
        "requires_dist": ["a" * 70 + ">=1", f'b; extra == "{"e" * 50}"'],
        "project_urls": ["L" * 32 + ", https://example.org/" + "q" * 120],
    }
    one = ReleaseRecord(version, metadata, True, NOON, "r" * 300)
    file_name = f"{name.replace('-', '_')}-{version}-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    project = ProjectRecord(ProjectName("pypi", name), name, Status.DEPRECATED, "s" * 300, 1, NOON)
    return ProjectFacts(project, (one,), (file(file_name, version, 10**11, 0, yanked="r" * 300),), ("o" * 50,))


def bare() -> ProjectFacts:
    """Return a project that says nothing of itself, and whose only release lost its files."""
    project = ProjectRecord(ProjectName("pypi", "bare"), "bare", Status.ACTIVE, "", 1, NOON)
    return ProjectFacts(project, (ReleaseRecord("0.1", {}, False, NOON, None),), (), ())


FOUND: Final = tuple(
    Found(name, summary, version, NOON - timedelta(days=3 * n))
    for n, (name, summary, version) in enumerate(
        (
            ("anvil-forge", str(METADATA["summary"]), "2.1.0"),
            ("bellows", "Move air through queues.", "0.4.1"),
            ("crucible", "", "1.0"),
            (
                "tongs",
                "Hold hot objects: leases and locks over PostgreSQL, with fencing tokens and no daemons.",
                "3.2.0",
            ),
            ("quench-client", "The client of the internal quench service", "2026.10.2"),
        )
    )
)


def rendered(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Yield every kind of page by a short name."""
    usual, text = facts(), render(README, "text/markdown")
    yield "home", pages.home("", FOUND, 1204, 18_220)
    yield "home-empty", pages.home("", (), 0, 0)
    yield "search", pages.home("forge & <fire>", FOUND[:2], 1204, 18_220)
    yield "search-nothing", pages.home("unobtainium", (), 1204, 18_220)
    yield "project", pages.project(usual, usual.releases[-1], text, pinned=False)
    demanding = replace(usual, project=replace(usual.project, organisation="acme"))
    house = House(frozenset(Demand), ("grace", "ada"), ("responders",))
    yield "project-demanding", pages.project(demanding, demanding.releases[-1], None, house=house, pinned=False)
    house = House(attested="2.0.1", readers="whoever has a role in it")
    yield "project-private", pages.project(usual, usual.releases[-1], None, house=house, pinned=False)
    yield "project-rst", pages.project(usual, usual.releases[2], render(README_RST, "text/x-rst"), pinned=True)
    yield "project-yanked", pages.project(usual, usual.releases[1], None, pinned=True)
    yield "project-prerelease", pages.project(usual, usual.releases[3], None, pinned=True)
    archived = facts(Status.ARCHIVED, "Its work is done by tongs now.")
    yield "project-archived", pages.project(archived, archived.releases[-1], "<p>Short.</p>", pinned=False)
    held = facts(Status.QUARANTINED, "Release 2.1.0 sends environment variables to a stranger; under review.")
    yield "project-quarantined", pages.project(held, held.releases[-1], text, pinned=False)
    yield "project-many", pages.project(many(), many().releases[-1], None, pinned=False)
    yield "project-many-old", pages.project(many(), many().releases[7], None, pinned=True)
    yield "project-long", pages.project(long_names(), long_names().releases[0], "<p>" + "v" * 400 + "</p>", pinned=True)
    yield "project-bare", pages.project(bare(), bare().releases[0], None, pinned=False)
    built = attested(usual, "2.1.0", "2.0.1")
    yield "project-attested", pages.project(usual, usual.releases[-1], None, built, pinned=False)
    moved = built | attested(usual, "2.1.0", repository="mallory-with-a-long-name-in-between/anvil-forge")
    yield "project-built-elsewhere", pages.project(usual, usual.releases[-1], None, moved, pinned=False)
    lost = attested(usual, "1.9.0")
    yield "project-provenance-lost", pages.project(usual, usual.releases[-1], None, lost, pinned=False)
    yield "user", pages.user("ada", [("anvil-forge", "owner"), ("tongs", "publisher")])
    yield "user-without", pages.user("newcomer", [])
    yield from _others(pages)


def _others(pages: Pages) -> Iterator[tuple[str, bytes]]:
    drawn = segno.make(f"otpauth://totp/ada?secret={SECRET}", error="m").svg_inline(scale=5, omitsize=True)
    yield "setup", pages.setup_form(error="", name="", email="", totp_secret=SECRET, qr_svg=drawn)
    yield (
        "setup-refused",
        pages.setup_form(
            error="That code does not match. Check the clock of your device and enter the newest code.",
            name="ada",
            email="ada@example.org",
            totp_secret=SECRET,
            qr_svg=drawn,
        ),
    )
    yield "setup-done", pages.setup_done(name="ada", token=TOKEN, site_url="http://127.0.0.1:8000/")
    yield "setup-gone", pages.setup_gone()
    yield (
        "problem-404",
        pages.problem(status=404, title="Not found", says="There is no such project or version here.", principle=""),
    )
    yield (
        "problem-403",
        pages.problem(
            status=403,
            title="Needs second factor",
            says="Everybody who publishes has a second factor, and ada has none. Enrol one, then publish again.",
            principle="AUTHN-3.2",
        ),
    )
    yield (
        "problem-500",
        pages.problem(
            status=500,
            title="Something broke here",
            says="The repository could not answer. The number of this failure is 8f14e45fceea167a.",
            principle="",
        ),
    )
    yield "problems", pages.problems([*STATUS.items(), ("unheard-of", 400)])
    for slug in ("index", *(slug for slug in POLICIES if slug != "critical")):
        yield f"policy-{slug}", pages.policy(slug) or b""
    critical = Critical("anvil-forge", "many projects here depend on it", NOON, NOON)
    yield "policy-critical", pages.policy("critical", rule=Rule(), critical=[critical], vouchers=1) or b""
    yield from people_pages(pages)
    yield from project_pages(pages)
    yield from admin_pages(pages)
