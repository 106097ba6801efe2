"""What goes to a target and what is written down of it: bounded, redacted, stopped when it hurts.

Principles: none
"""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from strongroom.assess.health import Health, SafetyAbort, TargetLost
from strongroom.assess.journal import Journal, Made, Thing
from strongroom.assess.wire import LIMIT_BODY_BYTES, Budget, BudgetSpent, Redactor, Transcript, Unreachable, Wire

BASE = "http://target.test/"
Answer = Callable[[httpx2.Request], httpx2.Response]


def wire(answer: Answer, *, budget: Budget | None = None, path: Path | None = None, active: bool = False) -> Wire:
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Wire(client, BASE, Transcript(Redactor(), path), Health(active=active), probe="p", budget=budget)


def ok(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, text=f"{request.url} {request.headers.get('authorization', '')}")


def test_a_secret_stands_nowhere_in_the_transcript(tmp_path: Path) -> None:
    way = wire(ok, path=tmp_path / "t.jsonl")
    secret = way.learn("srm_secretsecret")
    reply = way.send("GET", f"x?token={secret}", headers={"Authorization": f"Bearer {secret}"})
    assert secret in reply.text
    assert secret not in (tmp_path / "t.jsonl").read_text()
    assert "•••" in way.transcript.exchanges[0].url


def test_the_longest_secret_is_taken_out_whole() -> None:
    redactor = Redactor()
    redactor.learn("abcdefgh")
    redactor.learn("abcdefghijkl")
    assert redactor.clean("abcdefghijkl") == "•••"


def test_an_exchange_keeps_the_answers_digest_and_no_more_than_an_excerpt() -> None:
    way = wire(lambda _: httpx2.Response(200, content=b"x" * 100_000))
    way.send("GET", "")
    assert len(way.transcript.exchanges[0].excerpt) == 2000
    assert len(way.transcript.exchanges[0].sha256) == 64


def test_headers_that_may_hold_secrets_are_not_kept() -> None:
    way = wire(lambda _: httpx2.Response(200, headers={"Set-Cookie": "s=1", "Location": "/x"}))
    way.send("POST", "")
    assert way.transcript.exchanges[0].headers == {"location": "/x"}


def test_another_host_is_not_asked() -> None:
    with pytest.raises(ValueError, match="not on the host"):
        wire(ok).send("GET", "http://elsewhere.test/")


def test_a_redirection_to_another_host_is_not_followed() -> None:
    way = wire(lambda _: httpx2.Response(302, headers={"Location": "http://elsewhere.test/"}))
    assert way.send("GET", "").status == 302
    assert len(way.transcript.exchanges) == 1


def test_redirections_on_the_same_host_are_followed_five_times_at_most() -> None:
    way = wire(lambda _: httpx2.Response(302, headers={"Location": "/again"}))
    assert way.send("GET", "").status == 302
    assert len(way.transcript.exchanges) == 6


def test_a_redirected_post_is_not_sent_again() -> None:
    way = wire(lambda _: httpx2.Response(307, headers={"Location": "/again"}))
    assert way.send("POST", "", content=b"x").status == 307
    assert len(way.transcript.exchanges) == 1


def test_a_probe_sends_no_more_than_it_may() -> None:
    way = wire(ok, budget=Budget(2, 60))
    way.send("GET", "")
    way.send("GET", "")
    with pytest.raises(BudgetSpent):
        way.send("GET", "")


def test_a_probe_takes_no_longer_than_it_may() -> None:
    with pytest.raises(BudgetSpent):
        wire(ok, budget=Budget(10, 0, began=-1)).send("GET", "")


def test_an_answer_without_end_is_cut() -> None:
    way = wire(lambda _: httpx2.Response(200, content=b"x" * (LIMIT_BODY_BYTES + 1)))
    with pytest.raises(Unreachable, match="longer"):
        way.send("GET", "")


def silent(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused", request=request)


def test_five_requests_without_an_answer_lose_the_target() -> None:
    way = wire(silent)
    for _ in range(4):
        with pytest.raises(Unreachable):
            way.send("GET", "")
    with pytest.raises(TargetLost):
        way.send("GET", "")
    assert [each.status for each in way.transcript.exchanges] == [0] * 5


def test_a_target_that_only_breaks_is_lost_to_who_only_looks_and_stops_an_active_run() -> None:
    def breaks(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(500)

    passive = wire(breaks)
    with pytest.raises(TargetLost):
        for _ in range(60):
            passive.send("GET", "")
    assert len(passive.transcript.exchanges) == 5
    active = wire(breaks, active=True)
    with pytest.raises(SafetyAbort, match="server errors"):
        for _ in range(60):
            active.send("GET", "")


def test_a_target_that_asks_for_less_is_left_alone_unless_that_is_what_is_looked_for() -> None:
    way = wire(lambda _: httpx2.Response(429), active=True)
    way.send("GET", "", expects_refusals=True)
    with pytest.raises(SafetyAbort, match="429"):
        way.send("GET", "")


def test_a_target_that_slows_down_is_left_alone() -> None:
    health = Health(active=True)
    with pytest.raises(SafetyAbort, match="three times"):
        for number in range(200):
            health.saw(200, 0.5 if number < 50 else 4.0)


def test_cleaning_up_is_never_stopped_by_the_guard() -> None:
    health = Health(active=True)
    health.cleaning = True
    for _ in range(100):
        health.saw(500, 9.0)


def test_requests_keep_their_pace() -> None:
    waited: list[float] = []
    health = Health(clock=lambda: 0.0, sleep=waited.append)
    for _ in range(3):
        health.wait(0.5)
    assert waited == [0.5, 1.0]


def test_the_journal_is_on_disk_before_a_thing_is_made_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).about_to_make(Thing.PROJECT, "srprobe-x", "srm_key")
    assert json.loads(path.read_text())["name"] == "srprobe-x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(Journal(path).left()) == [Made(Thing.PROJECT, "srprobe-x", "srm_key")]


def test_what_was_taken_away_is_not_left_and_the_newest_goes_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for name in ("a", "b", "c"):
        journal.about_to_make(Thing.PERSON, name)
    journal.took_away(Thing.PERSON, "b")
    assert [made.name for made in Journal(tmp_path / "journal.jsonl").left()] == ["c", "a"]


def test_a_key_does_not_print() -> None:
    assert "srm_key" not in repr(Made(Thing.PROJECT, "x", "srm_key"))


def test_what_an_answer_itself_calls_a_secret_is_not_written_down_though_nobody_learned_it() -> None:
    said = '{"session": "srm_s0123456789abcdef", "device" : "srm_d0123456789abcdef", "account": "ada-of-the-long-name"}'
    assert Redactor().clean(said) == '{"session": "•••", "device" : "•••", "account": "ada-of-the-long-name"}'
