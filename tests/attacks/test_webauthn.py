"""False answers of keys: another origin, another site, a copy, no hand, an old question, another person's.

Principles: AUTHN-2.2, AUTHN-3.1
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from tests.people_world import ELSEWHERE, ORIGIN, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.assess.authenticator import HONEST, Lie, from_base64url, to_base64url
from strongroom.kernel.refusals import Refused
from strongroom.people import factors, passwords, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.recovery import key_question
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-2.2", "AUTHN-3.1")

Answer = dict[str, Any]
Change = Callable[[Answer], Answer]
THIEF = Visitor(ELSEWHERE)


def as_given(answer: Answer) -> Answer:
    return answer


def by_passkey(town: PeopleWorld, person: Person, lie: Lie = HONEST, change: Change = as_given) -> object:
    assert person.authenticator is not None
    options, challenge = sign_in.begin_passkey(town.desk, THIEF)
    return sign_in.finish_passkey(
        town.desk, THIEF, challenge, change(person.authenticator.answer(options, ORIGIN, lie))
    )


def after_password(town: PeopleWorld, person: Person, lie: Lie = HONEST, change: Change = as_given) -> object:
    assert person.authenticator is not None
    asked = town.password(person, THIEF)
    assert isinstance(asked, MoreAsked)
    options = sign_in.key_options(town.desk, asked.challenge)
    answer = change(person.authenticator.answer(options, ORIGIN, lie))
    return sign_in.answer_key(town.desk, THIEF, asked.challenge, answer)


def to_prove(town: PeopleWorld, person: Person, lie: Lie = HONEST, change: Change = as_given) -> object:
    assert person.authenticator is not None
    options, ticket = factors.begin_proof(town.desk, person.visitor)
    answer = change(person.authenticator.answer(options, ORIGIN, lie))
    renewed = factors.prove_by_key(town.desk, person.visitor, ticket, answer)
    person.takes(renewed)
    return renewed


def to_reset(town: PeopleWorld, person: Person, lie: Lie = HONEST, change: Change = as_given) -> object:
    assert person.authenticator is not None
    passwords.ask_for_reset(town.desk, THIEF, person.email)
    link = town.link(person.email, "recover")
    options, ticket = key_question(town.desk, person.name)
    answer = change(person.authenticator.answer(options, ORIGIN, lie))
    beside = Beside(ticket=ticket, credential=answer)
    return passwords.finish_reset(town.desk, THIEF, link, OTHER_PASSWORD, beside)


ROADS = [by_passkey, after_password, to_prove, to_reset]
LIES = {
    "a page that looks like ours": Lie(origin="https://packages-example.com"),
    "a host below ours": Lie(origin="https://evil.packages.example"),
    "our host without TLS": Lie(origin="http://packages.example"),
    "another port": Lie(origin="https://packages.example:8443"),
    "another relying party": Lie(rp_id="evil.example"),
    "the domain above ours": Lie(rp_id="example"),
    "nobody's finger": Lie(unverified=True),
    "a question of its own": Lie(challenge=to_base64url(b"x" * 32)),
    "another key's signature": Lie(other_key=True),
}


@pytest.fixture
def ada(town: PeopleWorld) -> Person:
    return town.maintainer(totp=False, key=True)


@pytest.mark.parametrize("road", ROADS)
def test_an_honest_answer_is_taken(town: PeopleWorld, ada: Person, road: Callable[..., object]) -> None:
    assert road(town, ada) is not None


@pytest.mark.parametrize("road", ROADS)
def test_a_lie_is_refused_on_every_road(town: PeopleWorld, ada: Person, road: Callable[..., object]) -> None:
    for what, lie in LIES.items():
        with pytest.raises(Refused) as refused:
            road(town, ada, lie)
        assert refused.value.code == "wrong-key-answer", what


@pytest.mark.parametrize("road", ROADS)
def test_a_copy_of_a_key_is_noticed_its_owner_is_told_and_it_is_an_event(
    town: PeopleWorld, ada: Person, road: Callable[..., object]
) -> None:
    by_passkey(town, ada)
    with pytest.raises(Refused, match="cloned-key"):
        road(town, ada, Lie(same_counter=True))
    assert "account.key.cloned" in town.events()
    assert any("cop" in each.text for each in town.letters(ada.email))


FOR_ANOTHER = [LIES["a page that looks like ours"], LIES["another relying party"], Lie(unverified=True)]


@pytest.mark.parametrize("lie", [*FOR_ANOTHER, Lie(challenge="AAAA")])
def test_a_key_that_was_made_for_another_page_is_not_enrolled(town: PeopleWorld, lie: Lie) -> None:
    ada = town.maintainer()
    with pytest.raises(Refused, match="wrong-key-answer"):
        town.enrol_key(ada, lie)
    assert town.account(ada).keys == 0


def test_a_question_to_a_new_key_is_good_for_one_answer_and_the_newest_alone_counts(town: PeopleWorld) -> None:
    ada = town.maintainer()
    authenticator = town.authenticator()
    older = factors.begin_key(town.desk, ada.visitor)
    newer = factors.begin_key(town.desk, ada.visitor)
    with pytest.raises(Refused, match="wrong-key-answer"):
        factors.finish_key(town.desk, ada.visitor, authenticator.create(older, ORIGIN), "old")
    with pytest.raises(Refused, match="ticket-spent"):
        factors.finish_key(town.desk, ada.visitor, authenticator.create(newer, ORIGIN), "new")
    assert town.account(ada).keys == 0


def test_a_key_that_is_enrolled_elsewhere_is_enrolled_by_nobody_else(town: PeopleWorld, ada: Person) -> None:
    mallory = town.maintainer("mallory")
    assert ada.authenticator is not None
    theirs = ada.authenticator.credentials[0]
    options = factors.begin_key(town.desk, mallory.visitor)
    forged = town.authenticator()
    answer = forged.create(options, ORIGIN)
    attested = from_base64url(answer["response"]["attestationObject"])
    attested = attested.replace(forged.credentials[0].id, theirs.id)
    answer["response"]["attestationObject"] = to_base64url(attested)
    answer |= {"id": to_base64url(theirs.id), "rawId": to_base64url(theirs.id)}
    with pytest.raises(Refused, match="key-exists"):
        factors.finish_key(town.desk, mallory.visitor, answer, "stolen")
    assert isinstance(by_passkey(town, ada), SignedIn)
    assert town.account(mallory).keys == 0


def test_an_answer_that_was_overheard_is_no_answer_to_another_question(town: PeopleWorld, ada: Person) -> None:
    heard: list[Answer] = []

    def overheard(answer: Answer) -> Answer:
        heard.append(deepcopy(answer))
        return answer

    by_passkey(town, ada, change=overheard)
    for road in ROADS:
        with pytest.raises(Refused, match=r"wrong-key-answer|cloned-key"):
            road(town, ada, change=lambda _: heard[0])


def test_the_newest_question_after_a_password_alone_is_answered(town: PeopleWorld, ada: Person) -> None:
    assert ada.authenticator is not None
    asked = town.password(ada, THIEF)
    assert isinstance(asked, MoreAsked)
    older = sign_in.key_options(town.desk, asked.challenge)
    sign_in.key_options(town.desk, asked.challenge)
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.answer_key(town.desk, THIEF, asked.challenge, ada.authenticator.answer(older, ORIGIN))


def test_a_key_of_somebody_else_answers_for_nobody_but_them(town: PeopleWorld, ada: Person) -> None:
    mallory = town.maintainer("mallory", key=True)
    assert mallory.authenticator is not None
    asked = town.password(ada, THIEF)
    assert isinstance(asked, MoreAsked)
    options = {**sign_in.key_options(town.desk, asked.challenge), "allowCredentials": []}
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.answer_key(town.desk, THIEF, asked.challenge, mallory.authenticator.answer(options, ORIGIN))
    asks, ticket = factors.begin_proof(town.desk, mallory.visitor)
    with pytest.raises(Refused, match="wrong-key-answer"):
        factors.prove_by_key(town.desk, ada.visitor, ticket, mallory.authenticator.answer(asks, ORIGIN))
    passwords.ask_for_reset(town.desk, THIEF, ada.email)
    asks, ticket = key_question(town.desk, mallory.name)
    beside = Beside(ticket=ticket, credential=mallory.authenticator.answer(asks, ORIGIN))
    with pytest.raises(Refused, match="wrong-key-answer"):
        passwords.finish_reset(town.desk, THIEF, town.link(ada.email, "recover"), OTHER_PASSWORD, beside)


@pytest.mark.parametrize("road", ROADS)
def test_an_answer_that_names_another_user_is_refused(
    town: PeopleWorld, ada: Person, road: Callable[..., object]
) -> None:
    other = town.account(town.register("other")).handle

    def renamed(answer: Answer) -> Answer:
        answer["response"]["userHandle"] = other
        return answer

    with pytest.raises(Refused, match="wrong-key-answer"):
        road(town, ada, change=renamed)


BROKEN: list[Change] = [
    lambda a: {},
    lambda a: {**a, "id": 7},
    lambda a: {**a, "id": "é" * 9},
    lambda a: {**a, "id": "\x00"},
    lambda a: {**a, "rawId": "AAAA"},
    lambda a: {**a, "type": "password"},
    lambda a: {**a, "response": []},
    lambda a: {**a, "response": None},
    lambda a: {**a, "response": {**a["response"], "signature": ""}},
    lambda a: {**a, "response": {**a["response"], "authenticatorData": "AAAA"}},
    lambda a: {**a, "response": {**a["response"], "clientDataJSON": "bnVsbA"}},
    lambda a: {**a, "response": {**a["response"], "userHandle": ["x"]}},
]


@pytest.mark.parametrize("road", ROADS[:3])
def test_what_is_no_answer_at_all_is_refused_and_breaks_nothing(
    town: PeopleWorld, ada: Person, road: Callable[..., object]
) -> None:
    for change in BROKEN:
        with pytest.raises(Refused, match=r"wrong-key-answer|unknown-key"):
            road(town, ada, change=change)


def test_an_answer_to_the_question_of_another_browser_is_refused(town: PeopleWorld, ada: Person) -> None:
    assert ada.authenticator is not None
    options, _ = sign_in.begin_passkey(town.desk, THIEF)
    _, other = sign_in.begin_passkey(town.desk, THIEF)
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.finish_passkey(town.desk, THIEF, other, ada.authenticator.answer(options, ORIGIN))
