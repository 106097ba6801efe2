"""Nobody's mailbox is flooded, and nobody's way in is spoiled, by whoever knows a password or an address.

Principles: AUTHN-1.5, AUTHN-2.1
"""

import json
from typing import Any

import pytest
from tests.attacks.browsers import JSON, Browser, Site
from tests.people_world import ELSEWHERE, HOME, PASSWORD, PeopleWorld

from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.kernel.refusals import Refused
from strongroom.people import passwords, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.passwords import Beside
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-1.5")


def network(number: int) -> Visitor:
    """Return a stranger from a network of their own."""
    return Visitor(Visit(f"10.7.{number}.1", "curl"))


def test_whoever_knows_a_password_has_ten_letters_an_hour_sent_and_no_more(town: PeopleWorld) -> None:
    ada = town.register()
    before = len(town.letters(ada.email))
    said = []
    for each in range(14):
        try:
            said.append(type(town.password(ada, network(each))).__name__)
        except Refused as refused:
            said.append(refused.code)
        town.clock.wait(seconds=60)
    assert said == ["MoreAsked"] * 10 + ["too-many-attempts"] * 4
    assert len(town.letters(ada.email)) - before == 10
    assert isinstance(town.sign_in(ada), SignedIn)


def test_a_second_sign_in_leaves_the_link_of_the_first_good(town: PeopleWorld) -> None:
    ada = town.register()
    new = Visitor(HOME)
    mine = town.password(ada, new)
    assert isinstance(mine, MoreAsked)
    link = town.link(ada.email, "sign-in/confirm")
    assert isinstance(town.password(ada, Visitor(ELSEWHERE)), MoreAsked)
    sign_in.confirm_device(town.desk, new, mine.challenge, link)


def test_a_mailed_link_in_a_browser_that_began_nothing_says_that_it_is_another_ones(site: Site) -> None:
    ada = site.town.register()
    site.town.password(ada, Visitor(ELSEWHERE))
    link = site.town.link(ada.email, "sign-in/confirm").reveal()
    assert Browser(site).api("sign-in/confirm", link=link).json["code"] == "other-browser"


@pytest.mark.principle("AUTHN-2.1")
def test_a_stranger_who_asks_for_resets_spoils_neither_the_victims_link_nor_their_asking(town: PeopleWorld) -> None:
    ada = town.register()
    passwords.ask_for_reset(town.desk, ada.visitor, ada.email)
    link = town.link(ada.email, "recover")
    before = len(town.letters(ada.email))
    for each in range(20):
        passwords.ask_for_reset(town.desk, network(each), ada.email.upper())
    assert len(town.letters(ada.email)) - before == 9
    passwords.ask_for_reset(town.desk, ada.visitor, ada.email)
    passwords.finish_reset(town.desk, ada.visitor, link, PASSWORD, Beside())


def test_asking_by_a_name_uses_up_nothing_of_whoever_is_called_so(town: PeopleWorld) -> None:
    ada = town.register()
    for each in range(20):
        passwords.ask_for_reset(town.desk, network(each), ada.name.text)
    assert isinstance(town.password(ada, Visitor(ELSEWHERE)), MoreAsked)


def test_one_source_that_asks_for_many_addresses_is_refused(town: PeopleWorld) -> None:
    for each in range(LIMITS[Guess.MAIL][Per.SOURCE][0].count):
        passwords.ask_for_reset(town.desk, network(1), f"{each}@nowhere.example")
    with pytest.raises(Refused) as refused:
        passwords.ask_for_reset(town.desk, network(1), "another@nowhere.example")
    assert refused.value.code == "too-many-attempts"


def test_a_program_is_a_known_device_when_it_answers_with_a_code(site: Site) -> None:
    ada = site.town.maintainer()
    code = site.town.enrol_codes(ada)[0]
    assert ada.device is not None

    def asked(deed: str, **fields: str) -> Any:
        return site.place.ask(f"/api/v1/{deed}", "POST", json.dumps(fields).encode(), content_type=JSON).json

    challenge = asked("sign-in", name="ada", password=PASSWORD.reveal())["challenge"]
    device = ada.device.reveal()
    came = asked("sign-in/recovery-code", code=code.reveal(), challenge=challenge, device=device)
    assert "session" in came
