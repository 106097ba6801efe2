"""Is there a disclosure policy, and does it protect those who keep to it? (GEN-1.1)

Principles: GEN-1.1
"""

import re
from datetime import UTC, datetime
from typing import Final

from strongroom.assess.documents import library_of
from strongroom.assess.namings import Subject, read_about, security_txt
from strongroom.assess.probing import Inconclusive, Outcome, Safety, Verdict, control, probe
from strongroom.assess.stage import Stage
from strongroom.principles.catalogue import Grade

_OFTEN_AT: Final = (
    "/security/",
    "/security",
    "/security-policy",
    "/policies/disclosure/",
    "/.well-known/security-policy",
)
_REPORTING: Final = re.compile(
    r"\b(report|disclos|submit|contact|e-?mail|send)\w*\b.{0,120}\b(vulnerabilit|security)", re.I | re.S
)
_HARBOUR: Final = re.compile(
    r"safe[ -]harbou?r|(will|shall) not (pursue|initiate|take|bring|threaten)\b.{0,60}\b(legal|law|civil|criminal)"
    r"|no legal action|consider\b.{0,60}\bauthori[sz]ed|authori[sz]ed\b.{0,60}\bgood[ -]faith",
    re.I | re.S,
)
_AIM: Final = re.compile(r"\b(90|ninety|[1-8]?[0-9])[ -](calendar )?days?\b", re.I)
# Of a number no more than an end is matched: a page can be one number of half a million digits.
MEASURED: Final = re.compile(r"\bmedian\b|\d ?%|\b\d{1,9} of (the )?\d{1,9}\b|\bon average\b", re.I)

_PAGE: Final = Subject("GEN-1.1a", "disclosure", (_REPORTING,), often_at=_OFTEN_AT)
_SAFE: Final = Subject("GEN-1.1b", "disclosure", (_HARBOUR,), often_at=_OFTEN_AT)
_TIMELY: Final = Subject(
    "GEN-1.1c", "disclosure", (_AIM,), (MEASURED,), "it does not say how often that is met", often_at=_OFTEN_AT
)


@probe(
    "GEN-1.1a",
    Safety.PASSIVE,
    question="Is there a security.txt that may be relied on today, and the policy that it names?",
    yes="security.txt is as RFC 9116 has it and not stale, and the policy it names tells how to report.",
    no="Nothing proves it: a policy may be where nobody has looked.",
    requests=20,
)
def disclosure_policy_is_published(stage: Stage) -> Verdict:
    """Read security.txt, then the page that its Policy field names."""
    try:
        found = security_txt(stage)
    except ValueError as wrong:
        raise Inconclusive(_with_proposal(stage, str(wrong))) from None
    if not found.is_fresh(datetime.fromtimestamp(stage.clock(), UTC)):
        raise Inconclusive(_with_proposal(stage, f"security.txt went stale on {found.expires:%Y-%m-%d}"))
    library, tried = library_of(stage), []
    for url in (*found.policies, *library.named.get("GEN-1.1a", ())):
        page = library.document(stage, url)
        if page is not None and (quote := page.quote(_REPORTING)):
            saw = f"security.txt is good until {found.expires:%Y-%m-%d}, and its policy {page.url} says: “{quote}”"
            saw += "; it has changed since it was last read" if library.changed(page, url) else ""
            return Verdict(Outcome.MET, saw, Grade.DOCUMENTED, page.sha256)
        control(
            page is not None or not library.answers_everything(stage, url),
            f"security.txt names {url}, whose site answers addresses that do not exist the same way",
        )
        tried.append(f"security.txt names {url}, where nothing tells how to report")
    raise Inconclusive(_with_proposal(stage, "; ".join(tried) or "security.txt names no Policy"))


def _with_proposal(stage: Stage, why: str) -> str:
    try:
        return f"{why}; {read_about(stage, _PAGE).saw}"
    except Inconclusive as nothing:
        return f"{why}; {nothing}"


@probe(
    "GEN-1.1b",
    Safety.PASSIVE,
    question="Does the disclosure policy give researchers in good faith a legal safe harbour?",
    yes="A page that the repository or a human names for it says that good faith is not answered with the law.",
    no="Nothing proves it: a policy may be where nobody has looked.",
    requests=20,
)
def disclosure_policy_gives_a_safe_harbour(stage: Stage) -> Verdict:
    """Read the page that is named for it, and quote the promise."""
    return read_about(stage, _SAFE)


@probe(
    "GEN-1.1c",
    Safety.PASSIVE,
    question="Does the policy aim at a remedy within 90 days, and say how often that is met?",
    yes="A page that the repository or a human names for it has an aim of 90 days or fewer, and figures.",
    no="Nothing proves it: figures may be where nobody has looked.",
    requests=20,
)
def remedies_are_aimed_at_and_measured(stage: Stage) -> Verdict:
    """Read the page that is named for it, and quote the aim and the figures."""
    return read_about(stage, _TIMELY)
