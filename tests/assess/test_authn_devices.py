"""A repository that mails a link to whoever logs in: every probe of authentication goes that way, and sees no less.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-1.4, AUTHN-1.5, AUTHN-2.1, AUTHN-2.2, AUTHN-2.3, AUTHN-2.4, AUTHN-3.1,
AUTHN-3.2, AUTHN-3.3
"""

from dataclasses import replace

import pytest
from tests.assess.test_authn_probes import PARTLY, PROBES, UNMET
from tests.assess.weakroom.entry import CONFIRMS_DEVICES
from tests.assess.weakroom.room import Room, RoomMailbox
from tests.assess.weakroom.visit import found, setting

from strongroom.assess import people, scenes
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.probing import ControlFailed, Inconclusive, Outcome
from strongroom.assess.run import stage_of
from strongroom.assess.stage import Message, Stage
from strongroom.assess.wire import Budget

SECONDS_OF_PATIENCE = 30


def careful_room() -> Room:
    return Room(frozenset({CONFIRMS_DEVICES}))


def stage_on(room: Room) -> Stage:
    return stage_of(setting(room), "test", Budget(100, 100))


@pytest.mark.parametrize("clause", PROBES)
def test_where_devices_are_confirmed_by_mail_what_is_well_made_is_seen_to_be(clause: str) -> None:
    finding = found(clause, CONFIRMS_DEVICES)
    assert finding.outcome is Outcome.MET, finding.saw
    assert len(finding.exchanges) <= 0.8 * PROBES[clause].requests


@pytest.mark.parametrize("flaw", [*UNMET, *PARTLY])
def test_where_devices_are_confirmed_by_mail_every_flaw_is_seen(flaw: str) -> None:
    finding = found(flaw.partition(" ")[0], flaw, CONFIRMS_DEVICES)
    assert finding.outcome is (Outcome.UNMET if flaw in UNMET else Outcome.PARTLY), finding.saw
    assert {**UNMET, **PARTLY}[flaw] in finding.saw


def test_a_step_that_mails_nothing_is_what_it_was() -> None:
    stage = stage_on(Room())
    person = people.newcomer(stage)
    answer = scenes.step(stage, person, Op.LOG_IN, name=person.name, password="wrong-password")
    assert answer.kind.is_no
    assert person.session


def test_a_mailed_link_opens_the_session() -> None:
    room = careful_room()
    stage = stage_on(room)
    person = people.newcomer(stage)
    assert stage.perform(Op.ACCOUNT, session=person.session).kind.is_yes
    assert room.mail[-1].subject == "Is it you?"


def test_without_a_mailbox_a_login_that_is_to_be_confirmed_proves_nothing() -> None:
    stage = stage_on(careful_room())
    person = people.newcomer(stage)
    with pytest.raises(Inconclusive, match="cannot read the mail"):
        scenes.log_in(replace(stage, mailbox=None), person)
    person.email = ""  # somebody who was given with --account
    with pytest.raises(Inconclusive, match="cannot read the mail"):
        scenes.log_in(stage, person)


class LossyMailbox(RoomMailbox):
    """A mailbox in which nothing arrives that asks who it is."""

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address but the mail that confirms."""
        return [mail for mail in super().messages(address) if mail.subject != "Is it you?"]


def test_where_no_link_comes_the_login_did_not_work() -> None:
    room = careful_room()
    stage = replace(stage_on(room), mailbox=LossyMailbox(room))
    began = stage.clock()
    with pytest.raises(ControlFailed, match="no mail with a link came"):
        people.newcomer(stage)
    assert stage.clock() - began < SECONDS_OF_PATIENCE


class LateMailbox(RoomMailbox):
    """A mailbox in which notices, and links that somebody else may follow, arrive together with what was waited for."""

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address, and after it what was late."""
        found = super().messages(address)
        link = f"{self.room.base}confirm/00000000000000000000000000000000"
        late = [f"Read {self.room.base}policies/recovery at your leisure", f"Follow {link} or not"]
        return [*found, *(Message(address, "Late", text) for text in late)] if len(found) > 1 else found


def test_a_mail_that_comes_between_is_not_taken_for_the_one_that_confirms() -> None:
    room = careful_room()
    stage = replace(stage_on(room), mailbox=LateMailbox(room))
    assert people.newcomer(stage).session


def test_a_link_is_followed_by_the_client_that_began_to_log_in() -> None:
    room = careful_room()
    stage = stage_on(room)
    person = people.newcomer(stage)
    elsewhere = people.from_elsewhere(stage, 0)
    assert elsewhere is not None
    begun = stage.perform(Op.LOG_IN, name=person.name, password=person.password)
    link = scenes.own_link(stage, room.mail[-1].text)
    given = {"challenge": begun.value("challenge"), "link": link}
    assert elsewhere.perform(Op.CONFIRM_DEVICE, **given).kind is Kind.MISSING
    assert stage.perform(Op.CONFIRM_DEVICE, **given).kind.is_yes
    assert stage.perform(Op.CONFIRM_DEVICE, **given).kind is Kind.MISSING


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Go to https://x.test/verify/8f3a9c41d0e2 now", "https://x.test/verify/8f3a9c41d0e2"),
        ("<https://x.test/verify?key=8f3a9c41d0e2&a=b>.", "https://x.test/verify?key=8f3a9c41d0e2&a=b"),
        ("https://x.test/verify#8f3a9c41d0e2", "https://x.test/verify#8f3a9c41d0e2"),
        ("See https://x.test/security/ or https://x.test/verify/493021", "https://x.test/verify/493021"),
        ("See https://x.test/account/security/ and https://x.test/policies/recovery", ""),
        ("No link at all: 8f3a9c41d0e2", ""),
        ("http://[broken/8f3a9c41d0e2", ""),
        ("", ""),
    ],
)
def test_the_link_that_was_made_for_its_reader_alone(text: str, link: str) -> None:
    assert scenes.own_link(stage_on(Room()), text) == link


def test_a_page_on_something_of_the_run_is_no_link_for_its_reader_alone() -> None:
    stage = stage_on(Room())
    project, home = stage.project("a1"), replace(stage, base="http://x.test/index2026/")
    assert scenes.own_link(stage, f"http://x.test/project/{project}/") == ""
    assert scenes.own_link(home, "http://x.test/index2026/security") == ""
    assert scenes.own_link(home, "http://x.test/index2026/confirm/493021") != ""
