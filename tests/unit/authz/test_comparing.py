"""Claims are compared piece by piece as a regular expression made of the same template would compare them.

Principles: AUTHZ-3.1
"""

import re
import sys
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


def steps_of(typed: str, claim: str) -> int:
    """Return how many functions are called, Python's own too, to compare a claim with what was typed."""
    provider = replace(PROVIDERS["github"], fields=FIELDS, rules=(Rule("claim", ("{plain}",), is_glob=True),))
    steps = 0

    def count(_frame: object, kind: str, _what: object) -> None:
        nonlocal steps
        steps += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        wrong = list(wrong_claims(provider, ISSUER, {"plain": typed}, {"claim": claim}))
    finally:
        sys.setprofile(before)
    assert wrong == ["claim"]
    return steps


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("*a*b", "{}"), ("*a*ab", "{}"), ("**a*b", "{}"), ("*a**b", "{}"), ("*a*b", "{}/b"), ("**a*b", "{}/b"),
        ("*aaaa*a", "{}/a"), ("*a*a", "{}/"), ("*ba*b", "{}b"),
    ],
)  # fmt: skip
def test_a_claim_that_nearly_fits_two_stars_takes_no_more_steps_for_being_longer(typed: str, near: str) -> None:
    # The first look splits the template, which is kept.
    _, short, long = (steps_of("refs/heads/" + typed, "refs/heads/" + near.format("a" * each)) for each in (4, 5, 960))
    assert short == long


def test_what_was_typed_with_more_stars_takes_a_few_steps_a_character() -> None:
    nearly = "refs/heads/" + "a" * 960
    assert steps_of("refs/heads/*a*a*a*a*ab", nearly) < 200
    assert steps_of("refs/heads/*a*a*a*b*a", nearly) < 30 * len(nearly)
