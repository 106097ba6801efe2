"""Getting back into an account whose factors are lost: two independent proofs, a waiting time, and everybody told.

`docs/policies/recovery.md` says the same to people.

Principles: AUTHN-1.2, AUTHN-2.1
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from strongroom.authn.accounts import Account, AccountName, Address
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

#: After a recovery, or a change of the primary address, an account can look and do no more for this long.
COOLING: Final = timedelta(hours=72)
SHORTEST_WAIT: Final = timedelta(hours=24)
#: A recovery that nobody finishes ends by itself.
RECOVERY_LIFE: Final = timedelta(days=30)


class ProofKind(StrEnum):
    """What counts as a proof that an account is somebody's, who has lost its factors."""

    ADDRESS = "address"
    SECOND_ADDRESS = "second-address"
    RECOVERY_CODE = "recovery-code"
    ADMINISTRATORS = "administrators"


class RecoveryState(StrEnum):
    """How far a recovery has come."""

    OPEN = "open"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Recovery:
    """One attempt to get back in. `ready` is when it may be finished, None until two proofs are there.

    `approvals` are the administrators who have vouched for the person; `electors` those who may, and `quorum` how many
    of them must: both as they were when it began, so that nobody changes them for its sake. `second` is the id of the
    second address that was a proof, 0 for none: it must hold until the end.
    """

    identifier: str
    account: AccountName
    requested: datetime
    ready: datetime | None
    proofs: frozenset[ProofKind]
    approvals: frozenset[str]
    source: str
    state: RecoveryState = RecoveryState.OPEN
    electors: frozenset[str] = frozenset()
    quorum: int = 0
    second: int = 0


class RecoveryBook(Protocol):
    """Recoveries, inside one open transaction."""

    def recovery(self, identifier: str) -> Recovery | None:
        """Return a recovery, or None."""

    def open_recovery_of(self, name: AccountName) -> Recovery | None:
        """Return the recovery of an account that is under way, or None."""

    def open_recoveries(self) -> Sequence[Recovery]:
        """Return every recovery that is under way, oldest first."""

    def keep_recovery(self, recovery: Recovery) -> None:
        """Keep a recovery, new or changed."""


def resets_by_mail(account: Account, has_role: bool) -> bool:
    """Report whether mail alone sets a new password: the account never had a second factor, nor has it any role.

    There is nothing to be had by it but the account's name.
    """
    return not account.had_factor and not has_role and not account.keys and not account.totp_secret


@upholds("AUTHN-2.1b")
def way_in(addresses: Iterable[Address], said: str) -> Address | None:
    """Return the address of an account that `said` names, if an account may be recovered through it; else None.

    One whose domain has lapsed, was registered anew, or could not be judged, is no way in (AUTHN-2.1 b).
    """
    folded = said.lower()
    return next((each for each in addresses if each.recovers and each.address.lower() == folded), None)


def is_independent(first: str, second: str) -> bool:
    """Report whether two registrable domains are two: who holds one does not thereby hold the other."""
    return first.lower() != second.lower()


def with_proof(recovery: Recovery, proof: ProofKind, now: datetime, wait: timedelta) -> Recovery:
    """Return the recovery with one proof more; with the second the waiting begins."""
    proofs = recovery.proofs | {proof}
    ready = recovery.ready
    if ready is None and ProofKind.ADDRESS in proofs and len(proofs) >= 2:
        ready = now + max(wait, SHORTEST_WAIT)
    return replace(recovery, proofs=proofs, ready=ready)


@upholds("AUTHN-1.2")
def require_ready(recovery: Recovery | None, now: datetime) -> Recovery:
    """Return the recovery; Refused while a proof is missing, while the waiting lasts, and when it has ended."""
    if recovery is None or recovery.state is not RecoveryState.OPEN or now - recovery.requested > RECOVERY_LIFE:
        raise Refused("recovery-ended", "This recovery was cancelled, finished, or has ended.", principle="AUTHN-1.2")
    if ProofKind.ADDRESS not in recovery.proofs or len(recovery.proofs) < 2 or recovery.ready is None:
        raise Refused(
            "recovery-needs-proof",
            "One proof more is needed: a recovery code, a second verified address, or the administrators' word.",
            principle="AUTHN-1.2",
        )
    if now < recovery.ready:
        raise Refused(
            "recovery-waits",
            f"The waiting time ends on {recovery.ready:%Y-%m-%d at %H:%M} UTC; until then the owner can object.",
            principle="AUTHN-1.2",
        )
    return recovery
