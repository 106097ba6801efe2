"""AUTHN-1.3: a second factor is enrolled by proving a code of it, and nobody administers or publishes without one.

Principles: AUTHN-1.3
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import update
from tests.books import empty_vault
from tests.worlds import CHEAP, Clock, World, chance, wheel

from strongroom.authn.accounts import AccountName
from strongroom.authn.second_factor import require_code
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people.registry import (
    Newcomer,
    Registry,
    enrol_first_administrator,
    invite_first_administrator,
    new_totp_secret,
)
from strongroom.storage.sql import schema

pytestmark = pytest.mark.principle("AUTHN-1.3")

ADA = AccountName("ada")
#: The secret of RFC 6238, appendix B, and the last six digits of what it says there for SHA-1.
RFC_SECRET = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A repository without anybody in it."""
    vault = empty_vault(tmp_path / "books.db")
    yield Registry(vault, Clock(), chance(), "", CHEAP)
    vault.close()


def enrol(registry: Registry, link: Secret, totp: Secret, code: str) -> Secret:
    newcomer = Newcomer(ADA, "ada@example.org", Secret("correct horse battery staple"), totp)
    return enrol_first_administrator(registry, link, newcomer, code)[0]


def invitation(registry: Registry) -> Secret:
    link = invite_first_administrator(registry)
    assert link is not None
    return link


@pytest.mark.parametrize("second", RFC_CODES)
def test_codes_are_those_of_rfc_6238(second: int) -> None:
    require_code(RFC_SECRET, RFC_CODES[second], datetime.fromtimestamp(second, UTC))


def test_a_code_is_good_for_its_moment_give_or_take_one_step() -> None:
    now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    code = pyotp.TOTP(RFC_SECRET.reveal()).at(now)
    for steps in (-1, 0, 1):
        require_code(RFC_SECRET, code, now + timedelta(seconds=30 * steps))
    for steps in (-2, 2, 100):
        with pytest.raises(Refused, match="wrong-code"):
            require_code(RFC_SECRET, code, now + timedelta(seconds=30 * steps))


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1234567", "12345", "１２３４５６", "' OR 1=1", "\x00"])
def test_anything_else_is_no_code(code: str) -> None:
    with pytest.raises(Refused, match="wrong-code"):
        require_code(RFC_SECRET, code, datetime(2026, 11, 21, 9, 30, tzinfo=UTC))


def test_a_code_may_be_typed_as_applications_show_it() -> None:
    require_code(RFC_SECRET, " 287 082 ", datetime.fromtimestamp(59, UTC))


def test_who_cannot_prove_the_second_factor_is_not_enrolled(registry: Registry) -> None:
    link, totp = invitation(registry), new_totp_secret(registry)
    other = pyotp.TOTP(RFC_SECRET.reveal()).at(registry.clock())
    for code in ("", "000000", other):
        with pytest.raises(Refused, match="wrong-code"):
            enrol(registry, link, totp, code)
    with registry.vault.reading() as books:
        assert not books.accounts.any_administrator()
        assert books.accounts.account(ADA) is None


def test_who_proves_it_is_enrolled_with_that_very_secret_and_the_link_is_spent(registry: Registry) -> None:
    link, totp = invitation(registry), new_totp_secret(registry)
    code = pyotp.TOTP(totp.reveal()).at(registry.clock())
    enrol(registry, link, totp, code)
    with registry.vault.reading() as books:
        account = books.accounts.account(ADA)
    assert account is not None
    assert account.totp_secret == totp.reveal()
    with pytest.raises(Refused, match="enrolment-spent"):
        enrol(registry, link, totp, code)


def test_every_person_who_is_added_has_a_second_factor_and_it_is_demanded(world: World) -> None:
    _, token = world.token()
    with world.vault.reading() as books:
        account = books.accounts.account(ADA)
    assert account is not None
    assert len(account.totp_secret) == 32
    world.publish(token, wheel())
    with world.vault.engine.begin() as connection:
        connection.execute(update(schema.account).values(totp_secret=""))
    with pytest.raises(Refused, match="needs-second-factor"):
        world.publish(token, wheel(version="2.0"))
