"""What happens while a password is hashed is not undone, and nobody gets in by a password that is changed meanwhile.

Principles: AUTHN-1.3, AUTHN-1.5
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.people_world import OTHER_PASSWORD, PASSWORD, PeopleWorld
from tests.worlds import CHEAP

from strongroom.authn.passwords import Argon2
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret


class Meanwhile(Argon2):
    """A hashing during which something else happens, as it may in the tenth of a second that it takes."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(passes=2, memory_kibibytes=8)
        self._happens = happens

    def matches(self, kept: str, password: Secret) -> bool:
        found = super().matches(kept, password)
        self._happens()
        return found


def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(town: PeopleWorld) -> None:
    ada = town.register()
    fresh = CHEAP.hash(OTHER_PASSWORD)
    town.desk = replace(town.desk, hashing=Meanwhile(lambda: town.change(ada, password_hash=fresh)))
    with pytest.raises(Refused, match="wrong-credentials"):
        town.password(ada, password=PASSWORD)
    assert town.account(ada).password_hash == fresh


def test_an_account_that_is_disabled_meanwhile_stays_so_though_its_password_is_hashed_anew(town: PeopleWorld) -> None:
    ada = town.register()
    town.desk = replace(town.desk, hashing=Meanwhile(lambda: town.change(ada, is_disabled=True)))
    with pytest.raises(Refused, match="account-disabled"):
        town.password(ada)
    assert town.account(ada).is_disabled


def test_a_code_that_is_spent_meanwhile_stays_spent_though_the_password_is_hashed_anew(town: PeopleWorld) -> None:
    ada = town.maintainer()
    town.desk = replace(town.desk, hashing=Meanwhile(lambda: town.change(ada, totp_counter=10**9)))
    town.password(ada)
    account = town.account(ada)
    assert account.totp_counter == 10**9
    assert "t=2" in account.password_hash
