"""Replay: what was typed once, or overheard, is worth nothing a second time, on whichever road.

Principles: AUTHN-1.3
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pyotp
import pytest
from tests.people_world import ELSEWHERE, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import factors, passwords, recovery, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.sign_in import MoreAsked

pytestmark = pytest.mark.principle("AUTHN-1.3")

THIEF = Visitor(ELSEWHERE)


def signs_in(town: PeopleWorld, person: Person, visitor: Visitor) -> Callable[[str], object]:
    def answers(code: str) -> object:
        asked = town.password(person, visitor)
        assert isinstance(asked, MoreAsked)
        return sign_in.answer_totp(town.desk, visitor, asked.challenge, code)

    return answers


def on_an_unknown_device(town: PeopleWorld, person: Person) -> Callable[[str], object]:
    return signs_in(town, person, THIEF)


def on_a_known_device(town: PeopleWorld, person: Person) -> Callable[[str], object]:
    return signs_in(town, person, Visitor(person.visit, None, person.device))


def to_prove_again(town: PeopleWorld, person: Person) -> Callable[[str], object]:
    visitor = person.visitor

    def proves(code: str) -> object:
        renewed = factors.prove_by_code(town.desk, Visitor(person.visit, person.session, person.device), code)
        person.takes(renewed)
        return renewed

    assert visitor.session is not None
    return proves


def to_set_a_password(town: PeopleWorld, person: Person) -> Callable[[str], object]:
    def sets(code: str) -> object:
        passwords.ask_for_reset(town.desk, THIEF, person.email)
        link = town.link(person.email, "recover")
        return passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, Beside(code=code))

    return sets


ROADS = [on_an_unknown_device, on_a_known_device, to_prove_again, to_set_a_password]


@pytest.mark.parametrize("second", ROADS)
@pytest.mark.parametrize("first", ROADS[:3])
def test_a_code_that_was_taken_on_one_road_is_taken_on_no_other(
    town: PeopleWorld,
    first: Callable[[PeopleWorld, Person], Callable[[str], object]],
    second: Callable[[PeopleWorld, Person], Callable[[str], object]],
) -> None:
    ada = town.maintainer()
    code = town.code(ada)
    first(town, ada)(code)
    with pytest.raises(Refused, match="wrong-code"):
        second(town, ada)(code)
    with pytest.raises(Refused, match="wrong-code"):
        second(town, ada)(f"{code[:3]} {code[3:]}")


def test_no_other_spelling_of_a_used_code_is_a_new_one(town: PeopleWorld) -> None:
    ada = town.maintainer()
    code = town.code(ada)
    use = on_an_unknown_device(town, ada)
    use(code)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    spellings = [f" {code}", f"{code}\n", f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}", " ".join(code), wide]
    for spelled in [*spellings, arabic, f"{code}\u200b", f"0{code}", f"+{code}"]:
        with pytest.raises(Refused, match=r"wrong-code|too-many-attempts"):
            use(spelled)


def test_other_digits_are_no_code_even_when_it_was_not_used(town: PeopleWorld) -> None:
    ada = town.maintainer()
    code = town.code(ada)
    with pytest.raises(Refused, match="wrong-code"):
        on_an_unknown_device(town, ada)(code.translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    on_an_unknown_device(town, ada)(code)


def test_the_code_of_an_earlier_step_is_no_good_after_a_later_one(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.clock.wait(minutes=5)
    assert ada.totp is not None
    generator = pyotp.TOTP(ada.totp.reveal())
    earlier, later = generator.at(town.clock.now), generator.at(town.clock.now + timedelta(seconds=30))
    use = on_an_unknown_device(town, ada)
    use(later)
    with pytest.raises(Refused, match="wrong-code"):
        use(earlier)


def at_once(tries: list[Callable[[], object]]) -> list[str]:
    """Do several things at the same moment; return how each ended."""
    ready = Barrier(len(tries))

    def tried(each: Callable[[], object]) -> str:
        ready.wait(10)
        try:
            return type(each()).__name__
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(len(tries)) as pool:
        return sorted(pool.map(tried, tries))


def test_of_many_who_type_one_code_at_the_same_moment_one_gets_in(town: PeopleWorld) -> None:
    ada = town.maintainer()
    challenges = []
    for each in range(5):
        asked = town.password(ada, Visitor(ELSEWHERE) if each else ada.visitor)
        assert isinstance(asked, MoreAsked)
        challenges.append(asked.challenge)
    code = town.code(ada)
    known = Visitor(ada.visit, None, ada.device)
    ended = at_once([lambda c=c: sign_in.answer_totp(town.desk, known, c, code) for c in challenges])  # type: ignore[misc]
    assert ended == ["SignedIn", *["wrong-code"] * 4]


def test_of_many_who_set_a_password_by_one_code_at_the_same_moment_one_does(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, THIEF, ada.email)
    link = town.link(ada.email, "recover")
    beside = Beside(code=town.code(ada))
    ended = at_once([lambda: passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, beside)] * 4)
    assert ended.count("AccountName") == 1 and set(ended) <= {"AccountName", "wrong-code", "ticket-spent"}


def answered(town: PeopleWorld, person: Person, code: Secret) -> object:
    asked = town.password(person)
    assert isinstance(asked, MoreAsked)
    return sign_in.answer_recovery_code(town.desk, person.visitor, asked.challenge, code.reveal())


def test_a_recovery_code_works_once_however_it_is_typed(town: PeopleWorld) -> None:
    ada = town.maintainer()
    code = town.enrol_codes(ada)[0]
    answered(town, ada, code)
    for spelled in (code.reveal(), code.reveal().upper(), code.reveal().replace("-", ""), f" {code.reveal()} "):
        with pytest.raises(Refused, match="wrong-code"):
            answered(town, ada, Secret(spelled))


def test_of_many_who_type_one_recovery_code_at_the_same_moment_one_gets_in(town: PeopleWorld) -> None:
    ada = town.maintainer()
    code = town.enrol_codes(ada)[0].reveal()
    challenges = []
    for _ in range(5):
        asked = town.password(ada)
        assert isinstance(asked, MoreAsked)
        challenges.append(asked.challenge)
    ended = at_once(
        [lambda c=c: sign_in.answer_recovery_code(town.desk, ada.visitor, c, code) for c in challenges]  # type: ignore[misc]
    )
    assert ended == ["SignedIn", *["wrong-code"] * 4]


def test_codes_of_a_set_that_was_never_tried_count_on_no_road(town: PeopleWorld) -> None:
    ada = town.maintainer()
    made = factors.make_recovery_codes(town.desk, ada.visitor)
    with pytest.raises(Refused, match="wrong-code"):
        answered(town, ada, made[0])
    passwords.ask_for_reset(town.desk, THIEF, ada.email)
    link = town.link(ada.email, "recover")
    with pytest.raises(Refused, match="needs-second-proof"):
        passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, Beside(recovery_code=made[1].reveal()))
    under_way = recovery.begin_recovery(town.desk, THIEF, link)
    with pytest.raises(Refused, match="wrong-code"):
        recovery.prove_by_recovery_code(town.desk, THIEF, under_way, made[2].reveal())


def test_a_new_set_ends_the_old_one_at_once(town: PeopleWorld) -> None:
    ada = town.maintainer()
    old = town.enrol_codes(ada)
    new = factors.make_recovery_codes(town.desk, ada.visitor)
    for code in (old[0], new[0]):
        with pytest.raises(Refused, match="wrong-code"):
            answered(town, ada, code)
    with pytest.raises(Refused, match="wrong-code"):
        factors.try_recovery_code(town.desk, ada.visitor, old[1].reveal())
    factors.try_recovery_code(town.desk, ada.visitor, new[0].reveal())
    answered(town, ada, new[1])
    with pytest.raises(Refused, match="wrong-code"):
        answered(town, ada, new[0])


def test_a_recovery_code_of_another_account_opens_nothing(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(), town.maintainer("mallory")
    town.enrol_codes(ada)
    codes = town.enrol_codes(mallory)
    with pytest.raises(Refused, match="wrong-code"):
        answered(town, ada, codes[0])


def test_a_link_that_set_a_password_sets_no_other(town: PeopleWorld) -> None:
    ada = town.maintainer()
    passwords.ask_for_reset(town.desk, THIEF, ada.email)
    link = town.link(ada.email, "recover")
    passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, Beside(code=town.code(ada)))
    for again in (
        lambda: passwords.finish_reset(town.desk, THIEF, link, Secret("another good phrase 555"), Beside(code="1")),
        lambda: recovery.begin_recovery(town.desk, THIEF, link),
    ):
        with pytest.raises(Refused, match="ticket-spent"):
            again()
