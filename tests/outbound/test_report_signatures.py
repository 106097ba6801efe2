"""Keys of those who report leaked tokens: read, fetched, kept for a while, and never believed beyond that.

Principles: AUTHZ-3.2
"""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.leak_reports import EdReporter
from tests.outbound.loopback import Asked, Reply, serving
from tests.worlds import Clock

from strongroom.assess.reporter import Reporter, new_reporter
from strongroom.authz.leaks import Origin
from strongroom.kernel.refusals import Refused
from strongroom.outbound.signatures import (
    GitHubKeys,
    ReporterKeys,
    distrust,
    is_by,
    read_key,
    read_list,
    trust,
    trusted,
)

pytestmark = pytest.mark.principle("AUTHZ-3.2")


def listing(*reporters: Reporter) -> bytes:
    keys = [{"key_identifier": each.key_id, "key": each.public_key, "is_current": True} for each in reporters]
    return json.dumps({"public_keys": keys}).encode()


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def test_keys_of_github_are_asked_for_once_in_half_an_hour() -> None:
    hub, clock = new_reporter("hub"), Clock()
    with serving(lambda _: Reply(body=listing(hub))) as server:
        keys = GitHubKeys(server.url, clock)
        for _ in range(3):
            assert keys.key("hub") is not None
        assert len(server.asked) == 1
        clock.wait(minutes=31)
        assert keys.key("hub") is not None
        assert len(server.asked) == 2


def test_an_unknown_key_makes_nobody_ask_more_than_once_a_minute() -> None:
    hub, clock = new_reporter("hub"), Clock()
    with serving(lambda _: Reply(body=listing(hub))) as server:
        keys = GitHubKeys(server.url, clock)
        assert [keys.key(f"x{number}") for number in range(50)] == [None] * 50
        assert len(server.asked) == 1


def test_a_new_key_is_found_after_a_minute() -> None:
    old, new, clock = new_reporter("old"), new_reporter("new"), Clock()
    listed = [old]
    with serving(lambda _: Reply(body=listing(*listed))) as server:
        keys = GitHubKeys(server.url, clock)
        assert keys.key("new") is None
        listed.append(new)
        clock.wait(seconds=61)
        assert keys.key("new") is not None


@pytest.mark.parametrize("reply", [Reply(500), Reply(body=b"{"), Reply(body=b"[]"), Reply(body=b'{"public_keys": 1}')])
def test_while_nobody_says_which_keys_there_are_a_report_is_put_off_and_not_lost(reply: Reply) -> None:
    with serving(lambda _: reply) as server, pytest.raises(Refused, match="try-again"):
        GitHubKeys(server.url, Clock()).key("hub")


def test_keys_that_cannot_be_asked_for_again_are_believed_for_a_day() -> None:
    hub, clock, replies = new_reporter("hub"), Clock(), [Reply(body=b"")]
    replies[0] = Reply(body=listing(hub))

    def answer(_: Asked) -> Reply:
        return replies[0]

    with serving(answer) as server:
        keys = GitHubKeys(server.url, clock)
        assert keys.key("hub") is not None
        replies[0] = Reply(503)
        clock.wait(hours=23)
        assert keys.key("hub") is not None
        clock.wait(hours=2)
        with pytest.raises(Refused, match="try-again"):
            keys.key("hub")


def test_keys_that_are_no_keys_are_passed_over() -> None:
    hub = new_reporter("hub")
    body = json.loads(listing(hub))
    body["public_keys"].append({"key_identifier": "bad", "key": "-----BEGIN PUBLIC KEY-----\n!\n"})
    assert set(read_list(json.dumps(body).encode())) == {"hub"}


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "é",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        pem_of(ec.generate_private_key(ec.SECP192R1())),
        pem_of(rsa.generate_private_key(65537, 2048)),
    ],
)
def test_weak_keys_and_what_is_none_may_not_report(pem: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_key(pem)
    with pytest.raises(ValueError, match=r"."):
        trust(tmp_path, "x", pem)
    assert trusted(tmp_path) == []


@pytest.mark.parametrize("signature", ["", "!", "AAAA", "A" * 5000, base64.b64encode(b"x" * 64).decode(), "é"])
def test_what_is_no_signature_signs_nothing(signature: str) -> None:
    for reporter in (new_reporter("x"), EdReporter("y")):
        assert not is_by(read_key(reporter.public_key), signature, b"body")


def test_a_key_in_the_folder_is_known_at_once_and_forgotten_at_once(tmp_path: Path) -> None:
    folder, reporter = tmp_path / "reporters", new_reporter("x1")
    keys = ReporterKeys(folder, {}, {})
    assert not keys.is_signed(Origin.STRONGROOM, "x1", reporter.signature("b"), b"b")
    trust(folder, "x1", reporter.public_key)
    assert keys.is_signed(Origin.STRONGROOM, "x1", reporter.signature("b"), b"b")
    assert trusted(folder) == ["x1"]
    assert distrust(folder, "x1")
    assert not distrust(folder, "x1")
    assert not keys.is_signed(Origin.STRONGROOM, "x1", reporter.signature("b"), b"b")


@pytest.mark.parametrize("key_id", ["../secret", "/etc/passwd", "x/../../y", "", "\0"])
def test_no_identifier_of_a_key_leads_out_of_the_folder(tmp_path: Path, key_id: str) -> None:
    reporter = new_reporter(key_id)
    (tmp_path / "secret.pem").write_text(reporter.public_key)
    keys = ReporterKeys(tmp_path / "reporters", {}, {})
    assert not keys.is_signed(Origin.STRONGROOM, key_id, reporter.signature("b"), b"b")
