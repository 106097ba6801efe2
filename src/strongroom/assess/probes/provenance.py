"""Are attestations of builds verified on entry, bound to the file, served and shown? (AUTHZ-3.3)

Principles: AUTHZ-3.3
"""

from html import escape

from strongroom.assess import scenes, trust
from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.attesting import Attester, Lie, digests_in
from strongroom.assess.drivers.operations import Op
from strongroom.assess.journal import Thing
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage
from strongroom.assess.trust import Trust


@probe(
    "AUTHZ-3.3a",
    Safety.SANDBOX,
    question="Are honest attestations taken, served and shown, and are files with dishonest ones refused?",
    yes="An honest attestation is served and shown with its file; a file with a dishonest one is refused.",
    no="A file with a dishonest attestation was taken, or an honest attestation is not served or not shown.",
    needs=(
        Op.PUBLISH, Op.FILES, Op.FETCH, Op.OIDC_AUDIENCE, Op.TRUST_PUBLISHER, Op.MINT, Op.PROVENANCE, Op.PROJECT_PAGE,
    ),
    requests=100,
)  # fmt: skip
def attestations_are_verified_served_and_shown(stage: Stage) -> Verdict:
    """Publish with an honest attestation, read it back, look at the page; then publish with each kind of lie."""
    attester: Attester = stage.tool("attester")
    found = trust.established(stage)
    _believed(stage, attester)
    file = wheel(found.project, "1.1")
    control(_gets_through(found, attester, file), "a file with an honest attestation was not taken")
    given = {"project": found.project, "version": file.version}
    answer = stage.perform(Op.PROVENANCE, filename=file.filename, **given)
    if file.sha256 not in list(digests_in(answer.values.get("provenance"))):
        return unmet("an honest attestation was taken, and what is served as provenance does not hold it")
    page = stage.demand(Op.PROJECT_PAGE, "the package's page could not be read", **given).text
    if escape(found.publisher.repository) not in page:
        return unmet("an honest attestation was taken, and the page does not show from which repository the file is")
    told = []
    for number, lie in enumerate(Lie, 2):
        if attester.attest(file, found.publisher, lie) is None:
            continue
        if _gets_through(found, attester, wheel(found.project, f"1.{number}"), lie):
            return unmet(f"a file with an attestation {lie.value} was taken")
        told.append(lie.value)
    if not told:
        raise Inconclusive("this run's attester cannot lie, so nothing shows that attestations are verified")
    # Where attestations are demanded once they were there, only a file with an honest one shows that files still pass.
    saw = "after the dishonest attestations a file with an honest one was not taken either"
    control(_gets_through(found, attester, wheel(found.project, "1.9")), saw)
    return met(f"an honest attestation is served and shown; files were refused with one {', '.join(told)}")


def _believed(stage: Stage, attester: Attester) -> None:
    """Have the operator believe the run's own Sigstore, where there is a way to and the attester has one."""
    if not attester.trust_root or not stage.target.can(Op.TRUST_SIGSTORE):
        return
    name = f"{stage.prefix}sigstore"
    stage.journal.about_to_make(Thing.SIGSTORE, name)
    saw = "the operator could not trust the run's own Sigstore"
    stage.demand(Op.TRUST_SIGSTORE, saw, name=name, trust_root=attester.trust_root)


def _gets_through(found: Trust, attester: Attester, file: Artefact, lie: Lie | None = None) -> bool:
    attestation = attester.attest(file, found.publisher, lie)
    token = found.minted().value("token")
    return scenes.gets_through(found.stage, token, file, attestations=[attestation])
