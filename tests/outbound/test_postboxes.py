"""Letters arrive as they were written, over TLS where that was asked for, and nobody writes into their heads.

Principles: AUTHN-1.4
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st
from tests.outbound.relay import Relay, certificate

from strongroom.authn.notices import Letter, Postbox, Undelivered
from strongroom.kernel.secrets import Secret
from strongroom.outbound.mail import KEPT, FolderPostbox, SmtpPostbox, message_of

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SENDER = "Strongroom <noreply@packages.example>"
LINK = "https://packages.example/account/confirm/" + "0123456789abcdef" * 5


def note(
    to: str = "ada@example.org",
    subject: str = "Confirm your address",
    text: str = f"Follow this link:\n\n{LINK}\n",
    html: str = f'<p>Follow <a href="{LINK}">this link</a>.</p>',
) -> Letter:
    return Letter(to, subject, text, html)


def postbox(relay: Relay, **others: Any) -> SmtpPostbox:
    given: dict[str, Any] = {
        "security": "none",
        "sender": SENDER,
        "clock": lambda: NOW,
        "timeout_seconds": 5.0,
    } | others
    return SmtpPostbox(relay.host, relay.port, **given)


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def words(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_letter_arrives_as_text_and_as_html_with_all_that_a_letter_needs() -> None:
    with Relay() as relay:
        postbox(relay).send(note())
        (taken,) = relay.taken
        (seen,) = relay.messages("ada@example.org")
    assert (taken.sender, taken.recipients) == ("noreply@packages.example", ["ada@example.org"])
    assert "SMTPUTF8" not in taken.options
    assert LINK in seen.text
    message = read(taken.content)
    assert message["From"] == SENDER
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Confirm your address"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@packages.example>")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert LINK in words(message, "plain")
    assert LINK in words(message, "html")
    assert max(map(len, taken.content.splitlines())) <= 998


def test_a_letter_in_any_script_reaches_an_address_in_ascii_without_extensions() -> None:
    with Relay() as relay:
        postbox(relay).send(note("ada@bücher.example", "Bestätigung für Ádám, 确认", "Grüße, 世界\n", "<p>世界</p>"))
        (taken,) = relay.taken
    assert taken.content.isascii()
    assert taken.recipients == ["ada@xn--bcher-kva.example"]
    assert "SMTPUTF8" not in taken.options
    message = read(taken.content)
    assert message["Subject"] == "Bestätigung für Ádám, 确认"
    assert words(message, "plain").strip() == "Grüße, 世界"


def test_an_address_beyond_ascii_takes_a_relay_that_knows_smtputf8() -> None:
    letter = note("ädä@example.org")
    with Relay(enable_SMTPUTF8=True) as relay:
        postbox(relay).send(letter)
        (taken,) = relay.taken
    assert taken.recipients == ["ädä@example.org"]
    assert "SMTPUTF8" in taken.options
    assert "To: ädä@example.org".encode() in taken.content
    with Relay() as relay, pytest.raises(Undelivered, match="SMTPUTF8") as failed:
        postbox(relay).send(letter)
    assert failed.value.is_permanent


@pytest.mark.principle("AUTHN-1.4")
@pytest.mark.parametrize(
    "letter",
    [
        note(to="ada@example.org\r\nBcc: eve@example.org"),
        note(to="ada@example.org\n"),
        note(to="ada@example.org, eve@example.org"),
        note(to="ada@example.org>, <eve@example.org"),
        note(to="eve@example.org:ada@example.org"),
        note(to="ada(x)@example.org"),
        note(to="=?utf-8?q?eve=40evil.example=3e?=@example.org"),
        note(to='"ada eve"@example.org'),
        note(to="a" * 250 + "@example.org"),
        note(to="ada"),
        note(to="@example.org"),
        note(to="ada@"),
        note(to="ada@exa mple.org"),
        note(to="ada@-ü-.example"),
        note(subject="Hello\r\nBcc: eve@example.org"),
        note(subject="Hello\nX"),
        note(subject="Hello\x00"),
        note(subject="Hello\x85Bcc: eve@example.org"),
        note(subject="Hello\u2028Bcc: eve@example.org"),
    ],
    ids=lambda letter: repr(letter.to + letter.subject)[:40],
)
def test_nobody_adds_a_header_or_a_recipient(letter: Letter) -> None:
    with pytest.raises(ValueError, match=r"line break|one e-mail address"):
        message_of(letter, SENDER, NOW)


@given(st.text(), st.text())
def test_whatever_is_in_a_letter_its_head_has_the_same_lines(to: str, subject: str) -> None:
    try:
        message = message_of(note(to + "@example.org", subject), SENDER, NOW)
    except ValueError:
        return
    again = read(message.as_bytes(policy=policy.SMTPUTF8))
    assert again.keys() == ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                            "Content-Type"]  # fmt: skip
    assert len(again["To"].addresses) == 1


@contextmanager
def secured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_once: bool, trusted: bool = True, address: str = "127.0.0.1"
) -> Iterator[Relay]:
    context, authority = certificate(tmp_path, for_address=address)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    def login(server: object, session: object, envelope: object, mechanism: str, proof: Any) -> AuthResult:
        return AuthResult(success=(proof.login, proof.password) == (b"strongroom", b"correct"), handled=False)

    options: dict[str, Any] = {"authenticator": login, "auth_required": True}
    options |= {"auth_require_tls": False} if at_once else {"tls_context": context, "require_starttls": True}
    with Relay(tls=context if at_once else None, **options) as relay:
        yield relay


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_password_goes_over_tls(security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with secured(tmp_path, monkeypatch, at_once=security == "tls") as relay:
        postbox(relay, security=security, username="strongroom", password=Secret("correct")).send(note())
        assert len(relay.taken) == 1
        with pytest.raises(Undelivered, match="535") as failed:
            postbox(relay, security=security, username="strongroom", password=Secret("wrong")).send(note())
    assert not failed.value.is_permanent


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("trusted", "address"), [(False, "127.0.0.1"), (True, "127.0.0.2")])
def test_a_relay_that_cannot_prove_its_name_gets_no_letter(
    security: str, trusted: bool, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        secured(tmp_path, monkeypatch, at_once=security == "tls", trusted=trusted, address=address) as relay,
        pytest.raises(Undelivered, match="CERTIFICATE_VERIFY_FAILED") as failed,
    ):
        postbox(relay, security=security, username="strongroom", password=Secret("correct")).send(note())
    assert not relay.taken
    assert not failed.value.is_permanent


def test_a_letter_for_starttls_does_not_go_in_the_clear_when_nobody_offers_it() -> None:
    with Relay() as relay, pytest.raises(Undelivered, match="STARTTLS") as failed:
        postbox(relay, security="starttls").send(note())
    assert not relay.taken
    assert not failed.value.is_permanent


def test_a_password_in_the_clear_stays_on_this_machine() -> None:
    def make(host: str) -> None:
        SmtpPostbox(host, 25, "none", sender=SENDER, clock=lambda: NOW, username="x", password=Secret("y"))

    make("127.0.0.1")
    make("localhost")
    for host in ("relay.example", "192.0.2.1", "127.0.0.1.example", "localhost.example"):
        with pytest.raises(ValueError, match="TLS"):
            make(host)


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "permanent"),
    [("550 5.1.1 No such person", True), ("451 4.3.0 Later", False), ("530 5.7.0 Who are you?", False)],
)
def test_a_refusal_is_for_good_or_for_now(at: str, reply: str, permanent: bool) -> None:
    with Relay(at=at, refuses=reply) as relay, pytest.raises(Undelivered, match=reply[:3]) as failed:
        postbox(relay).send(note())
    assert failed.value.is_permanent is permanent


def test_a_letter_that_was_taken_is_sent_whatever_the_relay_says_at_the_end() -> None:
    with Relay(at="QUIT", refuses="451 4.3.0 Stay") as relay:
        postbox(relay).send(note())
        assert len(relay.taken) == 1


def test_a_relay_that_is_not_there_or_says_nothing_may_be_tried_again() -> None:
    with Relay() as relay:
        gone = postbox(relay)
    with pytest.raises(Undelivered, match="refused") as failed:
        gone.send(note())
    assert not failed.value.is_permanent
    with socket.create_server(("127.0.0.1", 0)) as mute:
        taking = threading.Thread(target=lambda: mute.accept()[0].close())
        relay.port = mute.getsockname()[1]
        with pytest.raises(Undelivered, match="timed out") as failed:
            postbox(relay, timeout_seconds=0.3).send(note())
        taking.start()
        with pytest.raises(Undelivered, match="closed") as failed:
            postbox(relay, timeout_seconds=0.3).send(note())
        taking.join()
    assert not failed.value.is_permanent


def test_a_letter_that_cannot_be_one_is_given_up_and_holds_up_no_other(tmp_path: Path) -> None:
    with Relay() as relay:
        boxes: tuple[Postbox, ...] = (postbox(relay), FolderPostbox(tmp_path, sender=SENDER, clock=lambda: NOW))
        for box in boxes:
            with pytest.raises(Undelivered, match="one e-mail address") as failed:
                box.send(note("ada@example.org, eve@example.org"))
            assert failed.value.is_permanent
        assert not relay.taken
    assert not list(tmp_path.iterdir())


def test_without_a_relay_letters_lie_in_a_folder_for_the_operator_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mail" / "out"
    FolderPostbox(folder, sender=SENDER, clock=lambda: NOW).send(note("ädä@bücher.example", "Grüße"))
    (path,) = folder.iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    # A link can be copied out of it with any reader of text.
    assert LINK in path.read_text()
    message = read(path.read_bytes())
    assert message["To"] == "ädä@xn--bcher-kva.example"
    assert message["Subject"] == "Grüße"
    assert LINK in words(message, "html")


def test_a_folder_keeps_the_newest_thousand_letters(tmp_path: Path) -> None:
    for n in range(KEPT + 5):
        (tmp_path / f"20260101T000000.{n:06d}-x.eml").write_text("")
    FolderPostbox(tmp_path, sender=SENDER, clock=lambda: NOW).send(note())
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == KEPT
    assert kept[0] == "20260101T000000.000006-x.eml"
    assert kept[-1].startswith("20261122T083000")


def test_a_disk_that_takes_nothing_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(Undelivered, match="mail") as failed:
        FolderPostbox(tmp_path / "mail", sender=SENDER, clock=lambda: NOW).send(note())
    assert not failed.value.is_permanent
