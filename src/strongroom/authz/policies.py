"""What a project demands of every upload: set by its owner, raised but never lowered by organisation and instance.

Where two people are demanded, two lower it: one asks, and another confirms.

Principles: AUTHZ-2.1, AUTHZ-3.1, AUTHZ-3.3
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from strongroom.authn.accounts import AccountName
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

WORDS: Final = {
    Demand.TRUSTED_PUBLISHING: "Only trusted publishers upload: no token of a person does.",
    Demand.ATTESTATIONS: "Every file comes with attestations of who built it, from which commit.",
    Demand.TWO_PEOPLE: "What is uploaded waits until a second person approves of it.",
}


#: How long it waits that a policy be lowered: as long as an upload waits.
ASK_LIFE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Ask:
    """That somebody wants a project, or an organisation, to demand no more what it does: it waits for a second person.

    `lifted` are the demands that would go, and no other goes with them, whatever is demanded by then. `organisation`
    is "" where it is about a project.
    """

    identifier: str
    project: ProjectName | None
    organisation: str
    lifted: Policy
    by: AccountName
    asked: datetime
    expires: datetime

    @property
    def where(self) -> str:
        """The name of the project or organisation."""
        return str(self.project) if self.project else self.organisation

    def waits(self, own: Policy, now: datetime) -> bool:
        """Report whether it waits still: its time is not over, and some of it is in `own`, what is demanded there."""
        return now < self.expires and bool(self.lifted & own)


def waiting_ask(ask: Ask | None, own: Policy, now: datetime) -> Ask | None:
    """Return what is asked when it waits still, else None."""
    return ask if ask is not None and ask.waits(own, now) else None


class AskBook(Protocol):
    """What was asked of policies, inside one open transaction: one thing at a time for each project or organisation."""

    def put_ask(self, ask: Ask) -> None:
        """Keep it, in place of what was asked before for the same project or organisation."""

    def ask(self, identifier: str) -> Ask | None:
        """Return what was asked, also when its time is over, or None."""

    def ask_of(self, project: ProjectName | None, organisation: str) -> Ask | None:
        """Return what is asked for a project, or with None for an organisation, also when its time is over, or None."""

    def remove_ask_of(self, project: ProjectName | None, organisation: str) -> None:
        """Forget what is asked for a project, or with None for an organisation."""

    def asks_before(self, moment: datetime) -> Sequence[Ask]:
        """Return what has waited past its time."""


@upholds("AUTHZ-2.1")
def lifted_by_two(own: Policy, wanted: Policy, in_force: Policy) -> Policy:
    """Return what of `own` nobody lifts alone to come to `wanted`: while two people are in force, all that goes.

    Else whoever has stolen one owner's session would lift the demand first, and publish alone after.
    """
    return own - wanted if Demand.TWO_PEOPLE in in_force else frozenset()


@upholds("AUTHZ-2.1")
def two_people_below(policies: Iterable[Policy]) -> Policy:
    """Return the demand of two people when any of these projects' policies makes it, else nothing.

    What their organisation demands protects those projects too: one owner alone takes it from none of them.
    """
    return frozenset({Demand.TWO_PEOPLE}) if any(Demand.TWO_PEOPLE in each for each in policies) else frozenset()


@upholds("AUTHZ-2.1")
def require_another(ask: Ask, actor: AccountName) -> None:
    """Refuse whoever asked: by another session of the same account one would be two."""
    if ask.by == actor:
        raise Refused(
            "needs-second-person",
            "You asked for this yourself. Somebody else who may set the policy confirms it.",
            principle="AUTHZ-2.1",
        )


@contextmanager
def judging(person: str, did: str) -> Iterator[None]:
    """Judge anew, for whoever answers, somebody else, who `did` it: what is refused inside is no fault of theirs.

    Nothing more is told of it, which is between that person and this repository.
    """
    try:
        yield
    except Refused as refused:
        raise Refused(
            "not-allowed",
            f"{person}, who {did}, could not do so now: their account or their proof is too weak for it. Decline it, "
            "and let them do it again.",
            principle=refused.principle,
        ) from None


def parse_policy(words: list[str]) -> Policy:
    """Return the policy of these words; ValueError when one is none that there is."""
    try:
        return frozenset(Demand(word) for word in words)
    except ValueError:
        raise ValueError(f"A policy is made of: {', '.join(Demand)}.") from None


@upholds("AUTHZ-3.1")
def require_trusted(policy: Policy, publisher: str, project: ProjectName) -> None:
    """Refuse the token of a person where only trusted publishers upload: none can be stolen that lasts (AUTHZ-3.1)."""
    if Demand.TRUSTED_PUBLISHING in policy and not publisher:
        raise Refused(
            "trusted-publishing-only",
            f"{project} takes files from its trusted publishers alone. Publish from the workflow that is configured.",
            principle="AUTHZ-3.1",
        )


@upholds("AUTHZ-3.3")
def require_attested(policy: Policy, project: ProjectName, *, is_attested: bool) -> None:
    """Refuse a file without attestations where every file must have them (AUTHZ-3.3)."""
    if Demand.ATTESTATIONS in policy and not is_attested:
        raise Refused(
            "attestation-required",
            f"{project} takes no file without attestations. Let the workflow that publishes make them: twine and uv "
            "send what lies beside the file.",
            principle="AUTHZ-3.3",
        )
