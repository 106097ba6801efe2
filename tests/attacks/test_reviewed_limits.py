"""A limit tells nothing of who is here, and one source keeps nobody else waiting.

Principles: AUTHN-1.5
"""

import threading

import anyio
import pytest
from tests.people_world import OTHER_PASSWORD, PASSWORD, PeopleWorld

from strongroom.authn.sessions import Visit
from strongroom.kernel.refusals import Refused
from strongroom.people import sign_in
from strongroom.people.desk import Visitor
from strongroom.web.people.taking import Lanes

pytestmark = pytest.mark.principle("AUTHN-1.5")


def tried(town: PeopleWorld, names: list[str]) -> list[str]:
    """Return how wrong passwords for names are answered, each from a network of its own."""
    said = []
    for number, name in enumerate(names):
        visitor = Visitor(Visit(f"10.{len(name)}.{number}.1", "curl"))
        with pytest.raises(Refused) as refused:
            sign_in.sign_in(town.desk, visitor, name, OTHER_PASSWORD)
        said.append(refused.value.code)
    return said


@pytest.mark.parametrize("is_address_first", [True, False])
def test_a_limit_that_was_reached_by_one_name_does_not_tell_of_the_other(
    town: PeopleWorld, is_address_first: bool
) -> None:
    ada = town.register()
    for name, address in ((ada.name.text, ada.email), ("nobody", "nobody@nowhere.example")):
        first, second = (address, name) if is_address_first else (name, address)
        said = tried(town, [first] * 11 + [second] * 11)
        assert said == (["wrong-credentials"] * 10 + ["too-many-attempts"]) * 2


def test_the_account_gets_ten_looks_at_its_password_by_all_of_its_names_together(town: PeopleWorld) -> None:
    ada = town.register()
    kept = town.account(ada).password_hash
    town.hashing.looked_at.clear()
    tried(town, [ada.email, ada.name.text] * 9)
    assert town.hashing.looked_at.count(kept) == 10
    assert len(town.hashing.looked_at) == 18
    with pytest.raises(Refused) as refused:
        sign_in.sign_in(town.desk, Visitor(Visit("10.99.0.1")), ada.name.text, PASSWORD)
    assert refused.value.code == "wrong-credentials"


def test_one_source_keeps_four_passwords_in_the_lane_and_others_are_served() -> None:
    lanes, go = Lanes(), threading.Event()
    said: list[str] = []

    async def one(source: str) -> None:
        try:
            await lanes.run(True, lambda: go.wait(10), source=source)
            said.append(source)
        except Refused as refused:
            said.append(refused.code)

    async def story() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(one, "192.0.2.1")
            group.start_soon(one, "192.0.2.2")
            await anyio.sleep(0.05)
            go.set()
        await one("192.0.2.1")

    anyio.run(story)
    assert said[:2] == ["try-again"] * 2
    assert sorted(said[2:]) == ["192.0.2.1"] * 5 + ["192.0.2.2"]
