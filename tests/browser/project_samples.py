"""Every page of projects and organisations, with people who are invented: as owners see it, and as others do.

Principles: none
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.browser.people_samples import ADA, ALWAYS, NOW, before

from strongroom.authn.accounts import AccountName
from strongroom.authz.organisations import Invitation, Organisation
from strongroom.authz.policies import Ask
from strongroom.authz.publishers import Publisher
from strongroom.authz.roles import OrganisationRole, Role, rights_of
from strongroom.formats import Offered
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, ProjectFacts, ProjectRecord, ReleaseRecord, Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.holding import Held
from strongroom.people.organisations import Overview, Team
from strongroom.people.projects import Managed, Mine
from strongroom.people.publishers import Listed
from strongroom.web.pages import Pages
from strongroom.web.people.project_views import facts_of_organisation, facts_of_project

FORGE: Final = ProjectName("pypi", "anvil-forge")
GRACE: Final = AccountName("grace")
LIN: Final = AccountName("lin")
LONG: Final = AccountName("a-maintainer-with-a-name-of-nearly-fifty-characters")
NO_POLICY: Final[frozenset[Demand]] = frozenset()


def record(name: str, **more: Any) -> ProjectRecord:
    """Return a project of a name."""
    return ProjectRecord(ProjectName("pypi", name), name, Status.ACTIVE, "", 7, before(days=400), **more)


def offer(identifier: str, account: AccountName, role: str, *, organisation: str = "") -> Invitation:
    """Return a role that grace offers, in anvil-forge or in an organisation."""
    project = None if organisation else FORGE
    return Invitation(identifier, account, project, organisation, role, GRACE, before(days=1), NOW + timedelta(days=6))


def waiting(filename: str, uploader: str, started_by: str = "") -> Held:
    """Return an upload that waits."""
    seed = filename.encode()
    digests = Digests(Sha256.of(seed), Sha256.of(seed + b"b").hex, "0" * 32)
    offered = Offered(filename, {}, 184_312, digests)
    sent = (uploader, "3f9c", before(hours=5), NOW + timedelta(days=13))
    return Held(FORGE, "2.2.0", offered, *sent, Sha256.of(seed), started_by)


BUILD: Final = Publisher(
    "77aa", "github", "https://token.actions.githubusercontent.com",
    {"owner": "anvil", "repository": "anvil-forge", "workflow": "release.yml", "environment": "release"}, FORGE, ADA,
    before(days=30), None, last_used=before(days=3),
)  # fmt: skip
PENDING: Final = replace(
    BUILD, project=ProjectName("pypi", "hammer-of-tomorrow"), expires=NOW + timedelta(days=29), last_used=None
)
RELEASES: Final = tuple(
    ReleaseRecord(f"{n // 10}.{n % 10}.0", {}, False, before(days=300 - 10 * n), yanked)
    for n, yanked in enumerate([*[None] * 13, "Writes world-readable files."])
)
OWNED: Final = Managed(
    facts=ProjectFacts(
        record("anvil-forge", organisation="acme", policy=frozenset({Demand.ATTESTATIONS, Demand.TWO_PEOPLE})),
        RELEASES, (), ("ada",),
    ),
    roles=frozenset({Role.OWNER, Role.SECURITY_CONTACT}),
    rights=rights_of([Role.OWNER]),
    people=[(ADA, Role.OWNER), (ADA, Role.SECURITY_CONTACT), (LONG, Role.PUBLISHER), (GRACE, Role.PEOPLE_MANAGER)],
    teams=[("releases", Role.PUBLISHER), ("auditors", Role.READER)],
    invitations=[offer("01", AccountName("lin"), "publisher")],
    waiting=[
        waiting("anvil_forge-2.2.0-py3-none-any.whl", "publisher:77aa", "octo-lin"),
        waiting("anvil_forge-2.2.0.tar.gz", "ada"),
    ],
    inherited=frozenset({Demand.ATTESTATIONS}),
    organisations=["acme", "smiths-of-the-north"],
    publishers=[BUILD],
    critical_from=before(days=20),
    ask=Ask("9d", FORGE, "", frozenset({Demand.TWO_PEOPLE}), LIN, before(hours=30), NOW + timedelta(days=12)),
    approvers=[ADA, LONG, LIN],
    deciders=[ADA, LIN],
    who=ADA,
)  # fmt: skip
ALONE: Final = replace(
    OWNED,
    facts=ProjectFacts(record("anvil-forge", is_private=True), (), (), ("ada",)),
    roles=frozenset({Role.OWNER}), people=[(ADA, Role.OWNER)], teams=[], invitations=[], waiting=[],
    inherited=NO_POLICY, organisations=[], publishers=[], critical_from=None,
    ask=None, approvers=[ADA], deciders=[ADA], provenance_forgotten=before(days=3),
)  # fmt: skip
ACME: Final = Overview(
    Organisation("acme", "Acme Works", before(days=500), frozenset({Demand.TRUSTED_PUBLISHING, Demand.TWO_PEOPLE})),
    OrganisationRole.OWNER,
    [(ADA, OrganisationRole.OWNER), (LONG, OrganisationRole.MEMBER), (GRACE, OrganisationRole.MANAGER)],
    [
        Team("releases", [ADA, GRACE], [(FORGE, Role.PUBLISHER), (ProjectName("pypi", "tongs"), Role.PUBLISHER)]),
        Team("auditors", [], []),
    ],
    [record("anvil-forge", organisation="acme"), record("tongs", organisation="acme", is_private=True)],
    [offer("02", LIN, "manager", organisation="acme")],
    Ask("9e", None, "acme", frozenset({Demand.TRUSTED_PUBLISHING}), ADA, before(days=2), NOW + timedelta(days=11)),
    [ADA],
    [ProjectName("pypi", "tongs")],
    ADA,
)


def project_pages(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Yield every page of projects and organisations by a short name."""
    for name, template, facts in [*_lists(), *_projects(), *_organisations()]:
        looked = {**ALWAYS, "who": "ada", "now": NOW, **facts}
        yield f"account-{name}", pages.of_people(f"account/{template}.html", **looked)


Sample = tuple[str, str, dict[str, Any]]


def _lists() -> Iterator[Sample]:
    nothing: dict[str, Any] = {"projects": [], "invitations": [], "organisations": [], "pending": []}
    yield "projects-none", "projects", nothing
    mine = [
        Mine(record("anvil-forge", organisation="acme"), [Role.OWNER, Role.SECURITY_CONTACT], before(days=20), 2, True),
        Mine(record("bellows"), [Role.PUBLISHER], NOW + timedelta(days=24), 0),
        Mine(record("tongs-of-the-very-long-name-that-somebody-gave-it", is_private=True), [Role.READER], None, 0),
    ]
    both = [
        (ACME.organisation, OrganisationRole.OWNER),
        (replace(ACME.organisation, name="b"), OrganisationRole.MEMBER),
    ]
    some = {
        "projects": mine,
        "invitations": [offer("01", ADA, "security-contact"), offer("02", ADA, "member", organisation="acme")],
        "organisations": both,
        "pending": [Listed(PENDING, "")],
    }
    yield "projects", "projects", {**some, "said": "You have declined."}
    taken = Refused("name-taken", "There is an organisation named acme already.")
    typed = {"organisation": "acme", "title": "Acme"}
    yield "projects-refused", "projects", {**some, "error": taken, "typed": typed}


def _projects() -> Iterator[Sample]:
    yield "project", "project", facts_of_project(OWNED, NO_POLICY)
    missing = Refused("no-such-account", "There is no account named adda.")
    refused = {"error": missing, "typed": {"name": "adda", "role": "owner"}}
    asking = replace(OWNED, ask=replace(OWNED.ask, by=ADA)) if OWNED.ask else OWNED
    yield "project-asking", "project", facts_of_project(asking, NO_POLICY)
    yield "project-alone", "project", {**facts_of_project(ALONE, frozenset({Demand.TWO_PEOPLE})), **refused}
    for who, role in (("grace", Role.PEOPLE_MANAGER), (str(LONG), Role.PUBLISHER), ("rita", Role.READER)):
        seen = replace(OWNED, roles=frozenset({role}), rights=rights_of([role]), organisations=[])
        yield f"project-{role}", "project", {**facts_of_project(seen, NO_POLICY), "who": who}
    wrong = Refused("bad-request", "Type anvil-forge to remove it.")
    yield "project-refused", "project", {**facts_of_project(ALONE, NO_POLICY), "error": wrong, "typed": {"typed": "a"}}


def _organisations() -> Iterator[Sample]:
    yield "organisation", "organisation", facts_of_organisation(ACME, NO_POLICY, {"anvil-forge"})
    taken = Refused("name-taken", "There is a team named releases already.")
    managed = facts_of_organisation(replace(ACME, role=OrganisationRole.MANAGER), NO_POLICY, set())
    yield "organisation-manager", "organisation", {**managed, "error": taken, "typed": {"team": "releases"}}
    member = facts_of_organisation(replace(ACME, role=OrganisationRole.MEMBER), frozenset(Demand), set())
    yield "organisation-member", "organisation", {**member, "who": str(LONG)}
    new = replace(ACME, members=ACME.members[:1], teams=[], projects=[], invitations=[], ask=None, lonely=[])
    new = replace(new, organisation=replace(ACME.organisation, title="acme", policy=NO_POLICY))
    yield "organisation-new", "organisation", facts_of_organisation(new, NO_POLICY, set())
