"""The probes of authentication: what each says where nothing is wrong, for every flaw, and where nothing can be told.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-1.4, AUTHN-1.5, AUTHN-2.1, AUTHN-2.2, AUTHN-2.3, AUTHN-2.4, AUTHN-3.1,
AUTHN-3.2, AUTHN-3.3
"""

from dataclasses import replace

import pytest
from tests.assess.weakroom.accounts import Account, Sessions, accounts
from tests.assess.weakroom.credentials import WaysBack
from tests.assess.weakroom.entry import STAYS_OUT, Links
from tests.assess.weakroom.room import Flaw, Room
from tests.assess.weakroom.tokens import Tokens
from tests.assess.weakroom.visit import every_flaw, found, setting

from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Finding, Outcome, Safety
from strongroom.assess.run import Setting, ask, every_probe

RECOVERY_POLICY = "AUTHN-1.2a"  # a document, and no concern of these
PROBES = {p.clause: p for p in every_probe() if p.clause.startswith("AUTHN") and p.clause != RECOVERY_POLICY}

UNMET: dict[str, str] = {
    "AUTHN-1.1a publishes-unverified": "not verified published",
    "AUTHN-1.1a holds-a-role-unverified": "was given a role",
    "AUTHN-1.1a link-verifies-whoever-follows-it": "mailed to one person verified another",
    "AUTHN-1.3a any-code-confirms": "a wrong code confirmed",
    "AUTHN-1.3a secret-is-the-same-for-all": "the same secret",
    "AUTHN-1.3b password-alone-suffices-at-home": "the password alone opened a session",
    "AUTHN-1.3b challenge-is-a-session": "before any code, works as a session",
    "AUTHN-1.3b code-works-twice": "logged in again",
    "AUTHN-1.3b codes-of-two-days-log-in": "a wrong code logged in",
    "AUTHN-1.4a silent-on-change": "no mail told its owner",
    "AUTHN-1.4a silent-on-recovery": "changed by a mailed link, and no mail",
    "AUTHN-1.4a tells-somebody-else": "no mail told its owner",
    "AUTHN-1.4b silent-on-totp-removal": "a TOTP was removed",
    "AUTHN-1.4b silent-on-passkey-removal": "a key was removed",
    "AUTHN-1.4b tells-somebody-else": "a TOTP was removed",
    "AUTHN-1.5a passwords-are-not-limited": "100 wrong passwords from 12 addresses",
    "AUTHN-1.5a right-password-ends-the-limit": "guess 11 was asked to wait",
    "AUTHN-1.5b codes-are-not-limited": "50 wrong one-time codes",
    "AUTHN-1.5b limit-is-forgotten-with-each-challenge": "50 wrong one-time codes",
    "AUTHN-1.5b right-code-ends-the-limit": "yet the right code logged in",
    "AUTHN-1.5b recovery-codes-are-not-limited": "50 wrong recovery codes",
    "AUTHN-2.1a lapse-is-not-noticed": "at a lapsed domain still counts",
    "AUTHN-2.1a new-registration-is-not-noticed": "registered anew still counts",
    "AUTHN-2.1b recovers-by-a-lapsed-domain": "whose domain was lapsed",
    "AUTHN-2.1b recovers-by-a-domain-registered-anew": "whose domain was registered anew",
    "AUTHN-2.2a enrols-from-another-origin": "made for a phishing page was enrolled",
    "AUTHN-2.2a password-alone-suffices": "the password alone opened a session",
    "AUTHN-2.2a takes-an-answer-twice": "logged in again",
    "AUTHN-2.2a takes-another-origin": "for another origin",
    "AUTHN-2.2a takes-another-relying-party": "for another relying party",
    "AUTHN-2.2a takes-any-signature": "signed by another key",
    "AUTHN-2.3a publishes-what-is-critical-without-a-factor": "publishing with a token",
    "AUTHN-2.3a manages-what-is-critical-without-a-factor": "giving somebody a role in a session",
    "AUTHN-2.4a registers-with-a-leaked-password": "registered with a password that is known to have leaked",
    "AUTHN-2.4a changes-to-a-leaked-password": "when it was changed in a session",
    "AUTHN-2.4a recovers-to-a-leaked-password": "when it was set by a mailed link",
    "AUTHN-2.4b leak-is-not-noticed-at-login": "no new one was asked for",
    "AUTHN-3.1a asks-for-a-password-first": "does not begin without more",
    "AUTHN-3.1a asks-for-a-code-after-the-passkey": "more was asked for",
    "AUTHN-3.1a takes-an-unverified-user": "whose user was not verified logged in",
    "AUTHN-3.1a takes-another-origin": "from another origin logged in",
    "AUTHN-3.2a publishes-by-token-without-a-factor": "publishing with a token",
    "AUTHN-3.2a publishes-by-password-without-a-factor": "publishing with a password",
    "AUTHN-3.2a manages-by-session-without-a-factor": "giving somebody a role in a session",
    "AUTHN-3.2a makes-tokens-without-a-factor": "making a token in a session",
    "AUTHN-3.3a publishes-what-is-critical-by-code-alone": "publishing with a token",
    "AUTHN-3.3a manages-what-is-critical-by-code-alone": "giving somebody a role in a session",
}
PARTLY: dict[str, str] = {
    "AUTHN-1.3a secret-is-short": "80 bits",
    "AUTHN-1.4c silent-on-email": "not told to its owner: a changed address (",
    "AUTHN-1.4c silent-on-tokens": "not told to its owner: a new token (",
    "AUTHN-1.4c silent-on-roles": "not told to its owner: a new role (",
    "AUTHN-1.4c silent-on-recovery-codes": "not told to its owner: new recovery codes (",
    "AUTHN-1.4c silent-on-new-devices": "not told to its owner: a login from a new device (",
    "AUTHN-1.4c tells-somebody-else-of-a-new-address": "not told to its owner: a changed address (",
    "AUTHN-1.5a limits-the-source-only": "only the source is limited: 100 guesses at one account",
    "AUTHN-1.5a limits-the-account-only": "only the account is limited: 100 guesses at others",
}

CONTROLS = [
    ("AUTHN-1.1a", Op.PUBLISH, "a plain publish did not work"),
    ("AUTHN-1.1a", Op.REGISTER, "registering did not work"),
    ("AUTHN-1.3a", Op.CONFIRM_TOTP, "the right code did not confirm the TOTP"),
    ("AUTHN-1.3a", Op.ENROL_TOTP, "enrolling a TOTP did not work"),
    ("AUTHN-1.3b", Op.ANSWER_TOTP, "the right code did not log in"),
    ("AUTHN-1.4a", Op.CHANGE_PASSWORD, "changing the password did not work"),
    ("AUTHN-1.4a", Op.FINISH_RECOVERY, "the mailed link did not set a new password"),
    ("AUTHN-1.4c", Op.CREATE_TOKEN, "making a token did not work"),
    ("AUTHN-1.4c", Op.FOLLOW_LINK, "the mailed link did not work"),
    ("AUTHN-1.5a", Op.LOG_IN, "the right password did not log in before any guess"),
    ("AUTHN-1.5b", Op.ANSWER_TOTP, "the right code did not log in before any guess"),
    ("AUTHN-1.5b", Op.ANSWER_RECOVERY_CODE, "a right recovery code did not log in"),
    ("AUTHN-2.1a", Op.LAPSE_DOMAIN, "the operator could not change a domain"),
    ("AUTHN-2.1a", Op.ACCOUNT, "a person's own account could not be read"),
    ("AUTHN-2.1a", Op.RUN_JOBS, "the scheduled jobs could not be run"),
    ("AUTHN-2.1b", Op.REREGISTER_DOMAIN, "the operator could not change a domain"),
    ("AUTHN-2.2a", Op.FINISH_WEBAUTHN, "a key could not be enrolled"),
    ("AUTHN-2.2a", Op.ANSWER_WEBAUTHN, "an honest answer by the key did not log in"),
    ("AUTHN-2.3a", Op.MARK_CRITICAL, "the operator could not mark a package as critical"),
    ("AUTHN-2.3a", Op.ADD_MEMBER, "with second factors not everything goes through on a critical package"),
    ("AUTHN-2.4a", Op.REGISTER, "random passwords of the shape of the leaked ones are refused, too"),
    ("AUTHN-2.4a", Op.CHANGE_PASSWORD, "changing to a random password did not work"),
    ("AUTHN-2.4a", Op.FINISH_RECOVERY, "a mailed link set no random password"),
    ("AUTHN-2.4b", Op.LEAK_PASSWORD, "the operator could not put a password on the breach list"),
    ("AUTHN-3.1a", Op.FINISH_WEBAUTHN, "a key could not be enrolled"),
    ("AUTHN-3.1a", Op.FINISH_PASSKEY, "the passkey did not log in"),
    ("AUTHN-3.2a", Op.ADD_MEMBER, "with a second factor not everything goes through"),
    ("AUTHN-3.2a", Op.PUBLISH, "a plain publish did not work"),
    ("AUTHN-3.3a", Op.PUBLISH, "a plain publish did not work"),
    ("AUTHN-3.3a", Op.FINISH_WEBAUTHN, "a key could not be enrolled"),
]  # fmt: skip

READS_MAIL = [
    "AUTHN-1.1a", "AUTHN-1.4a", "AUTHN-1.4b", "AUTHN-1.4c", "AUTHN-2.1a", "AUTHN-2.1b", "AUTHN-2.4b",
]  # fmt: skip


def without_mailbox(clause: str) -> Finding:
    return ask(replace(setting(Room()), mailbox=None), PROBES[clause])


@pytest.mark.parametrize("clause", PROBES)
def test_what_is_well_made_is_seen_to_be(clause: str) -> None:
    finding = found(clause)
    assert finding.outcome is Outcome.MET, finding.saw
    assert finding.exchanges


@pytest.mark.parametrize(("flaw", "says"), UNMET.items())
def test_a_flaw_is_seen_and_said(flaw: str, says: str) -> None:
    finding = found(flaw.partition(" ")[0], flaw)
    assert finding.outcome is Outcome.UNMET, finding.saw
    assert says in finding.saw


@pytest.mark.parametrize(("flaw", "says"), PARTLY.items())
def test_half_a_protection_is_seen_as_half(flaw: str, says: str) -> None:
    finding = found(flaw.partition(" ")[0], flaw)
    assert finding.outcome is Outcome.PARTLY, finding.saw
    assert says in finding.saw


def test_every_flaw_of_authentication_is_in_these_tables() -> None:
    assert {str(each) for each in every_flaw() if each.clause in PROBES} == {*UNMET, *PARTLY}


def test_where_nobody_is_told_of_anything_that_is_unmet() -> None:
    silent = [each for each in every_flaw() if each.startswith("AUTHN-1.4c silent")]
    assert found("AUTHN-1.4c", *silent).outcome is Outcome.UNMET


@pytest.mark.parametrize(
    ("clause", "need"), [(clause, need) for clause, each in PROBES.items() for need in sorted(each.needs)]
)
def test_a_probe_whose_operation_the_driver_lacks_is_not_run(clause: str, need: str) -> None:
    finding = found(clause, without=[Op(need)])
    assert finding.outcome is Outcome.NOT_RUN
    assert need.replace("_", " ") in finding.saw


@pytest.mark.parametrize(("clause", "op", "says"), CONTROLS)
def test_where_what_should_work_does_not_nothing_follows(clause: str, op: Op, says: str) -> None:
    finding = found(clause, refuse=[op])
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.saw
    assert finding.saw.startswith("control failed"), finding.saw
    assert says in finding.saw


@pytest.mark.parametrize("clause", READS_MAIL)
def test_where_mail_cannot_be_read_nothing_follows(clause: str) -> None:
    finding = without_mailbox(clause)
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.saw
    assert "cannot read the mail" in finding.saw


@pytest.mark.parametrize("clause", sorted(set(PROBES) - set(READS_MAIL) - {"AUTHN-1.3a"}))
def test_where_no_mail_is_needed_the_operators_people_do(clause: str) -> None:
    finding = without_mailbox(clause)
    assert finding.outcome is Outcome.MET, finding.saw


def test_without_other_addresses_the_limits_cannot_be_told_apart_and_it_says_so() -> None:
    finding = found("AUTHN-1.5a", other_sources=None)
    assert finding.outcome is Outcome.MET
    assert "cannot be told from one address" in finding.saw


def test_from_one_address_unlimited_guesses_are_seen_too() -> None:
    assert found("AUTHN-1.5a", "AUTHN-1.5a passwords-are-not-limited", other_sources=None).outcome is Outcome.UNMET


def test_where_no_factor_can_be_removed_no_notice_can_be_looked_for() -> None:
    finding = found("AUTHN-1.4b", refuse=[Op.REMOVE_TOTP, Op.REMOVE_WEBAUTHN])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "a second factor could not be removed" in finding.saw


@pytest.mark.parametrize("clause", ["AUTHN-2.3a", "AUTHN-3.2a"])
def test_where_the_last_factor_stays_newcomers_show_the_mandate(clause: str) -> None:
    finding = found(clause, refuse=[Op.REMOVE_TOTP, Op.REMOVE_WEBAUTHN])
    assert finding.outcome is Outcome.MET, finding.saw


def test_where_nobody_logs_in_before_they_are_verified_that_is_seen_to_be_well() -> None:
    finding = found("AUTHN-1.1a", STAYS_OUT)
    assert finding.outcome is Outcome.MET, finding.saw


def of_passwords(room: Room) -> Setting:
    """Return a run on the room as on a product that knows no token, no factor and no registration."""
    home = setting(room, without=[Op.REGISTER, Op.ADD_MAINTAINER, Op.ADD_TOKEN, Op.CREATE_TOKEN, Op.ENROL_TOTP])
    assert isinstance(home.target, DrivenTarget)
    known = home.target.specification
    upload = replace(known.operations[Op.PUBLISH_BY_PASSWORD], auth="basic {token}")
    target = replace(home.target, specification=replace(known, operations={**known.operations, Op.PUBLISH: upload}))
    accounts(room)["ada"] = Account("ada", "ada@weakroom.test", "correct-horse", verified=True)
    return replace(home, target=target, accounts=(("ada", "correct-horse"),))


def test_a_product_where_a_password_publishes_and_no_factor_is_known_is_unmet() -> None:
    room = Room(frozenset({Flaw("AUTHN-3.2a publishes-by-password-without-a-factor")}))
    finding = ask(of_passwords(room), PROBES["AUTHN-3.2a"])
    assert finding.outcome is Outcome.UNMET, finding.saw
    assert "publishing with a password" in finding.saw


def test_where_nobody_without_a_factor_can_be_had_nothing_follows() -> None:
    finding = ask(of_passwords(Room()), PROBES["AUTHN-3.2a"])
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.saw


def test_no_secret_of_any_person_stands_in_the_transcript() -> None:
    room = Room()
    home = setting(room)
    for each in PROBES.values():
        ask(home, each)
    written = "\n".join(f"{each.url} {each.excerpt} {each.headers}" for each in home.wire.transcript.exchanges)
    people = accounts(room).values()
    secrets = {each.password for each in people} | {each.totp_secret for each in people if each.totp_secret}
    secrets |= {code for each in people for code in each.recovery_codes}
    secrets |= {*room.shelf(Sessions), *room.shelf(Links), *room.shelf(WaysBack), *room.shelf(Tokens)}
    assert len(secrets) > 50
    assert not {secret for secret in secrets if secret in written}


def test_what_cannot_be_undone_or_makes_wary_is_asked_last() -> None:
    assert sorted((each.last, clause) for clause, each in PROBES.items() if each.last) == [
        (1, "AUTHN-1.5b"),
        (2, "AUTHN-1.5a"),
    ]
    irreversible = {clause for clause, each in PROBES.items() if each.safety is Safety.IRREVERSIBLE}
    assert irreversible == {"AUTHN-1.5a", "AUTHN-1.5b", "AUTHN-2.1a", "AUTHN-2.1b"}


@pytest.mark.parametrize("clause", PROBES)
def test_a_probe_stays_within_what_it_may_send_where_it_sends_most(clause: str) -> None:
    worst = ("AUTHN-1.5a limits-the-account-only", "AUTHN-1.5b recovery-codes-are-not-limited")
    finding = found(clause, *(flaw for flaw in worst if flaw.startswith(clause)))
    assert finding.outcome is not Outcome.ERROR
    assert len(finding.exchanges) <= 0.8 * PROBES[clause].requests
