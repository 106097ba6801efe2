"""Each action has its need, and it is held to: what an account has, what was proved, how lately, in what state.

Principles: AUTHN-2.3, AUTHN-2.4, AUTHN-3.2, AUTHN-3.3
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from strongroom.authn.accounts import Account, AccountName
from strongroom.authn.assurance import (
    NEEDS,
    SUDO,
    Action,
    Strength,
    has_second_factor,
    require_action,
    strength_held,
)
from strongroom.kernel.refusals import Refused

pytestmark = pytest.mark.principle("AUTHN-2.3", "AUTHN-3.2", "AUTHN-3.3")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HELD: dict[Strength, dict[str, object]] = {
    Strength.NONE: {},
    Strength.PASSWORD: {"password_hash": "x"},
    Strength.TOTP: {"password_hash": "x", "totp_secret": "x"},
    Strength.PHISHING_RESISTANT: {"password_hash": "x", "totp_secret": "x", "keys": 1},
}

#: What may be done before a leaked password has been changed: look, leave, and what mends it.
DESPITE_LEAK = {
    Action.LOOK,
    Action.END_SESSION,
    Action.VERIFY_ADDRESS,
    Action.CANCEL_RECOVERY,
    Action.CHANGE_PASSWORD,
}
FOR_PROJECTS = {
    Action.CREATE_TOKEN,
    Action.CLAIM_VOUCHER,
    Action.HOLD_ROLE,
    Action.PUBLISH,
    Action.MANAGE,
    Action.PUBLISH_CRITICAL,
    Action.MANAGE_CRITICAL,
    Action.ADMINISTER,
}


@dataclass(frozen=True)
class Came:
    """What somebody came with."""

    strength: Strength
    proved: datetime | None = NOW


def ada(held: Strength = Strength.PHISHING_RESISTANT, **changed: object) -> Account:
    account = Account(AccountName("ada"), "ada@example.org", True, False, NOW)
    return replace(account, **{**HELD[held], **changed})  # type: ignore[arg-type]


def outcome(action: Action, account: Account, proof: Came, now: datetime = NOW) -> str:
    """Return the code of the refusal, "" when the action is allowed."""
    try:
        require_action(action, account, proof, now)
    except Refused as refused:
        assert refused.says.endswith(".")
        return refused.code
    return ""


def expected(action: Action, held: Strength, came: Strength) -> str:
    """Return what the table says, for an account and a proof without any other fault."""
    need = NEEDS[action]
    if held < need.strength:
        lacks = {Strength.PHISHING_RESISTANT: "needs-phishing-resistant", Strength.TOTP: "needs-second-factor"}
        return lacks.get(need.strength, "needs-stronger-proof")
    if came < need.strength:
        return "needs-stronger-proof"
    return "prove-again" if need.sudo and came < held else ""


def test_every_action_has_its_need() -> None:
    assert set(NEEDS) == set(Action)


@pytest.mark.parametrize("came", Strength)
@pytest.mark.parametrize("held", Strength)
@pytest.mark.parametrize("action", Action)
def test_both_what_is_held_and_what_was_proved_decide(action: Action, held: Strength, came: Strength) -> None:
    assert outcome(action, ada(held), Came(came)) == expected(action, held, came)


@pytest.mark.parametrize("action", sorted(FOR_PROJECTS))
def test_nothing_that_concerns_a_project_is_done_without_a_second_factor(action: Action) -> None:
    assert NEEDS[action].strength >= Strength.TOTP
    assert NEEDS[action].verified
    for held in (Strength.NONE, Strength.PASSWORD):
        assert outcome(action, ada(held), Came(held))


@pytest.mark.parametrize("action", [Action.PUBLISH_CRITICAL, Action.MANAGE_CRITICAL])
def test_a_critical_project_needs_what_cannot_be_phished(action: Action) -> None:
    assert outcome(action, ada(Strength.TOTP), Came(Strength.TOTP)) == "needs-phishing-resistant"
    assert outcome(action, ada(), Came(Strength.TOTP)) == "needs-stronger-proof"
    assert outcome(action, ada(), Came(Strength.PHISHING_RESISTANT)) == ""


def test_a_token_of_an_account_that_lost_its_factor_stops_working() -> None:
    token = Came(Strength.PHISHING_RESISTANT, proved=None)
    assert outcome(Action.PUBLISH, ada(), token) == ""
    assert outcome(Action.PUBLISH, ada(Strength.PASSWORD), token) == "needs-second-factor"


def test_who_has_no_factor_yet_can_do_what_leads_to_one() -> None:
    for action in (Action.ADD_KEY, Action.ADD_TOTP):
        assert outcome(action, ada(Strength.PASSWORD), Came(Strength.PASSWORD)) == ""
    assert outcome(Action.ADD_KEY, ada(Strength.NONE), Came(Strength.NONE)) == ""


@pytest.mark.parametrize("action", [action for action in Action if NEEDS[action].sudo])
def test_a_proof_is_fresh_for_15_minutes(action: Action) -> None:
    assert timedelta(minutes=15) == SUDO
    proof = Came(Strength.PHISHING_RESISTANT)
    assert outcome(action, ada(), proof, NOW + SUDO) == ""
    assert outcome(action, ada(), proof, NOW + SUDO + SECOND) == "prove-again"
    assert outcome(action, ada(), Came(Strength.PHISHING_RESISTANT, proved=None)) == "prove-again", "as by a token"


@pytest.mark.parametrize("action", [action for action in Action if not NEEDS[action].sudo])
def test_what_needs_no_fresh_proof_is_allowed_all_the_session(action: Action) -> None:
    assert outcome(action, ada(), Came(Strength.PHISHING_RESISTANT), NOW + timedelta(hours=11)) == ""


def test_what_changes_how_somebody_signs_in_needs_a_fresh_proof() -> None:
    for action in Action:
        if action.value.startswith(("add-", "change-", "make-", "create-")) or action.value in (
            "remove-totp",
            "remove-key",
            "remove-address",
            "remove-account",
        ):
            assert NEEDS[action].sudo, action


@pytest.mark.principle("AUTHN-2.4")
@pytest.mark.parametrize("action", Action)
def test_a_leaked_password_is_changed_before_anything_else(action: Action) -> None:
    code = outcome(action, ada(must_change_password=True), Came(Strength.PHISHING_RESISTANT))
    assert code == ("" if action in DESPITE_LEAK else "change-password-first")


@pytest.mark.parametrize("action", Action)
def test_a_disabled_account_does_nothing_at_all(action: Action) -> None:
    account = ada(is_disabled=True, must_change_password=True, email_verified=False)
    assert outcome(action, account, Came(Strength.PHISHING_RESISTANT)) == "account-disabled"


@pytest.mark.parametrize("action", Action)
def test_an_address_that_nobody_verified_stops_what_needs_one(action: Action) -> None:
    code = outcome(action, ada(email_verified=False), Came(Strength.PHISHING_RESISTANT))
    assert code == ("email-not-verified" if NEEDS[action].verified else "")


@pytest.mark.parametrize("action", Action)
def test_who_was_recovered_looks_and_does_no_more_until_the_time_is_over(action: Action) -> None:
    account = ada(read_only_until=NOW + SUDO)
    proof = Came(Strength.PHISHING_RESISTANT)
    assert outcome(action, account, proof) == ("cooling-off" if NEEDS[action].settled else "")
    assert outcome(action, account, proof, NOW + SUDO) == ""


def test_whatever_changes_a_project_waits_until_an_account_is_settled() -> None:
    assert {action for action in FOR_PROJECTS if not NEEDS[action].settled} == {Action.HOLD_ROLE}


@pytest.mark.parametrize("vouched", Strength)
@pytest.mark.parametrize("held", Strength)
def test_a_providers_word_counts_until_its_time_is_over(held: Strength, vouched: Strength) -> None:
    account = ada(held, vouched=int(vouched), vouched_until=NOW)
    assert strength_held(account, NOW - SECOND) == max(held, vouched)
    assert strength_held(account, NOW) == held
    assert strength_held(replace(account, vouched_until=None), NOW) == held
    assert has_second_factor(account, NOW - SECOND) == (max(held, vouched) >= Strength.TOTP)


@pytest.mark.parametrize("strength", Strength)
def test_every_strength_can_be_told_to_people(strength: Strength) -> None:
    assert strength.words


@pytest.mark.parametrize("action", Action)
def test_for_a_quarter_of_an_hour_a_recovery_code_stands_for_a_fresh_proof_where_a_factor_is_replaced(
    action: Action,
) -> None:
    account, proof = ada(Strength.PHISHING_RESISTANT), Came(Strength.TOTP)
    replacing = {Action.ADD_KEY, Action.ADD_TOTP, Action.REMOVE_KEY, Action.MAKE_RECOVERY_CODES}
    for until, is_good in ((NOW + SECOND, True), (NOW, False)):
        try:
            require_action(action, account, proof, NOW, replaces_until=until)
            said = ""
        except Refused as refused:
            said = refused.code
        assert said == ("" if is_good and action in replacing else outcome(action, account, proof))


def test_what_cannot_be_undone_waits_until_an_account_is_settled() -> None:
    for action in (Action.REMOVE_ACCOUNT, Action.REMOVE_ADDRESS, Action.MAKE_PRIMARY):
        assert NEEDS[action].settled, action


def test_who_can_sign_in_with_nothing_is_told_to_set_a_password_first() -> None:
    with pytest.raises(Refused, match="Set a password or enrol a passkey") as refused:
        require_action(Action.ADD_TOTP, ada(Strength.NONE), Came(Strength.NONE), NOW)
    assert "publishes" not in refused.value.says
