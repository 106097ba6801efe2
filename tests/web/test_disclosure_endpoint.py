"""The addresses at which leaked tokens are reported, and what is published for those who look for them.

Principles: AUTHZ-3.2
"""

import json
import re
from pathlib import Path

import pytest
from tests.leak_reports import (
    DISCLOSE,
    REVOKE,
    EdReporter,
    events,
    known_reporter,
    naming,
    report,
    surrendering,
)
from tests.web.asking import Place, placed
from tests.worlds import wheel

from strongroom.assess.reporter import new_reporter
from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.authz.leaks import Origin
from strongroom.authz.tokens import mint
from strongroom.household import REPORTERS
from strongroom.outbound.signatures import distrust, trust

pytestmark = pytest.mark.principle("AUTHZ-3.2")


@pytest.mark.parametrize("path", [DISCLOSE, "/_/github/disclose-token"])
def test_a_signed_report_ends_a_token_at_once(place: Place, path: str) -> None:
    token = place.token()
    answer = report(place, known_reporter(place), naming(token), path=path)
    assert (answer.status, answer.body) == (204, b"")
    refused = place.upload(wheel(), token)
    assert (refused.status, refused.json["code"]) == (403, "token-revoked")
    [event] = events(place)
    assert event["account"] == "ada"
    assert event["actor"] == "reporter:strongroom:acme-scanner"
    assert "code.example" in str(event["reason"])
    assert token not in json.dumps(event)


def test_a_reporter_may_sign_by_ed25519(place: Place) -> None:
    token, reporter = place.token(), EdReporter("ed")
    trust(place.repository.settings.data / REPORTERS, "ed", reporter.public_key)
    assert report(place, reporter, naming(token)).status == 204
    assert place.upload(wheel(), token).status == 403


def test_without_the_headers_of_a_form_there_is_nothing_at_the_address(place: Place) -> None:
    answer = place.ask(DISCLOSE, "POST", naming(place.token()).encode())
    assert answer.status == 404
    assert place.ask(DISCLOSE).status == 405


def test_a_form_that_the_operator_does_not_take_is_none(place: Place) -> None:
    assert report(place, known_reporter(place), naming(), origin=Origin.GITHUB).status == 404


@pytest.mark.parametrize("body", ["{}", "[", "null", "", '"srm_"'])
def test_what_is_signed_and_no_list_is_refused(place: Place, body: str) -> None:
    answer = report(place, known_reporter(place), body)
    assert (answer.status, answer.json["code"]) == (400, "bad-request")


def test_a_report_of_nothing_of_ours_is_taken_and_changes_nothing(place: Place) -> None:
    unknown = mint(bytes(32)).reveal()
    assert report(place, known_reporter(place), naming("ghp_x", unknown)).status == 204
    assert events(place) == []


def test_a_reporter_who_is_trusted_no_more_is_not_heard(place: Place) -> None:
    reporter, token = known_reporter(place), place.token()
    assert distrust(place.repository.settings.data / REPORTERS, reporter.key_id)
    assert report(place, reporter, naming(token)).status == 400
    assert place.upload(wheel(), token).status == 200


def test_keys_stand_in_the_settings_as_text_or_as_a_file(tmp_path: Path) -> None:
    inline, filed, github = new_reporter("inline"), new_reporter("filed"), new_reporter("hub")
    (tmp_path / "filed.pem").write_text(filed.public_key)
    leaks = {
        "reporters": [f"inline: {inline.public_key}", f"filed: {tmp_path / 'filed.pem'}"],
        "github_keys": [f"hub: {github.public_key}"],
    }
    place = placed(tmp_path / "data", leaks=leaks)
    for reporter, origin in ((inline, Origin.STRONGROOM), (filed, Origin.STRONGROOM), (github, Origin.GITHUB)):
        token = place.token()
        assert report(place, reporter, naming(token), origin=origin).status == 204
        assert place.upload(wheel(), token).status == 403
    place.repository.close()


def test_a_key_of_the_settings_that_is_none_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the key of the reporter 'x'"):
        placed(
            tmp_path / "data", leaks={"reporters": ["x: -----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]}
        )


def test_whoever_holds_a_token_ends_it_without_any_proof(place: Place) -> None:
    token = place.token()
    assert surrendering(place, [token]).status == 204
    assert place.upload(wheel(), token).status == 403
    [event] = events(place)
    assert event["actor"] == "holder:unnamed"


def test_the_answer_does_not_say_whether_a_token_was_alive(place: Place) -> None:
    alive, dead, nobodys = place.token(), place.token(), mint(bytes(32)).reveal()
    surrendering(place, [dead])
    answers = [surrendering(place, [each]) for each in (alive, dead, nobodys)]
    assert len({(each.status, each.body, tuple(sorted(each.headers.items()))) for each in answers}) == 1


def test_showing_tokens_that_nobody_holds_is_counted_as_guessing(place: Place) -> None:
    most = LIMITS[Guess.TOKEN][Per.SOURCE][0].count
    for number in range(most):
        assert surrendering(place, {"token": mint(number.to_bytes(32)).reveal()}).status == 204
    alive = place.token()
    answer = surrendering(place, [mint(b"one more".ljust(32)).reveal(), alive])
    assert (answer.status, answer.json["code"]) == (429, "too-many-attempts")
    assert place.upload(wheel(), alive).status == 403  # what was named beside it died all the same


def test_showing_a_dead_token_again_is_counted_and_writes_nothing_but_that(place: Place) -> None:
    dead, alive = place.token(), place.token()
    assert surrendering(place, [dead]).status == 204
    with place.repository.vault.reading() as books:
        before = books.events.newest()
    for _ in range(LIMITS[Guess.TOKEN][Per.SOURCE][0].count):
        assert surrendering(place, [dead]).status == 204
    answer = surrendering(place, [dead])
    assert (answer.status, answer.json["code"]) == (429, "too-many-attempts")
    with place.repository.vault.reading() as books:
        assert books.events.newest() == before
    assert surrendering(place, [alive]).status == 204, "who shows what lives guesses at nothing"
    assert place.upload(wheel(), alive).status == 403


def test_too_long_a_report_is_refused_before_it_is_verified(place: Place) -> None:
    body = json.dumps(["x" * 1024 * 1024])
    answer = report(place, known_reporter(place), body)
    assert (answer.status, answer.json["code"]) == (413, "report-too-large")
    assert surrendering(place, ["x" * 1024 * 1024]).status == 413


def test_the_pattern_is_published_where_scanners_look(place: Place) -> None:
    said = place.ask("/.well-known/token-pattern.json").json
    token = place.token()
    assert re.fullmatch(said["pattern"], token)
    assert re.fullmatch(said["pattern_here"], token)
    assert said["report"].endswith(DISCLOSE)
    assert said["revoke"].endswith(REVOKE)


def test_a_token_in_an_upload_refuses_it_and_dies(place: Place) -> None:
    token, other = place.token(), place.token()
    answer = place.upload(wheel(body=f'TOKEN = "{other}"\n'), token)
    assert (answer.status, answer.json["code"]) == (400, "token-in-upload")
    assert "anvil.py" in answer.json["detail"]
    assert other not in answer.text
    assert place.upload(wheel(), other).json["code"] == "token-revoked"
    assert place.upload(wheel(), token).status == 200
    [event] = events(place)
    assert "anvil-1.0-py3-none-any.whl" in str(event["reason"])


def test_a_token_of_another_instance_in_an_upload_refuses_it_and_harms_nobody(place: Place) -> None:
    other = mint(b"of another instance".ljust(32), infix="acme").reveal()
    token = place.token()
    assert (
        place.upload(wheel(more=f"Keywords: {other}\n"), token, {"keywords": [other]}).json["code"] == "token-in-upload"
    )
    assert events(place) == []
    assert place.upload(wheel(), token).status == 200
