"""Are the rules public by which accounts are recovered and packages removed? (AUTHN-1.2, GEN-2.1)

Principles: AUTHN-1.2, GEN-2.1
"""

import re
from typing import Final

from strongroom.assess.namings import Subject, read_about
from strongroom.assess.probing import Safety, Verdict, probe
from strongroom.assess.stage import Stage

_VERSION: Final = re.compile(
    r"\bversion\s*:?\s*\d|\brevision\b.{0,20}\d"
    r"|\b(updated|revised|changed|modified|effective|in force)\b.{0,40}\d{4}",
    re.I | re.S,
)

RECOVERY: Final = Subject(
    "AUTHN-1.2a",
    "recovery",
    says=(
        re.compile(r"\b(recover|regain|reset|lost|lose|locked out)\w*\b", re.I),
        re.compile(r"second factor|two[ -]factor|2fa|mfa|recovery code|identity|verif|prove|proof|password", re.I),
    ),
    whole=(_VERSION,),
    lacks="it tells neither its version nor its date",
    often_at=("/policies/recovery/", "/account-recovery", "/account-recovery/", "/help/"),
)
REMOVAL: Final = Subject(
    "GEN-2.1c",
    "unpublish",
    says=(
        re.compile(r"\b(unpublish|remov|delet|yank|withdraw)\w*\b", re.I),
        re.compile(
            r"\b(reus|re-us|again|replac|never|for ever|forever|cannot|not be|no longer)\w*\b"
            r".{0,160}\b(version|name|file|release|package)"
            r"|\b(version|name|file|release|package)\w*\b.{0,160}\b(reus|re-us|again|replac|never|cannot|not be)\w*",
            re.I | re.S,
        ),
    ),
    often_at=("/policies/removal/", "/policies/unpublish", "/policies/unpublish/", "/help/"),
)


@probe(
    "AUTHN-1.2a",
    Safety.PASSIVE,
    question="Is there a public page, with its version, that says what recovering an account takes?",
    yes="A page that the repository or a human names for it says what recovery takes, and tells its version or date.",
    no="Nothing proves it: the page may be where nobody has looked.",
    requests=20,
)
def recovery_policy_is_public(stage: Stage) -> Verdict:
    """Read the page that is named for it, and quote what it says."""
    return read_about(stage, RECOVERY)


@probe(
    "GEN-2.1c",
    Safety.PASSIVE,
    question="Is there a public page that says what can be removed, and what of it can be used again?",
    yes="A page that the repository or a human names for it says what removal does.",
    no="Nothing proves it: the page may be where nobody has looked.",
    requests=20,
)
def removal_policy_is_public(stage: Stage) -> Verdict:
    """Read the page that is named for it, and quote what it says."""
    return read_about(stage, REMOVAL)
