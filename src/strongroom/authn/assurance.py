"""How strongly a person has proved who they are, and how strongly each action needs it: one table.

Principles: AUTHN-2.3, AUTHN-3.2, AUTHN-3.3
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, Protocol

from strongroom.authn.accounts import Account
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


class Strength(IntEnum):
    """How strong a proof is. A recovery code is worth what a one-time code is: whoever is asked for it can type it."""

    NONE = 0
    PASSWORD = 1
    TOTP = 2
    PHISHING_RESISTANT = 3

    @property
    def words(self) -> str:
        """The strength as people read it."""
        return _WORDS[self]


_WORDS: Final = {
    Strength.NONE: "nothing",
    Strength.PASSWORD: "a password",
    Strength.TOTP: "a one-time code",
    Strength.PHISHING_RESISTANT: "a passkey or security key",
}

#: How long a proof allows what needs a fresh one.
SUDO: Final = timedelta(minutes=15)


class Action(StrEnum):
    """Everything that a person can do with an account."""

    LOOK = "look"
    READ = "read"
    END_SESSION = "end-session"
    VERIFY_ADDRESS = "verify-address"
    ADD_ADDRESS = "add-address"
    REMOVE_ADDRESS = "remove-address"
    MAKE_PRIMARY = "make-primary"
    CHANGE_PASSWORD = "change-password"  # noqa: S105 (an action's name)
    ADD_TOTP = "add-totp"
    REMOVE_TOTP = "remove-totp"
    ADD_KEY = "add-key"
    REMOVE_KEY = "remove-key"
    MAKE_RECOVERY_CODES = "make-recovery-codes"
    CREATE_TOKEN = "create-token"  # noqa: S105
    REVOKE_TOKEN = "revoke-token"  # noqa: S105
    CANCEL_RECOVERY = "cancel-recovery"
    CLAIM_VOUCHER = "claim-voucher"
    REMOVE_ACCOUNT = "remove-account"
    HOLD_ROLE = "hold-role"
    PUBLISH = "publish"
    MANAGE = "manage"
    GOVERN = "govern"
    PUBLISH_CRITICAL = "publish-critical"
    MANAGE_CRITICAL = "manage-critical"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Need:
    """What an action takes: a strength, a fresh proof (sudo), a verified address, an account that is not cooling off.

    `despite_leak`: may be done before a leaked password has been changed.
    """

    strength: Strength
    sudo: bool = False
    verified: bool = False
    settled: bool = False
    despite_leak: bool = False


_MAINTAIN: Final = Need(Strength.TOTP, verified=True, settled=True)
_OWN: Final = Need(Strength.PASSWORD, sudo=True)
#: What cannot be undone waits until whoever was there before has heard of a recovery.
_FAR_REACHING: Final = Need(Strength.PASSWORD, sudo=True, settled=True)

#: Who has no second factor yet can do what leads to one, and nothing that concerns a project.
NEEDS: Final[Mapping[Action, Need]] = {
    # What is private is read with an account that is in order; whoever reads changes nothing.
    Action.READ: Need(Strength.NONE, verified=True),
    Action.LOOK: Need(Strength.NONE, despite_leak=True),
    Action.END_SESSION: Need(Strength.NONE, despite_leak=True),
    Action.VERIFY_ADDRESS: Need(Strength.NONE, despite_leak=True),
    Action.CANCEL_RECOVERY: Need(Strength.PASSWORD, despite_leak=True),
    Action.CHANGE_PASSWORD: Need(Strength.NONE, sudo=True, despite_leak=True),
    Action.ADD_KEY: Need(Strength.NONE, sudo=True),
    Action.ADD_TOTP: _OWN,
    Action.REMOVE_TOTP: _OWN,
    Action.REMOVE_KEY: _OWN,
    Action.MAKE_RECOVERY_CODES: Need(Strength.TOTP, sudo=True),
    Action.ADD_ADDRESS: _OWN,
    Action.REMOVE_ADDRESS: _FAR_REACHING,
    Action.MAKE_PRIMARY: _FAR_REACHING,
    Action.REVOKE_TOKEN: Need(Strength.PASSWORD),
    Action.REMOVE_ACCOUNT: _FAR_REACHING,
    Action.CREATE_TOKEN: Need(Strength.TOTP, sudo=True, verified=True, settled=True),
    Action.CLAIM_VOUCHER: _MAINTAIN,
    Action.HOLD_ROLE: Need(Strength.TOTP, verified=True),
    Action.PUBLISH: _MAINTAIN,
    Action.MANAGE: _MAINTAIN,
    # What changes who may publish, or how: trusted publishers, policies, removal, handing over, a second person's yes.
    Action.GOVERN: Need(Strength.TOTP, sudo=True, verified=True, settled=True),
    Action.PUBLISH_CRITICAL: Need(Strength.PHISHING_RESISTANT, verified=True, settled=True),
    Action.MANAGE_CRITICAL: Need(Strength.PHISHING_RESISTANT, sudo=True, verified=True, settled=True),
    Action.ADMINISTER: Need(Strength.TOTP, sudo=True, verified=True, settled=True),
}


#: What somebody may do whose factor is lost, for 15 minutes after a recovery code let them in: replace it.
REPLACING: Final = frozenset({Action.ADD_KEY, Action.ADD_TOTP, Action.REMOVE_KEY, Action.MAKE_RECOVERY_CODES})


class Proof(Protocol):
    """What somebody came with: a session, or a token."""

    @property
    def strength(self) -> Strength:
        """How strongly the person had proved who they are when they got it."""

    @property
    def proved(self) -> datetime | None:
        """When they last proved it as strongly as they can; None where a fresh proof is impossible, as by a token."""


def strength_held(account: Account, now: datetime) -> Strength:
    """Return the strongest proof that the account could give today, whatever it gave when it got its credential."""
    vouched = account.vouched_until is not None and now < account.vouched_until
    return max(own_strength(account), Strength(account.vouched) if vouched else Strength.NONE)


def own_strength(account: Account) -> Strength:
    """Return the strongest proof that the account can give here, without anybody's provider."""
    if account.keys:
        return Strength.PHISHING_RESISTANT
    if account.totp_secret:
        return Strength.TOTP
    return Strength.PASSWORD if account.password_hash else Strength.NONE


def has_second_factor(account: Account, now: datetime) -> bool:
    """Report whether more than a password stands before the account."""
    return strength_held(account, now) >= Strength.TOTP


@upholds("AUTHN-2.3", "AUTHN-3.2", "AUTHN-3.3")
def require_action(
    action: Action, account: Account, proof: Proof, now: datetime, *, replaces_until: datetime | None = None
) -> None:
    """Refuse an action that needs a stronger proof, a fresher one, or an account in a better state.

    Both count, in every action: what the account holds today and what the credential was got with. So a token of an
    account that lost its factor stops working, and a session that was opened with less than a key never acts with the
    strength of the key that its owner has somewhere else. `replaces_until`: until then the session stands for a fresh
    proof, in the few actions by which a lost factor is replaced.
    """
    need = NEEDS[action]
    require_enabled(account)
    if account.must_change_password and not need.despite_leak:
        raise Refused(
            "change-password-first",
            "Your password is on a public list of leaked ones. Change it before anything else.",
            principle="AUTHN-2.4",
        )
    if need.verified:
        require_verified(account)
    _require_strength(need.strength, account, proof, now)
    if need.settled:
        require_settled(account, now)
    is_replacing = action in REPLACING and replaces_until is not None and now < replaces_until
    if need.sudo and not is_replacing:
        require_sudo(account, proof, now)


def _require_strength(needed: Strength, account: Account, proof: Proof, now: datetime) -> None:
    if strength_held(account, now) < needed:
        if needed is Strength.PASSWORD:
            raise Refused(
                "needs-stronger-proof",
                f"This needs at least a password, and {account.name} has nothing to sign in with. Set a password or "
                "enrol a passkey first.",
                principle="AUTHN-3.2",
            )
        if needed is Strength.PHISHING_RESISTANT:
            raise Refused(
                "needs-phishing-resistant",
                f"This concerns a critical project, and {account.name} has no passkey or security key. Enrol one, then "
                "try again.",
                principle="AUTHN-3.3",
            )
        raise Refused(
            "needs-second-factor",
            f"Everybody who publishes or manages has a second factor, and {account.name} has none. Enrol one, then try "
            "again.",
            principle="AUTHN-3.2",
        )
    if proof.strength < needed:
        raise Refused(
            "needs-stronger-proof",
            f"You came with {proof.strength.words}; this needs {needed.words}. Sign in with it, then try again.",
            principle="AUTHN-3.3" if needed is Strength.PHISHING_RESISTANT else "AUTHN-3.2",
        )


def require_sudo(account: Account, proof: Proof, now: datetime) -> None:
    """Refuse unless the strongest proof that the account can give was given in the last 15 minutes."""
    strongest = strength_held(account, now)
    if proof.proved is None or now - proof.proved > SUDO or proof.strength < strongest:
        raise Refused(
            "prove-again",
            f"Confirm that it is you, with {strongest.words}: what you are about to do needs a proof that is fresh.",
            principle="AUTHN-3.2",
        )


def require_enabled(account: Account) -> None:
    """Refuse an account that an administrator has disabled, by any credential."""
    if account.is_disabled:
        raise Refused("account-disabled", f"The account {account.name} is disabled. Ask an administrator of this site.")


@upholds("AUTHN-1.1")
def require_verified(account: Account) -> None:
    """Refuse an account whose primary address nobody has verified, or whose domain came into other hands."""
    if not account.email_verified:
        raise Refused(
            "email-not-verified",
            f"The e-mail address of {account.name} is not verified. Verify it, then try again.",
            principle="AUTHN-1.1",
        )


def require_settled(account: Account, now: datetime) -> None:
    """Refuse whoever was recovered, or changed the primary address, in the last 72 hours: they may look, no more."""
    until = account.read_only_until
    if until is not None and now < until:
        raise Refused(
            "cooling-off",
            f"{account.name} can read but not change anything until {until:%Y-%m-%d %H:%M} UTC, since the account was "
            "recovered or its primary address was changed.",
            principle="AUTHN-1.2",
        )


def may_hold_role(person: Account, now: datetime) -> bool:
    """Report whether `require_may_hold_role` would let this person have a role."""
    return not person.is_disabled and person.email_verified and has_second_factor(person, now)


def require_may_hold_role(person: Account, now: datetime) -> None:
    """Refuse a role to somebody whose address is not verified, or who has no second factor."""
    if person.is_disabled or not person.email_verified:
        raise Refused(
            "email-not-verified",
            f"{person.name} has no verified e-mail address yet, and can be given no role before.",
            principle="AUTHN-1.1",
        )
    if not has_second_factor(person, now):
        raise Refused(
            "needs-second-factor",
            f"{person.name} has no second factor yet, and can be given no role before.",
            principle="AUTHN-3.2",
        )
