"""AUTHN-1.4: people are told by mail of what weakens or changes their account.

The patterns are those by which the assessor knows such a mail.

Principles: AUTHN-1.4
"""

import inspect
import re
from datetime import UTC, datetime

import pytest

from strongroom.assess.probes import notices as probes
from strongroom.authn.notices import NOTICES, Facts, Who, compose
from strongroom.kernel.events import Event, Happening, Recorded

pytestmark = pytest.mark.principle("AUTHN-1.4")

PASSWORD, FACTOR = probes._PASSWORD, probes._FACTOR
DEVICE = r"device|sign-in|signed in|log-in|login|logged in"
CODES, ROLE, TOKEN, ADDRESS = (
    r"recovery code|backup code",
    r"role|maintainer|collaborator|member|invit",
    "token",
    r"e-?mail|address",
)

MUST_SPEAK = [
    (Event.PASSWORD_CHANGED, PASSWORD),
    (Event.PASSWORD_LEAKED, PASSWORD),
    (Event.TOTP_ADDED, FACTOR),
    (Event.TOTP_REMOVED, FACTOR),
    (Event.KEY_ADDED, FACTOR),
    (Event.KEY_REMOVED, FACTOR),
    (Event.KEY_CLONED, FACTOR),
    (Event.SIGNED_IN_NEW_DEVICE, DEVICE),
    (Event.RECOVERY_CODES_MADE, CODES),
    (Event.RECOVERY_CODE_USED, CODES),
    (Event.TOKEN_CREATED, TOKEN),
    (Event.TOKEN_REVOKED, TOKEN),
    (Event.TOKEN_EXPIRES_SOON, TOKEN),
    (Event.ROLE_GRANTED, ROLE),
    (Event.ROLE_REVOKED, ROLE),
    (Event.EMAIL_ADDED, ADDRESS),
    (Event.EMAIL_VERIFIED, ADDRESS),
    (Event.EMAIL_REMOVED, ADDRESS),
    (Event.EMAIL_PRIMARY_CHANGED, ADDRESS),
    (Event.EMAIL_LAPSED, ADDRESS),
]


def said(event: Event) -> str:
    recorded = Recorded(1, datetime(2026, 11, 22, tzinfo=UTC), Happening(event, "ada", detail={"device": "Firefox"}))
    words = compose(recorded, Facts("Acme", "https://acme.example/"))
    return f"{words.subject}\n{words.text}"


def test_the_patterns_are_the_assessors_own() -> None:
    source = inspect.getsource(probes)
    for pattern in (DEVICE, CODES, ROLE, TOKEN, ADDRESS):
        assert f'r"{pattern}"' in source or f'"{pattern}"' in source


@pytest.mark.parametrize(("event", "pattern"), MUST_SPEAK)
def test_the_owner_of_an_account_is_told_and_the_letter_says_of_what(event: Event, pattern: str) -> None:
    assert NOTICES[event] is not None
    assert re.search(pattern, said(event), re.IGNORECASE)


@pytest.mark.parametrize("pattern", [PASSWORD, FACTOR, DEVICE, CODES, ROLE, TOKEN])
def test_no_letter_passes_for_another(pattern: str) -> None:
    mine = {event for event, each in MUST_SPEAK if each == pattern}
    of_other_things = {event for event, _ in MUST_SPEAK} - mine
    assert [event for event in of_other_things if re.search(pattern, said(event), re.IGNORECASE)] == []


def test_every_address_is_told_and_not_the_primary_one_alone() -> None:
    for event, _ in MUST_SPEAK:
        notice = NOTICES[event]
        assert notice is not None and (Who.SELF in notice.who or event.startswith("role."))


@pytest.mark.parametrize(
    "event",
    [
        Event.EMAIL_REMOVED,
        Event.EMAIL_PRIMARY_CHANGED,
        Event.RECOVERY_REQUESTED,
        Event.RECOVERY_APPROVED,
        Event.RECOVERY_CANCELLED,
        Event.RECOVERY_COMPLETED,
    ],
)
def test_who_takes_an_account_over_cannot_silence_its_owner_by_taking_the_address_away(event: Event) -> None:
    notice = NOTICES[event]
    assert notice is not None and Who.FORMER in notice.who


def test_a_new_role_is_told_to_the_person_and_to_the_owners() -> None:
    for event, person in ((Event.ROLE_GRANTED, Who.PRIMARY), (Event.ROLE_REVOKED, Who.PERSON)):
        notice = NOTICES[event]
        assert notice is not None and set(notice.who) == {person, Who.OWNERS}


def test_a_refused_sign_in_is_no_letter_so_that_nobody_can_flood_a_mailbox() -> None:
    assert NOTICES[Event.SIGN_IN_REFUSED] is None


def test_what_weakens_an_account_is_told_before_all_else() -> None:
    for event in (Event.PASSWORD_CHANGED, Event.TOTP_REMOVED, Event.KEY_REMOVED, Event.RECOVERY_REQUESTED):
        notice = NOTICES[event]
        assert notice is not None and notice.is_urgent


def test_a_letter_says_what_to_do_if_it_was_not_you() -> None:
    for event in (Event.PASSWORD_CHANGED, Event.TOTP_REMOVED, Event.TOKEN_CREATED, Event.SIGNED_IN_NEW_DEVICE):
        text = said(event)
        assert "https://acme.example/account/security/" in text
        assert "https://acme.example/policies/recovery/" in text
