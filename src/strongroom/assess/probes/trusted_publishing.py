"""Are identity tokens of builds exchanged for short-lived tokens, and only honest ones? (AUTHZ-3.1)

Principles: AUTHZ-3.1
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from strongroom.assess import scenes, trust
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage
from strongroom.assess.trust import Trust

LONGEST_LIFE_SECONDS: Final = 900
LONG_SECONDS: Final = 3600
_NEEDS: Final = (Op.PUBLISH, Op.FILES, Op.FETCH, Op.OIDC_AUDIENCE, Op.TRUST_PUBLISHER, Op.MINT)


@probe(
    "AUTHZ-3.1a",
    Safety.SANDBOX,
    question="Is an honest identity token exchanged, and is every other one refused?",
    yes="An honest identity token is exchanged once; forged, mis-claimed, expired and replayed ones are refused.",
    no="An identity token that should not be believed was exchanged.",
    needs=_NEEDS,
)
def only_honest_identity_tokens_are_exchanged(stage: Stage) -> Verdict:
    """Exchange an honest token and publish with what it brings; then send dishonest ones, and an honest one twice."""
    found = trust.established(stage)
    scenes.published(stage, found.minted().value("token"), project=found.project, version="1.1")
    lies = 0
    for lie, identity_token in _lies(found):
        if _is_believed(found, lie, identity_token):
            return unmet(f"an identity token {lie} was exchanged")
        lies += 1
    once = found.issuer.signed(found.claims())
    control(found.mint(once).kind.is_yes, "after the dishonest identity tokens an honest one was not exchanged either")
    if _is_believed(found, "that had been used", once):
        return unmet("an identity token that had been used was exchanged again")
    return met(f"an honest identity token was exchanged, once; {lies} dishonest ones were refused")


def _is_believed(found: Trust, lie: str, identity_token: str) -> bool:
    answer = found.mint(identity_token)
    if answer.value("token"):
        return True
    if not answer.kind.is_no:
        raise Inconclusive(f"to an identity token {lie} the answer was {answer.kind.value} (status {answer.status})")
    return False


def _lies(found: Trust) -> Iterator[tuple[str, str]]:
    """Yield each identity token that must be refused, after what is wrong with it."""
    issuer, publisher, now = found.issuer, found.publisher, int(found.stage.clock())
    yield "that is none at all", "not.an.identity-token"
    yield "without a signature", issuer.unsigned(found.claims())
    yield "signed with the public key as a secret", issuer.with_public_key_as_secret(found.claims())
    yield "signed by another key of the same name", issuer.by_other_key(found.claims())
    yield "changed after it was signed", issuer.with_other_claims(found.claims(), run_id="2")
    yield "for another audience", issuer.signed(found.claims(aud="https://elsewhere.invalid"))
    yield "of another issuer", issuer.signed(found.claims(iss="https://issuer.invalid"))
    over: dict[str, Any] = {"iat": now - 2 * LONG_SECONDS, "nbf": now - 2 * LONG_SECONDS, "exp": now - LONG_SECONDS}
    yield "that has expired", issuer.signed(found.claims(**over))
    early: dict[str, Any] = {"iat": now + LONG_SECONDS, "nbf": now + LONG_SECONDS, "exp": now + 2 * LONG_SECONDS}
    yield "that is not valid yet", issuer.signed(found.claims(**early))
    other = replace(publisher, repository=f"{publisher.repository}-fork", repository_id="471199")
    yield "of another repository", issuer.signed(found.claims(other))
    yield "of another workflow", issuer.signed(found.claims(replace(publisher, workflow="other.yml")))
    # Who takes a name that its owner gave up has the same names, and other numbers.
    yield "of somebody who took over the owner's name", issuer.signed(found.claims(replace(publisher, owner_id="4799")))


@probe(
    "AUTHZ-3.1b",
    Safety.SANDBOX,
    question="Is the token that an identity token brings good for one package and at most 15 minutes?",
    yes="The minted token publishes to its own package only, and is dead after at most 15 minutes.",
    no="The minted token published to another package, or lives longer than 15 minutes.",
    needs=_NEEDS,
    seconds=1200.0,
)
def minted_token_is_narrow_and_short(stage: Stage) -> Verdict:
    """Publish with a minted token, try another package and a new one, wait until it should be dead, and try again."""
    found = trust.established(stage)
    answer, since = found.minted(), stage.clock()
    token = answer.value("token")
    scenes.published(stage, token, project=found.project, version="1.1")
    other = scenes.published(stage, found.token, project=stage.project("other")).project
    if scenes.gets_through(stage, token, wheel(other, "1.1")):
        return unmet("a minted token published to another package of the same owner")
    if scenes.gets_through(stage, token, wheel(stage.project("new"), "1.0")):
        return unmet("a minted token created another package")
    life = _life(answer, since)
    if life > LONGEST_LIFE_SECONDS:
        return unmet(f"a minted token says that it lives {life:.0f} seconds")
    patience = float(stage.tools.get("patience_seconds") or 0)
    if patience <= life:
        raise Inconclusive(
            f"a minted token published to its package only and says that it lives {life:.0f} seconds; whether it dies "
            "then this run does not say, since it does not wait that long (--patience)"
        )
    stage.sleep(life + 1)
    if scenes.gets_through(stage, token, wheel(found.project, "1.2")):
        return unmet(f"a minted token still published after {life:.0f} seconds")
    scenes.published(stage, found.minted().value("token"), project=found.project, version="1.3")
    return met(f"a minted token published to its package only, and was dead after {life:.0f} seconds")


def _life(answer: Answer, since: float) -> float:
    """Return for how many seconds a token that was minted at `since` says that it lives; 15 minutes if it is silent."""
    said, until = answer.value("expires_seconds"), answer.value("expires")
    try:
        life = float(said or (float(until) - since if until else LONGEST_LIFE_SECONDS))
    except ValueError:
        life = math.nan
    if not 0 < life < math.inf:
        raise Inconclusive("how long a minted token lives is no time")
    return life
