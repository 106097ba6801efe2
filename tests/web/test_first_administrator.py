"""The first administrator enrols by a link that works once, with a second factor that is proved.

Principles: AUTHN-1.3, AUTHN-1.5, AUTHN-3.2
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
from sqlalchemy import update
from tests.books import empty_vault
from tests.web.asking import Answer, Place
from tests.worlds import wheel

from strongroom import settings
from strongroom.authn.accounts import AccountName
from strongroom.authz.tokens import PATTERN, mint
from strongroom.kernel.secrets import Secret
from strongroom.people.registry import Newcomer, add_person, invite_first_administrator, new_totp_secret
from strongroom.repository import open_repository
from strongroom.storage.sql import schema
from strongroom.storage.sql.vault import sqlite_url
from strongroom.web.pages import CSP

PASSWORD = "correct horse battery staple"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A repository that nobody has used."""
    (tmp_path / "data").mkdir()
    empty_vault(tmp_path / "data" / "empty.db").close()
    made = Place(
        open_repository(settings.load(data=tmp_path / "data", database_url=sqlite_url(tmp_path / "data" / "empty.db")))
    )
    yield made
    made.repository.close()


@pytest.fixture
def link(place: Place) -> str:
    secret = invite_first_administrator(place.repository.registry())
    assert secret is not None
    return f"/setup/{secret.reveal()}"


def send(place: Place, link: str, **fields: str) -> Answer:
    """Send the form, filled in as a person would; `fields` are what they fill in otherwise."""
    totp = re.search(r'name="totp_secret" value="([A-Z2-7]{32})"', place.ask(link).text)
    secret = totp[1] if totp else "A" * 32
    said = {"name": "ada", "email": "ada@example.org", "password": PASSWORD, "totp_secret": secret}
    said |= {"code": pyotp.TOTP(secret).now(), **fields}
    body = urlencode(said).encode()
    return place.ask(link, "POST", body, content_type="application/x-www-form-urlencoded")


def administrators(place: Place) -> int:
    with place.repository.vault.reading() as books:
        return int(books.accounts.any_administrator())


def test_the_page_shows_a_secret_and_tells_nobody(place: Place, link: str) -> None:
    answer = place.ask(link)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "<svg" in answer.text
    assert link not in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text


@pytest.mark.principle("AUTHN-1.3", "AUTHN-3.2")
def test_the_right_link_and_code_enrol_an_administrator_whose_token_publishes(place: Place, link: str) -> None:
    answer = send(place, link)
    assert answer.status == 200
    token = re.search(PATTERN, answer.text)
    assert token is not None
    assert place.upload(wheel(), token[0]).status == 200
    with place.repository.vault.reading() as books:
        account = books.accounts.account(AccountName("ada"))
        kept = repr(books.events.after(0, 100))
    assert account is not None
    assert account.is_administrator
    assert account.email_verified
    assert len(account.totp_secret) == 32
    assert PASSWORD not in account.password_hash
    for secret in (PASSWORD, account.totp_secret, token[0], link.rpartition("/")[2]):
        assert secret not in kept


def test_the_link_works_once(place: Place, link: str) -> None:
    assert send(place, link).status == 200
    for answer in (place.ask(link), send(place, link, name="eve", email="eve@example.org")):
        assert answer.status == 410
        assert "This enrolment link has ended" in answer.text
        assert not re.search(PATTERN, answer.text)
    assert invite_first_administrator(place.repository.registry()) is None
    with place.repository.vault.reading() as books:
        assert books.accounts.account(AccountName("eve")) is None


def test_a_newer_link_ends_the_older_one(place: Place, link: str) -> None:
    newer = invite_first_administrator(place.repository.registry())
    assert newer is not None
    assert place.ask(link).status == 410
    assert send(place, link).status == 410
    assert send(place, f"/setup/{newer.reveal()}").status == 200


def test_the_link_ends_after_a_day(place: Place, link: str) -> None:
    with place.repository.vault.engine.begin() as connection:
        connection.execute(update(schema.enrolment).values(expires=datetime.now(UTC) + timedelta(seconds=30)))
    assert place.ask(link).status == 200
    with place.repository.vault.engine.begin() as connection:
        connection.execute(update(schema.enrolment).values(expires=datetime.now(UTC) - timedelta(seconds=1)))
    assert place.ask(link).status == 410
    assert send(place, link).status == 410
    assert not administrators(place)


@pytest.mark.parametrize("secret", ["x", "srm_", mint(b"y" * 32).reveal(), mint(b"x" * 32).reveal()[:-1] + "0", "%00"])
def test_another_link_is_no_link(place: Place, link: str, secret: str) -> None:
    for answer in (place.ask(f"/setup/{secret}"), send(place, f"/setup/{secret}")):
        assert answer.status == 410
        assert answer.headers["cache-control"] == "no-store"
    assert not administrators(place)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_the_page_takes_get_and_post_alone(place: Place, link: str, method: str) -> None:
    answer = place.ask(link, method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.principle("AUTHN-1.3")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": "000000"}, "does not match"),
        ({"code": ""}, "does not match"),
        ({"code": "abcdef"}, "does not match"),
        ({"password": "short"}, "at least 12"),
        ({"password": ""}, "at least 12"),
        ({"name": "-ada-"}, "1 to 50"),
        ({"name": ""}, "1 to 50"),
        ({"email": "nobody"}, "not an e-mail address"),
        ({"totp_secret": "A" * 31}, "without its secret"),
        ({"totp_secret": "a" * 32}, "without its secret"),
        ({"totp_secret": ""}, "without its secret"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(place: Place, link: str, fields: dict[str, str], said: str) -> None:
    answer = send(place, link, **fields)
    assert answer.status == 422
    assert said in answer.text
    assert PASSWORD not in answer.text
    assert not administrators(place)
    assert place.ask(link).status == 200


def test_the_form_keeps_what_was_said_and_the_secret_that_was_scanned(place: Place, link: str) -> None:
    secret = "B" * 32
    answer = send(place, link, totp_secret=secret, code="000000", name="<b>eve</b>", email="eve@example.org")
    assert "<b>eve</b>" not in answer.text
    answer = send(place, link, totp_secret=secret, code="000000", name="eve", email="eve@example.org")
    assert f'value="{secret}"' in answer.text
    assert 'value="eve"' in answer.text


@pytest.mark.principle("AUTHN-1.3", "AUTHN-1.5")
def test_codes_cannot_be_guessed_for_long(place: Place, link: str) -> None:
    for _ in range(5):
        assert send(place, link, code="000000").status == 422
    answer = send(place, link)
    assert answer.status == 429
    assert not administrators(place)


@pytest.mark.principle("AUTHN-1.3")
def test_a_person_who_guessed_too_often_gets_a_page_not_a_document_for_programs(place: Place, link: str) -> None:
    body = urlencode({"name": "ada", "email": "a@b.c", "password": PASSWORD, "totp_secret": "A" * 32, "code": "0"})
    headers = {"content_type": "application/x-www-form-urlencoded", "accept": "text/html,application/xhtml+xml"}
    answers = [place.ask(link, "POST", body.encode(), **headers) for _ in range(6)]
    assert answers[-1].status == 429
    assert answers[-1].headers["content-type"] == "text/html; charset=utf-8"
    assert "Too many tries" in answers[-1].text


def test_a_form_that_is_too_long_or_no_form_is_refused(place: Place, link: str) -> None:
    for body in (b"x" * 20_000, b"a=1&" * 30, b"name=\xff"):
        assert place.ask(link, "POST", body).status == 400
    assert not administrators(place)


def test_a_name_or_address_that_is_taken_is_told(place: Place, link: str) -> None:
    registry = place.repository.registry()
    newcomer = Newcomer(AccountName("ada"), "a@example.org", Secret(PASSWORD), new_totp_secret(registry))
    add_person(registry, "test", newcomer)
    answer = send(place, link)
    assert answer.status == 422
    assert "is taken" in answer.text
    assert send(place, link, name="eve", email="eve@example.org").status == 200
