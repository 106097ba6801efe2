"""AUTHN-1.3: one-time codes are enrolled by a code of them, demanded from then on, and good once.

Principles: AUTHN-1.3
"""

import hmac
import struct

import pyotp
import pytest
from tests.people_world import PASSWORD, PeopleWorld

from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import factors, sign_in
from strongroom.people.sign_in import MoreAsked, SignedIn

pytestmark = pytest.mark.principle("AUTHN-1.3")


def test_nothing_is_enrolled_until_a_code_of_that_very_secret_was_shown(town: PeopleWorld) -> None:
    ada = town.register()
    seed = factors.begin_totp(town.desk, ada.visitor)
    for wrong in ("000000", "", pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(town.clock.now)):
        with pytest.raises(Refused, match="wrong-code"):
            factors.confirm_totp(town.desk, ada.visitor, wrong)
        assert not town.account(ada).totp_secret
    factors.confirm_totp(town.desk, ada.visitor, pyotp.TOTP(seed.secret.reveal()).at(town.clock.now))
    assert town.account(ada).totp_secret == seed.secret.reveal()


def test_from_then_on_the_password_alone_opens_nothing(town: PeopleWorld) -> None:
    ada = town.register()
    assert isinstance(town.sign_in(ada), SignedIn)
    town.enrol_totp(ada)
    asked = town.password(ada)
    assert isinstance(asked, MoreAsked) and asked.factors == ("totp",)
    for wrong in ("", "123456", "abcdef"):
        with pytest.raises(Refused, match="wrong-code"):
            sign_in.answer_totp(town.desk, ada.visitor, asked.challenge, wrong)
    came = sign_in.answer_totp(town.desk, ada.visitor, asked.challenge, town.code(ada))
    assert isinstance(came, SignedIn)


def test_a_code_works_once_though_its_time_is_not_over(town: PeopleWorld) -> None:
    ada = town.maintainer()
    code = town.code(ada)
    first, second = town.password(ada), town.password(ada)
    assert isinstance(first, MoreAsked) and isinstance(second, MoreAsked)
    sign_in.answer_totp(town.desk, ada.visitor, first.challenge, code)
    with pytest.raises(Refused, match="wrong-code"):
        sign_in.answer_totp(town.desk, ada.visitor, second.challenge, code)


def test_one_secret_is_enrolled_at_a_time_and_another_takes_its_place_when_its_code_is_shown(town: PeopleWorld) -> None:
    ada = town.maintainer(key=True)
    former = town.account(ada).totp_secret
    factors.begin_totp(town.desk, ada.visitor)
    assert town.account(ada).totp_secret == former
    town.enrol_totp(ada)
    assert town.account(ada).totp_secret not in ("", former)
    assert town.events()[-2:] == ["account.totp.removed", "account.totp.added"]


def test_a_challenge_is_for_the_account_whose_password_was_right(town: PeopleWorld) -> None:
    ada, mallory = town.maintainer(), town.maintainer("mallory")
    asked = town.password(ada, mallory.stranger)
    assert isinstance(asked, MoreAsked)
    with pytest.raises(Refused, match="wrong-code"):
        sign_in.answer_totp(town.desk, mallory.stranger, asked.challenge, town.code(mallory))


def test_recovery_codes_are_kept_hashed_shown_once_and_count_once_tried(town: PeopleWorld) -> None:
    ada = town.maintainer()
    made = factors.make_recovery_codes(town.desk, ada.visitor)
    asked = town.password(ada, ada.stranger)
    assert isinstance(asked, MoreAsked) and "recovery-code" not in asked.factors
    with pytest.raises(Refused, match="wrong-code"):
        sign_in.answer_recovery_code(town.desk, ada.visitor, asked.challenge, made[0].reveal())
    assert factors.try_recovery_code(town.desk, ada.visitor, made[1].reveal()) == len(made) - 1
    came = sign_in.answer_recovery_code(town.desk, ada.visitor, asked.challenge, made[0].reveal())
    assert isinstance(came, SignedIn)
    kept = (town.folder / "books.db").read_bytes() + (town.folder / "books.db-wal").read_bytes()
    assert not any(code.reveal().encode() in kept for code in made)


def test_a_password_is_kept_as_argon2id_and_never_as_it_is(town: PeopleWorld) -> None:
    ada = town.register()
    assert town.account(ada).password_hash.startswith("$argon2id$")
    kept = (town.folder / "books.db").read_bytes() + (town.folder / "books.db-wal").read_bytes()
    assert PASSWORD.reveal().encode() not in kept
    with pytest.raises(Refused, match="wrong-credentials"):
        town.password(ada, password=Secret("ochre quill tundra ballast 42"))


def test_an_account_that_has_no_one_time_codes_is_not_opened_by_the_code_of_no_secret(town: PeopleWorld) -> None:
    ada = town.maintainer(totp=False, key=True)
    asked = town.password(ada)
    assert isinstance(asked, MoreAsked) and asked.factors == ("key",)
    # RFC 4226, 5.3, with a secret of no bytes.
    digest = hmac.digest(b"", struct.pack(">Q", int(town.clock.now.timestamp()) // 30), "sha1")
    at = digest[-1] & 0xF
    code = (int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF) % 10**6
    with pytest.raises(Refused, match="wrong-code"):
        sign_in.answer_totp(town.desk, ada.visitor, asked.challenge, f"{code:06}")
