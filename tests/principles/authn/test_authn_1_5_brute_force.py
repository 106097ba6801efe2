"""AUTHN-1.5: passwords, second factors and recovery codes are guessed at few times, however it is tried.

Principles: AUTHN-1.5
"""

import pytest
from tests.people_world import ELSEWHERE, HOME, ORIGIN, OTHER_PASSWORD, PASSWORD, PeopleWorld, Person

from strongroom.authn.accounts import parse_account_name
from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.authz.tokens import Kind
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import factors, passwords, registration, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.registration import Applicant
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-1.5")


def sources() -> "list[Visitor]":
    """Return visitors from many networks, unknown everywhere."""
    return [Visitor(Visit(f"198.{18 + each // 256}.{each % 256}.7")) for each in range(300)]


def guess_passwords(town: PeopleWorld, person: Person, visitors: "list[Visitor]") -> list[str]:
    said = []
    for visitor in visitors:
        with pytest.raises(Refused) as refused:
            town.password(person, visitor, OTHER_PASSWORD)
        said.append(refused.value.code)
    return said


def test_ten_wrong_passwords_in_five_minutes_are_looked_at_from_wherever_they_come(town: PeopleWorld) -> None:
    ada = town.register()
    town.hashing.looked_at.clear()
    said = guess_passwords(town, ada, sources()[:25])
    assert said == ["wrong-credentials"] * 10 + ["too-many-attempts"] * 15
    assert len(town.hashing.looked_at) == 10


def test_the_right_password_is_not_looked_at_either_until_the_window_is_over(town: PeopleWorld) -> None:
    ada = town.register()
    guess_passwords(town, ada, sources()[:10])
    with pytest.raises(Refused, match="too-many-attempts"):
        town.password(ada, Visitor(ELSEWHERE))
    town.clock.wait(minutes=6)
    assert isinstance(town.password(ada, Visitor(ELSEWHERE)), MoreAsked)


def test_one_source_tries_twenty_accounts_and_no_more(town: PeopleWorld) -> None:
    for each in range(20):
        with pytest.raises(Refused, match="wrong-credentials"):
            sign_in.sign_in(town.desk, Visitor(ELSEWHERE), f"nobody-{each}", PASSWORD)
    with pytest.raises(Refused, match="too-many-attempts"):
        sign_in.sign_in(town.desk, Visitor(ELSEWHERE), "nobody-21", PASSWORD)
    with pytest.raises(Refused, match="wrong-credentials"):
        sign_in.sign_in(town.desk, Visitor(HOME), "nobody-21", PASSWORD)


def test_an_account_is_limited_under_its_address_and_under_its_name_together(town: PeopleWorld) -> None:
    ada = town.register()
    for each, visitor in enumerate(sources()[:10]):
        with pytest.raises(Refused, match="wrong-credentials"):
            sign_in.sign_in(town.desk, visitor, ada.email if each % 2 else " ADA ", OTHER_PASSWORD)
    kept = town.account(ada).password_hash
    town.hashing.looked_at.clear()
    # The right password is not even looked at; to say so would tell that the address and the name belong together.
    for spelling in ("ada", "Ada", ada.email, ada.email.upper()):
        with pytest.raises(Refused, match="wrong-credentials"):
            sign_in.sign_in(town.desk, Visitor(ELSEWHERE), spelling, PASSWORD)
    assert kept not in town.hashing.looked_at


def test_five_wrong_codes_are_looked_at_over_any_number_of_sign_ins(town: PeopleWorld) -> None:
    ada = town.maintainer()
    for each in range(5):
        asked = town.password(ada, sources()[each])
        assert isinstance(asked, MoreAsked)
        with pytest.raises(Refused, match="wrong-code"):
            sign_in.answer_totp(town.desk, sources()[each], asked.challenge, "000000")
    asked = town.password(ada, sources()[6])
    assert isinstance(asked, MoreAsked)
    with pytest.raises(Refused, match="too-many-attempts"):
        sign_in.answer_totp(town.desk, sources()[6], asked.challenge, town.code(ada))


def test_five_wrong_recovery_codes_are_looked_at(town: PeopleWorld) -> None:
    ada = town.maintainer()
    codes = town.enrol_codes(ada)
    asked = town.password(ada, ada.stranger)
    assert isinstance(asked, MoreAsked)
    for _ in range(5):
        with pytest.raises(Refused, match="wrong-code"):
            sign_in.answer_recovery_code(town.desk, ada.stranger, asked.challenge, "aaaa-bbbb-cccc-dddd")
    with pytest.raises(Refused, match="too-many-attempts"):
        sign_in.answer_recovery_code(town.desk, ada.stranger, asked.challenge, codes[0].reveal())


def test_guesses_in_an_open_session_are_limited_too(town: PeopleWorld) -> None:
    ada = town.maintainer()
    for _ in range(5):
        with pytest.raises(Refused, match="wrong-code"):
            factors.prove_by_code(town.desk, ada.visitor, "000000")
    with pytest.raises(Refused, match="too-many-attempts"):
        factors.prove_by_code(town.desk, ada.visitor, town.code(ada))
    for _ in range(10):
        with pytest.raises(Refused, match="wrong-credentials"):
            passwords.change_password(town.desk, ada.visitor, OTHER_PASSWORD, Secret("a new long pass phrase 77"))
    with pytest.raises(Refused, match="too-many-attempts"):
        passwords.change_password(town.desk, ada.visitor, PASSWORD, Secret("a new long pass phrase 77"))


def test_whoever_holds_the_mailed_link_guesses_few_codes(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, ada.stranger, ada.email)
    link = town.link(ada.email, "recover")
    for _ in range(5):
        with pytest.raises(Refused, match="wrong-code"):
            passwords.finish_reset(town.desk, ada.stranger, link, OTHER_PASSWORD, Beside(code="000000"))
    with pytest.raises(Refused, match="too-many-attempts"):
        passwords.finish_reset(town.desk, ada.stranger, link, OTHER_PASSWORD, Beside(code=town.code(ada)))


def test_whoever_holds_the_mailed_link_learns_nothing_of_the_present_password(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, ada.stranger, ada.email)
    link = town.link(ada.email, "recover")
    town.hashing.looked_at.clear()
    said = set()
    for guess in (PASSWORD, OTHER_PASSWORD):
        with pytest.raises(Refused) as refused:
            passwords.finish_reset(town.desk, ada.stranger, link, guess, Beside())
        said.add((refused.value.code, refused.value.says))
    assert len(said) == 1
    assert town.hashing.looked_at == []


def test_a_locked_account_opens_by_passkey_and_from_a_known_device(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    guess_passwords(town, ada, sources()[:30])
    assert isinstance(town.passkey(ada, ada.stranger), SignedIn)
    asked = town.password(ada)
    assert isinstance(asked, MoreAsked) and "key" in asked.factors


def test_registrations_and_mail_are_limited_by_source(town: PeopleWorld) -> None:
    for each in range(5):
        who = Applicant(parse_account_name(f"new-{each}"), f"new-{each}@example.com", PASSWORD)
        registration.register(town.desk, Visitor(ELSEWHERE), who)
    with pytest.raises(Refused, match="too-many-attempts"):
        who = Applicant(parse_account_name("new-6"), "new-6@example.com", PASSWORD)
        registration.register(town.desk, Visitor(ELSEWHERE), who)
    for _ in range(LIMITS[Guess.MAIL][Per.SOURCE][0].count):
        passwords.ask_for_reset(town.desk, Visitor(HOME), "new-1@example.com")
    with pytest.raises(Refused, match="too-many-attempts"):
        passwords.ask_for_reset(town.desk, Visitor(HOME), "new-1@example.com")


def test_a_refusal_says_how_long_to_wait_and_waiting_that_long_is_enough(town: PeopleWorld) -> None:
    ada = town.register()
    guess_passwords(town, ada, sources()[:10])
    with pytest.raises(Refused, match="too-many-attempts") as refused:
        town.password(ada, Visitor(ELSEWHERE))
    wait = refused.value.wait_seconds  # type: ignore[attr-defined]
    assert 0 < wait <= 331
    town.clock.wait(seconds=wait)
    assert isinstance(town.password(ada, Visitor(ELSEWHERE)), MoreAsked)


def test_questions_for_passkeys_are_counted_by_source_and_by_no_account(town: PeopleWorld) -> None:
    most = LIMITS[Guess.BEGINNING][Per.SOURCE][0].count
    known = [sign_in.begin_passkey(town.desk, Visitor(ELSEWHERE)) for _ in range(most)]
    with pytest.raises(Refused, match="too-many-attempts") as refused:
        sign_in.begin_passkey(town.desk, Visitor(ELSEWHERE))
    assert "never locked" not in refused.value.says and "can be finished" in refused.value.says
    sign_in.begin_passkey(town.desk, Visitor(HOME))
    ada = town.maintainer(key=True)
    assert ada.authenticator is not None
    options, challenge = known[0]
    answer = ada.authenticator.answer(options, ORIGIN)
    assert isinstance(sign_in.finish_passkey(town.desk, Visitor(ELSEWHERE), challenge, answer), SignedIn)
    town.clock.wait(minutes=6)
    sign_in.begin_passkey(town.desk, Visitor(ELSEWHERE))


def test_a_neighbour_shuts_nobody_out_of_the_browser_in_which_they_use_their_passkey(town: PeopleWorld) -> None:
    """Behind one address are whole offices: a browser that an account knows is counted by itself, whosever it is."""
    ada = town.maintainer(key=True)
    stranger, office = Visitor(ada.visit), LIMITS[Guess.BEGINNING]
    for _ in range(office[Per.SOURCE][0].count):
        sign_in.begin_passkey(town.desk, stranger)
    unknown = Visitor(ada.visit, None, town.desk.secret(Kind.DEVICE))
    for nobody in (stranger, unknown):
        with pytest.raises(Refused, match="where your account has a password"):
            sign_in.begin_passkey(town.desk, nobody)
    town.passkey(ada)
    at_home = Visitor(ada.visit, None, ada.device)
    for _ in range(office[Per.DEVICE][0].count - 1):
        sign_in.begin_passkey(town.desk, at_home)
    with pytest.raises(Refused, match="too-many-attempts"):
        sign_in.begin_passkey(town.desk, at_home)
