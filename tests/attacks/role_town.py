"""A small town in which anybody tries anything: each deed is done by the real use-case, and told to the model too.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.deeds_model import Model
from tests.people_world import HOME, PARTY
from tests.role_model import MAY, Organisation, Project
from tests.worlds import CHEAP, FORMAT, Clock, Made, chance, wheel

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.breaches import Exposure
from strongroom.authn.sessions import Session, Visit
from strongroom.authz.organisations import Organisation as RealOrganisation
from strongroom.authz.policies import parse_policy
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.authz.tokens import Kind, mint
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.index import Index
from strongroom.packages.ports import Books
from strongroom.packages.publishing import Quota, Road
from strongroom.packages.removal import Cellar
from strongroom.people import projects
from strongroom.people.desk import Desk, House, Visitor
from strongroom.people.reading import ReadingRoom
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql.vault import SqlVault

PEOPLE = ("ada", "bob", "carol", "dave", "eve")
ORGANISATIONS = ("acme", "forge")
TEAMS = ("smiths", "strikers")
POLICIES: tuple[tuple[str, ...], ...] = ((),) * 4 + (
    ("two-people",),
    ("two-people",),
    ("two-people", "trusted-publishing"),
    ("trusted-publishing",),
    ("attestations",),
)
#: Deeds that give nobody a role and take none.
QUIET = frozenset(
    {"read", "mint", "derive", "revoke", "yank", "remove", "end", "show", "govern", "lower", "keep", "drop"}
)  # fmt: skip
AWAY = Visit("203.0.113.66", "curl")
NETWORK = "192.0.2.0/24"
#: Sessions are of that day, so that none ends and none grows stale; whether one does is told elsewhere.
LATER = timedelta(days=3650)


class NoList:
    """A list on which no password is."""

    def exposure(self, password: Secret) -> Exposure:
        return Exposure.NEVER_SEEN


@cache
def made(project: str, version: str) -> Made:
    """Return a wheel, made once."""
    return wheel(project, version)


def secret_of(name: str) -> Secret:
    """Return the session secret of somebody."""
    return mint(name.ljust(32, "-").encode(), kind=Kind.SESSION)


def name(project: str) -> ProjectName:
    """Return a project's name."""
    return ProjectName("pypi", project)


def account(who: str, now: datetime) -> Account:
    """Return somebody in order, with one-time codes."""
    return Account(
        AccountName(who), f"{who}@example.org", True, False, now, f"h-{who}", totp_secret="ABC", password_hash="x"
    )


def furnish(vault: SqlVault) -> None:
    """Put everybody into the books, each signed in, and make the projects and organisations that there are at first."""
    now, then = Clock()(), Clock()() + LATER
    with vault.writing() as books:
        for who in PEOPLE:
            books.accounts.add_account(account(who, now))
            fingerprint = secret_of(who).fingerprint()
            session = Session(who, fingerprint, AccountName(who), Strength.TOTP, then, now, then, then, "", "")
            books.sessions.add_session(session)
        for title, organisation in model().organisations.items():
            _found(books, title, organisation, now)
        for title, project in model().projects.items():
            _make(books, title, project, now)


def _found(books: Books, title: str, organisation: Organisation, now: datetime) -> None:
    books.organisations.add_organisation(RealOrganisation(title, title, now))
    for who, position in organisation.members.items():
        books.organisations.set_member(title, AccountName(who), OrganisationRole(position))
    for which, people in organisation.teams.items():
        books.organisations.add_team(title, which, now)
        for who in people:
            books.organisations.add_to_team(title, which, AccountName(who))


def _make(books: Books, title: str, project: Project, now: datetime) -> None:
    books.shelf.add_project(name(title), title, now)
    books.shelf.set_organisation(name(title), project.organisation)
    books.shelf.set_policy(name(title), parse_policy(sorted(project.policy)))
    for who, roles in project.own.items():
        for role in roles:
            books.roles.grant(AccountName(who), name(title), Role(role))
    for which, roles in project.teams.items():
        for role in roles:
            books.organisations.give_team_role(project.organisation, which, name(title), Role(role))


def model() -> Model:
    """Return the model of the town at first: ada's acme with its smiths, bob's forge, and two projects of neither."""
    return Model(
        dict.fromkeys(PEOPLE, "well"),
        {
            "anvil": Project("acme", teams={"smiths": {"publisher"}}),
            "anvil-core": Project("acme", own={"eve": {"owner"}}, teams={"strikers": {"people-manager"}}),
            "bellows": Project(
                policy={"two-people"}, own={"bob": {"owner"}, "carol": {"publisher"}, "eve": {"reader"}}
            ),
            "tongs": Project(own={"carol": {"owner"}, "dave": {"people-manager"}, "ada": {"security-contact"}}),
        },
        {
            "acme": Organisation(
                {"ada": "owner", "bob": "manager", "carol": "member", "dave": "member"},
                {"smiths": {"bob", "carol"}, "strikers": {"dave"}},
            ),
            "forge": Organisation({"bob": "owner", "eve": "member"}, {"smiths": {"eve"}}),
        },
    )


@dataclass
class Town:
    """The repository, the model of it, and what each of the model's words stands for."""

    folder: Path
    vault: SqlVault
    dice: random.Random
    model: Model = field(default_factory=model)
    clock: Clock = field(default_factory=Clock)
    secrets: dict[str, Secret] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    identifiers_of_builds: dict[str, str] = field(default_factory=dict)
    identifiers_of_asks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = Desk(
            self.vault,
            self.clock,
            chance(),
            "",
            CHEAP,
            NoList(),
            PARTY,
            "https://packages.example/",
            House(),
        )
        store = DiskPages(self.folder / "pages")
        store.begin_epoch(("test",))
        index, blobs = Index(self.vault, FORMAT, store), MemoryBlobs()
        self.road = Road(self.vault, blobs, index, Quota(10**9), self.clock)
        self.bench = projects.Workbench(self.desk, FORMAT, self.road, Cellar(self.vault, blobs, index, self.clock))
        self.room = ReadingRoom(self.desk, is_private=False)

    # -- chance

    def of(self, *choices: Any) -> Any:
        """Return one of these."""
        return self.dice.choice(choices)

    @property
    def who(self) -> str:
        """Somebody."""
        return str(self.of(*PEOPLE))

    def doer(self, what: str) -> str:
        """Somebody, more often than not one of the project's own people."""
        known = sorted(who for who in PEOPLE if self.model.roles(who, what))
        return str(self.of(*known)) if known and self.dice.random() < 0.75 else self.who

    def runner(self, organisation: str) -> str:
        """Somebody, more often than not one of those who run the organisation."""
        known = sorted(who for who, role in self.model.organisations[organisation].members.items() if role != "member")
        return str(self.of(*known)) if known and self.dice.random() < 0.75 else self.who

    @property
    def what(self) -> str:
        """A project that there is."""
        return str(self.of(*self.model.projects))

    @property
    def role(self) -> str:
        """A role in a project."""
        return str(self.of(*MAY))

    def visitor(self, who: str, visit: Visit = HOME) -> Visitor:
        """Return somebody in their session."""
        return Visitor(visit, secret_of(who))

    # -- judging

    def agree(self, told: str, expected: str, deed: Callable[[], object]) -> bool:
        """Do the deed, and see that it is allowed when the model says so, and only then; report whether it was."""
        came = ""
        try:
            deed()
        except Refused as refused:
            came = f"{refused.code}: {refused.says}"
        self.log.append(f"{told} -> {expected or 'allowed'} / {came or 'done'}")
        assert bool(came) == bool(expected), "\n".join(self.log[-60:])
        # What is refused is undone, and reading changes nothing; the rest is compared once more when the town ends.
        if not came and told.split()[0] not in QUIET:
            self.compare()
        return not came

    def compare(self) -> None:
        """See that everybody has the roles that the model says, in every project."""
        with self.vault.reading() as books:
            for project in self.model.projects:
                real: dict[str, set[str]] = {}
                for who, role in books.roles.everybody_of(name(project)):
                    real.setdefault(str(who), set()).add(role.value)
                expected = {who: roles for who in PEOPLE if (roles := self.model.roles(who, project))}
                assert real == expected, (project, real, expected, "\n".join(self.log[-60:]))

    def learn(self, key: str, is_project: bool, place: str, whom: str, role: str) -> None:
        """Remember by which identifier the invitation goes that the model has now."""
        if key in self.model.offers:
            with self.vault.reading() as books:
                for each in books.organisations.invitations_for(AccountName(whom), self.clock()):
                    if each.where == place and each.role == role and (each.project is not None) == is_project:
                        self.identifiers[key] = each.identifier
