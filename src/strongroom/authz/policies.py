"""What a project demands of every upload: set by its owner, raised but never lowered by organisation and instance.

Principles: AUTHZ-3.1, AUTHZ-3.3
"""

from typing import Final

from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand, Policy
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

WORDS: Final = {
    Demand.TRUSTED_PUBLISHING: "Only trusted publishers upload: no token of a person does.",
    Demand.ATTESTATIONS: "Every file comes with attestations of who built it, from which commit.",
    Demand.TWO_PEOPLE: "What is uploaded waits until a second person approves of it.",
}


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
