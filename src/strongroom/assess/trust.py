"""What probes of trusted publishing begin with: a trusted issuer, and a package that trusts a publisher.

Principles: AUTHZ-3.1
"""

from dataclasses import dataclass
from typing import Any

from strongroom.assess import scenes
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.issuer import Issuer, Publisher
from strongroom.assess.journal import Thing
from strongroom.assess.probing import control
from strongroom.assess.stage import Person, Stage


@dataclass(frozen=True)
class Trust:
    """A package, its owner with a token for all of their packages, and the publisher whom the package trusts."""

    stage: Stage
    issuer: Issuer
    publisher: Publisher
    audience: str
    owner: Person
    token: str
    project: str

    def claims(self, publisher: Publisher | None = None, **others: object) -> dict[str, Any]:
        """Return new claims of the trusted publisher, or of another, with whatever shall be otherwise."""
        now, jti = self.stage.clock(), self.stage.chance.text(24)
        return {**self.issuer.claims(publisher or self.publisher, self.audience, now, jti), **others}

    def mint(self, identity_token: str) -> Answer:
        """Ask for a token in exchange for an identity token."""
        return self.stage.perform(Op.MINT, identity_token=identity_token)

    def minted(self) -> Answer:
        """Return the answer to an honest identity token; ControlFailed when it brings no token."""
        saw = "an honest identity token of the trusted publisher was not exchanged"
        answer = self.stage.demand(Op.MINT, saw, identity_token=self.issuer.signed(self.claims()))
        control(answer.value("token"), f"{saw}: the answer has no token")
        return answer


def established(stage: Stage) -> Trust:
    """Publish a package, and make it trust a publisher of an issuer of the run's own."""
    issuer: Issuer = stage.tool("issuer")
    owner = scenes.maintainer(stage)
    session = scenes.log_in(stage, owner)
    token = scenes.token_for(stage, owner)
    project = scenes.published(stage, token).project
    publisher = Publisher(f"owner-{stage.prefix}", "4711", f"repo-{project}", "471100")
    if stage.target.can(Op.TRUST_ISSUER):
        stage.journal.about_to_make(Thing.ISSUER, issuer.address)
        stage.demand(Op.TRUST_ISSUER, "the operator could not trust the run's issuer", issuer=issuer.address)
    audience = stage.demand(Op.OIDC_AUDIENCE, "the audience could not be read").value("audience")
    stage.demand(
        Op.TRUST_PUBLISHER,
        "the package's owner could not trust a publisher",
        session=session,
        project=project,
        issuer=issuer.address,
        subject=publisher.subject,
        owner=publisher.owner,
        owner_id=publisher.owner_id,
        repository=publisher.repository,
        repository_id=publisher.repository_id,
        workflow=publisher.workflow,
    )
    return Trust(stage, issuer, publisher, audience, owner, token, project)
