"""AUTHN-1.1: an address must be verified before its account publishes.

Principles: AUTHN-1.1
"""

import pytest
from sqlalchemy import update
from tests.worlds import World, wheel

from strongroom.kernel.refusals import Refused
from strongroom.storage.sql import schema

pytestmark = pytest.mark.principle("AUTHN-1.1")


def test_an_account_with_an_unverified_address_cannot_publish(world: World) -> None:
    _, token = world.token()
    with world.vault.engine.begin() as connection:
        connection.execute(update(schema.account).values(email_verified=False))
    with pytest.raises(Refused, match="email-not-verified") as refused:
        world.publish(token, wheel())
    assert refused.value.principle == "AUTHN-1.1"


def test_an_account_with_a_verified_address_can(world: World) -> None:
    _, token = world.token()
    assert world.publish(token, wheel()).is_new
