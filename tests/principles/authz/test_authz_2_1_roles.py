"""AUTHZ-2.1: who publishes cannot manage people unless granted both, and an outsider can do neither.

Principles: AUTHZ-2.1
"""

import pytest
from tests.worlds import ANVIL, BOB, World, wheel

from strongroom.authz.roles import RIGHTS, Right, Role, require_right
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHZ-2.1")


def test_an_outsider_cannot_publish_to_somebody_elses_project(world: World) -> None:
    _, adas = world.token()
    world.publish(adas, wheel())
    _, bobs = world.token(BOB)
    with pytest.raises(Refused, match="not-allowed") as refused:
        world.publish(bobs, wheel(version="2.0"))
    assert refused.value.principle == "AUTHZ-2.1"


def test_a_publisher_can_publish_and_cannot_manage_people(world: World) -> None:
    _, adas = world.token()
    world.publish(adas, wheel())
    with world.vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)
    _, bobs = world.token(BOB)
    assert world.publish(bobs, wheel(version="2.0")).is_new
    with pytest.raises(Refused):
        require_right([Role.PUBLISHER], Right.MANAGE_PEOPLE, ANVIL)


def test_no_role_means_no_right() -> None:
    for right in Right:
        with pytest.raises(Refused):
            require_right([], right, ANVIL)


def test_every_role_has_its_rights_written_down() -> None:
    assert set(RIGHTS) == set(Role)
