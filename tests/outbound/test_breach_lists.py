"""Breach lists answer leaked, never seen or nothing; and learn five digits of a hash, no more.

Principles: AUTHN-2.4
"""

import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.outbound.loopback import Asked, Reply, serving, silent

from strongroom.authn.breaches import BreachList, Exposure
from strongroom.kernel.secrets import Secret
from strongroom.outbound.breach_files import (
    ADDED,
    LIMIT_ADDED,
    SORTED,
    OfflineList,
    add,
    common_passwords,
    digest_lines,
    import_list,
)
from strongroom.outbound.breaches import LIMIT_ANSWER_BYTES, Breaches, RangeList, sha1_of

KNOWN = ("Password123!", "correcthorsebatterystaple", "pässwörd")


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def range_of(asked: Asked) -> Reply:
    """Answer as the public service does: CRLF, no prefix in the lines, padding of count 0 on demand."""
    prefix = asked.path.removeprefix("/range/")
    lines = [f"{sha1(each)[5:]}:3861493" for each in KNOWN if sha1(each)[:5] == prefix]
    lines += [f"{n:035X}:{n + 1}" for n in range(400)]
    if asked.headers.get("add-padding") == "true":
        lines += [f"{sha1('padding only')[5:]}:0", *(f"{n:035X}:0" for n in range(500, 900))]
    return Reply(body="\r\n".join(sorted(lines)).encode())


@pytest.mark.parametrize("password", KNOWN)
def test_a_password_in_the_range_has_leaked(password: str) -> None:
    with serving(range_of) as place:
        assert RangeList(place.url + "/range").exposure(Secret(password)) is Exposure.LEAKED


def test_a_password_that_is_not_in_the_range_was_never_seen() -> None:
    with serving(range_of) as place:
        assert RangeList(place.url + "/range/").exposure(Secret("a sentence of my own")) is Exposure.NEVER_SEEN


def test_padding_is_no_leak() -> None:
    with serving(range_of) as place:
        assert RangeList(place.url + "/range").exposure(Secret("padding only")) is Exposure.NEVER_SEEN


@pytest.mark.principle("AUTHN-2.4")
def test_five_digits_of_the_hash_leave_and_nothing_else_of_it() -> None:
    with serving(range_of) as place:
        RangeList(place.url + "/range").exposure(Secret(KNOWN[0]))
    (asked,) = place.asked
    assert asked.path == "/range/" + sha1(KNOWN[0])[:5]
    assert asked.headers["add-padding"] == "true"
    assert not asked.body
    sent = " ".join([asked.path, *asked.headers.values()]).upper()
    assert sha1(KNOWN[0])[:6] not in sent
    assert KNOWN[0].upper() not in sent


@pytest.mark.principle("AUTHN-2.4")
@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, b"busy"),
        Reply(429, b""),
        Reply(404, b""),
        Reply(302, b"", {"Location": "http://127.0.0.1:1/"}),
        Reply(200, b""),
        Reply(200, b"\r\n\r\n"),
        Reply(200, b"<!doctype html><title>Log in to the network</title>"),
        Reply(200, b"0" * 35 + b":1\r\nnot a line"),
        Reply(200, b"0" * 35 + b":-1"),
        Reply(200, b"0" * 35),
        Reply(200, (b"0" * 35 + b":1\n") * (LIMIT_ANSWER_BYTES // 38 + 2)),
        Reply(200, b"0" * 35 + b":1", {"Content-Length": "400"}),
        Reply(200, b"0" * 35 + b":1", {"Content-Encoding": "gzip"}),
        Reply(200, b"0" * 35 + b":1", drip_seconds=0.05),
    ],
    ids=lambda reply: f"{reply.status}-{len(reply.body)}-{'-'.join(reply.headers)}-{reply.drip_seconds}",
)
def test_what_is_no_answer_is_unknown(reply: Reply) -> None:
    with serving(lambda _: reply) as place:
        assert RangeList(place.url, timeout_seconds=0.5).exposure(Secret("anything")) is Exposure.UNKNOWN


def test_a_service_that_is_not_there_is_unknown() -> None:
    with silent() as url:
        assert RangeList(url).exposure(Secret("anything")) is Exposure.UNKNOWN


@pytest.mark.parametrize("url", ["http://breaches.example/range", "ftp://127.0.0.1/", "https://", "https://a@b/", "x"])
def test_a_service_in_the_clear_is_not_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"no address|not https"):
        RangeList(url)


def test_an_imported_list_knows_what_is_in_it_and_nothing_else(tmp_path: Path) -> None:
    lines = [sha1(f"leaked {n}").encode() + b":%d\r\n" % (n + 1) for n in range(5000)]
    random.Random(4).shuffle(lines)
    assert import_list(iter([*lines, b"\n", sha1("leaked 7").lower().encode()]), tmp_path) == 5000
    listed = OfflineList(tmp_path)
    for n in range(5000):
        assert listed.exposure(sha1_of(Secret(f"leaked {n}"))) is Exposure.LEAKED
        assert listed.exposure(sha1_of(Secret(f"my own {n}"))) is Exposure.NEVER_SEEN
    assert [path.name for path in tmp_path.iterdir()] == [SORTED]


@settings(max_examples=30, deadline=None)
@given(st.sets(st.binary(min_size=20, max_size=20), min_size=1, max_size=40), st.binary(min_size=20, max_size=20))
def test_any_list_holds_exactly_its_digests(
    tmp_path_factory: pytest.TempPathFactory, digests: set[bytes], other: bytes
) -> None:
    folder = tmp_path_factory.mktemp("list")
    assert import_list((each.hex().encode() for each in digests), folder) == len(digests)
    assert all(OfflineList(folder).exposure(each) is Exposure.LEAKED for each in digests)
    assert (OfflineList(folder).exposure(other) is Exposure.LEAKED) == (other in digests)


@pytest.mark.parametrize("bad", [b"", b"\n", b"password\n", b"0" * 39, b"0" * 41, b"0" * 40 + b":x", b"0" * 40 + b":0"])
def test_a_bad_list_leaves_the_old_one_in_place(tmp_path: Path, bad: bytes) -> None:
    import_list(digest_lines(KNOWN), tmp_path)
    with pytest.raises(ValueError, match=r"line 1 is not|no digest"):
        import_list([bad], tmp_path)
    assert OfflineList(tmp_path).exposure(sha1_of(Secret(KNOWN[0]))) is Exposure.LEAKED
    assert [path.name for path in tmp_path.iterdir()] == [SORTED]


def test_an_added_password_counts_at_once_and_twice_is_once(tmp_path: Path) -> None:
    import_list(digest_lines(KNOWN), tmp_path)
    listed = OfflineList(tmp_path)
    assert listed.exposure(sha1_of(Secret("found today"))) is Exposure.NEVER_SEEN
    add("found today", tmp_path)
    add("found today", tmp_path)
    assert listed.exposure(sha1_of(Secret("found today"))) is Exposure.LEAKED
    assert (tmp_path / ADDED).stat().st_size == 20
    import_list(digest_lines(["another"]), tmp_path)
    assert listed.exposure(sha1_of(Secret("found today"))) is Exposure.LEAKED


def test_a_digest_that_a_crash_cut_off_does_not_put_the_next_out_of_step(tmp_path: Path) -> None:
    add("one", tmp_path)
    with (tmp_path / ADDED).open("ab") as file:
        file.write(b"\x01" * 7)
    assert OfflineList(tmp_path).exposure(sha1_of(Secret("one"))) is Exposure.LEAKED
    add("two", tmp_path)
    assert OfflineList(tmp_path).exposure(sha1_of(Secret("two"))) is Exposure.LEAKED
    assert (tmp_path / ADDED).stat().st_size == 40


def test_added_passwords_are_few(tmp_path: Path) -> None:
    (tmp_path / ADDED).write_bytes(os.urandom(20 * LIMIT_ADDED))
    with pytest.raises(ValueError, match="import a list"):
        add("one more", tmp_path)


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"x" * 21)])
def test_a_damaged_list_says_nothing(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / SORTED)
    assert OfflineList(tmp_path).exposure(bytes(20)) is Exposure.UNKNOWN


def test_an_imported_list_answers_alone(tmp_path: Path) -> None:
    import_list(digest_lines(["only here"]), tmp_path)
    with serving(range_of) as place:
        lists: BreachList = Breaches(OfflineList(tmp_path), RangeList(place.url + "/range"))
        assert lists.exposure(Secret("only here")) is Exposure.LEAKED
        assert lists.exposure(Secret(KNOWN[0])) is Exposure.NEVER_SEEN
    assert not place.asked


def test_without_an_imported_list_the_service_answers_for_all_that_was_not_added(tmp_path: Path) -> None:
    add("added here", tmp_path)
    with serving(range_of) as place:
        lists = Breaches(OfflineList(tmp_path), RangeList(place.url + "/range"))
        assert lists.exposure(Secret("added here")) is Exposure.LEAKED
        assert not place.asked
        assert lists.exposure(Secret(KNOWN[0])) is Exposure.LEAKED
        assert lists.exposure(Secret("a sentence of my own")) is Exposure.NEVER_SEEN


@pytest.mark.principle("AUTHN-2.4")
def test_no_list_at_all_is_unknown(tmp_path: Path) -> None:
    assert Breaches(None, None).exposure(Secret("anything")) is Exposure.UNKNOWN
    assert Breaches(OfflineList(tmp_path), None).exposure(Secret("anything")) is Exposure.UNKNOWN


def test_the_bundled_passwords_can_be_imported_without_a_network(tmp_path: Path) -> None:
    assert import_list(digest_lines(common_passwords()), tmp_path) > 60_000
    for known in ("password", "Password123!", "1qaz2wsx3edc4rfv"):
        assert OfflineList(tmp_path).exposure(sha1_of(Secret(known))) is Exposure.LEAKED
