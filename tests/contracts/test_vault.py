"""Every `Vault` keeps the promises of `packages/ports.py`, on every database.

Principles: GEN-2.1, GEN-3.2
"""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.worlds import FORMAT, Made, wheel

from strongroom.authn.accounts import Account, AccountName
from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import Bearer, Token
from strongroom.formats import FileName
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Status
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books, Change
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("GEN-2.1", "GEN-3.2")

NOW = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)
ADA = AccountName("ada")
ANVIL = ProjectName("pypi", "anvil")


def named(made: Made) -> FileName:
    return FORMAT.parse_filename(made.filename)


def account(name: AccountName = ADA, **changed: object) -> Account:
    facts: dict[str, object] = {
        "name": name,
        "email": f"{name}@example.org",
        "email_verified": True,
        "is_administrator": False,
        "created": NOW,
        "handle": f"handle of {name}",
        "password_hash": "$argon2id$…",
        "totp_secret": "ABC",
    }
    return Account(**{**facts, **changed})  # type: ignore[arg-type]


def enter(books: Books, made: Made) -> None:
    """Add ada if she is missing, the project, the release and the file."""
    file = named(made)
    offered = made.offered()
    inspected = FORMAT.inspect(offered, io.BytesIO(made.content))
    if books.accounts.account(ADA) is None:
        books.accounts.add_account(account())
    standing = books.shelf.standing(file)
    if standing.project is None:
        books.shelf.add_project(file.project, inspected.display_name, NOW)
        books.roles.grant(ADA, file.project, Role.OWNER)
    if not standing.has_release:
        books.shelf.add_release(file, inspected, NOW)
    books.shelf.add_file(file, inspected, offered, "ada", NOW)
    books.events.record([Happening(Event.FILE_PUBLISHED, "ada", file.project.text, file.version, file.text)], NOW)


def test_what_a_writing_transaction_did_is_there_afterwards(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
    with vault.reading() as books:
        found = books.shelf.facts(ANVIL)
        assert found is not None
        assert [file.filename for file in found.files] == [wheel().filename]
        assert found.files[0].uploaded == NOW
        assert found.files[0].digests == wheel().offered().digests
        assert found.releases[0].metadata["summary"] == "It is heavy"
        assert found.owners == ("ada",)
        assert found.project.serial == books.events.newest() == 1
        assert books.shelf.counts() == (1, 1)


def test_a_transaction_that_fails_leaves_nothing_behind(vault: SqlVault) -> None:
    with pytest.raises(RuntimeError), vault.writing() as books:
        enter(books, wheel())
        raise RuntimeError
    with vault.reading() as books:
        assert books.shelf.project(ANVIL) is None
        assert books.events.newest() == 0
        assert books.accounts.account(ADA) is None


def test_a_slot_is_taken_once_by_whatever_name(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
    for again in (wheel(body="tin"), wheel(version="1.0.0", body="tin")):
        with pytest.raises(ValueError, match="taken"), vault.writing() as books:
            enter(books, again)


def test_a_removed_file_keeps_its_slot_and_digest_for_ever(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
        books.shelf.remove_file(wheel().filename)
    with vault.reading() as books:
        use = books.shelf.standing(named(wheel())).use
        assert use is not None
        assert use.removed
        assert use.digest == Sha256.of(wheel().content)
        assert books.shelf.file_named(wheel().filename) is None
        assert books.shelf.counts() == (0, 0)
    with pytest.raises(ValueError, match="taken"), vault.writing() as books:
        enter(books, wheel())


def test_a_closed_version_is_closed_for_every_file_of_it(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
        books.shelf.close_version(ANVIL, "1")
    with vault.reading() as books:
        standing = books.shelf.standing(named(wheel(version="1.0.0", tag="py2-none-any")))
        assert standing.is_closed
        assert standing.use is None
        assert books.roles.roles_of(ADA, ANVIL) == {Role.OWNER}
        facts = books.shelf.facts(ANVIL)
        assert facts is not None
        assert facts.releases == ()


def test_size_counts_what_is_live(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel(version="1.0"))
        enter(books, wheel(version="2.0"))
        assert books.shelf.standing(named(wheel())).size_bytes == 2 * len(wheel().content)
        books.shelf.remove_file(wheel(version="1.0").filename)
        assert books.shelf.standing(named(wheel())).size_bytes == len(wheel(version="2.0").content)


def test_yanks_of_release_and_file_are_told_apart_and_taken_back(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
        assert books.shelf.yank_release(ANVIL, "1", "cracked")
        assert not books.shelf.yank_release(ANVIL, "1", "cracked")
        assert yanks(books) == ["cracked"]
        assert books.shelf.yank_file(wheel().filename, "")
        assert yanks(books) == [""]
        assert books.shelf.yank_release(ANVIL, "1", None)
        assert yanks(books) == [""]
        assert books.shelf.yank_file(wheel().filename, None)
        assert yanks(books) == [None]


def yanks(books: Books) -> list[str | None]:
    listing = books.shelf.listing(ANVIL)
    assert listing is not None
    return [file.yanked for file in listing.files]


def test_serials_are_given_in_the_order_of_commit_by_many_writers(vault: SqlVault) -> None:
    seen: list[int] = []
    lock = threading.Lock()

    def write(number: int) -> None:
        with vault.writing() as books:
            serial = books.events.record([Happening(Event.TOKEN_CREATED, f"writer {number}")] * 3, NOW)
        with lock:
            seen.append(serial)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with vault.reading() as books:
        events = books.events.after(0, 1000)
    assert [event.serial for event in events] == list(range(1, 121))
    assert sorted(seen) == list(range(3, 121, 3))
    for first in range(0, 120, 3):
        assert len({event.what.actor for event in events[first : first + 3]}) == 1


def test_a_cursor_moves_forward_only(vault: SqlVault) -> None:
    with vault.writing() as books:
        assert books.events.cursor("pages") == 0
        books.events.advance("pages", 7)
        books.events.advance("pages", 3)
        assert books.events.cursor("pages") == 7
        assert books.events.cursor("mail") == 0


def test_a_change_is_kept_once_whatever_is_repeated(vault: SqlVault) -> None:
    change = Change(5, NOW, "anvil", "1.0", "new release")
    with vault.writing() as books:
        books.events.add_changes([change])
        books.events.add_changes([change, Change(6, NOW, "anvil", "", "create")])
    with vault.reading() as books:
        assert books.events.changes_after(0, 10) == [change, Change(6, NOW, "anvil", "", "create")]
        assert books.events.newest_changes(10) == [change]
        assert [c.serial for c in books.events.newest_changes(10, only_new_projects=True)] == [6]


def test_a_token_is_found_by_its_fingerprint_with_its_account(vault: SqlVault) -> None:
    token = Token("id", "f" * 64, ADA, frozenset({Right.PUBLISH}), frozenset({ANVIL}), NOW, NOW + timedelta(days=1))
    with vault.writing() as books:
        books.accounts.add_account(account())
        books.tokens.add_token(token)
    with vault.reading() as books:
        assert books.tokens.bearer_of("f" * 64) == Bearer(token, account())
        assert books.tokens.bearer_of("0" * 64) is None
        assert books.tokens.tokens_of(ADA) == (token,)


def test_a_token_is_revoked_once(vault: SqlVault) -> None:
    token = Token("id", "f" * 64, ADA, frozenset(), None, NOW, NOW + timedelta(days=1))
    with vault.writing() as books:
        books.accounts.add_account(account())
        books.tokens.add_token(token)
        assert books.tokens.revoke_token("id", NOW)
        assert not books.tokens.revoke_token("id", NOW)
        books.tokens.touch_token("id", NOW)
        found = books.tokens.bearer_of("f" * 64)
        assert found is not None
        assert found.token.revoked == found.token.last_used == NOW


def test_an_account_name_or_address_is_taken_once(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.accounts.add_account(account())
    for taken in (account(email="other@example.org"), account(AccountName("eve"), email="ADA@example.org")):
        with pytest.raises(Refused, match="account-exists"), vault.writing() as books:
            books.accounts.add_account(taken)


def test_an_enrolment_link_is_spent_once_and_replaced_by_the_next(vault: SqlVault) -> None:
    with vault.writing() as books:
        books.accounts.add_enrolment("a", NOW)
        books.accounts.add_enrolment("b", NOW)
        assert books.accounts.enrolment_expires("a") is None
        assert books.accounts.enrolment_expires("b") == NOW
        assert books.accounts.use_enrolment("b")
        assert not books.accounts.use_enrolment("b")


def test_the_root_lists_what_has_files_and_is_not_in_quarantine(vault: SqlVault) -> None:
    with vault.writing() as books:
        for name in ("zinc", "anvil", "lead", "bare"):
            enter(books, wheel(name))
        books.shelf.set_status(ProjectName("pypi", "lead"), Status.QUARANTINED, "under review")
        books.shelf.remove_file(wheel("bare").filename)
    with vault.reading() as books:
        root = books.shelf.root()
        assert [name for name, _ in root.projects] == ["anvil", "zinc"]
        assert root.serial == books.events.newest() == 4


def test_search_finds_every_word_in_name_or_summary_and_nothing_by_wildcard(vault: SqlVault) -> None:
    with vault.writing() as books:
        for name in ("anvil", "anvil-tools", "hammer"):
            enter(books, wheel(name))
    with vault.reading() as books:
        assert [found.name for found in books.shelf.search("ANVIL", 10)] == ["anvil", "anvil-tools"]
        assert [found.name for found in books.shelf.search("anvil_tools", 10)] == ["anvil-tools"]
        assert [found.name for found in books.shelf.search("heavy hammer", 10)] == ["hammer"]
        assert books.shelf.search("%", 10) == []
        assert len(books.shelf.search("", 10)) == 3
        assert len(books.shelf.search("", 2)) == 2
        assert next(iter(books.roles.projects_of(ADA))) == ("anvil", Role.OWNER)


def test_a_reader_sees_one_moment_while_a_writer_writes(vault: SqlVault) -> None:
    with vault.writing() as books:
        enter(books, wheel())
    with vault.reading() as before:
        assert before.events.newest() == 1
        done = threading.Event()

        def write() -> None:
            with vault.writing() as books:
                enter(books, wheel(version="2.0"))
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert done.wait(10)
        writer.join()
        assert before.events.newest() == 1
        listing = before.shelf.listing(ANVIL)
        assert listing is not None
        assert len(listing.files) == 1
    with vault.reading() as after:
        assert after.events.newest() == 2
