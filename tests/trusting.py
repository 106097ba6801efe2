"""A world with a build in it: an issuer on this machine, a project, and a publisher that the project trusts.

Principles: AUTHZ-3.1
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.outbound.workload_issuer import Build, WorkloadIssuer, issuing
from tests.people_world import PeopleWorld, Person, people
from tests.worlds import FORMAT, Made, wheel

from strongroom.authz.providers import PROVIDERS, Provider
from strongroom.authz.publishers import Publisher, Trusted
from strongroom.kernel.names import ProjectName
from strongroom.kernel.secrets import Secret
from strongroom.outbound.issuers import Issuers
from strongroom.packages.publishing import Presented, Receipt, publish
from strongroom.people.desk import Desk
from strongroom.people.minting import Minted, exchange
from strongroom.people.publishers import Wanted, add_publisher

HERE = "packages.example"
ANVIL = ProjectName("pypi", "anvil")
FIELDS: Mapping[str, str] = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
GITLAB_FIELDS: Mapping[str, str] = {"namespace": "acme", "project": "anvil", "workflow": ".gitlab-ci.yml"}
GITLAB_BUILD = Build(workflow=".gitlab-ci.yml")


@dataclass
class TrustWorld:
    """A town, ada who owns anvil, and two issuers: one speaks as GitHub, two as GitLab."""

    town: PeopleWorld
    github: WorkloadIssuer
    gitlab: WorkloadIssuer
    other_gitlab: WorkloadIssuer
    ada: Person = field(init=False)
    providers: dict[str, Provider] = field(default_factory=lambda: dict(PROVIDERS), kw_only=True)

    def __post_init__(self) -> None:
        self.identities = Issuers(self.town.clock, timeout_seconds=2.0)
        self.trust()
        self.ada = self.town.maintainer("ada")

    def trust(self) -> None:
        """Make the desk trust the issuers, and what providers there are now."""
        issuers = {self.github.url: "github", self.gitlab.url: "gitlab", self.other_gitlab.url: "gitlab"}
        house = replace(self.town.desk.house, trusted=Trusted(self.providers, issuers), audience=HERE)
        self.town.desk = replace(self.town.desk, house=house)

    @property
    def desk(self) -> Desk:
        return self.town.desk

    def add(
        self, project: ProjectName = ANVIL, by: Person | None = None, issuer: WorkloadIssuer | None = None, **more: str
    ) -> Publisher:
        """Let acme/anvil's release.yml publish, on GitHub; `more` fields narrow it, or replace those."""
        person = by or self.ada
        self.town.prove(person)
        wanted = Wanted("github", {**FIELDS, **more}, (issuer or self.github).url)
        return add_publisher(self.desk, person.visitor, project, wanted).publisher

    def add_gitlab(self, issuer: WorkloadIssuer, project: ProjectName = ANVIL, **more: str) -> Publisher:
        """Let acme/anvil's pipeline publish, on a GitLab."""
        self.town.prove(self.ada)
        wanted = Wanted("gitlab", {**GITLAB_FIELDS, **more}, issuer.url)
        return add_publisher(self.desk, self.ada.visitor, project, wanted).publisher

    def exchange(self, token: str, project: ProjectName | None = None) -> Minted:
        """Exchange an identity token."""
        return exchange(self.desk, self.identities, token, project)

    def minted(self, build: Build | None = None) -> Minted:
        """Return what a build on GitHub gets for an honest token."""
        return self.exchange(self.github.github(HERE, build))

    def publish(self, token: Secret, made: Made | None = None) -> Receipt:
        """Publish with a token as the upload endpoint would."""
        file = made or wheel(version="7.0")
        road = self.town.road
        return publish(road, FORMAT, Presented(token.fingerprint()), file.offered(), io.BytesIO(file.content))


@contextmanager
def trusting(folder: Path) -> Iterator[TrustWorld]:
    """Open a world with three issuers, for as long as the block lasts; their clocks are its own."""
    with ExitStack() as stack:
        town = stack.enter_context(people(folder))

        def now() -> float:
            return town.clock.now.timestamp()

        made = tuple(stack.enter_context(issuing(now, number)) for number in range(3))
        yield TrustWorld(town, made[0], made[1], made[2])
