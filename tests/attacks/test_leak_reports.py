"""Those who would end others' tokens, learn which exist, or break what takes reports.

Principles: AUTHZ-3.2
"""

import json
from pathlib import Path

import pytest
from tests.leak_reports import REVOKE, events, known_reporter, naming, report, surrendering
from tests.web.asking import RIGHTS, Place, placed
from tests.worlds import ADA, ANVIL, BOB, wheel

from strongroom.assess.reporter import new_reporter
from strongroom.authn.sessions import Device
from strongroom.authz.leaks import Origin
from strongroom.authz.tokens import Kind, mint
from strongroom.household import desk_of
from strongroom.people.post_office import make_letters
from strongroom.people.registry import add_token

pytestmark = pytest.mark.principle("AUTHZ-3.2")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return placed(tmp_path / "data")


def still_works(place: Place, token: str) -> bool:
    answer = place.upload(wheel(), token)
    return answer.status == 200


def letters(place: Place) -> list[str]:
    """Return whom letters about leaks go to."""
    make_letters(desk_of(place.repository, place.served.desk.hashing))
    clock = place.served.desk.clock
    with place.repository.vault.writing() as books:
        due = books.letters.take_letters(clock(), clock(), 10_000)
    return sorted(each.to for each in due if "leaked secret" in each.subject)


def test_a_body_that_was_changed_by_one_byte_is_not_believed(place: Place) -> None:
    token, reporter = place.token(), known_reporter(place)
    body = naming(token)
    for at in range(0, len(body), 7):
        changed = body[:at] + chr((ord(body[at]) + 1) % 128) + body[at + 1 :]
        assert report(place, reporter, body, sent=changed).status == 400
    assert report(place, reporter, body, sent=f"{body} ").status == 400
    assert still_works(place, token)


def test_the_key_of_another_is_no_key(place: Place) -> None:
    token, reporter, other = place.token(), known_reporter(place), known_reporter(place, "other")
    stranger = new_reporter("stranger")
    body = naming(token)
    assert report(place, reporter, body, key_id="other").status == 400
    assert report(place, other, body, signature=reporter.signature(body)).status == 400
    assert report(place, stranger, body).status == 400
    assert report(place, stranger, body, key_id=reporter.key_id).status == 400
    assert report(place, reporter, body, key_id="../../reporters/other").status == 400
    assert report(place, reporter, body, signature="").status == 400
    assert report(place, reporter, body, key_id="").status == 400
    assert still_works(place, token)


def test_a_key_of_one_form_signs_nothing_of_the_other(tmp_path: Path) -> None:
    hub = new_reporter("hub")
    place = placed(tmp_path / "hub", leaks={"github_keys": [f"hub: {hub.public_key}"]})
    reporter, token = known_reporter(place), place.token()
    assert report(place, reporter, naming(token), origin=Origin.GITHUB).status == 400
    assert report(place, hub, naming(token), origin=Origin.STRONGROOM).status == 400
    assert still_works(place, token)
    assert report(place, hub, naming(token), origin=Origin.GITHUB).status == 204


def test_a_report_that_is_signed_in_two_forms_is_believed_in_neither(tmp_path: Path) -> None:
    hub = new_reporter("hub")
    place = placed(tmp_path / "hub", leaks={"github_keys": [f"hub: {hub.public_key}"]})
    reporter, token = known_reporter(place), place.token()
    body = naming(token)
    headers = [
        (b"github-public-key-identifier", b"hub"),
        (b"github-public-key-signature", b"AAAA"),
        (b"strongroom-public-key-identifier", reporter.key_id.encode()),
        (b"strongroom-public-key-signature", reporter.signature(body).encode()),
    ]
    assert place.send("/_/secrets/disclose-token", "POST", headers, [body.encode()]).status == 400
    assert still_works(place, token)


def test_a_header_that_comes_twice_is_not_believed(place: Place) -> None:
    reporter, token = known_reporter(place), place.token()
    body = naming(token)
    headers = [
        (b"strongroom-public-key-identifier", reporter.key_id.encode()),
        (b"strongroom-public-key-identifier", b"stranger"),
        (b"strongroom-public-key-signature", reporter.signature(body).encode()),
    ]
    assert place.send("/_/secrets/disclose-token", "POST", headers, [body.encode()]).status == 400


def test_a_report_that_is_sent_again_changes_nothing_and_tells_nobody_twice(place: Place) -> None:
    token, reporter = place.token(), known_reporter(place)
    body = naming(token)
    assert [report(place, reporter, body).status for _ in range(5)] == [204] * 5
    assert len(events(place)) == 1
    assert letters(place) == ["ada@example.org"]


def test_a_browser_whose_secret_leaked_is_known_no_more_and_its_owner_is_told(place: Place) -> None:
    secret, other = (mint(bytes([number]) * 32, kind=Kind.DEVICE) for number in (1, 2))
    now = place.served.desk.clock()
    with place.repository.vault.writing() as books:
        for each in (secret, other):
            books.sessions.keep_device(Device(each.fingerprint(), ADA, now, now, "Firefox"))
    assert report(place, known_reporter(place), naming(secret.reveal())).status == 204
    assert surrendering(place, [secret.reveal()]).status == 204  # dead already
    with place.repository.vault.reading() as books:
        assert books.sessions.device(ADA, secret.fingerprint()) is None
        assert books.sessions.device(ADA, other.fingerprint()) is not None
    assert surrendering(place, [other.reveal()]).status == 204
    with place.repository.vault.reading() as books:
        assert books.sessions.device(ADA, other.fingerprint()) is None
    assert str(events(place)).count("'what': 'device'") == len(events(place)) == 2
    assert letters(place) == ["ada@example.org"] * 2


def test_a_replayed_report_does_not_end_what_was_made_since(place: Place) -> None:
    old, reporter = place.token(), known_reporter(place)
    body = naming(old)
    report(place, reporter, body)
    new = place.token()
    report(place, reporter, body)
    assert still_works(place, new)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 500_000,
        '{"a":' * 100_000,
        "[" + "1," * 400_000 + "1]",
        "1" * 1_000_000,
        '["\\ud800"]',
        "\ufeff[]",
        "[NaN]",
    ],
)
def test_deep_and_odd_json_is_refused_or_empty_and_breaks_nothing(place: Place, body: str) -> None:
    assert report(place, known_reporter(place), body).status in (204, 400)
    assert place.send(REVOKE, "POST", [], [body.encode()]).status in (204, 400)
    assert place.ask("/healthz").status == 200


def test_many_tokens_of_others_are_one_short_look(place: Place) -> None:
    body = naming(*(mint(number.to_bytes(32)).reveal() for number in range(1000)), url="")
    assert report(place, known_reporter(place), body).status == 204
    assert events(place) == []


def test_no_answer_says_which_tokens_exist(place: Place) -> None:
    reporter, alive, dead = known_reporter(place), place.token(), place.token()
    surrendering(place, [dead])
    unknown, misspelled = mint(bytes(32)).reveal(), alive[:-1] + "~"
    answers = [report(place, reporter, naming(each)) for each in (unknown, dead, misspelled, alive)]
    assert len({(each.status, each.body, tuple(sorted(each.headers.items()))) for each in answers}) == 1


def test_a_token_for_a_project_of_others_tells_nobody_there(place: Place) -> None:
    anvil = place.token(ADA)
    assert place.upload(wheel(), anvil).status == 200
    bobs = place.token(BOB, ANVIL)  # it names a project that bob has no role in, and so it does nothing there
    assert surrendering(place, [bobs]).status == 204
    [event] = events(place)
    assert event["projects"] == []
    assert letters(place) == ["bob@example.org"]


def test_the_words_of_a_reporter_cannot_smuggle_a_token_or_a_line_into_what_is_kept(place: Place) -> None:
    token, reporter = place.token(), known_reporter(place)
    report(place, reporter, naming(token, url=f"https://x.example/?t={token}\r\nBcc: mallory@example.org"))
    [event] = events(place)
    kept = json.dumps(event)
    assert token not in kept
    assert "srm_" not in kept
    assert "\\n" not in kept


def test_ghost_action_of_september_2025_ends_with_one_request(place: Place) -> None:
    """3,325 secrets were stolen from workflows by a commit that sent them away; the finders reported them in bulk."""
    reporter = known_reporter(place)
    registry = place.repository.registry()
    whose = [ADA] * 120 + [BOB] * 80
    stolen = [add_token(registry, "test", owner, RIGHTS, None)[0].reveal() for owner in whose]
    kept = place.token(ADA)
    others = [f"npm_{number:036}" for number in range(2000)] + [f"dckr_pat_{number:027}" for number in range(1125)]
    body = naming(*stolen, *others, url="https://git.example/FastUUID/.github/workflows/github_actions_security.yml")
    assert len(json.loads(body)) == 3325
    assert report(place, reporter, body).status == 204
    assert all(place.upload(wheel(), each).json["code"] == "token-revoked" for each in stolen)
    assert still_works(place, kept)
    assert sorted(str(each["account"]) for each in events(place)) == ["ada", "bob"]
    assert letters(place) == ["ada@example.org", "bob@example.org"]
    assert report(place, reporter, body).status == 204
    assert len(events(place)) == 2
