"""Recovery as a way in: one proof is never enough, time passes, the owner hears and objects, and all that was ends.

Principles: AUTHN-1.2, AUTHN-2.1
"""

from collections.abc import Callable

import pytest
from tests.people_world import ELSEWHERE, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import addresses, administration, passwords, recovery, registration
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside

pytestmark = pytest.mark.principle("AUTHN-1.2")

THIEF = Visitor(ELSEWHERE)
SECOND, SIBLING = "ada@elsewhere.example.org", "ada@mail.ada.example.com"


def begun(town: PeopleWorld, person: Person, through: str = "") -> Secret:
    passwords.ask_for_reset(town.desk, THIEF, through or person.email)
    return recovery.begin_recovery(town.desk, THIEF, town.link(through or person.email, "recover"))


def finish(town: PeopleWorld, under_way: Secret) -> object:
    return recovery.finish_recovery(town.desk, THIEF, under_way, town.hashing.hash(OTHER_PASSWORD))


def with_address(town: PeopleWorld, person: Person, address: str) -> None:
    addresses.add_address(town.desk, person.visitor, address)
    registration.verify_address(town.desk, person.visitor, town.link(address, "account/verify"))


def open_one(town: PeopleWorld, person: Person) -> str:
    with town.vault.reading() as books:
        found = books.recoveries.open_recovery_of(person.name)
    assert found is not None
    return found.identifier


def test_a_mailbox_alone_is_never_enough_however_long_it_is_held(town: PeopleWorld) -> None:
    ada = town.maintainer()
    under_way = begun(town, ada)
    for days in (0, 4, 20):
        town.clock.wait(days=days)
        with pytest.raises(Refused, match="recovery-needs-proof"):
            finish(town, under_way)
    assert town.account(ada).totp_secret


def test_nor_does_the_link_alone_set_a_password_of_whoever_has_or_had_a_factor(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob", totp=False, key=True)
    for person, takes in ((ada, "totp"), (bob, "key")):
        passwords.ask_for_reset(town.desk, THIEF, person.email)
        link = town.link(person.email, "recover")
        assert passwords.what_reset_takes(town.desk, link).factors == (takes,)
        with pytest.raises(Refused, match="needs-second-proof"):
            passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, Beside())
    town.change(ada, totp_secret="")
    with pytest.raises(Refused, match="recovery-needed"):
        passwords.finish_reset(town.desk, THIEF, town.link(ada.email, "recover"), OTHER_PASSWORD, Beside())


def test_a_one_time_code_resets_nothing_where_there_is_a_key(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    passwords.ask_for_reset(town.desk, THIEF, ada.email)
    link = town.link(ada.email, "recover")
    with pytest.raises(Refused, match="needs-second-proof"):
        passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, Beside(code=town.code(ada)))


def test_two_proofs_are_not_enough_before_the_waiting_time_is_over(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    for wait in ({"hours": 0}, {"hours": 71}, {"minutes": 59}):
        town.clock.wait(**wait)
        with pytest.raises(Refused, match="recovery-waits"):
            finish(town, under_way)
    town.clock.wait(minutes=1)
    finish(town, under_way)


def test_a_second_proof_given_twice_does_not_shorten_the_wait(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    ready = recovery.stands(town.desk, under_way).ready
    town.clock.wait(hours=10)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[1].reveal())
    assert recovery.stands(town.desk, under_way).ready == ready


def test_every_address_is_told_and_each_can_object_by_its_link(town: PeopleWorld) -> None:
    ada = town.maintainer()
    with_address(town, ada, SECOND)
    codes = town.enrol_codes(ada)
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    objection = town.link(SECOND, "recover/cancel")
    assert town.link(ada.email, "recover/cancel").fingerprint() != objection.fingerprint()
    recovery.cancel_by_link(town.desk, objection)
    town.clock.wait(days=4)
    with pytest.raises(Refused, match=r"recovery-ended|ticket-spent"):
        finish(town, under_way)
    assert town.account(ada).totp_secret
    assert "account.recovery.cancelled" in town.events()


def test_an_owner_objects_in_a_session_too(town: PeopleWorld) -> None:
    ada = town.maintainer()
    under_way = begun(town, ada)
    recovery.cancel_in_session(town.desk, ada.visitor)
    with pytest.raises(Refused, match=r"recovery-ended|ticket-spent"):
        recovery.stands(town.desk, under_way)


def test_a_link_to_object_is_a_way_to_nothing_else(town: PeopleWorld) -> None:
    ada = town.maintainer()
    begun(town, ada)
    objection = town.link(ada.email, "recover/cancel")
    tries: list[Callable[[], object]] = [
        lambda: finish(town, objection),
        lambda: recovery.begin_recovery(town.desk, THIEF, objection),
        lambda: passwords.finish_reset(town.desk, THIEF, objection, OTHER_PASSWORD, Beside()),
        lambda: recovery.prove_by_second_address(town.desk, THIEF, objection),
        lambda: registration.verify_address(town.desk, ada.visitor, objection),
    ]
    for each in tries:
        with pytest.raises(Refused, match="ticket-spent"):
            each()


def test_two_addresses_at_one_registrable_domain_are_one_proof(town: PeopleWorld) -> None:
    ada = town.maintainer()
    with_address(town, ada, SIBLING)
    under_way = begun(town, ada)
    assert recovery.mail_second_address(town.desk, THIEF, under_way) == 0
    with_address(town, ada, SECOND)
    assert recovery.mail_second_address(town.desk, THIEF, under_way) == 1
    recovery.prove_by_second_address(town.desk, THIEF, town.link(SECOND, "recover/second"))
    assert recovery.stands(town.desk, under_way).ready is not None


def test_the_link_of_the_second_address_is_good_for_its_own_recovery_alone(town: PeopleWorld) -> None:
    ada = town.maintainer()
    with_address(town, ada, SECOND)
    under_way = begun(town, ada)
    recovery.mail_second_address(town.desk, THIEF, under_way)
    link = town.link(SECOND, "recover/second")
    with pytest.raises(Refused, match="recovery-ended"):
        finish(town, link)
    again = begun(town, ada)
    with pytest.raises(Refused, match=r"recovery-ended|ticket-spent"):
        recovery.prove_by_second_address(town.desk, THIEF, link)
    assert recovery.stands(town.desk, again).ready is None


def test_everything_that_the_account_had_ends_with_a_recovery(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    town.project(ada)
    token, codes = town.token(ada.visitor), town.enrol_codes(ada)
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    town.clock.wait(hours=72)
    town.passkey(ada)
    finish(town, under_way)
    account = town.account(ada)
    assert (account.keys, account.totp_secret) == (0, "")
    with pytest.raises(Refused, match="no-session"):
        town.token(ada.visitor)
    with pytest.raises(Refused, match="unknown-key"):
        town.passkey(ada)
    with pytest.raises(Refused, match=r"token-revoked|unknown-token"):
        town.publish(token)
    with town.vault.reading() as books:
        assert books.factors.codes_of(ada.name).left == 0
    with pytest.raises(Refused, match=r"recovery-ended|ticket-spent"):
        finish(town, under_way)


def test_administrators_vouch_for_others_each_once_and_as_many_as_the_quorum(town: PeopleWorld) -> None:
    ada = town.maintainer()
    first, second, nobody = town.administrator("rita"), town.administrator("otto"), town.maintainer("nina")
    under_way = begun(town, ada)
    identifier = open_one(town, ada)
    with pytest.raises(Refused, match="not-found"):
        administration.approve_recovery(town.desk, nobody.visitor, identifier)
    with pytest.raises(Refused, match="not-allowed"):
        recovery.approve(town.desk, nobody.name, identifier)
    for _ in range(3):
        administration.approve_recovery(town.desk, first.visitor, identifier)
    assert recovery.stands(town.desk, under_way).ready is None
    administration.approve_recovery(town.desk, second.visitor, identifier)
    assert recovery.stands(town.desk, under_way).ready is not None
    with pytest.raises(Refused, match="recovery-waits"):
        finish(town, under_way)


def test_an_administrator_does_not_vouch_for_themselves(town: PeopleWorld) -> None:
    root = town.administrator("rita")
    town.administrator("otto")
    begun(town, root)
    with pytest.raises(Refused, match="not-allowed"):
        administration.approve_recovery(town.desk, root.visitor, open_one(town, root))


def test_the_word_of_one_who_is_no_administrator_any_more_does_not_count(town: PeopleWorld) -> None:
    ada = town.maintainer()
    first, second, third = (town.administrator(name) for name in ("rita", "otto", "nina"))
    under_way = begun(town, ada)
    administration.approve_recovery(town.desk, first.visitor, open_one(town, ada))
    administration.make_administrator(town.desk, third.visitor, first.name, is_administrator=False)
    administration.approve_recovery(town.desk, second.visitor, open_one(town, ada))
    assert recovery.stands(town.desk, under_way).ready is None


def test_a_recovery_that_nobody_finishes_ends_after_thirty_days(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    under_way = begun(town, ada)
    recovery.prove_by_recovery_code(town.desk, THIEF, under_way, codes[0].reveal())
    town.clock.wait(days=31)
    with pytest.raises(Refused, match=r"recovery-ended|ticket-spent"):
        finish(town, under_way)
