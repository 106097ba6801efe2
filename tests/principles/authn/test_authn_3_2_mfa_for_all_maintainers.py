"""AUTHN-3.2: nobody publishes without a second factor, whatever credential they hold.

Principles: AUTHN-3.2
"""

import pytest
from sqlalchemy import update
from tests.worlds import World, wheel

from strongroom.kernel.refusals import Refused
from strongroom.storage.sql import schema

pytestmark = pytest.mark.principle("AUTHN-3.2")


def test_a_maintainer_without_a_second_factor_cannot_publish_by_any_token(world: World) -> None:
    _, token = world.token()
    with world.vault.engine.begin() as connection:
        connection.execute(update(schema.account).values(totp_secret=""))
    with pytest.raises(Refused, match="needs-second-factor") as refused:
        world.publish(token, wheel())
    assert refused.value.principle == "AUTHN-3.2"
    assert "file.published" not in world.events()


def test_a_maintainer_with_one_can(world: World) -> None:
    _, token = world.token()
    assert world.publish(token, wheel()).is_new
