"""Claims are compared piece by piece as a regular expression made of the same template would compare them.

Principles: AUTHZ-3.1
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authz.comparing import wrong_claims
from strongroom.authz.providers import PROVIDERS, Field, Rule

pytestmark = pytest.mark.principle("AUTHZ-3.1")

ISSUER = "https://ci.example:8443"
FIELDS = (Field("plain", "", "", is_needed=False), Field("folded", "", "", is_needed=False, folds=True))
TEMPLATES = (
    "{plain}", "{folded}", "{plain}/{folded}", "x{plain}@{=ref}", "{folded}/{*}@{=ref}", "{*}", "{*}{plain}",
    "{host}/{plain}", "{plain}{folded}{plain}", "fixed", "{missing}", "{plain}@{=none}",
)  # fmt: skip
TYPED = st.text(alphabet="aAkKsS\u212a\u017f/@.*+\n", max_size=8)


def told_otherwise(
    template: str, fields: Mapping[str, str], claims: Mapping[str, str], claim: str, *, is_glob: bool
) -> bool:
    """Say whether the claim fits, by one regular expression for the whole template."""

    def fill(name: str) -> str:
        if name == "*":
            return r"[^@]+"
        if name == "host":
            return re.escape("ci.example:8443")
        if name.startswith("="):
            return re.escape(claims[name[1:]]) if claims.get(name[1:]) else r"(?!)"
        if name not in fields:
            return r"(?!)"
        typed = re.escape(fields[name])
        if is_glob:
            typed = "".join(
                re.escape(piece) if at % 2 == 0 else ("[^/]*" if piece == "*" else ".*")
                for at, piece in enumerate(re.split(r"(\*+)", fields[name]))
            )
        return f"(?i:{typed})" if name == "folded" else typed

    pieces = re.split(r"\{([^{}]+)\}", template)
    made = "".join(re.escape(piece) if at % 2 == 0 else fill(piece) for at, piece in enumerate(pieces))
    return re.compile(made, re.ASCII).fullmatch(claim) is not None


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, str], str, str, bool]:
    """Draw a template, what was typed, another claim, and a claim that is near to what the template says."""
    template, is_glob = draw(st.sampled_from(TEMPLATES)), draw(st.booleans())
    fields = {"plain": draw(TYPED), "folded": draw(TYPED)}
    ref = draw(TYPED)
    near = template
    for name in ("plain", "folded"):
        typed = fields[name].swapcase() if name == "folded" and draw(st.booleans()) else fields[name]
        if is_glob:
            typed = re.sub(r"\*+", lambda _: draw(TYPED), typed)
        near = near.replace(f"{{{name}}}", typed)
    near = near.replace("{=ref}", ref).replace("{*}", draw(TYPED)).replace("{host}", "ci.example:8443")
    return template, fields, ref, draw(st.sampled_from([near, near + "a", near[1:], draw(TYPED)])), is_glob


@given(cases())
def test_a_comparison_says_what_a_regular_expression_says(case: tuple[str, dict[str, str], str, str, bool]) -> None:
    template, fields, ref, claim, is_glob = case
    provider = replace(PROVIDERS["github"], fields=FIELDS, rules=(Rule("claim", (template,), is_glob=is_glob),))
    claims = {"ref": ref, "claim": claim}
    fits = not list(wrong_claims(provider, ISSUER, fields, claims))
    assert fits is told_otherwise(template, fields, claims, claim, is_glob=is_glob)


def test_many_stars_and_a_long_claim_are_compared_at_once() -> None:
    rule = Rule("claim", ("{plain}",), is_glob=True)
    provider = replace(PROVIDERS["github"], fields=FIELDS, rules=(rule,))
    fields, claims = {"plain": "refs/heads/*a*a" + "a" * 200}, {"claim": "refs/heads/" + "a" * 900 + "b"}
    assert list(wrong_claims(provider, ISSUER, fields, claims)) == ["claim"]
