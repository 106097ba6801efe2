"""AUTHN-2.1: a domain that lapsed, or is somebody else's by now, is found on a schedule and vouches for nobody.

Principles: AUTHN-2.1
"""

from datetime import UTC, datetime, timedelta

import pytest
from tests.people_world import ELSEWHERE, OTHER_PASSWORD, PeopleWorld, Person

from strongroom.authn.domains import NameAnswer, Names, Registration, Registry, Standing, judge
from strongroom.authn.recovery import way_in
from strongroom.kernel.refusals import Refused
from strongroom.people import passwords
from strongroom.people.desk import Visitor
from strongroom.people.domains import Watch, check_domains
from strongroom.people.passwords import Beside
from strongroom.people.routine import Chore, run_due

pytestmark = pytest.mark.principle("AUTHN-2.1")

GONE = NameAnswer(Names.NXDOMAIN, is_confirmed=True), Registration(Registry.NOT_FOUND)
SILENT = NameAnswer(Names.NO_ANSWER), Registration(Registry.NO_ANSWER)


def taken(when: datetime) -> tuple[NameAnswer, Registration]:
    """Return what is said of a domain that somebody registered at a moment."""
    return NameAnswer(Names.RECEIVES), Registration(Registry.FOUND, created=when)


def standing(town: PeopleWorld, person: Person) -> str:
    with town.vault.reading() as books:
        return books.accounts.addresses(person.name)[0].standing


def test_a_domain_registered_after_the_verification_is_somebody_elses(town: PeopleWorld) -> None:
    ada = town.register()
    town.domains.answers["ada.example.com"] = taken(town.clock.now + timedelta(days=1))
    town.clock.wait(days=2)
    assert town.check_domains() == 1
    assert standing(town, ada) == Standing.REREGISTERED
    assert not town.account(ada).email_verified


def test_a_domain_that_is_gone_has_lapsed_and_one_that_is_well_keeps_its_addresses(town: PeopleWorld) -> None:
    ada, bob = town.register(), town.register("bob")
    town.domains.answers["ada.example.com"] = GONE
    assert town.check_domains() == 1
    assert (standing(town, ada), standing(town, bob)) == (Standing.LAPSED, Standing.WELL)
    assert town.account(bob).email_verified


def test_the_look_is_taken_by_the_clock_and_not_at_every_turn(town: PeopleWorld) -> None:
    town.register()
    watch = Watch(town.domains, (), timedelta(days=1))
    looks: list[int] = []
    chores = [Chore("domains", timedelta(hours=1), lambda: looks.append(check_domains(town.desk, watch)))]
    assert run_due(town.desk, chores) == ["domains"]
    assert run_due(town.desk, chores) == []
    town.domains.answers["ada.example.com"] = GONE
    town.clock.wait(hours=2)
    assert run_due(town.desk, chores) == ["domains"]
    town.clock.wait(days=1)
    assert run_due(town.desk, chores) == ["domains"]
    assert looks == [0, 0, 1]


@pytest.mark.parametrize("said", [GONE, SILENT], ids=["lapsed", "unknown"])
def test_nothing_is_mailed_through_such_an_address(
    town: PeopleWorld, said: tuple[NameAnswer, Registration]
) -> None:  # fmt: skip
    ada = town.register()
    town.domains.answers["ada.example.com"] = said
    town.check_domains()
    before = len(town.letters(ada.email))
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    assert len(town.letters(ada.email)) == before


def test_through_a_good_one_it_is(town: PeopleWorld) -> None:
    ada = town.register()
    town.check_domains()
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    assert town.link(ada.email, "recover")


def test_a_link_that_was_mailed_before_the_domain_was_lost_opens_nothing(town: PeopleWorld) -> None:
    ada = town.register()
    passwords.ask_for_reset(town.desk, Visitor(ELSEWHERE), ada.email)
    link = town.link(ada.email, "recover")
    town.domains.answers["ada.example.com"] = GONE
    town.check_domains()
    with pytest.raises(Refused, match="ticket-spent") as refused:
        passwords.finish_reset(town.desk, Visitor(ELSEWHERE), link, OTHER_PASSWORD, Beside())
    assert refused.value.principle == "AUTHN-2.1"


def test_the_way_in_leads_through_a_verified_address_whose_domain_is_well(town: PeopleWorld) -> None:
    ada = town.register()

    def way() -> object:
        with town.vault.reading() as books:
            return way_in(books.accounts.addresses(ada.name), ada.email.upper())

    assert way() is not None
    town.domains.answers["ada.example.com"] = SILENT
    town.check_domains()
    assert way() is None
    assert town.account(ada).email_verified  # kept, and asked about again
    del town.domains.answers["ada.example.com"]
    town.check_domains()
    assert way() is not None


@pytest.mark.parametrize(
    ("names", "registration", "expected"),
    [
        (*GONE, Standing.LAPSED),
        (*SILENT, Standing.UNKNOWN),
        (*taken(datetime(2027, 1, 1, tzinfo=UTC)), Standing.REREGISTERED),
        (*taken(datetime(2020, 1, 1, tzinfo=UTC)), Standing.WELL),
    ],
)
def test_the_standing_follows_from_what_dns_and_the_registry_say(
    names: NameAnswer, registration: Registration, expected: Standing
) -> None:
    verified = datetime(2026, 1, 1, tzinfo=UTC)
    assert judge(names, registration, verified, datetime(2027, 6, 1, tzinfo=UTC)).standing is expected
