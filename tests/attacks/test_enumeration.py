"""Nobody learns who has an account here: not by words, not by status, not by headers, not by time.

Principles: AUTHN-1.5
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete
from tests.attacks.browsers import Browser, Site
from tests.people_world import OTHER_PASSWORD, PASSWORD, PeopleWorld
from tests.web.asking import Answer

from strongroom.authn.passwords import Argon2
from strongroom.authn.sessions import Visit
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import sign_in
from strongroom.people.desk import Visitor
from strongroom.people.sign_in import SignedIn
from strongroom.storage.sql import people_schema

pytestmark = pytest.mark.principle("AUTHN-1.5")


def seen(answer: Answer) -> tuple[int, str, dict[str, str]]:
    """Return all that whoever asks can see."""
    return answer.status, answer.text, dict(answer.headers)


def plain(answer: Answer, *said: str) -> tuple[int, str, dict[str, str]]:
    """Return all that whoever asks can see, with what they themselves typed, and its length, taken out."""
    status, text, headers = seen(answer)
    for each in said:
        text = text.replace(each, "…")
    return status, text, {name: value for name, value in headers.items() if name != "content-length"}


def test_a_wrong_password_an_unknown_name_and_an_account_without_one_are_told_alike(site: Site) -> None:
    town = site.town
    town.register(), town.register("keys", password=None)
    town.maintainer("totp")
    for names in (["ada", "totp", "keys", "nobody"], ["ada@ada.example.com", "nobody@ada.example.com", "???"]):
        told = [Browser(site).api("sign-in", name=name, password="wrong pass phrase") for name in names]
        assert len({str(seen(each)) for each in told}) == 1
        pages = [plain(Browser(site).post("sign-in", name=n, password="wrong pass phrase"), n) for n in names]
        assert len({str(each) for each in pages}) == 1


def test_a_disabled_account_says_so_only_to_whoever_knows_its_password(site: Site) -> None:
    ada = site.town.register()
    site.town.change(ada, is_disabled=True)
    wrong = Browser(site).api("sign-in", name="ada", password="wrong pass phrase")
    unknown = Browser(site).api("sign-in", name="nobody", password="wrong pass phrase")
    assert seen(wrong) == seen(unknown)
    right = Browser(site).api("sign-in", name="ada", password=PASSWORD.reveal())
    assert right.json["code"] == "account-disabled"


def test_asking_for_a_way_back_is_answered_alike_whoever_is_asked_for(site: Site) -> None:
    town = site.town
    ada, gone = town.register(), town.register("gone")
    unverified = town.register("new", verified=False)
    town.change(gone, is_disabled=True)
    addresses = [ada.email, gone.email, unverified.email, "nobody@nowhere.example", "ada", "no address at all"]
    assert len({str(seen(Browser(site).api("recover", email=each))) for each in addresses}) == 1
    assert len({str(seen(Browser(site).post("recover", email=each))) for each in addresses}) == 1


def test_registering_with_an_address_that_somebody_has_looks_as_with_any_other(site: Site) -> None:
    ada = site.town.register()
    told: list[tuple[object, ...]] = []
    for name, email in (("one", ada.email), ("two", "two@two.example.com")):
        answer = Browser(site).post("register", name=name, email=email, password=PASSWORD.reveal())
        told.append((answer.status, answer.headers["location"], sorted(answer.headers)))
        api = Browser(site).api("register", name=f"{name}x", email=email.upper(), password=PASSWORD.reveal())
        told[-1] += (api.status, sorted(api.json))
    assert told[0] == told[1]
    letters = {each.to.lower(): each.text for each in site.town.letters()}
    assert "account/verify" not in letters[ada.email]
    assert "account/verify" in letters["two@two.example.com"]


def test_adding_an_address_that_somebody_has_tells_its_owner_alone(site: Site) -> None:
    ada, mallory = site.town.register(), site.town.maintainer("mallory")
    browser = Browser.of(site, mallory)
    first, second = browser.api("addresses/add", email=ada.email), browser.api("addresses/add", email="m@m.example.com")
    assert (first.status, sorted(first.json)) == (second.status, sorted(second.json))
    assert not any("account/verify" in each.text and "mallory" in each.text for each in site.town.letters(ada.email))


def test_the_questions_to_a_passkey_name_nobody(site: Site) -> None:
    site.town.maintainer(key=True)
    one, two = (Browser(site).api("sign-in/passkey/options").json for _ in range(2))
    one["options"].pop("challenge"), two["options"].pop("challenge")
    assert one == two
    assert "ada" not in str(one)


def test_a_limit_is_reached_alike_for_a_name_that_nobody_has(town: PeopleWorld) -> None:
    town.register()
    said: dict[str, list[str]] = {}
    for name in ("ada", "nobody"):
        for each in range(12):
            with pytest.raises(Refused) as refused:
                sign_in.sign_in(town.desk, Visitor(Visit(f"10.0.{each}.1")), name, OTHER_PASSWORD)
            said.setdefault(name, []).append(refused.value.says)
    assert said["ada"] == said["nobody"]


def apart(one: Callable[[int], None], other: Callable[[int], None], rounds: int) -> float:
    """Return by how much two things differ in time, as a share of the shorter: medians of interleaved turns."""
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        # Whichever comes second finds things as the first has left them: they take turns at that too.
        for which in ((0, 1), (1, 0))[turn % 2]:
            begun = time.perf_counter()
            (one, other)[which](turn)
            spent[which].append(time.perf_counter() - begun)
    first, second = sorted(map(statistics.median, spent))
    return second / first - 1


def least_apart(one: Callable[[int], None], other: Callable[[int], None], rounds: int) -> float:
    """Return the least of three measurements: a busy machine tells two like things apart once, not every time."""
    return min(apart(one, other, rounds) for _ in range(3))


def test_a_wrong_password_takes_as_long_for_an_unknown_name(town: PeopleWorld) -> None:
    town.register(), town.register("keys", password=None)
    hashing = Argon2(passes=2, memory_kibibytes=2 * 1024)
    town.change(town.maintainer("totp"), password_hash=hashing.hash(PASSWORD))
    town.desk = replace(town.desk, hashing=hashing)

    def wrong(name: str) -> Callable[[int], None]:
        def tried(turn: int) -> None:
            town.clock.wait(days=2)
            with pytest.raises(Refused, match="wrong-credentials"):
                sign_in.sign_in(town.desk, Visitor(Visit(f"10.1.{turn}.1")), name, OTHER_PASSWORD)

        return tried

    assert least_apart(wrong("totp"), wrong("nobody"), 20) < 0.2
    assert least_apart(wrong("keys"), wrong("nobody@nowhere.example"), 20) < 0.2


def test_asking_for_a_way_back_takes_as_long_for_an_unknown_address(site: Site) -> None:
    ada = site.town.register()

    def asked(address: str) -> Callable[[int], None]:
        def tried(turn: int) -> None:
            with site.town.vault.engine.begin() as connection:
                connection.execute(delete(people_schema.tally))
            begun = time.perf_counter()
            assert Browser(site).api("recover", email=address).status == 200
            # What takes some milliseconds ends at one moment, whoever was asked for.
            assert time.perf_counter() - begun >= 0.1

        return tried

    assert least_apart(asked(ada.email), asked("nobody@nowhere.example"), 8) < 0.05


def test_the_measure_itself_tells_apart_what_does_differ(town: PeopleWorld) -> None:
    # Without the work for nobody's password the difference is the whole of a hash.
    ada = town.register()

    def right(turn: int) -> None:
        assert isinstance(town.password(ada), SignedIn)

    def early(turn: int) -> None:
        with pytest.raises(Refused):
            town.password(ada, password=replace_with_long())

    assert apart(right, early, 10) > 0.5


def replace_with_long() -> Secret:
    return Secret("x" * 5000)
