"""A world of people: a desk on SQLite in a folder, a clock that moves, mail in memory, and no network at all.

Principles: none
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
from tests.books import empty_vault
from tests.worlds import CHEAP, FORMAT, Clock, Made, chance, wheel

from strongroom.assess.authenticator import HONEST, Authenticator, Lie
from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.domains import NameAnswer, Names, Registration, Registry
from strongroom.authn.notices import Letter
from strongroom.authn.passkeys import Key, RelyingParty
from strongroom.authn.passwords import Hashing
from strongroom.authn.sessions import Visit
from strongroom.authz.roles import Right, Role
from strongroom.kernel.events import Recorded
from strongroom.kernel.names import ProjectName
from strongroom.kernel.secrets import Secret
from strongroom.outbound.breach_files import ADDED, SORTED, OfflineList
from strongroom.outbound.breaches import Breaches
from strongroom.outbound.domains import registrable_domain
from strongroom.packages.index import Index
from strongroom.packages.publishing import Presented, Quota, Receipt, Road, publish
from strongroom.people import factors, invitations, registration, sign_in
from strongroom.people.criticality import name_critical
from strongroom.people.desk import Desk, House, Visitor, parse_ticket
from strongroom.people.desk import Registration as Welcome
from strongroom.people.domains import Watch, check_domains
from strongroom.people.factors import Renewed
from strongroom.people.post_office import make_letters, send_letters
from strongroom.people.registration import Applicant
from strongroom.people.sign_in import MoreAsked, Outcome, SignedIn
from strongroom.people.tokens import Wanted, create_token
from strongroom.storage.blobs.memory import MemoryBlobs
from strongroom.storage.pages import DiskPages
from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url

ORIGIN = "https://packages.example"
PARTY = RelyingParty("packages.example", "Acme", ORIGIN)
#: Strong enough, and on no list.
PASSWORD = Secret("ochre quill tundra ballast 41")
OTHER_PASSWORD = Secret("velvet harbour onion kilogram 9")
#: Strong enough, and on the list of the world.
LEAKED = Secret("marmalade gasket horizon 1987")
HOME, ELSEWHERE = Visit("192.0.2.10", "Firefox on Linux"), Visit("203.0.113.66", "Firefox on Linux")


class CountingHashing:
    """Argon2 at small costs that tells how often it was asked to look at a password."""

    def __init__(self, hashing: Hashing = CHEAP) -> None:
        self._hashing = hashing
        self.looked_at: list[str] = []

    def hash(self, password: Secret) -> str:
        return self._hashing.hash(password)

    def matches(self, kept: str, password: Secret) -> bool:
        self.looked_at.append(kept)
        return self._hashing.matches(kept, password)

    def is_dated(self, kept: str) -> bool:
        return self._hashing.is_dated(kept)


class MemoryPostbox:
    """Every letter that was sent, oldest first."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


@dataclass
class ToldDomains:
    """An inspector of domains that says what it was told to; by default every domain is well."""

    answers: dict[str, tuple[NameAnswer, Registration]] = field(default_factory=dict)

    def inspect(self, address_domain: str) -> tuple[NameAnswer, Registration]:
        well = NameAnswer(Names.RECEIVES), Registration(Registry.NONE)
        return self.answers.get(address_domain, well)


@dataclass
class Person:
    """Somebody with an account: what they know, what they hold, and the browser that they use."""

    name: AccountName
    email: str
    password: Secret | None = field(default_factory=lambda: PASSWORD)
    totp: Secret | None = None
    authenticator: Authenticator | None = None
    keys: list[Key] = field(default_factory=list)
    codes: list[Secret] = field(default_factory=list)
    visit: Visit = HOME
    session: Secret | None = None
    device: Secret | None = None

    @property
    def visitor(self) -> Visitor:
        """The person in their own browser, with the session that it holds."""
        return Visitor(self.visit, self.session, self.device)

    @property
    def stranger(self) -> Visitor:
        """Somebody elsewhere, with nothing in their browser."""
        return Visitor(ELSEWHERE)

    def takes(self, came: SignedIn | Renewed) -> None:
        """Keep the secrets that a sign-in or a renewal brings, as a browser does."""
        self.session = came.session
        if isinstance(came, SignedIn) and came.device is not None:
            self.device = came.device


@dataclass
class PeopleWorld:
    """A desk, and everything around it that a story needs."""

    folder: Path
    vault: SqlVault
    hashing: CountingHashing
    breaches: Breaches
    clock: Clock = field(default_factory=Clock)
    chance: Callable[[int], bytes] = field(default_factory=chance)
    postbox: MemoryPostbox = field(default_factory=MemoryPostbox)
    domains: ToldDomains = field(default_factory=ToldDomains)
    house: House = field(default_factory=lambda: House(Welcome.OPEN))

    def __post_init__(self) -> None:
        self.desk = Desk(
            vault=self.vault,
            clock=self.clock,
            chance=self.chance,
            infix="",
            hashing=self.hashing,
            breaches=self.breaches,
            party=PARTY,
            site_url=f"{ORIGIN}/",
            house=self.house,
            domain_of=registrable_domain,
        )
        self.store = DiskPages(self.folder / "pages")
        self.store.begin_epoch(("test",))
        self.index = Index(self.vault, FORMAT, self.store)
        self.road = Road(self.vault, MemoryBlobs(), self.index, Quota(10**9), self.clock)
        self._draws = count(1)

    def restarted(self) -> "PeopleWorld":
        """Return the same repository after a restart: the database is all that is left."""
        again = SqlVault(open_engine(sqlite_url(self.folder / "books.db")))
        return PeopleWorld(
            self.folder, again, CountingHashing(), self.breaches, self.clock, self.chance, self.postbox, self.domains
        )

    def authenticator(self) -> Authenticator:
        """Return a new authenticator, unlike every other."""
        number = next(self._draws)
        inner = count()
        return Authenticator(lambda length: f"{number}-{next(inner)}".ljust(length, "x"))

    def leak(self, password: Secret) -> None:
        """Put a password on the list of the world."""
        with (self.folder / "breaches" / ADDED).open("ab") as file:
            file.write(hashlib.sha1(password.reveal().encode(), usedforsecurity=False).digest())

    def account(self, person: Person) -> Account:
        """Return the person's account as the books have it."""
        with self.vault.reading() as books:
            found = books.accounts.account(person.name)
        assert found is not None
        return found

    def change(self, person: Person, **values: Any) -> None:
        """Change the person's account in the books, as nothing else in the story does."""
        account = self.account(person)
        with self.vault.writing() as books:
            books.accounts.change_account(replace(account, **values))

    def letters(self, to: str = "") -> list[Letter]:
        """Make and send what is to be sent, and return every letter so far, to one address perhaps."""
        make_letters(self.desk)
        send_letters(self.desk, self.postbox)
        return [each for each in self.postbox.letters if to in ("", each.to)]

    def link(self, to: str, path: str = "") -> Secret:
        """Return the secret of the newest link that was mailed to an address and leads to a page below `path`."""
        for letter in reversed(self.letters(to)):
            found = re.findall(rf"{ORIGIN}/({re.escape(path)}[^\s<>\"]*/srm_\w+)", letter.text)
            if found:
                return parse_ticket(found[-1])
        raise AssertionError(f"no link to {path} was mailed to {to}")

    def events(self) -> list[str]:
        """Return the names of all events, oldest first."""
        return [recorded.what.event.value for recorded in self.recorded()]

    def recorded(self) -> list[Recorded]:
        """Return all events, oldest first."""
        with self.vault.reading() as books:
            return list(books.events.after(0, 100_000))

    def register(
        self, name: str = "ada", *, email: str = "", password: Secret | None = PASSWORD, verified: bool = True
    ) -> Person:
        """Register somebody in their own browser, and have them follow the link that they were mailed."""
        person = Person(AccountName(name), email or f"{name}@{name}.example.com", password)
        applicant = Applicant(person.name, person.email, password)
        person.takes(registration.register(self.desk, person.visitor, applicant))
        if verified:
            registration.verify_address(self.desk, person.visitor, self.link(person.email, "account/verify"))
        return person

    def code(self, person: Person) -> str:
        """Return a one-time code that was not used before: time moves one step on."""
        assert person.totp is not None
        self.clock.wait(seconds=30)
        return pyotp.TOTP(person.totp.reveal()).at(self.clock.now)

    def enrol_totp(self, person: Person) -> None:
        """Enrol one-time codes."""
        person.totp = factors.begin_totp(self.desk, person.visitor).secret
        person.takes(factors.confirm_totp(self.desk, person.visitor, self.code(person)))

    def enrol_key(self, person: Person, lie: Lie = HONEST, label: str = "Key") -> Key:
        """Enrol a key of a new authenticator, or of the one that the person has."""
        person.authenticator = person.authenticator or self.authenticator()
        options = factors.begin_key(self.desk, person.visitor)
        credential = person.authenticator.create(options, ORIGIN, lie)
        key, renewed = factors.finish_key(self.desk, person.visitor, credential, label)
        person.keys.append(key)
        person.takes(renewed)
        return key

    def enrol_codes(self, person: Person) -> list[Secret]:
        """Make recovery codes and try the first, so that the others count; return the others."""
        made = list(factors.make_recovery_codes(self.desk, person.visitor))
        factors.try_recovery_code(self.desk, person.visitor, made[0].reveal())
        person.codes = made[1:]
        return person.codes

    def maintainer(self, name: str = "ada", *, totp: bool = True, key: bool = False) -> Person:
        """Return somebody with a verified address and the factors that are named, signed in at home."""
        person = self.register(name)
        if totp:
            self.enrol_totp(person)
        if key:
            self.enrol_key(person)
        return person

    def administrator(self, name: str) -> Person:
        """Return an administrator with one-time codes."""
        person = self.maintainer(name)
        self.change(person, is_administrator=True)
        return person

    def password(self, person: Person, visitor: Visitor | None = None, password: Secret | None = None) -> Outcome:
        """Begin a sign-in with the password."""
        given = password or person.password
        assert given is not None
        return sign_in.sign_in(self.desk, visitor or person.visitor, person.name.text, given)

    def sign_in(self, person: Person, visitor: Visitor | None = None) -> Outcome:
        """Sign in with the password and a one-time code, where one is enrolled; at home, unless said otherwise."""
        here = visitor or Visitor(person.visit, None, person.device)
        came = self.password(person, here)
        if isinstance(came, MoreAsked) and "totp" in came.factors:
            came = sign_in.answer_totp(self.desk, here, came.challenge, self.code(person))
        if visitor is None and isinstance(came, SignedIn):
            person.takes(came)
        return came

    def passkey(self, person: Person, visitor: Visitor | None = None, lie: Lie = HONEST) -> SignedIn:
        """Sign in with a passkey and nothing else."""
        assert person.authenticator is not None
        here = visitor or Visitor(person.visit, None, person.device)
        options, challenge = sign_in.begin_passkey(self.desk, here)
        came = sign_in.finish_passkey(self.desk, here, challenge, person.authenticator.answer(options, ORIGIN, lie))
        assert isinstance(came, SignedIn)
        if visitor is None:
            person.takes(came)
        return came

    def confirmed(self, person: Person, more: MoreAsked, visitor: Visitor) -> SignedIn:
        """Finish a sign-in on a new device by the link that was mailed."""
        return sign_in.confirm_device(
            self.desk, visitor, more.challenge, self.link(person.email, "sign-in/confirm")
        )  # fmt: skip

    def prove(self, person: Person) -> None:
        """Prove again, with the strongest factor, so that what needs a fresh proof may be done."""
        if person.keys and person.authenticator is not None:
            options, ticket = factors.begin_proof(self.desk, person.visitor)
            answer = person.authenticator.answer(options, ORIGIN)
            person.takes(factors.prove_by_key(self.desk, person.visitor, ticket, answer))
        elif person.totp is not None:
            person.takes(factors.prove_by_code(self.desk, person.visitor, self.code(person)))
        elif person.password is not None:
            person.takes(factors.prove_by_password(self.desk, person.visitor, person.password))

    def token(self, visitor: Visitor) -> Secret:
        """Make a token that publishes anything of its owner's."""
        wanted = Wanted("a token", frozenset({Right.PUBLISH}), (), timedelta(days=30))
        return create_token(self.desk, visitor, wanted)[0]

    def publish(self, token: Secret, made: Made | None = None) -> Receipt:
        """Publish a wheel of anvil, as the upload endpoint would."""
        file = made or wheel(version=f"1.{next(self._draws)}")
        return publish(self.road, FORMAT, Presented(token.fingerprint()), file.offered(), io.BytesIO(file.content))

    def project(self, owner: Person, name: str = "anvil") -> ProjectName:
        """Make a project by its first upload; its owner has a second factor."""
        self.prove(owner)
        self.publish(self.token(owner.visitor), wheel(name))
        return ProjectName("pypi", name)

    def make_critical(self, project: ProjectName) -> None:
        """Make a project critical by the operator's word, from now on."""
        name_critical(self.desk, "operator", project, at_once=True)

    def grant(self, person: Person, project: ProjectName, role: Role = Role.OWNER) -> None:
        """Give somebody a role, past every rule."""
        with self.vault.writing() as books:
            books.roles.grant(person.name, project, role)

    def accept(self, person: Person) -> list[Role]:
        """Have somebody accept every role in a project that is offered to them; return those roles."""
        offered = invitations.mine(self.desk, person.visitor)
        taken = [invitations.accept(self.desk, self.index, person.visitor, each.identifier) for each in offered]
        return [Role(each.role) for each in taken]

    def check_domains(self) -> int:
        """Look at every domain, a moment after whatever happened last."""
        self.clock.wait(seconds=1)
        return check_domains(self.desk, Watch(self.domains, (), timedelta(days=1)), all_now=True)

    def strength(self, session: Secret) -> Strength:
        """Return what a session has proved."""
        with self.vault.reading() as books:
            found = books.sessions.session(session.fingerprint())
        assert found is not None
        return found.strength


def peopled(folder: Path, hashing: Hashing = CHEAP) -> PeopleWorld:
    """Return a world without anybody in it, in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "breaches").mkdir()
    (folder / "breaches" / SORTED).write_bytes(b"\0" * 20)
    vault = empty_vault(folder / "books.db")
    world = PeopleWorld(folder, vault, CountingHashing(hashing), Breaches(OfflineList(folder / "breaches"), None))
    world.leak(LEAKED)
    return world


@contextmanager
def people(folder: Path) -> Iterator[PeopleWorld]:
    """Open a world in a folder for as long as the block lasts."""
    made = peopled(folder)
    yield made
    made.vault.close()
