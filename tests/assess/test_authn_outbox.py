"""A mailbox that is a folder, written to as a repository without a relay does.

Principles: AUTHN-1.1, AUTHN-1.4
"""

import os
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from strongroom.assess.mailbox import LIMIT_MESSAGE_BYTES, LIMIT_MESSAGES, MailSink
from strongroom.assess.outbox import OutboxMailbox
from strongroom.assess.session import Wish, mailbox_of

ADA = "ada@strongroom-probe.invalid"


def write(folder: Path, name: str, text: str = "Follow https://packages.example/v/1", to: str = ADA) -> Path:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "post@packages.example", to, name
    letter.set_content(text)
    path = folder / f"{name}.eml"
    path.write_bytes(letter.as_bytes())
    return path


def subjects(mailbox: OutboxMailbox, address: str = ADA) -> list[str]:
    return [each.subject for each in mailbox.messages(address)]


def test_a_letter_can_be_read_by_its_recipients_alone(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    write(tmp_path, "one", to="Ada <Ada@Strongroom-Probe.invalid>, bob@strongroom-probe.invalid")
    assert subjects(mailbox) == subjects(mailbox, "BOB@strongroom-probe.invalid") == ["one"]
    assert "https://packages.example/v/1" in mailbox.messages(ADA)[0].text
    assert subjects(mailbox, "eve@strongroom-probe.invalid") == []


def test_letters_come_in_the_order_in_which_they_arrived(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    os.utime(write(tmp_path, "z"), (100, 100))
    assert subjects(mailbox) == ["z"]
    os.utime(write(tmp_path, "b"), (100, 100))
    os.utime(write(tmp_path, "a"), (99, 99))
    assert subjects(mailbox) == ["z", "a", "b"]


def test_what_lay_there_before_is_nobodys(tmp_path: Path) -> None:
    write(tmp_path, "old")
    mailbox = OutboxMailbox(tmp_path)
    write(tmp_path, "new")
    assert subjects(mailbox) == ["new"]


def test_a_letter_that_was_being_written_is_read_again(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    path = write(tmp_path, "long", "first\n" + "x" * 60)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    mailbox.messages(ADA)
    path.write_bytes(whole)
    assert [each.text.strip() for each in mailbox.messages(ADA)] == ["first\n" + "x" * 60]


def test_a_letter_that_was_taken_away_has_arrived_all_the_same(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    path = write(tmp_path, "short-lived")
    mailbox.messages(ADA)
    path.unlink()
    assert subjects(mailbox) == ["short-lived"]
    tmp_path.rmdir()
    assert subjects(mailbox) == ["short-lived"]


def test_what_is_no_letter_of_the_folders_own_is_left_alone(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "outbox", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    mailbox = OutboxMailbox(folder)
    (folder / "link.eml").symlink_to(write(elsewhere, "secret"))
    os.mkfifo(folder / "endless.eml")
    (folder / "folder.eml").mkdir()
    write(folder, "real").rename(folder / "draft.tmp")
    assert subjects(mailbox) == []


def test_a_letter_that_is_too_long_is_left_alone(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    write(tmp_path, "long", "y" * 70 + "\n" + ("y" * 70 + "\n") * (LIMIT_MESSAGE_BYTES // 70))
    write(tmp_path, "short")
    assert subjects(mailbox) == ["short"]


def test_no_more_letters_are_taken_than_a_run_can_need(tmp_path: Path) -> None:
    mailbox = OutboxMailbox(tmp_path)
    for number in range(LIMIT_MESSAGES + 3):
        (tmp_path / f"{number:05}.eml").write_text(f"To: {ADA}\nSubject: x\n\n")
    assert len(mailbox.messages(ADA)) == LIMIT_MESSAGES


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"To: \xff\xfe\n\n", b"To: @@, <<, \n\nhi", b"Subject: =?x?y?z?=\n"]
)
def test_any_bytes_are_some_letter(tmp_path: Path, content: bytes) -> None:
    mailbox = OutboxMailbox(tmp_path)
    (tmp_path / "any.eml").write_bytes(content)
    assert subjects(mailbox) == []


def test_a_run_with_the_data_folder_reads_the_letters_there_unless_it_has_a_mailbox(tmp_path: Path) -> None:
    wish = Wish("http://127.0.0.1:1/", "r1", data=tmp_path, mail_domain="probe.example")
    assert mailbox_of(wish) is None
    (tmp_path / "outbox").mkdir()
    found = mailbox_of(wish)
    assert isinstance(found, OutboxMailbox)
    assert found.domain == "probe.example"
    relay = MailSink()
    assert mailbox_of(replace(wish, tools={"mailbox": relay})) is relay
    assert mailbox_of(replace(wish, mailbox=relay)) is relay
    assert mailbox_of(replace(wish, data=None)) is None
    relay.start().stop()
