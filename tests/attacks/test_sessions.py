"""Sessions that were planted before a sign-in, or stolen after it, are worth nothing or not for long.

Principles: AUTHN-1.3, AUTHN-1.4, AUTHN-3.1
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.people_world import ELSEWHERE, HOME, ORIGIN, OTHER_PASSWORD, PASSWORD, PeopleWorld, Person

from strongroom.authn.sessions import SESSION_LIFE, Errand
from strongroom.authz.tokens import Kind
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import administration, factors, passwords, recovery, security, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.sign_in import MoreAsked, SignedIn


def is_alive(town: PeopleWorld, session: Secret | None) -> bool:
    try:
        security.look(town.desk, Visitor(ELSEWHERE, session))
    except Refused as refused:
        assert refused.code == "no-session"
        return False
    return True


def test_a_session_that_was_planted_before_the_sign_in_is_not_the_one_that_begins(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(key=True), town.maintainer("mallory")
    planted = mallory.session
    for came in (town.passkey(ada, Visitor(HOME, planted, ada.device)), town.sign_in(ada, Visitor(HOME, planted))):
        if isinstance(came, SignedIn):
            assert planted is not None and came.session.fingerprint() != planted.fingerprint()
    assert security.look(town.desk, Visitor(ELSEWHERE, planted)).account.name == mallory.name


def test_a_secret_that_nobody_issued_becomes_no_session(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    invented = town.desk.secret(Kind.SESSION)
    town.passkey(ada, Visitor(HOME, invented, invented))
    assert not is_alive(town, invented)
    with town.vault.reading() as books:
        assert books.sessions.device(ada.name, invented.fingerprint()) is None


def test_a_device_that_was_planted_is_not_known_after_the_sign_in_of_its_victim(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(key=True), town.maintainer("mallory")
    town.passkey(ada, Visitor(HOME, None, mallory.device))
    asked = town.sign_in(ada, Visitor(ELSEWHERE, None, mallory.device))
    assert isinstance(asked, MoreAsked)


def test_a_challenge_that_somebody_else_knows_is_spent_by_the_answer(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    assert ada.authenticator is not None
    options, known = sign_in.begin_passkey(town.desk, ada.visitor)
    answer = ada.authenticator.answer(options, ORIGIN)
    came = sign_in.finish_passkey(town.desk, ada.visitor, known, answer)
    assert isinstance(came, SignedIn)
    for reused in (known,):
        assert not is_alive(town, reused)
        with pytest.raises(Refused, match="ticket-spent"):
            sign_in.finish_passkey(town.desk, Visitor(ELSEWHERE), reused, answer)


def test_no_ticket_is_a_session_and_no_session_a_ticket(town: PeopleWorld) -> None:
    ada = town.maintainer()
    with town.vault.writing() as books:
        tickets = [town.desk.issue(books, errand, ada.name) for errand in Errand]
    assert not any(is_alive(town, each) for each in tickets)
    assert not is_alive(town, ada.device)
    assert ada.session is not None
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.answer_totp(town.desk, ada.visitor, ada.session, town.code(ada))


def proves(town: PeopleWorld, ada: Person) -> None:
    town.prove(ada)


def enrols(town: PeopleWorld, ada: Person) -> None:
    town.enrol_key(ada)


def changes_the_password(town: PeopleWorld, ada: Person) -> None:
    ada.takes(passwords.change_password(town.desk, ada.visitor, PASSWORD, OTHER_PASSWORD))


@pytest.mark.parametrize("does", [proves, enrols, changes_the_password])
def test_the_secret_of_a_session_is_another_after_every_rise_and_the_old_one_is_dead(
    town: PeopleWorld, does: Callable[[PeopleWorld, Person], None]
) -> None:
    ada = town.maintainer()
    overheard = ada.session
    does(town, ada)
    assert is_alive(town, ada.session)
    assert not is_alive(town, overheard)


def test_enrolling_one_time_codes_changes_the_secret_too(town: PeopleWorld) -> None:
    ada = town.register()
    overheard = ada.session
    town.enrol_totp(ada)
    assert is_alive(town, ada.session) and not is_alive(town, overheard)


def test_a_session_ends_after_twelve_hours_whatever_is_done_in_it(town: PeopleWorld) -> None:
    ada = town.maintainer()
    stolen = ada.session
    spent = town.clock.now
    while town.clock.now - spent < SESSION_LIFE:
        assert is_alive(town, ada.session)
        town.clock.wait(hours=3)
        try:
            town.prove(ada)
        except Refused as refused:
            assert refused.code == "no-session"
            break
    assert not is_alive(town, ada.session) and not is_alive(town, stolen)
    assert town.clock.now - spent <= SESSION_LIFE + timedelta(minutes=5)


def test_a_session_that_is_left_alone_ends_after_four_hours(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.clock.wait(hours=3, minutes=59)
    assert is_alive(town, ada.session)
    town.clock.wait(minutes=2)
    assert not is_alive(town, ada.session)


@pytest.mark.principle("AUTHN-1.4")
def test_a_stolen_session_ends_with_a_change_of_the_password(town: PeopleWorld) -> None:
    ada = town.maintainer()
    stolen = ada.session
    town.sign_in(ada)
    changes_the_password(town, ada)
    assert not is_alive(town, stolen)


def test_and_with_a_reset_by_mail(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    link = town.link(ada.email, "recover")
    beside = Beside(code=town.code(ada))
    passwords.finish_reset(town.desk, Visitor(ELSEWHERE), link, OTHER_PASSWORD, beside)
    assert not is_alive(town, ada.session)


def test_and_with_a_recovery(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    under_way = recovery.begin_recovery(town.desk, Visitor(ELSEWHERE), town.link(ada.email, "recover"))
    recovery.prove_by_recovery_code(town.desk, Visitor(ELSEWHERE), under_way, codes[0].reveal())
    town.clock.wait(hours=72)
    town.sign_in(ada)
    assert is_alive(town, ada.session)
    recovery.finish_recovery(town.desk, Visitor(ELSEWHERE), under_way, town.hashing.hash(OTHER_PASSWORD))
    assert not is_alive(town, ada.session)
    with town.vault.reading() as books:
        assert ada.device is not None and books.sessions.device(ada.name, ada.device.fingerprint()) is None


def test_and_when_an_administrator_disables_the_account(town: PeopleWorld) -> None:
    ada, root = town.maintainer(), town.administrator("rita")
    administration.disable(town.desk, root.visitor, ada.name, "a test")
    assert not is_alive(town, ada.session)
    administration.enable(town.desk, root.visitor, ada.name)
    assert not is_alive(town, ada.session)


def test_and_when_its_owner_ends_every_other_whose_browser_is_new_from_then_on(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    stolen = town.passkey(ada, Visitor(ELSEWHERE))
    assert is_alive(town, stolen.session)
    security.end_other_sessions(town.desk, ada.visitor)
    assert not is_alive(town, stolen.session) and is_alive(town, ada.session)
    asked = town.sign_in(ada, Visitor(ELSEWHERE, None, stolen.device))
    assert isinstance(asked, MoreAsked) and asked.is_mailed
    assert isinstance(town.sign_in(ada), SignedIn)


def test_a_stolen_session_does_not_outlast_its_quarter_of_an_hour_in_what_matters(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.clock.wait(minutes=16)
    for matters in (town.token, lambda v: factors.begin_key(town.desk, v)):
        with pytest.raises(Refused, match="prove-again"):
            matters(Visitor(ELSEWHERE, ada.session))


def test_nobody_ends_the_session_of_another(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(), town.maintainer("mallory")
    with town.vault.reading() as books:
        identifier = books.sessions.sessions_of(ada.name)[0].identifier
    with pytest.raises(Refused, match="no-such-session"):
        security.end_session(town.desk, mallory.visitor, identifier)
    assert is_alive(town, ada.session)


@pytest.mark.parametrize("way", ["code", "recovery code"])
def test_a_link_that_is_opened_late_makes_no_proof_fresh_that_was_given_before(town: PeopleWorld, way: str) -> None:
    ada, late = town.maintainer(), timedelta(minutes=16)
    codes = town.enrol_codes(ada)
    for wait, may in ((timedelta(minutes=1), True), (late, False)):
        town.clock.now += timedelta(minutes=5)
        asked = town.password(ada, ada.stranger)
        assert isinstance(asked, MoreAsked)
        if way == "code":
            asked = sign_in.answer_totp(town.desk, ada.stranger, asked.challenge, town.code(ada))
        else:
            asked = sign_in.answer_recovery_code(town.desk, ada.stranger, asked.challenge, codes.pop().reveal())
        assert isinstance(asked, MoreAsked) and asked.is_mailed
        town.clock.now += wait
        came = town.confirmed(ada, asked, ada.stranger)
        inside = Visitor(ada.stranger.visit, came.session, came.device)
        if may:
            factors.begin_key(town.desk, inside)
            continue
        with pytest.raises(Refused, match="prove-again"):
            factors.begin_key(town.desk, inside)
        renewed = factors.prove_by_code(town.desk, inside, town.code(ada))
        factors.begin_key(town.desk, Visitor(ada.stranger.visit, renewed.session, came.device))
