"""AUTHZ-1.1: a token for A can neither publish to B nor create C.

Principles: AUTHZ-1.1
"""

from datetime import timedelta

import pytest
from tests.worlds import ADA, ANVIL, World, wheel

from strongroom.authz.roles import Right
from strongroom.kernel.refusals import Refused
from strongroom.people.registry import revoke_token

pytestmark = pytest.mark.principle("AUTHZ-1.1")


def test_a_token_for_one_project_publishes_to_it(world: World) -> None:
    _, token = world.token(ADA, ANVIL)
    assert world.publish(token, wheel()).is_new


def test_a_token_for_one_project_cannot_publish_to_another_of_its_owner(world: World) -> None:
    _, everything = world.token(ADA)
    world.publish(everything, wheel("hammer"))
    _, narrow = world.token(ADA, ANVIL)
    with pytest.raises(Refused, match="token-out-of-scope") as refused:
        world.publish(narrow, wheel("hammer", "2.0"))
    assert refused.value.principle == "AUTHZ-1.1"


def test_a_token_for_one_project_cannot_create_another(world: World) -> None:
    _, narrow = world.token(ADA, ANVIL)
    with pytest.raises(Refused, match="token-out-of-scope"):
        world.publish(narrow, wheel("tongs"))
    assert "project.created" not in world.events()


def test_a_token_made_to_yank_cannot_publish(world: World) -> None:
    _, token = world.token(ADA, rights=frozenset({Right.YANK}))
    with pytest.raises(Refused, match="token-out-of-scope"):
        world.publish(token, wheel())


def test_a_token_dies_when_its_time_has_come(world: World) -> None:
    _, token = world.token(ADA, life=timedelta(days=1))
    world.clock.wait(days=1)
    with pytest.raises(Refused, match="token-expired"):
        world.publish(token, wheel())


def test_a_revoked_token_is_dead_at_once(world: World) -> None:
    _, token = world.token()
    revoke_token(world.registry, "ada", token.identifier)
    with pytest.raises(Refused, match="token-revoked"):
        world.publish(token, wheel())


def test_no_token_outlives_a_year(world: World) -> None:
    with pytest.raises(Refused, match="token-life"):
        world.token(ADA, life=timedelta(days=366))


def test_a_token_that_nobody_holds_opens_nothing(world: World) -> None:
    _, token = world.token()
    with pytest.raises(Refused, match="unknown-token"):
        world.publish(type(token)("x", "0" * 64, ADA, token.rights, None, token.created, token.expires), wheel())
