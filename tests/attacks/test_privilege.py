"""Privilege that was taken away is gone by every credential, and nobody has what is not theirs.

Principles: AUTHN-1.2, AUTHN-2.4, AUTHN-3.2
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.attacks.browsers import Browser, Site
from tests.people_world import ELSEWHERE, LEAKED, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.authz.roles import Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people import addresses, administration, factors, members, passwords, recovery, registration
from strongroom.people.desk import Visitor
from strongroom.people.security import members_of
from strongroom.people.sign_in import MoreAsked
from strongroom.people.tokens import revoke_own_token

ADMIN_PAGES = ["/admin/accounts/", "/admin/accounts/ada/", "/admin/recoveries/", "/admin/accounts/nobody/"]
ADMIN_DEEDS: list[tuple[str, dict[str, Any]]] = [
    ("admin/disable", {"name": "ada"}),
    ("admin/enable", {"name": "ada"}),
    ("admin/administrator", {"name": "mallory", "administrator": True}),
    ("admin/end-sessions", {"name": "ada"}),
    ("admin/invite", {"email": "x@x.example.com"}),
    ("admin/approve-recovery", {"id": "x"}),
]


def test_a_disabled_account_acts_by_no_old_token_session_device_or_key(town: PeopleWorld) -> None:
    ada, root = town.maintainer(key=True), town.administrator("rita")
    town.project(ada)
    token = town.token(ada.visitor)
    administration.disable(town.desk, root.visitor, ada.name, "a reason")
    with pytest.raises(Refused, match=r"token-revoked|unknown-token"):
        town.publish(token)
    with pytest.raises(Refused, match="no-session"):
        town.token(ada.visitor)
    with pytest.raises(Refused, match="account-disabled"):
        town.passkey(ada)
    with pytest.raises(Refused, match="account-disabled"):
        town.password(ada)
    administration.enable(town.desk, root.visitor, ada.name)
    with pytest.raises(Refused, match=r"token-revoked|unknown-token"):
        town.publish(token)


def test_a_sign_in_that_began_before_the_account_was_disabled_is_not_finished(town: PeopleWorld) -> None:
    ada, root = town.maintainer(), town.administrator("rita")
    asked = town.password(ada)
    mailed = town.sign_in(ada, ada.stranger)
    assert isinstance(asked, MoreAsked) and isinstance(mailed, MoreAsked)
    administration.disable(town.desk, root.visitor, ada.name, "a reason")
    with pytest.raises(Refused, match="account-disabled"):
        town.confirmed(ada, mailed, ada.stranger)


def test_no_credential_is_worth_a_key_that_was_taken_away(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    anvil = town.project(ada)
    token = town.token(ada.visitor)
    town.make_critical(anvil)
    town.publish(token)
    factors.remove_key(town.desk, ada.visitor, ada.keys[0].identifier)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        town.publish(token)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, ada.name, Role.PUBLISHER)


def test_what_only_administrators_see_is_not_there_for_anybody_else(site: Site) -> None:
    site.town.register()
    mallory = site.town.maintainer("mallory", key=True)
    before = site.fingerprint()
    for path in ADMIN_PAGES:
        assert Browser.of(site, mallory).get(path).status == 404
        nobody = Browser(site).get(path)
        assert nobody.status == 303 and "sign-in" in nobody.headers["location"]
    for deed, fields in ADMIN_DEEDS:
        assert Browser.of(site, mallory).api(deed, **fields).status == 404
        assert Browser(site).api(deed, **fields).status == 401
    assert site.fingerprint() == before


def test_an_administrator_proves_again_before_administering(town: PeopleWorld) -> None:
    root = town.administrator("rita")
    town.clock.wait(minutes=16)
    with pytest.raises(Refused, match="prove-again"):
        administration.find_accounts(town.desk, root.visitor, "")
    town.prove(root)
    assert administration.find_accounts(town.desk, root.visitor, "")


def test_an_administrator_who_is_one_no_more_administers_nothing_in_the_session_that_is_open(town: PeopleWorld) -> None:
    root, other = town.administrator("rita"), town.administrator("otto")
    administration.make_administrator(town.desk, root.visitor, other.name, is_administrator=False)
    with pytest.raises(Refused, match="not-found"):
        administration.find_accounts(town.desk, other.visitor, "")


def test_every_look_of_an_administrator_at_an_account_is_an_event(town: PeopleWorld) -> None:
    ada, root = town.maintainer(), town.administrator("rita")
    administration.look_at_account(town.desk, root.visitor, ada.name)
    assert town.recorded()[-1].what.event.value == "account.viewed"
    assert town.recorded()[-1].what.detail["by"] == "rita"


def test_a_leaked_password_blocks_everything_but_changing_it(town: PeopleWorld) -> None:
    ada, bob = town.maintainer(key=True), town.maintainer("bob")
    anvil = town.project(ada)
    token = town.token(ada.visitor)
    town.change(ada, must_change_password=True, password_hash=town.hashing.hash(LEAKED))
    desk, v = town.desk, ada.visitor
    blocked: list[Callable[[], object]] = [
        lambda: town.token(v),
        lambda: town.publish(token),
        lambda: members.give_role(desk, town.index, v, anvil, bob.name, Role.PUBLISHER),
        lambda: factors.begin_key(desk, v),
        lambda: factors.remove_totp(desk, v),
        lambda: factors.make_recovery_codes(desk, v),
        lambda: addresses.add_address(desk, v, "new@new.example.com"),
        lambda: addresses.make_primary(desk, v, ada.email),
        lambda: registration.leave(desk, v, "ada"),
    ]
    for each in blocked:
        with pytest.raises(Refused, match="change-password-first"):
            each()
    ada.takes(passwords.change_password(desk, v, LEAKED, OTHER_PASSWORD))
    assert town.token(ada.visitor)


def recovered(town: PeopleWorld, ada: Person) -> None:
    codes = town.enrol_codes(ada)
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    under_way = recovery.begin_recovery(town.desk, Visitor(ELSEWHERE), town.link(ada.email, "recover"))
    recovery.prove_by_recovery_code(town.desk, Visitor(ELSEWHERE), under_way, codes[0].reveal())
    town.clock.wait(hours=72)
    recovery.finish_recovery(town.desk, Visitor(ELSEWHERE), under_way, town.hashing.hash(OTHER_PASSWORD))
    ada.password, ada.totp, ada.device = OTHER_PASSWORD, None, None
    came = town.password(ada, ada.visitor)
    assert isinstance(came, MoreAsked)
    ada.takes(town.confirmed(ada, came, ada.visitor))
    town.enrol_totp(ada)


def moved(town: PeopleWorld, ada: Person) -> None:
    addresses.add_address(town.desk, ada.visitor, "new@new.example.net")
    registration.verify_address(town.desk, ada.visitor, town.link("new@new.example.net", "account/verify"))
    addresses.make_primary(town.desk, ada.visitor, "new@new.example.net")


@pytest.mark.parametrize("happens", [recovered, moved])
def test_for_72_hours_after_a_recovery_or_a_new_primary_address_an_account_only_reads(
    town: PeopleWorld, happens: Callable[[PeopleWorld, Person], None]
) -> None:
    ada, bob = town.maintainer(), town.maintainer("bob")
    anvil = town.project(ada)
    token = town.token(ada.visitor)
    happens(town, ada)
    since = town.account(ada).read_only_until
    assert since is not None and since > town.clock.now
    with pytest.raises(Refused, match=r"cooling-off|unknown-token|token-revoked"):
        town.publish(token)
    with pytest.raises(Refused, match="cooling-off"):
        members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)
    with pytest.raises(Refused, match="cooling-off"):
        town.token(ada.visitor)
    town.change(ada, is_administrator=True)
    with pytest.raises(Refused, match="cooling-off"):
        administration.find_accounts(town.desk, ada.visitor, "")
    town.clock.now = since
    town.sign_in(ada)
    if isinstance(came := town.sign_in(ada, ada.visitor), MoreAsked):
        ada.takes(town.confirmed(ada, came, ada.visitor))
    assert town.publish(town.token(ada.visitor)).is_new


def test_nobody_takes_from_another_what_is_theirs_by_guessing_its_identifier(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(key=True), town.maintainer("mallory", key=True)
    town.token(ada.visitor)
    with town.vault.reading() as books:
        token = books.tokens.tokens_of(ada.name)[0]
    with pytest.raises(Refused, match="no-such-token"):
        revoke_own_token(town.desk, mallory.visitor, token.identifier)
    with pytest.raises(Refused, match="no-such-factor"):
        factors.remove_key(town.desk, mallory.visitor, ada.keys[0].identifier)
    for deed in (addresses.remove_address, addresses.make_primary):
        with pytest.raises(Refused, match="no-such-address"):
            deed(town.desk, mallory.visitor, ada.email)


def test_a_publisher_manages_nobody_and_an_outsider_sees_nobody(town: PeopleWorld) -> None:
    ada, bob, mallory = town.maintainer(), town.maintainer("bob"), town.maintainer("mallory")
    anvil = town.project(ada)
    members.give_role(town.desk, town.index, ada.visitor, anvil, bob.name, Role.PUBLISHER)
    assert town.accept(bob) == [Role.PUBLISHER]
    assert town.publish(town.token(bob.visitor)).is_new
    for person in (bob, mallory):
        with pytest.raises(Refused, match=r"role-too-weak|no-role|not-allowed|no-right"):
            members.give_role(town.desk, town.index, person.visitor, anvil, mallory.name, Role.OWNER)
    for project in (anvil, ProjectName("pypi", "nothing")):
        with pytest.raises(Refused, match="not-found"):
            members_of(town.desk, mallory.visitor, project)


def test_the_last_owner_and_the_last_administrator_stay(town: PeopleWorld) -> None:
    root = town.administrator("rita")
    anvil = town.project(root)
    with pytest.raises(Refused, match="last-owner"):
        members.take_role(town.desk, town.index, root.visitor, anvil, root.name)
    with pytest.raises(Refused, match="last-administrator"):
        administration.make_administrator(town.desk, root.visitor, root.name, is_administrator=False)
    with pytest.raises(Refused, match=r"last-administrator|last-owner"):
        registration.leave(town.desk, root.visitor, "rita")
    assert town.account(root).is_administrator
