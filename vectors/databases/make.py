"""Make the database of today's revision, small but with every kind of row in it, as SQL text.

    python -m vectors.databases.make

Run it once for each revision, before the revision after it is written: what it made is kept for ever, and every later
Strongroom is tested to start from it.

Principles: GEN-2.1
"""

import sqlite3
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.worlds import ADA, ANVIL, BOB, FORMAT, World, disk, wheel, workshop

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import Strength
from strongroom.authn.passkeys import Key
from strongroom.authn.post import Queued
from strongroom.authn.recovery import ProofKind, Recovery
from strongroom.authn.sessions import Device, Errand, Session, Ticket, Visit
from strongroom.authn.throttle import Guess, Guesser, reserve
from strongroom.authz.organisations import Invitation, Organisation
from strongroom.authz.policies import Ask
from strongroom.authz.provenance import Provenance
from strongroom.authz.publishers import Publisher
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.authz.tokens import Token
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Status
from strongroom.packages.criticality import NOTICE, OPERATOR
from strongroom.packages.holding import Held
from strongroom.packages.ports import Books
from strongroom.packages.removal import remove_file, remove_project, remove_release
from strongroom.packages.yanking import set_status, yank_file, yank_release
from strongroom.people.registry import invite_first_administrator, remove_person, revoke_token
from strongroom.storage.sql.migrate import HEAD
from strongroom.transparency.changelog import project_changes

HERE = Path(__file__).parent


def live(folder: Path) -> World:
    """Return a repository in which everything has happened that can happen."""
    world = workshop(folder, disk(folder))
    _, token = world.token(ADA, rights=frozenset({Right.PUBLISH, Right.YANK}))
    _, narrow = world.token(ADA, ANVIL)
    revoke_token(world.registry, "ada", narrow.identifier)
    for version in ("1.0", "1.1", "2.0rc1", "2.0"):
        world.publish(token, wheel(version=version, more="Requires-Python: >=3.8\nRequires-Dist: hammer\n"))
        world.clock.wait(minutes=7)
    for name in ("hammer", "tongs", "bellows", "gone"):
        world.publish(token, wheel(name))
    yank_release(world.cellar, FORMAT, "ada", ANVIL, "1.1", "cracked")
    yank_file(world.cellar, "ada", wheel("hammer").filename, "")
    remove_release(world.cellar, FORMAT, "ada", ANVIL, "1.0")
    remove_file(world.cellar, FORMAT, "ada", wheel("tongs").filename)
    remove_project(world.cellar, FORMAT, "ada", ProjectName("pypi", "gone"))
    set_status(world.cellar, "ada", ProjectName("pypi", "bellows"), Status.QUARANTINED, "under review")
    with world.vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
    invite_first_administrator(world.registry)
    project_changes(world.vault)
    world.index.catch_up()
    for name in ("eve", "zed"):
        world.person(AccountName(name))
    remove_person(world.registry, "zed", AccountName("zed"))
    with world.vault.writing() as books:
        _fill_addresses(world, books)
        _fill_factors(world, books)
        _fill_sessions(world, books)
        _fill_queues(world, books)
        _fill_criticality(world, books)
        _fill_organisations(world, books)
        _fill_builds(world, books)
    return world


def _fill_addresses(world: World, books: Books) -> None:
    """Give ada a second and a removed address, and carol one that she has not verified."""
    now = world.clock()
    second = books.accounts.add_address(ADA, "Ada@anvils.example", verified=now)
    books.accounts.set_standing(second.identifier, "well", now, is_lost=False)
    former = books.accounts.add_address(ADA, "ada@former.example", verified=now)
    books.accounts.drop_address(former.identifier, now)
    carol = Account(AccountName("carol"), "carol@example.org", False, False, now, handle="carol's handle")
    books.accounts.add_account(carol)
    books.accounts.change_account(replace(carol, is_disabled=True, read_only_until=now + timedelta(hours=72)))


def _fill_factors(world: World, books: Books) -> None:
    now = world.clock()
    books.factors.add_key(Key("key", ADA, "Blue key", "public", 7, ("nfc", "usb"), False, now, now))
    books.factors.add_key(Key("phone", BOB, "Phone", "public too", 0, ("hybrid",), True, now))
    books.factors.set_codes(ADA, [str(number) * 64 for number in range(10)], now)
    books.factors.codes_ready(ADA)
    books.factors.use_code(ADA, "3" * 64, now)
    books.factors.keep_identity("https://id.example.org", "4711", BOB, "staff", now)
    books.factors.add_vouchers(["KEY-1", "KEY-2"])
    books.factors.give_voucher(ADA, now)


def _fill_sessions(world: World, books: Books) -> None:
    now = world.clock()
    later = now + timedelta(hours=12)
    books.sessions.keep_device(Device("d" * 64, ADA, now, now, "Firefox on Linux"))
    strength = Strength.PHISHING_RESISTANT
    seen = now, "192.0.2.7", "Firefox on Linux"
    session = Session("one", "a" * 64, ADA, strength, now, now, later, *seen, "d" * 64, later)
    books.sessions.add_session(session)
    detail = {"address": "carol@example.org"}
    books.sessions.add_ticket(Ticket("b" * 64, Errand.VERIFY_ADDRESS, AccountName("carol"), later, detail))
    books.sessions.add_ticket(Ticket("c" * 64, Errand.PASSKEY, None, later, {"challenge": "Y2hhbGxlbmdl"}))
    reserve(books.tallies, Guess.PASSWORD, Guesser.at(Visit("192.0.2.7"), ADA, "d" * 64), now)


def _fill_queues(world: World, books: Books) -> None:
    now = world.clock()
    books.letters.add_letter(Queued("1 ada@example.org", "ada@example.org", "A new key", "Hello", "<p>Hello</p>", now))
    books.letters.add_letter(Queued("2 bob@example.org", "bob@example.org", "A new key", "Hello", "<p>Hello</p>", now))
    for letter in books.letters.take_letters(now, now + timedelta(minutes=5), 1):
        books.letters.postpone_letter(letter.identifier, None, "550 no such user")
    proofs = frozenset({ProofKind.ADDRESS, ProofKind.ADMINISTRATORS})
    vouched = frozenset({"ada", "eve"})
    books.recoveries.keep_recovery(
        Recovery("r", BOB, now, now + timedelta(hours=72), proofs, vouched, "192.0.2.7")
    )  # fmt: skip


def _fill_criticality(world: World, books: Books) -> None:
    now = world.clock()
    books.critical.designate(ANVIL, OPERATOR, now, now + NOTICE)
    books.critical.add_downloads(f"{now:%Y-%m-%d}", {wheel(version="2.0").filename: 12, wheel("hammer").filename: 3})


def _fill_organisations(world: World, books: Books) -> None:
    now = world.clock()
    hammer = ProjectName("pypi", "hammer")
    books.organisations.add_organisation(Organisation("acme", "Acme", now, frozenset({Demand.TWO_PEOPLE})))
    books.organisations.set_member("acme", ADA, OrganisationRole.OWNER)
    books.organisations.set_member("acme", BOB, OrganisationRole.MEMBER)
    books.organisations.add_team("acme", "smiths", now)
    books.organisations.add_to_team("acme", "smiths", BOB)
    books.shelf.set_organisation(hammer, "acme")
    books.shelf.set_policy(hammer, frozenset({Demand.ATTESTATIONS}))
    books.shelf.set_private(ProjectName("pypi", "bellows"), True)
    books.organisations.give_team_role("acme", "smiths", hammer, Role.PUBLISHER)
    books.organisations.add_invitation(
        Invitation("i", AccountName("carol"), ANVIL, "", Role.READER.value, ADA, now, now + timedelta(days=7))
    )
    made = wheel("hammer", "3.0")
    later, digest = now + timedelta(days=14), made.offered().digests.sha256
    books.holds.add_held(Held(hammer, "3.0", made.offered(), "bob", "t", now, later, digest, "octo-ada"))
    two = frozenset({Demand.TWO_PEOPLE})
    books.asks.put_ask(Ask("q", None, "acme", two, ADA, now, later))
    books.asks.put_ask(Ask("r", hammer, "", frozenset({Demand.ATTESTATIONS}), ADA, now, later))
    scope = frozenset({Right.READ})
    books.tokens.add_token(
        Token("n", "e" * 64, ADA, scope, frozenset(), now, now + timedelta(days=9), prefixes=frozenset({"acme-"}),
              networks=("192.0.2.0/24",), parent="p")
    )  # fmt: skip


def _fill_builds(world: World, books: Books) -> None:
    now = world.clock()
    fields = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
    issuer = "https://token.actions.example"
    publisher = Publisher("pub", "github", issuer, fields, ANVIL, ADA, now, pinned={"repository_id": "4711"})
    books.publishers.add_publisher(publisher, "acme/anvil")
    books.publishers.spend("5" * 64, now + timedelta(minutes=10))
    books.publishers.trust_issuer("https://gitlab.acme.example", "gitlab")
    claims = {"source_repository_uri": "https://forge.example/acme/anvil"}
    types = ("https://slsa.dev/provenance/v1",)
    found = Provenance("{}", "acme/anvil", types, claims, 7, now, "6" * 64)
    books.provenances.add_provenance(wheel("hammer").filename, found)
    books.provenances.forget_provenance(ProjectName("pypi", "bellows"), now)
    minted = Token(
        "m", "f" * 64, None, frozenset({Right.PUBLISH}), frozenset({ANVIL}), now, now + timedelta(minutes=15),
        publisher="pub", started_by="octo-ada",
    )  # fmt: skip
    books.tokens.add_token(minted)


def main() -> None:
    """Write `<revision>.sql`."""
    with tempfile.TemporaryDirectory() as room:
        live(Path(room)).vault.close()
        with sqlite3.connect(Path(room) / "books.db") as connection:
            lines = "\n".join(connection.iterdump())
        connection.close()
    (HERE / f"{HEAD}.sql").write_text(f"{lines}\n")


if __name__ == "__main__":
    main()
