"""What the pages of accounts say: of events, of browsers, of how long, and of which field.

Principles: AUTHN-1.3, AUTHN-1.4
"""

from datetime import UTC, datetime, timedelta

import pytest

from strongroom.kernel.events import Event, Happening, Recorded
from strongroom.kernel.refusals import Refused
from strongroom.web.pages.fields import concerned
from strongroom.web.pages.happenings import WORDS, happened, seen
from strongroom.web.pages.words import browser, left
from strongroom.web.people.forms import is_own_path

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.mark.principle("AUTHN-1.4")
@pytest.mark.parametrize("event", Event)
def test_every_event_has_words_and_none_shows_what_it_lacks(event: Event) -> None:
    said = happened(Recorded(1, NOON, Happening(event, "ada")))
    assert said
    assert "{" not in said and not said.endswith((":", " ")), said
    assert set(WORDS) == set(Event)


def test_an_event_tells_what_it_concerns_and_where_it_came_from() -> None:
    detail = {"account": "grace", "role": "owner", "source": "203.0.113.7", "device": "curl/8"}
    given = Recorded(1, NOON, Happening(Event.ROLE_GRANTED, "ada", "anvil", detail=detail))
    assert happened(given) == "Role given: grace is owner of anvil"
    assert seen(given) == ("203.0.113.7", "curl/8")
    assert seen(Recorded(2, NOON, Happening(Event.SIGNED_IN, "ada"))) == ("", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("made", "Team made: smiths of acme"),
        ("removed", "Team removed: smiths of acme"),
        ("joined", "In a team: pat is in smiths of acme"),
        ("left", "In a team no more: pat, smiths of acme"),
    ],
)
def test_what_became_of_a_team_names_who_it_is_about(change: str, says: str) -> None:
    detail = {"account": "pat", "team": "smiths", "organisation": "acme", "change": change}
    assert happened(Recorded(1, NOON, Happening(Event.TEAM_CHANGED, "olga", detail=detail))) == says


def test_what_a_client_calls_itself_cannot_write_a_template() -> None:
    named = Recorded(1, NOON, Happening(Event.KEY_ADDED, "ada", detail={"label": "{actor.__class__} <b>"}))
    assert happened(named) == "Key enrolled: {actor.__class__} <b>"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) … Chrome/150.0 Safari/537.36", "Chrome on macOS"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) … Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) … Version/26.1 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) … Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("strongroom/1.0", "strongroom/1.0"),
        ("x" * 200, "x" * 60),
        ("", "a client that does not say what it is"),
    ],
)
def test_a_browser_is_named_in_few_words_and_another_client_by_its_own(agent: str, words: str) -> None:
    assert browser(agent) == words


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        (timedelta(days=88, hours=5), "88 days"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(seconds=-5), "1 minute"),
    ],
)
def test_how_long_is_told_in_the_unit_that_fits(lasts: timedelta, words: str) -> None:
    assert left(lasts) == words


@pytest.mark.parametrize(
    ("code", "says", "fields", "field"),
    [
        ("leaked-password", "…", ["password", "new_password"], "new_password"),
        ("leaked-password", "…", ["name", "password"], "password"),
        ("bad-request", "email: Field required", ["name", "email"], "email"),
        ("bad-request", "That is not an e-mail address.", ["name", "email"], "email"),
        ("bad-request", "An account name has 1 to 50 letters.", ["name", "email"], "name"),
        ("try-again", "name: nothing is wrong with it", ["name"], ""),
        ("wrong-code", "…", ["name"], ""),
    ],
)
def test_a_refusal_names_the_field_that_it_speaks_of(code: str, says: str, fields: list[str], field: str) -> None:
    assert concerned(Refused(code, says), fields) == field
    assert concerned(None, fields) == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "account/../../evil",
        "account//evil",
        "account/%2e%2e/",
        "account/\r\nSet-Cookie: a=b",
        "a" * 301,
        "account/sécurité/",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    assert not is_own_path(path)


def test_a_page_of_this_site_may_be_where_one_goes_next() -> None:
    assert is_own_path("account/projects/anvil-forge/")
    assert is_own_path("account/verify/srm_t0abc")
