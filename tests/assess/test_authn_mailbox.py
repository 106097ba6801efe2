"""The mail sink, sent to by a real SMTP client.

Principles: AUTHN-1.4
"""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from strongroom.assess.drivers.engine import authorization, parts_of
from strongroom.assess.mailbox import LIMIT_MESSAGE_BYTES, MailSink, read_mail

ADA = "ada@strongroom-probe.invalid"


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as running:
        yield running


def mail(text: str = "Follow https://packages.example/verify/abc", subject: str = "Prüfung") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "post@packages.example", ADA, subject
    made.set_content(text)
    return made


def send(sink: MailSink, message: EmailMessage, to: list[str] | None = None) -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.send_message(message, to_addrs=to)


def test_what_is_sent_can_be_read_by_its_recipient_alone(sink: MailSink) -> None:
    send(sink, mail())
    found = sink.messages(ADA)
    assert [each.subject for each in found] == ["Prüfung"]
    assert "https://packages.example/verify/abc" in found[0].text
    assert sink.messages("eve@strongroom-probe.invalid") == []


def test_the_letters_case_of_an_address_is_nothing(sink: MailSink) -> None:
    send(sink, mail(), ["Ada@Strongroom-Probe.invalid"])
    assert len(sink.messages("ADA@strongroom-probe.invalid")) == 1


def test_every_recipient_gets_a_mail_in_the_order_of_arrival(sink: MailSink) -> None:
    send(sink, mail(subject="one"), [ADA, "bob@strongroom-probe.invalid"])
    send(sink, mail(subject="two"), [ADA])
    assert [each.subject for each in sink.messages(ADA)] == ["one", "two"]
    assert len(sink.messages("bob@strongroom-probe.invalid")) == 1


def test_a_mail_that_is_too_long_is_refused(sink: MailSink) -> None:
    with pytest.raises(smtplib.SMTPException):
        send(sink, mail("x" * 70 + "\n" + ("y" * 70 + "\n") * (LIMIT_MESSAGE_BYTES // 70)))
    assert sink.messages(ADA) == []


def test_a_port_that_is_taken_is_an_error(sink: MailSink) -> None:
    with pytest.raises(OSError, match="use"):
        MailSink(port=sink.port).start()


def test_what_has_arrived_is_there_when_the_sink_has_stopped() -> None:
    with MailSink() as sink:
        send(sink, mail())
    assert len(sink.messages(ADA)) == 1


def test_of_a_page_the_text_and_the_links_are_read() -> None:
    made = EmailMessage()
    made["Subject"] = "Verify"
    made.set_content('<p>Hello</p><a href="https://packages.example/v/1">here</a>', subtype="html")
    assert read_mail(made.as_bytes()) == ("Verify", "Hello https://packages.example/v/1 here")


def test_the_plain_part_is_preferred() -> None:
    made = mail("plain")
    made.add_alternative("<p>page</p>", subtype="html")
    assert read_mail(made.as_bytes())[1].strip() == "plain"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"Subject: x\n\n", b"Content-Type: text/plain; charset=none\n\nhi"]
)
def test_any_bytes_are_some_mail(content: bytes) -> None:
    subject, text = read_mail(content)
    assert isinstance(subject + text, str)


def test_an_unused_session_leaves_no_blank_at_the_end_of_a_header() -> None:
    assert authorization("session ") == "Session"
    assert authorization("bearer abc") == "Bearer abc"


def test_what_makes_a_mailed_link_secret_is_known_to_the_redactor() -> None:
    link = "https://packages.example/verify/0123456789abcdef?key=fedcba9876543210"
    assert parts_of(link) == ["0123456789abcdef", "fedcba9876543210"]
    assert "hunter2-hunter2" in parts_of(["ada:hunter2-hunter2"])
